"""The standard streams, which may be closed, full, or pipes that nobody reads."""

import contextlib
import os
import sys


def open_closed() -> None:
    """Open what is closed of standard input, output and error on /dev/null, as the next file that
    is opened, the recording say, would take the place: what libraries and lanes write to standard
    error would end up in it.

    `sys.stdout` stays None if standard output is closed; what is printed to a `sys.stderr` of None
    would go to standard output, so that one is made.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            made = os.open(os.devnull, os.O_RDONLY if descriptor == 0 else os.O_WRONLY)
            os.set_inheritable(made, True)  # or they are closed again in the lanes
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (it stays open)


def complain(sentence: str, who: str = "raytasks-tui: ") -> None:
    """Say it on standard error, if that can be written."""
    with contextlib.suppress(OSError, ValueError):
        # One write, so that lines of several threads don't mix.
        sys.stderr.write(f"{who}{sentence}\n")
        sys.stderr.flush()


def silence_stdout() -> None:
    """Discard what Python still holds for standard output: it would fail again when Python ends."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
