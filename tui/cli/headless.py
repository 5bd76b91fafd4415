"""A race without a screen: progress on standard error where that is a terminal, the report as JSON.

`headless_sweep` does the same for sweeps. What needs NumPy (the ledger, the figures and
`headless_report`, which takes 0.2 s to import) is imported while the lanes start.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tui.cli.loading import uncollected
from tui.outputs import places
from tui.outputs.ending import OutputWriter, open_files
from tui.outputs.out import Results
from tui.outputs.places import Place
from tui.outputs.streams import complain
from tui.outputs.wanted import Outputs
from tui.signals import Heeded, heed_stop
from tui.suspending import stop_group
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.recording import Recorder

if TYPE_CHECKING:
    from rich.console import Console

    from workloads.ledger.race import Race

Listener = Callable[[ev.AnyEvent], object]

FORCING = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Environment variables by which Rich takes for a terminal what isn't one."""


def run(plan: Plan, options: EngineOptions, outputs: Outputs) -> int:
    """Race and report; returns the exit status: 0 finished, 1 a lane failed or a file couldn't be
    written, 130 interrupted.

    Raises BadInput before anything runs if a file can't be written.
    """
    figures = figures_place(outputs)
    results, recorder = open_files(outputs, complain)

    def follow() -> "tuple[Race, list[Listener]]":
        with uncollected():
            import tui.cli.headless_report  # noqa: F401
            from workloads.ledger.race import Race

        race = Race()
        return race, [race.apply, *(listener for listener in (results, recorder) if listener)]

    with Heeded() as heeded:
        with kept(results, recorder):
            race, status = asyncio.run(
                watched(lambda lanes: lanes.race(plan), options, plan.lanes, follow, heeded)
            )
        from tui.cli.headless_report import report_race

        return report_race(race, status, figures, results, recorder)


@contextmanager
def kept(results: Results | None, recorder: Recorder | None) -> Iterator[None]:
    """After a fault of ours, too, the files have what there is, and where that is is said."""
    try:
        yield
    except BaseException:
        writer = OutputWriter(1)
        if results:
            writer.take(results)
        writer.close(recorder)
        raise


def figures_place(outputs: Outputs) -> Place | None:
    """Where the figures go, if they are wanted. Raises BadInput if they can't be written."""
    if outputs.json is None:
        return None
    return places.find("--json", outputs.json)


async def watched(
    work: Callable[[Coordinator], Coroutine[Any, Any, ev.Status]],
    options: EngineOptions,
    lanes: Sequence[str],
    follow: "Callable[[], tuple[Race, list[Listener]]]",
    heeded: Heeded,
) -> "tuple[Race, ev.Status]":
    """Have a coordinator do the work, with progress bars where standard error is a terminal;
    returns the race and how it ended.

    `lanes` are started first; then `follow` makes the race and the listeners that hear every event,
    the race's fold first.
    """
    coordinator = Coordinator(options, [])
    away: Callable[[], AbstractContextManager[None]] = nullcontext
    heeded.call(lambda status: coordinator.cancel())
    heed_stop(lambda: _suspend(coordinator, away))
    with ExitStack() as stack:
        try:
            coordinator.open(lanes)
            race, listeners = follow()
            for listener in listeners:
                coordinator.listen(listener)
            if console := _terminal():
                from tui.cli.progress_bars import ProgressBars

                bars = stack.enter_context(ProgressBars(console))
                coordinator.listen(lambda event: bars.show(race, event))
                away = bars.away
            return race, await work(coordinator)
        finally:
            await coordinator.close()
            heeded.settled()


def _terminal() -> "Console | None":
    """Standard error if it is a terminal. Rich, which takes 40 ms to import, is asked only where it
    may be one.
    """
    if not sys.stderr.isatty() and not any(name in os.environ for name in FORCING):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return None
    return console


def _suspend(coordinator: Coordinator, away: Callable[[], AbstractContextManager[None]]) -> None:
    """Stop the lanes, then this process, as ctrl+z wants it; go on when continued, also in the
    background.
    """
    coordinator.suspend()
    with away():
        stopped_s = stop_group()
    coordinator.resume(stopped_s)
