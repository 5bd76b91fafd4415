"""Small files that the program keeps for this user from one run to the next."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

MAX_BYTES = 64 * 1024
"""The size above which a file isn't one that the program wrote."""


def state_file(name: str) -> Path | None:
    """The file of that name in the user's state folder, or in the folder that the environment
    variable RAYTASKS_STATE names; None where there is no home folder.
    """
    if given := os.environ.get("RAYTASKS_STATE"):
        return Path(os.path.abspath(given)) / name
    import platformdirs  # which the first paint can do without

    try:
        return platformdirs.user_state_path("raytasks-tui") / name
    except RuntimeError:  # no HOME, and the user isn't in the system's list
        return None


def read_private(file: Path) -> bytes:
    """The file's contents; empty if there is none, or if it is another user's, too large, or no
    regular file.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:
            about = os.fstat(descriptor)
            if stat.S_ISREG(about.st_mode) and about.st_uid == os.getuid():
                contents = opened.read(MAX_BYTES + 1)
                if len(contents) <= MAX_BYTES:
                    return contents
    return b""


def write_private(file: Path, contents: bytes) -> None:
    """Replace the file in one step, for this user only: whoever reads it at that moment gets the
    old or the new contents. Raises OSError.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    try:
        with open(descriptor, "wb") as opened:
            opened.write(contents)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
