"""Where the program keeps pictures between runs: those it paints, and those it fetches."""

import contextlib
import errno
import os
from pathlib import Path

import platformdirs

from workloads.core.errors import BadInput
from workloads.machine.places import absolute


def cache_folder() -> Path:
    """Below the user's cache, or the folder that the environment variable RAYTASKS_CACHE names.

    Raises BadInput if there is no home folder, or no current one for a relative name.
    """
    if given := os.environ.get("RAYTASKS_CACHE"):
        return Path(absolute(given))
    try:
        return platformdirs.user_cache_path("raytasks-tui")
    except RuntimeError:  # no HOME, and the user isn't in the system's list
        reason = "No home folder to keep images in; set HOME or RAYTASKS_CACHE."
        raise BadInput(reason) from None


def make_folder(folder: Path) -> None:
    """Make a folder with those above it; what is in the user's cache is closed to others. Raises
    OSError.
    """
    if os.path.lexists(folder) and not folder.is_dir():  # a file, or a link that leads nowhere
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    with contextlib.suppress(BadInput):
        if folder.is_relative_to(own := cache_folder()) and not own.exists():
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
