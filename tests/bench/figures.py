"""What every benchmark prints: medians with their spread, ratios of paired runs, and how busy
others were.

Nothing here asserts: a shared machine would make that luck. A target stands beside the figure.
"""

import argparse
import statistics
from collections.abc import Sequence

import psutil
from rich import box
from rich.console import Console
from rich.table import Table

QUIET = 0.05
"""A run counts as quiet if others took less than this share of the machine."""

console = Console(width=118)


def arguments(description: str | None) -> argparse.Namespace:
    """What every benchmark understands."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="few and small runs: a look, not a measurement"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="PART",
        help="one part of the benchmark, by its letter or name",
    )
    return parser.parse_args()


def table(title: str, *columns: str) -> Table:
    """A table whose first column is words and whose others are figures."""
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        made.add_column(column, justify="right", overflow="fold")
    return made


def median(values: Sequence[float]) -> float:
    """The median; NaN of nothing."""
    return statistics.median(values) if values else float("nan")


def spread(values: Sequence[float], form: str = ".3f") -> str:
    """`median (least – most)`."""
    if not values:
        return "–"
    return f"{median(values):{form}} ({min(values):{form}} – {max(values):{form}})"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The paired ratios."""
    return [a / b for a, b in zip(above, below, strict=True)]


def add_ratio(
    made: Table,
    name: str,
    above: Sequence[float],
    below: Sequence[float],
    others: Sequence[float],
    target: str,
) -> None:
    """Rows for above ÷ below: in pairs, in the quiet pairs if some weren't, and best
    against best.
    """
    paired = ratios(above, below)
    made.add_row(name, spread(paired), str(len(paired)), target)
    quiet = [ratio for ratio, other in zip(paired, others, strict=True) if other < QUIET]
    if len(quiet) < len(paired):
        made.add_row("  quiet pairs only", spread(quiet), str(len(quiet)), target)
    if paired:
        made.add_row("  best against best", f"{min(above) / min(below):.3f}", "", target)


class Others:
    """How much of the machine others took: what the CPUs did less what our own processes did."""

    def __init__(self) -> None:
        self._busy, self._own = _busy(), _own()

    def share(self) -> float:
        """The others' share of all CPUs since the start, 0 to 1."""
        busy, own = _busy(), _own()
        total = busy[1] - self._busy[1]
        return max(0.0, (busy[0] - self._busy[0] - (own - self._own)) / total) if total else 0.0


def _busy() -> tuple[float, float]:
    """Seconds that the CPUs were busy (or taken from this machine by its host), and all seconds."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - idle, total


def _own() -> float:
    """CPU seconds of this process and all below it that live."""
    own = 0.0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        own += times.user + times.system
    return own
