"""Pictures in real pixels: the characters that stand for them, what the terminal is sent, and which
terminal is.
"""

import os
import re
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pty import openpty
from termios import tcgetattr

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tests.fabricate_images import fabricated_images, folded, looks
from tui.cli.options import parse
from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.pixels import (
    CHUNK,
    FIRST,
    FORGET,
    KEPT,
    MARKS,
    PLACEHOLDER,
    TerminalImages,
    images_for,
    terminal_name,
)
from tui.drawing.themes import DARK
from tui.widgets.images.portrait import PortraitView, draw_portrait
from workloads.core.errors import BadInput

GROUND = "#102030"


def png(number: int = 0, length: int = 9_000) -> str:
    """Stands for a PNG in base64: so many bytes."""
    return b64encode(bytes([number]) * length).decode()


def cells(line: Sequence[Segment]) -> list[tuple[int, int, int]]:
    """The number, row and column that each cell says it stands for."""
    parsed = []
    for segment in line:
        assert segment.style is not None
        assert segment.style.color is not None
        assert segment.style.color.triplet is not None
        number = int(segment.style.color.triplet.hex[1:], 16)
        assert re.fullmatch(f"({PLACEHOLDER}..)*", segment.text)
        marks = segment.text.replace(PLACEHOLDER, "")
        parsed += [
            (number, MARKS.index(a), MARKS.index(b))
            for a, b in zip(marks[::2], marks[1::2], strict=True)
        ]
    return parsed


def numbers(lines: Sequence[Line]) -> set[int]:
    return {number for line in lines for number, _, _ in cells(line)}


