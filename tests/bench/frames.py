"""CPU of a frame of the race screen with few and with very many tasks, against an earlier commit.

uv run python -m tests.bench.frames [--quick] [--only COMMIT]

Both draw the same fabricated race at 120×40, in turns, and are fed its events ten times a second.
The figures contain what that costs besides the events' fold: the same for both.
"""

import contextlib
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.bench.figures import add_ratio, arguments, console, ratios, spread, table
from tests.bench.folding import BEFORE, ROOT, checked_out
from tests.bench.screen import FEW, MANY, fed

SIZE = (120, 40)
TARGETS = {FEW: "≤ 0.7", MANY: "≤ 0.8"}


def frame_ms(root: Path, tasks: int, seconds: float, folder: Path) -> float:
    """CPU milliseconds of a frame of the program at `root`, its drawing and all that Textual does
    with it.
    """
    with contextlib.chdir(root):
        run = fed(tasks, seconds, SIZE, "sleep", folder)
    return (run["cpu_s"] - run["fold_s"]) / run["frames"] * 1000


def main() -> None:
    """Print the ratios."""
    given = arguments(__doc__)
    commit = given.only or BEFORE
    rounds, seconds = 6, 6.0
    if given.quick:
        rounds, seconds = 1, 3.0
    cost: dict[tuple[Path, int], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        before = Path(name, "commit")
        before.mkdir()
        checked_out(commit, before, "workloads", "tui", "tests")
        for _ in range(rounds):
            for tasks in (FEW, MANY):
                for root in (before, ROOT):
                    cost[root, tasks].append(frame_ms(root, tasks, seconds, Path(name)))
    made = table("A frame of the race screen at 120×40", "", "ms of CPU", "runs", "target")
    for tasks, target in TARGETS.items():
        old, new = cost[before, tasks], cost[ROOT, tasks]
        made.add_row(f"{tasks:,} tasks, commit {commit}", spread(old, ".1f"), str(rounds), "")
        made.add_row(f"{tasks:,} tasks, this program", spread(new, ".1f"), str(rounds), "")
        add_ratio(made, f"{tasks:,} tasks ÷ the commit's", new, old, [0.0] * rounds, target)
    growth = ratios(cost[ROOT, MANY], cost[ROOT, FEW])
    made.add_row(f"{MANY:,} ÷ {FEW} tasks, this program", spread(growth), str(rounds), "≤ 1.2")
    console.print(made)


if __name__ == "__main__":
    main()
