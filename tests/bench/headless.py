"""What a short headless race costs as a whole process, with its lane's, against an earlier commit.

uv run python -m tests.bench.headless [--quick] [--only COMMIT]

Both take turns, with the same Python and the same libraries.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import add_ratio, arguments, console, spread, table
from tests.bench.folding import BEFORE, ROOT, checked_out

RACE = ["race", "noop", "--tasks", "2", "--lanes", "serial", "--headless"]
RUN = [sys.executable, "-P", "-c", "import sys; from tui.cli import main; sys.exit(main())", *RACE]


def cost(root: Path, folder: str) -> tuple[float, float]:
    """CPU seconds and seconds of one race by the program at `root`."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run(RUN, cwd=folder, env=environment, check=True, capture_output=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, took


def main() -> None:
    """Print the ratios."""
    given = arguments(__doc__)
    commit = given.only or BEFORE
    rounds = 15
    if given.quick:
        rounds = 3
    old: list[tuple[float, float]] = []
    new: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "commit")
        root.mkdir()
        checked_out(commit, root, "workloads", "tui")
        for round in range(rounds + 1):
            pair = cost(root, folder), cost(ROOT, folder)
            if round:  # the first fills the file cache
                old.append(pair[0])
                new.append(pair[1])
    made = table(f"{' '.join(RACE)}, the whole process", "", "seconds", "races", "target")
    for at, name in enumerate(("CPU time", "wall time")):
        above, below = [costs[at] for costs in new], [costs[at] for costs in old]
        made.add_row(f"{name}, commit {commit}", spread(below), str(rounds), "")
        made.add_row(f"{name}, this program", spread(above), str(rounds), "")
        add_ratio(made, f"{name} ÷ the commit's", above, below, [0.0] * rounds, "≤ 0.6")
    console.print(made)


if __name__ == "__main__":
    main()
