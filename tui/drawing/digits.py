"""Numbers to be read from the last row: a 5×7 pixel font drawn with half blocks, in three sizes.

`big` gives lines for any widget to place; `fit` chooses what to show where room is short. Textual's
Digits have one size, three rows high, and are a widget of their own.
"""

from collections.abc import Sequence
from functools import lru_cache

from tui.drawing.cells import Line, text
from tui.drawing.page import Page

_PIXELS = 7
_ROWS = {1: 4, 2: 7, 3: 11}
"""Terminal rows that each scale takes: a row shows two pixels, one above the other."""

_BLOCKS, _ASCII_BLOCKS = " ▄▀█", ' o"8'
"""A cell with no pixel set, the lower one, the upper one, both; in Unicode and in ASCII."""

_FONT: dict[str, tuple[str, ...]] = {
    "0": (" ### ", "##  #", "##  #", "##  #", "##  #", "##  #", " ### "),
    "1": ("  ## ", " ### ", "  ## ", "  ## ", "  ## ", "  ## ", " ####"),
    "2": (" ### ", "#  ##", "   ##", "  ## ", " ##  ", "##   ", "#####"),
    "3": (" ### ", "#  ##", "   ##", "  ## ", "   ##", "#  ##", " ### "),
    "4": ("   ##", "  ###", " # ##", "#  ##", "#####", "   ##", "   ##"),
    "5": ("#####", "##   ", "#### ", "   ##", "   ##", "#  ##", " ### "),
    "6": ("  ## ", " ##  ", "##   ", "#### ", "##  #", "##  #", " ### "),
    "7": ("#####", "   ##", "   ##", "  ## ", "  ## ", " ##  ", " ##  "),
    "8": (" ### ", "##  #", "##  #", " ### ", "##  #", "##  #", " ### "),
    "9": (" ### ", "#  ##", "#  ##", " ####", "   ##", "  ## ", " ##  "),
    ".": ("  ", "  ", "  ", "  ", "  ", "##", "##"),
    ",": ("  ", "  ", "  ", "  ", "##", "##", " #"),
    "…": ("       ", "       ", "       ", "       ", "       ", "##  ## ", "##  ## "),
    "×": ("     ", "     ", "## ##", " ### ", "  #  ", " ### ", "## ##"),
    "−": ("    ", "    ", "    ", "####", "    ", "    ", "    "),
    "+": ("     ", "     ", "  #  ", "  #  ", "#####", "  #  ", "  #  "),
    "±": ("  #  ", "  #  ", "#####", "  #  ", "  #  ", "     ", "#####"),
    "π": ("      ", "      ", "######", " #  # ", " #  # ", " #  # ", "##  ##"),
    "≈": ("      ", " ##  #", "#  ## ", "      ", " ##  #", "#  ## ", "      "),
    "?": (" ### ", "#  ##", "   ##", "  ## ", "  ## ", "     ", "  ## "),
    "%": ("##  #", "##  #", "   # ", "  #  ", " #   ", "#  ##", "#  ##"),
    "s": ("    ", "    ", " ###", "##  ", " ## ", "  ##", "### "),
    "e": ("     ", "     ", " ### ", "##  #", "#####", "##   ", " ####"),
    " ": ("  ",) * _PIXELS,
}
_FONT["-"] = _FONT["−"]
_FONT["x"] = _FONT["×"]


def width_of(content: str, scale: int) -> int | None:
    """Cells that `content` takes at `scale`, with a gap between characters; None if one has no
    pixels.
    """
    if not content or any(c not in _FONT for c in content):
        return None
    return scale * (sum(len(_FONT[c][0]) for c in content) + len(content) - 1)


def fit(candidates: Sequence[str], width: int, height: int) -> tuple[str, int]:
    """The candidate to show in width×height cells, and its scale.

    The largest scale at which any candidate fits wins, and at that scale the first that fits: give
    the wanted text first. Scale 0 means plain text; of that, the first that fits, or the last.
    """
    for scale in sorted(_ROWS, reverse=True):
        for content in candidates:
            wide = width_of(content, scale)
            if wide is not None and wide <= width and _ROWS[scale] <= height:
                return content, scale
    return next((c for c in candidates if len(c) <= width), candidates[-1]), 0


@lru_cache(maxsize=64)
def big(content: str, colors: str | tuple[str, ...], page: Page) -> Sequence[Line]:
    """`content` in the largest pixels that fit: 4, 7 or 11 lines; one bold line where none fit.

    `colors` is one colour or one a character. Each line is exactly the page's width; at most its
    height of lines. Kept, since most frames show the same digits.
    """
    inks = list(colors)
    if isinstance(colors, str):
        inks = [colors] * len(content)
    scale = fit([content], page.width, page.height)[1]
    if not scale:
        return [_plain(content, inks, page)]
    wide = width_of(content, scale) or 0
    left = (page.width - wide) // 2
    blocks = page.pick(_BLOCKS, _ASCII_BLOCKS)
    lines = []
    for row in range(_ROWS[scale]):
        runs: list[tuple[str, str]] = []
        gap = left
        for character, ink in zip(content, inks, strict=True):
            runs += [(" " * gap, ink), (_glyph_row(character, scale, row, blocks), ink)]
            gap = scale
        runs.append((" " * (page.width - wide - left), inks[-1]))
        lines.append(_merge(runs, page.ground))
    return lines


def _glyph_row(character: str, scale: int, row: int, blocks: str) -> str:
    glyph = _FONT[character]
    # A line below the last pixels, for a scale that ends in the middle of a cell.
    pixels = [line for line in glyph for _ in range(scale)] + [" " * len(glyph[0])]
    pairs = zip(pixels[2 * row], pixels[2 * row + 1], strict=True)
    return "".join(blocks[2 * (a == "#") + (b == "#")] * scale for a, b in pairs)


def _merge(runs: Sequence[tuple[str, str]], ground: str, bold: bool = False) -> Line:
    merged: list[tuple[str, str]] = []
    for content, ink in runs:
        if merged and (merged[-1][1] == ink or not content.strip()):
            merged[-1] = (merged[-1][0] + content, merged[-1][1])
        elif content:
            merged.append((content, ink))
    return [text(content, ink, ground, bold) for content, ink in merged]


def _plain(content: str, inks: Sequence[str], page: Page) -> Line:
    """One bold line in the middle, cut if too long."""
    pairs = [(page.words(character), ink) for character, ink in zip(content, inks, strict=True)]
    runs = [(character, ink) for words, ink in pairs for character in words]
    left = max(0, (page.width - len(runs)) // 2)
    runs = [(" " * left, runs[0][1]), *runs[: page.width]]
    right = page.width - sum(len(words) for words, _ in runs)
    return _merge([*runs, (" " * right, runs[-1][1])], page.ground, bold=True)
