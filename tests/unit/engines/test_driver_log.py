"""What a driver's log tells: exact times of what lasts, sums of what changes fast."""

import pytest

from workloads.core import events as ev
from workloads.engines import driver_log
from workloads.engines.driver_log import LASTS_NS, TELL_EVERY_NS, DriverLog

MS = 1_000_000


class Now:
    """A clock that is set by hand, in ns."""

    t = 0


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    at = Now()
    monkeypatch.setattr(driver_log.clock, "now", lambda: at.t)
    monkeypatch.setattr(driver_log.clock, "process_time", lambda: 0.25)
    return at


def spent(event: ev.AnyEvent) -> dict[str, float]:
    assert isinstance(event, ev.DriverChanged)
    states = ("submitting", "waiting", "getting", "computing")
    return {state: value for state in states if (value := getattr(event, f"{state}_s"))}


def test_a_state_that_lasts_is_told_with_its_own_times(now: Now) -> None:
    log = DriverLog()
    assert list(log.enter("submitting")) == []
    now.t = 3 * MS
    assert list(log.enter("getting", 5)) == []
    now.t = 3 * MS + LASTS_NS
    began, ended = log.enter("submitting")
    assert isinstance(began, ev.DriverChanged)
    assert (began.t, began.doing, began.tasks, spent(began)) == (
        3 * MS,
        "getting",
        5,
        {"submitting": 0.003},
    )
    assert (ended.t, spent(ended)) == (now.t, {"getting": LASTS_NS / 1e9})


def test_states_that_change_fast_are_summed_up(now: Now) -> None:
    log, told = DriverLog(), list[ev.AnyEvent]()
    for turn in range(1000):
        now.t = 2 * turn * MS
        told += log.enter("submitting")
        now.t += MS
        told += log.enter("waiting")
    told += log.end()
    assert len(told) <= 2 + 2000 * MS / TELL_EVERY_NS
    # The last state of all began at the last change of the clock.
    assert sum(spent(event).get("submitting", 0) for event in told) == pytest.approx(1.0)
    assert sum(spent(event).get("waiting", 0) for event in told) == pytest.approx(0.999)


def test_a_state_that_goes_on_is_announced_once(now: Now) -> None:
    log = DriverLog()
    log.enter("waiting", 8)
    told = []
    for _ in range(5):
        now.t += TELL_EVERY_NS
        told += log.enter("waiting", 8)
    (announced,) = told
    assert (announced.t, spent(announced)) == (0, {})
    (ended,) = log.end()
    assert spent(ended) == {"waiting": 5 * TELL_EVERY_NS / 1e9}


def test_what_is_known_to_last_is_told_at_once(now: Now) -> None:
    (event,) = DriverLog().enter("getting", 64, lasting=True)
    assert isinstance(event, ev.DriverChanged)
    assert (event.doing, event.tasks) == ("getting", 64)
