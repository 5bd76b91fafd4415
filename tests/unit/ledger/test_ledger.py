"""The fold: any prefix of a race folds, and what it says doesn't depend on how lanes' events
mingle.
"""

import json
import tracemalloc
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race, folded, run_ended
from workloads.comparison.answers import EARLIER, agreement
from workloads.core import events as ev
from workloads.figures.report import lane_report
from workloads.ledger.lane import MAX_DETAILS, Lane
from workloads.ledger.race import LOG_LINES, Race
from workloads.ledger.tables import MAX_BYTES, MAX_STAGES, State, StoreUsage


@st.composite
def races(draw: st.DrawFn) -> list[ev.AnyEvent]:
    tasks = draw(st.integers(1, 12))
    some = st.sets(st.integers(0, tasks - 1), max_size=3)
    return fabricated_race(
        tasks=tasks,
        workers=draw(st.integers(1, 4)),
        lanes=draw(st.sampled_from([("serial", "ray"), ("ray",), ("ray", "serial")])),
        failures=draw(some),
        retries=draw(some),
        cancel=draw(st.none() | st.floats(0.5, 12)),
        schedule=draw(st.sampled_from(["together", "in-turn"])),
        reports=draw(st.integers(0, 3)),
        seed=draw(st.integers(0, 99)),
    )


def snapshot(race: Race) -> Any:
    """All that a race's ledger says, as plain data."""
    return (
        race.opened,
        race.ended,
        list(race.log),
        {name: lane_data(lane) for name, lane in race.lanes.items()},
    )


def lane_data(lane: Lane) -> Any:
    columns = {
        name: column.tobytes()
        for name, column in vars(lane.tasks).items()
        if isinstance(column, np.ndarray)
    }
    every = (-np.inf, np.inf)
    rows = {
        n: (row.lost, row.open, *(column.tolist() for column in vars_of(row.between(*every))))
        for n, row in lane.rows.items()
    }
    words = (
        lane.state,
        lane.reason,
        lane.startup_s,
        lane.workers,
        lane.zero,
        lane.last,
        lane.ended,
    )
    counts = (lane.done, lane.failed, lane.retried, lane.cancelled, lane.running)
    return (
        words,
        counts,
        columns,
        rows,
        [(p.name, p.start, p.end) for p in lane.phases],
        sorted(lane.errors),
    )


def vars_of(spans: Any) -> tuple[Any, ...]:
    return spans.start, spans.end, spans.task, spans.state


@settings(max_examples=40, deadline=None)
@given(races())
def test_any_prefix_of_a_race_folds_to_counts_that_agree(events: list[ev.AnyEvent]):
    race = Race()
    for event in events:
        race.apply(event)
        for lane in race.lanes.values():
            states = lane.tasks.state
            counted = {state: int(np.count_nonzero(states == state)) for state in State}
            assert counted[State.FINISHED] == lane.done
            assert counted[State.FAILED] == lane.failed
            assert counted[State.CANCELLED] == lane.cancelled
            assert counted[State.RUNNING] == lane.running >= 0
            assert lane.done + lane.failed + lane.cancelled + lane.running <= lane.tasks.count
            assert lane.running <= max(lane.workers, 0)
            assert lane.running == sum(len(row.open) for row in lane.rows.values())
            assert ((lane.tasks.fraction >= 0) & (lane.tasks.fraction <= 1)).all()
            assert (lane.tasks.fraction[states == State.FINISHED] == 1).all()


@settings(max_examples=40, deadline=None)
@given(races(), st.data())
def test_folding_in_two_parts_or_twice_gives_the_same(
    events: list[ev.AnyEvent], data: st.DataObject
):
    cut = data.draw(st.integers(0, len(events)))
    race = folded(events[:cut])
    for event in events[cut:]:
        race.apply(event)
    assert snapshot(race) == snapshot(folded(events))
    assert snapshot(
        folded(ev.decode_event(line) for line in ev.encode(events).splitlines())
    ) == snapshot(race)


