"""What is done to a picture: what the tutorial does, to the pixel, told stage by stage, the same
every time.
"""

import base64
import io
import json
import math
import mmap
import random
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workloads.builtin.images.library import ImageError, load
from workloads.builtin.images.transform import (
    BINS,
    WEIGHTS,
    as_png,
    augment,
    dominant,
    encoded,
    in_object_store,
    most_detailed,
    statistics,
    transform_task,
)
from workloads.core.task import Large, Progress

STAGES = ["open", "blur", "augment", "tensor", "arithmetic", "statistics", "thumbnail"]
SEEDS = range(400)


def picture(width: int = 120, height: int = 90, seed: int = 1) -> NDArray[np.uint8]:
    """Patches of colour that no operation leaves as they are."""
    patches = np.random.default_rng(seed).integers(
        0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8
    )
    return np.ascontiguousarray(patches.repeat(8, 0).repeat(8, 1)[:height, :width])


def run(
    array: Any, seed: int = 5, number: int = 0, **more: Any
) -> tuple[list[Progress], dict[str, Any]]:
    """The task's reports and its result."""
    given = {"radius": 4.0, "rounds": 2, "thumbnail": 32} | more
    reports, steps = [], transform_task(array, "a.jpg", seed, number, **given)
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return reports, end.value


def drawn(array: NDArray[np.uint8], seed: int) -> tuple[Image.Image, str, float | None]:
    import torch

    return augment(Image.fromarray(array), torch.Generator().manual_seed(seed))


def image_of(thumbnail: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(thumbnail, validate=True)))
    image.load()
    return image


# -- the augmentation ------------------------------------------------------------------------------


def test_the_augmentation_is_torchvisions_to_the_pixel() -> None:
    import torch
    from torchvision.transforms import TrivialAugmentWide

    array, theirs = picture(), TrivialAugmentWide(num_magnitude_bins=BINS)
    met = set()
    for seed in SEEDS:
        torch.manual_seed(seed)
        expected = theirs(Image.fromarray(array))
        changed, name, _ = drawn(array, seed)
        met.add(name)
        assert np.array_equal(np.asarray(changed), np.asarray(expected)), f"{name}, seed {seed}"
    assert met == set(theirs._augmentation_space(BINS)), "every operation was met"


def test_what_is_told_is_what_was_done() -> None:
    from torchvision.transforms import InterpolationMode, TrivialAugmentWide
    from torchvision.transforms.autoaugment import _apply_op

    array, space = picture(), TrivialAugmentWide(num_magnitude_bins=BINS)._augmentation_space(BINS)
    signs = set()
    for seed in SEEDS:
        changed, name, strength = drawn(array, seed)
        magnitudes, signed = space[name]
        assert (strength is None) == (magnitudes.ndim == 0)
        exact = 0.0
        if strength is not None:
            nearest = min(magnitudes.tolist(), key=lambda m: abs(m - abs(strength)))
            assert abs(strength) == pytest.approx(nearest, abs=1e-6)
            assert signed or strength >= 0
            assert str(strength) != "-0.0"
            exact = math.copysign(nearest, strength)
            signs.add(math.copysign(1, strength))
        again = _apply_op(Image.fromarray(array), name, exact, InterpolationMode.NEAREST, None)
        assert np.array_equal(np.asarray(changed), np.asarray(again)), (
            f"{name} {strength}, seed {seed}"
        )
    assert signs == {-1.0, 1.0}


def test_the_augmentation_leaves_the_global_generator_alone() -> None:
    import torch

    before = torch.random.get_rng_state()
    run(picture())
    assert torch.equal(torch.random.get_rng_state(), before)


# -- the whole task --------------------------------------------------------------------------------


