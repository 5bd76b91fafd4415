"""What the table of a sweep says of each value beside the lanes' figures."""

from tui.drawing.themes import lane_letter
from workloads.core.wording import brief, error_text, times
from workloads.sweeps.crossing import crossings
from workloads.sweeps.fold import SweepFold


def notes_of(fold: SweepFold, kind: str) -> tuple[str, dict[int, str]]:
    """A few words on each value by its kind of sweep, and their head; none for most kinds."""
    points = fold.points
    if kind == "grain":
        sizes = {p.value: p.figures["task_s"] for p in points if "task_s" in p.figures}
        return "a task", {value: brief(seconds) for value, seconds in sizes.items()}
    if kind == "samples":
        errors = {p.value: p.figures["error"] for p in points if "error" in p.figures}
        return "error", {value: error_text(error) for value, error in errors.items()}
    for each in crossings(fold)[:1]:
        head = f"{lane_letter(each.lane)} ÷ {lane_letter(each.store)}"
        return head, {ratio.size: times(ratio.ratio.value) for ratio in each.ratios}
    return "", {}