@settings(max_examples=40, deadline=None)
@given(races(), st.randoms(use_true_random=False))
def test_the_order_across_lanes_changes_nothing(events: list[ev.AnyEvent], random: Any):
    opened, *between, ended = events
    queues = {
        name: [event for event in between if event.lane == name]
        for name in {event.lane for event in between}
    }
    mixed = [opened]
    while waiting := [queue for name, queue in sorted(queues.items()) if queue]:
        mixed.append(random.choice(waiting).pop(0))
    assert len(mixed) + 1 == len(events)
    left, right = snapshot(folded([*mixed, ended])), snapshot(folded(events))
    assert left == right


@settings(max_examples=40, deadline=None)
@given(races())
def test_a_ghost_is_told_what_was_so_then(events: list[ev.AnyEvent]):
    for lane in folded(events).raced():
        end = lane.end_s()
        assert end is not None
        ends = {e.task: e for e in events if isinstance(e, ev.Finished) and e.lane == lane.name}
        for t in np.linspace(-0.5, end - 1e-6, 9):
            assert lane.done_at(t) == sum((e.t - lane.zero) / 1e9 <= t for e in ends.values())
        assert lane.done_at(end + 1) == lane.done


def test_at_the_live_edge_all_that_is_done_has_ended():
    lane = folded(fabricated_race(until=9.0)).lane("ray")
    assert lane.live
    assert 0 < lane.done == lane.done_at(lane.elapsed(at(9.0)))


def test_a_large_race_takes_less_than_200_bytes_a_task():
    tasks = 100_000
    lane = folded(
        fabricated_race(tasks=tasks, workers=4, lanes=("ray",), reports=0, seconds=1000)
    ).lane("ray")
    assert lane.done == tasks
    assert lane.nbytes <= 200 * tasks


def test_the_bytes_it_tells_of_are_about_all_that_it_holds():
    tasks = 10_000
    events = fabricated_race(tasks=tasks, workers=4, lanes=("ray",), reports=0, seconds=1000)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        lane = folded(events).lane("ray")
        lane.done_at(0)
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 64 * tasks <= lane.nbytes <= held <= 200 * tasks


# -- single paths ----------------------------------------------------------------------------------


def of(lane: str, *events: ev.AnyEvent) -> Lane:
    """The ledger of one lane after these events, two workers and four tasks."""
    made = Lane(lane)
    made.apply(ev.RunStarted(t=at(0), run=1, tasks=4, workers=2))
    for event in events:
        made.apply(event)
    return made


def test_a_lost_attempt_waits_and_runs_again():
    lane = of(
        "ray",
        ev.Submitted(t=at(0), task=1, ref="ab" * 28),
        ev.Started(t=at(1), task=1, worker=0),
        ev.Progressed(t=at(2), task=1, done=1, total=2),
        ev.WorkerLost(t=at(3), worker=0, reason="SIGKILL"),
        ev.Retried(t=at(3), task=1, attempt=1, reason="SIGKILL"),
    )
    assert lane.tasks.state[1] == State.RETRYING
    assert (lane.retried, lane.running, lane.done, lane.failed) == (1, 0, 0, 0)
    assert lane.tasks.fraction[1] == 0
    assert lane.rows[0].lost == "SIGKILL"
    assert lane.rows[0].bad_until(np.array([2.9, 3.0])).tolist() == [0, 1]
    for event in (
        ev.Started(t=at(4), task=1, worker=1, attempt=1),
        ev.Finished(t=at(6), task=1, worker=1, start=at(4), cpu_s=1.5, attempt=1),
    ):
        lane.apply(event)
    tasks = lane.tasks
    assert (tasks.state[1], tasks.attempt[1], tasks.worker[1], tasks.start[1], tasks.end[1]) == (
        3,
        1,
        1,
        4,
        6,
    )
    assert tasks.ref_hex(1) == "ab" * 28
    assert tasks.ref_hex(0) == ""
    assert tasks.durations.tolist() == [2.0]
    assert (lane.done, lane.running) == (1, 0)
    spans = [(n, *row.between(0, 9).start, *row.between(0, 9).end) for n, row in lane.rows.items()]
    assert spans == [(0, 1.0, 3.0), (1, 4.0, 6.0)]


