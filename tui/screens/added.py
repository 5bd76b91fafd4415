"""A picture that a widget of its view draws, as a part of a screen."""

from textual.containers import Container
from textual.content import Content

from tui.screens.pi import PanelOf
from tui.session import Session
from tui.views import VIEWS, PictureLines, PictureWidget, View


class AddedView(Container):
    """Holds the widget of the view that draws the workload, if one is loaded."""

    DEFAULT_CSS = "AddedView { display: none; width: 1fr; height: 1fr; }"

    _view: View | None = None
    _drawn: PictureWidget | PictureLines | None = None

    def show(self, session: Session, panel: PanelOf, ascii: bool) -> None:
        """Bring it up to date; `panel` keeps a fault of the widget from everything else."""
        view = VIEWS.get(session.picture)
        if view is not self._view:
            self._view, self._drawn = view, None
            self.remove_children()
            if view is not None and view.widget is not None:
                with panel(self):
                    self._drawn = view.widget()
                    self.mount(self._drawn)
                # Nothing may change any more: the race can be over.
                self.call_after_refresh(self.show, session, panel, ascii)
        if self._drawn is not None and self._drawn.is_mounted:
            if why := session.broken.get("picture"):
                self._say(self._drawn, why)
                return
            with panel(self._drawn):
                self._drawn.show(session.pictures(), ascii)

    @staticmethod
    def _say(drawn: PictureWidget | PictureLines, why: str) -> None:
        """Why the picture can't follow the events any more."""
        if isinstance(drawn, PictureLines):
            drawn.fail(why)
        else:
            drawn.update(Content(why))