def test_the_result_is_that_of_the_plain_steps() -> None:
    import torch

    array = picture()
    _, told = run(array, seed=11, number=4, radius=6.0, rounds=3)
    image = Image.fromarray(array).filter(ImageFilter.GaussianBlur(6.0))
    generator = torch.Generator().manual_seed(
        int(np.random.SeedSequence([11, 4]).generate_state(1)[0])
    )
    image, name, strength = augment(image, generator)
    pixels = np.asarray(image)
    cubes = int((pixels**3).sum(dtype=np.int64))  # bytes wrap, as the tutorial's do
    assert cubes != int((pixels.astype(np.int64) ** 3).sum())
    assert told["sums"] == [cubes] * 6
    assert told["sums"][0] == int(torch.tensor(pixels).pow(3).sum())
    assert (told["augmentation"], told["strength"]) == (name, strength)
    assert told["checksum"] == f"{zlib.crc32(pixels.tobytes()):08x}"
    assert (told["name"], told["before"], told["after"]) == ("a.jpg", [90, 120, 3], [120, 90, 3])
    assert told["bytes"] == 90 * 120 * 3
    left, top, width, height = told["crop"]
    for side, shown in (("original", Image.fromarray(array)), ("outcome", image)):
        crop = as_png(shown.crop((left, top, left + width, top + height)))
        assert told[side] == {**statistics(shown), "thumbnail": encoded(shown, 32), "crop": crop}


def test_the_stages_come_in_order_and_add_up_to_the_whole() -> None:
    reports, told = run(picture())
    assert [report.stage for report in reports] == list(told["stages"]) == STAGES == list(WEIGHTS)
    done = [report.done for report in reports]
    assert done == sorted(set(done))
    assert {report.total for report in reports} == {done[-1]} == {100}
    assert all(seconds >= 0 for seconds in told["stages"].values())


def test_the_same_seed_and_number_give_the_same_whatever_ran_before() -> None:
    import torch

    def told(seed: int, number: int) -> dict[str, Any]:
        result = run(picture(), seed, number)[1]
        del result["stages"]
        return result

    first = told(5, 0)
    torch.manual_seed(99)
    random.seed(99)
    np.random.seed(99)
    assert told(5, 0) == first
    others = [told(5, number)["checksum"] for number in range(1, 9)] + [told(6, 0)["checksum"]]
    assert len({first["checksum"], *others}) > 7


def test_an_array_and_a_file_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(picture()).save(path)
    (_, stored), (_, opened) = run(picture()), run(Large(load, (str(path),)))
    assert opened.pop("zero_copy") is None
    assert stored.pop("zero_copy") is False
    del stored["stages"], opened["stages"]
    assert stored == opened


def test_a_file_that_cannot_be_used_fails_before_any_report(tmp_path: Path) -> None:
    steps = transform_task(Large(load, (str(tmp_path / "gone.jpg"),)), "gone.jpg", 1, 0, 2.0, 1, 32)
    with pytest.raises(ImageError, match=r"^gone\.jpg is not there\.$"):
        next(steps)


def test_the_result_is_json(tmp_path: Path) -> None:
    for number in range(30):
        _, told = run(picture(24, 16), number=number)
        assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_without_rounds_there_are_no_sums_and_without_a_radius_no_blur() -> None:
    reports, told = run(picture(), rounds=0)
    assert told["sums"] == []
    assert [report.stage for report in reports] == STAGES
    sharp = next(
        result
        for n in range(200)
        if (result := run(picture(), number=n, radius=0.0)[1]) and plain(result)
    )
    assert sharp["checksum"] == f"{zlib.crc32(picture().tobytes()):08x}"
    assert sharp["original"] == sharp["outcome"]


def plain(result: dict[str, Any]) -> bool:
    return bool(result["augmentation"] == "Identity")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (5000, 1), (2, 1), (7, 3)])
@pytest.mark.parametrize("radius", [0.0, 20.0, 500.0])
def test_the_smallest_pictures_go_through(width: int, height: int, radius: float) -> None:
    array = picture(width, height)
    _, told = run(array, radius=radius, thumbnail=96)
    assert (told["before"], told["after"]) == ([height, width, 3], [width, height, 3])
    for side in ("original", "outcome"):
        assert max(image_of(told[side]["thumbnail"]).size) == min(96, max(width, height))
        assert sum(told[side]["brightness"]) == width * height


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 1), (1, 40)])
def test_every_operation_goes_through_on_a_row_of_pixels(width: int, height: int) -> None:
    met = set()
    for seed in SEEDS:
        changed, name, _ = drawn(picture(width, height), seed)
        assert changed.size == (width, height)
        met.add(name)
    assert len(met) == 14