def test_when_a_result_was_fetched_and_its_size_are_kept():
    ended = {"worker": 0, "start": at(1)}
    lane = of(
        "ray",
        ev.Finished(
            t=at(2),
            task=0,
            cpu_s=1,
            fetch_s=0.5,
            compare_s=0.2,
            result_bytes=1 << 40,
            in_store=True,
            **ended,
        ),
        ev.Finished(t=at(2), task=1, cpu_s=1, **ended),
        ev.Failed(
            t=at(2), task=2, error="E", message="", fetch_s=0.25, result_bytes=1 << 80, **ended
        ),
    )
    tasks = lane.tasks
    # Comparing took the worker 0.2 s of the time until it sent the result.
    assert tasks.fetched[[0, 2]].tolist() == [2.3, 2.25]
    assert np.isnan(tasks.fetched[[1, 3]]).all()
    assert tasks.result_bytes.tolist() == [1 << 40, 0, MAX_BYTES, 0]
    assert tasks.in_store.tolist() == [1, 0, 0, 0]


def test_a_failure_keeps_its_words():
    failed = ev.Failed(t=at(2), task=2, error="ValueError", message="no", worker=1, start=at(1))
    lane = of("ray", ev.Started(t=at(1), task=2, worker=1), failed)
    assert lane.errors == {2: failed}
    assert (lane.failed, lane.running) == (1, 0)
    assert lane.rows[1].bad_until(np.array([2.0])).tolist() == [1]


def test_a_task_is_cancelled_once():
    lane = of(
        "ray",
        ev.Started(t=at(1), task=0, worker=0),
        *[ev.Cancelled(t=at(2), task=n) for n in (0, 0, 3)],
    )
    assert (lane.cancelled, lane.running) == (2, 0)
    assert lane.tasks.state.tolist() == [State.CANCELLED, 0, 0, State.CANCELLED]
    assert lane.rows[0].open == {}


def test_a_new_race_clears_what_the_last_one_left():
    events = fabricated_race(tasks=5, failures=[2], retries=[1])
    race = folded(events)
    again = replace_time(events[0], 100)
    race.apply(again)
    assert race.opened is again
    assert race.ended is None
    for lane in race.raced():
        assert (lane.tasks.count, lane.zero, lane.ended, lane.errors, lane.state) == (
            0,
            None,
            None,
            {},
            "ready",
        )
        assert (lane.done, lane.failed, lane.retried, lane.running, lane.cancelled) == (
            0,
            0,
            0,
            0,
            0,
        )
        assert all(row.count == 0 for row in lane.rows.values())
        assert lane.phases
    assert race.same_answer() is None


def test_a_worker_of_an_earlier_run_has_no_part_in_the_next_until_it_takes_a_task():
    lane = folded(fabricated_race(tasks=5, retries=[1], lanes=("ray",))).lane("ray")
    assert sorted(lane.rows) == [0, 1, 2]
    alive = [n for n, row in lane.rows.items() if not row.lost]
    lane.apply(ev.LaneReady(t=at(200), run=2, tasks=5, workers=2, startup_s=1, crew=alive[1:]))
    lane.apply(ev.RunStarted(t=at(201), run=2, tasks=5, workers=2))
    assert [row.pid for row in lane.rows.values()] == [4001 + alive[1]]
    lane.apply(ev.Started(t=at(202), task=0, worker=alive[0]))
    # They are shown without a gap.
    assert list(lane.rows) == [0, 1]
    assert lane.tasks.worker[0] == 1
    assert lane.rows[1].pid == 4001 + alive[0]
    assert not any(row.lost or row.count for row in lane.rows.values())


def replace_time(event: ev.AnyEvent, seconds: float) -> ev.AnyEvent:
    return msgspec.structs.replace(event, t=at(seconds))


def test_a_lane_that_breaks_keeps_the_reason():
    lane = Lane("ray")
    lane.apply(ev.LaneOpened(t=at(0), engine="ray", pid=1))
    lane.apply(ev.PhaseBegan(t=at(0), name="init"))
    lane.apply(ev.LaneFailed(t=at(2), reason="Ray didn't start: no room."))
    lane.apply(ev.LaneExited(t=at(3), status=1))
    assert (lane.state, lane.reason) == ("broken", "Ray didn't start: no room.")
    lane.apply(ev.LaneOpened(t=at(4), engine="ray", pid=2))
    assert (lane.state, lane.reason, lane.phases) == ("starting", "", [])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (-9, "was killed by SIGKILL."),
        (-11, "was killed by SIGSEGV (segmentation fault)."),
        (3, "exited with status 3"),
        (-99, "signal 99"),
    ],
)
def test_a_lane_that_vanishes_says_how(status: int, words: str):
    lane = of("ray", ev.LaneExited(t=at(3), status=status))
    assert lane.state == "gone"
    assert words in lane.reason
    assert lane.end_s() == 3.0


