"""The images that a lane has done so far: a tile each, in the order of their tasks, before →
after.

`draw_gallery` is pure and draws the visible tiles only; the widget calls it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.cells import cell_len

from tui.drawing.cells import Line, text
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.widgets.images.fold import ImagesFold
from tui.widgets.images.look import Look, Part
from tui.widgets.images.picture import Picture
from tui.widgets.images.tiles import Tiling, draw_empty, draw_frame, draw_tile, tiling
from workloads.core.errors import plain
from workloads.core.wording import amount, lane_name


@dataclass(frozen=True)
class GalleryView:
    """A lane's pictures as they were `t` seconds into its run.

    `selected` is the task whose tile is marked; `total` how many pictures there will be. It is
    drawn in `width` cells, 0 for all there are: galleries side by side, of which one may be a cell
    wider, are given the same.
    """

    fold: ImagesFold
    t: float
    engine: str
    ghost: bool = False
    selected: int | None = None
    total: int = 0
    width: int = 0


class _Moment(NamedTuple):
    """The images of a lane at a moment, by task: those done, and the workers of those at work.

    `newest` is the task done last, -1 if there is none.
    """

    done: Mapping[int, Picture]
    running: Mapping[int, int]
    total: int
    newest: int

    def place(self, selected: int | None) -> int | None:
        """The tile of the selected image; None if it isn't there."""
        if selected in self.done or selected in self.running:
            return selected
        return None


def draw_gallery(view: GalleryView, page: Page) -> list[Line]:
    """A heading, then tiles, to fill the page: a tile per task, in the order of their numbers, so
    that galleries side by side have the same image in the same place.

    The lines of tiles shown are the newest, or the nearest to them that hold the selected one.
    """
    if page.empty:
        return []
    if 0 < view.width < page.width:
        rest = text(" " * (page.width - view.width), None, page.ground)
        return [[*line, rest] for line in draw_gallery(view, page.sized(view.width, page.height))]
    look, width = Look(page, view.engine, view.ghost), page.width
    done, running = view.fold.until(view.t), view.fold.running(view.t)
    tasks = [*(picture.task for picture in done), *(task for task, _ in running)]
    total = max(view.total, *(task + 1 for task in tasks), 0)
    newest = next((picture.task for picture in reversed(done)), -1)
    by_task = {picture.task: picture for picture in done}
    pictures = _Moment(by_task, dict(running), total, newest)
    lines = [_heading(view, look, pictures)]
    if page.height >= 20:
        lines.append(look.blank(width))
    room = page.height - len(lines)
    lay = tiling(width, room, total)
    if room >= 1 and lay.thumb >= 2:
        first = _first_row(view, lay, pictures)
        for row in range(first, first + lay.rows):
            if row > first:
                lines += [look.blank(width)] * lay.gap
            indexes = range(row * lay.columns, min((row + 1) * lay.columns, total))
            tiles = [_tile(index, pictures, view.selected, lay, look) for index in indexes]
            lines += _side_by_side(tiles, lay, look)
    return [*lines, *[look.blank(width)] * page.height][: page.height]


def _first_row(view: GalleryView, lay: Tiling, pictures: _Moment) -> int:
    # Not the one done last, which in lanes with several workers may be any of the last.
    done = max((0, *pictures.done)) // lay.columns
    begun = max((0, *pictures.done, *pictures.running)) // lay.columns
    # Where many are at work, half of the lines stay with what is done.
    first = max(0, min(begun, done + lay.rows // 2) - lay.rows + 1)
    place = pictures.place(view.selected)
    if place is not None:
        row = place // lay.columns
        first = min(max(first, row - lay.rows + 1), row)
    return min(first, max(0, math.ceil(pictures.total / lay.columns) - lay.rows))


def _heading(view: GalleryView, look: Look, pictures: _Moment) -> Line:
    """Badge, name, how many are done, and what that makes: as much of it as fits."""
    colors, width, sums = look.colors, look.page.width, view.fold.totals(view.t)
    if width <= 3:
        return look.blank(width)
    total = max(view.total, sums.done + sums.failed + len(pictures.running))
    left: list[Part] = [(f"  {sums.done}/{total}", look.words_ink, True)]
    if view.ghost:
        left.insert(0, (" ghost", colors.dim, False))
    if sums.failed:
        left.append((f"  {look.page.pick('✗', 'x')}{sums.failed}", colors.failed, True))
    name = plain(lane_name(view.engine), 20)
    name = look.page.words(f" {name[:1].upper()}{name[1:]}")
    # A count that is cut would be another number: the name gives way, which the badge has too.
    if cell_len(name) <= width - 3 - sum(len(part) for part, _, _ in left):
        left.insert(0, (name, look.lane, True))
    seconds, made, rate = view.t, "", ""
    if pictures.done and not pictures.running:
        seconds = pictures.done[pictures.newest].at
    if sums.pixels:
        made = f"{amount(sums.megapixels).removesuffix('.0')} megapixels"
        if seconds > 0:
            rate = f"{amount(sums.megapixels / seconds)} megapixels/s"
    room = width - 3 - sum(len(part) for part, _, _ in left) - 2
    options = ((f"{made}   ", rate), ("", rate), ("", rate.replace("megapixels", "Mpx")), ("", ""))
    right = next(option for option in options if sum(map(len, option)) <= room or not option[1])
    tail: list[Part] = [(right[0], colors.dim, False), (right[1], look.words_ink, False)]
    return [*look.badge(), *look.row(width - 3, left, tail)]


def _side_by_side(tiles: Sequence[Sequence[Line]], lay: Tiling, look: Look) -> list[Line]:
    lines: list[Line] = []
    for y in range(lay.height):
        line: Line = []
        for index, tile in enumerate(tiles):
            if index:
                line += look.blank(lay.spread)
            line += tile[y]
        rest = look.page.width - sum(segment.cell_length for segment in line)
        lines.append([*line, *look.blank(rest)])
    return lines


def _tile(
    index: int, pictures: _Moment, selected: int | None, lay: Tiling, look: Look
) -> Sequence[Line]:
    """The tile of a task: its image, or that it is at work, or an empty frame."""
    if picture := pictures.done.get(index):
        return draw_tile(picture, lay, look, index == selected)
    if index in pictures.running:
        return draw_frame(index, pictures.running[index], lay, look, index == selected)
    return draw_empty(lay, look)


class Gallery(Lines):
    """The pictures of one lane, live or at any moment of its run."""

    _view: GalleryView | None = None

    def update(self, view: GalleryView) -> None:
        """Show this."""
        self._view = view
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The gallery's lines."""
        if not self._view:
            return []
        # Dozens of small tiles would push the portrait's pictures out of the terminal's memory.
        return draw_gallery(self._view, replace(page, images=None))
