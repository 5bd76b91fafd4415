"""π in big digits, those settled at 95% confidence lit, and each lane's share of its samples."""

from collections.abc import Sequence
from typing import NamedTuple

from tui.drawing.cells import EIGHTHS, Line, text
from tui.drawing.digits import big, fit
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from tui.drawing.themes import MARK, blend, lane_letter, on
from tui.widgets.pi.fold import PiEstimate
from tui.widgets.pi.lane import PiLane
from workloads.core.engine_info import engine_info
from workloads.core.wording import error_text, lane_name
from workloads.figures.errors import error, half_width, settled_digits

_MOST_DECIMALS = 6

_Part = tuple[str, str, bool]
"""Words, their colour, and whether they are bold."""


def draw_readout(lanes: Sequence[PiLane], page: Page) -> list[Line]:
    """At most the page's lines: title, digits, one sentence, then a bar for each lane.

    Where room is short the gaps go first, then the bars, then the digits get smaller.
    """
    height = page.height
    lane = _featured(lanes)
    estimate = None
    if lane:
        estimate = lane.estimate
    digits = _digits(estimate, page.sized(page.width, max(1, height - 3)))
    if height < 3:
        if len(digits) > 1:
            return [_centred([(_short(estimate), page.colors.text, True)], page)]
        return list(digits)
    head = [_title(lane, page), *digits, _sentence(estimate, page)]
    if height >= len(digits) + 4:
        head.insert(1, page.blank())
    if len(head) + 1 < height and len(digits) > 1:
        head.insert(-1, page.blank())
    room = height - len(head)
    bars = _bars(lanes, page)
    airy = _aired(bars, page)
    if len(airy) + 1 > room:
        airy = bars
    if bars and len(airy) + 1 <= room:
        gap = min(3, room - len(airy))
        above = (room - len(airy) - gap) // 2
        return [*[page.blank()] * above, *head, *[page.blank()] * gap, *airy]
    if bars and len(bars) <= room:
        return head + bars
    return ([page.blank()] * (room // 2) + head)[:height]


def _centred(parts: Sequence[_Part], page: Page) -> Line:
    """One line of exactly the width: the parts in its middle, cut if too long."""
    words = [(page.words(content), ink, bold) for content, ink, bold in parts]
    left = max(0, page.width - sum(len(content) for content, _, _ in words)) // 2
    line, room = [(" " * left, page.colors.dim, False)], page.width - left
    for content, ink, bold in words:
        line.append((content[:room], ink, bold))
        room -= len(line[-1][0])
    line.append((" " * room, page.colors.dim, False))
    return [text(content, ink, page.ground, bold) for content, ink, bold in line if content]


def _featured(lanes: Sequence[PiLane]) -> PiLane | None:
    """The lane whose digits are shown: a live one that has samples before a ghost, Ray before
    others.
    """
    drawing = [lane for lane in lanes if lane.fold.samples_at(lane.t)] or lanes
    if not drawing:
        return None
    return min(drawing, key=lambda lane: (lane.ghost, not engine_info(lane.engine).joins_cluster))


def _title(lane: PiLane | None, page: Page) -> Line:
    ink = page.colors.text
    if not lane:
        return _centred([("π ≈", ink, True)], page)
    name = f"({lane_name(lane.engine)})"
    if lane.ghost:
        name = f"({lane_name(lane.engine)}, ghost)"
    parts = [("π ≈ ", ink, True), (name, page.colors.lane(lane.engine), True)]
    if page.width < len(name) + 4:
        parts = parts[:1]
    return _centred(parts, page)


def _short(estimate: PiEstimate | None) -> str:
    if estimate is None:
        return "π ≈ ?"
    return f"π ≈ {estimate.pi:.4f}"


def _digits(estimate: PiEstimate | None, page: Page) -> Sequence[Line]:
    colors = page.colors
    if estimate is None:
        return big("3.?", colors.faint, page.sized(page.width, min(page.height, 7)))
    pi, stderr = estimate.pi, estimate.stderr
    content = _fitting_digits(pi, settled_digits(pi, stderr), page)
    lit = settled_digits(pi, stderr, len(content) - 2)
    inks = []
    for character in content:
        if lit > 0:
            inks.append(colors.text)
        else:
            inks.append(colors.faint)
        lit -= character.isdigit()
    return big(content, tuple(inks), page)


def _fitting_digits(pi: float, settled: int, page: Page) -> str:
    """π with as many digits as make sense and fit large."""
    # Two decimals beyond the settled ones show that something is still moving; more would be noise.
    most = min(_MOST_DECIMALS, max(3, settled + 1))
    candidates = [f"{pi:.{decimals}f}" for decimals in range(most, 1, -1)]
    sizes = {c: fit([c], page.width, page.height)[1] for c in candidates[: max(1, most - 2)]}
    best = max(sizes, key=lambda content: (sizes[content], len(content)))
    if not sizes[best]:
        return fit(candidates, page.width, page.height)[0]
    return best


def _sentence(estimate: PiEstimate | None, page: Page) -> Line:
    dim = page.colors.dim
    if estimate is None:
        return _centred([("no samples yet", dim, False)], page)
    count, off = f"{estimate.samples:,} samples", f"error {error_text(error(estimate.pi))}"
    band = f"(± {error_text(half_width(estimate.stderr))}, 95%)"
    for words in (
        f"{count}   {off}  {band}",
        f"{count}   {off}",
        f"{count}  {off}",
        count,
        f"{estimate.samples:,}",
    ):
        if len(page.words(words)) <= page.width:
            break
    return _centred([(words, dim, False)], page)


# -- the lanes' bars -------------------------------------------------------------------------------


class _Bar(NamedTuple):
    """The figures of a lane's bar."""

    lane: PiLane
    samples: int
    error: str


def _bar_of(lane: PiLane) -> _Bar:
    estimate = lane.estimate
    if estimate is None:
        return _Bar(lane, 0, "-")
    return _Bar(lane, estimate.samples, error_text(error(estimate.pi)))


def _bars(lanes: Sequence[PiLane], page: Page) -> list[Line]:
    """A heading and one bar a lane, against the samples of the whole run: letter, bar, count,
    error.
    """
    width, colors = page.width, page.colors
    if not lanes or width < 16:
        return []
    bars = [_bar_of(lane) for lane in lanes]
    whole = max(1, *(lane.fold.target for lane in lanes), *(bar.samples for bar in bars))
    counts, tail = len(f"{whole:,}"), 0
    if width >= counts + 32:
        tail = max(8, *(len(bar.error) for bar in bars)) + 2
    room = width - 4 - counts - 2 - tail
    if room < 4:
        counts, tail, room = 0, 0, width - 4
    heading = "samples drawn".ljust(width)
    if tail:
        heading = "samples drawn" + "error".rjust(width - 13)
    lines = [[text(heading, colors.dim, page.ground)]]
    for bar in bars:
        line = [*_badge(bar.lane, page), *_bar(bar, bar.samples / whole, page.sized(room))]
        if counts:
            count = f"  {bar.samples:>{counts},}"
            line.append(text(count, colors.text, page.ground, bold=not bar.lane.ghost))
        if tail:
            line.append(text(bar.error.rjust(tail), colors.dim, page.ground))
        lines.append(line)
    return lines


def _aired(bars: Sequence[Line], page: Page) -> list[Line]:
    """The bars with a blank line between any two; the heading stays beside the first."""
    lines = list(bars[:2])
    for bar in bars[2:]:
        lines += [page.blank(), bar]
    return lines


def _badge(lane: PiLane, page: Page) -> Line:
    ink, badge = lane.color(page), f" {lane_letter(lane.engine)} "
    if lane.ghost:
        badge = f"({lane_letter(lane.engine)})"
    return [
        text(page.words(badge), on(ink), ink, bold=True),
        text(" ", page.colors.dim, page.ground),
    ]


def _bar(bar: _Bar, share: float, page: Page) -> Line:
    """The share of the samples drawn, over the whole width."""
    room, colors, track = page.width, page.colors, _track(page)
    ink = colors.lane(bar.lane.engine)
    if bar.lane.ghost:
        ink = colors.subdued(ink, track, least=MARK)
    eighths = min(room * 8, round(share * room * 8))
    if share:
        eighths = max(eighths, 1)
    full, part = divmod(eighths, 8)
    if page.ascii:
        full = min(room, full + (part >= 4))
        note = ""
        if bar.lane.ghost and room - full >= 9:
            note = " ghost "
        rest = note + "." * (room - full - len(note))
        pieces = [("#" * full, ink), (rest, colors.dim)]
        return [text(content, color, page.ground) for content, color in pieces if content]
    filled = "█" * full + EIGHTHS[part].strip()
    left = room - len(filled)
    pieces = [(filled, ink), (" " * left, ink)]
    if bar.lane.ghost and left >= 8:
        pieces[1] = (" ghost".ljust(left), colors.text)
    return [text(content, color, track) for content, color in pieces if content]


def _track(page: Page) -> str:
    """The colour of what isn't filled."""
    if page.colors.dark and page.ground != page.colors.rule:
        return page.colors.rule
    return blend(page.ground, page.colors.text, 0.1)


class PiReadout(Lines):
    """The digits of π and the lanes' bars."""

    _pi_lanes: Sequence[PiLane] = ()

    def update(self, lanes: Sequence[PiLane]) -> None:
        """Show these."""
        self._pi_lanes = tuple(lanes)
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines to show, from the top."""
        return draw_readout(self._pi_lanes, page)
