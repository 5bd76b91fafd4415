"""Keeps a screen to ASCII: whatever a widget draws (frames, scroll bars, foreign text) is replaced
cell by cell.
"""

from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.drawing.ascii import to_ascii

_LIKE = {
    "|": "│┃║▏▎▍▌▋▊▉▐▕┆┊╎┇‖",
    "-": "─━═╌╍▔▖▗▘▝╸╺",
    "_": "▁▂▃▄▅▆▇",
    "#": "█▀■▓▒",
    ".": "░…",
    "*": "•●",
    "o": "○◌◆◇▪",
    "v": "✓✔√",
    "x": "✗✘",
    "@": "↻",
    "<": "←≤↺",
    ">": "→≥",
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╔╗╚╝╠╣╦╩╬±",
    "2": "²",
    "> ": "🔎",
}
_GLYPHS = {ord(glyph): ascii for ascii, glyphs in _LIKE.items() for glyph in glyphs}
"""One character of ASCII for one of what Textual draws; our own widgets choose better ones
themselves.
"""


class OnlyAscii(LineFilter):
    """Applied to all that Textual draws: nothing but ASCII passes, in as many cells as before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with their text replaced."""
        replaced = []
        for segment in segments:
            if not segment.control and not segment.text.isascii():
                segment = Segment(in_cells(segment.text), segment.style)
            replaced.append(segment)
        return replaced


@lru_cache(4096)
def in_cells(content: str) -> str:
    """ASCII for a text, of the same width: `é` is e, `│` is |, what has no likeness `?`."""
    return "".join(map(_in_cells, content))


@lru_cache(4096)
def _in_cells(character: str) -> str:
    width = get_character_cell_size(character)
    if character.isascii():
        return character
    if not width:
        return ""
    likeness = to_ascii(character.translate(_GLYPHS))
    if width == 1 and likeness[:1].isalpha():
        likeness = likeness[:1]  # π is p where it can't be pi
    if len(likeness) != width:
        return "?" * width
    return likeness
