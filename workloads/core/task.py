"""Workloads: their tasks, the progress these yield, the parameters they take. Read this first.

A task is a function called once. A *generator function* yields `Progress` as it works and returns
its result; a plain function only returns. Both run unchanged on every engine.
"""

import importlib.util
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from workloads.core.actor import Actor
from workloads.core.errors import BadInput, plain
from workloads.core.notebook import NotebookCell

Value = int | float | str
Params = Mapping[str, Value]

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)\s*([kKMG]?)", re.ASCII)

REPORT_EVERY = 0.15
"""Seconds between two reports of a task. A streamed report costs a Ray task about 0.7 ms, so this
spacing keeps the cost of being watched below 0.5% whatever the size of the task."""


STAGE_CHARACTERS = 1000
"""Characters that the name of a stage may have."""


class Progress(NamedTuple):
    """The progress of a task: `done` of `total` units of its work, and what it knows already.

    `partial` must be JSON data (numbers, strings, lists, dicts); each workload says what it holds.
    `stage` names the part of the task that ends with this report, where it has such parts.
    """

    done: int
    total: int
    partial: Any = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Large:
    """An argument of a task that is too big to travel with it: `load(*args)` makes it.

    An engine with an object store loads it, puts it there once and hands the task what it reads
    from the store; every other engine hands on the Large itself. The task calls `opened` on what it
    got.
    """

    load: Callable[..., Any]
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """An argument that many tasks read: one `value`, made before the race, in one Shared for all.

    An engine with an object store puts it there once and hands each task what it reads from the
    store. Every other engine hands on the Shared itself: tasks in the lane's own process read the
    value where it is, and one that is sent to another process takes a pickled copy along. The task
    calls `opened` on what it got.
    """

    value: Any


def opened(argument: Any) -> Any:
    """The value of an argument that may be a Large or Shared: loaded here unless the object store
    had it.
    """
    if isinstance(argument, Large):
        return argument.load(*argument.args)
    if isinstance(argument, Shared):
        return argument.value
    return argument


class Comparison(NamedTuple):
    """The comparison of a task's result with other lanes': by `digest` (text, empty where there is
    none).

    `why_not` says in words what the task returned that can't be compared. `seconds` is how long the
    worker was at it; they are no part of the task, nor of the lane's wall time.
    """

    digest: str = ""
    why_not: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Returned:
    """Returned by a task that leaves its worker something to do with its result, once its clock
    has stopped.

    `settle(seconds)` is called with the seconds that the task took; it gives the result that is
    told, and its comparison. What it raises fails the task.
    """

    settle: Callable[[float], tuple[Any, Comparison]]


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of work: `function(*args)`; `number` counts from 0 within its workload. Attempts
    that follow a lost worker call `retry` instead, if there is one. A task with an `actor` is a
    call of it: its object comes first, `function(object, *args)`.
    """

    number: int
    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    retry: Callable[..., Any] | None = None
    actor: Actor | None = None

    def function_of(self, attempt: int) -> Callable[..., Any]:
        """The function that an attempt calls; the first is 0."""
        if attempt and self.retry is not None:
            return self.retry
        return self.function


@dataclass(frozen=True)
class Parameter:
    """One setting of a workload with its limits; its type is that of `default`."""

    name: str
    default: Value
    help: str
    minimum: float = 0
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    unit: str = ""

    def parse(self, text: str) -> Value:
        """The value that a person typed: `2000000`, `2_000_000`, `2,000,000`, `2e6`, `2M` are one.

        Raises BadInput with a sentence that names the parameter and its limits.
        """
        if self.choices:
            return self.check(text.strip())
        typed = plain(text.strip(), 40)
        cleaned = re.sub(r"(?<=\d)(?:_(?=\d)|,(?=\d{3}(?!\d)))", "", text.strip())
        match = _NUMBER.fullmatch(cleaned)
        if not match or len(cleaned) > 400:
            raise BadInput(f"{self.name} must be {self._kind()}; got “{typed}”.")
        number = (
            Decimal(match[1]) * {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}[match[2]]
        )
        if isinstance(self.default, float):
            return self.check(float(number))
        if number.adjusted() > 300 or number != number.to_integral_value():
            raise BadInput(f"{self.name} must be {self._kind()}; got “{typed}”.")
        return self.check(int(number))

    def check(self, value: object) -> Value:
        """`value` itself where it lies within the limits; raises BadInput where it doesn't."""
        if self.choices:
            if value not in self.choices:
                raise BadInput(
                    f"{self.name} must be one of {self.limits()}; got “{plain(value, 40)}”."
                )
            return str(value)
        wanted = (int, float) if isinstance(self.default, float) else (int,)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise BadInput(f"{self.name} must be {self._kind()}; got “{plain(value, 40)}”.")
        if not self.minimum <= value <= self.maximum:
            raise BadInput(f"{self.name} must be from {self.limits()}; got {_brief(value)}.")
        return type(self.default)(value)

    def limits(self) -> str:
        """The limits in words: `1 to 100,000`; the choices where there are any."""
        return ", ".join(self.choices) or f"{_brief(self.minimum)} to {_brief(self.maximum)}"

    def _kind(self) -> str:
        kind = "a whole number"
        if isinstance(self.default, float):
            kind = "a number"
        return f"{kind} from {self.limits()}"


SEED = Parameter("seed", 0, "random seed; the same seed gives the same answer", 0, 999_999_999_999)
"""The seed of a race, which every workload has."""


def _brief(number: float) -> str:
    if abs(number) >= 1e15:
        return f"{float(min(abs(number), 1e300)) * (1 if number > 0 else -1):.3g}"
    return f"{number:,}"


