"""The vocabulary of a race: each event is one fact with its time.

Events travel as JSON, one a line, from a lane to the app and into recordings. `t` is always
nanoseconds since the epoch (`workloads.machine.clock`) on the clock of whoever saw the fact happen:
a worker for what happened in a task, the lane for the rest. A reader needs nothing else.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from workloads.core.comparing_events import Compared as Compared
from workloads.core.comparing_events import Difference as Difference
from workloads.core.draining import Drain
from workloads.core.event import Event as Event
from workloads.core.event import Status as Status
from workloads.core.execution import USUAL, Execution
from workloads.core.faults import NO_FAULTS, Faults
from workloads.core.node_events import ClockMeasured as ClockMeasured
from workloads.core.node_events import NodeJoined as NodeJoined
from workloads.core.node_events import NodeLost as NodeLost
from workloads.core.node_events import NodeUsed as NodeUsed
from workloads.core.node_events import TasksAsk as TasksAsk
from workloads.core.run_events import ActorStarted as ActorStarted
from workloads.core.run_events import DriverChanged as DriverChanged
from workloads.core.run_events import RunEnded as RunEnded
from workloads.core.run_events import RunStarted as RunStarted
from workloads.core.run_events import StoreFilled as StoreFilled
from workloads.core.source_events import Listing as Listing
from workloads.core.source_events import SourceRead as SourceRead
from workloads.core.sweep_events import SweepAt as SweepAt
from workloads.core.sweep_events import SweepEnded as SweepEnded
from workloads.core.sweep_events import SweepOpened as SweepOpened


class RaceOpened(Event, frozen=True, tag="race-opened"):
    """A race starts: the first event of a recording, with all that is needed to run it again.

    `schedule` is "together", "in-turn" or "alternate" (see Sliced); `contended` says that lanes
    running together share cores; `inputs` are the files it works on, empty where the workload needs
    none or makes its own; `workers` bounds how many tasks run at once on each lane but serial
    (None: one per usable CPU, or what the workload asks for). Lanes in `elsewhere` run on other
    machines. `faults` were put into the tasks of every lane. Each task asks for `num_cpus` CPUs and
    the `resources` by name; Ray picks its node by `strategy`, of so many local `nodes` (0: one) of
    `cpus_per_node`. `drain` is how results of ObjectRefs are taken, on the lanes that have them;
    `execution` is how tasks are executed on all lanes.
    """

    workload: str
    params: dict[str, int | float | str]
    seed: int
    schedule: Literal["together", "in-turn", "alternate"]
    lanes: list[str]
    contended: bool = False
    host: dict[str, int | str] = {}
    inputs: list[str] = []
    workers: int | None = None
    version: int = 1
    elsewhere: list[str] = []
    faults: Faults = NO_FAULTS
    num_cpus: float = 1
    resources: dict[str, float] = {}
    strategy: str = "default"
    nodes: int = 0
    cpus_per_node: int = 1
    drain: Drain = "wait"
    execution: Execution = USUAL


class RaceEnded(Event, frozen=True, tag="race-ended"):
    """Every lane's run is over."""

    status: Status


class RaceSuspended(Event, frozen=True, tag="race-suspended"):
    """The race and its lanes were stopped (Ctrl+Z) for `seconds` until `t`; times include them."""

    seconds: float


class Sliced(Event, frozen=True, tag="sliced"):
    """The lane takes turns with others: from `t` it `runs`, or all its processes are stopped."""

    runs: bool


class Logged(Event, frozen=True, tag="logged"):
    """One line that an engine or a task wrote to standard output or standard error. `task` is the
    one whose Python code printed it, -1 where that isn't recorded: C code, other threads, Ray.
    `pid` is the process in which it did, 0 where that isn't recorded.
    """

    text: str
    task: int = -1
    pid: int = 0


class LaneExited(Event, frozen=True, tag="lane-exited"):
    """A lane's process is gone. `status` is its exit status, -n when signal n ended it; its own
    threads, if it had any that run tasks, were at `tasks` then.
    """

    status: int
    tasks: list[int] = []


class LaneOpened(Event, frozen=True, tag="lane-opened"):
    """A lane's process runs and will start its engine."""

    engine: str
    pid: int


class PhaseBegan(Event, frozen=True, tag="phase-began"):
    """A part of the start-up starts: "import", "init", "workers", …."""

    name: str


class PhaseEnded(Event, frozen=True, tag="phase-ended"):
    """That part is over. `detail` is a short text to show beside it."""

    name: str
    detail: str = ""


class PhaseProgressed(Event, frozen=True, tag="phase-progressed"):
    """`done` of `total` parts of that phase are over."""

    name: str
    done: int
    total: int


class WorkerJoined(Event, frozen=True, tag="worker-joined"):
    """A worker (a process that runs tasks) is up; `worker` is its number in the lane, from 0. It
    may run `elsewhere`, on another machine than the lane.
    """

    worker: int
    pid: int
    id: str = ""
    node: str = ""
    elsewhere: bool = False


class WorkerLost(Event, frozen=True, tag="worker-lost"):
    """A worker died: while it ran a task, or idle."""

    worker: int
    reason: str


class EngineStarted(Event, frozen=True, tag="engine-started"):
    """The engine is up and accepts runs; `rate` as measured (see Workload.rate), 0 if it wasn't."""

    rate: float = 0.0


