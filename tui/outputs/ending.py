"""Writes the files of a race that is over, one after the other whatever becomes of the others; then
says which could not be written.
"""

import contextlib
import signal
import tempfile
from collections.abc import Callable, Iterator

from tui.outputs.out import Results
from tui.outputs.places import Place, cant_be_written, find
from tui.outputs.streams import complain, silence_stdout
from tui.outputs.wanted import Outputs
from workloads.core.errors import RaytasksError, plain
from workloads.core.events import Status
from workloads.ledger.recording import Recorder

INTERRUPTED = 130

SIGNALLED = 128
"""A status above that names the signal that ended the program."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def open_files(
    outputs: Outputs, say: Callable[[str], None]
) -> tuple[Results | None, Recorder | None]:
    """Return the writers of a race's results and of its recording, where they are wanted. `say` is
    called as soon as one can't write.

    Raises BadInput if one of them can't be opened; nothing new is left of the other.
    """
    results = recorder = None
    if outputs.out:
        results = Results(find("--out", outputs.out), say)
    try:
        if outputs.record:
            recorder = Recorder(outputs.record)
    except RaytasksError:
        if results:
            results.close()
        raise
    return results, recorder


@contextlib.contextmanager
def _interruptible(place: Place) -> Iterator[None]:
    """While a stream is written, whose reader may never read, signals raise KeyboardInterrupt. A
    file is never cut.
    """
    if place.stream is None:
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    heeded = [number for number in ENDING if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = [(number, signal.signal(number, interrupt)) for number in heeded]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _write(place: Place, data: bytes) -> None:
    """Write the figures; where a file can't be written, among the temporary files. Raises
    RaytasksError then too.
    """
    try:
        place.write([data])
    except RaytasksError as error:
        if place.stream is not None:
            raise
        with contextlib.suppress(OSError):
            descriptor, name = tempfile.mkstemp(".json", "raytasks-")
            with open(descriptor, "wb") as file:
                file.write(data)
            raise RaytasksError(f"{error} The figures are in {name}.") from None
        raise


class OutputWriter:
    """Writes what a race leaves when it is over. `status` is the program's exit status: 1 if
    something couldn't be written, unless a signal ended the program.
    """

    def __init__(self, status: int) -> None:
        self.status = status

    def _failed(self, sentence: str) -> None:
        complain(sentence)
        self._incomplete()

    def _incomplete(self) -> None:
        if self.status <= SIGNALLED:
            self.status = 1

    def attempt(self, write: Callable[[], object]) -> None:
        """Have something written, and say so if it can't be."""
        try:
            write()
        except RaytasksError as error:
            self._failed(str(error))
        except OSError as error:  # of a print
            silence_stdout()
            self._failed(cant_be_written("Standard output", error))
        except KeyboardInterrupt:
            self.status = INTERRUPTED
            complain("Interrupted while writing; the output is incomplete.")

    def _send(self, place: Place, write: Callable[[], object]) -> None:
        """Have a file or stream written. Signals end the wait for a stream's reader, also one that
        came just before: it has set the timer of `tui.signals`, which would end the program.
        """

        def unless_signalled() -> None:
            if place.stream is not None and signal.setitimer(signal.ITIMER_REAL, 0)[0]:
                raise KeyboardInterrupt
            write()

        with _interruptible(place):
            self.attempt(unless_signalled)

    def take(self, results: Results) -> None:
        """Wait until the results are written; an interrupt ends the wait, as for a pipe whose
        reader doesn't read.
        """
        self._send(results.place, results.close)
        for note in results.notes:
            complain(note)
        if results.complaints:
            self._incomplete()

    def write(self, place: Place | None, data: bytes, status: Status) -> None:
        """Write the figures, if they are wanted; those of a race that was cancelled beside an
        earlier one's.
        """
        if place is None:
            return
        if status != "cancelled" or place.stream is not None:
            self._send(place, lambda: _write(place, data))
            return

        def spare() -> None:
            path = place.spare([data])
            if path != place.path:
                complain(
                    f"{place.name} is unchanged because the race was cancelled; its figures are in "
                    f"{plain(path)}."
                )

        self.attempt(spare)

    def close(self, recorder: Recorder | None) -> None:
        """End the recording, if there is one."""
        if recorder:
            self.attempt(recorder.close)