def test_a_lane_has_no_wall_time_unless_it_finished():
    for failures, cancel, wall in (((), None, True), ((1,), None, False), ((), 1.0, False)):
        race = folded(fabricated_race(failures=failures, cancel=cancel))
        assert [lane.wall_s is not None for lane in race.raced()] == [wall, wall]
        assert all(
            lane.ended is not None and lane.end_s() == lane.ended.wall_s for lane in race.raced()
        )


def test_time_stands_still_where_a_run_ended():
    lane = folded(fabricated_race()).lane("ray")
    assert lane.elapsed(at(1e6)) == lane.end_s() == lane.wall_s
    assert folded(fabricated_race(until=3)).lane("ray").elapsed(at(3)) == 0.0


def test_answers_are_compared_among_lanes_that_finished():
    def race(*answers: Any) -> Race:
        made = Race()
        made.apply(replace_lanes([f"lane{n}" for n in range(len(answers))]))
        for n, answer in enumerate(answers):
            lane = f"lane{n}"
            status = "failed" if answer == "failed" else "finished"
            made.apply(ev.RunStarted(t=at(0), lane=lane, run=1, tasks=1, workers=1))
            made.apply(
                run_ended(
                    t=at(1),
                    lane=lane,
                    status=status,
                    wall_s=1,
                    answer=None if answer == "failed" else answer,
                )
            )
        return made

    assert race({"pi": 3}, {"pi": 3}).same_answer() is True
    assert race({"pi": 3}, {"pi": 4}).same_answer() is False
    assert race({"pi": 3}, "failed").same_answer() is None
    assert race({"pi": 3}).same_answer() is None


def calls(*results: Any, **more: Any) -> Race:
    """A race of a function on two lanes, as the version before digests recorded it."""
    answer = {"calls": len(results), "results": len(results), "digest": "0123456789abcdef", **more}
    events: list[ev.AnyEvent] = [replace_lanes(["serial", "ray"])]
    for lane in ("serial", "ray"):
        events.append(ev.RunStarted(t=at(0), lane=lane, run=1, tasks=len(results), workers=1))
        for task, result in enumerate(results):
            events.append(
                ev.Finished(
                    t=at(1), lane=lane, task=task, worker=0, start=at(0), cpu_s=0, result=result
                )
            )
        events.append(run_ended(t=at(1), lane=lane, wall_s=1, answer=answer))
    return folded(events)


DESCRIBED = {"type": "m.C", "text": "<m.C object>"}
CUT = {"type": "numpy.ndarray", "bytes": 8_000_000, "digest": "", "begins": "array([0"}


@pytest.mark.parametrize("part", [DESCRIBED, CUT])
@pytest.mark.parametrize("around", [lambda x: x, lambda x: [1, x], lambda x: {"a": [{"b": x}]}])
def test_a_recording_that_holds_results_in_part_claims_nothing(part: Any, around: Any):
    assert calls(1, around(part), 3).agreement() == (None, EARLIER)
    assert calls(1, around({"text": "a", "type": "b", "more": 1}), "whole").same_answer() is True


def test_a_recording_says_what_was_compared():
    race = calls(1, CUT)
    differences = [ev.Difference("ray", 1, "how"), ev.Difference("nowhere", 1, "how")]
    race.apply(
        ev.Compared(t=at(2), same=False, reason="task 1\x1b[2J differs", differences=differences)
    )
    assert race.agreement() == (False, "task 1[2J differs")
    assert (race.lane("ray").differences, race.lane("serial").differences) == ({1: "how"}, {})
    race.apply(replace_lanes(["serial", "ray"]))
    assert (race.compared, race.lane("ray").differences) == (None, {})


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (
            {"pi": 3, "in": [1, 2]},
            {"pi": 4, "in": [1, 3]},
            "task 1 differs between serial and ray: in[1] is 2 on serial, 3 on ray",
        ),
        (
            {"n": [{"a": 1}, {"a": [2, 3]}]},
            {"n": [{"a": 1}, {"a": [2, 4]}]},
            "task 1 differs between serial and ray: n[1].a[1] is 3 on serial, 4 on ray",
        ),
        ({"n": [1]}, {"n": [2]}, "n[0] is 1 on serial, 2 on ray"),
        ({"n": [1]}, {"n": [1, 2]}, "n is [1] on serial, [1, 2] on ray"),
        (3, 4, "the answer is 3 on serial, 4 on ray"),
        ({"a": 1}, {"b": 1}, "the answer is {'a': 1} on serial, {'b': 1} on ray"),
        (
            [None, None],
            [None, "x" * 200],
            "[1] is None on serial, " + ("'" + "x" * 200)[:59] + "… on ray",
        ),
        (
            {"calls": 2, "results": 2, "digest": "a"},
            {"calls": 2, "results": 2, "digest": "b"},
            "the digests of the results differ between serial and ray",
        ),
    ],
)
def test_answers_that_differ_say_where(one: Any, other: Any, reason: str):
    assert agreement({"serial": one, "threads": one, "ray": other}, 2) == (False, reason)


