"""The picture of `dice`: a bar for each sum."""

from collections.abc import Sequence

from tui.views import LanePicture, PictureWidget, View
from workloads import events


class Sums:
    """How often each sum came on one lane, by time."""

    def __init__(self) -> None:
        self._parts: dict[int, list[int]] = {}

    def apply(self, event: events.AnyEvent) -> None:
        """Keep the latest counts of each task."""
        if isinstance(event, events.RunStarted):
            self._parts = {}
        elif isinstance(event, events.Progressed) and event.partial:
            self._parts[event.task] = event.partial
        elif isinstance(event, events.Finished) and event.result:
            self._parts[event.task] = event.result

    def counts(self) -> list[int]:
        """How often each sum came, by the sum; 13 numbers."""
        return [sum(column) for column in zip(*self._parts.values(), strict=True)] or [0] * 13


class DiceWidget(PictureWidget):
    """A bar for each sum, of the lane that started last."""

    def show(self, lanes: Sequence[LanePicture], ascii: bool) -> None:
        """Draw the bars."""
        if not lanes:
            return
        lane = lanes[-1]
        counts, width = lane.fold.counts(), max(self.size.width - 20, 1)
        bar, most = "#" if ascii else "█", max(counts) or 1
        lines = [f"sums of two dice on {lane.engine}"]
        for total in range(2, 13):
            length = counts[total] * width // most
            lines.append(f"{total:>2}  {counts[total]:>9,}  {bar * length}")
        self.update("\n".join(lines))


VIEW = View(Sums, "# Two dice\n\nA bar for each sum of two dice.\n", DiceWidget)