class Find(Protocol):
    """The way a workload finds the files for what a person named; see Inputs."""

    def __call__(self, names: Sequence[str], note: Callable[[str], None] = ..., /) -> list[str]:
        """The files, as paths that are UTF-8."""


@dataclass(frozen=True)
class Inputs:
    """The files that a workload works on.

    `find(names, note)` gives the files for what a person named (files, folders); it calls `note`
    with a sentence for each thing that is left out, and raises BadInput where nothing usable is
    left. `make(count, report, stopped)` makes `count` of them for who named none, calling
    `report(done, count)` as it goes on and looking at `stopped()`; what exists already isn't made
    again.
    """

    metavar: str
    help: str
    phase: str
    find: Find
    make: Callable[[int, Callable[[int, int], None], Callable[[], bool]], list[str]]


@dataclass(frozen=True)
class Extra:
    """The `modules` that tasks import and that a plain installation lacks; `command` adds them."""

    modules: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class EstimatedNumber:
    """A number that the tasks estimate by samples, as many each as their parameter `samples` says:
    the `key` it has in the answer, and its `exact` value.
    """

    key: str
    exact: float


@dataclass(frozen=True)
class Workload:
    """A list of tasks and how their results combine into an answer.

    `make_tasks(params, seed, files)` gives the tasks: the same arguments give the same tasks, and
    each task draws its randomness from (seed, its number), so that every engine computes the same
    answer. `files` is empty unless the workload has `inputs`. `combine(results)` takes the tasks'
    results in order of their numbers and gives JSON data; if `partial`, it also takes None for
    tasks that failed, and the run has an answer in spite of them. `input_text(task)` is what a task
    works on, in a few words, for what is said when its worker died; empty if none. `keep(result)`,
    if there is one, gives what `combine` needs of a result: all a lane keeps of it until the end.
    It is `keep(result, digest)` where tasks return results with a digest (see Returned).
    `imports(params)` names modules that a worker loads before the race, so that loading isn't
    measured as work; `rehearsal()`, if there is one, gives a function that is called in it then
    too: a library's first call can take as long as ten. It must find all it needs in its own
    module: on a cluster it is sent there by value. `slots(params)` says how many tasks run at once
    where that isn't the number of CPUs (None: CPUs). `waits` says that its tasks leave the CPUs
    alone. `extra` is what has to be installed besides (None: nothing). `size` names the parameter
    that says how much work a task is (None: the second one). `data` names the one that says how
    many bytes all tasks read (empty: none); a sweep over sizes varies it. `estimate` is the number
    whose error a sweep over samples shows. `picture` names the view that draws its tasks and
    answer (default: the one called as the workload, if there is one); see tui.views. `short` is
    its name where room is short (default: `name`). `rate(params)`, if there is one, measures how
    much of that parameter (see `size`) one core does in a second of CPU time. `code(params)` gives
    the functions whose source shows what a task does (default: those that the tasks call);
    `cost(task)` is what a task is expected to take, in any unit in which
    tasks can be compared (None: not known). `sweeps` names the kind of sweep that a preset is for;
    `notebook(params)` is the cell of a tutorial's notebook that does the same, None for none.
    `actors` are those that its tasks call.
    """

    name: str
    title: str
    help: str
    parameters: tuple[Parameter, ...]
    make_tasks: Callable[[Params, int, Sequence[str]], Sequence[Task]]
    combine: Callable[[Sequence[Any]], Any]
    presets: Mapping[str, Callable[[], dict[str, Value]]] = field(default_factory=dict)
    imports: Callable[[Params], tuple[str, ...]] = lambda params: ()
    rehearsal: Callable[[], Callable[[], object]] | None = None
    slots: Callable[[Params], int | None] = lambda params: None
    waits: bool = False
    partial: bool = False
    inputs: Inputs | None = None
    input_text: Callable[[Task], str] = lambda task: ""
    keep: Callable[..., Any] = lambda result: result
    extra: Extra | None = None
    size: str | None = None
    data: str = ""
    estimate: EstimatedNumber | None = None
    picture: str = ""
    short: str = ""
    rate: Callable[[Params], float] | None = None
    local_nodes: Mapping[str, int] = field(default_factory=dict)
    code: Callable[[Params], Sequence[Callable[..., Any]]] | None = None
    sweeps: Mapping[str, str] = field(default_factory=dict)
    notebook: Callable[[Params], NotebookCell | None] = lambda params: None
    cost: Callable[[Task], float] | None = None
    actors: tuple[Actor, ...] = ()

    def missing(self) -> str:
        """The packages that have to be installed before it can run, and the command; empty if all
        is there.
        """
        if self.extra is None:
            return ""
        missing = [name for name in self.extra.modules if importlib.util.find_spec(name) is None]
        if not missing:
            return ""
        return f"{self.name} needs {' and '.join(missing)}. Install with: {self.extra.command}"

    @property
    def stores(self) -> bool:
        """True if its tasks have inputs for an object store, as far as it says: files, or data that
        all of them read.
        """
        return self.inputs is not None or bool(self.data)

    def size_parameter(self) -> Parameter | None:
        """The parameter that says how much work a task is; None if there is none."""
        if self.size is not None:
            return self.parameter(self.size)
        return next(iter(self.parameters[1:2]), None)

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name; raises BadInput if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = ", ".join(p.name for p in self.parameters)
        raise BadInput(
            f"The workload {self.name} has no parameter “{plain(name, 40)}”; it has {names}."
        )

    def complete(self, given: Params) -> dict[str, Value]:
        """`given` checked, with the defaults of what wasn't given; raises BadInput."""
        checked = {name: self.parameter(name).check(value) for name, value in given.items()}
        return {p.name: checked.get(p.name, p.default) for p in self.parameters}
