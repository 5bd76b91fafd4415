"""Tasks that read one array, and a sweep over its size, as a person sees them."""

from pathlib import Path

from tests.tui.staged import Held, Staged, prose, settle, showing, words
from tests.unit.sweeps.test_sizes import SIZES
from tui.replay import Replay
from workloads.ledger import recording

RECORDING = Path(__file__).parents[1] / "recordings" / "arrays-1.jsonl"
OVER = 1000.0


async def test_each_screen_says_how_the_tasks_got_the_array():
    clock = Held(0)
    async with showing(Replay(recording.events(RECORDING), clock)) as (app, pilot):
        clock.seconds = OVER
        assert "arrays · 6 tasks, 200 kB" in words(app)
        await pilot.press("2")
        await settle(pilot)
        assert "nothing: read where it is" in words(app)
        assert "1.2 MB: pickled for 6 calls" in words(app)
        assert "200 kB: put once in" in words(app)
        assert "6 tasks read it there" in words(app)
        await pilot.press("1")
        await settle(pilot)
        assert "Copied for the tasks" in words(app)
        await pilot.press("5")
        await settle(pilot)
        assert "ray.put: 1 object, 200 kB" in prose(app)
        assert "6 tasks read it; freed" in words(app)
        await pilot.press("3", "end", "enter")
        await settle(pilot)
        assert "once for 6 tasks" in prose(app)


async def test_compare_shows_a_sweep_over_sizes_with_the_crossover():
    session = Staged()
    async with showing(session) as (app, pilot):
        session.feed_to(SIZES, OVER)
        await pilot.press("4")
        await settle(pilot)
        text = prose(app)
        assert "From about 4 MB on, Ray is faster than processes on this machine" in text
        assert "Ray and threads don't cross within these sizes" in text
        drawn = words(app)
        assert "run time, medians with 95% intervals" in drawn
        assert "R from 4 MB" in drawn
        assert "processes ÷ Ray" in drawn
        assert all(f"{size} MB" in drawn for size in (1, 4, 16))
