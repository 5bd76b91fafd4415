"""The selected picture, large: before beside after, with all that its task found out about it.

`draw_portrait` is pure; the widget calls it. On a flat screen the figures stand beside the
pictures, else below them; what doesn't fit is left out, the pictures last.
"""

import math
from collections.abc import Sequence

from tui.drawing.lines import Line, Lines, text
from tui.drawing.pixels import TerminalImages
from tui.drawing.spans import Cells
from tui.drawing.themes import Palette, palette
from tui.widgets.images.look import ARROW, FLAT, Look, Part, figure, size_of
from tui.widgets.images.picture import Picture, Side, thumbnail
from workloads.core.errors import plain
from workloads.core.events import Stored

LABEL = 12
"""Cells that the names of figures take, a blank included."""

BESIDE = 28
"""Cells that the task's figures need at least."""

SIDE = 22
"""Cells that a picture's own figures have at its right."""


def draw_portrait(
    picture: Picture | None,
    width: int,
    height: int,
    colors: Palette,
    *,
    engine: str,
    ghost: bool = False,
    background: str | None = None,
    ascii: bool = False,
    images: TerminalImages | None = None,
    stored: Stored | None = None,
) -> list[Line]:
    """`height` lines of `width` cells; one sentence where there is no picture. With `images`, in
    real pixels.

    `stored` tells how the picture was put into the object store, where it was.
    """
    if width < 1 or height < 1:
        return []
    look = Look(colors, background or colors.background, engine, ghost, ascii, images)
    if picture is None:
        return look.note(["No picture to show yet."], colors.dim, width, height, look.ground)
    lines = [_heading(picture, width, look)]
    if height >= FLAT:
        lines.append(look.blank(width))
    room = height - len(lines)
    if width < LABEL:
        pass  # No room for anything but the name.
    elif picture.error:
        lines += look.failure(picture.error, width, room, ["", _worker(picture)[0]])
    elif height < FLAT and width >= 60:
        lines += _beside(picture, stored, width, room, look)
    else:
        lines += _below(picture, stored, width, room, look)
    return [*lines, *[look.blank(width)] * height][:height]


def _heading(picture: Picture, width: int, look: Look) -> Line:
    colors = look.colors
    left: list[Part] = [(f" {picture.title}", look.words_ink, True)]
    if look.ghost:
        left.append(("  ghost", colors.dim, False))
    right: list[Part] = [(f"task {picture.task}", colors.dim, False)] if picture.name else []
    return [*look.badge(), *look.row(width - 3, left, right)] if width > 3 else look.blank(width)


