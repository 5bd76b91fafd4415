"""Lanes that alternate are drawn on clocks of their own, on which both advance together."""

from dataclasses import replace

import pytest

from tests.fabricate import START, alternating, at
from tests.tui.staged import Staged, pi_race, prose, settle, showing, watching, words
from tui.app import RaytasksApp
from workloads.builtin.sleep import SLEEP
from workloads.core import events as ev
from workloads.lanes.plan import SCHEDULE_TEXTS, usual_schedule

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
        assert "7.20 s real time" in prose(app)
        assert "Lanes alternate: each has the whole machine in its slices" in prose(app)


async def test_where_lanes_cannot_alternate_the_screen_says_why():
    session = Staged()
    session.plan = replace(session.plan, workload=SLEEP.name, schedule="alternate")
    session.plan = replace(session.plan, params=SLEEP.complete({}))
    async with showing(session, (120, 40)) as (app, _):
        assert f"{SCHEDULE_TEXTS[usual_schedule()]}. Press space to start. Lanes run" in prose(app)
        assert ": the tasks wait, and time passes while they are stopped." in prose(app)


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
