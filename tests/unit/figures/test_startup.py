"""A lane's start-up is one figure, wherever it is shown: cold, running, failed, warm."""

from collections.abc import Sequence

import msgspec
import pytest

from tests.fabricate import at, fabricated_race
from tests.tui.staged import watching
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.scores import lane_scores, score
from tui.screens.compare_times import bars_view, loss_view
from tui.session import Session
from tui.widgets.compare.waterfall_rows import rows_of
from tui.widgets.race.lane_view import window_of
from tui.widgets.race.scoreboard import draw_scoreboard
from tui.widgets.race.timeline import draw_timeline
from workloads.core import events as ev
from workloads.core.wording import seconds as seconds_text
from workloads.figures.report import race_report
from workloads.figures.startup import startup_s, startup_text
from workloads.figures.verdict import verdict
from workloads.figures.waterfall import waterfall

COLD = fabricated_race(schedule="in-turn")
WARM = [
    msgspec.structs.replace(event, warm=True) if isinstance(event, ev.LaneReady) else event
    for event in COLD
]
FAILED_AT = 3.0
FAILED = [
    *(event for event in COLD if event.t <= at(FAILED_AT) or event.lane == "serial"),
    ev.LaneFailed(t=at(FAILED_AT), lane="ray", reason="Ray didn't start."),
    ev.LaneExited(t=at(5.0), lane="ray", status=1),
]
OVER = 1000.0


def timeline(session: Session) -> str:
    lines = draw_timeline(session.views(), window_of(session.views()), Page(120, 30, DARK))
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def scoreboard(session: Session) -> str:
    lines = draw_scoreboard(score(session), Page(60, 30, DARK))
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def steps(session: Session) -> dict[str, float]:
    """The rows of Ray's waterfall, in seconds."""
    fall = waterfall(session.race, "ray")
    assert fall is not None
    view = loss_view(session, bars_view(session, [fall], 1), {"ray": fall}, 1)
    return {row.name: row.end - row.start for row in rows_of(view, 20)}


def moment(events: Sequence[ev.AnyEvent], seconds: float, counted: bool = False) -> Session:
    session = watching(sorted(events, key=lambda event: event.t), seconds)
    session.count_startup = counted
    return session


@pytest.mark.parametrize("counted", [False, True])
def test_of_a_cold_lane_all_places_give_the_same(counted: bool) -> None:
    session = moment(COLD, OVER, counted)
    race = session.race
    ray = race.lanes["ray"]
    assert startup_s(ray, at(OVER)) == pytest.approx(5.9)
    assert [lane.startup_s for lane in lane_scores(session)] == [0.05, startup_s(ray, at(OVER))]
    assert [lane.startup_s for lane in race_report(race).lanes] == [0.05, ray.startup_s]
    assert session.views()[1].started == ray.startup_s == race_report(race).lanes[1].startup_s
    assert steps(session)["start-up"] == pytest.approx(ray.startup_s)
    assert ("including" if counted else "excluding") + " 5.90 s start-up" in verdict(race, counted)
    assert ("start-up 5.90 s" in timeline(session)) is counted
    assert "5.90 s" in scoreboard(session)


def test_while_it_runs_it_grows_and_all_places_give_the_same() -> None:
    for seconds in (0.5, 1.0, 3.2, 5.8):
        session = moment(COLD, seconds)
        ray = session.race.lanes["ray"]
        assert startup_s(ray, at(seconds)) == pytest.approx(seconds)
        assert lane_scores(session)[1].startup_s == pytest.approx(seconds)
        assert session.views()[1].started == pytest.approx(seconds)
        assert seconds_text(seconds) in scoreboard(session)


def test_a_lane_that_waits_for_a_race_isnt_starting_and_making_files_is_no_part_of_it() -> None:
    events = [
        ev.LaneOpened(t=at(0), lane="ray", engine="ray", pid=1),
        ev.PhaseBegan(t=at(0.1), lane="ray", name="init"),
        ev.PhaseEnded(t=at(2.0), lane="ray", name="init"),
        ev.EngineStarted(t=at(2.1), lane="ray"),
        ev.PhaseBegan(t=at(60), lane="ray", name="pictures"),
        ev.PhaseProgressed(t=at(60), lane="ray", name="pictures", done=1, total=9),
        ev.PhaseEnded(t=at(65), lane="ray", name="pictures"),
        ev.PhaseBegan(t=at(70), lane="ray", name="workers"),
    ]
    for seconds, took in ((1.5, 1.5), (50, 2.1), (64, 2.1), (70.4, 2.5)):
        session = moment(events, seconds)
        assert startup_s(session.race.lanes["ray"], at(seconds)) == pytest.approx(took)


def test_a_failed_lanes_start_up_ends_with_the_failure_everywhere() -> None:
    for seconds in (4.0, OVER):
        session = moment(FAILED, seconds)
        ray = session.race.lanes["ray"]
        assert startup_s(ray, at(seconds)) == pytest.approx(FAILED_AT)
        assert lane_scores(session)[1].startup_s == pytest.approx(FAILED_AT)
        assert f"{FAILED_AT:.2f} s" in scoreboard(session)
    assert "failed after 3.00 s of start-up" in timeline(session)


def test_of_a_warm_lane_it_is_the_first_one_and_called_that_everywhere() -> None:
    session = moment(WARM, OVER)
    ray = session.race.lanes["ray"]
    assert startup_text(ray, at(OVER)) == "warm; first start-up 5.90 s"
    assert "excluding start-up (warm; first start-up 5.90 s)" in verdict(session.race)
    assert "including start-up (warm; first start-up 5.90 s)" in verdict(session.race, True)
    assert steps(session)["1st start-up"] == pytest.approx(5.9)
    assert "1st start-up" in scoreboard(session)
    counted = timeline(moment(WARM, OVER, counted=True))
    assert counted.count("warm; first start-up 5.90 s") == 1
    turn = moment(WARM, 8.0)
    assert "ready (warm; first start-up 5.90 s), waiting for its turn" in timeline(turn)
    assert startup_text(moment(COLD, OVER).race.lanes["ray"], 0) == "start-up 5.90 s"
