"""What a lane has made of the pictures so far: a tile each, in the order they were done, before →
after.

`draw_gallery` is pure and draws the visible tiles only; the widget calls it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.drawing.lines import Line, Lines
from tui.drawing.themes import Palette, palette
from tui.widgets.images.fold import ImagesFold
from tui.widgets.images.look import Look, Part
from tui.widgets.images.picture import Picture
from tui.widgets.images.tiles import Tiling, draw_frame, draw_tile, tiling
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


def draw_gallery(
    view: GalleryView,
    width: int,
    height: int,
    colors: Palette,
    *,
    background: str | None = None,
    ascii: bool = False,
) -> list[Line]:
    """`height` lines of `width` cells: a heading, then tiles: pictures done, at work, still to
    come.

    The lines of tiles shown are the newest, or the nearest to them that hold the selected one.
    """
    if width < 1 or height < 1:
        return []
    look = Look(colors, background or colors.background, view.engine, view.ghost, ascii)
    pictures, running = view.fold.until(view.t), view.fold.running(view.t)
    lines = [_heading(view, look, pictures, len(running), width)]
    total = max(view.total - view.fold.forgotten, len(pictures) + len(running))
    head = 2 if height >= 20 else 1
    lines += [look.blank(width)] * (head - 1)
    lay = tiling(width, height - head, total)
    if height - head < 1 or lay.thumb < 2:
        return [*lines, *[look.blank(width)] * height][:height]
    first = _first_row(view, lay, pictures, running, total)
    for row in range(first, first + lay.rows):
        if row > first:
            lines += [look.blank(width)] * lay.gap
        tiles = [
            _tile_at(index, pictures, running, view.selected, lay, look)
            for index in range(row * lay.columns, min((row + 1) * lay.columns, total))
        ]
        lines += _side_by_side(tiles, lay, width, look)
    return [*lines, *[look.blank(width)] * height][:height]


def _first_row(
    view: GalleryView,
    lay: Tiling,
    pictures: Sequence[Picture],
    running: Sequence[tuple[int, int]],
    total: int,
) -> int:
    done, begun = (
        max(0, count - 1) // lay.columns for count in (len(pictures), len(pictures) + len(running))
    )
    # Where many are at work, half of the lines stay with what is done.
    first = max(0, min(begun, done + lay.rows // 2) - lay.rows + 1)
    place = None if view.selected is None else view.fold.place(view.selected)
    if place is None or place >= len(pictures):
        ahead = [task for task, _ in running]
        place = len(pictures) + ahead.index(view.selected) if view.selected in ahead else None
    if place is not None:
        row = place // lay.columns
        first = min(max(first, row - lay.rows + 1), row)
    return min(first, max(0, math.ceil(total / lay.columns) - lay.rows))


def _heading(
    view: GalleryView, look: Look, pictures: Sequence[Picture], running: int, width: int
) -> Line:
    """Badge, name, how many are done, and what that makes: as much of it as fits."""
    colors, sums = look.colors, view.fold.totals(view.t)
    name = plain(lane_name(view.engine), 20)
    left: list[Part] = [(f" {name[:1].upper()}{name[1:]}", look.lane, True)]
    if view.ghost:
        left.append((" ghost", colors.dim, False))
    total = max(view.total, sums.done + sums.failed + running)
    left.append((f"  {sums.done}/{total}", look.words_ink, True))
    if sums.failed:
        left.append((f"  {'x' if look.ascii else '✗'}{sums.failed}", colors.failed, True))
    seconds = view.t if running or not pictures else pictures[-1].at
    rate = f"{sums.megapixels / seconds:.1f} megapixels/s" if seconds > 0 and sums.pixels else ""
    made = f"{sums.megapixels:,.0f} megapixels" if sums.pixels else ""
    room = width - 3 - sum(len(part) for part, _, _ in left) - 2
    options = ((f"{made}   ", rate), ("", rate), ("", rate.replace("megapixels", "Mpx")), ("", ""))
    right = next(option for option in options if sum(map(len, option)) <= room or not option[1])
    tail: list[Part] = [(right[0], colors.dim, False), (right[1], look.words_ink, False)]
    return [*look.badge(), *look.row(width - 3, left, tail)] if width > 3 else look.blank(width)


def _side_by_side(
    tiles: Sequence[Sequence[Line]], lay: Tiling, width: int, look: Look
) -> list[Line]:
    lines: list[Line] = []
    for y in range(lay.height):
        line: Line = []
        for tile in tiles:
            line += [*look.blank(lay.spread if line else 0), *tile[y]]
        lines.append([*line, *look.blank(width - sum(segment.cell_length for segment in line))])
    return lines


def _tile_at(
    index: int,
    pictures: Sequence[Picture],
    running: Sequence[tuple[int, int]],
    selected: int | None,
    lay: Tiling,
    look: Look,
) -> Sequence[Line]:
    """The tile of the picture done as number `index`, or of one at work, or an empty frame."""
    if index < len(pictures):
        return draw_tile(pictures[index], lay, look, pictures[index].task == selected)
    index -= len(pictures)
    task, worker = running[index] if index < len(running) else (-1, -1)
    return draw_frame(task, worker, lay, look, task >= 0 and task == selected)


class Gallery(Lines):
    """The pictures of one lane, live or at any moment of its run."""

    _view: GalleryView | None = None

    def update(
        self,
        fold: ImagesFold,
        t: float,
        engine: str,
        ghost: bool = False,
        selected: int | None = None,
        total: int = 0,
    ) -> None:
        """Show `fold`, the fold of lane `engine`, as it was `t` seconds into its run of `total`
        pictures.
        """
        self._view = GalleryView(fold, t, engine, ghost, selected, total)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The gallery's lines."""
        if not self._view:
            return []
        colors, ascii = palette(self.app.theme), self.ascii
        return draw_gallery(
            self._view,
            width,
            height,
            colors,
            background=self.background_colors[1].hex6,
            ascii=ascii,
        )
