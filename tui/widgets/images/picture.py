"""One picture that a task has worked on, made from the event that ended the task; kept by the
ImagesFold.

Results come from recordings too: of whatever isn't what it should be, the rest is kept.
"""

import math
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from typing import Any
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray

from workloads.core.errors import plain
from workloads.core.events import Failed, Finished

THUMBNAIL_BYTES, THUMBNAIL_SIDE = 1_000_000, 1024
"""The largest thumbnail that is decoded; a picture that claims a larger one has none."""

SHOWN_SIDE = 192
"""Pixels a side of a decoded thumbnail, at most: twice what tasks send."""

STAGES_MOST = 12

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
Pixels = NDArray[np.uint8]
Channels = tuple[float, float, float]


@dataclass(frozen=True)
class PictureSide:
    """A picture before or after: `mean` and `std` for red, green and blue (in the result's own
    unit), `brightness` counts of pixels from dark to bright, `dominant` as `#rrggbb`, `thumbnail`
    and `crop` (a part of it, pixel by pixel) PNGs in base64. A value that is missing is None or
    empty.
    """

    mean: Channels | None = None
    std: Channels | None = None
    brightness: tuple[float, ...] = ()
    dominant: str = ""
    thumbnail: str = field(default="", repr=False)
    crop: str = field(default="", repr=False)

    @property
    def overall(self) -> tuple[float, float] | None:
        """Mean and standard deviation over all channels together; None where either isn't known."""
        if not self.mean or not self.std:
            return None
        mean = sum(self.mean) / 3
        spread = sum(s * s + (m - mean) ** 2 for m, s in zip(self.mean, self.std, strict=True)) / 3
        return mean, math.sqrt(spread)


@dataclass(frozen=True)
class Picture:
    """The outcome of one picture. `at` and `ran_s` are seconds, `at` counted from the run's zero;
    `worker` is -1 if unknown; `before` and `after` are array shapes; `stages` names what was done
    with the seconds each took; `crop` is the place of the sides' crops (left, top, width, height in
    pixels), empty if unknown; `nbytes` is the decoded size; `zero_copy` says whether the worker
    read the picture where it lay in the object store. A failed one has an `error`, a sentence, and
    hardly anything else.
    """

    task: int
    worker: int
    at: float
    ran_s: float
    attempt: int = 0
    name: str = ""
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    stages: tuple[tuple[str, float], ...] = ()
    augmentation: str = ""
    strength: float | None = None
    original: PictureSide = PictureSide()
    outcome: PictureSide = PictureSide()
    crop: tuple[int, ...] = ()
    nbytes: int = 0
    zero_copy: bool | None = None
    checksum: str = ""
    error: str = ""

    @property
    def title(self) -> str:
        """Its file's name, or the task's number where that isn't known."""
        return self.name or f"task {self.task}"

    @property
    def pixels(self) -> int:
        """Pixels of the picture before, 0 where not known."""
        if not self.before:
            return 0
        return self.before[0] * self.before[1]

    @property
    def encoded(self) -> int:
        """Characters that its thumbnails and crops take."""
        sides = self.original, self.outcome
        return sum(len(side.thumbnail) + len(side.crop) for side in sides)

    def bare(self) -> "Picture":
        """The same without thumbnails and crops."""
        return self._with_sides(lambda side: replace(side, thumbnail="", crop=""))

    def enlarged(self) -> "Picture":
        """The same with its crops in the place of the thumbnails."""
        return self._with_sides(lambda side: replace(side, thumbnail=side.crop))

    def _with_sides(self, change: Callable[[PictureSide], PictureSide]) -> "Picture":
        return replace(self, original=change(self.original), outcome=change(self.outcome))

    @property
    def change(self) -> str:
        """The augmentation and its strength: `Rotate −27`."""
        if self.strength is None or not self.augmentation:
            return self.augmentation
        return f"{self.augmentation} {self.strength:.4g}".replace("-", "−")


