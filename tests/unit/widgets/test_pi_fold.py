"""The fold of the π picture: totals, history, points, and questions about a moment."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import run_ended
from tests.fabricate_pi import fabricated_run
from tui.widgets.pi.fold import HISTORY_ROWS, POINTS_KEPT, PiFold
from workloads.builtin.pi import POINTS_KEPT as POINTS_A_REPORT
from workloads.builtin.pi import Progress, estimate, sampling_task
from workloads.core.events import Event, Finished, Progressed, Retried, RunStarted
from workloads.figures.errors import settled_digits

SECOND = 1_000_000_000


def started(tasks: int, t: int = 0) -> RunStarted:
    return RunStarted(t=t, run=1, tasks=tasks, workers=2)


def progressed(t: float, task: int, done: int, inside: int, points: object = ()) -> Progressed:
    partial = [inside, list(points) if isinstance(points, tuple) else points]
    return Progressed(t=int(t * SECOND), task=task, done=done, total=1000, partial=partial)


def again(event: Progressed, attempt: int) -> Progressed:
    return msgspec.structs.replace(event, attempt=attempt)


def finished(t: float, task: int, inside: int = 780, attempt: int = 0) -> Finished:
    result = [1000, inside]
    return Finished(
        t=int(t * SECOND), task=task, worker=0, start=0, cpu_s=0, attempt=attempt, result=result
    )


def folded(*events: Event) -> PiFold:
    fold = PiFold()
    for event in events:
        fold.apply(event)
    return fold


def test_nothing_is_known_before_the_first_sample():
    fold = folded(started(4))
    assert fold.estimate_at(10) is None
    assert fold.samples_at(10) == 0
    assert [len(column) for column in fold.history_until(10)] == [0, 0, 0]


def test_at_the_end_all_samples_are_there_however_late_a_workers_clock_puts_them():
    late = finished(2.5, 0)
    ended = run_ended(t=int(2 * SECOND), wall_s=2.0)
    assert folded(started(1), late).samples_at(2.0) == 0
    assert folded(started(1), late, ended).samples_at(2.0) == 1000


def test_it_takes_what_a_real_task_says():
    fold = folded(started(1))
    steps = sampling_task(50_000, seed=7, number=0)
    reports = 0
    try:
        while True:
            step: Progress = next(steps)
            reports += 1
            fold.apply(
                Progressed(t=SECOND, task=0, done=step.done, total=step.total, partial=step.partial)
            )
    except StopIteration as end:
        result = end.value
    estimated = fold.estimate_at(1)
    assert estimated == (*estimate(*result), *result)
    x, y = fold.points_between(0, fold.point_count(1))
    assert len(x) == len(y) == reports * POINTS_A_REPORT
    assert fold.target == 50_000


def test_each_moment_is_answered_as_it_was():
    fold = folded(
        started(2, t=0),
        progressed(1, 0, 100, 80),
        progressed(2, 1, 300, 240),
        finished(3, 0),
        finished(4, 1),
    )
    assert [fold.samples_at(t) for t in (0.5, 1, 1.9, 2, 3, 4, 99)] == [
        0,
        100,
        100,
        400,
        1300,
        2000,
        2000,
    ]
    assert fold.estimate_at(1.5) == (*estimate(100, 80), 100, 80)


def test_time_counts_from_the_start_of_the_run():
    fold = folded(
        started(1, t=50 * SECOND),
        Finished(t=52 * SECOND, task=0, worker=0, start=0, cpu_s=1, result=[9, 8]),
    )
    assert fold.samples_at(1.9) == 0
    assert fold.samples_at(2.0) == 9


def test_a_retried_task_falls_back_and_late_words_of_the_lost_attempt_are_passed_over():
    fold = folded(started(2), progressed(1, 0, 500, 400), progressed(1, 1, 100, 70))
    fold.apply(Retried(t=2 * SECOND, task=0, attempt=1, reason="worker died"))
    assert (fold.samples, fold.inside) == (100, 70)
    fold.apply(progressed(2.1, 0, 600, 480))
    assert fold.samples == 100
    fold.apply(again(progressed(2.2, 0, 50, 40), 1))
    assert (fold.samples, fold.inside) == (150, 110)
    assert fold.samples_at(1.5) == 600


def test_a_new_run_starts_from_nothing():
    fold = folded(started(1), progressed(1, 0, 100, 80, (1000, 1000)), started(3, t=9 * SECOND))
    assert (fold.samples, fold.tasks, fold.generation, fold.point_count(99)) == (0, 3, 2, 0)


@pytest.mark.parametrize(
    "partial",
    [
        None,
        7,
        "πππ",
        [],
        [None],
        [-1, []],
        [2000, []],
        [1.5, []],
        [True, []],
        [5, "x"],
        [5, [[1]]],
        [5, [None, 2]],
        [5, [1]],
    ],
)
def test_foreign_data_does_no_harm(partial: object):
    fold = folded(started(1), Progressed(t=1, task=0, done=100, total=1000, partial=partial))
    assert fold.samples in (0, 100)
    assert fold.point_count(9) == 0
    fold.apply(Finished(t=2, task=0, worker=0, start=0, cpu_s=0, result=partial))
    fold.apply(Finished(t=2, task=5, worker=0, start=0, cpu_s=0, result=[10, 5]))
    fold.apply(Finished(t=2, task=-1, worker=0, start=0, cpu_s=0, result=[10, 5]))
    assert fold.samples in (0, 100)


def test_points_lie_in_the_square_and_come_in_order():
    fold = folded(
        started(1),
        progressed(1, 0, 10, 8, (0, 0, 2000, 2000, 1000, 1500, 5000, 0)),
        progressed(2, 0, 20, 9, (1500, 1000)),
    )
    x, y = fold.points_between(0, fold.point_count(5))
    assert x.tolist() == [-1, 1, 0, 0.5]
    assert y.tolist() == [-1, 1, 0.5, 0]
    assert (fold.point_count(0.5), fold.point_count(1.5), fold.point_count(5)) == (0, 3, 4)
    assert fold.points_between(2, 4)[0].tolist() == [0, 0.5]


def test_memory_is_bounded_and_the_newest_is_always_there():
    tasks = 30_000
    fold = folded(started(tasks))
    for task in range(tasks):
        fold.apply(progressed(task / 1000, task, 500, 400, tuple(range(12))))
        fold.apply(finished(task / 1000, task))
    seconds, samples, inside = fold.history_until(math.inf)
    assert len(seconds) <= HISTORY_ROWS
    assert samples[-1] == fold.samples == 1000 * tasks
    assert inside[-1] == fold.inside
    assert (seconds[1:] >= seconds[:-1]).all()
    assert fold.samples_at(15) == pytest.approx(15_000_000, rel=0.01)
    assert fold.point_count(math.inf) == 6 * tasks
    assert len(fold.points_between(6 * tasks - POINTS_KEPT, 6 * tasks)[0]) == POINTS_KEPT
    assert len(fold.points_between(0, 6 * tasks)[0]) <= 2 * POINTS_KEPT
    # The points of the start are forgotten: asked for, they are none, not others.
    assert len(fold.points_between(0, 100)[0]) == 0


def any_event(tasks: int) -> st.SearchStrategy[Event]:
    t, task = st.integers(0, 10 * SECOND), st.integers(-1, tasks)
    count, attempt = st.integers(0, 1000), st.integers(0, 2)
    return st.one_of(
        st.builds(
            lambda t, n, d, i, a: again(progressed(t / SECOND, n, d, min(i, d), (i, d)), a),
            t,
            task,
            count,
            count,
            attempt,
        ),
        st.builds(lambda t, n, i, a: finished(t / SECOND, n, i, a), t, task, count, attempt),
        st.builds(lambda t, n, a: Retried(t=t, task=n, attempt=a, reason=""), t, task, attempt),
    )


@given(st.lists(any_event(3), max_size=60))
def test_any_prefix_folds_and_totals_stay_within_bounds(events: list[Event]):
    fold = folded(started(3))
    for event in events:
        fold.apply(event)
        assert 0 <= fold.inside <= fold.samples <= 3 * 1000
        estimated = fold.estimate_at(math.inf)
        assert (estimated is None) == (fold.samples == 0)
        assert estimated is None or (
            0 <= estimated[0] <= 4 and estimated[2:] == (fold.samples, fold.inside)
        )
    seconds = fold.history_until(math.inf)[0]
    assert (seconds[1:] >= seconds[:-1]).all()


@given(st.lists(any_event(3), max_size=40))
def test_the_same_events_twice_give_the_same(events: list[Event]):
    once, twice = folded(started(3), *events), folded(started(3), *events, started(3), *events)
    for t in (0.0, 2.5, math.inf):
        assert once.estimate_at(t) == twice.estimate_at(t)
        count = once.point_count(t)
        assert count == twice.point_count(t)
        points = once.points_between(0, count)[0], twice.points_between(0, count)[0]
        assert points[0].tolist() == points[1].tolist()
        assert [c.tolist() for c in once.history_until(t)] == [
            c.tolist() for c in twice.history_until(t)
        ]


def test_the_fabricated_run_is_a_run():
    fold = folded(*fabricated_run(workers=3, tasks=7, samples=1_000_000))
    assert fold.samples == fold.target == 7_000_000
    pi, stderr, _, _ = fold.estimate_at(math.inf) or (0, 0, 0, 0)
    assert abs(pi - math.pi) < 5 * stderr


@pytest.mark.parametrize(
    ("pi", "stderr", "settled"),
    [
        (3.14159, 0.0001, 4),
        (3.14159, 0.0005, 3),
        (3.1, 0.5, 0),
        (3.0001, 0.001, 0),
        (4.0, 0.0, 0),
        (3.145, 0.001, 3),
        (9.999, 1, 0),
    ],
)
def test_settled_digits(pi: float, stderr: float, settled: int):
    assert settled_digits(pi, stderr) == settled
