"""The default race takes about as long on any machine; what was chosen stays."""

from dataclasses import replace

import pytest

from tui import guide
from tui.cli import entry
from tui.keys import Keys
from tui.live import LiveSession
from tui.opening import Opening
from tui.sizing import SERIAL_S, sized
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.plan import Plan

PLAN = Plan(PI.name, PI.complete({}), 1)


def started(lane: str, rate: float = 0.0) -> ev.EngineStarted:
    return ev.EngineStarted(t=1, lane=lane, rate=rate)


@pytest.mark.parametrize(
    ("rate", "samples"),
    [(2.5e6, 1_000_000), (3.5e6, 2_000_000), (1e7, 5_000_000), (1.6e7, 10_000_000), (2.0, 1)],
)
def test_the_size_is_of_the_series_1_2_5_and_near_what_was_asked_for(rate: float, samples: int):
    plan, seconds = sized(PLAN, rate)
    assert plan == replace(PLAN, params={**PLAN.params, "samples": samples})
    assert seconds == 16 * samples / rate


def test_no_core_needs_much_more_or_less_than_asked_for():
    for power in range(20, 80):
        _, seconds = sized(PLAN, 1.3**power)
        assert SERIAL_S / 1.6 < seconds < SERIAL_S * 1.6


def test_no_size_is_beyond_what_the_parameter_takes():
    assert sized(PLAN, 1e30)[0].params["samples"] == PI.parameter("samples").maximum


def session() -> LiveSession:
    """A session whose lanes aren't started; it hears what they would tell."""
    return LiveSession(PLAN, EngineOptions(rate_of=PI.name))


async def test_the_default_race_is_sized_once_serial_has_measured_and_the_screen_says_so():
    live = session()
    live._coordinator.tell(started("ray"))
    assert live.sizing
    assert "Serial takes" not in guide.sentence(live, 120, Keys())
    live._coordinator.tell(started("serial", 2.5e6))
    assert not live.sizing
    assert live.plan.params["samples"] == 1_000_000
    assert "Press space to start. Serial takes about 6 s here." in guide.sentence(live, 120, Keys())
    live._coordinator.tell(started("serial", 1e7))  # started again
    assert live.plan.params["samples"] == 1_000_000
    live.plan = replace(live.plan, params={**live.plan.params, "samples": 7})
    assert "Serial takes" not in guide.sentence(live, 120, Keys())


async def test_a_race_that_was_changed_meanwhile_stays_as_it_is():
    live = session()
    live.plan = changed = replace(PLAN, params={**PLAN.params, "tasks": 8})
    live._coordinator.tell(started("serial", 2.5e6))
    assert live.plan == changed
    assert live.sized is None


@pytest.mark.parametrize(
    "event",
    [
        started("serial"),
        ev.LaneFailed(t=1, lane="serial", reason="no room"),
        ev.LaneExited(t=1, lane="serial", status=1),
    ],
)
async def test_where_nothing_was_measured_the_race_has_its_usual_size(event: ev.AnyEvent):
    live = session()
    live._coordinator.tell(event)
    assert not live.sizing
    assert live.plan == PLAN


async def test_a_race_asked_for_before_waits_for_its_size_and_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
):
    raced: list[Plan] = []

    async def race(plan: Plan) -> ev.Status:
        raced.append(plan)
        return "finished"

    for cancelled in (False, True):
        live = session()
        monkeypatch.setattr(live._coordinator, "race", race)
        live.start()
        assert live.racing
        assert guide.sentence(live, 120, Keys()).startswith("Measuring how fast this machine is")
        if cancelled:
            live.cancel()
        live._coordinator.tell(started("serial", 2.5e6))
        assert live._task is not None
        assert await live._task == ("cancelled" if cancelled else "finished")
        assert not live.racing
    assert [plan.params["samples"] for plan in raced] == [1_000_000]


@pytest.mark.parametrize(
    ("arguments", "measured"),
    [
        ([], "pi"),
        (["race", "pi"], "pi"),
        (["race", "pi", "--tasks", "4"], "pi"),
        (["race", "pi", "--samples", "5000"], ""),
        (["race", "pi", "--preset", "tutorial"], ""),
        (["race", "sleep"], ""),
        (["sweep", "pi", "--batches", "2,4"], ""),
    ],
)
def test_only_a_size_that_nobody_chose_suits_the_machine(
    arguments: list[str], measured: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[EngineOptions] = []

    def show(options: object, source: object, engine: EngineOptions, opening: Opening) -> int:
        asked.append(engine)
        return 0

    monkeypatch.setattr(entry, "_need_terminal", lambda command="race": None)
    monkeypatch.setattr(entry, "_show", show)
    assert entry.main(arguments) == 0
    assert [engine.rate_of for engine in asked] == [measured]