def replace_lanes(names: Sequence[str]) -> ev.RaceOpened:
    return ev.RaceOpened(
        t=at(0), workload="pi", params={}, seed=1, schedule="in-turn", lanes=list(names)
    )


def test_the_log_is_bounded_and_counted():
    race = Race()
    for n in range(LOG_LINES + 10):
        race.apply(ev.Logged(t=at(n), lane="ray", text=str(n)))
    assert len(race.log) == LOG_LINES
    assert race.log[0].text == "10"
    assert race.logged == LOG_LINES + 10


@pytest.mark.parametrize(
    "event",
    [
        ev.Started(t=at(1), task=4, worker=0),
        ev.Submitted(t=at(1), task=9, ref="ab" * 28),
        ev.Progressed(t=at(1), task=4, done=1, total=2),
        ev.Progressed(t=at(1), task=0, done=1, total=0),
        ev.Finished(t=at(1), task=4, worker=0, start=at(0), cpu_s=1),
        ev.Retried(t=at(1), task=4, attempt=1, reason=""),
        ev.Cancelled(t=at(1), task=4),
        ev.Failed(t=at(1), task=4, error="E", message="m", worker=0, start=at(0)),
        ev.Progressed(t=at(1), task=4, done=1, total=2, stage="blur"),
        ev.Stored(t=at(1), task=4, ref="", bytes=1, load_s=0, put_s=0),
        ev.Started(t=at(1), task=-1, worker=0),
        ev.Finished(t=at(1), task=-1, worker=0, start=at(0), cpu_s=1),
    ],
    ids=lambda event: f"{type(event).__name__} of task {event.task}",
)
def test_an_event_of_a_task_that_there_is_not_changes_no_task(event: ev.AnyEvent):
    lane = of("ray", event)
    assert lane.tasks.state.tolist() == [0, 0, 0, 0]
    assert lane.done + lane.failed + lane.cancelled + lane.retried + lane.running == 0


def test_a_ref_that_is_none_leaves_the_one_before():
    submitted = [ev.Submitted(t=at(n), task=0, ref=ref) for n, ref in enumerate(("ab", "no hex"))]
    assert of("ray", *submitted).tasks.ref_hex(0) == "ab".ljust(56, "0")


