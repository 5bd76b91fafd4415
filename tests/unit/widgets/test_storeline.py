"""The line on the object store as text."""

from dataclasses import replace

import pytest

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.race.storeline import BAR, draw_store
from workloads.core.wording import size_text
from workloads.ledger.tables import StoreUsage

FULL = StoreUsage(
    used=96_000_000,
    capacity=256_000_000,
    peak=144_000_000,
    puts=8,
    put_bytes=288_000_000,
    put_s=0.2,
    load_s=1.2,
    spilled=0,
)
WORDS = (
    " object store   96 MB still held of 256 MB · nothing spilled · 288 MB stored in total, "
    "8 objects in 25 ms each · read and decoded in 0.150 s each"
)


def written(line: Line) -> str:
    return "".join(segment.text for segment in line)


def bar(store: StoreUsage, ascii: bool = False) -> str:
    return written(draw_store(store, Page(120, 1, DARK, ascii)))[14 : 14 + BAR]


def inks(store: StoreUsage, word: str) -> set[str]:
    return {
        segment.style.color.name
        for segment in draw_store(store, Page(120, 1, DARK))
        if word in segment.text and segment.style and segment.style.color
    }


def test_it_tells_what_the_store_holds_and_took_in() -> None:
    line = written(draw_store(FULL, Page(180, 1, DARK)))
    assert line[:14] + line[14 + BAR :].rstrip() == WORDS


@pytest.mark.parametrize(
    ("used", "drawn"),
    [
        (0, ""),
        (96, "██████"),
        (98, "██████▏"),
        (100, "██████▎"),
        (128, "████████"),
        (256, "█" * BAR),
    ],
)
def test_the_bar_is_exact_to_an_eighth_of_a_cell(used: int, drawn: str) -> None:
    assert bar(StoreUsage(used=used, capacity=256)) == drawn.ljust(BAR)


def test_more_than_the_store_holds_fills_the_bar_and_no_more() -> None:
    assert bar(StoreUsage(used=300, capacity=256)) == "█" * BAR
    assert bar(StoreUsage(used=300, capacity=256), ascii=True) == "#" * BAR


def test_a_store_that_is_not_known_yet_is_empty() -> None:
    line = written(draw_store(StoreUsage(), Page(80, 1, DARK)))
    assert line[14 : 14 + BAR] == " " * BAR
    assert line.split() == ["object", "store", "0", "MB", "still", "held", "of", "0", "MB"]


def test_figures_that_do_not_fit_are_left_out_from_the_end() -> None:
    whole = written(draw_store(FULL, Page(150, 1, DARK))).rstrip()
    for width in range(151):
        line = written(draw_store(FULL, Page(width, 1, DARK)))
        assert len(line) == width
        rendered = line.rstrip()
        assert whole.startswith(rendered)
        assert (
            width < 32
            or rendered == whole[:30].rstrip()
            or whole[len(rendered) :][:3] in ("", " · ", ", 8")
        )


def test_spilling_is_told_first_and_in_red() -> None:
    spilled = StoreUsage(used=96_000_000, capacity=256_000_000, spilled=72_000_000)
    assert "96 MB still held of 256 MB · 72 MB spilled to disk at the peak" in written(
        draw_store(spilled, Page(110, 1, DARK))
    )
    assert inks(spilled, "spilled") == {DARK.failed}
    assert DARK.failed not in inks(FULL, "spilled")


def test_nothing_is_said_of_spilling_where_it_is_not_known():
    line = written(draw_store(replace(FULL, spilled=None), Page(150, 1, DARK)))
    assert "spilled" not in line
    assert "96 MB still held of 256 MB · 288 MB stored in total, 8 objects" in line


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
def test_ascii_stays_ascii(palette: Palette) -> None:
    line = written(draw_store(FULL, Page(150, 1, palette, ascii=True)))
    assert line.isascii()
    assert line[14 : 14 + BAR] == "######".ljust(BAR)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 MB"),
        (36_000_000, "36 MB"),
        (499_999, "500 kB"),
        (80, "80 B"),
        (1_024_000_000, "1,024 MB"),
    ],
)
def test_bytes_in_words(count: int, words: str) -> None:
    assert size_text(count) == words
