"""Lanes that alternate are drawn on clocks of their own, on which both advance together."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from textual.widgets import Label

from tests.fabricate import START, alternating, at
from tests.tui.staged import Held, Staged, pi_race, prose, settle, showing, watching, words
from tui import guide
from tui.app import RaytasksApp
from workloads.builtin.sleep import SLEEP
from workloads.core import events as ev
from workloads.core.wording import times, times_range
from workloads.figures.gain import gain
from workloads.figures.paired import speedup_interval
from workloads.lanes import plan as lane_plans
from workloads.lanes.plan import SCHEDULE_TEXTS, usual_schedule
from workloads.machine import tagged

TOGETHER = pi_race(schedule="together")
SLICE_S = 0.3
ALTERNATING = alternating(TOGETHER, [SLICE_S] * 400)
ZERO_S = (next(e.t for e in TOGETHER if isinstance(e, ev.RunStarted)) - START) / 1e9
PAIRS = 12
OVER = 1000.0


def lanes_of(app: RaytasksApp) -> list[str]:
    """The lanes with their rows and clocks as they are drawn at 120×40, without the heading."""
    return [line[:76] for line in words(app).splitlines()[1:18]]


@pytest.mark.parametrize("stopped_s", [0.0, 0.1])
async def test_both_lanes_are_drawn_as_far_as_their_own_clocks(stopped_s: float):
    own = ZERO_S + PAIRS * SLICE_S
    async with showing(watching(TOGETHER, own), (120, 40)) as (app, _):
        expected = lanes_of(app)
    real = ZERO_S + 2 * PAIRS * SLICE_S
    session = watching(ALTERNATING, real)
    # After the end of serial's slice, Ray's clock goes on alone.
    ray = session.race.lane("ray")
    assert ray.elapsed(at(real)) == pytest.approx(PAIRS * SLICE_S)
    assert ray.elapsed(at(real - SLICE_S - stopped_s)) == pytest.approx((PAIRS - 1) * SLICE_S)
    async with showing(session, (120, 40)) as (app, _):
        assert lanes_of(app) == expected
        assert "alternating 7.20 s real time" in prose(app)
        assert "Lanes alternate: each has the whole machine in its slices" in prose(app)


@pytest.mark.parametrize("width", [110, 120])
async def test_the_schedule_stays_in_the_first_line(width: int):
    async with showing(watching(ALTERNATING, ZERO_S + 12.0), (width, 40)) as (app, _):
        assert "alternating" in words(app).splitlines()[0]


async def test_the_first_line_says_in_full_what_alternates_where_there_is_room():
    session = watching(ALTERNATING, ZERO_S + 12.0)
    for width, full in ((200, True), (120, True), (80, False)):
        async with showing(session, (width, 40)) as (app, _):
            first = words(app).splitlines()[0]
            assert ("samples  alternating  " in first) is full
            assert (" s real time" in first) is full


async def test_where_lanes_cannot_alternate_the_screen_says_why():
    session = Staged()
    session.plan = replace(session.plan, workload=SLEEP.name, schedule="alternate")
    session.plan = replace(session.plan, params=SLEEP.complete({}))
    async with showing(session, (120, 40)) as (app, _):
        assert f"{SCHEDULE_TEXTS[usual_schedule()]}. Press space to start. Lanes run" in prose(app)
        assert ": the tasks wait, and time passes while they are stopped." in prose(app)


async def test_the_screen_says_that_a_function_may_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tagged, "available", lambda: True)
    monkeypatch.setattr(guide, "may_wait", lambda workload: True)
    monkeypatch.setattr(lane_plans, "may_wait", lambda workload: True)
    session = Staged()
    async with showing(session, (80, 24)) as (app, pilot):
        assert "A function may wait, so lanes don't alternate." in prose(app)
        session.plan = replace(session.plan, schedule="alternate")
        await settle(pilot)
        assert "Alternating, calls that wait seem shorter." in prose(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_speedup_has_its_interval(size: tuple[int, int]):
    async with showing(watching(ALTERNATING, OVER), size) as (app, pilot):
        await settle(pilot)
        gained = watching(ALTERNATING, OVER)
        assert gained.race.lane("ray").clock.elapsed_s is not None
        assert "with 2 workers" in prose(app)
        if size[0] > 80:
            assert "95%: 1." in prose(app)
        assert "×) with" in prose(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_compare_has_the_interval_of_a_single_run(size: tuple[int, int]):
    session = watching(ALTERNATING, OVER)
    gained = gain(session.race, session.race.lane("ray"))
    assert gained is not None
    bounds = speedup_interval(session.race, session.race.lane("ray"), gained)
    assert bounds is not None
    async with showing(session, size) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        said = f"Speedup {times(gained.speedup)}, 95% interval {times_range(*bounds)}."
        assert said in prose(app)
        await pilot.press("u")  # start-up has no slices
        await settle(pilot)
        assert "95%" not in prose(app)
    for event in moved(ALTERNATING, OVER):
        session.apply(event)
    session.clock = Held(3 * OVER)
    async with showing(session, size) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        assert "2 runs" in prose(app)
        assert "95%" not in prose(app)  # the range of the runs stands there


def moved(events: Sequence[ev.AnyEvent], seconds: float) -> list[ev.AnyEvent]:
    """The race once more, so many seconds later."""
    later = round(seconds * 1e9)
    result: list[ev.AnyEvent] = []
    for event in events:
        when = {"t": event.t + later}
        if isinstance(event, ev.Finished | ev.Failed):
            when["start"] = event.start + later
        result.append(msgspec.structs.replace(event, **when))
    return result


async def test_the_settings_say_what_to_mind_about_the_schedule():
    session = Staged()
    session.plan = replace(session.plan, workload=SLEEP.name, params=SLEEP.complete({}))
    async with showing(session, (120, 40)) as (app, pilot):
        await pilot.press("s")
        await settle(pilot)
        helps = [str(label.content) for label in app.screen.query(".field-help").results(Label)]
        assert any("Lanes can't alternate: the tasks wait" in text for text in helps)
