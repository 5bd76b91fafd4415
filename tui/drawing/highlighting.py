"""Python source as runs of characters of one role (keyword, string, …), and their inks in a theme.

Textual's highlighter finds the roles. It takes pygments, which loads slowly: only screens that
aren't the first import this.
"""

from functools import lru_cache
from typing import NamedTuple

from pygments.token import Token
from textual.highlight import HighlightTheme, highlight

from tui.drawing.themes import Palette, legible
from workloads.core.errors import plain

MAX_LINES, MAX_COLUMNS = 1000, 1000
"""Lines of a text, and characters of each, that are drawn: a recording may hold any number."""


class Run(NamedTuple):
    """Characters of one role; empty for plain code."""

    text: str
    role: str = ""


class _Roles(HighlightTheme):
    STYLES = {  # noqa: RUF012 - as Textual declares it
        Token.Comment: "comment",
        Token.Keyword: "keyword",
        Token.Operator.Word: "keyword",
        Token.Keyword.Constant: "constant",
        Token.Literal.Number: "constant",
        Token.Literal.String: "string",
        Token.Literal.String.Doc: "comment",
        Token.Name.Decorator: "name",
        Token.Name.Function: "name",
        Token.Name.Class: "name",
    }


@lru_cache(64)
def highlighted(source: str) -> tuple[tuple[Run, ...], ...]:
    """The lines of the source; no control characters are left in them."""
    lines = _safe_lines(source)
    content = highlight("\n".join(lines), language="python", theme=_Roles)
    roles = [""] * len(content.plain)
    for span in content.spans:
        if span.style in _ROLES:
            roles[span.start : span.end] = [str(span.style)] * (span.end - span.start)
    drawn, at = [], 0
    for line in lines:
        drawn.append(_runs(line, roles[at : at + len(line)]))
        at += len(line) + 1
    return tuple(drawn)


def plain_lines(text: str) -> tuple[tuple[Run, ...], ...]:
    """The lines of a text that isn't code, made as safe."""
    return tuple((Run(line),) for line in _safe_lines(text))


_ROLES = frozenset(_Roles.STYLES.values())


def _safe_lines(text: str) -> list[str]:
    return [_safe(line) for line in text.split("\n", MAX_LINES)[:MAX_LINES]]


def _safe(line: str) -> str:
    line = line[:MAX_COLUMNS]
    return plain(line.expandtabs(4).translate({0x2028: " ", 0x2029: " "}), MAX_COLUMNS).rstrip()


def _runs(line: str, roles: list[str]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for character, role in zip(line, [*roles, *[""] * len(line)], strict=False):
        if runs and runs[-1].role == role:
            runs[-1] = Run(runs[-1].text + character, role)
        else:
            runs.append(Run(character, role))
    return tuple(runs)


def role_ink(role: str, lane_ink: str, ground: str, colors: Palette) -> str:
    """The colour of a role on its ground, which may be tinted; `lane_ink` is that of calls."""
    inks = {
        "comment": colors.dim,
        "keyword": colors.outside,
        "constant": colors.processes,
        "string": colors.processes,
        "call": lane_ink,
    }
    return legible(inks.get(role, colors.text), ground, colors.least)


BOLD = ("keyword", "name", "call")
"""The roles that are bold."""
