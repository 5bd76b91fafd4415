"""Recordings that earlier versions wrote must play for ever: `tests/recordings` holds real ones.

Each recording has the JSON report that was printed with it. A file is added when a version records
something new; none is ever changed or removed.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fabricate import folded
from tests.tui.staged import settle, showing, words
from tui.replay import Replay
from workloads.core import events as ev
from workloads.figures.report import race_report
from workloads.ledger.recording import read
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.report import report

RECORDINGS = sorted((Path(__file__).parent.parent / "recordings").glob("*.jsonl"))
RACES = [path for path in RECORDINGS if not path.name.startswith("sweep")]
SWEEPS = [path for path in RECORDINGS if path.name.startswith("sweep")]

MEASURED = ("workload", "params", "seed", "schedule", "speedup")
COMPARED = ("same_answer", "same_answer_reason")
"""As they were printed, from the version on that gives a reason."""

MEASURED_OF_A_LANE = (
    "engine",
    "status",
    "tasks",
    "done",
    "failed",
    "retried",
    "workers",
    "wall_s",
    "startup_s",
    "driver_cpu_s",
    "task_cpu_s",
    "result",
    "errors",
)


def named(path: Path) -> str:
    return path.stem


def printed_with(path: Path) -> Any:
    return json.loads(path.with_suffix(".json").read_bytes())


def as_json(data: object) -> Any:
    return json.loads(msgspec.json.encode(data))


@pytest.mark.parametrize("path", RACES, ids=named)
def test_a_kept_race_reports_what_it_measured(path: Path):
    then, now = printed_with(path), as_json(race_report(folded(read(path))))
    assert {key: now[key] for key in MEASURED} == {key: then[key] for key in MEASURED}
    assert {key: now[key] for key in COMPARED if COMPARED[-1] in then} == {
        key: then[key] for key in COMPARED if COMPARED[-1] in then
    }
    for lane_now, lane_then in zip(now["lanes"], then["lanes"], strict=True):
        assert {key: lane_now.get(key) for key in MEASURED_OF_A_LANE} == {
            key: lane_then.get(key) for key in MEASURED_OF_A_LANE
        }


@pytest.mark.parametrize("path", SWEEPS, ids=named)
def test_a_kept_sweep_reports_its_points(path: Path):
    fold = SweepFold()
    for event in read(path):
        fold.apply(event)
    then, now = printed_with(path), as_json(report(fold))
    assert now["sweep"] == then["sweep"]
    assert now["status"] == then["status"]
    for point_now, point_then in zip(now["points"], then["points"], strict=True):
        assert (
            point_now.items() >= {k: v for k, v in point_then.items() if k.endswith("_s")}.items()
        )


def test_every_kind_of_event_that_was_recorded_is_kept():
    """The recordings show what they were chosen for: a failed, a retried and a swept race among
    them.
    """
    tags = {type(event) for path in RECORDINGS for event in read(path)}
    assert {
        ev.Failed,
        ev.Retried,
        ev.WorkerLost,
        ev.SweepAt,
        ev.Stored,
        ev.Logged,
        ev.Progressed,
    } <= tags


@pytest.mark.parametrize("path", RECORDINGS, ids=named)
async def test_a_kept_recording_plays_in_every_screen(path: Path):
    events = read(path)
    # A clock far ahead: everything has happened by the first look.
    session = Replay(events, clock=iter_clock())
    async with showing(session) as (app, pilot):
        await settle(pilot)
        for key in "123467":
            await pilot.press(key)
            await settle(pilot)
            assert "↺ REPLAY" in words(app)
        assert session.finished


def iter_clock() -> Any:
    """A clock whose first reading is 0 and every later one a day on."""
    readings = iter((0,))
    return lambda: next(readings, 86_400 * 10**9)
