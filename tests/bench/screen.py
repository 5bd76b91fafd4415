"""What the screen costs: a frame at 16 and 100,000 tasks, the app beside a real race, a key's way
to the screen.

uv run python -m tests.bench.screen [--quick] [--only frame|app|key]
"""

import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.bench.figures import Others, arguments, console, median, quantile, ratios, spread, table
from tests.bench.recordings import Follow
from tests.bench.terminal import Terminal
from workloads.core import events as ev

PROGRAM = str(Path(sys.executable).parent / "raytasks-tui")
SIZES = ((80, 24), (120, 40), (200, 60))
FEW, MANY = 16, 100_000

FED = "from tests.bench import fed_app; fed_app.FEED_S = 0.1; fed_app.main()"
"""The fed app of whatever commit, fed as often as it draws: each time costs as much as some drawing
does.
"""


def fed(
    tasks: int, seconds: float, size: tuple[int, int], workload: str, folder: Path
) -> dict[str, float]:
    """One run of the fed app: CPU seconds, frames, events."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-c",
        FED,
        str(tasks),
        str(seconds),
        str(report),
        workload,
    ]
    terminal = Terminal(command, size)
    terminal.listen()
    deadline = time.monotonic() + 60 + seconds
    while not report.exists() and terminal.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.2)
    said, written = terminal.heard(), terminal.bytes_read
    terminal.close()
    if not report.exists():
        raise SystemExit(f"The fed app wrote no report:\n{said[-3000:].decode(errors='replace')}")
    return {**json.loads(report.read_text()), "bytes": float(written)}


def frames(rounds: int, seconds: float, folder: Path) -> None:
    """CPU of a frame at few and at many tasks, by size."""
    for workload in ("sleep", "pi"):
        made = table(
            f"A frame of the race screen ({workload}), process CPU in ms, Ray live and serial "
            "as a ghost",
            "size",
            f"{FEW} tasks",
            f"{MANY:,} tasks",
            "ratio",
            "target",
            "of it drawing",
            "fold µs/event",
            "CPU %",
            "kB/frame",
        )
        for size in SIZES if workload == "sleep" else SIZES[1:2]:
            cost: dict[int, list[float]] = defaultdict(list)
            shows: dict[int, list[float]] = defaultdict(list)
            shares: dict[int, list[float]] = defaultdict(list)
            folds: list[float] = []
            sent: dict[int, list[float]] = defaultdict(list)
            for _ in range(rounds):
                for tasks in (FEW, MANY):
                    got = fed(tasks, seconds, size, workload, folder)
                    cost[tasks].append((got["cpu_s"] - got["fold_s"]) / got["frames"] * 1000)
                    shows[tasks].append(got["show_s"] / got["frames"] * 1000)
                    shares[tasks].append(got["cpu_s"] / got["wall_s"] * 100)
                    sent[tasks].append(got["bytes"] / got["all_frames"] / 1000)
                    if tasks == MANY:
                        folds.append(got["fold_s"] / got["events"] * 1e6)
            made.add_row(
                "×".join(map(str, size)),
                spread(cost[FEW], ".1f"),
                spread(cost[MANY], ".1f"),
                spread(ratios(cost[MANY], cost[FEW]), ".2f"),
                "≤ 1.5",
                f"{median(shows[FEW]):.1f} / {median(shows[MANY]):.1f}",
                f"{median(folds):.1f}",
                f"{median(shares[FEW]):.0f} / {median(shares[MANY]):.0f}",
                f"{median(sent[FEW]):.1f} / {median(sent[MANY]):.1f}",
            )
        console.print(made)


def app_cpu(rounds: int, samples: int, folder: Path) -> None:
    """The app's own CPU beside a real race, lane by lane, by size."""
    record = folder / "app.jsonl"
    command = [
        PROGRAM,
        "race",
        "pi",
        "--schedule",
        "in-turn",
        "--tasks",
        "16",
        "--samples",
        str(samples),
        "--seed",
        "1",
    ]
    made = table(
        "The app beside a real race (in turn, π, 16 tasks): its CPU, % of a core",
        "size",
        "while serial runs",
        "while Ray runs",
        "kB/s",
        "others %",
        "target",
    )
    with Terminal([*command, "--record", str(record)], SIZES[1]) as terminal:
        follow, first = Follow(record), True
        for size in (SIZES[1], SIZES[0], SIZES[2]):
            shares: dict[str, list[float]] = defaultdict(list)
            rates, foreign = [], []
            for _ in range(rounds):
                terminal.resize(size)
                time.sleep(0.5)
                if not first:
                    terminal.write(b"r")
                first = False
                for lane in ("serial", "ray"):
                    follow.until(ev.RunStarted)
                    times, wall, sent = (
                        terminal.process.cpu_times(),
                        time.perf_counter(),
                        terminal.bytes_read,
                    )
                    others = Others()
                    follow.until(ev.RunEnded)
                    after, wall = terminal.process.cpu_times(), time.perf_counter() - wall
                    foreign.append(others.share() * 100)
                    used = after.user + after.system - times.user - times.system
                    shares[lane].append(used / wall * 100)
                    rates.append((terminal.bytes_read - sent) / wall / 1000)
                time.sleep(0.7)
            made.add_row(
                "×".join(map(str, size)),
                spread(shares["serial"], ".1f"),
                spread(shares["ray"], ".1f"),
                spread(rates, ".0f"),
                spread(foreign, ".0f"),
                "≤ 10",
            )
    console.print(made)


