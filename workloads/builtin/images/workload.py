"""The image workload for the catalog: its parameters, its pictures, and the answer of all tasks."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workloads.core.task import Extra, Inputs, Large, Parameter, Params, Task, Value, Workload

MOST = 10_000


def _find(names: Sequence[str], note: Callable[[str], None] = lambda sentence: None) -> list[str]:
    from workloads.builtin.images.folders import find_pictures

    pictures = find_pictures(names, note)
    if len(pictures) > MOST:
        note(
            f"There are {len(pictures):,} images; a race uses at most {MOST:,}, so the others are "
            "left out."
        )
    return pictures[:MOST]


def _make(count: int, report: Callable[[int, int], None], stopped: Callable[[], bool]) -> list[str]:
    from workloads.builtin.images.painted import COUNT, paint_all

    return paint_all(min(count, COUNT), report, stopped)


def _tasks(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    """A task a picture; with more tasks than pictures, these come round again."""
    from workloads.builtin.images.library import load
    from workloads.builtin.images.transform import transform_task

    radius, rounds, thumbnail = params["radius"], params["rounds"], params["thumbnail"]
    paths = [files[number % len(files)] for number in range(int(params["tasks"]))]
    return [
        Task(
            n,
            transform_task,
            (Large(load, (path,)), Path(path).name, seed, n, radius, rounds, thumbnail),
        )
        for n, path in enumerate(paths)
    ]


def _rehearsal() -> Callable[[], object]:
    from workloads.builtin.images.transform import rehearse

    return rehearse


def _code(params: Params) -> list[Callable[..., Any]]:
    from workloads.builtin.images.library import load
    from workloads.builtin.images.transform import transform_task

    return [transform_task, load]


def _pixels(task: Task) -> float:
    from workloads.builtin.images.library import pixel_count

    return pixel_count(task.args[0].args[0])


def kept(result: dict[str, Any]) -> dict[str, Any]:
    """The part of an image's result that the answer holds, without its thumbnails, which would fill
    a lane's memory.
    """
    return {key: result[key] for key in ("name", "before", "after", "augmentation", "checksum")}


def combine(results: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """The answer of all tasks: how many pictures and pixels, what became of each, one checksum over
    all.

    None stands for a picture that couldn't be used.
    """
    pictures = [result and kept(result) for result in results]
    whole = zlib.crc32(
        "".join(picture["checksum"] if picture else "-" for picture in pictures).encode()
    )
    done = [picture for picture in pictures if picture]
    return {
        "pictures": len(done),
        "unusable": len(pictures) - len(done),
        "pixels": sum(
            height * width for height, width, _ in (picture["before"] for picture in done)
        ),
        "checksum": f"{whole:08x}",
        "per_picture": pictures,
    }


def _tutorial() -> dict[str, Value]:
    return {"tasks": 50, "rounds": 3, "radius": 20.0, "thumbnail": 96}


IMAGES = Workload(
    name="images",
    title="Transform images",
    help="Blur and augment large images, compute on them as tensors, and make thumbnails.",
    parameters=(
        Parameter("tasks", 10, "number of images; one task per image", 1, MOST),
        Parameter("rounds", 3, "rounds of arithmetic on each image's tensor", 0, 1000),
        Parameter("radius", 20.0, "radius of the Gaussian blur", 0, 500, unit="pixels"),
        Parameter("thumbnail", 96, "longest side of the thumbnails", 8, 512, unit="pixels"),
    ),
    make_tasks=_tasks,
    combine=combine,
    keep=kept,
    presets={"tutorial": _tutorial},
    imports=lambda params: ("torch", "PIL.ImageFilter"),
    rehearsal=_rehearsal,
    partial=True,
    picture="gallery",
    code=_code,
    cost=_pixels,
    extra=Extra(("torch", "torchvision"), "pip install 'raytasks-tui[images]'"),
    inputs=Inputs(
        metavar="FILE",
        help="image files or folders (JPEG, PNG, WebP, TIFF, …); default: generated images",
        phase="pictures",
        find=_find,
        make=_make,
    ),
)
