"""A chart alone, growing: `python -m tests.demos.chart NAME POINTS THEME ascii`."""

import sys

from textual.app import App

from tests.unit.widgets.test_chart import DEMOS
from tui.drawing.themes import palette, textual_themes
from tui.widgets.compare.chart import ChartView


def demo() -> None:
    """Show the chart that the arguments ask for."""
    usual = ["batches", "0", "raytasks-dark", ""]
    name, known, theme, look = [*sys.argv[1:5], *usual[len(sys.argv) - 1 :]]

    class Demo(App[None]):
        BINDINGS = [("left", "move(-1)", ""), ("right", "move(1)", "")]  # noqa: RUF012

        def on_mount(self) -> None:
            for each in textual_themes():
                self.register_theme(each)
            self.theme, self.view, self.known = theme, ChartView(), int(known)
            self.mount(self.view)
            self.set_interval(1, self.grow)
            self.call_after_refresh(self.grow)

        def grow(self) -> None:
            self.view.update(DEMOS[name](self.known, palette(theme)), look == "ascii")
            self.known += 1

        def action_move(self, steps: int) -> None:
            self.view.move(steps)

    Demo().run()


if __name__ == "__main__":
    demo()
