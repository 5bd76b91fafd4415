"""Pictures on real lanes: through the object store once and without a copy, and what can be wrong
with them.
"""

import os
import signal
import struct
import zlib
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from PIL import Image

from tests.lanes.conftest import Races
from workloads.builtin.images.formats import TAKEN
from workloads.builtin.images.library import load
from workloads.builtin.images.transform import in_object_store
from workloads.core import events as ev
from workloads.core.task import Large, Parameter, Params, Progress, Task, Workload, opened
from workloads.engines import EngineOptions
from workloads.engines.ray.store import SHARE
from workloads.figures.report import gains, race_report
from workloads.figures.verdict import verdict
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.ledger.tables import State

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = ((400, 300), (300, 400), (400, 240), (333, 250), (400, 300), (128, 400))
STAGES = ["open", "blur", "augment", "tensor", "arithmetic", "statistics", "thumbnail"]
STORE_BYTES = 80 * 2**20


def jpeg(path: Path, width: int = 400, height: int = 300, seed: int = 0) -> Path:
    """Soft patches of colour, another picture for each seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    Image.fromarray(patches).resize((width, height)).save(path, "JPEG")
    return path


def images_plan(
    files: Sequence[Path], tasks: int | None = None, rounds: int = 1, **more: Any
) -> Plan:
    params: dict[str, Any] = {
        "tasks": tasks or len(files),
        "rounds": rounds,
        "radius": 3.0,
        "thumbnail": 48,
    }
    return Plan("images", params, 7, inputs=tuple(map(str, files)), **more)


class Raced(NamedTuple):
    """A race that is over: its ledger and its events, which later races leave alone."""

    race: Race
    events: list[ev.AnyEvent]

    def of(self, kind: type, lane: str) -> list[Any]:
        """The lane's events of one type."""
        return [event for event in self.events if isinstance(event, kind) and event.lane == lane]

    def results(self, lane: str) -> list[dict[str, Any]]:
        """What the lane's tasks returned, in order of their numbers."""
        return [
            event.result
            for event in sorted(self.of(ev.Finished, lane), key=lambda event: event.task)
        ]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    return [jpeg(folder / f"{n}.jpg", *size, seed=n) for n, size in enumerate(SIZES)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def raced(races: Races, pictures: list[Path]) -> Raced:
    """One race of the pictures on both lanes, for all tests that only read it."""
    assert await races.run(images_plan(pictures)) == "finished"
    race = Race()
    for event in races.events:
        race.apply(event)
    return Raced(race, list(races.events))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small_store() -> AsyncIterator[Races]:
    """A Ray whose object store holds four pictures of 20 MB."""
    races = Races(Coordinator(EngineOptions(cpus=2, object_store_bytes=STORE_BYTES), []))
    races.coordinator.listen(races.take)
    try:
        yield races
    finally:
        await races.coordinator.close()


# -- a race that goes well -------------------------------------------------------------------------


async def test_both_lanes_give_the_same_to_the_pixel(raced: Raced) -> None:
    assert raced.race.same_answer() is True
    answer = raced.race.lane("ray").ended.answer
    assert [picture["name"] for picture in answer["per_picture"]] == [
        f"{n}.jpg" for n in range(len(SIZES))
    ]
    assert [picture["before"] for picture in answer["per_picture"]] == [[h, w, 3] for w, h in SIZES]
    assert len({picture["checksum"] for picture in answer["per_picture"]}) == len(SIZES)
    for serial, ray in zip(raced.results("serial"), raced.results("ray"), strict=True):
        own = ("stages", "zero_copy")
        assert {k: v for k, v in serial.items() if k not in own} == {
            k: v for k, v in ray.items() if k not in own
        }


async def test_rays_workers_read_the_object_store_in_place(raced: Raced) -> None:
    assert [result["zero_copy"] for result in raced.results("ray")] == [True] * len(SIZES)
    assert [result["zero_copy"] for result in raced.results("serial")] == [None] * len(SIZES)


async def test_each_picture_is_put_once(raced: Raced) -> None:
    stored = sorted(
        raced.of(ev.Stored, "ray"), key=lambda event: event.task
    )  # they come as they are loaded
    assert [event.task for event in stored] == list(range(len(SIZES)))
    assert [event.bytes for event in stored] == [w * h * 3 for w, h in SIZES]
    assert len({event.ref for event in stored}) == len(SIZES)
    assert all(len(event.ref) == 56 and event.load_s > 0 and event.put_s > 0 for event in stored)
    assert raced.of(ev.Stored, "serial") == []
    ray = [
        event
        for event in raced.events
        if event.lane == "ray" and isinstance(event, ev.Stored | ev.Submitted)
    ]
    for task in range(len(SIZES)):
        assert [type(event) for event in ray if event.task == task] == [ev.Stored, ev.Submitted]
    serial, told = race_report(raced.race).lanes
    assert serial.object_store is None
    assert told.object_store is not None
    assert (told.object_store.puts, told.object_store.put_bytes) == (
        len(SIZES),
        sum(w * h * 3 for w, h in SIZES),
    )


async def test_every_task_tells_its_stages(raced: Raced) -> None:
    for name in ("serial", "ray"):
        lane = raced.race.lane(name)
        assert lane.tasks.stages == STAGES
        assert np.all(lane.tasks.state == State.FINISHED)
        assert lane.tasks.marks.shape == (len(SIZES), len(STAGES))
        assert np.all(np.diff(lane.tasks.marks, axis=1, prepend=0) >= 0)
        assert np.all(lane.tasks.marks[:, -1] <= lane.tasks.durations + 1e-3)
        for task, result in enumerate(raced.results(name)):
            assert list(result["stages"]) == STAGES
            assert sum(result["stages"].values()) <= lane.tasks.durations[task] + 1e-3
        spent = lane.tasks.stage_seconds()
        assert list(spent) == STAGES
        assert sum(spent.values()) <= lane.tasks.durations.sum() + 1e-3


async def test_modules_are_loaded_before_the_race(races: Races, raced: Raced) -> None:
    modules = next(phase for phase in races.lane("serial").phases if phase.name == "modules")
    assert modules.end is not None
    assert "torch" in modules.detail
    assert modules.end <= raced.of(ev.RunStarted, "serial")[0].t


async def test_few_pictures_are_in_the_store_at_a_time(races: Races, pictures: list[Path]) -> None:
    assert await races.run(images_plan(pictures, tasks=60, rounds=0, lanes=("ray",))) == "finished"
    stored = [event.task for event in races.of(ev.Stored)]
    assert sorted(stored) == list(range(60))
    steps = [
        isinstance(event, ev.Stored) - isinstance(event, ev.Finished) for event in races.events
    ]
    assert max(accumulate(steps)) <= 2 * races.lane("ray").workers
    assert races.lane("ray").store.puts == 60


async def test_a_worker_killed_mid_task_needs_no_second_put(
    races: Races, raced: Raced, pictures: list[Path]
) -> None:
    going = races.begin(images_plan(pictures[:4], rounds=500, lanes=("ray",)))
    await races.until(lambda: any(event.stage == "tensor" for event in races.of(ev.Progressed)))
    ray = races.lane("ray")
    seen = next(event.task for event in races.of(ev.Progressed) if event.stage == "tensor")
    os.kill(ray.rows[int(ray.tasks.worker[seen])].pid, signal.SIGKILL)
    assert await going == "finished"
    again = {event.task for event in races.of(ev.Retried)}
    assert again
    for task in range(4):
        attempts = [event.attempt for event in races.of(ev.Submitted) if event.task == task]
        assert attempts == ([0, 1] if task in again else [0])
    assert sorted(event.task for event in races.of(ev.Stored)) == [0, 1, 2, 3]
    assert ray.ended is not None
    assert ray.ended.answer["per_picture"] == raced.race.lane("ray").ended.answer["per_picture"][:4]
    assert np.all(np.diff(ray.tasks.marks, axis=1, prepend=0) >= 0), (
        "the marks are those of the last attempt"
    )
    assert np.all(ray.tasks.marks[:, -1] <= ray.tasks.durations + 1e-3)


# -- pictures that can't be used -------------------------------------------------------------------


def header_of_a_png(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and holds none."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bad_pictures(folder: Path) -> dict[Path, str]:
    """Files that can't be used, with how the sentence on each goes on after its name; `gone` is to
    be deleted.
    """
    empty, short, words, drawing = (
        folder / name for name in ("empty.jpg", "short.jpg", "words.jpg", "drawing.gif")
    )
    loop, pipe, huge, lost = (
        folder / name for name in ("loop.jpg", "pipe.jpg", "huge.png", "gone.jpg")
    )
    empty.touch()
    short.write_bytes(jpeg(folder / "whole").read_bytes()[:2000])
    words.write_text("Some words of text.")
    drawing.write_text("<svg/>")
    loop.symlink_to(loop)  # like a file without permission, but unreadable for root too
    os.mkfifo(pipe)
    huge.write_bytes(header_of_a_png(20_000, 20_000))
    return {
        empty: "is empty.",
        short: "is truncated.",
        words: f"is not an image: {TAKEN}.",
        drawing: "is an SVG drawing; convert it to PNG, as with the package CairoSVG.",
        loop: "can't be read: Too many levels of symbolic links.",
        pipe: "is a device or a pipe, not an image.",
        huge: "is too large: the limit is 120 million pixels.",
        jpeg(lost): "is not there.",
    }


async def test_a_bad_picture_fails_its_own_task_in_a_sentence(
    races: Races, pictures: list[Path], tmp_path: Path
) -> None:
    bad = bad_pictures(tmp_path)
    files = [*pictures[:2], *bad, *pictures[2:4]]
    vanishes = tmp_path / "gone.jpg"

    def delete(event: ev.AnyEvent) -> None:
        if isinstance(
            event, ev.LaneReady
        ):  # the word to go comes after it: before either lane runs
            vanishes.unlink(missing_ok=True)

    races.coordinator.listen(delete)
    assert await races.run(images_plan(files)) == "failed"
    race = races.race
    for lane in race.raced():
        assert {task: (error.error, error.message) for task, error in lane.errors.items()} == {
            task: ("ImageError", f"{path.name} {bad[path]}")
            for task, path in enumerate(files)
            if path in bad
        }
        assert all("ImageError" in error.traceback for error in lane.errors.values())
        assert (lane.state, lane.done, lane.failed) == ("failed", 4, len(bad))
        assert lane.reason == "Task 2 failed: ImageError: empty.jpg is empty."
        answer = lane.ended.answer
        assert (answer["pictures"], answer["unusable"]) == (4, len(bad))
        assert [n for n, picture in enumerate(answer["per_picture"]) if picture] == [0, 1, 10, 11]
        assert list(lane.tasks.stage_seconds()) == STAGES
    assert race.same_answer() is True
    assert gains(race)["ray"].speedup > 0
    told = race_report(race)
    assert [(lane.status, lane.failed) for lane in told.lanes] == [("failed", 8)] * 2
    assert told.lanes[0].result == told.lanes[1].result == answer
    words = verdict(race)
    assert (
        "8 of 12 tasks failed on every lane. Task 2 failed: ImageError: empty.jpg is empty."
        in words
    )
    assert "than serial with 2 workers" in words
    assert words.endswith("Every lane computed the same answer.")


async def test_a_picture_that_vanishes_between_the_lanes_fails_only_where_it_is_missing(
    races: Races, pictures: list[Path], tmp_path: Path
) -> None:
    vanishes = jpeg(tmp_path / "vanishes.jpg")

    def delete(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RunEnded) and event.lane == "serial":
            vanishes.unlink(missing_ok=True)

    races.coordinator.listen(delete)
    assert await races.run(images_plan([pictures[0], vanishes, pictures[1]])) == "failed"
    serial, ray = races.race.raced()
    assert (serial.state, serial.done, serial.failed) == ("finished", 3, 0)
    assert (ray.state, ray.done, ray.failed) == ("failed", 2, 1)
    assert ray.errors[1].message == "vanishes.jpg is not there."
    assert ray.ended is not None
    assert [picture is None for picture in ray.ended.answer["per_picture"]] == [False, True, False]


async def test_without_one_good_picture_there_is_no_answer(
    races: Races, pictures: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "b.jpg").write_text("words")
    assert (
        await races.run(images_plan([tmp_path / "a.jpg", tmp_path / "b.jpg"], tasks=9)) == "failed"
    )
    for lane in races.race.raced():
        assert (lane.done, lane.failed, lane.wall_s) == (0, 9, None)
        assert lane.ended is not None
        assert lane.ended.answer is None
    assert races.race.same_answer() is None
    assert gains(races.race) == {}
    assert verdict(races.race) == (
        "Serial has no answer: 9 of 9 tasks failed. Task 0 failed: ImageError: a.jpg is empty."
    )
    assert await races.run(images_plan(pictures[:2])) == "finished"


# -- loading and the store -------------------------------------------------------------------------


def load_late(gate: str, number: int) -> NDArray[np.uint8]:
    """Says that it waits, then waits until somebody opens the pipe `gate` to write."""
    Path(f"{gate}-{number}").touch()
    with open(gate, "rb") as pipe:
        return np.frombuffer(pipe.read(), np.uint8)


def measure(given: Large | NDArray[np.uint8]) -> Generator[Progress, None, tuple[int, bool]]:
    """The bytes of an array, and whether they were read in place."""
    array = opened(given)
    yield Progress(1, 1)
    return array.nbytes, in_object_store(array)


def _measured(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    inputs = [files[n % len(files)] for n in range(int(params["tasks"]))]
    return [Task(n, measure, (Large(load, (path,)),)) for n, path in enumerate(inputs)]


def _late(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    return [
        Task(n, measure, (Large(load_late, (files[0], n)),)) for n in range(int(params["tasks"]))
    ]


CROWD, CROWD_BYTES = 4, 30 * 2**20


def nothing() -> NDArray[np.uint8]:
    """An input of one byte: the store is looked at where tasks have large inputs."""
    return np.zeros(1, np.uint8)


def crowd(gate: str, _: NDArray[np.uint8]) -> Generator[Progress, None, int]:
    """Puts more than the store holds, keeps it until the pipe `gate` is opened to write, then reads
    all of it.
    """
    import ray

    refs = [ray.put(np.full(CROWD_BYTES, n, np.uint8)) for n in range(CROWD)]
    yield Progress(1, 2)
    Path(gate).read_bytes()
    return sum(int(ray.get(ref).nbytes) for ref in refs)


def _crowded(params: Params, seed: int, files: Sequence[str]) -> list[Task]:
    return [Task(0, crowd, (files[0], Large(nothing)))]


TASKS = (Parameter("tasks", 6, "how many", 1),)
MEASURED = Workload("measured", "Measured", "pictures that are only loaded", TASKS, _measured, list)
CROWDED = Workload(
    "crowded", "Crowded", "a task that puts more than the store holds", TASKS, _crowded, list
)
LATE = Workload("late", "Late", "inputs that are there when a pipe is opened", TASKS, _late, list)


def plan_of(workload: str, files: Sequence[Path], tasks: int, lane: str = "ray") -> Plan:
    """A race of a workload of this module."""
    name = f"tests.lanes.test_images:{workload}"
    return Plan(name, {"tasks": tasks}, 1, lanes=(lane,), inputs=tuple(map(str, files)))


@pytest.mark.parametrize("name", ["serial", "ray"])
async def test_a_race_can_be_cancelled_while_inputs_are_loading(
    races: Races, pictures: list[Path], tmp_path: Path, name: str
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    going = races.begin(plan_of("LATE", [gate], 6, name))
    await races.until(lambda: (tmp_path / "gate-0").exists())
    races.coordinator.cancel()
    assert await going == "cancelled"
    lane = races.lane(name)
    assert (lane.state, lane.cancelled, lane.done, lane.failed) == ("cancelled", 6, 0, 0)
    assert races.of(ev.Stored) == []
    assert races.of(ev.LaneExited) == []
    # A loader that waits for its pipe still waits, and holds up nobody.
    assert await races.run(images_plan(pictures[:2], lanes=(name,))) == "finished"
    with suppress(OSError):  # serial's loader was broken into: nobody reads
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize("name", ["serial", "ray"])
async def test_a_run_that_is_cancelled_is_not_failed_because_one_picture_was_bad(
    races: Races, pictures: list[Path], tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.jpg").touch()
    going = races.begin(
        images_plan([tmp_path / "empty.jpg", *pictures], rounds=1000, lanes=(name,))
    )
    await races.until(lambda: bool(races.of(ev.Failed)))
    races.coordinator.cancel()
    assert await going == "cancelled"
    lane = races.lane(name)
    assert lane.state == "cancelled", lane.reason
    assert (lane.failed, lane.done + lane.cancelled) == (1, len(pictures))
    assert lane.cancelled > 0
    assert race_report(races.race).lanes[0].status == "cancelled"


async def test_more_pictures_than_the_object_store_holds(
    small_store: Races, tmp_path: Path
) -> None:
    races, size = small_store, (2600, 2600)
    picture, nbytes = jpeg(tmp_path / "large.jpg", *size), 2600 * 2600 * 3
    assert 2 * nbytes < SHARE * STORE_BYTES < 3 * nbytes
    assert await races.run(plan_of("MEASURED", [picture], 10)) == "finished"
    assert [event.bytes for event in races.of(ev.Stored)] == [nbytes] * 10
    steps = [
        isinstance(event, ev.Stored) - isinstance(event, ev.Finished) for event in races.events
    ]
    assert max(accumulate(steps)) <= 2, "a third would make the store spill"
    filled = races.of(ev.StoreFilled)
    assert {event.capacity for event in filled} == {STORE_BYTES}
    assert {event.spilled for event in filled} == {0}
    assert races.lane("ray").ended.answer == [[nbytes, True]] * 10


async def test_a_store_that_spills_tells_how_much_it_was_at_most(
    small_store: Races, tmp_path: Path
) -> None:
    races, gate = small_store, tmp_path / "gate"
    os.mkfifo(gate)
    going = races.begin(plan_of("CROWDED", [gate], 1))
    ray = races.lane("ray")
    await races.until(lambda: bool(ray.store.spilled))
    gate.write_bytes(b"")  # the task is waiting for it
    assert await going == "finished"
    assert ray.ended is not None
    assert ray.ended.answer == [CROWD * CROWD_BYTES]
    told = race_report(races.race).lanes[0].object_store
    assert told is not None
    assert told.spilled_bytes is not None
    assert CROWD_BYTES <= told.spilled_bytes <= 2 * CROWD * CROWD_BYTES
    assert await races.run(plan_of("MEASURED", [jpeg(tmp_path / "small.jpg")], 2)) == "finished"
    assert ray.store.spilled == 0, "what an earlier run spilled isn't this one's"


async def test_a_picture_larger_than_the_object_store(small_store: Races, tmp_path: Path) -> None:
    races = small_store
    small, huge = jpeg(tmp_path / "small.jpg"), jpeg(tmp_path / "huge.jpg", 6000, 5000)
    assert await races.run(plan_of("MEASURED", [small, huge], 3)) == "finished"
    ray = races.lane("ray")
    assert [size for size, _ in ray.ended.answer] == [400 * 300 * 3, 6000 * 5000 * 3, 400 * 300 * 3]
    assert ray.ended.answer[1][0] > STORE_BYTES >= ray.store.peak
    pid = ray.pid
    assert await races.run(plan_of("MEASURED", [small], 2)) == "finished"
    assert ray.pid == pid, "it is the same lane"
