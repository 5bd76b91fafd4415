"""Recordings changed at random: numbers that can't be true, events lost, doubled and out of order.

Whatever a file holds, it is refused in a sentence or shown, and no figure is nonsense.
"""

import contextlib
import json
import math
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fabricate import at, fabricated_race
from tui.replay import Replay
from tui.scores import score
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict
from workloads.ledger.bounds import MAX_LANES, MAX_TASKS
from workloads.ledger.race import Race
from workloads.ledger.recording import Recording, scan
from workloads.sweeps.report import report
from workloads.sweeps.verdict import verdict as sweep_verdict

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings").glob("*.jsonl"))
LINES = [path.read_bytes().splitlines() for path in RECORDINGS] + [
    ev.encode(fabricated_race()).splitlines()
]

EXTREMES: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    255,
    256,
    1 << 15,
    (1 << 15) - 1,
    1_000_000,
    1_000_000_000,
    (1 << 62) - 1,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
    -(1 << 63),
    10**30,
    -3591304428839000000,
    1_800_000_000_000_000_000,
    0.0,
    -0.0,
    1e-320,
    1e-9,
    0.5,
    -0.5,
    1e9,
    1e10,
    1e308,
    -1e308,
    "",
    "x",
    "ray",
    "serial",
    "finished",
    "failed",
    "\x1b[31m",
    "π" * 500,
    None,
    True,
    [],
    {},
    [1],
    {"pi": 1e308},
    {"a": [[[]]]},
    ["serial"] * 3,
)


def mutated(  # noqa: C901 - a branch for each kind of change, which draw in this order
    seed: int, among: Sequence[Sequence[bytes]] = LINES
) -> bytes:
    """One of the recordings, changed in one to thirty places."""
    draw = random.Random(seed)
    lines = list(draw.choice(among))
    for _ in range(draw.choice((1, 1, 2, 3, 10, 30))):
        at = draw.randrange(len(lines))
        change = draw.random()
        if change < 0.7:
            try:
                event = json.loads(lines[at])
            except ValueError:  # it was changed before
                continue
            field = draw.choice(list(event))
            if isinstance(event[field], dict) and event[field] and draw.random() < 0.7:
                event[field][draw.choice(list(event[field]))] = draw.choice(EXTREMES)
            elif isinstance(event[field], int) and draw.random() < 0.6:
                event[field] += draw.choice((-1, 1)) * 10 ** draw.randrange(20)
            elif field != "event":
                event[field] = draw.choice(EXTREMES)
            lines[at] = json.dumps(event).encode()
        elif change < 0.76 and len(lines) > 1:
            del lines[at]
        elif change < 0.82:
            lines.insert(draw.randrange(len(lines)), lines[at])
        elif change < 0.88:
            lines.insert(draw.randrange(len(lines)), lines.pop(at))
        elif change < 0.94:  # every task of a lane began after it ended
            began = draw.choice((b'"start":1', b'"start":19', b'"start":0'))
            lines = [line.replace(b'"start":1', began) for line in lines]
        else:
            line = lines[at]
            lines[at] = re.sub(
                rb"\d+", lambda found: draw.choice((found[0], b"9" * 15, b"0", b"1")), line
            )
    return b"\n".join(lines) + b"\n"


def of(seed: int, folder: Path, among: Sequence[Sequence[bytes]] = LINES) -> Recording | None:
    path = folder / "mutated.jsonl"
    path.write_bytes(mutated(seed, among))
    with contextlib.suppress(BadInput):
        return scan(path)
    return None


NEGATIVE = ("waterfall", "params", "result", "seed", "slower_tasks", "points")
"""What may be below 0: steps that saved time and their causes, the user's own numbers,
an answer.
"""


def assert_true(data: Any, where: str = "") -> None:
    """No number is infinite or NaN, and none negative that can't be."""
    if isinstance(data, dict):
        for key, part in data.items():
            assert_true(part, f"{where}.{key}")
    elif isinstance(data, list | tuple):
        for part in data:
            assert_true(part, where)
    elif isinstance(data, int | float):
        assert math.isfinite(data), where
        assert data >= 0 or any(name in where for name in NEGATIVE), (where, data)


def assert_sane(text: str) -> None:
    assert not re.search(r"\bnan\b|\binf\b|(?<![\w.(-])-\d[\d.]* (s|ms|min)\b", text), text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


def played(recording: Recording) -> Replay:
    """The recording at its end."""
    readings = iter((0,))
    session = Replay(recording, clock=lambda: next(readings, 1 << 62))
    while session._next < len(recording):
        before = session._next
        session.feed()
        assert session._next > before or recording.times[before] > session.clock()
        if session._next == before:
            break
    return session


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 1 << 32))
def test_no_figure_of_a_mutated_recording_is_nonsense(folder: Path, seed: int):
    recording = of(seed, folder)
    if recording is None:
        return
    session = played(recording)
    for startup in (False, True):
        session.count_startup = startup
        assert_sane(repr(score(session)))
    assert_sane(verdict(session.race))
    assert_sane(sweep_verdict(session.sweep))
    if session.race.opened:
        assert_true(msgspec.to_builtins(race_report(session.race)))
    if session.sweep.opened:
        assert_true(report(session.sweep))


@pytest.mark.parametrize("tasks", [10**18, -5, "x", 1e300])
def test_a_race_of_any_number_of_tasks_is_drawn_with_none_until_a_lane_says(
    tmp_path: Path, tasks: Any
):
    events = fabricated_race(tasks=4)[:2]
    events[0] = msgspec.structs.replace(events[0], params={"tasks": tasks})
    session = Replay(events, clock=lambda: 1 << 62)
    session.feed()
    assert [view.planned for view in session.views()] == [0, 0]
    assert race_report(session.race).lanes[0].tasks == 0


def test_what_a_recording_can_count_is_bounded_before_memory_is_taken():
    race = Race()
    t = at(0)
    for n in range(100):
        race.apply(ev.LaneOpened(t=t, lane=f"lane {n}", engine="ray", pid=1))
        race.apply(ev.RunStarted(t=t, lane=f"lane {n}", run=1, tasks=MAX_TASKS, workers=1))
        race.apply(ev.PhaseBegan(t=t, lane="lane 0", name=f"phase {n}"))
    assert len(race.lanes) == MAX_LANES
    assert sum(lane.tasks.count for lane in race.lanes.values()) == 4 * MAX_TASKS
    assert len(race.lane("lane 0").phases) <= 32
