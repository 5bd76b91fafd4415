"""The image task of Ray's tutorial: blur, augment, tensors, arithmetic, thumbnail; every stage
timed.

Runs unchanged in every lane. torch and torchvision are imported inside, as only workers need them.
"""

import base64
import contextlib
import importlib
import io
import os
import sys
import zlib
from collections.abc import Generator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workloads.core.task import Large, Progress, opened
from workloads.machine.clock import clocks

BINS = 31
"""`num_magnitude_bins` of TrivialAugmentWide, as in the tutorial."""

WEIGHTS = {
    "open": 5,
    "blur": 18,
    "augment": 3,
    "tensor": 2,
    "arithmetic": 66,
    "statistics": 4,
    "thumbnail": 2,
}
"""The stages in their order, with roughly the share of a task's time that each takes: progress
counts it.
"""

HISTOGRAM_BINS = 16

CROP = (96, 72)
"""Width and height in pixels of the part that is returned as it is, pixel by pixel."""

SAMPLED = 4
"""Every so many pixels count, in each direction, where the part with the most detail is looked for.
"""


class _Watch:
    """Times the stages of one task and makes their reports."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._done = 0
        self._now = clocks().perf_counter
        self._at = self._now()

    def over(self, stage: str) -> Progress:
        """The report that `stage` has ended now."""
        now = self._now()
        self.seconds[stage], self._at = round(now - self._at, 6), now
        self._done += WEIGHTS[stage]
        return Progress(self._done, sum(WEIGHTS.values()), None, stage)


def transform_task(  # noqa: PLR0913 - the values of a task, which Ray sends one by one
    picture: "Large | NDArray[np.uint8]",
    name: str,
    seed: int,
    number: int,
    radius: float,
    rounds: int,
    thumbnail: int,
) -> Generator[Progress, None, dict[str, Any]]:
    """Do to one picture what the tutorial does; returns what came of it, as JSON data.

    `picture` is an array (height, width, 3) of uint8, or a Large that loads it. The result holds
    `before` and `after`, the shapes (height, width, 3) and (width, height, 3) of the tensor and its
    transpose; the seconds of each of `stages`; the `augmentation` drawn and its `strength` (null if
    it has none); of the `original` and the `outcome` their statistics, a thumbnail of at most
    `thumbnail` pixels a side, and the `crop`: the same part of both as it is, at [left, top, width,
    height] in pixels, where the original has most detail; the decoded `bytes`, and whether they
    were read from the object store without a copy (null: they came from a file). The randomness
    comes from (seed, number): every lane gets the same, to the pixel (`checksum`). Raises
    ImageError for a picture of no use.
    """
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    watch = _Watch()
    array = opened(picture)
    original = image = Image.fromarray(array)
    yield watch.over("open")
    image = image.filter(ImageFilter.GaussianBlur(radius))
    yield watch.over("blur")
    seeds = np.random.SeedSequence([seed, number])
    generator = torch.Generator().manual_seed(int(seeds.generate_state(1)[0]))
    image, augmentation, strength = augment(image, generator)
    yield watch.over("augment")
    straight = torch.tensor(np.asarray(image))
    turned = torch.transpose(straight, 0, 1)
    yield watch.over("tensor")
    sums = _sums_of_cubes((straight, turned), rounds, generator)
    yield watch.over("arithmetic")
    figures = [statistics(each) for each in (original, image)]
    checksum, crop = zlib.crc32(straight.numpy().data), most_detailed(array)
    yield watch.over("statistics")
    for each, of_image in zip((original, image), figures, strict=True):
        of_image |= {"thumbnail": encoded(each, thumbnail), "crop": cropped(each, crop)}
    result = {
        "name": name,
        "before": list(straight.shape),
        "after": list(turned.shape),
        "augmentation": augmentation,
        "strength": strength,
        "sums": sums,
        "checksum": f"{checksum:08x}",
        "original": figures[0],
        "outcome": figures[1],
        "crop": crop,
        "bytes": array.nbytes,
        "zero_copy": None if isinstance(picture, Large) else in_object_store(array),
    }
    yield watch.over("thumbnail")
    return {**result, "stages": watch.seconds}


def _sums_of_cubes(tensors: Sequence[Any], rounds: int, generator: Any) -> list[int]:
    """The tutorial's arithmetic, whose products nobody reads; the sums of each tensor's cubes."""
    import torch

    sums = []
    for _ in range(rounds):
        for tensor in tensors:
            sums.append(int(tensor.pow(3).sum()))
            torch.mul(tensor, int(torch.randint(2, 11, (1,), generator=generator)))
            torch.mul(tensor, tensor)
    return sums


def rehearse() -> None:
    """The task on a small grey picture, for the first calls into torch and Pillow."""
    for _ in transform_task(np.full((64, 64, 3), 128, np.uint8), "", 0, 0, 1.0, 1, 8):
        pass


def augment(image: Image.Image, generator: Any) -> tuple[Image.Image, str, float | None]:
    """One random operation of TrivialAugmentWide: the new image, the operation, its strength (None:
    it has none).

    S. G. Müller and F. Hutter, "TrivialAugment: tuning-free yet state-of-the-art data
    augmentation", ICCV 2021. torchvision's own class draws from torch's global generator, which
    tasks in threads would share, and doesn't tell what it drew; so the drawing is done here, from
    `generator` and in its order.
    """
    import torch

    _load_torchvision()
    from torchvision.transforms import InterpolationMode, TrivialAugmentWide
    from torchvision.transforms.autoaugment import _apply_op

    space = TrivialAugmentWide(num_magnitude_bins=BINS)._augmentation_space(BINS)
    name = list(space)[int(torch.randint(len(space), (1,), generator=generator))]
    magnitudes, signed = space[name]
    strength = (
        float(magnitudes[int(torch.randint(len(magnitudes), (1,), generator=generator))])
        if magnitudes.ndim > 0
        else 0.0
    )
    if signed and int(torch.randint(2, (1,), generator=generator)):
        strength *= -1.0
    changed = _apply_op(image, name, strength, interpolation=InterpolationMode.NEAREST, fill=None)
    # Zero is added as the negative of a strength of zero is "-0".
    return changed, name, round(strength, 6) + 0.0 if magnitudes.ndim > 0 else None


def _load_torchvision() -> None:
    """Import torchvision without torch's compiler, which takes 3.4 s of CPU in each process, eight
    times as long as torchvision itself.

    `torchvision.ops.roi_align` imports one function of it, for an operation that no task uses. A
    torchvision that needs more of it fails here, and loads it when it is imported again.
    """
    names = ("torch._dynamo", "torch._dynamo.utils")
    if sys.modules.keys() & {"torchvision", *names}:
        return
    package, utils = stand_ins = [ModuleType(name) for name in names]
    package.__path__ = []
    utils.is_compile_supported = lambda device_type: False  # type: ignore[attr-defined]
    sys.modules.update(zip(names, stand_ins, strict=True))
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module("torchvision")
    finally:
        for name in names:
            sys.modules.pop(name, None)


def statistics(image: Image.Image) -> dict[str, Any]:
    """Of an RGB image: `mean` and `std` of each channel (0–255), a `brightness` histogram of 16
    counts from dark to bright, and the `dominant` colour as #rrggbb.

    Mean and deviation follow exactly from the channels' histograms, which Pillow counts in one
    pass.
    """
    counts = np.array(image.histogram(), np.float64).reshape(3, 256)
    levels = np.arange(256.0)
    total = counts.sum(axis=1)
    mean = counts @ levels / total
    variance = counts @ levels**2 / total - mean**2
    grey = np.array(image.convert("L").histogram()).reshape(HISTOGRAM_BINS, -1).sum(axis=1)
    return {
        "mean": [round(float(m), 3) for m in mean],
        "std": [round(float(s), 3) for s in np.sqrt(np.maximum(variance, 0))],
        "brightness": grey.tolist(),
        "dominant": dominant(image),
    }


def dominant(image: Image.Image) -> str:
    """The colour that most of the picture has, as #rrggbb: the largest of eight clusters (median
    cut).
    """
    small = image.resize((64, 64), Image.Resampling.BOX, reducing_gap=2.0)
    clusters = small.quantize(8, Image.Quantize.MEDIANCUT)
    _, index = max(clusters.getcolors() or [(1, 0)])
    red, green, blue = (clusters.getpalette() or [0, 0, 0])[3 * int(index) : 3 * int(index) + 3]  # type: ignore[call-overload]
    return f"#{red:02x}{green:02x}{blue:02x}"


def encoded(image: Image.Image, side: int) -> str:
    """A thumbnail of at most `side` pixels a side as a PNG in base64."""
    return as_png(
        image.resize(_fitted(image.size, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    )


def cropped(image: Image.Image, crop: Sequence[int]) -> str:
    """The part of an image at left, top, width and height, as a PNG in base64."""
    left, top, width, height = crop
    return as_png(image.crop((left, top, left + width, top + height)))


def as_png(image: Image.Image) -> str:
    """The image as a PNG in base64."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=False)
    return base64.b64encode(file.getvalue()).decode()


