"""What a person can read: one term for each thing, and none of the habits that were weeded out."""

import re

import pytest

from tests.texts import Text, texts
from tui.legend import LEGENDS

HABITS = {
    r"\b(told|tells?|telling)\b": "reports, shows, prints, stores",
    r"\bin words\b|\bwords of\b": "text, message, output",
    r"\bideal\b": "lower bound, efficiency, or linear",
    r"\b(a|the) private Ray\b|\bthis Ray\b(?! instance)|\brunning Ray\b|\bRay of\b": (
        "local Ray instance, or existing cluster"
    ),
    r"\bof (yours|ours|our own)\b|\bsomebody|\bone's\b|\bone says\b": "your, third-party",
    r"\bgo(es|ing)? on\b": "is running, continues, resumes",
    r"\bbeg(ins?|an|un|inning)\b": "start",
    r"\b(comes?|came) to\b": "result, total",
    r"(?<!here )\b(is|are) no\b(?! longer)": "is not a valid …",
    r"\btakes?\b[^.]*, not “": "must be …; got “…”",
    r"\bat once\b": "immediately, or concurrently",
    r"\bpictures?\b": "image",
    r"\d %|\} %": "95%, without a space",
    r"\bonce an?\b": "once per",
    r"\b(line|cell|row|bar|strip|digit) an? (task|lane|worker|input|call|line)\b": "per, for each",
    r"\bknown\b": "available, measured",
    r"\bhonest": "fair, measured",
    r"\bcanceled\b": "cancelled, as Ray spells it",
}


@pytest.fixture(scope="module")
def phrases() -> list[Text]:
    """Parsing every module takes seconds: not while tests are collected, in each process."""
    return list(texts())


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_stays_out_of_the_texts(phrases: list[Text], habit: str) -> None:
    assert [each for each in phrases if re.search(habit, each.text, re.IGNORECASE)] == []


def test_what_bad_input_gets_ends_with_a_full_stop(phrases: list[Text]) -> None:
    assert [each for each in phrases if each.raised and each.text[-1] not in ".}"] == []


def test_the_list_has_the_phrases_of_every_kind_of_literal(phrases: list[Text]) -> None:
    listed = {each.text for each in phrases}
    assert "Unknown workload “{}”. Choose from {}." in listed  # an f-string
    assert "run a race without a screen" not in listed  # nothing that no module says
    assert len(listed) > 900


def test_a_docstring_a_style_sheet_and_a_single_word_are_no_phrases(phrases: list[Text]) -> None:
    assert not [each for each in phrases if each.text.startswith("True if ")]
    assert not [each for each in phrases if "{}" not in each.text and " " not in each.text]
    assert all(isinstance(each, Text) for each in phrases)


ABOUT = {
    "tui/drawing/ascii.py": ["≈"],
    "tui/drawing/digits.py": ["≈"],
    "tui/legend.py": ["≈"],
    "tui/screens/compare.py": ["`≈ shared cores`: about, as lanes shared the cores."],
    "tui/widgets/compare/lanebars.py": ["≈ shared cores"],
    "tui/widgets/pi/readout.py": ["π ≈", "π ≈ ", "π ≈ ?", "π ≈ {}"],
    "tui/widgets/race/scoreboard.py": ["≈ shared cores"],
    "workloads/figures/definitions.py": ["true or false; marked ≈"],
    "workloads/figures/verdict.py": ["≈ "],
}
"""Where `≈` stands, by module: always for "about", as every legend with it says. An estimate of π,
or what was measured while lanes shared cores; a new use has to mean the same.
"""


def test_the_sign_for_about_has_one_meaning() -> None:
    found: dict[str, list[str]] = {}
    for each in texts(phrases_only=False):
        lines = [each.text] if "\n" not in each.text else each.text.splitlines()
        found.setdefault(each.module, []).extend(line for line in lines if "≈" in line)
    found = {module: sorted(lines) for module, lines in found.items() if lines}
    assert found.keys() == ABOUT.keys()
    for module, uses in ABOUT.items():
        assert len(found[module]) == len(uses), module
        assert all(line.endswith(use) for line, use in zip(found[module], uses, strict=True))
    for screen in ("screen.race", "screen.picture", "screen.compare"):
        (sign,) = (sign for sign in LEGENDS[screen] if sign.mark == "≈")
        assert sign.meaning == "about: estimated, or measured on shared cores"