def codes(sequences: str) -> list[tuple[str, str]]:
    """Control and payload of each graphics code; there must be nothing else."""
    parsed = re.findall(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\", sequences)
    assert (
        "".join(
            f"\x1b_G{control}{';' * bool(payload)}{payload}\x1b\\" for control, payload in parsed
        )
        == sequences
    )
    return parsed


def opened() -> TerminalImages:
    images = TerminalImages()
    images.begin()
    return images


def test_the_marks_are_those_of_the_protocol():
    assert MARKS[:5] == "\u0305\u030d\u030e\u0310\u0312"
    assert MARKS[-1] == "\U0001d244"
    assert len(MARKS) == len(set(MARKS)) == 297
    assert {unicodedata.combining(mark) for mark in MARKS} == {230}
    assert cell_len(PLACEHOLDER) == 1
    assert cell_len(MARKS) == 0


def test_every_cell_says_which_part_of_the_picture_it_is():
    lines = TerminalImages().lines(png(), Page(40, 12, DARK, ground=GROUND))
    assert [cells(line) for line in lines] == [
        [(FIRST, y, x) for x in range(40)] for y in range(12)
    ]
    grounds = {segment.style.bgcolor for line in lines for segment in line if segment.style}
    assert [ground.name for ground in grounds if ground] == [GROUND]


@pytest.mark.parametrize("width", range(1, 120, 7))
def test_however_a_line_is_cut_its_cells_stay_whole(width: int):
    line = TerminalImages().lines(png(), Page(width, 1, DARK, ground=GROUND))[0]
    whole = cells(line)
    for cut in range(width + 1):
        left, right = Strip(line).crop(0, cut), Strip(line).crop(cut, width)
        assert [cells(list(left)), cells(list(right))] == [whole[:cut], whole[cut:]]
        if 0 < cut < width:
            again = Strip(line).divide([cut, width])
            assert [cells(list(strip)) for strip in again] == [whole[:cut], whole[cut:]]


def test_a_box_larger_than_can_be_numbered_is_filled_up():
    images = opened()
    lines = images.lines(png(), Page(300, 299, DARK, ground=GROUND))
    assert len(lines) == 299
    assert {Strip(line).cell_length for line in lines} == {300}
    assert [line[-1].text for line in lines] == ["   "] * 297 + [" " * 300] * 2
    assert "c=297,r=297," in images.unsent()


def test_the_terminal_is_sent_the_picture_in_pieces():
    images = opened()
    images.lines(png(), Page(40, 12, DARK, ground=GROUND))
    (forgotten, _), *sent = codes(images.unsent())
    assert forgotten == f"a=d,d=I,i={FIRST},q=2"
    assert "".join(payload for _, payload in sent) == png()
    assert [len(payload) for _, payload in sent] == [CHUNK, CHUNK, len(png()) - 2 * CHUNK]
    assert [control for control, _ in sent] == [
        f"a=T,U=1,f=100,i={FIRST},c=40,r=12,q=2,m=1",
        "q=2,m=1",
        "q=2,m=0",
    ]


@pytest.mark.parametrize("length", [1, 3 * CHUNK // 4, 3 * CHUNK // 4 + 1])
def test_only_the_last_piece_says_that_it_is(length: int):
    images = opened()
    images.lines(png(length=length), Page(4, 4, DARK, ground=GROUND))
    sent = codes(images.unsent())[1:]
    assert [control.endswith("m=0") for control, _ in sent] == [False] * (len(sent) - 1) + [True]
    assert "".join(payload for _, payload in sent) == png(length=length)


def test_a_picture_is_sent_once_a_size():
    images = opened()
    first = images.lines(png(), Page(40, 12, DARK, ground=GROUND))
    assert images.unsent()
    assert images.lines(png(), Page(40, 12, DARK, ground=GROUND)) == first
    assert images.unsent() == ""
    assert numbers(images.lines(png(), Page(40, 12, DARK, ground="#000000"))) == numbers(first)
    assert images.unsent() == ""
    assert numbers(images.lines(png(), Page(41, 12, DARK, ground=GROUND))) != numbers(first)
    assert images.unsent()


def test_what_was_shown_last_is_kept_and_numbers_are_few():
    images = opened()
    first = images.lines(png(0), Page(8, 4, DARK, ground=GROUND))
    seen = set()
    for other in range(1, 3 * KEPT):
        seen |= numbers(images.lines(png(other), Page(8, 4, DARK, ground=GROUND)))
        assert images.lines(png(0), Page(8, 4, DARK, ground=GROUND)) == first
    assert seen | numbers(first) == set(range(FIRST, FIRST + KEPT))
    assert images.unsent().count("a=T") == KEPT  # those given up before they were sent never are
    images.lines(png(99), Page(8, 4, DARK, ground=GROUND))
    (forgotten, _), (sent, _), *_ = codes(images.unsent())
    assert forgotten.split(",")[2] == sent.split(",")[3] != f"i={FIRST}"


def test_nothing_is_sent_before_the_screen_is_ours_or_after():
    images = TerminalImages()
    images.lines(png(1), Page(8, 4, DARK, ground=GROUND))
    assert images.unsent() == ""
    images.begin()
    first = images.unsent()
    assert "a=T" in first
    assert images.end() == FORGET
    assert {control for control, _ in codes(FORGET)} == {
        f"a=d,d=I,i={FIRST + n},q=2" for n in range(KEPT)
    }
    images.lines(png(2), Page(8, 4, DARK, ground=GROUND))
    assert images.unsent() == ""
    images.begin()
    again = images.unsent()
    assert again.startswith(first)
    assert again.count("a=T") == 2


# -- the portrait ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(46, 38), (84, 50), (110, 18), (30, 12)])
def test_the_portrait_differs_only_in_its_pictures(width: int, height: int):
    picture = folded(fabricated_images()).picture(1)
    images = opened()
    blocks = draw_portrait(PortraitView(picture, "ray"), Page(width, height, DARK))
    drawn = draw_portrait(PortraitView(picture, "ray"), Page(width, height, DARK, images=images))
    assert {Strip(line).cell_length for line in drawn} == {width}
    covered = 0
    for plain, pixels in zip(blocks, drawn, strict=True):
        x = 0
        for segment in pixels:
            if PLACEHOLDER in segment.text:
                covered += segment.cell_length
            else:
                end = x + segment.cell_length
                assert Strip(plain).crop(x, end).text == segment.text
            x += segment.cell_length
    sent = {payload for control, payload in codes(images.unsent()) if "a=T" in control}
    assert sent == {side["thumbnail"][:CHUNK] for side in looks(1)}
    assert covered > width * height / 10


def test_what_is_no_picture_is_never_sent():
    picture = folded(fabricated_images(tasks=2)).picture(1)
    assert picture is not None
    images = opened()
    for bad in ("", "AAAA", "\x1b\\\x1b]0;x\x07", b64encode(b"GIF89a").decode()):
        sides = (replace(side, thumbnail=bad) for side in (picture.original, picture.outcome))
        broken = replace(picture, original=next(sides), outcome=next(sides))
        lines = draw_portrait(PortraitView(broken, "ray"), Page(46, 38, DARK, images=images))
        assert "no thumbnail" in "".join(segment.text for line in lines for segment in line)
    assert images.unsent() == ""


# -- which terminals can ---------------------------------------------------------------------------

KITTY = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "COLORTERM": "truecolor"}
GHOSTTY = {"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty", "COLORTERM": "truecolor"}


def never() -> str:
    raise AssertionError("the terminal was asked")


@pytest.mark.parametrize(
    ("environment", "answer", "capable"),
    [
        (KITTY, "kitty(0.28.0)", True),
        (KITTY, "kitty(0.41.1)", True),
        (KITTY, "kitty(1.0.0)", True),
        (KITTY, "kitty(0.27.9)", False),
        (KITTY, "kitty(0.26.5)", False),
        (KITTY, "XTerm(379)", False),  # started from kitty, with what it had said of itself
        (KITTY, "", False),
        (GHOSTTY, "ghostty 1.0.0", True),
        (GHOSTTY, "tmux 3.3a", False),
        (
            {"TERM": "xterm-256color", "KITTY_WINDOW_ID": "3", "COLORTERM": "24bit"},
            "kitty(0.35.2)",
            True,
        ),
        ({"TERM": "xterm-kitty", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "kitty(0.35.2)", True),
    ],
)
def test_a_terminal_that_may_be_able_says_what_it_is(
    environment: dict[str, str], answer: str, capable: bool
):
    assert (images_for("auto", False, environment, lambda: answer) is not None) == capable


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TERM_PROGRAM": "WezTerm"},
        {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TERM_PROGRAM": "vscode"},
        {"TERM": "xterm-kitty"},
        {**KITTY, "COLORTERM": ""},
        {**KITTY, "TEXTUAL_COLOR_SYSTEM": "256"},
        {**KITTY, "NO_COLOR": ""},
        {**KITTY, "TMUX": "/tmp/tmux-0/default,1,0"},
        {**KITTY, "STY": "1.pts-0"},
        {**KITTY, "ZELLIJ": "0"},
        {**KITTY, "TERM": "tmux-256color"},
        {**KITTY, "TERM": "screen"},
        {**KITTY, "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"},
    ],
)
def test_any_other_terminal_is_not_even_asked(environment: dict[str, str]):
    assert images_for("auto", False, environment, never) is None


def test_ascii_and_blocks_ask_nothing():
    assert images_for("auto", True, KITTY, never) is None
    assert images_for("blocks", False, KITTY, never) is None


def test_kitty_is_believed_without_asking():
    for environment in (KITTY, GHOSTTY, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}):
        assert images_for("kitty", False, environment, never) is not None
    assert images_for("kitty", True, KITTY, never) is not None


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({**KITTY, "TMUX": "x"}, "tmux, screen and Zellij don't pass images through"),
        ({**KITTY, "TEXTUAL_DRIVER": "x:y"}, "this screen is displayed in a browser"),
        ({**KITTY, "NO_COLOR": "1"}, "NO_COLOR is set"),
        ({"TERM": "xterm-kitty"}, "COLORTERM isn't truecolor"),
    ],
)
def test_kitty_where_it_cannot_work_is_bad_input(environment: dict[str, str], reason: str):
    with pytest.raises(
        BadInput, match=f"^--images kitty can't work here: .*{reason}.* Use --images blocks.$"
    ):
        images_for("kitty", False, environment, never)


