"""The errors of this project; each message is one sentence for the person at the keyboard."""

import unicodedata


class RaytasksError(Exception):
    """Anything that went wrong and can be told in one sentence."""


class BadInput(RaytasksError):
    """Something the person gave (a parameter, a file, a flag) can't be used; exit status 2."""


class EngineFailed(RaytasksError):
    """An engine didn't start, or broke so that no further task can run on it."""


class TaskInterrupted(BaseException):
    """Raised inside a running task when its run is cancelled; a task must not swallow it."""


def plain(text: object, limit: int = 2000) -> str:
    """Foreign text made safe to show on one line: no control characters, bounded length.

    Newlines and tabs become spaces; escape codes lose their escape character.
    """
    kept = (" " if c in "\n\r\t" else c for c in str(text)[: limit + 1])
    line = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return line[: limit - 1] + "…" if len(line) > limit else line
