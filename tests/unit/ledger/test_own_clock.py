"""A lane's own clock runs only in the lane's slices, whatever the stops fall into."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fabricate import alternating, fabricated_race, folded, run_ended
from workloads.core import events as ev
from workloads.ledger.own_clock import OwnClock, Slices
from workloads.ledger.race import Race

S = 10**9

SLICES = st.lists(st.floats(0.001, 3), max_size=30)


def sliced(*times: float) -> list[ev.Sliced]:
    """Slices that begin and end at these seconds."""
    return [
        ev.Sliced(t=round(t * S), lane="ray", runs=number % 2 == 0)
        for number, t in enumerate(times)
    ]


def clock(*times: float) -> OwnClock:
    """The clock of a run that starts with its first slice."""
    own = OwnClock()
    for number, event in enumerate(sliced(*times)):
        own.read(event)
        if number == 0:
            own.read(ev.RunStarted(t=event.t, lane="ray", run=1, tasks=9, workers=2))
    return own


def times(race: Race) -> list[object]:
    """All that a race's ledger says in times."""
    result: list[object] = []
    for lane in race.raced():
        columns = lane.tasks.start, lane.tasks.end
        result += [np.nan_to_num(column, nan=-1).round(6).tolist() for column in columns]
        result += [round(lane.wall_s or 0, 6), lane.state, lane.done, lane.failed, lane.retried]
        moments = np.linspace(0, 9, 50)
        result += [row.busy_until(moments).round(5).tolist() for row in lane.rows.values()]
    return result


@settings(deadline=None, max_examples=40)
@given(SLICES, st.integers(0, 3))
def test_slices_change_no_figure_of_a_race(slices: list[float], seed: int) -> None:
    events = fabricated_race(seconds=5, retries=[3], failures=[5], seed=seed)
    assert times(folded(alternating(events, slices))) == times(folded(events))


@given(st.lists(st.integers(0, 100), max_size=20).map(sorted), st.lists(st.integers(0, 120)))
def test_the_clock_is_monotonic_and_never_faster_than_time(
    edges: list[int], moments: list[int]
) -> None:
    own = clock(0, *edges)
    read = [own.at(t * S) for t in sorted(moments)]
    assert read == sorted(read)
    for (t, own_t), (later, own_later) in zip(
        zip(sorted(moments), read, strict=True),
        list(zip(sorted(moments), read, strict=True))[1:],
        strict=False,
    ):
        assert own_later - own_t <= (later - t) * S


def test_a_stop_adds_nothing_to_what_it_falls_into() -> None:
    own = clock(10, 12, 15, 16, 20)
    assert [own.at(t * S) / S for t in (9, 10, 11, 12, 14, 15, 16, 19, 21)] == [
        9, 10, 11, 12, 12, 12, 13, 13, 14,
    ]  # fmt: skip
    # A task from 11 to 15.5 ran 1.5 s; it was stamped just before a stop, and reported after it.
    ended = own.read(
        ev.Finished(t=round(15.5 * S), lane="ray", task=0, worker=0, start=11 * S, cpu_s=1.5)
    )
    assert isinstance(ended, ev.Finished)
    assert (ended.t - ended.start) / S == 1.5


def test_comparing_is_set_back_on_the_own_clock() -> None:
    own = clock(0, 2, 5, 8, 10)
    first = own.read(
        ev.Finished(t=S, lane="ray", task=0, worker=0, start=0, cpu_s=1, compare_s=4.5)
    )
    # Compared from 1 to 5.5: 1.5 s of it in slices; the next task begins at 5.5 and ends at 7.
    second = own.read(
        ev.Finished(t=7 * S, lane="ray", task=1, worker=0, start=round(5.5 * S), cpu_s=1)
    )
    assert isinstance(first, ev.Finished)
    assert isinstance(second, ev.Finished)
    assert first.compare_s == 1.5
    assert (second.start / S, second.t / S) == (1, 2.5)
    ended = own.read(run_ended(t=7 * S, lane="ray", wall_s=7))
    assert isinstance(ended, ev.RunEnded)
    assert ended.wall_s == 2.5
    assert own.elapsed_s == 7


def test_a_stop_adds_nothing_to_the_time_that_a_result_is_on_its_way() -> None:
    own = clock(10, 12, 15, 16, 20)
    # Ended at 11; fetched at 15.5, half a second into the next slice.
    for event in (
        ev.Finished(t=11 * S, lane="ray", task=0, worker=0, start=10 * S, cpu_s=1, fetch_s=4.5),
        ev.Failed(t=11 * S, lane="ray", task=1, error="E", message="", fetch_s=4.5),
    ):
        read = own.read(event)
        assert isinstance(read, ev.Finished | ev.Failed)
        assert read.fetch_s == 1.5


def test_without_slices_an_event_stays_the_same() -> None:
    own = OwnClock()
    event = ev.Started(t=5, lane="ray", task=0, worker=0)
    assert own.read(event) is event
    assert own.at(7) == 7


def test_slices_that_cannot_be_are_left_out() -> None:
    slices = Slices()
    for event in sliced(5, 7):
        slices.take(event)
    slices.take(ev.Sliced(t=9 * S, runs=False))
    slices.take(ev.Sliced(t=6 * S, runs=True))
    assert slices.ran(20 * S) == 2 * S


def test_a_race_after_one_in_slices_has_real_times_again() -> None:
    race = folded(alternating(fabricated_race(seconds=2), [0.5] * 4))
    later = fabricated_race(seconds=3, schedule="in-turn")
    for event in later:
        race.apply(
            event
            if not isinstance(event, ev.LaneReady | ev.RunStarted | ev.RunEnded)
            else type(event)(**{f: getattr(event, f) for f in event.__struct_fields__} | {"run": 2})
        )
    assert times(race) == times(folded(later))
    assert race.raced()[0].clock.elapsed_s is None
