"""Numbers to be read from the last row: a 5×7 pixel font drawn with half blocks, in three sizes.

`big` gives lines for any widget to place; `fit` chooses what to show where room is short.
"""

from collections.abc import Sequence

from tui.drawing.ascii import to_ascii as to_ascii
from tui.drawing.lines import Line, text

_PIXELS = 7
_ROWS = {1: 4, 2: 7, 3: 11}
"""Terminal rows that each scale takes: a row shows two pixels, one above the other."""

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


def big(
    content: str,
    colors: str | Sequence[str],
    background: str | None,
    width: int,
    height: int,
    *,
    centred: bool = True,
    ascii: bool = False,
) -> list[Line]:
    """`content` in the largest pixels that fit: 4, 7 or 11 lines; one bold line where none fit.

    `colors` is one colour or one a character. Each line is exactly `width` cells; at most `height`
    lines.
    """
    if width < 1 or height < 1:
        return []
    inks = [colors] * len(content) if isinstance(colors, str) else list(colors)
    scale = 0 if ascii else fit([content], width, height)[1]
    if not scale:
        return [_plain(content, inks, background, width, centred, ascii)]
    wide = width_of(content, scale) or 0
    left = (width - wide) // 2 if centred else 0
    lines = []
    for row in range(_ROWS[scale]):
        runs: list[tuple[str, str]] = []
        for index, (character, ink) in enumerate(zip(content, inks, strict=True)):
            gap = scale if index else left
            runs += [(" " * gap, ink), (_glyph_row(character, scale, row), ink)]
        runs.append((" " * (width - wide - left), inks[-1]))
        lines.append(_merge(runs, background))
    return lines


def _glyph_row(character: str, scale: int, row: int) -> str:
    glyph = _FONT[character]

    def pixels(y: int) -> str:
        return glyph[y // scale] if y < _PIXELS * scale else " " * len(glyph[0])

    pairs = zip(pixels(2 * row), pixels(2 * row + 1), strict=True)
    return "".join((" ", "▄", "▀", "█")[2 * (a == "#") + (b == "#")] * scale for a, b in pairs)


def _merge(runs: Sequence[tuple[str, str]], background: str | None, bold: bool = False) -> Line:
    merged: list[tuple[str, str]] = []
    for content, ink in runs:
        if merged and (merged[-1][1] == ink or not content.strip()):
            merged[-1] = (merged[-1][0] + content, merged[-1][1])
        elif content:
            merged.append((content, ink))
    return [text(content, ink, background, bold) for content, ink in merged]


def _plain(
    content: str,
    inks: Sequence[str],
    background: str | None,
    width: int,
    centred: bool,
    ascii: bool,
) -> Line:
    pairs = [(to_ascii(c) if ascii else c, ink) for c, ink in zip(content, inks, strict=True)]
    shown = sum(len(c) for c, _ in pairs)
    left = max(0, (width - shown) // 2) if centred else 0
    ink = inks[0] if inks else None
    runs = [(c, i) for word, i in pairs for c in word][:width]
    blank = [(" " * left, ink or "#000000")] if left else []
    right = [(" " * (width - left - len(runs)), runs[-1][1] if runs else "#000000")]
    return _merge([*blank, *runs, *right], background, bold=True)
