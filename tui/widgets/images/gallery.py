"""The pictures that a lane has done so far: a tile each, in the order they were done, before →
after.

`draw_gallery` is pure and draws the visible tiles only; the widget calls it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tui.drawing.cells import Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.widgets.images.fold import ImagesFold
from tui.widgets.images.look import Look, Part
from tui.widgets.images.picture import Picture
from tui.widgets.images.tiles import Tiling, draw_empty, draw_frame, draw_tile, tiling
from workloads.core.errors import plain
from workloads.core.wording import lane_name


@dataclass(frozen=True)
class GalleryView:
    """A lane's pictures as they were `t` seconds into its run.

    `selected` is the task whose tile is marked; `total` how many pictures there will be.
    """

    fold: ImagesFold
    t: float
    engine: str
    ghost: bool = False
    selected: int | None = None
    total: int = 0


class _Moment(NamedTuple):
    """The pictures of a lane at a moment: done, in that order, and at work (task and worker)."""

    done: Sequence[Picture]
    running: Sequence[tuple[int, int]]
    total: int

    def place(self, view: GalleryView) -> int | None:
        """Where the selected picture stands among all; None if it isn't there."""
        if view.selected is None:
            return None
        place = view.fold.place(view.selected)
        if place is not None and place < len(self.done):
            return place
        ahead = [task for task, _ in self.running]
        if view.selected in ahead:
            return len(self.done) + ahead.index(view.selected)
        return None


def draw_gallery(view: GalleryView, page: Page) -> list[Line]:
    """A heading, then tiles, to fill the page: pictures done, at work, still to come.

    The lines of tiles shown are the newest, or the nearest to them that hold the selected one.
    """
    if page.empty:
        return []
    look, width = Look(page, view.engine, view.ghost), page.width
    done, running = view.fold.until(view.t), view.fold.running(view.t)
    total = max(view.total - view.fold.forgotten, len(done) + len(running))
    pictures = _Moment(done, running, total)
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
    done = max(0, len(pictures.done) - 1) // lay.columns
    begun = max(0, len(pictures.done) + len(pictures.running) - 1) // lay.columns
    # Where many are at work, half of the lines stay with what is done.
    first = max(0, min(begun, done + lay.rows // 2) - lay.rows + 1)
    place = pictures.place(view)
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
    name = plain(lane_name(view.engine), 20)
    # A count that is cut would be another number: the name gives way, which the badge has too.
    room = width - 3 - sum(len(part) for part, _, _ in left)
    name = look.page.clip(f" {name[:1].upper()}{name[1:]}", room)
    left.insert(0, (name, look.lane, True))
    if sums.failed:
        left.append((f"  {look.page.pick('✗', 'x')}{sums.failed}", colors.failed, True))
    seconds, made, rate = view.t, "", ""
    if pictures.done and not pictures.running:
        seconds = pictures.done[-1].at
    if sums.pixels:
        made = f"{sums.megapixels:,.0f} megapixels"
        if seconds > 0:
            rate = f"{sums.megapixels / seconds:.1f} megapixels/s"
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
    """The tile of the picture done as number `index`, or of one at work, or an empty frame."""
    if index < len(pictures.done):
        picture = pictures.done[index]
        return draw_tile(picture, lay, look, picture.task == selected)
    index -= len(pictures.done)
    if index >= len(pictures.running):
        return draw_empty(lay, look)
    task, worker = pictures.running[index]
    return draw_frame(task, worker, lay, look, task == selected)


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
