"""A person's own pictures, loaded as arrays by the image workload; `folders` finds them."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import stat
import threading
import warnings
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from workloads.builtin.images.formats import HEAD, TIFFS, formats, raw, unopened, without_texts
from workloads.core.errors import BadInput, plain

if TYPE_CHECKING:  # neither numpy nor Pillow is loaded before a picture is
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 120_000_000
"""Pixels of the largest picture taken."""

LARGE_PIXELS = 40_000_000
"""Pictures of more pixels are loaded one at a time in a process."""

TILE_PIXELS = 1_000_000
"""Pixels that are converted at a time, so that the whole picture is in memory only as Pillow's and
as ours.
"""

_ORIENTATION = 0x0112
LYING = (5, 6, 7, 8)
"""EXIF orientations in which the rows of the file are the columns of the picture."""
_SILENT = logging.NullHandler()
_LOADING_LARGE = threading.Lock()


class ImageError(BadInput):
    """A picture can't be used; one sentence that names its file."""


def silence_pillow() -> None:
    """Keep Pillow from printing on standard error, as it does by itself: warnings, and what its
    TIFF reader logs.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(_SILENT)


def load(path: str) -> NDArray[np.uint8]:
    """The picture as (height, width, 3) bytes of RGB, C-contiguous, the way up its EXIF orientation
    says.

    Transparency lies on white; more than 8 bits a channel are scaled to 8; of several frames or
    pages the first counts. Raises ImageError for whatever can't be loaded or has more than
    MAX_PIXELS; Pillow's own warnings are silenced in this process.

    While it goes on, 7 bytes a pixel are in memory: 0.85 GB for the largest picture, of which 0.36
    GB are given back. The decoders of some files need more for themselves: measured were 1.2 GB for
    a progressive JPEG, 1.0 GB for a TIFF that lies on its side and 1.9 GB for a WebP. Pictures of
    more than LARGE_PIXELS wait for each other.
    """
    silence_pillow()
    name = plain(os.path.basename(path), 120) or "An image whose name can't be displayed"
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise ImageError(f"{name} is a folder, not an image.")
        if not stat.S_ISREG(info.st_mode):  # to open a FIFO would be to wait for ever
            raise ImageError(f"{name} is a device or a pipe, not an image.")
        if not info.st_size:
            raise ImageError(f"{name} is empty.")
        with open(path, "rb") as file:
            return _decoded(file, name)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        what = "is not there"
        if os.path.islink(path):
            what = "is a broken link"
        raise ImageError(f"{name} {what}.") from None
    except OSError as error:
        raise ImageError(f"{name} can't be read: {error.strerror}.") from None


def pixel_count(path: str) -> int:
    """The pixels of the picture by its header, which takes a fraction of a millisecond; 0 if that
    can't be read.
    """
    from PIL import Image

    silence_pillow()
    with contextlib.suppress(Exception):  # decoders of damaged files raise anything
        if stat.S_ISREG(os.stat(path).st_mode):
            with Image.open(path, formats=formats(os.path.splitext(path)[1])) as image:
                return image.width * image.height
    return 0


def _decoded(file: IO[bytes], name: str) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    large = ImageError(f"{name} is too large: the limit is {MAX_PIXELS / 1e6:.0f} million pixels.")
    head = file.read(HEAD)
    if head.startswith(TIFFS) and (what := raw(file, head)):
        raise ImageError(f"{name} {what}.")
    try:
        try:
            return _pixels(file)
        except (_TooLarge, Image.DecompressionBombError, MemoryError):
            raise
        except Exception as error:
            if (mended := _mended(file, head, str(error))) is None:
                raise
            return mended
    except (_TooLarge, Image.DecompressionBombError):
        raise large from None
    except UnidentifiedImageError:
        raise ImageError(f"{name} {unopened(head)}.") from None
    except MemoryError:
        raise ImageError(f"{name} needs more memory than there is.") from None
    except Exception as error:  # decoders of damaged files raise anything
        what = f"is damaged: {plain(error, 120)}"
        if "truncated" in str(error).lower():
            what = "is truncated"
        raise ImageError(f"{name} {what}.") from error


class _TooLarge(Exception):
    """A picture has more than MAX_PIXELS."""


def _pixels(file: IO[bytes]) -> NDArray[np.uint8]:
    from PIL import Image

    image = Image.open(file, formats=formats(os.path.splitext(getattr(file, "name", ""))[1]))
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise _TooLarge
    with _LOADING_LARGE if pixels > LARGE_PIXELS else contextlib.nullcontext():
        image.load()
        if (
            image.width * image.height > MAX_PIXELS
        ):  # an icon's directory may promise less than its picture has
            raise _TooLarge
        return _rgb(image)


def _mended(file: IO[bytes], head: bytes, error: str) -> NDArray[np.uint8] | None:
    """The picture of a file that is whole but for what Pillow stumbles over; None if it isn't."""
    with contextlib.suppress(Exception):  # then the first error says what is wrong
        if head.startswith(b"\x89PNG"):  # texts that are damaged, or large: a picture needs none
            file.seek(0)
            return _pixels(io.BytesIO(without_texts(file.read())))
        if head.startswith(b"\xff\xd8\xff") and "truncated" in error:
            file.seek(0)
            return _without_end(file.read().rstrip(b"\xff"))
    return None


