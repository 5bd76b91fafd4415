"""Results on disk until lanes are compared: workers write what they consist of, the coordinator
measures differences.

Each lane has a private folder, which its process and the coordinator remove whatever happens, and
for each run a folder in that. A worker appends to a file of its own: for each result its digest, a
length, and its leaves (see contents_leaves) as msgpack: data only, nothing that is loaded as code.
"""

import contextlib
import os
import shutil
import struct
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workloads.comparison.leaves import SIZE, Leaf, Leaves
from workloads.machine.places import lock

LANE_BYTES = 256 << 20
"""Bytes that the workers of a lane keep; what comes after that isn't kept."""

FREE_BYTES = 512 << 20
"""Bytes that stay free on the disk."""

LOOK_EVERY = 1 << 20
"""Bytes after which a worker looks again at what all have written."""

PREFIX = "raytasks-kept-"

_HEADER = f"<{SIZE}sQ"
_HEADER_BYTES = struct.calcsize(_HEADER)


lane_folder: Path | None = None
"""In a lane: where its workers keep results; None where the coordinator can't reach that."""

_held: dict[Path, int] = {}
"""The locks of this process's folders."""

# -- the lane's folder -----------------------------------------------------------------------------


def make_folder() -> Path | None:
    """A folder for a lane of this process, for its owner only; None where none can be made.

    Folders of processes that were killed are removed.
    """
    base = Path(tempfile.gettempdir())
    for left in base.glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if owner.isdigit() and not _runs(int(owner)) and left.lstat().st_uid == os.getuid():
                held = lock(str(left))  # raises OSError if its process lives, in another container
                remove(left)
                os.close(held)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
        _held[folder] = lock(str(folder))
    except OSError:
        return None
    return folder


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def remove(folder: Path | None) -> None:
    """Remove the folder with all that is in it, if there is one."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        if (held := _held.pop(folder, None)) is not None:
            os.close(held)


def new_run(folder: Path) -> str | None:
    """A folder for a run in that of its lane; what earlier runs kept is removed."""
    for left in folder.glob("run-*"):
        remove(left)
    with contextlib.suppress(OSError):
        return tempfile.mkdtemp(prefix="run-", dir=folder)
    return None


# -- in a worker -----------------------------------------------------------------------------------


@dataclass
class _Kept:
    """A worker thread's record of what it has written into the folder of a run; `full` once no more
    may be.
    """

    folder: str
    file: int
    written: int = 0
    looked: int = -LOOK_EVERY
    full: bool = False
    digests: set[bytes] = field(default_factory=set)


def keep(folder: str, digest: bytes, leaves: Leaves) -> None:
    """Append a result's leaves to this thread's file in the run's folder, if they are whole and
    there is room.

    Never raises: a result that isn't kept is compared by its digest.
    """
    if not leaves.whole:
        return
    # ValueError, OverflowError: what msgpack can't hold, as the lone surrogate in an attribute's
    # name.
    with contextlib.suppress(OSError, ImportError, ValueError, OverflowError):
        kept = _file(folder)
        if kept.full or digest in kept.digests:
            return
        import msgspec

        data = msgspec.msgpack.encode(leaves.kept)
        if kept.written + len(data) - kept.looked >= LOOK_EVERY:
            kept.looked = kept.written
            kept.full = not _has_room(folder, len(data))
        if kept.full:
            return
        header = struct.pack(_HEADER, digest, len(data))
        wrote = os.writev(kept.file, (header, data))
        kept.full = wrote < len(header) + len(
            data
        )  # the disk is full: the rest of the file is torn
        kept.written += wrote
        kept.digests.add(digest)


def _file(folder: str) -> _Kept:
    # Kept on a module that every process has: by value, as Ray sends it, this one is made anew for
    # each task.
    files: dict[Any, _Kept] = sys.__dict__.setdefault("_raytasks_kept", {})
    key = (os.getpid(), threading.get_ident())
    kept = files.get(key)
    if kept is None or kept.folder != folder:
        # Those of an earlier run: this thread's, and those of threads that have ended and close
        # none.
        others = {(key[0], thread.ident) for thread in threading.enumerate()} - {key}
        for at in [at for at in list(files) if at[0] == key[0] and at not in others]:
            if (old := files.pop(at, None)) is not None:
                with contextlib.suppress(OSError):  # a task may have closed it
                    os.close(old.file)
        name = f"{folder}/{os.getpid()}-{threading.get_ident()}"
        kept = files[key] = _Kept(
            folder, os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        )
    return kept


def _has_room(folder: str, size: int) -> bool:
    used = sum(entry.stat().st_size for entry in os.scandir(folder))
    return used + size <= LANE_BYTES and shutil.disk_usage(folder).free - size >= FREE_BYTES


# -- in the coordinator ----------------------------------------------------------------------------


def read(folder: Path, wanted: Collection[bytes]) -> dict[bytes, tuple[Path, int, int]]:
    """Where the lane's results of these digests are kept: file, offset and size."""
    places = {}
    for path in folder.glob("run-*/*"):
        with contextlib.suppress(OSError):
            places.update({digest: place for digest, *place in _records(path) if digest in wanted})
    return {digest: (path, at, size) for digest, (path, at, size) in places.items()}


def _records(path: Path) -> Iterator[tuple[Any, ...]]:
    whole = path.stat().st_size
    with path.open("rb") as file:
        while len(header := file.read(_HEADER_BYTES)) == _HEADER_BYTES:
            digest, size = struct.unpack(_HEADER, header)
            if file.tell() + size > whole:
                return
            yield digest, path, file.tell(), size
            file.seek(size, os.SEEK_CUR)


def load(place: tuple[Path, int, int]) -> list[Leaf]:
    """The leaves of a result that is kept there. Raises OSError, and ValueError where that isn't
    what is there.
    """
    import msgspec

    path, at, size = place
    with path.open("rb") as file:
        file.seek(at)
        return msgspec.msgpack.decode(
            file.read(size), type=list[tuple[str, str, tuple[int, ...], Any]]
        )
