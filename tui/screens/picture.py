"""Screen 2: the workload's own picture at full size."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.keys import VIEW, Hint
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

if TYPE_CHECKING:
    from tui.screens.results import StatisticsView

NONE = "This workload has no view of its own; its results will be here."

RESULTS_HELP = """\
# Results

This workload has no view of its own. Here are the newest **results** of its tasks, failed ones in
red, the **durations** of each lane's tasks with a histogram on an axis that all lanes share, and
the slowest tasks: a click on one shows its details.
"""


class PictureScreen(BaseScreen):
    """π: the points in the circle, the certain digits, how the estimate converges; or the images,
    before and after.
    """

    TAB = "screen.picture"
    BINDINGS: ClassVar[list[BindingType]] = VIEW

    def body(self) -> ComposeResult:
        """The circle at the left, digits and curve at the right."""
        with Horizontal(id="picture"):
            yield Scatter()
            with Vertical(id="figures"):
                yield PiReadout()
                yield Convergence()
        yield ImagesView()
        yield AddedView()
        yield Static(id="none", markup=False)

    def hints(self) -> list[Hint]:
        """The key that makes a picture large makes it small again; a large one can be zoomed."""
        hints = super().hints()
        if self.has_class("-large"):
            for at, hint in enumerate(hints):
                if hint.bindings == ("select.large",):
                    hints[at] = hint._replace(label="Galleries")
                    after = at + 1 + (hints[at + 1].bindings == ("select.follow",))
                    hints.insert(after, Hint("Zoom", ("image.zoom-in", "image.zoom-out")))
                    break
        return hints

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why there is nothing to zoom."""
        if action != "zoom":
            return super().why_not(action, parameters)
        if parameters == (False,) and not self.has_class("-zoomed"):
            return "The whole image is shown."
        return self.raytasks.why_not("large")

    def action_zoom(self, into: bool) -> None:
        """Show the selected image large, a part of it pixel by pixel; or the whole of it again."""
        self.set_class(into, "-zoomed")
        if into:
            self.add_class("-large")

    def find(self) -> None:
        """Look the widgets up."""
        self._scatter, self._curve = self.query_one(Scatter), self.query_one(Convergence)
        self._readout, self._images = self.query_one(PiReadout), self.query_one(ImagesView)
        self._added, self._why_none = self.query_one(AddedView), ""
        self._results: StatisticsView | None = None

    def show(self, session: Session, slow: bool) -> None:
        """All of it when due."""
        self.mark_picture(session.picture)
        view = VIEWS.get(session.picture)
        self.HELP = view.help if view else RESULTS_HELP  # type: ignore[misc]  # Textual takes it from the instance
        plain = session.picture not in VIEWS and "picture" not in session.broken
        self.set_class(plain and session.race.opened is not None, "-results")
        if session.picture != IMAGES.picture:
            self.remove_class("-large", "-zoomed")
        if not slow:
            return
        if session.picture == IMAGES.picture:
            self._images.show(session, self.panel, self.has_class("-zoomed"))
        elif session.picture == PI.picture:
            show_pi(session, self.panel, self._scatter, self._curve, self._readout)
        elif self.has_class("-results"):
            self._show_results(session)
        else:
            self._added.show(session, self.panel, self.raytasks.ascii)
            why = session.broken.get("picture") or self.raytasks.keys.fill(NONE)
            if why != self._why_none:
                self._why_none = why
                self.query_one("#none", Static).update(self.raytasks.printable(why))

    def _show_results(self, session: Session) -> None:
        """The results, mounted when a race has some for the first time."""
        if self._results is None:
            from tui.screens.results import StatisticsView

            self._results = StatisticsView()
            self.call_later(self._mount_results, self._results)
        elif self._results.is_mounted and self.statistics_due(session):
            self._results.show(session, self.panel)

    async def _mount_results(self, results: "StatisticsView") -> None:
        await self.mount(results, before="#none")
        self._counted = ()
        self.tick(force=True)
