"""A user's function: found by name, described from outside, called; whatever it returns is told as
data.
"""

import dataclasses
import datetime
import enum
import json
import pickle
import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from tui.cli.entry import main
from workloads import catalog
from workloads.core import events as ev
from workloads.core import plugins
from workloads.core.errors import BadInput, RaytasksError
from workloads.core.task import Parameter, Progress, Task, Workload
from workloads.engines.measure import RAISED, REPORTED, last_record, records
from workloads.functions import finding, probe
from workloads.functions import workload as function
from workloads.functions.finding import load_named, mismatch
from workloads.functions.inputs import Call, seal
from workloads.functions.results import MOST_BYTES, data, digest, is_cut, is_described, to_json
from workloads.functions.workload import Target, combine, described, kept, reporting, returning
from workloads.ledger import recording

MODULE = '''"""Somebody's module."""
import asyncio
from workloads.core.task import Parameter, Progress, Task, Workload

def double(n, times=1):
    """Twice [bold]%s n.

    And more.
    """
    return 2 * n * times

def steps(n):
    yield Progress(1, 2, {"at": n}, "first")
    yield Progress(2, 2)
    return [n]

def made(n):
    return steps(n)

def text(n):
    yield "half"

async def later(n): return n
class Maker:
    def method(self, n): return n
    @staticmethod
    def static(n): return n + 1
added = lambda n: n + 1
VALUE = 3
MINE = Workload("mine", "Mine", "Somebody's tasks.",
    (Parameter("tasks", 4, "how many", 1), Parameter("how", "a", "x", choices=("a", "b"))),
    lambda params, seed, files: [Task(n, double, (n,)) for n in range(params["tasks"])], list,
    {"few": lambda: {"tasks": 2}})
'''


