"""The fold of the image workload's pictures: what is known when, and what foreign data it
survives.
"""

import math
import struct
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.fabricate import run_ended
from tests.fabricate_images import encoded, fabricated_images, folded, result
from tui.widgets.images.fold import PICTURES_KEPT, THUMBNAILS_KEPT, ImagesFold
from tui.widgets.images.picture import SHOWN_SIDE, PictureSide, thumbnail
from workloads.core.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Progressed,
    Retried,
    RunStarted,
    Started,
)

SECOND = 1_000_000_000


def run(*events: Event, tasks: int = 4, workers: int = 2) -> ImagesFold:
    return folded(iter([RunStarted(t=SECOND, run=1, tasks=tasks, workers=workers), *events]))


def begun(t: float, task: int, worker: int = 0, attempt: int = 0) -> Started:
    return Started(t=SECOND + int(t * SECOND), task=task, worker=worker, attempt=attempt)


def done(t: float, task: int, result: Any = None, attempt: int = 0, start: float = 0) -> Finished:
    times = {"t": SECOND + int(t * SECOND), "start": SECOND + int(start * SECOND)}
    return Finished(task=task, worker=1, cpu_s=1, result=result, attempt=attempt, **times)


def broken(t: float, task: int, message: str = "IMG_9.jpg is cut short.") -> Failed:
    return Failed(t=SECOND + int(t * SECOND), task=task, error="ImageError", message=message)


def test_a_result_becomes_a_picture():
    picture = run(done(2.5, 3, result(3), start=1.0)).picture(3)
    assert picture
    assert (picture.task, picture.worker, picture.at, picture.ran_s, picture.error) == (
        3,
        1,
        2.5,
        1.5,
        "",
    )
    assert (picture.name, picture.before, picture.pixels) == (
        "IMG_2044.jpg",
        (3000, 4000, 3),
        12_000_000,
    )
    assert picture.change == "TranslateX −0.2"
    assert [name for name, _ in picture.stages][:2] == ["open", "blur"]
    assert (picture.nbytes, picture.zero_copy) == (36_000_000, False)
    assert len(picture.outcome.brightness) == 16
    pixels = thumbnail(picture.original.thumbnail)
    assert pixels is not None
    assert pixels.shape == (72, 96, 3)


def test_mean_and_deviation_over_all_channels_are_those_of_all_values():
    # Channels {0, 2}, {4, 6}, {8, 10}: six values with mean 5 and variance (25+9+1+1+9+25)/6.
    mean, std = PictureSide(mean=(1, 5, 9), std=(1, 1, 1)).overall or (0, 0)
    assert mean == pytest.approx(5)
    assert std == pytest.approx(math.sqrt(70 / 6))
    assert PictureSide(mean=(1, 5, 9)).overall is None


def test_pictures_come_in_the_order_they_were_done_and_each_moment_is_answered_as_it_was():
    fold = run(done(1, 2), broken(2, 0), done(3, 3))
    assert [[p.task for p in fold.until(t)] for t in (0.9, 1, 2.5, 99)] == [
        [],
        [2],
        [2, 0],
        [2, 0, 3],
    ]
    assert fold.until(99)[1].error == "IMG_9.jpg is cut short."
    assert fold.picture(3, 2.5) is None
    assert fold.picture(3, 3) is fold.picture(3)
    assert fold.place(3) == 2
    assert fold.place(1) is None


def test_what_a_worker_with_a_late_clock_tells_is_not_put_before_what_was_known():
    fold = run(done(5, 0), done(4, 1), done(6, 2))
    assert [p.at for p in fold.until(99)] == [5, 5, 6]
    assert fold.until(99)[1].ran_s == 4
    assert [fold.place(task) for task in (0, 1, 2)] == [0, 1, 2]


def test_running_tasks_are_told_live_and_in_a_replay():
    events = [begun(0, 0, 0), begun(0.5, 1, 1), done(2, 0), begun(2, 2, 0), done(3, 1, start=0.5)]
    live = run(*events[:2])
    assert live.running(1) == [(0, 0), (1, 1)]
    assert live.running(0.2) == [(0, 0)]
    replay = run(*events)
    # The finished ones ran by their own word: worker 1, from `start` on.
    assert replay.running(1) == [(0, 1), (1, 1)]
    assert replay.running(2.5) == [(1, 1), (2, 0)]
    assert replay.running(3.5) == [(2, 0)]


