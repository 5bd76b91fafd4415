"""A recording is read while the app is open, and whatever it holds, every screen shows it without
nonsense.
"""

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fabricate import fabricated_race
from tests.tui.staged import settle, showing, words
from tests.unit.ledger.test_mutated_recordings import of
from tui import replaying
from tui.app import RaytasksApp
from tui.opening import Appearance, Opening
from tui.outputs.wanted import Outputs
from tui.program import start
from tui.replay import AT_ONCE, Replay
from tui.replaying import RecordingLoader, first_look
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.engines import EngineOptions
from workloads.ledger.recording import CHUNK, Recording, scan

NONSENSE = re.compile(r"\bnan\b|\binf\b|[−-]\d[\d.,]*\s?(s|ms|min|%|MB|GB|kB)\b", re.IGNORECASE)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A recording that isn't read before the app opens."""
    path = tmp_path / "large.jsonl"
    logged = ev.encode([ev.Logged(t=1, text="x" * 1000)] * (CHUNK // 1000))
    path.write_bytes(ev.encode(fabricated_race(tasks=2)) + logged)
    assert path.stat().st_size > CHUNK
    return path


def test_only_the_beginning_of_a_large_recording_is_looked_at_before_the_app_opens(
    large: Path, tmp_path: Path
):
    assert first_look(large) is None
    large.write_bytes(b"garbage\n" + large.read_bytes())
    with pytest.raises(BadInput, match="is not a recording"):
        first_look(large)
    small = tmp_path / "small.jsonl"
    small.write_bytes(ev.encode(fabricated_race(tasks=2)))
    assert isinstance(first_look(small), Recording)


async def test_keys_are_heard_while_a_recording_is_read(
    large: Path, monkeypatch: pytest.MonkeyPatch
):
    stopped = threading.Event()

    def slow(path: Path, progress: Callable[[float], None], left: Callable[[], bool]) -> Recording:
        progress(0.43)
        while not left():
            threading.Event().wait(0.01)
        stopped.set()
        return scan(path)

    monkeypatch.setattr(replaying, "load", slow)
    loading = RecordingLoader(large)
    app = RaytasksApp(lambda: Replay(loading.recording or []), prepare=loading)
    async with app.run_test() as pilot, asyncio.timeout(60):
        while "Reading large.jsonl: 43%. Press q to quit." not in words(app):
            await pilot.pause()
        await pilot.press("q")
    assert app.return_code == 0
    assert app._session is None
    assert await asyncio.to_thread(stopped.wait, 60)


def test_a_recording_that_turns_out_to_be_none_ends_the_app_with_a_sentence(
    large: Path, monkeypatch: pytest.MonkeyPatch
):
    large.write_bytes(large.read_bytes() + b"garbage\n")
    assert first_look(large) is None
    monkeypatch.setattr(RaytasksApp, "run_async", run_headless)
    with pytest.raises(BadInput, match=r"large\.jsonl is not a recording of a race: line \d+: "):
        start(large, EngineOptions(), Opening(), Appearance(), Outputs())


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MemoryError(), "out of memory; "),
        (OSError(5, "Input/output error"), "Input/output"),
    ],
)
def test_a_recording_that_cannot_be_read_to_its_end_ends_the_app_with_a_sentence(
    large: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
):
    def fail(*given: object) -> Recording:
        assert threading.current_thread().daemon, "one that hangs holds up the exit"
        raise error

    monkeypatch.setattr(replaying, "load", fail)
    monkeypatch.setattr(RaytasksApp, "run_async", run_headless)
    with pytest.raises(BadInput, match=rf"large\.jsonl can't be read: {why}"):
        start(large, EngineOptions(), Opening(), Appearance(), Outputs())


async def run_headless(app: RaytasksApp) -> None:
    async with app.run_test() as pilot, asyncio.timeout(60):
        while app.is_running and app.return_code is None:
            await pilot.pause()


async def test_a_large_recording_is_shown_with_what_was_left_out(large: Path):
    with large.open("ab") as file:
        file.write(b'{"event":"teleported","t":5}\n')
    loading = RecordingLoader(large)

    def make() -> Replay:
        assert loading.recording is not None
        return Replay(loading.recording, clock=lambda: 1 << 62)

    app = RaytasksApp(make, prepare=loading)
    async with app.run_test(size=(120, 40)) as pilot, asyncio.timeout(60):
        while not app._notifications:
            await pilot.pause()
        (shown,) = app._notifications
        assert shown.message.startswith("1 event of kinds unknown to this version left out")


def test_very_many_events_at_one_moment_are_taken_over_several_frames():
    opened = fabricated_race(tasks=2)[:1]
    session = Replay(
        [*opened, *[ev.Logged(t=opened[0].t, text="x")] * (2 * AT_ONCE)], clock=lambda: 0
    )
    session.feed()
    assert session._next == AT_ONCE
    session.feed()
    session.feed()
    assert session.finished


def test_a_replays_clock_waits_for_its_events():
    begun = fabricated_race(tasks=2)[0]
    real = [0]
    late = [ev.Logged(t=begun.t + n * 1_000_000, text="x") for n in range(1, 3 * AT_ONCE)]
    session = Replay([begun, *late], clock=lambda: real[0])
    real[0] = 3_600_000_000_000  # the program was stopped for an hour
    for frame in range(1, 3):
        session.feed()
        assert session.clock() == begun.t + (frame * AT_ONCE - 1) * 1_000_000
        real[0] += AT_ONCE * 1_000_000
    session.feed()
    assert session.finished


KEPT = Path(__file__).parent.parent / "recordings"
SAVED = "faster tasks"
"""The one step of a waterfall that may be below 0."""


@pytest.mark.parametrize("name", ["images-1", "retried-1", "sweep-1"])
async def test_every_screen_shows_a_mutated_recording_without_nonsense(tmp_path: Path, name: str):
    lines = (KEPT / f"{name}.jsonl").read_bytes().splitlines()
    recording = next(filter(None, (of(seed, tmp_path, [lines]) for seed in range(100))))
    now = [recording.times[0] // 2]
    session = Replay(recording, clock=lambda: now[0])
    async with showing(session) as (app, pilot):
        for ahead in ((max(recording.times) - recording.times[0]) // 2, 1 << 62):
            now[0] = recording.times[0] // 2 + ahead
            for key in "123467":
                await pilot.press(key)
                await settle(pilot)
                for line in words(app).splitlines():
                    assert SAVED in line or not NONSENSE.search(line)
