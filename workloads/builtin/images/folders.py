"""A person's own pictures, found among the files and folders given to the image workload; `library`
loads them.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence

from workloads.builtin.images.formats import TAKEN, suffixes
from workloads.core.errors import BadInput, plain
from workloads.machine.places import absolute

MAX_PICTURES = 100_000
MAX_ENTRIES = 3_000_000
"""Files and folders that are looked at in one folder given, and below it."""

NOTES_MOST = 20
"""Sentences on what is left out; the rest is counted."""


def find_pictures(
    given: Sequence[str], note: Callable[[str], None] = lambda sentence: None
) -> list[str]:
    """The pictures among files and folders, as absolute paths, each once, in natural order (2.jpg
    before 10.jpg).

    Folders are searched with all that is below them, through symbolic links too, but not what is
    hidden; there a picture is known by its suffix. A file given by its name is taken whatever it
    is. What is no good (a link that leads nowhere, a name given that isn't there) is found like the
    rest: `load` says what is wrong with it.

    `note` gets a sentence on each thing that can't be found even so: a path that isn't UTF-8
    (events are JSON), a folder that can't be read, one given that holds no picture. Raises
    BadInput, with the first reason, if nothing is left that may be usable; and for too many.
    """
    pictures: dict[str, str] = {}
    usable = False
    reasons: list[str] = []
    without: list[str] = []
    left_out = _LeftOut()
    for item in given:
        kinds: set[bool] = set()
        path, wrong = absolute(item), _wrong(item)
        for real, picture, good in _candidates(item, path, wrong, left_out):
            kinds.add(good)
            pictures.setdefault(real, picture)
            if len(pictures) > MAX_PICTURES:
                raise BadInput(
                    f"There are more than {MAX_PICTURES:,} images; choose a smaller folder than "
                    f"{plain(item, 300)}."
                )
        usable = usable or True in kinds
        if True not in kinds:
            reasons.append(wrong or f"No images in the folder {plain(item, 300)}: {TAKEN}.")
        if not kinds:
            without.append(reasons[-1])
    if not usable and reasons:
        left_out.tell(note)
        raise BadInput(reasons[0])
    for reason in without:
        left_out.add(reason)
    left_out.tell(note)
    return sorted(pictures.values(), key=_natural)


class _LeftOut:
    """Files that can't be used: sentences about the first ones, and the number of all."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._count = 0

    def add(self, sentence: str) -> None:
        """One thing more."""
        self._count += 1
        if self._count <= NOTES_MOST:
            self._sentences.append(sentence)

    def with_text_paths(
        self, entries: Sequence["os.DirEntry[str]"]
    ) -> Iterator["os.DirEntry[str]"]:
        """Those whose path is UTF-8; the others are left out."""
        for entry in entries:
            if _is_text(entry.path):
                yield entry
            else:
                self.add(_not_text(entry.path))

    def tell(self, note: Callable[[str], None]) -> None:
        """All of it."""
        for sentence in self._sentences:
            note(sentence)
        if self._count > NOTES_MOST:
            note(f"{self._count - NOTES_MOST:,} more files and folders were skipped.")


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_text(path: str) -> str:
    name = plain(os.fsencode(path).decode(errors="replace"), 300)
    return f"The path of {name} isn't UTF-8; rename it to include it."


def _wrong(item: str) -> str:
    """Return why a given file or folder can't be read; empty if it can."""
    path, name = absolute(item), plain(item, 300)
    if not _is_text(path):
        return _not_text(path)
    try:
        os.stat(item)
        if os.path.isdir(item):
            os.scandir(item).close()
    except (FileNotFoundError, ValueError):
        return f"No such file or folder: “{name}”."
    except OSError as error:
        if os.path.isdir(item):
            name = f"The folder {name}"
        return f"{name} can't be read: {error.strerror}."
    return ""


def _candidates(
    item: str, path: str, wrong: str, left_out: _LeftOut
) -> Iterator[tuple[str, str, bool]]:
    """Return what `_in_folder` does, also for a file that was given, even if it is `wrong`."""
    if os.path.isdir(item):
        if not wrong:
            yield from _in_folder(path, plain(item, 300), left_out)
    elif item and _is_text(path):
        if wrong:
            yield path, path, False
        else:
            yield os.path.realpath(path), path, True


def _natural(path: str) -> tuple[list[list[str | int]], str]:
    """A key that sorts numbers in names by their value, and leaves case aside."""
    names = (re.split(r"([0-9]+)", name.casefold()) for name in path.split(os.sep))
    return [
        [int(part) if odd % 2 else part for odd, part in enumerate(name)] for name in names
    ], path


def _in_folder(top: str, name: str, left_out: _LeftOut) -> Iterator[tuple[str, str, bool]]:
    """The pictures in a folder and below: real path, path, whether it may be usable.

    A real folder is visited once, so links can't loop.
    """
    waiting, seen, entries = [top], set(), 0
    openable, others = suffixes()
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        folders, pictures = [], []
        try:
            with os.scandir(folder) as listed:
                for entry in listed:
                    entries += 1
                    if entries > MAX_ENTRIES:
                        raise BadInput(
                            f"{name} has too many files to search; choose a smaller folder."
                        )
                    if entry.name.startswith("."):
                        continue
                    if _is(entry.is_dir):
                        folders.append(entry)
                    elif entry.name.lower().endswith(openable + others):
                        pictures.append(entry)
        except OSError as error:
            left_out.add(f"The folder {plain(folder, 300)} can't be read: {error.strerror}.")
        # Sorted: which of two names of one file is kept mustn't depend on the file system's order.
        folders.sort(key=lambda entry: entry.name, reverse=True)
        pictures.sort(key=lambda entry: entry.name)
        waiting += [entry.path for entry in left_out.with_text_paths(folders)]
        for entry in left_out.with_text_paths(pictures):
            at = os.path.realpath(entry) if entry.is_symlink() else os.path.join(real, entry.name)
            yield at, entry.path, entry.name.lower().endswith(openable) and _is(entry.is_file)


def _is(asked: Callable[[], bool]) -> bool:
    """The answer, which is no of a link that leads in a circle."""
    with contextlib.suppress(OSError):
        return asked()
    return False
