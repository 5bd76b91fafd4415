"""Runs the app from its first paint to the last process it started."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app import RaytasksApp
from tui.drawing.pixels import TerminalImages
from tui.outputs.ending import Ending, open_files
from tui.outputs.out import Results
from tui.outputs.streams import complain
from tui.replaying import Loading
from tui.signals import Heeded
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Plan
from workloads.ledger.recording import Recorder, Recording

THREADS = 8
"""Those of the terminal's input and output, and some for work in the background."""

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.sweeps.run import Sweep


def start(
    plan: Plan,
    options: EngineOptions,
    begin: bool,
    record: Path | None = None,
    replay: Recording | Path | None = None,
    theme: str = "dark",
    ascii: bool = False,
    sweep: "Sweep | None" = None,
    images: TerminalImages | None = None,
    notes: Sequence[str] = (),
    out: Path | None = None,
) -> int:
    """Run the app to its end, racing `plan` at once if `begin`, or sweeping; returns the exit
    status. `notes` are sentences to show first; `out` takes the results of each race. A recording
    that is still to be read is given as its path.

    Raises BadInput if the recording or the results can't be written, or if what is to be replayed
    can't be read.
    """
    _check_threads()
    results, recorder = open_files(out, record, lambda sentence: None)
    listeners = [listener for listener in (recorder, results) if listener]
    ending = Ending(1)
    with Heeded(signal.SIGQUIT) as heeded:
        try:
            running = _run(
                plan, options, begin, listeners, replay, theme, ascii, sweep, images, notes, heeded
            )
            ending.status = asyncio.run(running)
        finally:
            if results:
                ending.take(results)
                for complaint in results.complaints:  # those in the app were shown there only
                    complain(complaint)
            ending.close(recorder)
    return ending.status


def _check_threads() -> None:
    """Raises RuntimeError if the app's threads can't be had: Textual would leave the terminal as it
    is then.
    """
    done = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(THREADS):
            thread = threading.Thread(target=done.wait)
            thread.start()
            started.append(thread)
    finally:
        done.set()
        for thread in started:
            thread.join()


async def _run(
    plan: Plan,
    options: EngineOptions,
    begin: bool,
    listeners: list[Recorder | Results],
    replay: Recording | Path | None,
    theme: str,
    ascii: bool,
    sweep: "Sweep | None",
    images: TerminalImages | None,
    notes: Sequence[str],
    heeded: Heeded,
) -> int:
    def make() -> "Session":
        from tui.session import Live, Replay

        recording = loading.recording if loading else replay
        return (
            Replay(recording)
            if isinstance(recording, Recording)
            else Live(plan, options, listeners)
        )

    loading = Loading(replay) if isinstance(replay, Path) else None
    app = RaytasksApp(make, theme, ascii, begin, sweep, images, notes, loading)

    def say(sentence: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            app.call_later(app.warn, sentence)  # from whatever thread

    for listener in listeners:
        listener.say = say
    heeded.call(app.leave)
    try:
        await app.run_async()
    finally:
        heeded.settled()
        await _close(app)
    if loading and loading.failed:
        raise loading.failed
    return app.return_value if app.return_value is not None else app.return_code or 0


async def _close(app: RaytasksApp) -> None:
    """End the lanes: the terminal is the shell's again, so it is told why the prompt isn't back
    yet.
    """
    if probe := sys.modules.get("workloads.functions.probe"):
        probe.abandon()  # asyncio waits for the threads that wait for one
    if app.opened and not app.session.replayed:
        with contextlib.suppress(OSError):
            print("Stopping Ray …", file=sys.stderr, flush=True)
        await app.session.close()
