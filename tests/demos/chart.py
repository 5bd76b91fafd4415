"""A chart that gets a point every second; ←→ move the cursor, ↓ shows the next chart."""

from itertools import cycle

from tests.demos import Demo
from tests.unit.widgets.test_chart import DEMOS
from tui.drawing.themes import palette
from tui.widgets.compare.chart import ChartView


class ChartDemo(Demo):
    """The charts in turn."""

    BINDINGS = [  # noqa: RUF012
        ("left", "move(-1)", ""),
        ("right", "move(1)", ""),
        ("down", "next", ""),
    ]

    def __init__(self) -> None:
        self._view, self._charts = ChartView(), cycle(DEMOS.values())
        self._draw = next(self._charts)
        super().__init__(self._view, self._update)

    def _update(self, now: float) -> None:
        self._view.update(self._draw(int(now), palette(self.theme)))

    def action_move(self, steps: int) -> None:
        self._view.move(steps)

    def action_next(self) -> None:
        self._draw = next(self._charts)


def demo() -> ChartDemo:
    return ChartDemo()


if __name__ == "__main__":
    demo().play()