# -- what is told of a picture ---------------------------------------------------------------------


def test_the_statistics_are_numpys() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (61, 83, 3), np.uint8)
    for array in (picture(), picture(3, 2), noise, np.full((5, 4, 3), 255, np.uint8)):
        told = statistics(Image.fromarray(array))
        assert told["mean"] == pytest.approx(array.mean(axis=(0, 1)).tolist(), abs=6e-4)
        assert told["std"] == pytest.approx(array.std(axis=(0, 1)).tolist(), abs=6e-4)
        grey = np.asarray(Image.fromarray(array).convert("L"))
        assert told["brightness"] == np.histogram(grey, 16, (0, 256))[0].tolist()


@pytest.mark.parametrize("size", [(1, 1), (300, 200)])
def test_a_picture_of_one_colour_has_that_colour(size: tuple[int, int]) -> None:
    assert dominant(Image.new("RGB", size, (18, 52, 86))) == "#123456"


def test_the_dominant_colour_is_that_of_most_pixels() -> None:
    image = Image.new("RGB", (100, 100), (200, 30, 30))
    image.paste((10, 10, 220), (0, 0, 100, 30))
    assert dominant(image) == "#c81e1e"


@pytest.mark.parametrize(
    ("size", "side", "fitted"),
    [
        ((120, 90), 96, (96, 72)),
        ((90, 120), 96, (72, 96)),
        ((120, 90), 120, (120, 90)),
        ((40, 30), 96, (40, 30)),
        ((5000, 1), 96, (96, 1)),
        ((1, 1), 8, (1, 1)),
    ],
)
def test_a_thumbnail_fits_and_is_never_enlarged(
    size: tuple[int, int], side: int, fitted: tuple[int, int]
) -> None:
    image = image_of(encoded(Image.fromarray(picture(*size)), side))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", fitted)


def test_a_thumbnail_shows_the_picture() -> None:
    image = Image.new("RGB", (200, 100), "red")
    image.paste((0, 0, 255), (100, 0, 200, 100))
    small = image_of(encoded(image, 32))
    assert small.getpixel((4, 8)) == (255, 0, 0)
    assert small.getpixel((27, 8)) == (0, 0, 255)


def test_ordinary_arrays_are_not_in_the_object_store(tmp_path: Path) -> None:
    own = picture()
    locked = own.view()
    locked.flags.writeable = False
    assert not in_object_store(own)
    assert not in_object_store(locked)
    file = tmp_path / "bytes"
    file.write_bytes(own.tobytes())
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        array = np.frombuffer(mapped, np.uint8)
        assert not array.flags.owndata
        assert not array.flags.writeable
        assert not in_object_store(array)
        del array


REHEARSED = """
import sys
from workloads.builtin.images.transform import rehearse
rehearse()
print(*{"torchvision", "torch._dynamo", "torch._dynamo.utils", "sympy"} & sys.modules.keys())
"""


def test_a_worker_loads_torchvision_without_torchs_compiler() -> None:
    ended = subprocess.run([sys.executable, "-c", REHEARSED], capture_output=True, text=True)
    assert ended.stdout == "torchvision\n", ended.stderr


def test_the_crop_is_the_part_with_most_detail() -> None:
    array = np.full((720, 960, 3), 90, np.uint8)
    array[150:200, 300:370] = np.random.default_rng(5).integers(0, 256, (50, 70, 3), np.uint8)
    left, top, width, height = most_detailed(array)
    assert (left, top, width, height) == (288, 144, 96, 72)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (95, 71), (97, 73)])
def test_a_crop_lies_within_the_picture(size: tuple[int, int]) -> None:
    wide, tall = size
    left, top, width, height = most_detailed(np.zeros((tall, wide, 3), np.uint8))
    assert 0 <= left <= left + width <= wide
    assert 0 <= top <= top + height <= tall
    assert (width, height) == (min(96, wide), min(72, tall))