def press(terminal: Terminal, key: bytes) -> tuple[float, float] | None:
    """Milliseconds from the key to the first bytes, and to the end of the new screen."""
    terminal.listen()
    pressed = terminal.write(key)
    whole = terminal.wait_for(
        b"Quit", 5.0
    )  # only a screen that is painted whole ends with the key bar
    first = terminal.first_output()
    return (
        None
        if whole is None or first is None
        else ((first - pressed) * 1000, (whole - pressed) * 1000)
    )


def keys(presses: int, folder: Path) -> None:
    """From a key to the screen it opens, while Ray has every core, and after the race."""
    record = folder / "keys.jsonl"
    command = [
        PROGRAM,
        "race",
        "pi",
        "--lanes",
        "ray",
        "--tasks",
        "16",
        "--samples",
        str(presses * 250_000 + 500_000),
    ]
    dice = random.Random(2)
    taken: dict[str, list[tuple[float, float]]] = {}
    opening = None
    with Terminal([*command, "--record", str(record)], SIZES[1]) as terminal:
        follow = Follow(record)
        follow.until(ev.RunStarted)
        time.sleep(1.0)
        for when in ("while Ray races", "after the race"):
            got = taken[when] = []
            others = Others()
            for number in range(presses):
                answer = press(terminal, b"21"[number % 2 : number % 2 + 1])
                if answer is None:
                    console.print(f"press {number} had no answer")
                elif number == 0 and opening is None:
                    opening = answer[1]
                else:
                    got.append(answer)
                if when == "while Ray races" and not follow.racing():
                    console.print(f"The race ended after {number} presses.")
                    break
                time.sleep(dice.uniform(0.2, 0.4))
            console.print(f"{when}: others took {others.share() * 100:.0f} % of the machine")
            if when == "while Ray races":
                terminal.write(b"x")
                follow.until(ev.RaceEnded)
                time.sleep(1.0)
    made = table(
        "A key (1, 2), ms", "from the key to", "p50", "p90", "p99", "most", "n", "target p99"
    )
    for when, answers in taken.items():
        for index, name in enumerate(("the first bytes", "the whole new screen")):
            values = [answer[index] for answer in answers]
            figures = [f"{quantile(values, share):.1f}" for share in (0.5, 0.9, 0.99, 1.0)]
            made.add_row(f"{name}, {when}", *figures, str(len(values)), "≤ 50")
    if opening is not None:
        made.add_row(
            "a screen opened for the first time, racing", f"{opening:.1f}", "", "", "", "1", ""
        )
    console.print(made)


def main() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.only in ("", "frame"):
            frames(1 if given.quick else 3, 3.0 if given.quick else 6.0, folder)
        if given.only in ("", "app"):
            app_cpu(1 if given.quick else 3, 400_000 if given.quick else 1_000_000, folder)
        if given.only in ("", "key"):
            keys(20 if given.quick else 120, folder)


if __name__ == "__main__":
    main()
