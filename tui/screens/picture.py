"""Screen 2: the workload's own picture at full size."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.screens.base import BaseScreen
from tui.screens.images import ImagesView
from tui.screens.pi import show_pi
from tui.session import Session
from tui.widgets.bars import KeyHint
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter

HELP = {
    "pi": """\
# The picture of π

Points fall at random into a square. The share that falls into the circle approaches π/4.

* Only a thin sample of the points is drawn: the last ones that the tasks reported.
* **Lit digits** are certain: the same over the whole 95% band.
* The **band** narrows with 1/√n: a hundred times the points buy one more digit. Ray moves to the
  right faster.
""",
    "images": """\
# The pictures

Each picture is a task: blurred, augmented, turned into tensors and shrunk. A tile shows it before →
after with its brightness (mean ± deviation) and how often each brightness occurs.

* `,` and `.` select a picture, `escape` follows the newest again.
* `enter` shows the selected one large, with the time of each of its stages.
* The last line tells what lies in the **object store**, where each picture is put once for all
  workers.
""",
}
"""What F1 says of each workload's picture."""


class PictureScreen(BaseScreen):
    """π: the points in the circle, the certain digits, how the estimate converges; or the images,
    before and after.
    """

    TAB = "2"

    def body(self) -> ComposeResult:
        """The circle at the left, digits and curve at the right."""
        with Horizontal(id="picture"):
            yield Scatter()
            with Vertical(id="figures"):
                yield PiReadout()
                yield Convergence()
        yield ImagesView()
        yield Static(
            "This workload has no picture of its own; its timeline is on screen 1.", id="none"
        )

    def hints(self) -> list[KeyHint]:
        """The key that makes a picture large makes it small again."""
        large = self.has_class("-large")
        return [
            h._replace(label="Galleries") if large and h.key == "enter" else h
            for h in super().hints()
        ]

    def find(self) -> None:
        """Look the widgets up."""
        self._scatter, self._curve = self.query_one(Scatter), self.query_one(Convergence)
        self._readout, self._images = self.query_one(PiReadout), self.query_one(ImagesView)

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        self.mark_workload(session.workload)
        self.HELP = HELP.get(session.workload)  # type: ignore[misc]  # Textual takes it from the instance
        if session.workload != "images":
            self.remove_class("-large")
        if not slow:
            return
        if session.workload == "images":
            self._images.show(session, self.panel)
        elif session.workload == "pi":
            show_pi(session, self.panel, self._scatter, self._curve, self._readout)