@pytest.fixture(autouse=True)
def ourselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finding a function sets for a process of its own is taken back."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setitem(sys.__dict__, "_raytasks_script", None)


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with `somebodys.py`, where we are."""
    (tmp_path / "somebodys.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(finding, "STARTED_IN", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(catalog, "_described", {})
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(("somebodys", "_raced_"))]:
        del sys.modules[name]
    sys.__dict__.pop("_raytasks_functions", None)


def plain_of(result: Any) -> Any:
    """A result as the app gets it."""
    return msgspec.json.decode(msgspec.json.encode(result))


def run(task: Task) -> tuple[list[Progress], Any]:
    """What a task reports and returns."""
    *_, last = seen = list(records(task.function, task.args, ()))
    if last[0] == RAISED:
        raise {"TypeError": TypeError}[last[4]](last[5])
    return [Progress(*record[2:]) for record in seen if record[0] == REPORTED], plain_of(last[4])


def tasks_of(name: str, inputs: str, **params: int) -> list[Task]:
    sealed, count = seal(inputs)
    workload = described(name, count)
    return list(workload.make_tasks(workload.complete(params), 0, [sealed]))


# -- calls -----------------------------------------------------------------------------------------


def test_a_function_is_called_once_an_input(theirs: Path) -> None:
    (theirs / "in.jsonl").write_text('1\n[2, 10]\n{"n": 3, "times": 0}\n')
    assert [run(task) for task in tasks_of("somebodys:double", "in.jsonl")] == [
        ([], 2),
        ([], 40),
        ([], 0),
    ]
    assert [run(task)[1] for task in tasks_of("math:factorial", "range:5", tasks=3)] == [1, 1, 2]
    assert [task.number for task in tasks_of("somebodys:double", "range:4")] == [0, 1, 2, 3]


def test_a_generator_reports_and_returns(theirs: Path) -> None:
    (task,) = tasks_of("somebodys:steps", "range:7,8")
    assert isinstance(task.function, partial)
    assert task.function.func is reporting
    assert run(task) == ([Progress(1, 2, {"at": 7}, "first"), Progress(2, 2)], [7])
    (hidden,) = tasks_of("somebodys:made", "range:7,8")
    assert run(hidden)[1] == [7]


def test_a_generator_of_something_else_is_told(theirs: Path) -> None:
    (task,) = tasks_of("somebodys:text", "range:1")
    with pytest.raises(
        TypeError, match=r"text\(\) yielded 'half'; a generator must yield Progress\(done, total\)"
    ):
        run(task)


@pytest.mark.parametrize("report", [(1,), (0.5, 1), ("1", 2), None, 3, [1, 2], (1, 2, 3, 4, 5)])
def test_reports_that_are_no_progress_are_refused(report: object) -> None:
    with pytest.raises(TypeError, match="yielded"):
        function._progress(report, "m:f")


@pytest.mark.usefixtures("theirs")
def test_what_is_sent_to_workers_pickles_without_the_function() -> None:
    for task in tasks_of("somebodys:added", "range:2"):
        sent = pickle.loads(pickle.dumps((task.function, task.args)))
        assert last_record(*sent, ())[4] == task.number + 1
    assert len({task.function for task in tasks_of("somebodys:double", "range:3")}) == 1, (
        "one remote function for all"
    )


@pytest.mark.usefixtures("theirs")
def test_a_function_without_inputs_is_told() -> None:
    with pytest.raises(
        BadInput,
        match=r"somebodys:double is a function; use --inputs to say what each call gets: FILE",
    ):
        described("somebodys:double").make_tasks({"tasks": 1}, 0, [])


# -- finding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("somebodys:duble", "somebodys has no “duble”; did you mean double?"),
        ("somebodys:Maker.nothing", "somebodys has no “nothing”."),
        ("somebodys:later", "later is an async function, which a lane can't call; wrap it"),
        ("somebodys:Maker.method", "Maker.method is a method and needs an object"),
        ("somebodys:VALUE", "VALUE is an int, not a function."),
        ("somebodys:asyncio", "asyncio is a module, not a function."),
        (
            "nowhere_at_all:f",
            "nowhere_at_all can't be loaded: ModuleNotFoundError: No module named "
            "'nowhere_at_all'; searched",
        ),
        (
            "broken:f",
            "broken can't be loaded: ZeroDivisionError: division by zero (broken.py, line 2)",
        ),
        ("typo:f", "typo can't be loaded: SyntaxError: "),
        ("leaves:f", "leaves can't be loaded: it calls sys.exit(3) when it is imported"),
        ("nested/none.py:f", "No such file: “"),
    ],
)
def test_what_cannot_be_raced_is_told(theirs: Path, name: str, said: str) -> None:
    (theirs / "broken.py").write_text("x = 0\ny = 1 / x\n")
    (theirs / "typo.py").write_text("def f(:\n")
    (theirs / "leaves.py").write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(BadInput) as told:
        load_named(name)
    assert str(told.value).startswith(said)
    assert not finding.loading()


@pytest.mark.usefixtures("theirs")
def test_lambdas_static_methods_and_classes_with_a_name_are_called() -> None:
    assert load_named("somebodys:added")(1) == 2
    assert load_named("somebodys:Maker.static")(1) == 2
    assert load_named("decimal:Decimal")("1.5") == Decimal("1.5")


def test_a_file_is_found_with_its_package(theirs: Path) -> None:
    package = theirs / "elsewhere" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "part.py").write_text("from pack.other import one\ndef f(n): return n + one\n")
    (package / "other.py").write_text("one = 1\n")
    assert load_named(f"{package}/part.py:f")(1) == 2
    assert sys.modules.pop("pack.part").__name__ == "pack.part"
    (theirs / "random.py").write_text("def f(n): return 'mine'\n")
    assert load_named("random.py:f")(1) == "mine"
    assert load_named("random.py:f") is load_named("random.py:f")


def test_a_function_that_goes_to_another_folder_is_found_again(
    theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (theirs / "leaves.py").write_text("import os\ndef f(n):\n    os.chdir('/')\n    return n\n")
    monkeypatch.setattr(function, "STARTED_IN", str(theirs))
    (first,) = tasks_of("leaves.py:f", "range:1")
    assert run(first) == ([], 0)
    assert Path.cwd() == Path("/")
    sys.__dict__.pop("_raytasks_functions")
    (again,) = tasks_of("leaves.py:f", "range:1")
    assert run(again) == ([], 0)
    assert isinstance(again.function, partial)
    assert again.function.args[0] == Target(f"{theirs}/leaves.py:f", str(theirs))
    assert described("leaves.py:f").title == described(f"{theirs}/leaves.py:f").title == "f()"
    assert finding.absolute("some.module:f", "/") == "some.module:f"


def test_arguments_are_held_against_the_signature() -> None:
    def crunch(n: int, *, size: int = 1) -> None: ...

    assert mismatch(crunch, "crunch", Call((1,), {}, 1)) == ""
    assert mismatch(crunch, "crunch", Call((), {"n": 1, "size": 2}, 1)) == ""
    assert "got an unexpected keyword argument 'x'" in mismatch(
        crunch, "crunch", Call((1,), {"x": 2}, 1)
    )
    assert "too many positional arguments" in mismatch(crunch, "crunch", Call((1, 2), {}, 1))
    assert mismatch(max, "max", Call((), {}, 1)) == "", "functions in C may have no signature"


# -- the probe -------------------------------------------------------------------------------------


def test_the_app_describes_a_function_without_loading_it(theirs: Path) -> None:
    (theirs / "in.csv").write_text("n,times\n1,2\n3,4\n")
    workload = catalog.describe("somebodys:double", seal("in.csv")[0])
    assert (workload.name, workload.title, workload.help) == (
        "somebodys:double",
        "double()",
        "Twice [bold]%s n.",
    )
    assert [(p.name, p.default, p.maximum) for p in workload.parameters] == [("tasks", 2, 2)]
    assert catalog.is_function(workload)
    assert catalog.find("somebodys:double") is workload
    assert "somebodys" not in sys.modules


def test_inputs_that_a_function_does_not_take_are_told_with_their_line(theirs: Path) -> None:
    (theirs / "in.jsonl").write_text('1\n{"n": 1, "time": 2}\n')
    with pytest.raises(BadInput) as told:
        catalog.describe("somebodys:double", seal("in.jsonl")[0])
    assert str(told.value) == (
        "double() takes (n, times=1): got an unexpected keyword argument 'time' (line 2 of "
        "in.jsonl)."
    )


@pytest.mark.usefixtures("theirs")
def test_the_app_describes_a_workload_without_loading_it() -> None:
    workload = catalog.describe("somebodys:MINE")
    assert (workload.name, workload.title) == ("somebodys:MINE", "Mine")
    assert workload.parameter("tasks") == Parameter("tasks", 4, "how many", 1)
    assert workload.parameter("how").choices == ("a", "b")
    assert workload.presets["few"]() == {"tasks": 2}
    assert not catalog.is_function(workload)
    with pytest.raises(RaytasksError, match="runs only in lanes"):
        workload.make_tasks({}, 0, [])
    assert "somebodys" not in sys.modules


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "print('x' * 100_000)\nraise SystemExit('no')",
            "it calls sys.exit(no) when it is imported",
        ),
        ("import os\nos._exit(0)", "The process that loaded noisy ended"),
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "The process that loaded noisy ended",
        ),
        ("while True: pass", "Loading noisy:f took more than"),
        (
            "import workloads\nworkloads.race('math:sin', [1])",
            "race() was called while a lane imported its module",
        ),
    ],
)
def test_a_module_that_will_not_load_is_told(theirs: Path, code: str, said: str) -> None:
    (theirs / "noisy.py").write_text(f"{code}\ndef f(n): return n\n")
    with pytest.raises(BadInput) as told:
        probe.probe("noisy:f", "noisy:f", within_s=3.0 if "while" in code else probe.WITHIN_S)
    assert said in str(told.value)


@pytest.mark.parametrize(
    "name", [":f", "somebodys:", "somebodys:a b", "somebodys:__import__('os')", "a:b:"]
)
def test_what_is_no_name_is_told(name: str) -> None:
    with pytest.raises(
        BadInput, match=r"doesn't name a function\. Expected module:function or file\.py:function"
    ):
        probe.probe(name, name)


# -- the catalog -----------------------------------------------------------------------------------


@pytest.fixture
def installed(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that adds two workloads by entry points, one of them broken."""
    info = theirs / "somebodys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[raytasks.workloads]\nmine = somebodys:MINE\nbroken = somebodys:NOTHING\npi = "
        "somebodys:MINE\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(theirs))
    plugins.installed.cache_clear()
    yield theirs
    plugins.installed.cache_clear()


