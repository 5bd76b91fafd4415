"""π in big digits, the certain ones lit, and how far each lane has come with drawing samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.drawing.digits import big, fit, to_ascii
from tui.drawing.lines import Line, Lines, text
from tui.drawing.themes import Palette, blend, lane_letter, on, palette
from tui.widgets.pi.fold import PiFold, certain_digits
from workloads.core.engine_info import engine_info
from workloads.core.wording import lane_name

Row = tuple[str, PiFold, float, bool]
"""An engine, its fold, the seconds into its run, and whether it is a ghost."""

_MOST_DECIMALS = 6
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True)
class _Look:
    """How to draw: what every part below needs to know."""

    width: int
    colors: Palette
    ground: str
    ascii: bool

    def words(self, content: str) -> str:
        return to_ascii(content) if self.ascii else content

    def centred(self, parts: Sequence[tuple[str, str, bool]]) -> Line:
        """One line of exactly the width: the parts (words, colour, bold) in its middle, cut if too
        long.
        """
        plain = [(self.words(content), ink, bold) for content, ink, bold in parts]
        free = max(0, self.width - sum(len(content) for content, _, _ in plain))
        line, room = [(" " * (free // 2), self.colors.dim, False)], self.width - free // 2
        for content, ink, bold in plain:
            line.append((content[:room], ink, bold))
            room -= len(line[-1][0])
        line.append((" " * room, self.colors.dim, False))
        return [text(content, ink, self.ground, bold) for content, ink, bold in line if content]

    def blank(self) -> Line:
        return [text(" " * self.width, self.colors.dim, self.ground)]


def draw_readout(
    rows: Sequence[Row],
    width: int,
    height: int,
    colors: Palette,
    *,
    background: str | None = None,
    ascii: bool = False,
) -> list[Line]:
    """At most `height` lines of `width` cells: title, digits, one sentence, then a bar for each
    lane.

    Where room is short the gaps go first, then the bars, then the digits get smaller.
    """
    if width < 1 or height < 1:
        return []
    look = _Look(width, colors, background or colors.background, ascii)
    shown = _featured(rows)
    title, digits = _title(shown, look), _digits(shown, look, max(1, height - 3))
    sentence = _sentence(shown, look)
    if height < 3:
        return [
            digits[0] if len(digits) == 1 else look.centred([(_short(shown), colors.text, True)])
        ][:height]
    head = (
        [title, *digits, sentence]
        if height < len(digits) + 4
        else [title, look.blank(), *digits, sentence]
    )
    if len(head) + 1 < height and len(digits) > 1:
        head.insert(-1, look.blank())
    for airy in (True, False):
        bars = _bars(rows, look, airy)
        room = height - len(head)
        if bars and len(bars) + 1 <= room:
            gap = min(3, room - len(bars))
            above = (room - len(bars) - gap) // 2
            return [look.blank()] * above + head + [look.blank()] * gap + bars
        if bars and not airy and len(bars) <= room:
            return head + bars
    spare = (height - len(head)) // 2
    return ([look.blank()] * spare + head)[:height]


def _featured(rows: Sequence[Row]) -> Row | None:
    """The lane whose digits are shown: a live one that has samples before a ghost, Ray before
    others.
    """
    known = [row for row in rows if row[1].samples_at(row[2])] or rows
    ranked = sorted(known, key=lambda row: (row[3], not engine_info(row[0]).joins_cluster))
    return next(iter(ranked), None)


def _title(row: Row | None, look: _Look) -> Line:
    if not row:
        return look.centred([("π ≈", look.colors.text, True)])
    engine, _, _, ghost = row
    name = f"({lane_name(engine)}{', ghost' if ghost else ''})"
    parts = [("π ≈ ", look.colors.text, True), (name, look.colors.lane(engine), True)]
    return look.centred(parts if look.width >= len(name) + 4 else parts[:1])


def _short(row: Row | None) -> str:
    known = row[1].estimate_at(row[2]) if row else None
    return f"π ≈ {known[0]:.4f}" if known else "π ≈ ?"


def _digits(row: Row | None, look: _Look, height: int) -> list[Line]:
    known = row[1].estimate_at(row[2]) if row else None
    if not known:
        return big(
            "3.?", look.colors.faint, look.ground, look.width, min(height, 7), ascii=look.ascii
        )
    pi, stderr = known[:2]
    # Two decimals beyond the certain ones show that something is still moving; more would be noise.
    most = min(_MOST_DECIMALS, max(3, certain_digits(pi, stderr) + 1))
    candidates = [f"{pi:.{decimals}f}" for decimals in range(most, 1, -1)]
    best = max(
        candidates[: max(1, most - 2)], key=lambda c: (fit([c], look.width, height)[1], len(c))
    )
    if look.ascii:
        best = candidates[0]
    content = (
        best
        if look.ascii or fit([best], look.width, height)[1]
        else fit(candidates, look.width, height)[0]
    )
    lit = certain_digits(pi, stderr, len(content) - 2)
    inks = []
    for character in content:
        inks.append(look.colors.text if lit > 0 else look.colors.faint)
        lit -= character.isdigit()
    return big(content, inks, look.ground, look.width, height, ascii=look.ascii)


def _sentence(row: Row | None, look: _Look) -> Line:
    colors = look.colors
    known = row[1].estimate_at(row[2]) if row else None
    if not known:
        return look.centred([("no samples yet", colors.dim, False)])
    pi, stderr, samples, _ = known
    count, error = f"{samples:,} samples", f"error {_error(abs(pi - math.pi))}"
    band = f"(± {_error(1.96 * stderr)}, 95 %)"
    for words in (
        f"{count}   {error}  {band}",
        f"{count}   {error}",
        f"{count}  {error}",
        count,
        f"{samples:,}",
    ):
        if len(look.words(words)) <= look.width:
            break
    return look.centred([(words, colors.dim, False)])


def _error(size: float) -> str:
    """Two significant digits, as a decimal fraction: 0.0012."""
    if size <= 0:
        return "0"
    return f"{size:.{min(12, max(2, 1 - math.floor(math.log10(size))))}f}"


def _bars(rows: Sequence[Row], look: _Look, airy: bool) -> list[Line]:
    """A heading and one bar a lane, against the samples of the whole run: letter, bar, count,
    error.
    """
    width, colors = look.width, look.colors
    if not rows or width < 16:
        return []
    known = [row[1].estimate_at(row[2]) for row in rows]
    whole = max(
        max((row[1].target for row in rows), default=0),
        max((k[2] for k in known if k), default=0),
        1,
    )
    counts = [f"{k[2] if k else 0:,}" for k in known]
    errors = [_error(abs(k[0] - math.pi)) if k else "-" for k in known]
    wide = max(len(f"{whole:,}"), *(len(c) for c in counts))
    tail = max(8, *(len(e) for e in errors)) + 2 if width >= wide + 32 else 0
    room = width - 4 - wide - 2 - tail
    if room < 4:
        wide, tail, room = 0, 0, width - 4
    heading, right = "samples drawn", "error" if tail else ""
    lines = [[text(heading + right.rjust(width - len(heading)), colors.dim, look.ground)]]
    for (engine, _, _, ghost), count, error, k in zip(rows, counts, errors, known, strict=True):
        ink = blend(colors.lane(engine), look.ground, 0.35) if ghost else colors.lane(engine)
        letter = lane_letter(engine)
        badge = f"({letter})" if ghost else f" {letter} "
        parts = [
            text(look.words(badge), on(ink), ink, bold=True),
            text(" ", colors.dim, look.ground),
            *_bar((k[2] if k else 0) / whole, room, ink, look, ghost),
        ]
        if wide:
            parts.append(text(f"  {count:>{wide}}", colors.text, look.ground, bold=not ghost))
        if tail:
            parts.append(text(error.rjust(tail), colors.dim, look.ground))
        if airy and len(lines) > 1:
            lines.append(look.blank())
        lines.append(parts)
    return lines


def _bar(share: float, room: int, ink: str, look: _Look, ghost: bool) -> Line:
    eighths = min(room * 8, round(share * room * 8)) or (1 if share else 0)
    full, part = divmod(eighths, 8)
    if look.ascii:
        full = min(room, full + (part >= 4))
        note = " ghost " if ghost and room - full >= 9 else ""
        pieces = [("#" * full, ink), (note + "." * (room - full - len(note)), look.colors.dim)]
        return [text(content, color, look.ground) for content, color in pieces if content]
    track = look.colors.rule if look.colors.dark else look.colors.panel
    if look.ground == track or not look.colors.dark:
        track = blend(look.ground, look.colors.text, 0.1)
    edge = _EIGHTHS[part] if part else ""
    left = room - full - bool(part)
    note = " ghost" if ghost and left >= 8 else ""
    pieces = [("█" * full + edge, ink), (note.ljust(left), look.colors.text if note else ink)]
    return [text(content, color, track) for content, color in pieces if content]


class PiReadout(Lines):
    """The digits of π and the lanes' bars."""

    _rows: Sequence[Row] = ()

    def update(self, rows: Sequence[Row]) -> None:
        """Show these: (engine, its fold, seconds into its run, whether it is a ghost)."""
        self._rows = tuple(rows)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines to show, from the top."""
        ground, ascii = self.background_colors[1].hex6, self.ascii
        colors = palette(self.app.theme)
        return draw_readout(self._rows, width, height, colors, background=ground, ascii=ascii)