def _beside(
    picture: Picture, stored: Stored | None, width: int, height: int, look: Look
) -> list[Line]:
    """Before beside after, the task's figures at their right."""
    half = max(2, min(2 * (height - 6), (width - BESIDE - 3 - ARROW) // 2))
    wide = 2 * half + ARROW
    rest = width - wide - 3
    facts = [*_table(picture, stored, rest, look), look.blank(rest), *_stages(picture, rest, look)]
    return _columns(_pair(picture, wide, height, look), facts[:height], wide, rest, 3, look)


def _below(
    picture: Picture, stored: Stored | None, width: int, height: int, look: Look
) -> list[Line]:
    """The task's figures below the pictures; before above after where that makes them larger."""
    half = (width - ARROW) // 2
    if half >= BESIDE:
        rest = width - half - ARROW
        facts = _columns(
            _table(picture, stored, half, look),
            _stages(picture, rest, look),
            half,
            rest,
            ARROW,
            look,
        )
    else:
        facts = [
            *_table(picture, stored, width, look),
            look.blank(width),
            *_stages(picture, width, look),
        ]
    facts = [look.blank(width), *facts][: max(0, height - 12)]
    room = height - len(facts)
    each = (room - 1) // 2
    wide = min(width - SIDE - 2, round(2 * each * max(map(_aspect, _sides(picture)))))
    if wide > 1.2 * half:
        lines = min(each, _lines(picture, wide))
        above, under = (_stacked(*known, wide, lines, width, look) for known in _named(picture))
        return [*above, look.blank(width), *under, *facts]
    return [*_pair(picture, width, room, look), *facts]


def _columns(
    left: list[Line], right: list[Line], a: int, b: int, gap: int, look: Look
) -> list[Line]:
    """Two columns of `a` and `b` cells with `gap` cells between, the shorter one filled up."""
    longest = max(len(left), len(right))
    left, right = [*left, *[look.blank(a)] * longest], [*right, *[look.blank(b)] * longest]
    return [[*left[y], *look.blank(gap), *right[y]] for y in range(longest)]


# -- before and after ------------------------------------------------------------------------------


def _sides(picture: Picture) -> tuple[Side, Side]:
    return picture.original, picture.outcome


def _named(picture: Picture) -> tuple[tuple[str, Side, tuple[int, ...]], ...]:
    return ("before", picture.original, picture.before), ("after", picture.outcome, picture.after)


def _aspect(side: Side) -> float:
    """Width over height of a thumbnail; that of most photographs where there is none."""
    pixels = thumbnail(side.thumbnail)
    return 4 / 3 if pixels is None else min(max(pixels.shape[1] / pixels.shape[0], 0.1), 10.0)


def _lines(picture: Picture, width: int) -> int:
    """Lines that the higher of both pictures takes at `width` cells, at most as many as a square
    does.
    """
    return max(1, min(math.ceil(width / min(map(_aspect, _sides(picture))) / 2), width // 2))


def _stacked(
    name: str, side: Side, shape: tuple[int, ...], wide: int, lines: int, width: int, look: Look
) -> list[Line]:
    """One picture with its figures at the right: `lines` lines of `width` cells."""
    rest = width - wide - 2
    blank = look.blank(rest)
    said = [
        _title(name, shape, rest, look),
        blank,
        *_channels(side, rest, look),
        blank,
        _dominant(side, rest, look),
    ]
    chart = min(5, lines - len(said) - 1)
    if chart > 0:
        said += [blank, *look.chart(side, rest, chart)]
    return _columns(look.picture(side, wide, lines), said[:lines], wide, rest, 2, look)


def _pair(picture: Picture, width: int, height: int, look: Look) -> list[Line]:
    """Before beside after, each with its size, brightness, channels and dominant colour: at most
    `height` lines.
    """
    half = (width - ARROW) // 2
    rest = width - half - ARROW
    titled, spread, dominant = height >= 6, height >= 11, height >= 13
    least = 3 if height >= 24 else 1 if height >= 14 else 0
    taken = titled + 3 * spread + dominant + least
    lines = min(_lines(picture, half), max(1, height - taken))
    spare = height - taken - lines
    chart = min(max(3, least), least + spare) if least else 0
    spare -= chart - least
    columns = []
    for (name, side, shape), wide in zip(_named(picture), (half, rest), strict=True):
        blank = look.blank(wide)
        column = [_title(name, shape, wide, look)] * titled
        column += (
            look.picture(side, wide, lines) + [blank] * (spare >= 3) + look.chart(side, wide, chart)
        )
        column += [blank, *_channels(side, wide, look)][spare < 1 :] if spread else []
        column += [blank, _dominant(side, wide, look)][spare < 2 :] if dominant else []
        columns.append(column)
    both = _columns(columns[0], columns[1], half, rest, ARROW, look)
    middle = titled + lines // 2
    arrow = look.row(ARROW, [(look.arrow, look.colors.dim, False)])
    both[middle] = [*columns[0][middle], *arrow, *columns[1][middle]]
    return both


def _title(name: str, shape: tuple[int, ...], width: int, look: Look) -> Line:
    """`before  4000×3000×3`: width, height and, where there is room, channels."""
    size = size_of(shape)
    whole = size + (f"×{shape[2]}" if len(shape) > 2 else "")
    shown = whole if len(name) + 2 + len(whole) <= width else size
    return look.row(width, [(name, look.colors.dim, False), (f"  {shown}", look.words_ink, True)])


def _channels(side: Side, width: int, look: Look) -> list[Line]:
    """Mean ± standard deviation of red, green and blue, and where they lie between dark
    and bright.
    """
    colors = look.colors
    inks = (("R", colors.failed), ("G", colors.processes), ("B", colors.ray))
    if not side.mean or not side.std:
        return [
            look.row(width, [(letter, ink, True), (" ?", colors.dim, False)])
            for letter, ink in inks
        ]
    scale = max(*map(abs, side.mean), *side.std)
    said = [
        f"{figure(m, scale, 1):>5} ± {figure(s, scale, 1):>4}"
        for m, s in zip(side.mean, side.std, strict=True)
    ]
    wide = max(map(len, said)) + 4
    lines = []
    for (letter, ink), words, mean, std in zip(inks, said, side.mean, side.std, strict=True):
        line = look.row(
            min(width, wide), [(f"{letter} ", ink, True), (words, look.words_ink, False)]
        )
        band = width - wide
        if band >= 12:
            line += _band(mean, std, 255.0 if scale > 2 else 1.0, band, ink, look)
        else:
            line += look.blank(width - min(width, wide))
        lines.append(line)
    return lines


def _band(mean: float, std: float, scale: float, width: int, ink: str, look: Look) -> Line:
    """The scale as a line, on it the stretch mean ± std, and a mark at the mean."""
    track, stretch, mark = ("-", "=", "|") if look.ascii else ("─", "━", "┃")

    def cell(value: float) -> int:
        return round(min(max(value / scale, 0.0), 1.0) * (width - 1))

    cells = Cells(width, look.ground)
    cells.put(0, track * width, look.colors.rule)
    first, last = cell(mean - std), cell(mean + std)
    cells.put(first, stretch * (last - first + 1), ink)
    cells.put(cell(mean), mark, ink, bold=True)
    return cells.line()


def _dominant(side: Side, width: int, look: Look) -> Line:
    colors = look.colors
    if not side.dominant or width < 6:
        return look.row(width, [("dominant ?", colors.dim, False)])
    note = "  dominant" if width >= 24 else ""
    words = look.row(
        width - 5, [(f" {side.dominant}", look.words_ink, False), (note, colors.dim, False)]
    )
    return [text("    ", None, side.dominant), *look.blank(1), *words]


# -- the task's figures ----------------------------------------------------------------------------


def _worker(picture: Picture) -> Sequence[str]:
    """Who made it, how long that took, and at which attempt, from the longest wording to the
    shortest.
    """
    who = f"w{picture.worker}" if picture.worker >= 0 else "worker unknown"
    took = f"{who}, {picture.ran_s:.2f} s"
    return f"{took}, attempt {picture.attempt + 1}", took, who


def _table(picture: Picture, stored: Stored | None, width: int, look: Look) -> list[Line]:
    decoded = f"{picture.nbytes / 1e6:,.1f} MB" if picture.nbytes else "?"
    ways = {
        None: ("", ""),
        True: (", read without a copy", ", not copied"),
        False: (", copied to the worker", ", copied"),
    }
    rows: list[tuple[str, Sequence[str]]] = [
        ("augmented", (picture.change or "?",)),
        ("decoded", [decoded + way for way in (*ways[picture.zero_copy], "")]),
        ("worker", _worker(picture)),
        ("checksum", (picture.checksum or "?",)),
    ]
    if stored is not None:
        rows.insert(2, ("ObjectRef", _stored(stored)))
    return [_figure(name, options, width, look) for name, options in rows]


def _stored(stored: Stored) -> Sequence[str]:
    """The picture's own ObjectRef, whose last digits tell it from others, and how long putting it
    took.
    """
    took, ref = f"put in {stored.put_s * 1000:.0f} ms", plain(stored.ref, 56)
    return *(f"{known}, {took}" for known in (ref, f"…{ref[-16:]}", f"…{ref[-8:]}")), took


def _figure(name: str, options: Sequence[str], width: int, look: Look) -> Line:
    words = next((option for option in options if len(option) <= width - LABEL), options[-1])
    label = look.row(LABEL, [(name, look.colors.dim, False)])
    return [*label, *look.row(width - LABEL, [(words, look.words_ink, False)])]


def _stages(picture: Picture, width: int, look: Look) -> list[Line]:
    """What was done with the picture, in order, each with a bar as long as it took."""
    longest = max((seconds for _, seconds in picture.stages), default=0.0) or 1.0
    times = [f"{seconds:.2f} s" for _, seconds in picture.stages]
    wide = max((len(time) for time in times), default=0)
    room = width - LABEL - wide - 1
    lines = []
    for (name, seconds), time in zip(picture.stages, times, strict=True):
        label = look.row(LABEL, [(look.words(name, LABEL - 1), look.colors.dim, False)])
        parts: list[Part] = []
        if room >= 4:
            # Lower than a line, so that bars don't run into one block.
            bar = ("#" if look.ascii else "▆") * max(round(seconds / longest * room), seconds > 0)
            parts.append((f"{bar} ".ljust(room + 1), look.lane, False))
        parts.append((time.rjust(wide), look.words_ink, False))
        lines.append([*label, *look.row(width - LABEL, parts)])
    return lines


class Portrait(Lines):
    """The selected picture of one lane."""

    _picture: Picture | None = None
    _lane = ("", False)
    _stored: Stored | None = None

    def update(
        self,
        picture: Picture | None,
        engine: str,
        ghost: bool = False,
        stored: Stored | None = None,
    ) -> None:
        """Show this picture of lane `engine` and how it was `stored`, or that there is none."""
        self._picture, self._lane, self._stored = picture, (engine, ghost), stored
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The portrait's lines."""
        colors, ascii = palette(self.app.theme), self.ascii
        engine, ghost = self._lane
        ground, images = self.background_colors[1].hex6, getattr(self.app, "images", None)
        return draw_portrait(
            self._picture,
            width,
            height,
            colors,
            engine=engine,
            ghost=ghost,
            background=ground,
            ascii=ascii,
            images=images,
            stored=self._stored,
        )