def test_nothing_runs_once_the_run_is_over():
    fold = run(begun(0, 0), begun(0, 1), Cancelled(t=2 * SECOND, task=0))
    assert fold.running(1.5) == [(1, 0)]
    fold.apply(run_ended(t=3 * SECOND, status="cancelled", wall_s=2))
    assert fold.running(2.5) == []
    assert fold.running(0.5) == [(0, 0), (1, 0)]


def test_a_later_attempt_replaces_an_earlier_one_and_late_words_are_passed_over():
    fold = run(done(1, 0, {"name": "old"}), done(2, 1, {"name": "other"}))
    assert fold.totals(9).done == 2
    fold.apply(Retried(t=3 * SECOND, task=0, attempt=1, reason="node lost"))
    assert [p.name for p in fold.until(9)] == ["other"]
    assert fold.totals(9).done == 1
    fold.apply(done(4, 0, {"name": "late"}))
    fold.apply(begun(4, 0, 1, attempt=1))
    assert fold.running(4.5) == [(0, 1)]
    fold.apply(done(5, 0, {"name": "new"}, attempt=1))
    fold.apply(done(6, 0, {"name": "again"}, attempt=1))
    assert [(p.name, p.attempt) for p in fold.until(9)] == [("other", 0), ("new", 1)]
    assert fold.totals(9).done == 2


def test_a_new_run_starts_from_nothing():
    fold = run(done(1, 0), begun(1, 1))
    fold.apply(RunStarted(t=9 * SECOND, run=2, tasks=2, workers=1))
    assert (list(fold.until(99)), fold.running(99), fold.tasks, fold.generation) == ([], [], 2, 2)
    assert fold.totals(99).done == 0


def test_totals_at_any_moment():
    fold = run(done(1, 0, result(0)), broken(2, 1), done(3, 2, result(5)))
    early, late = fold.totals(1.5), fold.totals(9)
    assert (early.done, early.failed, late.done, late.failed) == (1, 0, 2, 1)
    assert (early.megapixels, late.megapixels) == (12, 24)
    assert fold.totals(1.5) == early
    assert fold.totals(0.5).done == 0


def test_memory_is_bounded_and_totals_go_on_counting():
    tasks = PICTURES_KEPT + 50
    fields = result(1)
    fold = ImagesFold()
    fold.apply(RunStarted(t=0, run=1, tasks=tasks, workers=2))
    for task in range(tasks):
        fold.apply(finished(task, fields))
        if task % 500 == 0:
            assert fold.totals(math.inf).done == task + 1
    pictures = fold.until(math.inf)
    assert (len(pictures), pictures[0].task, fold.forgotten) == (PICTURES_KEPT, 50, 50)
    assert fold.picture(0) is None
    assert [bool(p.original.thumbnail) for p in pictures].count(True) == THUMBNAILS_KEPT
    assert pictures[-1].outcome.thumbnail
    assert pictures[0].name
    assert fold.totals(math.inf).done == tasks


def finished(task: int, fields: dict[str, Any]) -> Finished:
    return Finished(t=(task + 1) * 1000, task=task, worker=0, start=1, cpu_s=0, result=fields)


