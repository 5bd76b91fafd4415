"""Invented events of the image workload, thumbnails included, for tests and demos of its
pictures.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from tui.widgets.images.fold import ImagesFold
from workloads.builtin.images.scenes import paint
from workloads.core import events as ev

STAGES = {
    "open": 0.14,
    "blur": 0.52,
    "augment": 0.21,
    "tensor": 0.09,
    "rounds": 0.33,
    "statistics": 0.17,
    "thumbnail": 0.05,
}
CHANGES = (
    ("Rotate", -27.0),
    ("Sharpness", 1.9),
    ("Solarize", 0.4),
    ("TranslateX", -0.2),
    ("Equalize", None),
)
PAINTED = 12
"""Different pictures; further tasks get them again."""


def encoded(image: Image.Image) -> str:
    """A PNG in base64."""
    file = BytesIO()
    image.save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def side(image: Image.Image) -> dict[str, Any]:
    """What a task tells of a picture before or after."""
    pixels = np.asarray(image, np.float64)
    light = pixels.mean(axis=2)
    return {
        "mean": pixels.mean(axis=(0, 1)).round(3).tolist(),
        "std": pixels.std(axis=(0, 1)).round(3).tolist(),
        "brightness": np.histogram(light, 16, (0, 256))[0].tolist(),
        "dominant": "#" + bytes(np.median(pixels, axis=(0, 1)).astype(np.uint8).tolist()).hex(),
        "thumbnail": encoded(image),
        "crop": encoded(image.crop((16, 8, 48, 32)).resize((96, 72))),
    }


@lru_cache(maxsize=PAINTED)
def looks(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """An invented picture before and after."""
    before = paint(number, 96, 128 if number % 5 == 4 else 72)
    blurred = before.filter(ImageFilter.GaussianBlur(1.5))
    turned = (
        blurred.rotate(27),
        blurred.point(lambda v: 255 - v if v > 150 else v),
        blurred.transpose(2),
    )
    return side(before), side(turned[number % 3])


def result(task: int) -> dict[str, Any]:
    """What the task returns."""
    original, outcome = looks(task % PAINTED)
    tall, turned = task % PAINTED % 5 == 4, task % PAINTED % 3 == 2
    shape = [4000, 3000, 3] if tall else [3000, 4000, 3]
    change, strength = CHANGES[task % len(CHANGES)]
    return {
        "name": f"IMG_{2041 + task}.jpg"
        if task % 7
        else f"{task:02}-a-rather-long-name-of-a-nebula.jpg",
        "before": shape,
        "after": [shape[1], shape[0], 3] if turned else shape,
        "stages": {name: round(s * (0.7 + 0.1 * (task % 7)), 4) for name, s in STAGES.items()},
        "augmentation": change,
        "strength": strength,
        "original": original,
        "outcome": outcome,
        "crop": [1920, 1080, 96, 72],
        "bytes": 36_000_000,
        "zero_copy": task % 4 != 3,
        "checksum": f"{(task + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}",
    }


def fabricated_images(
    tasks: int = 24, workers: int = 2, failures: Collection[int] = ()
) -> Iterator[ev.AnyEvent]:
    """The events of a run in order of time, from t = 1 s of the epoch on; tasks in
    `failures` fail.
    """
    zero = 1_000_000_000

    def at(seconds: float) -> int:
        return zero + round(seconds * 1e9)

    yield ev.RunStarted(t=zero, run=1, tasks=tasks, workers=workers)
    told: list[ev.AnyEvent] = []
    for task in range(tasks):
        begin, worker = task // workers * 1.6 + 0.2 * (task % workers), task % workers
        told.append(ev.Started(t=at(begin), task=task, worker=worker))
        known = {"task": task, "worker": worker, "start": at(begin)}
        if task in failures:
            message = f"IMG_{2041 + task}.jpg is cut short."
            told.append(ev.Failed(t=at(begin + 0.3), error="ImageError", message=message, **known))
        else:
            end = begin + sum(result(task)["stages"].values())
            told.append(ev.Finished(t=at(end), cpu_s=1.2, result=result(task), **known))
    yield from sorted(told, key=lambda event: (event.t, isinstance(event, ev.Started)))


def folded(events: Iterator[ev.AnyEvent]) -> ImagesFold:
    """The fold of these events."""
    fold = ImagesFold()
    for event in events:
        fold.apply(event)
    return fold
