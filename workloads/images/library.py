"""A person's own pictures: found among the files and folders given, and loaded as arrays by the image workload."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import stat
import warnings
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from workloads.errors import BadInput, plain

if TYPE_CHECKING:  # neither numpy nor Pillow is loaded before a picture is
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff")
TAKEN = "JPEG, PNG, WebP and TIFF are taken"

MAX_PIXELS = 120_000_000
"""Pixels of the largest picture taken; loading it needs about a gigabyte."""

MAX_PICTURES = 100_000
MAX_ENTRIES = 3_000_000
"""Files and folders that are looked at in one folder given, and below it."""

_OURS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_OTHERS = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
    (0, b"<", "a web page or a drawing"),
    (4, b"ftypavi", "an AVIF"),
    (4, b"ftyphei", "a HEIC"),
    (4, b"ftypmif1", "a HEIC"),
)
"""What else is found among pictures, or bears a picture's name: the offset and the bytes that tell it, and its name."""

_SILENT = logging.NullHandler()


class PictureError(BadInput):
    """A picture can't be used; one sentence that names its file."""


def find_pictures(given: Sequence[str]) -> list[str]:
    """The pictures among files and folders, as absolute paths, each once, in natural order (2.jpg before 10.jpg).

    Folders are searched with all that is below them, through symbolic links too, but not what is hidden or
    can't be read; there a picture is known by its suffix. A file given by its name is taken whatever it is.
    Raises BadInput for what doesn't exist, a folder that can't be read or holds no picture, and too many.
    """
    found: dict[str, str] = {}
    for item in given:
        path, shown = os.path.abspath(item), plain(item, 300)
        try:
            mode = os.stat(path if item else "").st_mode
        except (FileNotFoundError, ValueError):
            raise BadInput(f"There is no file or folder “{shown}”.") from None
        except OSError as error:
            raise BadInput(f"{shown} can't be read: {error.strerror}.") from None
        if not stat.S_ISDIR(mode):
            found.setdefault(os.path.realpath(path), path)
            continue
        empty = True
        for real, picture in _in_folder(path, shown):
            empty = False
            found.setdefault(real, picture)
            if len(found) > MAX_PICTURES:
                raise BadInput(f"There are more than {MAX_PICTURES:,} pictures; give a smaller folder than {shown}.")
        if empty:
            raise BadInput(f"There is no picture in the folder {shown}: {TAKEN}.")
    return sorted(found.values(), key=_natural)


def _natural(path: str) -> tuple[list[list[str | int]], str]:
    """A key that sorts numbers in names by their value, and leaves case aside."""
    names = (re.split(r"([0-9]+)", name.casefold()) for name in path.split(os.sep))
    return [[int(part) if odd % 2 else part for odd, part in enumerate(name)] for name in names], path


def _in_folder(top: str, shown: str) -> Iterator[tuple[str, str]]:
    """The pictures in a folder and below: (real path, path). A real folder is visited once, so links can't loop."""
    waiting, seen, entries = [top], set(), 0
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
                        raise BadInput(f"{shown} holds too many files to look through; give a smaller folder.")
                    if entry.name.startswith("."):
                        continue
                    with contextlib.suppress(OSError):  # a link that leads nowhere
                        if entry.is_dir():
                            folders.append(entry.path)
                        elif entry.name.lower().endswith(SUFFIXES) and entry.is_file():
                            pictures.append(entry)
        except OSError as error:
            if folder == top:
                raise BadInput(f"The folder {shown} can't be read: {error.strerror}.") from None
        # Sorted: which of two names of one file is kept mustn't depend on the file system's order.
        waiting += sorted(folders, reverse=True)
        for entry in sorted(pictures, key=lambda entry: entry.name):
            yield os.path.realpath(entry) if entry.is_symlink() else os.path.join(real, entry.name), entry.path


def silence_pillow() -> None:
    """Keep Pillow from printing on standard error, as it does by itself: warnings, and what its TIFF reader logs."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(_SILENT)


def load(path: str) -> NDArray[np.uint8]:
    """The picture as (height, width, 3) bytes of RGB, C-contiguous, the way up its EXIF orientation says.

    Transparency lies on white; more than 8 bits a channel are scaled to 8; of several frames or pages the
    first counts. Raises PictureError for whatever can't be loaded or has more than MAX_PIXELS; Pillow's own
    warnings are silenced in this process.
    """
    silence_pillow()
    name = plain(os.path.basename(path), 120) or "A picture whose name can't be shown"
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise PictureError(f"{name} is a folder, not a picture.")
        if not stat.S_ISREG(info.st_mode):  # to open a FIFO would be to wait for ever
            raise PictureError(f"{name} is a device or a pipe, not a picture.")
        if not info.st_size:
            raise PictureError(f"{name} is empty.")
        with open(path, "rb") as file:
            return _decoded(file, name)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise PictureError(f"{name} is not there.") from None
    except OSError as error:
        raise PictureError(f"{name} can't be read: {error.strerror}.") from None


def _decoded(file: IO[bytes], name: str) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    large = PictureError(f"{name} is too large: pictures of at most {MAX_PIXELS / 1e6:.0f} million pixels are taken.")
    head = file.read(16)
    try:
        image = Image.open(file, formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise large
        image.load()
        with contextlib.suppress(Exception):  # a picture is worth more than its broken EXIF
            ImageOps.exif_transpose(image, in_place=True)
        return _rgb(image)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise large from None
    except UnidentifiedImageError:
        raise PictureError(f"{name} {_unknown(head)}.") from None
    except MemoryError:
        raise PictureError(f"{name} needs more memory than there is.") from None
    except Exception as error:  # decoders of damaged files raise anything
        what = "is cut short" if "truncated" in str(error).lower() else f"is damaged: {plain(error, 120)}"
        raise PictureError(f"{name} {what}.") from error


def _unknown(head: bytes) -> str:
    """What is wrong with a file that begins like this, which Pillow takes for none of our formats."""
    for offset, mark, kind in _OTHERS:
        if head[offset:].startswith(mark):
            return f"is {kind}, not a picture that can be used: {TAKEN}"
    if head.startswith(_OURS) or head[8:12] == b"WEBP":
        return "is cut short or damaged"
    return f"is not a picture: {TAKEN}"


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    if image.mode.startswith("I;16"):
        grey = (np.asarray(image) >> 8).astype(np.uint8)
    elif image.mode in ("I", "F"):
        grey = _scaled(np.asarray(image, np.float32))
    else:
        if image.has_transparency_data:
            white = Image.new("RGBA", image.size, "white")
            white.alpha_composite(image.convert("RGBA"))
            image = white
        return np.ascontiguousarray(image if image.mode == "RGB" else image.convert("RGB"))
    return np.repeat(grey[..., None], 3, 2)


def _scaled(plane: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grey levels as bytes: from 0 to the first of 1, 255 and 65,535 that holds them all, else from least to most."""
    import numpy as np

    finite = plane[np.isfinite(plane)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low >= 0:
        low, high = 0.0, next((top for top in (1.0, 255.0, 65_535.0) if high <= top), high)
    with np.errstate(all="ignore"):
        grey = (plane.astype(np.float64) - low) * (255 / ((high - low) or 1))
    return np.clip(np.nan_to_num(grey, nan=0, posinf=255, neginf=0), 0, 255).astype(np.uint8)
