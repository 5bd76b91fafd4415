"""Events per CPU second of the ledger's fold, against the fold of an earlier commit.

uv run python -m tests.bench.folding [--quick] [--only COMMIT]

Two processes fold the same race of 100,000 tasks, one with this program's ledger and one with the
commit's. They take turns, a slice of the events each, so that both meet the same machine.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.bench.figures import add_ratio, arguments, console, spread, table
from workloads.core import events as ev

BEFORE = "7a90e9d"
ROOT = Path(__file__).parents[2]
START = 1_800_000_000_000_000_000
SLICE = 20_000
"""Events that a process folds in one turn."""

TURN = """
import sys, time
try:
    from workloads.core import events as ev
    from workloads.ledger.race import Race
except ImportError:  # before the modules moved into packages
    from workloads import events as ev
    from workloads.ledger import Race

path, size = sys.argv[1], int(sys.argv[2])
race = Race()
with open(path, "rb") as file:
    for turn in sys.stdin:
        events = [ev.decode_event(line) for _, line in zip(range(size), file)]
        begin = time.process_time()
        for event in events:
            race.apply(event)
        print((time.process_time() - begin) / len(events), flush=True)
lane = race.lane("ray")
assert lane.done == lane.tasks.count, (lane.done, lane.tasks.count)
"""


def race_events(tasks: int, workers: int = 4) -> Iterator[ev.AnyEvent]:
    """The events of a Ray lane whose tasks report once, in order of their times."""
    yield ev.RaceOpened(
        t=START, workload="sleep", params={}, seed=0, schedule="in-turn", lanes=["ray"]
    )
    yield ev.RunStarted(t=START, lane="ray", run=1, tasks=tasks, workers=workers)
    lengths = np.random.default_rng(0).integers(1_000_000, 3_000_000, tasks).tolist()
    free = [START] * workers
    queue: list[tuple[int, int, ev.AnyEvent]] = []
    for task, length in enumerate(lengths):
        worker = free.index(min(free))
        start = free[worker]
        end = free[worker] = start + length
        steps: Sequence[ev.AnyEvent] = (
            ev.Submitted(t=start - 1, lane="ray", task=task, ref=f"{task:056x}"),
            ev.Started(t=start, lane="ray", task=task, worker=worker),
            ev.Progressed(t=(start + end) // 2, lane="ray", task=task, done=1, total=2),
            ev.Finished(
                t=end, lane="ray", task=task, worker=worker, start=start, cpu_s=1e-3, result=task
            ),
        )
        queue += [(event.t, step, event) for step, event in enumerate(steps)]
    queue.sort(key=lambda item: (item[0], -item[1]))  # on one worker an end before a start
    yield from (event for _, _, event in queue)


def checked_out(commit: str, folder: Path, *packages: str) -> None:
    """Write the commit's packages into the folder."""
    packed = subprocess.run(
        ["git", "-C", ROOT, "archive", commit, *packages], check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")


def started(root: Path, events: Path) -> "subprocess.Popen[str]":
    """A process that folds the next slice of the events for each line that it reads."""
    command = [sys.executable, "-c", TURN, str(events), str(SLICE)]
    return subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def turn(process: "subprocess.Popen[str]") -> float:
    """CPU seconds per event of the next slice."""
    assert process.stdin
    assert process.stdout
    print(file=process.stdin, flush=True)
    return float(process.stdout.readline())


def main() -> None:
    """Print the ratio."""
    given = arguments(__doc__)
    tasks, commit = (10_000 if given.quick else 100_000), given.only or BEFORE
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name, "events.jsonl")
        checked_out(commit, folder, "workloads")
        path.write_bytes(ev.encode(race_events(tasks)))
        with started(folder, path) as before, started(ROOT, path) as now:
            slices = -(-(4 * tasks + 2) // SLICE)
            pairs = [(turn(before), turn(now)) for _ in range(slices)]
        if before.returncode or now.returncode:
            raise SystemExit("A process ended before it had folded every event.")
    old, new = [pair[0] * 1e6 for pair in pairs], [pair[1] * 1e6 for pair in pairs]
    shown = table(f"Folding {tasks:,} tasks' events", "", "µs CPU an event", "slices", "target")
    shown.add_row(f"commit {commit}", spread(old, ".2f"), str(slices), "")
    shown.add_row("this program", spread(new, ".2f"), str(slices), "")
    add_ratio(shown, "events a second, ÷ the commit's", old, new, [0.0] * slices, "≥ 1.8")
    console.print(shown)


if __name__ == "__main__":
    main()