class LaneReady(Event, frozen=True, tag="lane-ready"):
    """The lane waits for the word to go. At most `workers` tasks will run at once; `crew` are known
    to be warm. If the lane was `warm` from an earlier race, `startup_s` is its first start-up.
    """

    run: int
    tasks: int
    workers: int
    startup_s: float
    crew: list[int] = []
    warm: bool = False


class LaneFailed(Event, frozen=True, tag="lane-failed"):
    """The engine didn't start, or broke: no task can run on this lane until it is started again."""

    reason: str
    detail: str = ""


class Submitted(Event, frozen=True, tag="submitted"):
    """The task was handed to the engine. `ref` is the ObjectRef's hex id on Ray. A task that is
    pickled and sent to its worker took `sent_bytes` and `pickle_s` seconds of the lane's process
    (0: it isn't sent like that, or is too small to count). A call of an `actor` is number `call` of
    its calls in the run, from 1.
    """

    task: int
    attempt: int = 0
    ref: str = ""
    sent_bytes: int = 0
    pickle_s: float = 0.0
    actor: str = ""
    call: int = 0


class Started(Event, frozen=True, tag="started"):
    """A worker began the task (its attempt number `attempt`, from 0)."""

    task: int
    worker: int
    attempt: int = 0


class Progressed(Event, frozen=True, tag="progressed"):
    """A running task reported; see workloads.core.task.Progress."""

    task: int
    done: int
    total: int
    attempt: int = 0
    partial: Any = None
    stage: str = ""


class Stored(Event, frozen=True, tag="stored"):
    """A task's large input was put into the object store: `bytes` as ObjectRef `ref` (hex). It took
    the lane's process `load_s` to make it (read and decode a file) and `put_s` to put it. One that
    several tasks share is put once, before `task`, the first of them; `readers` are the first and
    the last number of each range of such tasks (empty: `task` alone).
    """

    task: int
    ref: str
    bytes: int
    load_s: float
    put_s: float
    readers: list[tuple[int, int]] = []


class Finished(Event, frozen=True, tag="finished"):
    """The task returned `result` (JSON data). It ran from `start` to `t` (ns) and used `cpu_s` of
    CPU.

    `digest` stands for the whole of what it returned: lanes whose digests are equal returned the
    same. Where it has none, `not_compared` says what it returned: "returned a function". Its worker
    then took `compare_s` seconds to read the result, which count in no other figure; see LaneClock.
    The lane had the result in hand `fetch_s` seconds after `t`; `result_bytes` travelled there for
    it, out of the object store if they lay `in_store` (0: it didn't travel, or isn't measured).
    """

    task: int
    worker: int
    start: int
    cpu_s: float
    attempt: int = 0
    result: Any = None
    digest: str = ""
    not_compared: str = ""
    compare_s: float = 0.0
    fetch_s: float = 0.0
    result_bytes: int = 0
    in_store: bool = False


class Failed(Event, frozen=True, tag="failed"):
    """The task raised, or was lost for good: the exception's type (`error`) and `message`, which
    the lane had in hand `fetch_s` seconds after `t` (0: not recorded); they travelled there as
    `result_bytes`, out of the object store if they lay `in_store`, as a result does.
    """

    task: int
    error: str
    message: str
    worker: int = -1
    start: int = 0
    attempt: int = 0
    traceback: str = ""
    fetch_s: float = 0.0
    result_bytes: int = 0
    in_store: bool = False


class Retried(Event, frozen=True, tag="retried"):
    """The attempt before `attempt` was lost and the task waits to run again."""

    task: int
    attempt: int
    reason: str


class Cancelled(Event, frozen=True, tag="cancelled"):
    """The task won't finish, because the run was cancelled."""

    task: int


class Intervened(Event, frozen=True, tag="intervened"):
    """A person intervened in the lane's run. The `action` is "hold" or "resume", of the submission
    of tasks; "cancel-task", of that `task`; or "kill-worker", of the process of that `worker`, by
    SIGKILL. `refused` says why it wasn't done, empty if it was.
    """

    action: str
    task: int = -1
    worker: int = -1
    refused: str = ""


RaceEvent = RaceOpened | Compared | RaceEnded | RaceSuspended | Sliced
SweepEvent = SweepOpened | SweepAt | SweepEnded
LaneEvent = Logged | LaneExited | LaneOpened | EngineStarted | LaneReady | LaneFailed | SourceRead
PhaseEvent = PhaseBegan | PhaseProgressed | PhaseEnded | WorkerJoined | WorkerLost
NodeEvent = NodeJoined | NodeUsed | NodeLost | ClockMeasured | TasksAsk
RunEvent = RunStarted | DriverChanged | StoreFilled | ActorStarted | Intervened | RunEnded
TaskEvent = Submitted | Started | Progressed | Stored | Finished | Failed | Retried | Cancelled
AnyEvent = RaceEvent | SweepEvent | LaneEvent | PhaseEvent | NodeEvent | RunEvent | TaskEvent

_encoder = msgspec.json.Encoder()
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(items: Iterable[msgspec.Struct]) -> bytes:
    """Encode events or commands as JSON lines. Raises TypeError for data JSON can't hold."""
    return _encoder.encode_lines(list(items))


def decode_event(line: bytes) -> AnyEvent:
    """Decode the event that a line holds. Raises msgspec.DecodeError if it holds none."""
    try:
        return _events.decode(line)
    except UnicodeDecodeError as error:  # msgspec lets this one through as it is
        raise msgspec.DecodeError(str(error)) from None
