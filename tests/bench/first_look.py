"""What the first look at a screen takes from a race that is running: screens are made when somebody
asks for them.

uv run python -m tests.bench.first_look [--quick]

Printed are milliseconds of the app's CPU time from the key to the painted screen, the first time
and the second, beside 16 tasks of a race of π.
"""

import asyncio
import time
from collections import defaultdict

from tests.bench.fed_app import Fed, as_pi
from tests.bench.figures import arguments, console, spread, table
from tests.fabricate import START, fabricated_race
from tui.app import SCREENS, RaytasksApp
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan

TASKS, INTO_S = 16, 5.0


def racing() -> Fed:
    """A race on its way."""
    events = as_pi(fabricated_race(tasks=TASKS, seconds=60.0, reports=20, seed=3), TASKS)
    run = next(event.t for event in events if isinstance(event, ev.RunStarted))
    session = Fed(events, (run - START) / 1e9 + INTO_S, Plan("pi", {"tasks": TASKS}, 3))
    session.feed()
    return session


async def look(mode: str) -> tuple[float, float]:
    """CPU milliseconds of the first look at a screen, and of the second."""
    app = RaytasksApp(racing)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.current_mode != "race":
            await pilot.pause()
        await pilot.pause(1)
        taken = []
        for _ in range(2):
            began = time.process_time()
            await app.switch_mode(mode)
            await pilot.pause()
            taken.append((time.process_time() - began) * 1000)
            await app.switch_mode("race")
            await pilot.pause(0.3)
    return taken[0], taken[1]


async def measure(rounds: int) -> None:
    """Look at each screen in turn, each time in an app of its own."""
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(rounds):
        for mode in SCREENS:
            if mode != "race":
                taken[mode].append(await look(mode))
    made = table("CPU time of a look at a screen during a race, ms", "screen", "first", "second")
    for mode, both in taken.items():
        first, second = zip(*both, strict=True)
        made.add_row(mode, spread(list(first), ".0f"), spread(list(second), ".0f"))
    console.print(made)


if __name__ == "__main__":
    given = arguments(__doc__)
    asyncio.run(measure(3 if given.quick else 9))
