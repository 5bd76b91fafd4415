"""The folders that the program writes to by itself, on a machine that may be shared, full or
read-only.
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile

from workloads.core.errors import BadInput, EngineFailed, plain

PREFIX = "raytasks"

_held: list[int] = []

_OWNED = re.compile(rf"{PREFIX}-(\d+)(?:-\w+)?")


def private_folder(longest: int) -> str:
    """A new folder of at most `longest` bytes that only this user can enter, named after this
    process.

    It is made where temporary files go, if its path is short enough, else in another such place.
    What a process that has ended left behind there is removed. Raises EngineFailed if none can be
    made.
    """
    room = longest - len(f"/{PREFIX}-{os.getpid()}-") - 8  # tempfile's own random characters
    refused = "there is no folder for temporary files"
    for base in _bases():
        if len(os.fsencode(base)) > room:
            continue
        _sweep(base)
        try:
            # Never a name that can be guessed: somebody else could have made the folder beforehand.
            folder = tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-", dir=base)
            os.chmod(folder, 0o700)  # whatever the umask
            _held.append(lock(folder))
            return folder
        except OSError as error:
            refused = f"{plain(base, 100)}: {error.strerror}"
    raise EngineFailed(
        f"Can't create a folder for temporary files ({refused}); set TMPDIR to a writable folder "
        "with a short path."
    )


def _bases() -> list[str]:
    """Folders for temporary files, the user's choice first."""
    given = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP", "XDG_RUNTIME_DIR")]
    usual = ["/tmp", "/var/tmp", "/dev/shm"]
    named = [given[0], given[1], given[2], *usual[:2], given[3], usual[2]]
    return list(
        dict.fromkeys(os.path.realpath(base) for base in named if base and os.path.isabs(base))
    )


def _sweep(base: str) -> None:
    """Remove the folders of processes that were killed before they could."""
    import psutil  # 20 ms, which the first paint can do without

    with contextlib.suppress(OSError), os.scandir(base) as listed:
        for entry in listed:
            made_by = _OWNED.fullmatch(entry.name)
            with contextlib.suppress(OSError):  # another app may be sweeping too
                ours = made_by and entry.stat(follow_symlinks=False).st_uid == os.getuid()
                if ours and made_by and not psutil.pid_exists(int(made_by[1])):
                    held = lock(entry.path)
                    shutil.rmtree(entry.path, ignore_errors=True)
                    os.close(held)


def lock(folder: str) -> int:
    """Hold a folder as long as this process lives, or the descriptor that is returned.

    A process in another container isn't seen here, though it may share the place for temporary
    files. Raises OSError if another process holds the folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # a file system without locks
        pass
    return descriptor


def started_in() -> str:
    """The current folder. Raises BadInput if it has been deleted, or may not be read."""
    try:
        return os.getcwd()
    except OSError as error:
        raise BadInput(
            f"The current folder can't be used: {error.strerror}; change to another one and "
            "try again."
        ) from None


def settle() -> str:
    """The current folder of a lane or probe, or the root where it has been deleted: Ray and others
    need one.
    """
    try:
        return os.getcwd()
    except OSError:
        os.chdir("/")
        return "/"


def absolute(path: str) -> str:
    """The path from the root on. Raises BadInput if it starts in a folder that has been deleted."""
    if not os.path.isabs(path):
        path = os.path.join(started_in(), path)
    return os.path.normpath(path)
