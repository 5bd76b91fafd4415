"""The image workload's tasks and their answer: pictures in turn, the unusable counted, one checksum
over all.
"""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from workloads.builtin.images import workload
from workloads.builtin.images.library import load
from workloads.builtin.images.painted import COUNT, FAMILIES, folder
from workloads.builtin.images.transform import transform_task
from workloads.builtin.images.workload import IMAGES, combine
from workloads.catalog import find
from workloads.core.errors import BadInput
from workloads.core.task import Large, Task

FILES = ["/pictures/a.jpg", "/pictures/b.jpg", "/pictures/c.jpg"]


def tasks_for(files: list[str] = FILES, seed: int = 3, **params: int | float) -> list[Task]:
    return list(IMAGES.make_tasks(IMAGES.complete(params), seed, files))


def result(name: str, checksum: str = "0badcafe") -> dict[str, Any]:
    """As much of a task's result as the answer needs, and something that it doesn't."""
    return {
        "name": name,
        "before": [90, 120, 3],
        "after": [120, 90, 3],
        "augmentation": "Rotate",
        "checksum": checksum,
        "stages": {"open": 0.1},
        "zero_copy": True,
    }


def test_the_catalog_has_it() -> None:
    assert find("images") is IMAGES
    assert IMAGES.partial
    assert IMAGES.inputs is not None


def test_a_task_a_picture_with_all_it_needs() -> None:
    first, second = tasks_for(tasks=2, rounds=7, radius=2.5, thumbnail=64)
    assert first == Task(0, transform_task, (Large(load, (FILES[0],)), "a.jpg", 3, 0, 2.5, 7, 64))
    assert (second.number, second.args[1:4]) == (1, ("b.jpg", 3, 1))


def test_pictures_come_round_again_with_another_number() -> None:
    tasks = tasks_for(tasks=7)
    assert [task.args[0].args[0] for task in tasks] == [FILES[n % 3] for n in range(7)]
    assert [task.args[3] for task in tasks] == [task.number for task in tasks] == list(range(7))


def test_tasks_travel_small_and_whole() -> None:
    tasks = tasks_for(tasks=3)
    travelled = pickle.dumps(tasks)
    assert pickle.loads(travelled) == tasks
    assert len(travelled) < 2000, "no picture is loaded before its turn"


def test_the_tutorials_settings_are_a_preset() -> None:
    params = IMAGES.complete(IMAGES.presets["tutorial"]())
    assert params == {"tasks": 50, "rounds": 3, "radius": 20.0, "thumbnail": 96}


@pytest.mark.parametrize(
    ("name", "value"), [("tasks", 0), ("rounds", -1), ("radius", 501.0), ("thumbnail", 7)]
)
def test_what_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(BadInput, match=f"^{name} must be from"):
        IMAGES.complete({name: value})


# -- the answer ------------------------------------------------------------------------------------


def test_the_answer_counts_what_was_used_and_what_was_not() -> None:
    answer = combine([result("a.jpg"), None, result("c.jpg")])
    assert (answer["pictures"], answer["unusable"], answer["pixels"]) == (2, 1, 2 * 90 * 120)
    assert [picture and picture["name"] for picture in answer["per_picture"]] == [
        "a.jpg",
        None,
        "c.jpg",
    ]
    assert set(answer["per_picture"][0]) == {"name", "before", "after", "augmentation", "checksum"}
    assert json.loads(json.dumps(answer)) == answer


def test_the_checksum_tells_any_difference() -> None:
    a, b = result("a.jpg", "00000001"), result("a.jpg", "00000002")
    series = ([a, a], [a, b], [b, a], [a, None], [None, a], [a], [None, None], [])
    assert len({combine(results)["checksum"] for results in series}) == len(series)
    assert combine([a, b]) == combine([dict(a), dict(b)])


def test_what_differs_between_lanes_by_nature_is_no_part_of_the_answer() -> None:
    slower = {**result("a.jpg"), "stages": {"open": 9.0}, "zero_copy": None}
    assert combine([slower]) == combine([result("a.jpg")])


# -- its pictures ----------------------------------------------------------------------------------


def test_a_persons_pictures_are_found(tmp_path: Path) -> None:
    assert IMAGES.inputs is not None
    for name in ("10.jpg", "2.png"):
        Image.new("RGB", (4, 3)).save(tmp_path / name)
    assert IMAGES.inputs.find([str(tmp_path)]) == [
        str(tmp_path / "2.png"),
        str(tmp_path / "10.jpg"),
    ]


def test_a_path_that_json_cannot_hold_is_left_out_and_named(tmp_path: Path) -> None:
    assert IMAGES.inputs is not None
    Image.new("RGB", (4, 3)).save(tmp_path / "good.jpg")
    with open(os.path.join(os.fsencode(tmp_path), b"na\xefve.jpg"), "wb") as file:
        Image.new("RGB", (4, 3)).save(file, "JPEG")
    notes: list[str] = []
    assert IMAGES.inputs.find([str(tmp_path)], notes.append) == [str(tmp_path / "good.jpg")]
    assert notes == [f"The path of {tmp_path}/na�ve.jpg isn't UTF-8; rename it to include it."]


def test_more_pictures_than_a_race_takes_are_left_out_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert IMAGES.inputs is not None
    for number in range(7):
        (tmp_path / f"{number}.jpg").touch()
    notes: list[str] = []
    monkeypatch.setattr(workload, "MOST", 7)
    assert len(IMAGES.inputs.find([str(tmp_path)], notes.append)) == 7
    assert notes == []
    monkeypatch.setattr(workload, "MOST", 5)
    assert IMAGES.inputs.find([str(tmp_path)], notes.append) == [
        str(tmp_path / f"{n}.jpg") for n in range(5)
    ]
    assert notes == ["There are 7 images; a race uses at most 5, so the others are left out."]


def test_the_painted_pictures_serve_who_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path))
    kept = folder()
    kept.mkdir()
    for number in range(COUNT):
        (kept / f"{number + 1:02d}-{FAMILIES[number % len(FAMILIES)]}.jpg").write_bytes(
            b"\xff\xd8\xff\xd9"
        )
    told: list[tuple[int, int]] = []
    assert IMAGES.inputs is not None
    for wanted, made in ((3, 3), (COUNT, COUNT), (10_000, COUNT)):
        files = IMAGES.inputs.make(
            wanted, lambda done, total: told.append((done, total)), lambda: False
        )
        assert files == sorted(str(file) for file in kept.iterdir())[:made]
    assert told == [(3, 3), (COUNT, COUNT), (COUNT, COUNT)]
