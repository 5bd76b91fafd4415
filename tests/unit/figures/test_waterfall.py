"""Where the time went: accounts computed by hand, and sums that are the wall time whatever
happened.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded, run_ended
from workloads.core import events as ev
from workloads.figures.speedup import lower_bound
from workloads.figures.waterfall import Waterfall, largest, sentence, waterfall
from workloads.ledger.lane import MAX_DETAILS
from workloads.ledger.race import Race


class Ran(NamedTuple):
    """An attempt at a task, in seconds since its run's zero; a lost one is retried."""

    worker: int
    task: int
    start: float
    end: float
    lost: bool = False


def race_of(
    serial: Sequence[float],
    spans: Sequence[Ran],
    workers: int,
    wall: float | None = None,
    stored: Mapping[int, float] | None = None,
    engine: str = "ray",
) -> Race:
    """The ledger of a race: serial ran the tasks back to back, the other lane as `spans` say."""
    tasks = len(serial)
    ends = np.cumsum(serial)
    alone = [
        Ran(0, task, float(end - length), float(end))
        for task, (end, length) in enumerate(zip(ends, serial, strict=True))
    ]
    lanes = [("serial", 1, alone, float(ends[-1]))]
    lanes += [
        (engine, workers, list(spans), max(span.end for span in spans) if wall is None else wall)
    ]
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0),
            workload="sleep",
            params={},
            seed=0,
            schedule="in-turn",
            lanes=["serial", engine],
        )
    ]
    for zero, (name, places, ran, over) in enumerate(lanes):
        zero_s = 1000.0 * zero
        events.append(ev.LaneOpened(t=at(zero_s), lane=name, engine=name, pid=1))
        events.append(
            ev.LaneReady(t=at(zero_s), lane=name, run=1, tasks=tasks, workers=places, startup_s=3.1)
        )
        events.append(ev.RunStarted(t=at(zero_s), lane=name, run=1, tasks=tasks, workers=places))
        if name == engine:
            events += [
                ev.Stored(
                    t=at(zero_s + when), lane=name, task=task, ref="", bytes=1, load_s=0, put_s=0
                )
                for task, when in (stored or {}).items()
            ]
        for span in sorted(ran, key=lambda span: span.start):
            start, end = at(zero_s + span.start), at(zero_s + span.end)
            events.append(ev.Started(t=start, lane=name, task=span.task, worker=span.worker))
            if span.lost:
                events.append(ev.WorkerLost(t=end, lane=name, worker=span.worker, reason="killed"))
                events.append(
                    ev.Retried(t=end, lane=name, task=span.task, attempt=1, reason="killed")
                )
            else:
                events.append(
                    ev.Finished(
                        t=end, lane=name, task=span.task, worker=span.worker, start=start, cpu_s=0
                    )
                )
        events.append(run_ended(t=at(zero_s + over), lane=name, wall_s=over, startup_s=3.1))
    return folded(events)


def account_of(race: Race, lane: str = "ray") -> Waterfall:
    found = waterfall(race, lane)
    assert found is not None
    assert found.total == pytest.approx(found.wall_s, rel=1e-9)
    return found


def costs(found: Waterfall) -> dict[str, float]:
    """The steps that aren't nothing; times are kept in ns."""
    return {
        step.name: pytest.approx(step.seconds, abs=1e-7)
        for step in found.steps
        if abs(step.seconds) > 1e-7
    }


def test_perfect_packing_is_all_lower_bound():
    found = account_of(
        race_of(
            [1, 1, 1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1), Ran(0, 2, 1, 2), Ran(1, 3, 1, 2)], 2
        )
    )
    assert costs(found) == {}
    assert found.ideal_s == found.wall_s == 2
    assert (found.busy_share, found.workers, found.startup_s) == (1, 2, 3.1)
    assert (found.slowdown_median, found.slowdown_least, found.slowdown_most) == pytest.approx(
        (1, 1, 1)
    )
    assert sentence(found) == "Run time 2.00 s: 2.00 s lower bound."


def test_the_names_of_the_steps_and_their_order():
    found = account_of(race_of([1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)], 2))
    names = [step.name for step in found.steps]
    assert names == [
        "slower tasks",
        "lost attempts",
        "dispatch gaps",
        "transfer",
        "tail",
    ]
    assert all(step.words for step in found.steps)


def test_a_straggler_that_no_schedule_can_hide_is_in_the_lower_bound():
    # 6 s of work on 2 workers: 3 s each at best, but one task alone takes 4.
    found = account_of(race_of([4, 1, 1], [Ran(0, 0, 0, 4), Ran(1, 1, 0, 1), Ran(1, 2, 1, 2)], 2))
    assert found.ideal_s == 4
    assert costs(found) == {}
    assert largest(found) is None


