"""Lists every text that a person can see: the phrases among the string literals of what ships.

`uv run python -m tests.texts` prints them by module, to be read in one go; tests/unit/test_texts.py
holds them to the project's words. A phrase is a literal of two words or more that isn't a
docstring or a style sheet; in an f-string each value stands as `{}`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.structure import PACKAGES, ROOT

_TWO_WORDS = re.compile(r"[A-Za-z’'](?:[.,:;!?)”…]*) +[“(]?[A-Za-z{]|\{\} [a-z]{2}|[a-z]{2} \{\}")


@dataclass(frozen=True)
class Text:
    """One phrase: its module's path from the root, its line, and what it says."""

    module: str
    line: int
    text: str
    raised: bool
    """True for what an exception for bad input says."""


def texts(packages: tuple[str, ...] = PACKAGES, phrases_only: bool = True) -> Iterator[Text]:
    """Every phrase of the packages, in the order of files and lines; every string literal unless
    `phrases_only`.
    """
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from _in_module(path, phrases_only)


def _in_module(path: Path, phrases_only: bool) -> Iterator[Text]:
    tree = ast.parse(path.read_text())
    hidden = set(map(id, _hidden(tree)))
    raised = set(map(id, _raised(tree)))
    name = str(path.relative_to(ROOT))
    for node in _outermost(tree, hidden):
        text = _template(node)
        if not phrases_only or _TWO_WORDS.search(text):
            yield Text(name, node.lineno, text, id(node) in raised)


def _hidden(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings (also those below an attribute) and style sheets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id.endswith("CSS") for each in targets):
                yield from ast.walk(node)


def _raised(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "BadInput":
            yield from node.args


def _outermost(tree: ast.AST, hidden: set[int]) -> Iterator[ast.Constant | ast.JoinedStr]:
    """String literals that aren't parts of others."""
    for node in ast.iter_child_nodes(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    yield from _outermost(value, hidden)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        else:
            yield from _outermost(node, hidden)


def _template(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = []
    for value in node.values:
        parts.append(str(value.value) if isinstance(value, ast.Constant) else "{}")
    return "".join(parts)


def main() -> None:
    """Print every phrase below its module's name."""
    module = ""
    for each in texts():
        if each.module != module:
            module = each.module
            print(f"\n{module}")
        print(f"{each.line:5}  {each.text!r}")


if __name__ == "__main__":
    main()
