"""When tasks on Ray are streamed, and how many are in flight."""

import pytest

from workloads.core.task import REPORT_EVERY
from workloads.engines import STREAMED_AT_MOST
from workloads.engines.ray.submission import JUDGED, Submission

SHORT, LONG = REPORT_EVERY / 50, REPORT_EVERY * 5


def after(submission: Submission, *seconds: float) -> bool:
    for each in seconds:
        submission.finished(each)
    return submission.streamed


def test_short_tasks_go_on_whole_once_enough_of_them_have_finished() -> None:
    submission = Submission(300, 2)
    assert submission.streamed
    assert after(submission, *[SHORT] * (JUDGED - 1))
    assert not after(submission, SHORT)


def test_more_workers_judge_by_more_tasks() -> None:
    submission = Submission(300, 8)
    assert after(submission, *[SHORT] * 15)
    assert not after(submission, SHORT)


def test_long_tasks_stay_streamed() -> None:
    assert after(Submission(300, 2), *[LONG] * 20)


def test_tasks_that_turn_long_are_streamed_again_and_those_between_change_nothing() -> None:
    submission = Submission(300, 2)
    between = REPORT_EVERY * 0.75
    assert after(submission, *[between] * 10)
    assert not after(submission, *[SHORT] * 4)
    assert not after(submission, *[between] * 10)
    assert after(submission, *[LONG] * 4)


def test_very_many_tasks_are_never_streamed() -> None:
    submission = Submission(STREAMED_AT_MOST + 1, 2)
    assert not submission.streamed
    assert not after(submission, *[LONG] * 20)


@pytest.mark.parametrize(
    ("workers", "streamed", "whole"),
    [
        (1, (8, None, 1), (256, 128, 64)),
        (2, (8, None, 1), (256, 128, 64)),
        (32, (64, None, 1), (512, 256, 128)),
    ],
)
def test_the_window_is_longer_for_whole_tasks_and_their_results_come_in_handfuls(
    workers: int, streamed: tuple[int, int | None, int], whole: tuple[int, int | None, int]
) -> None:
    submission = Submission(1000, workers)
    assert (submission.window, submission.front, submission.handful) == streamed
    after(submission, *[SHORT] * 100)
    assert (submission.window, submission.front, submission.handful) == whole


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("tasks", [10, STREAMED_AT_MOST + 1])
def test_exactly_as_many_as_workers_are_in_flight_where_ray_would_run_more(
    workers: int, tasks: int
) -> None:
    submission = Submission(tasks, workers, exactly=True)
    for _ in range(20):
        assert (submission.window, submission.front) == (workers, None)
        assert 1 <= submission.handful <= workers
        submission.finished(SHORT)


def test_one_get_submits_all_and_a_get_for_each_one_at_a_time() -> None:
    for drain, window in (("get", 300), ("get-each", 1)):
        submission = Submission(300, 2, drain=drain)  # type: ignore[arg-type]
        assert not after(submission, *[LONG] * 20), "ray.get takes no generators"
        assert submission.window == window
        assert submission.all_at_once == (drain == "get")
