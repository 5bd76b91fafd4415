"""The pictures of a race as a part of a screen: a gallery a lane, the selected picture, the object
store.
"""

from textual.app import ComposeResult
from textual.containers import Container, Horizontal

from tui.screens.pi import PanelOf, broken
from tui.session import Session
from tui.widgets.images.fold import ImagesFold
from tui.widgets.images.gallery import Gallery, GalleryView
from tui.widgets.images.picture import Picture
from tui.widgets.images.portrait import Portrait, PortraitView
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.stageline import StageLine
from tui.widgets.race.storeline import StoreLine

LANES = 4


class ImagesView(Container):
    """Galleries side by side, on one clock; beside them the selected picture, where there is room
    for it.
    """

    DEFAULT_CSS = """
    ImagesView { height: 1fr; }
    ImagesView .galleries { height: 1fr; }
    ImagesView Gallery { margin: 0 1; }
    ImagesView Gallery.-unused { display: none; }
    ImagesView Portrait { display: none; padding: 0 1; background: $panel; }
    ImagesView StoreLine, ImagesView StageLine { display: none; }
    """

    def compose(self) -> ComposeResult:
        """As many galleries as there can be lanes; those without a lane aren't shown."""
        with Horizontal(classes="galleries"):
            for _ in range(LANES):
                yield Gallery()
            yield Portrait()
        yield StageLine()
        yield StoreLine()

    def on_mount(self) -> None:
        """Look the widgets up once."""
        self._galleries = list(self.query(Gallery))
        self._portrait, self._store = self.query_one(Portrait), self.query_one(StoreLine)
        self._stages = self.query_one(StageLine)

    def show(self, session: Session, panel: PanelOf, zoomed: bool = False) -> None:
        """Bring it up to date; `panel` keeps a fault to the widget it is in. With `zoomed`, the
        selected image is shown in part, pixel by pixel.
        """
        if broken(session, *self._galleries, self._portrait):
            return
        with panel(*self._galleries, self._portrait):
            drawn = folds(session)[:LANES]
            picture, lane = selected(session)
        if self._portrait.failure:
            return
        width = min((gallery.size.width for gallery in self._galleries[: len(drawn)]), default=0)
        for gallery, (view, fold) in zip(self._galleries, drawn, strict=False):
            with panel(gallery):
                total = view.lane.tasks.count or view.planned
                chosen = session.selected
                gallery.update(
                    GalleryView(fold, view.t, view.lane.engine, view.ghost, chosen, total, width)
                )
        for index, gallery in enumerate(self._galleries):
            gallery.set_class(index >= len(drawn), "-unused")
        if lane:
            with panel(self._portrait):
                put = None
                if picture:
                    put = lane.lane.stored.get(picture.task)
                self._portrait.update(
                    PortraitView(picture, lane.lane.engine, lane.ghost, put, zoomed)
                )
            with panel(self._stages):
                self._stages.update(lane.lane.engine, lane.lane.tasks.stage_means())
        stored = [view.lane.store for view, _ in drawn if view.lane.store.capacity]
        self._store.set_class(bool(stored), "-stored")
        if stored:
            with panel(self._store):
                self._store.update(stored[0])


def folds(session: Session) -> list[tuple[LaneView, ImagesFold]]:
    """The lanes and their pictures, in the race's order."""
    pairs = [(view, session.folds.get(view.lane.name, ImagesFold())) for view in session.views()]
    return [(view, fold) for view, fold in pairs if isinstance(fold, ImagesFold)]


def featured(session: Session) -> tuple[LaneView, ImagesFold] | None:
    """The lane to look at: the live one, else the last that has pictures."""
    pairs = folds(session)
    live = [pair for pair in pairs if pair[0].running]
    made = [pair for pair in pairs if pair[1].until(pair[0].t)]
    return next(iter(reversed(live or made or pairs)), None)


def selected(session: Session) -> tuple[Picture | None, LaneView | None]:
    """The selected picture and its lane: the featured one's, else another's; the newest if none is
    selected.
    """
    lead = featured(session)
    if lead is None:
        return None, None
    if session.selected is None:
        view, fold = lead
        return next(reversed(fold.until(view.t)), None), view
    for view, fold in (lead, *folds(session)):
        if picture := fold.picture(session.selected, view.t):
            return picture, view
    return None, lead[0]


def place(session: Session) -> tuple[int | None, int]:
    """Where the selected picture stands among those the featured lane has done, by their tasks, and
    how many there are.

    None where none is selected; where the selected one isn't there, it stands after all others.
    """
    tasks = _tasks(session)
    if session.selected is None:
        return None, len(tasks)
    try:
        return tasks.index(session.selected), len(tasks)
    except ValueError:
        return len(tasks), len(tasks)


def step(session: Session, by: int) -> None:
    """Select the next picture that the featured lane has done, by their tasks, or the one before;
    first the newest.
    """
    if tasks := _tasks(session):
        at, last = place(session)[0], len(tasks) - 1
        newest = selected(session)[0]
        if at is not None:
            session.selected = tasks[min(max(at + by, 0), last)]
        elif newest:
            session.selected = newest.task


def _tasks(session: Session) -> list[int]:
    lead = featured(session)
    if lead is None:
        return []
    view, fold = lead
    return sorted(picture.task for picture in fold.until(view.t))
