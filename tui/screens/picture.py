"""Screen 2: the workload's own picture at full size."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.keys import Hint
from tui.screens.added import AddedView
from tui.screens.base import BaseScreen
from tui.screens.images import ImagesView
from tui.screens.pi import show_pi
from tui.session import Session
from tui.views import VIEWS
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.pi import PI


class PictureScreen(BaseScreen):
    """π: the points in the circle, the certain digits, how the estimate converges; or the images,
    before and after.
    """

    TAB = "screen.picture"

    def body(self) -> ComposeResult:
        """The circle at the left, digits and curve at the right."""
        with Horizontal(id="picture"):
            yield Scatter()
            with Vertical(id="figures"):
                yield PiReadout()
                yield Convergence()
        yield ImagesView()
        yield AddedView()
        none = "This workload has no view of its own; its results are on screen {screen.race}."
        yield Static(self.raytasks.keys.fill(none), id="none")

    def hints(self) -> list[Hint]:
        """The key that makes a picture large makes it small again."""
        hints = super().hints()
        if self.has_class("-large"):
            for at, hint in enumerate(hints):
                if hint.bindings == ("select.large",):
                    hints[at] = hint._replace(label="Galleries")
        return hints

    def find(self) -> None:
        """Look the widgets up."""
        self._scatter, self._curve = self.query_one(Scatter), self.query_one(Convergence)
        self._readout, self._images = self.query_one(PiReadout), self.query_one(ImagesView)
        self._added = self.query_one(AddedView)

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        self.mark_picture(session.picture)
        view = VIEWS.get(session.picture)
        self.HELP = view.help if view else None  # type: ignore[misc]  # Textual takes it from the instance
        if session.picture != IMAGES.picture:
            self.remove_class("-large")
        if not slow:
            return
        if session.picture == IMAGES.picture:
            self._images.show(session, self.panel)
        elif session.picture == PI.picture:
            show_pi(session, self.panel, self._scatter, self._curve, self._readout)
        else:
            self._added.show(session, self.panel, self.raytasks.ascii)