@pytest.mark.usefixtures("installed")
def test_installed_packages_add_workloads() -> None:
    assert [(a.name, a.value, a.package) for a in catalog.added()] == [
        ("broken", "somebodys:NOTHING", "somebodys"),
        ("mine", "somebodys:MINE", "somebodys"),
    ]
    assert catalog.find("pi").title == "π by Monte Carlo", "ours stay"
    assert catalog.describe("mine").name == "mine"
    assert "somebodys" not in sys.modules
    with pytest.raises(BadInput, match="somebodys has no “NOTHING”"):
        catalog.describe("broken")
    with pytest.raises(
        BadInput, match=r"Unknown workload “tau”. Choose from pi, images, sleep, .*broken, mine\."
    ):
        catalog.find("tau")


def test_a_package_with_broken_metadata_costs_no_other_and_is_named(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, points in (
        ("nameless", b"[raytasks.workloads]\nnone = a:B\n"),
        ("garbled", b"\xff\xfe["),
    ):
        (installed / f"{name}-1.0.dist-info").mkdir()
        (installed / f"{name}-1.0.dist-info" / "entry_points.txt").write_bytes(points)
    added = {point.name: point.package for point in catalog.added()}
    assert added == {"broken": "somebodys", "mine": "somebodys", "none": "nameless-1.0.dist-info"}
    assert main(["workloads"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "The entry points of garbled-1.0.dist-info can't be read: UnicodeDecodeError: " in said


@pytest.mark.usefixtures("installed")
def test_a_lane_loads_what_it_is_told() -> None:
    mine = catalog.find("mine")
    assert isinstance(mine, Workload)
    assert [run(task)[1] for task in mine.make_tasks(mine.complete({"tasks": 3}), 0, [])] == [
        0,
        2,
        4,
    ]
    assert catalog.is_function(catalog.find("somebodys:double"))


@pytest.mark.usefixtures("theirs")
def test_a_recording_is_known_without_its_code() -> None:
    params: dict[str, int | float | str] = {"tasks": 3, "how": "x"}
    opened = ev.RaceOpened(
        t=1, workload="somebodys:MINE", params=params, seed=1, schedule="in-turn", lanes=["serial"]
    )
    catalog.describe_recorded([opened])
    workload = catalog.find("somebodys:MINE")
    assert workload.complete({}) == params
    with pytest.raises(BadInput, match="available only in a recording"):
        workload.make_tasks(params, 0, [])
    assert "somebodys" not in sys.modules


# -- results ---------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    at: tuple[int, ...]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        (True, True),
        (1 << 70, 1 << 70),
        (1.5, 1.5),
        ("ü\n", "ü\n"),
        ((1, (2,)), [1, [2]]),
        ({"a": [1]}, {"a": [1]}),
        ({1: 2, (3, 4): 5}, {"1": 2, "[3, 4]": 5}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (float("nan"), "nan"),
        ([float("inf"), 1.0], ["inf", 1.0]),
        (Point(1, (2, 3)), {"x": 1, "at": [2, 3]}),
        (Colour.RED, "red"),
        (Decimal("1.10"), "1.10"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.timedelta(seconds=1.5), 1.5),
        (PurePosixPath("/a/b"), "/a/b"),
        (b"\x00\xff", "AP8="),
        (np.float64(1.5), 1.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        ({"a": np.array([1.5, np.nan])}, {"a": [1.5, "nan"]}),
        ("a\ud800b", r"a\ud800b"),
        (1j, {"type": "complex", "text": "1j"}),
        ([object()], [{"type": "object", "text": "<object object>"}]),
    ],
)
def test_results_are_told_as_data(result: Any, expected: Any) -> None:
    made = data(result)
    assert made == expected
    assert plain_of(to_json(result)) == expected
    assert kept(to_json(result)) == kept(made), (
        "a lane whose workers lack msgspec has the same answer"
    )
    assert msgspec.json.decode(
        ev.encode([ev.Finished(t=1, task=0, worker=0, start=0, cpu_s=0.0, result=made)])
    )


class Word(str):
    """A string of another type."""


class Pair(NamedTuple):
    """A tuple of another type."""

    x: Any


@pytest.mark.parametrize(
    "result",
    [
        [],
        {},
        "",
        [1, 2.5, True],
        (1, 2),
        [[1], [2.5, None]],
        {"b": [{"x": None}], "a": "null"},
        ["n", "{"],
        [-1e300],
        [float(10**16)],
        "ü{",
        [1 << 70],
    ],
)
def test_plain_results_are_written_once(result: Any) -> None:
    made = to_json(result)
    assert isinstance(made, msgspec.Raw)
    assert plain_of(made) == data(result)
    assert kept(made) == kept(data(result))
    assert not is_cut(made)
    assert not is_described(made)


@pytest.mark.parametrize(
    "result",
    [
        [float("nan")],
        [None, float("inf")],
        {"a": [float("nan")]},
        {1},
        [{2, 1}],
        [Word("a")],
        [Pair(1)],
        {Word("a"): 1},
        {1: 2},
        [Point(1, (2,))],
        [datetime.timedelta(seconds=1)],
        [b"a"],
        "\ud800",
        ["\ud800"],
        [Decimal(1)],
        [Colour.RED],
        "x" * (MOST_BYTES + 1),
        [[1], frozenset()],
        3,
        None,
        [object()],
    ],
)
def test_what_msgspec_may_tell_otherwise_is_told_by_python(result: Any) -> None:
    made = to_json(result)
    assert not isinstance(made, msgspec.Raw)
    assert made == data(result)


def test_a_result_is_told_as_it_was_returned() -> None:
    growing = [1]
    made = to_json(growing)
    growing.append(2)
    assert plain_of(made) == [1]


def test_deep_results_are_told_alike_with_and_without_msgspec() -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    assert plain_of(to_json(deep)) == data(deep)


def test_without_msgspec_results_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert to_json([1, {"a": (2,)}]) == [1, {"a": [2]}]


def test_a_cycle_ends() -> None:
    cycle: list[Any] = [1]
    cycle.append(cycle)
    assert json.dumps(data(cycle)).count("nested too deeply") == 1


def test_large_results_are_told_by_size_and_beginning() -> None:
    told = data("x" * (MOST_BYTES + 1))
    assert is_cut(told)
    assert (told["type"], told["bytes"], told["begins"]) == ("str", MOST_BYTES + 3, '"' + "x" * 199)
    array = data(np.zeros((1000, 1000)))
    assert is_cut(array)
    assert (array["type"], array["bytes"]) == ("numpy.ndarray", 8_000_000)
    assert array["digest"] == data(np.zeros((1000, 1000)))["digest"]
    assert array["digest"] != data(np.ones((1000, 1000)))["digest"]
    assert is_cut(data(list(range(300_000))))
    assert is_cut(data(bytes(2_000_000)))
    assert data("x" * 900_000) == "x" * 900_000
    assert is_cut(data([1 << 200_000, 2**4_000_000])), "numbers of any length"


def test_objects_are_told_alike_in_every_process() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ValueError

    assert data(Odd())["text"] == "its text can't be read: ValueError"
    assert data(lambda: 1)["text"] == data(lambda: 1)["text"].replace(" at 0x", "")
    assert is_described(data(iter([])))


def test_the_answer_compares_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        kept(data(result)) for result in (1, {"b": 1, "a": 2}, None, object(), "x" * 2_000_000)
    ]
    answer = combine([*results, None])
    assert (answer["calls"], answer["results"], answer["cut"], answer["described"]) == (6, 5, 1, 1)
    assert "stored as their size and a preview: 1." in capsys.readouterr().out
    assert (
        len(
            {
                combine(changed)["digest"]
                for changed in (results, results[::-1], [None, *results[1:]])
            }
        )
        == 3
    )
    assert combine(results) == combine(
        [kept(data(result)) for result in (1, {"a": 2, "b": 1}, None)] + results[3:]
    )
    assert answer["not_compared"] == 5
    assert "not_compared" not in combine([kept(1, "a digest"), None])
    assert combine([]) == {"calls": 0, "results": 0, "digest": digest([])}
    assert digest([{"a": 2, "b": 1}]) == digest([{"b": 1, "a": 2}]) != digest([{"a": 1, "b": 2}])


def test_a_worker_returns_data() -> None:
    target = Target("builtins:set", "/")
    assert last_record(returning, (target, ([2, 1, 2],), {}), ())[4] == [1, 2]
    listed = last_record(returning, (Target("builtins:list", "/"), ([2, 1],), {}), ())
    assert listed[4] == msgspec.Raw(b"[2,1]")


def test_a_report_beyond_what_a_recording_holds_is_cut_to_it(tmp_path: Path) -> None:
    report = function._progress((1 << 69, 1 << 70, None, "x" * 5000), "m:f")
    assert report.done / report.total == 0.5
    assert report.total < 1 << 63
    event = ev.Progressed(
        t=1, lane="ray", task=0, done=report.done, total=report.total, stage=report.stage
    )
    opened = ev.RaceOpened(
        t=0, workload="m:f", params={}, seed=0, schedule="in-turn", lanes=["ray"]
    )
    (tmp_path / "race.jsonl").write_bytes(ev.encode([opened, event]))
    assert recording.read(tmp_path / "race.jsonl") == [opened, event]
