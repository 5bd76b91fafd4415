"""The rows of the Code screen: the source of one lane, or of two beside each other, aligned so that
lines that are the same stand at the same height.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from tui.drawing.highlighting import Run, highlighted, plain_lines
from workloads.core.engine_info import engine_info
from workloads.core.events import Listing

OUTPUT = "output"
ROLES = ("cell", OUTPUT, "driver", "worker", "actor", "task")
"""The parts of a lane's source, from the top; output is no code."""

HANGING = 4
"""Cells by which the rest of a line that doesn't fit is indented further."""


@dataclass(frozen=True)
class LaneSource:
    """The source of the lane of that engine."""

    engine: str
    listings: tuple[Listing, ...] = ()


class CodeRow(NamedTuple):
    """A row of one lane: of its listing `listing` (-1: none), line `number` of the file (0: the
    rest of one, or no code). `kind` is "code", "head" (the listing's name) or "note"; `differs`
    says that the other lane has no such line.
    """

    kind: str = "code"
    runs: tuple[Run, ...] = ()
    listing: int = -1
    number: int = 0
    differs: bool = False


BLANK = CodeRow()

MAX_COMPARED = 1 << 18
"""The product of the numbers of lines up to which two functions are compared: half a thousand
lines each.
"""

UNBOUNDED = 1 << 20
"""Cells in which no line is wrapped."""


def lay_out(lanes: Sequence[LaneSource], widths: Sequence[int]) -> list[list[CodeRow]]:
    """The rows of each lane, one or two, for so many cells of code; both have as many rows."""
    panes: list[list[CodeRow]] = [[] for _ in lanes]
    for role in ROLES:
        chosen = [_of_role(lane, role) for lane in lanes]
        for number, pair in enumerate(zip_longest(*chosen, fillvalue=None)):
            if role == OUTPUT:
                blocks = [_output(*each) for each in zip(pair, widths, strict=True)]
            else:
                why_none = "" if number else WITHOUT.get(role, "")
                blocks = _blocks(lanes, pair, widths, why_none)
            for pane, block in zip(panes, _same_height(blocks), strict=True):
                if pane:
                    pane.append(BLANK)
                pane += block
    return panes


def compared_alone(lane: LaneSource, other: LaneSource, width: int) -> list[CodeRow]:
    """The rows of one lane for so many cells of code, with the lines that the other lane doesn't
    have.
    """
    rows: list[CodeRow] = []
    for row in lay_out((other, lane), (UNBOUNDED, width))[1]:
        if row.kind == "head" and rows:
            rows.append(BLANK)
        if row.listing >= 0:
            rows.append(row)
    return rows


def _of_role(lane: LaneSource, role: str) -> list[tuple[int, Listing]]:
    return [pair for pair in enumerate(lane.listings) if pair[1].role == role]


def _blocks(
    lanes: Sequence[LaneSource],
    pair: Sequence[tuple[int, Listing] | None],
    widths: Sequence[int],
    why_none: str,
) -> list[list[CodeRow]]:
    """A listing of each lane: its name, its note, its lines, aligned with those of the other."""
    blocks: list[list[CodeRow]] = []
    sources: list[list[tuple[Run, ...]]] = []
    for lane, found, width in zip(lanes, pair, widths, strict=True):
        if found is None:
            blocks.append([CodeRow("note", each) for each in _wrapped((Run(why_none),), width)])
            sources.append([])
            continue
        at, listing = found
        rows = [CodeRow("head", _title(listing), at)]
        if listing.note:
            rows += [CodeRow("note", each, at) for each in _wrapped((Run(listing.note),), width)]
        blocks.append(rows)
        lines = highlighted(listing.text) if listing.text else ()
        sources.append([_with_calls(line, engine_info(lane.engine).calls) for line in lines])
    blocks = _same_height(blocks)
    for places, differ in _aligned(sources):
        wrapped = []
        for found, place, source, width in zip(pair, places, sources, widths, strict=True):
            rows = []
            if found is not None and place is not None:
                at, listing = found
                for each in _wrapped(source[place], width):
                    number = 0 if rows or not listing.file else listing.line + place
                    rows.append(CodeRow("code", each, at, number, differ))
            wrapped.append(rows)
        height = max(map(len, wrapped))
        for block, rows in zip(blocks, wrapped, strict=True):
            rest = BLANK
            if rows:
                rest = rows[0]._replace(runs=(), number=0)
            block += [*rows, *[rest] * (height - len(rows))]
    return blocks


