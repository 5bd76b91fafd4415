"""The calibration: which runs of no-op tasks count, how many tasks the next needs, and what the
fold makes of them.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import run_ended
from tests.fabricate_sweeps import told_sweep
from workloads import catalog
from workloads.builtin.noop import NOOP, nothing
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan
from workloads.sweeps.calibration import (
    AIM_S,
    FIRST_TASKS,
    GROWTH,
    MAX_TASKS,
    MIN_RUN_S,
    counts,
    next_tasks,
)
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.values import read


def test_no_op_tasks_do_nothing_and_are_counted():
    tasks = NOOP.make_tasks(NOOP.complete({"tasks": 3}), 1, ())
    assert [(task.number, task.function, task.args) for task in tasks] == [
        (n, nothing, ()) for n in range(3)
    ]
    assert nothing() is None
    assert NOOP.combine([None] * 3) == {"tasks": 3}
    assert catalog.find(NOOP.name) is NOOP


def test_only_runs_that_take_long_enough_count():
    assert counts(FIRST_TASKS, MIN_RUN_S)
    assert not counts(FIRST_TASKS, MIN_RUN_S * 0.99)
    assert counts(MAX_TASKS, 0.01)


@given(st.integers(FIRST_TASKS, MAX_TASKS), st.floats(0, MIN_RUN_S))
def test_the_next_run_has_more_tasks_and_is_bounded(tasks: int, wall_s: float):
    more = next_tasks(tasks, wall_s)
    assert tasks < more <= min(MAX_TASKS, tasks * GROWTH) or more == MAX_TASKS


@given(st.floats(1e-6, 2e-3))
def test_any_engine_is_calibrated_in_few_runs(cost_s: float):
    tasks, runs = FIRST_TASKS, 1
    while not counts(tasks, tasks * cost_s):
        tasks, runs = next_tasks(tasks, tasks * cost_s), runs + 1
    assert runs <= 3
    assert tasks * cost_s == pytest.approx(AIM_S, rel=0.01) or tasks in (
        FIRST_TASKS,
        FIRST_TASKS * GROWTH,
        MAX_TASKS,
    )


def test_what_a_task_costs_is_the_median_of_the_runs_that_counted():
    plan = Plan("pi", PI.complete({}), 7, lanes=("ray",))
    told = told_sweep(
        read("grain", "1", plan), lambda lane, n: 1.0, overheads={"ray": 4e-4}, task_s=1.0
    )
    walls = iter((0.3, 1.0, 1.4, 1.1))  # the first is too short to count
    fold = SweepFold()
    for event in told:
        if isinstance(event, ev.RunEnded) and (wall := next(walls, None)):
            event = run_ended(t=event.t, lane="ray", wall_s=wall)
        fold.apply(event)
    assert fold.overheads["ray"].seconds == pytest.approx(1.1 / 2500)
    assert fold.overheads["ray"].workers == 2
    assert len(fold.points) == 1
