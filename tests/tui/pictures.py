"""Draws the README's picture from the recording beside it: `uv run python -m
tests.tui.pictures`.
"""

import asyncio
import re
import time
from pathlib import Path

from tui.app import RaytasksApp
from tui.replay import Replay
from workloads.core import events as ev
from workloads.ledger.recording import read

ASSETS = Path(__file__).parents[2] / "assets"


async def draw(events: list[ev.AnyEvent], share: float) -> str:
    """The race screen of a recording when `share` of Ray's tasks are done, as an SVG at 120×36."""
    done = [event for event in events if isinstance(event, ev.Finished) and event.lane == "ray"]
    moment = done[int(share * len(done))].t
    offset = 0
    session = Replay(events, clock=lambda: time.time_ns() + offset)
    app = RaytasksApp(lambda: session)
    async with app.run_test(size=(120, 36)) as pilot:
        while not app.opened or app.current_mode != "race":
            await pilot.pause()
        while (
            session.clock() < moment
        ):  # waits in the recording are cut short, so it's stepped through
            offset += 50_000_000
            session.feed()
        app.paused = True
        session.hold(True)
        app.screen.tick(force=True)  # type: ignore[attr-defined]
        await pilot.pause()
        # Without the web fonts: a picture in a README fetches nothing.
        return re.sub(
            r"@font-face \{.*?\}", "", app.export_screenshot(title="raytasks-tui"), flags=re.DOTALL
        )


if __name__ == "__main__":
    (ASSETS / "race.svg").write_text(asyncio.run(draw(read(ASSETS / "race-pi.jsonl"), 0.7)))