@pytest.mark.parametrize(
    "event",
    [
        ev.Started(t=at(1), task=0, worker=0, attempt=300),
        ev.Started(t=at(1), task=0, worker=40_000),
        ev.Submitted(t=at(1), task=0, ref="no hex"),
        ev.RunStarted(t=at(1), run=1, tasks=10**15, workers=2),
        ev.RunStarted(t=at(1), run=1, tasks=-1, workers=2),
        ev.Progressed(t=at(1), task=0, done=-(2**62), total=1),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_of_a_foreign_recording_never_breaks_the_fold(event: ev.AnyEvent):
    lane = of("ray", event)
    assert 0 <= lane.running <= 1


# -- stages, inputs, parts of the start-up ---------------------------------------------------------


def staged(seconds: float, stage: str, task: int = 0, attempt: int = 0) -> ev.Progressed:
    """That stage of the task ended."""
    return ev.Progressed(t=at(seconds), task=task, done=1, total=2, stage=stage, attempt=attempt)


def finished(task: int, worker: int, start: float, end: float, attempt: int = 0) -> ev.Finished:
    return ev.Finished(
        t=at(end),
        task=task,
        worker=worker,
        start=at(start),
        cpu_s=end - start,
        attempt=attempt,
        result={},
    )


def test_marks_tell_when_each_stage_ended_since_the_tasks_start():
    lane = of(
        "ray",
        ev.Started(t=at(1), task=0, worker=0),
        staged(1.5, "open"),
        ev.Started(t=at(2), task=3, worker=1),
        staged(2.25, "open", 3),
        staged(3, "blur"),
        finished(0, 0, 1, 3.5),
    )
    assert lane.tasks.stages == ["open", "blur"]
    assert lane.tasks.marks[[0, 3]].tolist() == [
        [0.5, 2.0],
        [0.25, pytest.approx(np.nan, nan_ok=True)],
    ]
    assert np.isnan(lane.tasks.marks[[1, 2]]).all()
    assert lane.tasks.stage_seconds() == {"open": 0.5, "blur": 1.5}, (
        "a task that hasn't finished doesn't count"
    )
    lane.apply(staged(4.25, "blur", 3))
    lane.apply(finished(3, 1, 2, 5))
    assert lane.tasks.stage_seconds() == {"open": 0.75, "blur": 3.5}


def test_tasks_without_stages_have_none():
    lane = folded(fabricated_race()).lane("ray")
    assert lane.tasks.stages == []
    assert lane.tasks.marks.shape == (16, 0)
    assert lane.tasks.stage_seconds() == {}


def test_a_stage_whose_beginning_is_not_known_is_not_guessed():
    lane = of(
        "ray",
        ev.Started(t=at(0), task=0, worker=0),
        staged(1, "open"),
        staged(3, "blur"),
        finished(0, 0, 0, 3),
    )
    for event in (
        ev.Started(t=at(3), task=1, worker=0),
        staged(5, "blur", 1),
        finished(1, 0, 3, 5),
    ):
        lane.apply(event)
    assert np.isnan(lane.tasks.marks[1, 0])
    assert lane.tasks.stage_seconds() == {"open": 1.0, "blur": 2.0}


def test_a_new_attempt_has_marks_of_its_own():
    lane = of(
        "ray",
        ev.Started(t=at(0), task=0, worker=0),
        staged(1, "open"),
        staged(2, "blur"),
        ev.Retried(t=at(3), task=0, attempt=1, reason="SIGKILL"),
        staged(3.5, "augment"),  # a word of the lost attempt that came late
        ev.Started(t=at(4), task=0, worker=1, attempt=1),
    )
    assert lane.tasks.stages == ["open", "blur", "augment"]
    assert np.isnan(lane.tasks.marks[0]).all()
    lane.apply(staged(4.5, "open", attempt=1))
    assert lane.tasks.marks[0, 0] == 0.5


def test_a_new_run_forgets_the_stages():
    lane = of("ray", ev.Started(t=at(0), task=0, worker=0), staged(1, "open"))
    lane.apply(ev.RunStarted(t=at(9), run=2, tasks=2, workers=2))
    assert lane.tasks.stages == []
    assert lane.tasks.marks.shape == (2, 0)


def test_stages_are_bounded():
    words = [staged(n, f"stage {n}") for n in range(1, 40)]
    lane = of("ray", ev.Started(t=at(0), task=0, worker=0), *words, finished(0, 0, 0, 40))
    assert lane.tasks.stages == [f"stage {n}" for n in range(1, MAX_STAGES + 1)]
    assert lane.tasks.marks.shape == (4, MAX_STAGES)
    assert sum(lane.tasks.stage_seconds().values()) == MAX_STAGES


def test_a_task_with_stages_still_takes_less_than_200_bytes():
    lane = Lane("ray")
    tasks = 10_000
    lane.apply(ev.RunStarted(t=at(0), run=1, tasks=tasks, workers=1))
    for task in range(tasks):
        lane.apply(ev.Started(t=at(task), task=task, worker=0))
        for n in range(7):
            lane.apply(staged(task + n / 10, f"{n}", task))
        lane.apply(finished(task, 0, task, task + 1))
    assert lane.nbytes <= 200 * tasks


def stored(
    task: int, bytes: int = 36_000_000, load_s: float = 0.1, put_s: float = 0.02
) -> ev.Stored:
    return ev.Stored(
        t=at(1), task=task, ref=f"{task:056x}", bytes=bytes, load_s=load_s, put_s=put_s
    )


def test_what_was_stored_is_added_up():
    lane = of("ray", stored(0), stored(2, 6_000_000, 0.3, 0.01))
    store = lane.store
    assert (store.puts, store.put_bytes) == (2, 42_000_000)
    assert (store.load_s, store.put_s) == (pytest.approx(0.4), pytest.approx(0.03))
    assert lane.stored == {0: stored(0), 2: stored(2, 6_000_000, 0.3, 0.01)}
    assert lane.tasks.state.tolist() == [State.WAITING] * 4, "it isn't submitted yet"
    lane.apply(stored(4))
    lane.apply(stored(-1))
    assert lane.store.puts == 2


def test_details_of_what_was_stored_are_bounded():
    lane = Lane("ray")
    lane.apply(ev.RunStarted(t=at(0), run=1, tasks=MAX_DETAILS + 5, workers=1))
    for task in range(MAX_DETAILS + 5):
        lane.apply(stored(task, 1))
    assert len(lane.stored) == MAX_DETAILS
    assert lane.store.put_bytes == MAX_DETAILS + 5


def test_the_store_remembers_its_peak_within_a_run():
    told = ((0, 0), (70, 9), (7, 0))  # Ray deletes what it spilled once nobody needs it
    lane = of(
        "ray",
        *(ev.StoreFilled(t=at(n), used=u, capacity=80, spilled=s) for n, (u, s) in enumerate(told)),
    )
    assert (lane.store.used, lane.store.capacity, lane.store.spilled, lane.store.peak) == (
        7,
        80,
        9,
        70,
    )
    lane.apply(stored(0))
    lane.apply(ev.RunStarted(t=at(9), run=2, tasks=2, workers=2))
    assert lane.store == StoreUsage(used=7, capacity=80), (
        "what it holds outlives a run, what went in doesn't"
    )
    assert lane.stored == {}
    lane.apply(ev.StoreFilled(t=at(10), used=7, capacity=80, spilled=0))
    assert lane.store.spilled == 0


def test_what_a_store_spilled_is_not_claimed_where_nobody_can_tell():
    told = ev.decode_event(
        ev.encode([ev.StoreFilled(t=at(1), lane="ray", used=5, capacity=80, spilled=None)])
    )
    lane = of("ray", told)
    assert (lane.store.used, lane.store.spilled) == (5, None)
    lane.apply(stored(0))
    report = lane_report(Race(), lane, 4).object_store
    assert report is not None
    assert report.spilled_bytes is None
    assert json.loads(msgspec.json.encode(report))["spilled_bytes"] is None


def test_a_part_of_the_start_up_tells_how_far_it_is():
    lane = Lane("serial")
    progress = [ev.PhaseProgressed(t=at(n), name="pictures", done=n, total=3) for n in range(3)]
    lane.apply(progress[0])
    assert lane.phases == [], "only what has begun is shown"
    lane.apply(ev.PhaseBegan(t=at(0), name="pictures"))
    lane.apply(ev.PhaseBegan(t=at(0), name="modules"))
    for event in progress[1:]:
        lane.apply(event)
    pictures, modules = lane.phases
    assert (pictures.done, pictures.total, pictures.end) == (2, 3, None)
    assert (modules.done, modules.total) == (0, 0)
    lane.apply(ev.PhaseEnded(t=at(4), name="pictures", detail="3 made"))
    assert (pictures.seconds(at(9)), pictures.detail) == (4.0, "3 made")
    lane.apply(ev.PhaseBegan(t=at(20), name="pictures"))
    assert [(phase.name, phase.done, phase.total) for phase in lane.phases] == [
        ("modules", 0, 0),
        ("pictures", 0, 0),
    ]


def test_a_lane_that_failed_in_part_has_a_time_and_an_answer():
    def ended(answer: Any, status: ev.Status = "failed") -> Lane:
        end = run_ended(t=at(2), status=status, wall_s=2, answer=answer)
        return of("ray", end)

    assert (ended({"pictures": 3}).wall_s, ended({"pictures": 3}).state) == (2, "failed")
    assert ended(None).wall_s is None
    assert ended(None, "cancelled").wall_s is None
