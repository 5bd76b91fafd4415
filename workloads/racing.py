"""Races from Python, without a screen: `from workloads import race`. For scripts and notebooks."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack, get_args

from workloads import catalog
from workloads.core import events as ev
from workloads.core.engine_info import DEFAULT_LANES, engine_names, find_engine
from workloads.core.errors import BadInput, RaytasksError
from workloads.engines import MOST_AT_ONCE, EngineOptions
from workloads.engines.ray.address import checked_address
from workloads.figures.report import LaneReport, RaceReport, race_report
from workloads.figures.verdict import verdict
from workloads.functions import finding, handover
from workloads.functions.handover import foreign_text
from workloads.lanes.coordinator import Coordinator, Plan, Schedule
from workloads.lanes.settings import Settings, check_settings, with_settings
from workloads.ledger.race import Race
from workloads.machine.places import started_in


@dataclass(frozen=True)
class LaneResult:
    """The outcome of one lane: `results` by task number, None for calls that failed; `errors` by
    task number, each with the exception's type, text and traceback; `report` has the lane's times
    in seconds.
    """

    results: list[Any]
    errors: dict[int, ev.Failed]
    report: LaneReport


@dataclass(frozen=True)
class RaceResult:
    """The outcome of a race; `str()` gives its summary.

    `status` is "finished", "failed" (a lane didn't finish, or a call raised) or "cancelled" (the
    time was up). Results are JSON data, as workloads.functions.results makes them. `events` is all
    that happened, as a recording has it.
    """

    status: ev.Status
    lanes: dict[str, LaneResult]
    report: RaceReport
    events: list[ev.AnyEvent]
    verdict: str

    @property
    def results(self) -> list[Any]:
        """The results by task number: those of the first lane that finished every call, else of the
        first lane.
        """
        lanes = list(self.lanes.values())
        return next(
            (lane for lane in lanes if lane.report.done == lane.report.tasks), lanes[0]
        ).results

    @property
    def speedup(self) -> dict[str, float]:
        """Each other lane's speedup over serial; empty if serial or they didn't
        finish.
        """
        return self.report.speedup

    def __str__(self) -> str:
        return self.verdict


def race(  # noqa: PLR0913 - a public function whose options are keywords
    function: Callable[..., Any] | str,
    inputs: Iterable[Any] | str,
    lanes: Sequence[str] = DEFAULT_LANES,
    *,
    cpus: int | None = None,
    address: str | None = None,
    workers: int | None = None,
    tasks: int | None = None,
    schedule: Schedule = "in-turn",
    on_event: Callable[[ev.AnyEvent], None] | None = None,
    timeout: float | None = None,
    **settings: Unpack[Settings],
) -> RaceResult:
    """Call a function once per input on each of the lanes, and measure; returns when all have
    finished.

    `function` is a function, or the name of one (`module:function`, `file.py:function`); `inputs`
    are what the calls get: a dict gives arguments by keyword, a list or tuple by position, any
    other value is the one argument. A string is what --inputs takes on the command line. `tasks`
    takes only so many of them. `lanes` are some of serial, threads, processes and ray. `cpus` is
    what a private Ray has, `address` a running one, `workers` how many calls run at once on every
    lane but serial. `schedule` is in-turn, together, or alternate: in short slices, for functions
    that compute and don't wait. `on_event` is called with each event, in a thread of its own; an
    exception that it raises is printed once and changes nothing, SystemExit and the like cancel the
    race and are raised. After `timeout` seconds (start-up included) the race is cancelled and what
    is done is returned. `settings` are those of workloads.lanes.settings, as drain="get".

    Raises BadInput for what can't be raced. A call that raises fails alone: see
    `LaneResult.errors`. In a script, call it under `if __name__ == "__main__":`, as each lane
    imports the script.
    """
    lanes = _checked(lanes)
    _check_count("cpus", cpus)
    _check_count("workers", workers)
    _check_address(address, cpus)
    _check_choices(schedule, on_event, timeout)
    check_settings(settings, cpus, address)
    with tempfile.TemporaryDirectory(prefix="raytasks-inputs-") as folder:
        if isinstance(function, str):
            name = finding.absolute(function, started_in())
        else:
            name = handover.named(function, Path(folder))
        sealed, count = handover.sealed(inputs, Path(folder))
        catalog.describe(name, sealed)
        if tasks is not None:
            count = int(catalog.find(name).parameter("tasks").check(tasks))
        plan = Plan(name, {"tasks": count}, 0, lanes, schedule, inputs=(sealed,), workers=workers)
        plan = with_settings(plan, settings)
        status, events = _run(
            plan, EngineOptions(cpus, address and address.strip()), on_event, timeout
        )
    return _result(status, events)


def _checked(lanes: Sequence[str]) -> tuple[str, ...]:
    if finding.loading():
        raise BadInput(
            "race() was called while a lane imported its module; in a script, put the call under "
            "if __name__ == “__main__”."
        )
    there = ", ".join(engine_names())
    if not isinstance(lanes, Iterable):
        raise BadInput(f"lanes must be names from {there}; got “{foreign_text(lanes)}”.")
    if isinstance(lanes, str):
        lanes = (lanes,)
    named = tuple(lanes)
    for lane in named:
        if not isinstance(lane, str):
            raise BadInput(f"Unknown lane “{foreign_text(lane)}”. Choose from {there}.")
        find_engine(lane)
    if not named or len(set(named)) < len(named):
        raise BadInput("A race needs at least one lane, and each lane only once.")
    return named


LONGEST_S = 365 * 24 * 3600
"""A timeout of a race; a year."""


# What `race` can't take is checked here, as notebooks have no type checker.


def _check_count(name: str, number: Any) -> None:
    if number is not None and (type(number) is not int or not 1 <= number <= MOST_AT_ONCE):
        raise BadInput(
            f"{name} must be a whole number from 1 to {MOST_AT_ONCE:,}; got "
            f"“{foreign_text(number)}”."
        )


def _check_address(address: Any, cpus: Any) -> None:
    if address is not None and (not isinstance(address, str) or not address.strip()):
        raise BadInput(f"address must be “auto” or “host:port”; got “{foreign_text(address)}”.")
    if address is not None:
        checked_address(address)
    if cpus is not None and address is not None:
        raise BadInput(
            "cpus applies to a local Ray instance; the cluster at address already has its CPUs."
        )


def _check_choices(schedule: Any, on_event: Any, timeout: Any) -> None:
    if schedule not in get_args(Schedule):
        raise BadInput(
            f"schedule must be one of {', '.join(get_args(Schedule))}; got "
            f"“{foreign_text(schedule)}”."
        )
    if on_event is not None and not callable(on_event):
        raise BadInput(
            "on_event must be a function that is called with each event; got "
            f"“{foreign_text(on_event)}”."
        )
    real = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if timeout is not None and not (real and 0 < timeout <= LONGEST_S):
        raise BadInput(
            f"timeout must be a number of seconds above 0 and at most {LONGEST_S:,}; got "
            f"“{foreign_text(timeout)}”."
        )


# -- the race --------------------------------------------------------------------------------------


def _run(
    plan: Plan,
    options: EngineOptions,
    on_event: Callable[[ev.AnyEvent], None] | None,
    timeout: float | None,
) -> tuple[ev.Status, list[ev.AnyEvent]]:
    """Race in a thread with an asyncio loop of its own: a notebook has one running already."""
    events: list[ev.AnyEvent] = []
    loops: list[asyncio.AbstractEventLoop] = []
    coordinator = Coordinator(options, [events.append])
    watcher = _Watcher(on_event, coordinator.cancel)
    coordinator.listen(watcher)
    racing = coordinator.race(plan)

    async def raced() -> ev.Status:
        loops.append(asyncio.get_running_loop())
        running = asyncio.ensure_future(racing)
        try:
            await asyncio.wait([running], timeout=timeout)
            if not running.done():
                coordinator.cancel()
            return await running
        finally:
            await coordinator.close()

    with ThreadPoolExecutor(1, "race") as pool:
        going = pool.submit(asyncio.run, raced())
        try:
            status = going.result()
        except KeyboardInterrupt:  # the lanes lead sessions of their own: only we can end them
            for loop in loops:
                loop.call_soon_threadsafe(coordinator.cancel)
            raise
    if watcher.stopped:
        raise watcher.stopped
    return status, events


class _Watcher:
    """Calls `on_event`. An exception that it raises is the coordinator's to report; what is raised
    to end the program, such as by sys.exit, ends the race in order, and is `stopped` from then on.
    """

    def __init__(
        self, on_event: Callable[[ev.AnyEvent], None] | None, cancel: Callable[[], None]
    ) -> None:
        self._on_event, self._cancel = on_event, cancel
        self.stopped: BaseException | None = None

    def __call__(self, event: ev.AnyEvent) -> None:
        if self._on_event is None or self.stopped:
            return
        try:
            self._on_event(event)
        except Exception:
            raise
        except BaseException as error:  # in the loop's thread it would leave the lanes running
            self.stopped = error
            self._cancel()


def _result(status: ev.Status, events: list[ev.AnyEvent]) -> RaceResult:
    ledger = Race()
    results: dict[str, dict[int, Any]] = {}
    errors: dict[str, dict[int, ev.Failed]] = {}
    for event in events:
        ledger.apply(event)
        if isinstance(event, ev.Finished):
            results.setdefault(event.lane, {})[event.task] = event.result
        elif isinstance(event, ev.Failed):
            errors.setdefault(event.lane, {})[event.task] = event
    report = race_report(ledger)
    names = [lane.name for lane in ledger.raced()]
    lanes = {
        name: LaneResult(
            [results.get(name, {}).get(number) for number in range(told.tasks)],
            errors.get(name, {}),
            told,
        )
        for name, told in zip(names, report.lanes, strict=True)
    }
    if not results and not errors and status == "failed":
        raise RaytasksError(
            next((lane.reason for lane in report.lanes if lane.reason), "No lane could run.")
        )
    return RaceResult(status, lanes, report, events, verdict(ledger))