def _without_end(jpeg: bytes) -> NDArray[np.uint8] | None:
    """The picture of a JPEG file that lacks nothing but its end marker; None if pixels are missing.

    Where none are, what follows the last of them is of no consequence.
    """
    one, other = (
        _pixels(io.BytesIO(jpeg + filler * 64 + b"\xff\xd9"))
        for filler in (b"\x55\x55", b"\xaa\xaa")
    )
    if one.shape != other.shape or (one != other).any():
        return None
    return one


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    """The picture upright, converted tile by tile."""
    import numpy as np

    width, height = image.size
    orientation = 1
    with contextlib.suppress(Exception):  # a picture is worth more than its broken EXIF
        orientation = image.getexif().get(_ORIENTATION, 1)
    shape = (height, width, 3)
    if orientation in LYING:
        shape = (width, height, 3)
    upright = np.empty(shape, np.uint8)
    stored = _as_stored(upright, orientation)
    columns = min(width, TILE_PIXELS)
    rows = max(1, TILE_PIXELS // columns)
    boxes = [
        (left, top, min(left + columns, width), min(top + rows, height))
        for top in range(0, height, rows)
        for left in range(0, width, columns)
    ]
    low = high = 0.0
    if image.mode in ("I", "F"):
        low, high = _levels(image, boxes)
    for box in boxes:
        left, top, right, bottom = box
        stored[top:bottom, left:right] = _tile(image.crop(box), low, high)
    return upright


def _as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A view of the upright picture in which rows and columns lie as in a file of this EXIF
    orientation.
    """
    if orientation in LYING:
        upright = upright.transpose(1, 0, 2)
    # What remains is mirrored: left to right, top to bottom, or both.
    if orientation in (2, 3, 7, 8):
        upright = upright[:, ::-1]
    if orientation in (3, 4, 6, 7):
        upright = upright[::-1]
    return upright


def _tile(tile: Image.Image, low: float, high: float) -> NDArray[np.uint8]:
    """A part of a picture as RGB; `low` and `high` are the black and the white of modes I and F."""
    import numpy as np
    from PIL import Image

    if tile.mode.startswith("I;16"):
        return (np.asarray(tile) >> 8).astype(np.uint8)[..., None]
    if tile.mode in ("I", "F"):
        with np.errstate(all="ignore"):
            grey = (np.asarray(tile, np.float64) - low) * (255 / ((high - low) or 1))
        return np.clip(np.nan_to_num(grey, nan=0, posinf=255, neginf=0), 0, 255).astype(np.uint8)[
            ..., None
        ]
    if tile.has_transparency_data:
        white = Image.new("RGBA", tile.size, "white")
        white.alpha_composite(tile.convert("RGBA"))
        tile = white
    if tile.mode != "RGB":
        tile = tile.convert("RGB")
    return np.asarray(tile)


def _levels(image: Image.Image, boxes: Sequence[tuple[int, int, int, int]]) -> tuple[float, float]:
    """Black and white of grey levels: 0 and the first of 1, 255, 65,535 to hold all, else the least
    and the most.
    """
    import numpy as np

    low, high = math.inf, -math.inf
    for box in boxes:
        plane = np.asarray(image.crop(box), np.float64)
        finite = plane[np.isfinite(plane)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:  # no number at all
        return 0.0, 0.0
    if low >= 0:
        return 0.0, next((top for top in (1.0, 255.0, 65_535.0) if high <= top), high)
    return low, high
