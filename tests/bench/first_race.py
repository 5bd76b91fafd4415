"""How long it takes from the command to the result of the default race, with space pressed as early
as can be, and which parts that consists of.

uv run python -m tests.bench.first_race [--quick]
"""

import sys
from collections import defaultdict

from tests.bench.figures import Others, arguments, console, spread, table
from tests.bench.terminal import Terminal

COMMAND = [sys.executable, "-m", "tui.cli"]
MARKS = {
    "first paint": b"raytasks",
    "whole screen": b"Quit",
    "the lanes run": b"RACING",
    "result": b"FINISHED",
}
"""What the terminal is sent first at each point."""


def first_race() -> dict[str, float]:
    """Seconds from the start of the process to each point."""
    with Terminal(COMMAND) as terminal:
        terminal.listen()
        terminal.write(b" ")  # it waits until somebody reads it
        seen: dict[str, float] = {}
        for name, marker in MARKS.items():
            at = terminal.wait_for(marker, 300.0)
            if at is None:
                raise SystemExit(f"{name} never came:\n{terminal.heard()[-2000:]!r}")
            seen[name] = at - terminal.spawned
        return seen


def main() -> None:
    """Starts one after the other."""
    given = arguments(__doc__)
    runs = 1 if given.quick else 5
    seconds: dict[str, list[float]] = defaultdict(list)
    foreign = []
    for _ in range(runs):
        others = Others()
        for name, at in first_race().items():
            seconds[name].append(at)
        foreign.append(others.share())
    made = table(
        "From the command to the result of the default race, seconds; space pressed at once",
        "point",
        "median (range)",
        "n",
    )
    for name, values in seconds.items():
        made.add_row(name, spread(values, ".2f"), str(runs))
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "")
    console.print(made)


if __name__ == "__main__":
    main()
