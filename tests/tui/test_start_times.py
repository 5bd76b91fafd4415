"""The usual start-up of an engine outlives the session, whatever its file holds."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.fabricate import at
from tests.tui.staged import Staged, pi_race, prose, showing
from tui.start_times import KEPT, StartTimes, kept_start_times
from workloads.core import events as ev
from workloads.machine.state import state_file

READY = ev.LaneReady(t=at(0), lane="ray", run=1, tasks=1, workers=2, startup_s=4.0)


def ready(seconds: float, lane: str = "ray") -> ev.LaneReady:
    return msgspec.structs.replace(READY, startup_s=seconds, lane=lane)


async def test_a_new_session_says_how_long_a_start_took_in_earlier_ones(tmp_path: Path) -> None:
    file = tmp_path / "start-times.json"
    for seconds in (3.0, 4.0, 70.0):
        StartTimes(lambda: file).apply(ready(seconds))
    session = Staged(pi_race(schedule="in-turn"), 3.0)
    session.start_times = StartTimes(lambda: file)
    async with showing(session) as (app, _pilot):
        assert "of about 4.0 s. Press x to cancel." in prose(app)


def test_only_the_newest_start_ups_are_kept_and_warm_ones_dont_count(tmp_path: Path) -> None:
    file = tmp_path / "start-times.json"
    times = StartTimes(lambda: file)
    for seconds in range(1, 20):
        times.apply(ready(seconds))
    times.apply(msgspec.structs.replace(READY, startup_s=500.0, warm=True))
    times.apply(ready(0.0))
    assert json.loads(file.read_text()) == {"ray": list(range(20 - KEPT, 20))}
    assert times.usual_s("ray") == 15
    assert times.usual_s("serial") is None


def test_two_programs_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "start-times.json"
    one, other = StartTimes(lambda: file), StartTimes(lambda: file)
    assert one.usual_s("ray") is other.usual_s("ray") is None
    one.apply(ready(2.0))
    other.apply(ready(0.1, "serial"))
    one.apply(ready(4.0))
    assert json.loads(file.read_text()) == {"ray": [2.0, 4.0], "serial": [0.1]}


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b'{"ray": [4.0, 5.',
        b"\xff\x00",
        b"[" * 50_000,
        b"[1]",
        b'{"ray": 4}',
        b'{"ray": ["4", null, true, -1, 0, 1e999, 1e300, [4], {"a": 1}]}',
        b'{"ray": [' + b"9" * 400 + b"]}",
    ],
    ids=["empty", "torn", "bytes", "deep", "list", "number", "values", "huge"],
)
def test_torn_or_foreign_contents_are_left_out_and_replaced(
    tmp_path: Path, contents: bytes
) -> None:
    file = tmp_path / "start-times.json"
    file.write_bytes(contents)
    times = StartTimes(lambda: file)
    assert times.usual_s("ray") is None
    times.apply(ready(4.0))
    assert times.usual_s("ray") == 4.0
    assert json.loads(file.read_text()) == {"ray": [4.0]}


def test_where_no_file_can_be_written_the_session_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    times = StartTimes(lambda: tmp_path / "taken" / "start-times.json")
    for seconds in (2.0, 4.0):
        times.apply(ready(seconds))
    assert times.usual_s("ray") == 3.0
    nowhere = StartTimes()
    for seconds in (2.0, 4.0):
        nowhere.apply(ready(seconds))
    assert nowhere.usual_s("ray") == 3.0


def test_the_tests_have_a_file_of_their_own() -> None:
    file = state_file("start-times.json")
    assert file is not None
    assert not file.is_relative_to(Path.home())
    file.unlink(missing_ok=True)
    kept_start_times().apply(ready(4.0))
    assert json.loads(file.read_text()) == {"ray": [4.0]}
    file.unlink()