def test_ten_equal_tasks_on_four_workers_are_three_rounds():
    spans = [Ran(task % 4, task, float(task // 4), task // 4 + 1.0) for task in range(10)]
    found = account_of(race_of([1.0] * 10, spans, 4))
    assert found.ideal_s == 3
    assert costs(found) == {}


def test_a_straggler_that_started_too_late_is_tail_beyond_that():
    # The other worker is idle from 2 to 6: 1 of those 2 s would have been lost in any order.
    found = account_of(race_of([1, 1, 4], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 2), Ran(0, 2, 1, 6)], 2))
    assert costs(found) == {"slower tasks": 1, "tail": 1}
    found = account_of(race_of([1, 1, 4], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1), Ran(0, 2, 1, 5)], 2))
    assert costs(found) == {"tail": 1}


def test_waiting_for_a_task_is_a_gap():
    spans = [
        Ran(0, 0, 0.25, 1.25),
        Ran(1, 1, 0.5, 1.5),
        Ran(0, 2, 1.75, 2.75),
        Ran(1, 3, 1.75, 2.75),
    ]
    found = account_of(race_of([1, 1, 1, 1], spans, 2))
    assert costs(found) == {"dispatch gaps": (0.25 + 0.5 + 0.5 + 0.25) / 2}
    assert found.busy_share == pytest.approx(4 / 5.5)
    assert sentence(found) == "Run time 2.75 s: 2.00 s lower bound, +0.75 s dispatch gaps."


def test_each_task_is_held_against_its_own_serial_time():
    spans = [Ran(0, 0, 0, 1.5), Ran(1, 1, 0, 2.2), Ran(0, 2, 1.5, 2.2)]
    found = account_of(race_of([1, 2, 0.7], spans, 2))
    assert found.ideal_s == 2  # of which 0.15 s are idle, which the slower tasks filled
    assert costs(found) == {"slower tasks": 0.2}
    assert (found.slowdown_least, found.slowdown_median, found.slowdown_most) == pytest.approx(
        (1, 1.1, 1.5)
    )
    assert sentence(found) == (
        "Run time 2.20 s: 2.00 s lower bound, +0.20 s slower tasks (1.19× their serial time)."
    )


def test_tasks_may_be_faster_than_serial():
    found = account_of(race_of([2, 2], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)], 2))
    assert costs(found) == {"faster tasks": -1}
    assert largest(found) is None
    assert (
        "Run time 1.00 s, less than the lower bound of serial's tasks: 2.00 s, −1.00 s faster tasks"
        in sentence(found)
    )


def test_a_lost_attempt_and_the_wait_for_a_new_worker():
    # Worker 0 dies at 0.5 with task 0; worker 2 takes its place at 0.8.
    spans = [Ran(0, 0, 0, 0.5, lost=True), Ran(1, 1, 0, 1), Ran(2, 0, 0.8, 1.8), Ran(1, 2, 1, 2)]
    found = account_of(race_of([1, 1, 1], spans, 2))
    assert found.ideal_s == 2  # one of two workers has two tasks: it cost no time
    assert costs(found) == {}
    assert found.busy_share == pytest.approx(3.5 / 4)
    spans = [Ran(0, 0, 0, 0.5, lost=True), Ran(1, 1, 0, 1), Ran(2, 0, 0.8, 1.8)]
    found = account_of(race_of([1, 1], spans, 2))
    assert costs(found) == {"lost attempts": 0.25, "dispatch gaps": 0.15, "tail": 0.4}


def test_the_wait_for_inputs_and_for_the_last_result_is_transfer():
    # Task 0 was stored at 0.3 and began at 0.4; task 2 was stored before its worker came free.
    spans = [Ran(0, 0, 0.4, 1.4), Ran(1, 1, 0.6, 1.6), Ran(0, 2, 1.5, 2.5), Ran(1, 3, 1.8, 2.8)]
    stored = {0: 0.3, 1: 0.6, 2: 1.0, 3: 1.7}
    found = account_of(race_of([1, 1, 1, 1], spans, 2, wall=3.0, stored=stored))
    assert costs(found) == {
        "transfer": (0.3 + 0.6 + 0 + 0.1) / 2 + 0.2,
        "dispatch gaps": (0.1 + 0 + 0.1 + 0.1) / 2,
        "tail": 0.15,
    }


def test_workers_beyond_the_tasks_idle_in_the_tail():
    found = account_of(race_of([1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)], 4))
    assert costs(found) == {}
    found = account_of(race_of([1, 1], [Ran(0, 0, 0, 1), Ran(0, 1, 1, 2)], 4))
    assert costs(found) == {"tail": 0.75, "dispatch gaps": 0.25}


def test_a_worker_that_is_passed_over_waits_for_dispatch_while_tasks_start():
    found = account_of(race_of([1, 1, 1], [Ran(0, 0, 0, 1), Ran(0, 1, 1, 2), Ran(0, 2, 2, 3)], 2))
    assert costs(found) == {"dispatch gaps": 1}


def test_serial_itself_and_one_worker_are_lanes_like_others():
    race = race_of([1, 2], [Ran(0, 0, 0.1, 1.3), Ran(0, 1, 1.4, 3.4)], 1, wall=3.5)
    assert costs(account_of(race, "serial")) == {}
    assert costs(account_of(race)) == {"slower tasks": 0.2, "dispatch gaps": 0.2, "transfer": 0.1}


