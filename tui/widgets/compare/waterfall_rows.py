"""The rows of a waterfall, from the lower bound to the run time, and the axis they stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from workloads.core.wording import listed, rounded
from workloads.figures.waterfall import Waterfall, WaterfallStep, causes_text

BRIEF = {
    "lower bound": "least possible time",
    "slower tasks": "than on serial",
    "faster tasks": "than on serial",
    "lost attempts": "run once more",
    "dispatch gaps": "waited for a task",
    "transfer": "inputs and results",
    "tail": "idle at the end",
    "unexplained": "sum doesn't match",
    "run time": "to the last result",
}
"""The explanations of rows where there is no room for the full ones."""

ZOOM_BELOW = 0.2
"""Share of the lanes' axis below which all steps together get an axis of their own: there they
would be slivers.
"""


@dataclass(frozen=True)
class LossView:
    """A lane's waterfall, or why there is none (`note`); `end_s` is where the axis of the bars
    above ends, in seconds.

    With `startup` the start-up is counted: all stands behind it. `which` says of several runs
    which this is. With `zoom` steps that are small on that axis get one of their own. `key` is the
    name of the key that counts the start-up, which is named `startup_name`.
    """

    engine: str = ""
    waterfall: Waterfall | None = None
    end_s: float = 1.0
    startup: bool = False
    note: str = ""
    which: str = ""
    zoom: bool = True
    key: str = "u"
    startup_name: str = "start-up"

    @property
    def behind(self) -> float:
        """Where the run starts on the axis: after the start-up, if that is counted."""
        if self.waterfall is None or not self.startup:
            return 0.0
        return self.waterfall.startup_s


class WaterfallRow(NamedTuple):
    """A line of the waterfall: a bar from `start` to `end` (seconds, either may be the larger).

    `kind` is "total" (lower bound, run time), "more", "less" or "apart" (start-up, which isn't part
    of the sum). `share` is that of the run time, rounded so that the parts add up to it. `brief`
    is said where there is no room for `words`.
    """

    name: str
    start: float
    end: float
    kind: str
    words: str = ""
    share: float = 0.0
    brief: str = ""

    @property
    def seconds(self) -> float:
        """The seconds that the row adds; in a total, all of them."""
        return self.end - self.start


def rows_of(view: LossView, most: int) -> list[WaterfallRow]:
    """The rows from the lower bound to the run time and the start-up, at most `most`: steps of no
    time are left out, and the smallest are put into one.
    """
    if view.waterfall is None:
        return []
    losses, behind = view.waterfall.printed(), view.behind
    here = behind + losses.ideal_s
    rows = [WaterfallRow("lower bound", behind, here, "total", _bound_text(losses))]
    spent = [step for step in losses.steps if step.seconds]
    for step in _fewer(spent, max(most - 2 - (losses.startup_s > 0), 1)):
        kind = "more"
        if step.seconds < 0:
            kind = "less"
        words = causes_text(losses, step) or step.words
        rows.append(WaterfallRow(step.name, here, here + step.seconds, kind, words))
        here += step.seconds
    rows = _with_shares(rows, losses.wall_s)
    end = behind + losses.wall_s
    rows.append(WaterfallRow("run time", behind, end, "total", _run_text(losses), 1.0))
    if behind:
        rows.insert(0, WaterfallRow(view.startup_name, 0.0, behind, "apart", "counted"))
    elif losses.startup_s > 0:
        words = f"not counted: {view.key} counts it"
        rows.append(WaterfallRow(view.startup_name, end, end + losses.startup_s, "apart", words))
        rows[-1] = rows[-1]._replace(brief=f"{view.key} counts it")
    return [row._replace(brief=row.brief or BRIEF.get(row.name, "")) for row in rows]


def _with_shares(rows: Sequence[WaterfallRow], wall_s: float) -> list[WaterfallRow]:
    """The parts of a run time with their shares of it; what isn't nothing, or the whole, isn't
    rounded to that.
    """
    if not wall_s:
        return list(rows)
    exact = [row.seconds / wall_s for row in rows]
    shares = []
    for row, part, share in zip(rows, exact, rounded(exact, 1.0, 3), strict=True):
        if share in (0, 1):
            share = part
        shares.append(row._replace(share=share))
    return shares


def loss_window(view: LossView) -> tuple[float, float]:
    """The seconds that the axis shows: those of the bars above, or, where all steps would be thin
    there, their own.
    """
    losses, whole = view.waterfall, (0.0, view.end_s)
    if losses is None or not view.zoom:
        return whole
    ends = [*accumulate((step.seconds for step in losses.steps), initial=losses.ideal_s)]
    ends.append(losses.wall_s)
    low, high = view.behind + min(ends), view.behind + max(ends)
    span = max(high - low, losses.wall_s / 1000)
    if span > view.end_s * ZOOM_BELOW or low - span / 2 <= 0:
        return whole
    return low - span / 2, high + span / 2


def _bound_text(losses: Waterfall) -> str:
    text = f"the least time for serial's tasks on {losses.workers} workers"
    if losses.workers == 1:
        text = "the tasks, one after the other"
    if losses.failed:
        text += f", {losses.failed:,} failed included"
    return text


def _run_text(losses: Waterfall) -> str:
    """What the run time is, and the steps that had no part in it."""
    text = "from the start to the last result"
    absent = [step.name for step in losses.steps if not step.seconds]
    if absent:
        return f"{text}; no {listed(absent, 'or')}"
    return text


def _fewer(steps: Sequence[WaterfallStep], most: int) -> list[WaterfallStep]:
    """The steps in their order; of more than `most`, the smallest in one at the end."""
    if len(steps) <= most:
        return list(steps)
    by_size = sorted(steps, key=lambda step: abs(step.seconds), reverse=True)
    kept, rest = by_size[: most - 1], by_size[most - 1 :]
    names = ", ".join(step.name for step in rest)
    return [
        *(step for step in steps if step in kept),
        WaterfallStep("other", sum(step.seconds for step in rest), names),
    ]