def test_the_option_may_stand_before_the_command_or_after():
    assert parse(["replay", "race.jsonl"]).images == "auto"
    assert parse(["--images", "kitty", "replay", "race.jsonl"]).images == "kitty"
    assert parse(["--images", "kitty", "race", "pi", "--images", "blocks"]).images == "blocks"
    with pytest.raises(BadInput, match="--images: invalid choice: 'sixel'"):
        parse(["--images", "sixel"])


@contextmanager
def terminal(answers: Sequence[bytes]) -> Iterator[tuple[str, int, list[bytes]]]:
    """A terminal that gives these answers once it was asked: its path, a descriptor, and what it
    was asked.
    """
    master, slave = openpty()
    asked: list[bytes] = []

    def answer() -> None:
        while not (asked and asked[-1].endswith(b"\x1b[c")):
            asked.append(os.read(master, 100))
        for part in answers:
            os.write(master, part)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield os.ttyname(slave), slave, asked
    finally:
        thread.join()
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ([b"\x1bP>|kitty(0.35.2)\x1b\\", b"\x1b[?62;c"], "kitty(0.35.2)"),
        ([b"\x1bP>|ghost", b"ty 1.1.3\x1b\\\x1b[?62;", b"22c"], "ghostty 1.1.3"),
        ([b"\x1b[?1;2c"], ""),
        ([b"\x1bP>|a\x1b]0;b\x07\x1b\\\x1b[?62c"], ""),
    ],
)
def test_the_terminals_answer_is_its_name(answers: list[bytes], name: str):
    with terminal(answers) as (path, descriptor, asked):
        modes = tcgetattr(descriptor)
        assert terminal_name(path, patience_s=60) == name
        assert tcgetattr(descriptor) == modes
        assert b"".join(asked) == b"\x1b[>q\x1b[c"


def test_a_silent_terminal_has_no_name():
    with terminal([]) as (path, descriptor, _):
        modes = tcgetattr(descriptor)
        assert terminal_name(path, patience_s=0.01) == ""
        assert tcgetattr(descriptor) == modes


def test_without_a_terminal_there_is_no_name(tmp_path):
    assert terminal_name(str(tmp_path / "none")) == ""
    assert terminal_name("/dev/null") == ""