def test_more_tasks_at_once_than_workers_are_told_not_hidden():
    found = account_of(race_of([1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0.25, 1.25)], 1))
    assert costs(found) == {"unexplained": -0.75}
    assert "−0.75 s unexplained (worker count exceeded, or clock skew between" in sentence(found)


def test_clocks_may_differ_a_little_but_not_much():
    spans = [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)]
    assert [step.name for step in account_of(race_of([1, 1], spans, 2, wall=1 - 1e-5)).steps][
        -1
    ] == "tail"
    assert costs(account_of(race_of([1, 1], spans, 2, wall=0.9))) == {"unexplained": -0.1}


def test_there_is_no_account_of_a_race_that_isnt_whole():
    good = race_of([1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)], 2)
    assert waterfall(good, "threads") is None
    assert waterfall(Race(), "ray") is None
    assert waterfall(folded(fabricated_race(lanes=("ray",))), "ray") is None
    assert waterfall(folded(fabricated_race(cancel=2.0)), "ray") is None
    assert waterfall(folded(fabricated_race(until=12.0)), "ray") is None


@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.sets(st.integers(0, 39), max_size=4),
    st.integers(0, 999),
)
def test_the_steps_of_any_finished_race_sum_to_its_wall(
    tasks: int, workers: int, retries: set[int], seed: int
):
    race = folded(
        fabricated_race(tasks=tasks, workers=workers, retries=retries, seed=seed, reports=0)
    )
    found = account_of(race)
    assert [step.name for step in found.steps][-1] == "tail"
    by_name = {step.name: step.seconds for step in found.steps}
    assert all(seconds >= -1e-7 for name, seconds in by_name.items() if name != "faster tasks")
    assert not by_name["lost attempts"] or any(task < tasks for task in retries)
    assert found.ideal_s == lower_bound(race.lanes["serial"].tasks.durations, workers)
    printed = found.printed()
    assert printed.total == pytest.approx(printed.wall_s, abs=1e-9)
    for step in printed.steps:
        if step.causes:
            assert sum(seconds for _, seconds in step.causes) == pytest.approx(step.seconds)
    assert 0 < found.busy_share <= 1
    assert found.slowdown_median == pytest.approx(1.03, abs=1e-3)


def test_a_hundred_thousand_tasks_are_accounted_for():
    rng = np.random.default_rng(1)
    tasks, workers = 100_000, 8
    serial, free, spans = rng.uniform(0.0005, 0.0015, tasks), np.zeros(workers), []
    gap = 0.0001
    for task, length in enumerate(serial):
        worker = int(free.argmin())
        start = float(free[worker]) + gap
        free[worker] = start + 1.1 * float(length)
        spans.append(Ran(worker, task, start, float(free[worker])))
    stored = {task: 0.0 for task in range(2 * MAX_DETAILS)}
    found = account_of(race_of(serial.tolist(), spans, workers, stored=stored))
    by_name = {step.name: step.seconds for step in found.steps}
    assert by_name["dispatch gaps"] == pytest.approx(tasks * gap / workers, rel=1e-3)
    assert by_name["slower tasks"] == pytest.approx(0.1 * found.ideal_s, rel=1e-3)
    assert found.slowdown_median == pytest.approx(1.1, abs=1e-3)


def test_failed_tasks_are_part_of_the_account():
    race = folded(fabricated_race(failures=[3, 5], schedule="in-turn"))
    assert race.lane("ray").wall_s is None, "there is no answer"
    found = account_of(race)
    alone = race.lane("serial").tasks.seconds()
    assert (found.failed, found.wall_s) == (2, race.lane("ray").run_s)
    assert found.ideal_s == lower_bound(alone, 2)
    assert alone[3] > 0
    causes = dict(found.steps[0].causes)
    longer = race.lane("ray").tasks.seconds() - alone
    assert causes["failed tasks"] == pytest.approx(float(longer[[3, 5]].sum()) / 2)
    assert sentence(found).startswith("Run time 6.58 s with 2 failed tasks: 6.30 s lower bound")


def test_lanes_that_failed_different_tasks_have_none():
    events = fabricated_race(failures=[3], schedule="in-turn")
    failure = next(event for event in events if isinstance(event, ev.Failed))
    events.insert(events.index(failure) + 1, msgspec.structs.replace(failure, task=4))
    race = folded([event for event in events if not _finished(event, "serial", 4)])
    assert race.lane("serial").failed == 2
    assert waterfall(race, "ray") is None


def _finished(event: ev.AnyEvent, lane: str, task: int) -> bool:
    return isinstance(event, ev.Finished) and (event.lane, event.task) == (lane, task)


def test_a_race_that_was_suspended_has_none():
    race = race_of([1, 1], [Ran(0, 0, 0, 1), Ran(1, 1, 0, 1)], 2)
    assert waterfall(race, "ray")
    race.apply(ev.RaceSuspended(t=at(0.5), seconds=12.0))
    assert waterfall(race, "ray") is None