def _output(found: tuple[int, Listing] | None, width: int) -> list[CodeRow]:
    """What was printed, which isn't compared with the other lane's."""
    if found is None:
        return []
    at, listing = found
    lines = [each for line in plain_lines(listing.text) for each in _wrapped(line, width)]
    return [CodeRow("head", _title(listing), at), *(CodeRow("code", each, at) for each in lines)]


WITHOUT = {"worker": "The driver itself runs the tasks: there are no workers."}
"""What stands in the place of a part that only the other lane has."""


def _title(listing: Listing) -> tuple[Run, ...]:
    """Where it runs, its name, and where it stands."""
    place = ""
    if listing.file:
        place = f"  {listing.file}:{listing.line}"
    return Run(f"{listing.role}  ", "keyword"), Run(listing.name), Run(place, "comment")


def _same_height(blocks: Sequence[list[CodeRow]]) -> list[list[CodeRow]]:
    height = max(map(len, blocks), default=0)
    return [[*block, *[BLANK] * (height - len(block))] for block in blocks]


def _aligned(
    sources: Sequence[Sequence[tuple[Run, ...]]],
) -> Iterator[tuple[tuple[int | None, ...], bool]]:
    """The lines that stand beside each other, by their places (None: none), and whether they
    differ.
    """
    if len(sources) < 2 or not all(sources):
        for place in zip_longest(*(range(len(source)) for source in sources)):
            yield place, len(sources) > 1
        return
    left, right = ([_plain(line) for line in source] for source in sources)
    if left == right or len(left) * len(right) > MAX_COMPARED:
        for place in zip_longest(range(len(left)), range(len(right))):
            yield place, left != right
        return
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for pair in zip_longest(range(a, b), range(c, d)):
            yield pair, kind != "equal"


def _plain(line: Sequence[Run]) -> str:
    return "".join(run.text for run in line)


def _with_calls(line: tuple[Run, ...], calls: Sequence[str]) -> tuple[Run, ...]:
    """The line with the calls of an engine's library as runs of their own."""
    if not calls:
        return line
    names = "|".join(re.escape(call) for call in sorted(calls, key=len, reverse=True))
    pattern = re.compile(rf"@?(?:{names})(?!\w)")
    spans = [match.span() for match in pattern.finditer(_plain(line))]
    cut: list[Run] = []
    at = 0
    for run in line:
        for first, end in _pieces(at, at + len(run.text), spans):
            inside = any(begin <= first < stop for begin, stop in spans)
            role = run.role
            if inside and role not in ("comment", "string"):
                role = "call"
            cut.append(Run(run.text[first - at : end - at], role))
        at += len(run.text)
    return tuple(cut)


def _pieces(begin: int, end: int, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretch from `begin` to `end`, cut where spans begin and end."""
    cuts = sorted({begin, end, *(at for span in spans for at in span if begin < at < end)})
    yield from pairwise(cuts)


def _wrapped(line: tuple[Run, ...], width: int) -> list[tuple[Run, ...]]:
    """The line in rows of at most `width` cells; the rest is indented further."""
    text = _plain(line)
    if cell_len(text) <= width or width < 2 * HANGING:
        return [line]
    indent = min(len(text) - len(text.lstrip()) + HANGING, width // 2)
    rows: list[tuple[Run, ...]] = []
    while line:
        room = width - (indent if rows else 0)
        first, line = _split(line, _cut(_plain(line), room))
        if rows:
            first = (Run(" " * indent), *first)
        rows.append(first)
    return rows


def _cut(text: str, room: int) -> int:
    """The number of characters that stand on a row of so many cells: up to a blank, if that
    doesn't leave it half empty.
    """
    if cell_len(text) <= room:
        return len(text)
    cut = max(len(chop_cells(text, room)[0]), 1)
    blank = text.rfind(" ", 0, cut) + 1
    if blank > cut // 2 and text[:blank].strip():
        return blank
    return cut


def _split(line: tuple[Run, ...], at: int) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    before, after = [], []
    for run in line:
        if at >= len(run.text):
            before.append(run)
        elif at <= 0:
            after.append(run)
        else:
            before.append(Run(run.text[:at], run.role))
            after.append(Run(run.text[at:], run.role))
        at -= len(run.text)
    return tuple(before), tuple(after)