def png_claiming(width: int, height: int) -> str:
    """A PNG whose header claims so many pixels, with hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b64encode(data).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "πππ",
        "not base64!",
        b64encode(b"not a picture").decode(),
        encoded(Image.new("RGB", (1025, 2))),
        encoded(Image.new("RGB", (96, 72)))[:-40],
        png_claiming(60_000, 60_000),
        png_claiming(1, 1),
        png_claiming(0, 0),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_is_no_small_png_is_no_thumbnail(text: str):
    assert thumbnail(text) is None


@pytest.mark.filterwarnings("error")
def test_thumbnails_of_any_kind_become_small_rgb():
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        pixels = thumbnail(encoded(Image.new(mode, (40, 30))))
        assert pixels is not None
        assert pixels.shape == (30, 40, 3)
    large = thumbnail(encoded(Image.new("RGB", (1000, 500))))
    assert large is not None
    assert large.shape == (SHOWN_SIDE // 2, SHOWN_SIDE, 3)


def test_a_thumbnail_that_is_too_long_is_not_even_kept():
    picture = run(done(1, 0, {"original": {"thumbnail": "A" * 2_000_000}})).picture(0)
    assert picture
    assert picture.original == PictureSide()


def test_foreign_words_are_made_plain():
    fold = run(
        done(
            1,
            0,
            {
                "name": "\x1b[31mred\n.jpg",
                "augmentation": "[bold]x" * 90,
                "stages": {"a\tb": 1, "": 2},
            },
        ),
        broken(2, 1, "\x1b]0;title\x07 [red]no"),
        broken(3, 2, ""),
    )
    first, second, third = fold.until(9)
    assert first.name == "[31mred .jpg"
    assert len(first.augmentation) == 40
    assert first.stages == (("a b", 1),)
    assert second.error == "]0;title [red]no"
    assert third.error == "ImageError"


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["#aabbcc", "Rotate", encoded(Image.new("RGB", (8, 6)))]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
sides = st.fixed_dictionaries(
    {}, optional={key: json for key in ("mean", "std", "brightness", "dominant", "thumbnail")}
)
results = json | st.fixed_dictionaries(
    {},
    optional={
        **{
            key: json
            for key in (
                "name",
                "before",
                "after",
                "stages",
                "augmentation",
                "strength",
                "bytes",
                "zero_copy",
                "checksum",
            )
        },
        "original": sides | json,
        "outcome": sides | json,
    },
)


@given(results)
def test_no_result_does_harm(foreign: Any):
    fold = run(done(1, 0, foreign))
    (picture,) = fold.until(9)
    assert isinstance(picture.title + picture.change + picture.checksum, str)
    totals = fold.totals(9)
    assert totals.done == 1
    assert math.isfinite(totals.megapixels)
    for side in (picture.original, picture.outcome):
        assert side.overall is None or all(map(math.isfinite, side.overall))
        thumbnail(side.thumbnail)


def any_event(tasks: int) -> st.SearchStrategy[Event]:
    t = st.integers(0, 10 * SECOND) | st.integers(-(10**30), 10**30)
    task, attempt, worker = st.integers(-1, tasks), st.integers(0, 2), st.integers(-1, 2)
    fields = {"t": t, "task": task, "attempt": attempt}
    return st.one_of(
        st.builds(Started, worker=worker, **fields),
        st.builds(Progressed, done=st.just(1), total=st.just(2), **fields),
        st.builds(
            Finished,
            worker=worker,
            start=t,
            cpu_s=st.just(0.0),
            result=st.just({"bytes": 5}),
            **fields,
        ),
        st.builds(Failed, error=st.just(""), message=st.text(max_size=9), start=t, **fields),
        st.builds(Retried, reason=st.just(""), **fields),
        st.builds(Cancelled, t=t, task=task),
    )


@given(st.lists(any_event(3), max_size=60))
def test_any_prefix_folds_and_stays_in_order(events: list[Event]):
    fold = run(tasks=3)
    for event in events:
        fold.apply(event)
        pictures = fold.until(math.inf)
        assert [p.at for p in pictures] == sorted(p.at for p in pictures)
        assert len({p.task for p in pictures}) == len(pictures) <= 3
        assert [fold.place(p.task) for p in pictures] == list(range(len(pictures)))
        totals = fold.totals(5.0), fold.totals(math.inf)
        assert totals[0].done <= totals[1].done
        assert totals[1].done + totals[1].failed == len(pictures)
        assert not {task for task, _ in fold.running(math.inf)} & {p.task for p in pictures}


@given(st.lists(any_event(3), max_size=40))
def test_the_same_events_twice_give_the_same(events: list[Event]):
    again = RunStarted(t=SECOND, run=1, tasks=4, workers=2)
    once, twice = run(*events), run(*events, again, *events)
    assert once.until(math.inf) == twice.until(math.inf)
    assert once.running(3) == twice.running(3)


def test_the_fabricated_run_is_a_run():
    fold = folded(fabricated_images(tasks=8, failures=[5]))
    totals = fold.totals(math.inf)
    assert (totals.done, totals.failed, fold.running(math.inf)) == (7, 1, [])
