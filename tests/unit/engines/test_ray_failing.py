"""What a task on Ray that was cancelled is counted as."""

from collections import deque

import pytest

from workloads.core import events as ev
from workloads.core.task import Task
from workloads.engines import Stop
from workloads.engines.driver_log import DriverLog
from workloads.engines.ray.failing import stopped
from workloads.engines.ray.flights import RayRun
from workloads.engines.ray.submission import Submission


def no_actor(task: Task) -> None:
    raise AssertionError("no task is a call")


@pytest.fixture
def run() -> RayRun:
    stop = Stop()
    stop.begin(1)
    return RayRun(deque(), Submission(3, 2, False, "wait"), None, stop, DriverLog(), no_actor)


def test_a_task_that_ends_with_its_run_was_cancelled_also_if_it_was_cancelled_alone(
    run: RayRun,
) -> None:
    run.stop.cancel(1, 2)
    run.stop.request(1)
    assert isinstance(stopped(run, 1, 0), ev.Cancelled)
    assert isinstance(stopped(run, 2, 0), ev.Cancelled)


def test_a_task_that_is_cancelled_alone_has_failed_by_hand(run: RayRun) -> None:
    run.stop.cancel(1, 2)
    assert stopped(run, 1, 0) is None
    end = stopped(run, 2, 1, worker=3)
    assert isinstance(end, ev.Failed)
    assert (end.task, end.attempt, end.worker, end.error) == (2, 1, 3, "TaskCancelled")