def picture_of(event: Finished | Failed, at: float, seconds: Callable[[int], float]) -> Picture:
    """The picture that an event describes, `at` seconds into the run; `seconds` turns ns
    into those.
    """
    ran = 0.0
    if event.start:  # a task that was lost with its worker may not know when it began
        ran = max(0.0, seconds(event.t) - max(0.0, seconds(event.start)))
    if isinstance(event, Failed):
        error = plain(event.message, 500).strip() or plain(event.error, 100).strip()
        error = error or "The task failed."
        return Picture(event.task, event.worker, at, ran, event.attempt, error=error)
    result = _fields(event.result)
    zero_copy = result.get("zero_copy")
    if not isinstance(zero_copy, bool):
        zero_copy = None
    return Picture(
        task=event.task,
        worker=event.worker,
        at=at,
        ran_s=ran,
        attempt=event.attempt,
        name=_words(result.get("name"), 255),
        before=_shape(result.get("before")),
        after=_shape(result.get("after")),
        stages=_stages(result.get("stages")),
        augmentation=_words(result.get("augmentation"), 40),
        strength=_number(result.get("strength")),
        original=_side(result.get("original")),
        outcome=_side(result.get("outcome")),
        crop=_place(result.get("crop")),
        nbytes=int(max(0.0, _number(result.get("bytes")) or 0.0)),
        zero_copy=zero_copy,
        checksum=_words(result.get("checksum"), 128),
    )


@lru_cache(maxsize=256)
def thumbnail(encoded: str) -> Pixels | None:
    """The pixels (height, width, 3) of a thumbnail, at most SHOWN_SIDE a side; None if it isn't a
    small PNG.
    """
    if not encoded:
        return None
    # Loaded here: the screens are there at once, and most races have no pictures.
    from PIL import Image

    try:
        # A warning of PIL would be written across the screen.
        with catch_warnings(action="ignore"):
            image = Image.open(BytesIO(b64decode(encoded, validate=True)), formats=["PNG"])
            if max(image.size) > THUMBNAIL_SIDE:
                return None
            small = image.convert("RGB")
            small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
            pixels: Pixels = np.asarray(small, np.uint8).copy()
    except Exception:
        # PIL raises whatever the broken file leads it to; all of it means the same here.
        return None
    if not pixels.size:
        return None
    return pixels


# -- a result's fields: foreign data ---------------------------------------------------------------


def _fields(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    return {}


def _words(value: Any, limit: int) -> str:
    if not isinstance(value, str):
        return ""
    return plain(value, limit).strip()


def _number(value: Any) -> float | None:
    """A number that can be drawn, else None: NaN and what is beyond all measure are not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)


def _numbers(value: Any, least: int, most: int) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not least <= len(value) <= most:
        return ()
    numbers = tuple(number for number in map(_number, value) if number is not None)
    if len(numbers) < len(value):
        return ()
    return numbers


def _shape(value: Any) -> tuple[int, ...]:
    numbers = _numbers(value, 2, 3)
    if not all(1 <= n < 1 << 24 for n in numbers):
        return ()
    return tuple(map(int, numbers))


def _place(value: Any) -> tuple[int, ...]:
    """Left, top, width and height of a part of a picture."""
    numbers = _numbers(value, 4, 4)
    if not numbers or min(numbers) < 0 or max(numbers) >= 1 << 24:
        return ()
    return tuple(map(int, numbers))


def _channels(value: Any, least: float = -math.inf) -> Channels | None:
    numbers = _numbers(value, 3, 3)
    if not numbers or min(numbers) < least:
        return None
    return numbers[0], numbers[1], numbers[2]


def _stages(value: Any) -> tuple[tuple[str, float], ...]:
    stages = []
    for name, spent in list(_fields(value).items())[:STAGES_MOST]:
        words, seconds = _words(name, 20), _number(spent)
        if words and seconds is not None and seconds >= 0:
            stages.append((words, seconds))
    return tuple(stages)


def _side(value: Any) -> PictureSide:
    fields = _fields(value)
    counts = _numbers(fields.get("brightness"), 1, 256)
    if counts and min(counts) < 0:
        counts = ()
    dominant = fields.get("dominant")
    if not isinstance(dominant, str) or not _COLOR.fullmatch(dominant):
        dominant = ""
    return PictureSide(
        mean=_channels(fields.get("mean")),
        std=_channels(fields.get("std"), least=0),
        brightness=counts,
        dominant=dominant.lower(),
        thumbnail=_encoded(fields.get("thumbnail")),
        crop=_encoded(fields.get("crop")),
    )


def _encoded(value: Any) -> str:
    """A PNG in base64 that isn't too large."""
    if not isinstance(value, str) or len(value) > THUMBNAIL_BYTES * 4 // 3 + 4:
        return ""
    return value
