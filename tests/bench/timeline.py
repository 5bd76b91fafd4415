"""What the timeline costs over 100,000 tasks that run: a frame zoomed, panned, with a cursor and by
task, beside one of all; and a key's way to the screen.

uv run python -m tests.bench.timeline [--quick] [--only frame|key]
"""

import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.bench.figures import Others, arguments, console, quantile, spread, table
from tests.bench.screen import FED, MANY
from tests.bench.terminal import Terminal

SIZES = ((120, 40), (200, 60))

RIGHT, SHIFT_LEFT, SHIFT_RIGHT = b"\x1b[C", b"\x1b[1;2D", b"\x1b[1;2C"

ZOOM = [b"+"] * 4
VIEWS: dict[str, list[bytes]] = {
    "all": [],
    "zoomed, following": ZOOM,
    "zoomed and panned": [*ZOOM, *[SHIFT_LEFT] * 3],
    "zoomed, a cursor and two marks": [*ZOOM, RIGHT, b"M", RIGHT, b"M"],
    "by task": [b"y"],
    "alone": [b"m"],
    "alone, zoomed": [b"m", *ZOOM],
}
"""Keys before a view is measured, by what it is called; each against `all` or, alone, `alone`."""

PAINTED = b"Quit"
"""The key bar is painted last; zooming in and fitting again changes it."""


def fed_app(seconds: float, report: Path) -> list[str]:
    return [sys.executable, "-c", FED, str(MANY), str(seconds), str(report), "sleep"]


def frame_ms(keys: list[bytes], seconds: float, size: tuple[int, int], folder: Path) -> float:
    """CPU milliseconds of a frame, once these keys were typed."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    terminal = Terminal(fed_app(seconds, report), size)
    terminal.listen()
    if terminal.wait_for(b"SPEEDUP", 120.0) is None:
        raise SystemExit(terminal.heard()[-2000:].decode(errors="replace"))
    for key in keys:
        terminal.write(key)
        time.sleep(0.05)
    deadline = time.monotonic() + 60 + seconds
    while not report.exists() and terminal.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.2)
    terminal.close()
    run = json.loads(report.read_text())
    return float((run["cpu_s"] - run["fold_s"]) / run["frames"] * 1000)


def frames(rounds: int, seconds: float, folder: Path) -> None:
    """CPU of a frame in each view."""
    made = table(
        f"A frame of the race screen, {MANY:,} tasks live, process CPU in ms",
        "view",
        "ms",
        "more than all, alone",
        "target",
    )
    for size in SIZES:
        cost: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for name, typed in VIEWS.items():
                cost[name].append(frame_ms(typed, seconds, size, folder))
        for name, values in cost.items():
            base = cost["alone" if name.startswith("alone") else "all"]
            more = [a - b for a, b in zip(values, base, strict=True)]
            where = f"{name}, {size[0]}×{size[1]}"
            if values is base:
                made.add_row(where, spread(values, ".1f"), "", "")
            else:
                made.add_row(where, spread(values, ".1f"), spread(more, "+.1f"), "≤ +10")
    console.print(made)


def cpu_ms(terminal: Terminal) -> float:
    """CPU milliseconds that the program has used."""
    times = terminal.process.cpu_times()
    return float(times.user + times.system) * 1000


def press(terminal: Terminal, key: bytes, painted: bytes | None) -> tuple[float, float] | None:
    """Milliseconds from a key to the end of its paint, until that was written or until nothing is
    written any more; and those of CPU that the program used meanwhile.
    """
    terminal.listen()
    before = cpu_ms(terminal)
    pressed = terminal.write(key)
    if painted is None:
        end = terminal.last_output()
    else:
        end = terminal.wait_for(painted, 5.0)
    return None if end is None else ((end - pressed) * 1000, cpu_ms(terminal) - before)


def keys(presses: int, folder: Path) -> None:
    """From a key to its paint, over tasks that run; with the view frozen where only then nothing
    else is painted.
    """
    dice = random.Random(2)
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    others = Others()
    for size in SIZES:
        with Terminal(fed_app(600.0, folder / "none.json"), size) as terminal:
            terminal.listen()
            if terminal.wait_for(b"SPEEDUP", 120.0) is None:
                raise SystemExit(terminal.heard()[-2000:].decode(errors="replace"))
            time.sleep(2.0)
            where = f"{size[0]}×{size[1]}"
            for number in range(presses):
                key, name = ((b"+", "zoom in"), (b"0", "fit"))[number % 2]
                if (ms := press(terminal, key, PAINTED)) is not None:
                    taken[f"{name}, live, {where}"].append(ms)
                time.sleep(dice.uniform(0.1, 0.3))
            for key in (b"0", b"+", b"+", b"+", RIGHT, b" "):
                terminal.write(key)
                time.sleep(0.4)
            cycle = ((SHIFT_LEFT, "pan"), (SHIFT_RIGHT, "pan"), (b"h", "cursor"), (b"l", "cursor"))
            for number in range(presses):
                key, name = cycle[number % len(cycle)]
                if (ms := press(terminal, key, None)) is not None:
                    taken[f"{name}, zoomed, frozen, {where}"].append(ms)
                time.sleep(dice.uniform(0.05, 0.15))
            terminal.kill()
    made = table(
        f"A key to its whole paint over {MANY:,} live tasks, ms",
        "key",
        "p50",
        "p90",
        "p99",
        "most",
        "CPU, mean",
        "n",
        "target p99",
    )
    for name, answers in taken.items():
        values = [ms for ms, _ in answers]
        figures = [f"{quantile(values, share):.1f}" for share in (0.5, 0.9, 0.99, 1.0)]
        used = sum(cpu for _, cpu in answers) / len(answers)
        made.add_row(name, *figures, f"{used:.1f}", str(len(values)), "≤ 50")
    console.print(made)
    console.print(f"Others took {others.share() * 100:.0f} % of the machine meanwhile.")


def main() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.only in ("", "frame"):
            frames(1 if given.quick else 3, 3.0 if given.quick else 6.0, folder)
        if given.only in ("", "key"):
            keys(20 if given.quick else 100, folder)


if __name__ == "__main__":
    main()
