"""What comes out of a lane's pipe becomes lines as a terminal shows them; a flood is dropped, and
said.
"""

import random
import time
from collections.abc import Iterable

import pytest

from workloads.lanes.log import ROOM, SAY_EVERY_S, LaneLog, LogLine


def texts(lines: Iterable[LogLine]) -> list[str]:
    return [line.text for line in lines]


def shown(*pieces: bytes) -> list[str]:
    log = LaneLog(0.0)
    for piece in pieces:
        log.feed(piece, 0.0)
    return texts(log.end())


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"\n\nx\n", ["", "", "x"]),
        (b" 10%\r 50%\r100%\n", ["100%"]),
        (b" 10%\r 50%\r100%\r", ["100%"]),
        (b"100 of 100\r5", ["500 of 100"]),
        (b"100 of 100\r\x1b[K5", ["5"]),
        (b"\r\x1b[2Ka\r\x1b[2Kb\n", ["b"]),
        (b"ab\x08c\n", ["ac"]),
        (b"\x1b[31mred\x1b[0m\x1b]0;title\x07!\n", ["red!"]),
        (b"a\tb\x00\x07c\n", ["a       b  c"]),
        ("né 中\n".encode(), ["né 中"]),
        (b"\xff\xfe\n", [r"\xff\xfe"]),
        (b"\xe4\xb8", [r"\xe4\xb8"]),
        (b"x" * 2005 + b"\n", ["x" * 2000 + " … 5 more characters"]),
        # Two bars of tqdm: the second is drawn below, and the cursor goes back up.
        (b"\ra 1" + b"\n\rb 1\x1b[A" + b"\ra 2" + b"\n\rb 2\x1b[A" + b"\ra 3\n\n", ["a 3", "b 2"]),
        (b"", []),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_lines_are_as_a_terminal_shows_them(
    printed: bytes, lines: list[str], at_once: bool
) -> None:
    pieces = [printed] if at_once else [printed[at : at + 1] for at in range(len(printed))]
    assert shown(*pieces) == lines


def test_a_line_comes_once_it_is_complete_and_a_bar_when_it_ends() -> None:
    log = LaneLog(0.0)
    log.feed(b"one\ntw", 0.0)
    assert texts(log.lines(0.0)) == ["one"]
    log.feed(b"o\n10%\r20%\r", 0.1)
    assert texts(log.lines(0.1)) == ["two"]
    assert texts(log.lines(9.0)) == []
    log.feed(b"30%\n", 9.0)
    assert texts(log.lines(9.0)) == ["30%"]


@pytest.mark.parametrize(
    "line", [b"x" * 99 + b"\n", b"\n", b"x" * 100_000 + b"\n", b"no end ", b"10%\r"]
)
def test_a_flood_is_dropped_and_said_and_its_end_kept(line: bytes) -> None:
    log, printed = LaneLog(0.0), 0
    while printed < 20 * ROOM:
        log.feed(line * (1 + (1 << 16) // len(line)), 0.5)
        printed += len(line) * (1 + (1 << 16) // len(line))
    log.feed(b"\nlast words\n", 0.5)
    lines = [*texts(log.lines(0.5)), *texts(log.lines(0.5 + SAY_EVERY_S))]
    assert lines[-1] == "last words"
    assert sum(len(text) for text in lines) < 2 * ROOM
    assert sum("MB of output dropped" in text for text in lines) == 1
    assert texts(log.end()) == []


def test_every_byte_of_a_flood_is_kept_or_counted() -> None:
    log, count = LaneLog(0.0), 5 * ROOM // 100
    for _ in range(count):
        log.feed(b"y" * 99 + b"\n", 0.0)
    lines = texts(log.end())
    note = next(text for text in lines if "dropped" in text)
    assert lines.count("y" * 99) * 100 / 1e6 + float(note.split()[1]) == pytest.approx(
        count * 100 / 1e6, abs=0.51
    )


def test_a_flood_that_lasts_is_said_now_and_then_and_output_comes_again_after_it() -> None:
    log, lines = LaneLog(0.0), list[str]()
    for tick in range(100):
        log.feed(b"z" * (1 << 18) + b"\n", tick / 10)
        lines += texts(log.lines(tick / 10))
    assert 5 <= sum("dropped" in text for text in lines) <= 11
    lines = texts(log.end())
    log.feed(b"quiet\n", 200.0)
    assert texts(log.lines(200.0)) == ["quiet"]


def test_whatever_bytes_come_lines_stay_printable_and_bounded() -> None:
    source = random.Random(1)
    alphabet = [
        b"\x1b",
        b"[",
        b"A",
        b"9",
        b"K",
        b"\r",
        b"\n",
        b"\x08",
        b"\xe4",
        b"\xb8",
        b"\xff",
        b"ab",
        b"\x1b[99A",
        b"]",
    ]
    for _ in range(300):
        pieces = [b"".join(source.choices(alphabet, k=source.randrange(40))) for _ in range(5)]
        for text in shown(*pieces):
            assert text.isprintable()
            assert len(text) < 2100


def test_dropping_costs_little() -> None:
    log, flood = LaneLog(0.0), b"w" * 79 + b"\n"
    chunk = flood * 800
    log.feed(chunk * 20, 0.0)
    plain, began = b"", time.process_time()
    for _ in range(500):
        plain = bytes(bytearray(chunk))
        plain.count(b"\n")
    copied = time.process_time() - began
    began = time.process_time()
    for _ in range(500):
        log.feed(chunk, 0.0)
    assert time.process_time() - began < 50 * copied + 0.05, f"{len(plain)} bytes a piece"


MARKED = b"\x1b]raytasks;12\x07"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_line_has_the_mark_of_the_task_that_printed_it_and_its_text_has_none(
    at_once: bool,
) -> None:
    printed = MARKED + b"one\ntwo\n" + b"\x1b]raytasks;3a;4711\x07" + b"\rthree\rTHREE\n"
    log = LaneLog(0.0)
    for piece in [printed] if at_once else [printed[at : at + 1] for at in range(len(printed))]:
        log.feed(piece, 0.0)
    assert log.end() == [LogLine("one", "12"), LogLine("two"), LogLine("THREE", "3a", 4711)]


def test_marks_count_as_no_output() -> None:
    log, count = LaneLog(0.0), 4 * ROOM // 100
    for _ in range(count):
        log.feed(MARKED + b"y" * 99 + b"\n", 0.0)
    lines = log.end()
    note = next(line.text for line in lines if "dropped" in line.text)
    kept = sum(line.mark == "12" for line in lines)
    assert kept * 100 / 1e6 + float(note.split()[1]) == pytest.approx(count * 100 / 1e6, abs=0.51)
