"""A line of cells: what was written where, and the segments that it becomes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.cells import Cells, tall_row, text

GROUND = "#101010"
COLORS = st.sampled_from(["#ff0000", "#00ff00", "#0000ff"])
WRITTEN = st.tuples(
    st.integers(-3, 24),
    st.text("ab 日│", max_size=6),
    st.none() | COLORS,
    st.none() | COLORS,
    st.booleans(),
)


def written(*writes: tuple[int, str, str | None, str | None, bool]) -> Cells:
    cells = Cells(20, GROUND)
    for write in writes:
        cells.put(*write)
    return cells


@given(st.lists(WRITTEN, max_size=6))
def test_the_segments_are_the_cells(writes):
    cells = written(*writes)
    seen = [(char, segment.style) for segment in cells.line() for char in segment.text]
    looks = zip(cells.chars, cells.ink, cells.ground, cells.bold, strict=True)
    expected = []
    for char, ink, ground, bold in looks:
        if char == " ":
            ink = None
        if char:
            expected.append((char, text("", ink, ground, bold).style))
    assert seen == expected


@given(st.lists(WRITTEN, max_size=6))
def test_neighbours_that_look_alike_are_one_segment(writes):
    line = written(*writes).line()
    assert all(segment.text for segment in line)
    assert all(a.style != b.style for a, b in pairwise(line))


def test_a_line_without_cells_has_no_segments():
    assert Cells(0, GROUND).line() == []


def test_a_tall_row_has_its_words_on_one_line():
    worded, bare = [text("12")], [text("  ")]
    assert tall_row(worded, bare, 1) == [worded]
    assert tall_row(worded, bare, 3) == [bare, worded, bare]
