"""Writes the README's table of figures from their definitions: `uv run python -m
tests.definitions`.
"""

import re

from tests.structure import ROOT
from workloads.figures.definitions import DEFINITIONS, SYMBOLS

README = ROOT / "README.md"

_SECTION = re.compile(r"(?<=### Figures\n\n).*?(?=\n## )", re.DOTALL)


def section() -> str:
    """What the README says about the figures, as Markdown."""
    rows = [
        f"| {each.name} | {each.formula} | {each.unit} | {each.given} | {each.source} |\n"
        for each in DEFINITIONS
    ]
    head = "| Figure | Definition | Unit | Available | Source |\n|---|---|---|---|---|\n"
    return f"{SYMBOLS} `F1` shows the same definitions.\n\n{head}{''.join(rows)}"


def written() -> str:
    """What the README has there now."""
    match = _SECTION.search(README.read_text())
    assert match, "the README has a section of that name"
    return match[0]


def main() -> None:
    """Replace the section by what the definitions say."""
    README.write_text(_SECTION.sub(lambda _: section(), README.read_text()))


if __name__ == "__main__":
    main()