def most_detailed(array: NDArray[np.uint8]) -> list[int]:
    """The part of a picture (height, width, 3) that differs most within itself, of the size CROP or
    less where the picture is smaller: left, top, width and height in pixels.

    Parts next to each other are compared by the variance of their green channel, which has most of
    the brightness.
    """
    tall, wide, _ = array.shape
    width, height = min(CROP[0], wide), min(CROP[1], tall)
    rows, columns = tall // height, wide // width
    green = array[: rows * height, : columns * width, 1].reshape(rows, height, columns, width)
    part = green[:, ::SAMPLED, :, ::SAMPLED].astype(np.float32)
    row, column = divmod(int(part.var(axis=(1, 3)).argmax()), columns)
    return [column * width, row * height, width, height]


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def in_object_store(array: NDArray[Any]) -> bool:
    """True if the array's memory is the object store's own, shared by all workers: then nothing was
    copied.

    Linux tells in /proc; elsewhere an array that doesn't own its memory and can't be written is
    taken for one.
    """
    shared = not array.flags.owndata and not array.flags.writeable
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            start = array.ctypes.data
            for line in maps:
                low, _, rest = line.partition("-")
                if int(low, 16) <= start < int(rest.partition(" ")[0], 16):
                    return shared and "plasma" in line
    except OSError:
        return shared
    return False
