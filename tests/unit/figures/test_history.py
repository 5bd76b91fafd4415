"""The history of a session's races: which are alike, what doesn't count, medians, spreads and
paired speedups.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import fabricated_race, folded
from workloads.core import events as ev
from workloads.figures.gain import gain
from workloads.figures.history import History, speedups, spread, walls


def history(*races: Iterable[ev.AnyEvent]) -> History:
    """The fold of these races, one after the other."""
    made = History()
    for race in races:
        for event in race:
            made.apply(event)
    return made


def changed(
    race: Iterable[ev.AnyEvent], kind: type[ev.Event], **changes: object
) -> list[ev.AnyEvent]:
    """The race with that in every event of that kind."""
    return [
        msgspec.structs.replace(event, **changes) if isinstance(event, kind) else event
        for event in race
    ]


def lasting(serial: float, ray: float) -> list[ev.AnyEvent]:
    """A race in which the lanes took so many seconds."""
    race = changed(fabricated_race(), ev.RunEnded)
    taken = {"serial": serial, "ray": ray}
    return [
        msgspec.structs.replace(event, wall_s=taken[event.lane])
        if isinstance(event, ev.RunEnded)
        else event
        for event in race
    ]


def test_a_run_in_which_other_tasks_failed_than_on_serial_has_no_speedup():
    partly = changed(fabricated_race(failures=[3]), ev.RunEnded, answer="what there is")
    (run,) = history(partly).runs(history(partly).key)
    assert run.lanes["ray"].failed == {3}
    assert run.speedup("ray") is not None
    uneven = [
        event for event in partly if not (isinstance(event, ev.Failed) and event.lane == "serial")
    ]
    (run,) = history(uneven).runs(history(uneven).key)
    assert run.speedup("ray") is None


def test_before_any_race_there_is_nothing():
    empty = history()
    assert empty.key is None
    assert empty.current is None
    assert empty.runs(empty.key) == []


def test_runs_of_one_plan_are_kept_whatever_their_seed():
    known = history(
        lasting(12, 7), changed(lasting(13, 6), ev.RaceOpened, seed=9), lasting(11, 6.5)
    )
    runs = known.runs(known.key)
    assert [run.seed for run in runs] == [0, 9, 0]
    assert walls(runs, "serial") == [12, 13, 11]
    assert walls(runs, "ray") == [7, 6, 6.5]
    assert walls(runs, "threads") == []
    assert runs[0].lanes["ray"].driver_cpu_s == 0.12


@pytest.mark.parametrize(
    "changes",
    [
        {"workload": "pi"},
        {"params": {"tasks": 17}},
        {"schedule": "in-turn"},
        {"inputs": ["a.png"]},
        {"lanes": ["serial"]},
    ],
)
def test_another_plan_is_another_measurement(changes: dict[str, object]):
    known = history(lasting(12, 7), changed(lasting(13, 6), ev.RaceOpened, **changes))
    assert walls(known.runs(known.key), "serial") == [13]


def test_more_workers_are_another_measurement():
    known = history(fabricated_race(workers=2), fabricated_race(workers=4))
    assert known.key is not None
    assert known.key.workers == (("serial", 1), ("ray", 4))
    assert len(known.runs(known.key)) == 1


def test_the_order_of_parameters_is_no_difference():
    first = changed(lasting(12, 7), ev.RaceOpened, params={"tasks": 16, "samples": 5})
    second = changed(lasting(12, 7), ev.RaceOpened, params={"samples": 5, "tasks": 16})
    known = history(first, second)
    assert len(known.runs(known.key)) == 2


def test_a_cancelled_race_is_none_of_the_runs_and_its_lanes_that_finished_have_times():
    known = history(fabricated_race(), fabricated_race(cancel=3.0))
    assert len(known.runs(known.key)) == 1
    assert known.current is not None
    assert known.current.lanes == {}
    late = changed(fabricated_race(), ev.RaceEnded, status="cancelled")
    known, race = history(late), folded(late)
    assert known.runs(known.key) == []
    assert known.current is not None
    gained = gain(race, race.lane("ray"))
    assert gained is not None
    assert known.current.speedup("ray") == gained.speedup


def test_a_lane_without_an_answer_is_left_out_and_the_others_count():
    failing = [
        msgspec.structs.replace(event, status="failed")
        if (isinstance(event, ev.RunEnded) and event.lane == "ray")
        or isinstance(event, ev.RaceEnded)
        else event
        for event in fabricated_race()
    ]
    (run,) = history(failing).runs(history(failing).key)
    assert list(run.lanes) == ["serial"]
    assert run.speedup("ray") is None
    answered = changed(failing, ev.RunEnded, answer=3.14)
    assert set(history(answered).runs(history(answered).key)[0].lanes) == {"serial", "ray"}
    nothing = changed(failing, ev.RunEnded, status="failed")
    assert history(nothing).runs(history(nothing).key) == []


def test_while_a_race_goes_on_the_lanes_that_have_finished_are_known():
    race = fabricated_race(schedule="in-turn")
    serial = next(n for n, event in enumerate(race) if isinstance(event, ev.RunEnded))
    known = history(race, race[: serial + 1])
    assert known.current is not None
    assert list(known.current.lanes) == ["serial"]
    assert len(known.runs(known.key)) == 1
    for event in race[serial + 1 :]:
        known.apply(event)
    assert known.current is None
    assert len(known.runs(known.key)) == 2


def test_before_a_lane_is_ready_it_is_taken_for_what_it_was():
    race = fabricated_race()
    known = history(race, race[:1])
    assert len(known.runs(known.key)) == 1


def test_the_end_of_a_run_that_did_not_begin_in_this_race_is_not_its_own():
    late = next(event for event in lasting(99, 99) if isinstance(event, ev.RunEnded))
    race = fabricated_race()
    known = history(race, [race[0], late, msgspec.structs.replace(late, run=5)])
    assert known.current is not None
    assert known.current.lanes == {}


@pytest.mark.parametrize("wall_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_left_out(wall_s: float):
    known = history(changed(fabricated_race(), ev.RunEnded, wall_s=wall_s))
    assert known.runs(known.key) == []


def test_speedups_pair_the_lanes_of_one_run():
    # Whatever slowed the second run slowed both lanes: the speedup doesn't know of it.
    known = history(lasting(12, 6), lasting(24, 12), lasting(12, 8))
    runs = known.runs(known.key)
    assert speedups(runs, "ray") == [2, 2, 1.5]
    assert speedups(runs, "serial") == []
    startup = {"serial": 0.05, "ray": 5.9}
    assert walls(runs, "ray", startup=True) == pytest.approx([6 + 5.9, 12 + 5.9, 8 + 5.9])
    assert speedups(runs, "ray", startup=True)[0] == pytest.approx(
        (12 + startup["serial"]) / (6 + startup["ray"])
    )
    assert speedups([replace(run, lanes={"ray": run.lanes["ray"]}) for run in runs], "ray") == []


def test_spread():
    assert spread([]) is None
    one = spread([2.0])
    assert one is not None
    assert (one.count, one.median, one.low, one.high, one.quartiles) == (1, 2, 2, 2, None)
    four = spread([4.0, 1.0, 3.0, 2.0])
    assert four is not None
    assert (four.count, four.median, four.low, four.high, four.quartiles) == (4, 2.5, 1, 4, None)
    five = spread([5.0, 1.0, 4.0, 2.0, 3.0])
    assert five is not None
    assert (five.median, five.quartiles) == (3, (2, 4))


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=30))
def test_a_spread_is_in_order(values: Sequence[float]):
    found = spread(values)
    assert found is not None
    slack = 1e-9 * found.high
    assert found.low <= found.median + slack
    assert found.median <= found.high + slack
    if found.quartiles:
        first, third = found.quartiles
        assert found.low - slack <= first <= found.median + slack
        assert found.median - slack <= third <= found.high + slack


@given(st.integers(0, 400), st.lists(st.sampled_from(["ok", "cancelled", "other"]), max_size=4))
def test_any_beginning_of_any_races_folds(cut: int, kinds: list[str]):
    races = {
        "ok": fabricated_race(),
        "cancelled": fabricated_race(cancel=2.0),
        "other": fabricated_race(tasks=3),
    }
    whole = [event for kind in kinds for event in races[kind]]
    known = history(whole[:cut])
    kept = sum(
        event.status != "cancelled" for event in whole[:cut] if isinstance(event, ev.RaceEnded)
    )
    assert sum(len(known.runs(key)) for key in known._runs) == kept
