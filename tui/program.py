"""Runs the app from its first paint to the last process it started."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app import RaytasksApp
from tui.opening import Appearance, Opening
from tui.outputs.ending import OutputWriter, open_files
from tui.outputs.out import Results
from tui.outputs.streams import complain
from tui.outputs.wanted import Outputs
from tui.replaying import RecordingLoader
from tui.signals import Heeded
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Plan
from workloads.ledger.recording import Recorder, Recording

THREADS = 8
"""Those of the terminal's input and output, and some for work in the background."""

if TYPE_CHECKING:
    from tui.session import Session


def start(
    source: Plan | Recording | Path,
    engine: EngineOptions,
    opening: Opening,
    appearance: Appearance,
    outputs: Outputs,
) -> int:
    """Run the app to its end; returns the exit status. It races `source`, or replays it: a
    recording that is still to be read is given as its path.

    Raises BadInput if the recording or the results can't be written, or if what is to be replayed
    can't be read.
    """
    _check_threads()
    results, recorder = open_files(outputs, lambda sentence: None)
    listeners = [listener for listener in (recorder, results) if listener]
    loading = None
    if isinstance(source, Path):
        loading = RecordingLoader(source)

    def make_session() -> "Session":
        from tui.live import LiveSession
        from tui.replay import Replay
        from tui.start_times import kept_start_times

        if isinstance(source, Plan):
            if engine.address:  # a cluster's start isn't this machine's
                return LiveSession(source, engine, listeners)
            return LiveSession(source, engine, listeners, start_times=kept_start_times())
        if isinstance(source, Recording):
            return Replay(source)
        assert loading
        assert loading.recording is not None
        return Replay(loading.recording)

    writer = OutputWriter(1)
    with Heeded(signal.SIGQUIT) as heeded:
        try:
            make_app = partial(RaytasksApp, make_session, opening, appearance, loading)
            writer.status = asyncio.run(_run(make_app, listeners, heeded))
        finally:
            if results:
                writer.take(results)
                for complaint in results.complaints:  # those in the app were shown there only
                    complain(complaint)
            writer.close(recorder)
    if loading and loading.failed:
        raise loading.failed
    return writer.status


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
    make_app: Callable[[], RaytasksApp], listeners: list[Recorder | Results], heeded: Heeded
) -> int:
    app = make_app()

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
    if app.return_value is not None:
        return app.return_value
    return app.return_code or 0


async def _close(app: RaytasksApp) -> None:
    """End the lanes: the terminal is the shell's again, so a line says why the prompt isn't back
    yet.
    """
    if "workloads.functions.probe" in sys.modules:
        # A thread may be in the middle of importing it; the statement waits for that.
        from workloads.functions import probe

        probe.abandon()  # asyncio waits for the threads that wait for one
    if app.opened and not app.session.replayed:
        with contextlib.suppress(OSError):
            print("Stopping all lanes …", file=sys.stderr, flush=True)
        await app.session.close()
