"""The errors of this project; each message is one sentence for the person at the keyboard."""

import errno
import unicodedata


class RaytasksError(Exception):
    """Anything that went wrong and can be said in one sentence."""


class BadInput(RaytasksError):
    """Something the person gave (a parameter, a file, a flag) can't be used; exit status 2."""


class EngineFailed(RaytasksError):
    """An engine didn't start, or broke so that no further task can run on it."""


class TaskInterrupted(BaseException):
    """Raised inside a running task when its run is cancelled; a task must not swallow it."""


_SHORTAGES = {
    errno.EAGAIN: (
        "the limit on processes and threads is reached; end some, or raise it (ulimit -u)"
    ),
    errno.EMFILE: "this process has too many open files; raise the limit (ulimit -n)",
    errno.ENFILE: "this machine has too many open files; close some programs",
    errno.ENOMEM: "out of memory; close some programs",
}


def shortage(error: BaseException) -> str:
    """The resource that the system has run out of, with the cure, as the end of a sentence; empty
    for any other error.
    """
    if isinstance(error, MemoryError):
        return _SHORTAGES[errno.ENOMEM]
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return _SHORTAGES[errno.EAGAIN]
    if isinstance(error, OSError):
        return _SHORTAGES.get(error.errno or 0, "")
    return ""


def plain(text: object, limit: int = 2000) -> str:
    """Foreign text, safe to show on one line: no control characters, at most `limit` characters.

    Newlines and tabs become spaces; escape codes lose their escape character.
    """
    kept = (" " if c in "\n\r\t" else c for c in _str(text)[: limit + 1])
    line = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    if len(line) > limit:
        return line[: limit - 1] + "…"
    return line


def _str(value: object) -> str:
    """Its text; an object with a `__str__` that raises is named by its type."""
    try:
        return "".join((str(value), ""))  # a subclass of str may have methods of its own
    except BaseException:
        return f"<{type.__dict__['__name__'].__get__(type(value))} without text>"


class Incomparable(Exception):
    """A value, or a part of it, can't be compared; `what` says what it is, `path` where
    it was met.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what, self.path = what, ""

    def under(self, key: str) -> "Incomparable":
        """Note that it was met under that key of the value around it."""
        if len(self.path) < 200:
            self.path = (key + self.path)[:200]
        return self
