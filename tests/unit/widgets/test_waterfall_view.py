"""The waterfall as text: each step begins where the one before ended, the sum is the wall, start-up
stands apart.
"""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate import fabricated_race, folded
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.compare.columns import columns
from tui.widgets.compare.waterfall import draw_waterfall
from tui.widgets.compare.waterfall_rows import LossView, loss_window, rows_of
from workloads.figures.waterfall import Waterfall, WaterfallStep, waterfall


def fall(*steps: WaterfallStep, ideal: float = 6.0, startup: float = 5.9) -> Waterfall:
    """A waterfall of these steps."""
    wall = ideal + sum(step.seconds for step in steps)
    return Waterfall("ray", steps, wall, ideal, 2, startup, 0.9, 1.0, 1.0, 1.0)


STEPS = (
    WaterfallStep("slower tasks", 2.0, "shared cores and memory"),
    WaterfallStep("lost attempts", 0.0, "work that was lost"),
    WaterfallStep(
        "dispatch gaps", 1.0, "workers waited for the next task, all of them, for a long time"
    ),
    WaterfallStep("faster tail", -0.5, "saved"),
)
VIEW = LossView("ray", fall(*STEPS), 14.0)
REAL = LossView("ray", waterfall(folded(fabricated_race(tasks=16, workers=2)), "ray"), 14.0)
CLOSE = LossView(
    "ray",
    fall(WaterfallStep("slower tasks", 0.2, "shared"), WaterfallStep("tail", 0.1, "idle")),
    14.0,
)


def rendered(view: LossView, width: int = 120, height: int = 7, ascii: bool = False) -> list[str]:
    """The lines as text."""
    return [
        "".join(segment.text for segment in line)
        for line in draw_waterfall(view, Page(width, height, DARK, ascii))
    ]


def extents(view: LossView, width: int = 120, height: int = 7) -> list[tuple[int, int]]:
    """The first and the last cell of each row's bar that isn't background, counted from where bars
    begin.
    """
    at, matches = columns(width), []
    for line in draw_waterfall(view, Page(width, height, DARK))[1:]:
        lit, x = [], 0
        for segment in line:
            assert segment.style
            assert segment.style.bgcolor
            ground = segment.style.bgcolor.get_truecolor().hex
            for char in segment.text:
                if at.left <= x < at.right and (ground != DARK.background or char in "▏▎▍▌▋▊▉█"):
                    lit.append(x - at.left)
                x += 1
        matches.append((lit[0], lit[-1]) if lit else (-1, -1))
    return matches


def test_one_row_per_step_from_the_lower_bound_to_the_run_time():
    lines = rendered(VIEW)
    assert lines[0].split() == ["WHERE", "THE", "TIME", "WENT", "R", "Ray", "of", "time"]
    right = columns(120).right
    assert [(line[1:17].strip(), line[right : right + 17].split()) for line in lines[1:]] == [
        ("lower bound", ["6.00", "s", "70.6%"]),
        ("slower tasks", ["+2.00", "s", "23.5%"]),
        ("dispatch gaps", ["+1.00", "s", "11.8%"]),
        ("faster tail", ["−0.50", "s", "−5.9%"]),
        ("run time", ["8.50", "s", "100.0%"]),
        ("start-up", ["5.90", "s"]),
    ]
    assert lines[2].rstrip().endswith("shared cores and memory")
    assert "not counted" in lines[6]


def test_each_step_begins_where_the_one_before_ended():
    rows = rows_of(VIEW, 20)
    assert [(row.name, row.start, row.end) for row in rows] == [
        ("lower bound", 0, 6),
        ("slower tasks", 6, 8),
        ("dispatch gaps", 8, 9),
        ("faster tail", 9, 8.5),
        ("run time", 0, 8.5),
        ("start-up", 8.5, 8.5 + 5.9),
    ]
    bars, scale = extents(VIEW), columns(120).bars / 14
    assert bars[0] == (0, int(6 * scale))
    assert bars[1] == (int(6 * scale), int(8 * scale - 0.01))
    assert bars[3][0] == int(8.5 * scale)
    assert bars[4] == (0, int(8.5 * scale))
    assert bars[5][0] >= bars[4][1]


def test_steps_of_no_time_are_left_out_and_named_once():
    for width, height in ((120, 12), (80, 8), (200, 30)):
        text = "".join(rendered(VIEW, width, height))
        assert "0.00 s" not in text
    assert "; no lost attempts" in "".join(rendered(VIEW, 200))


def test_the_rows_of_a_race_add_up_to_its_wall():
    race = folded(fabricated_race(tasks=16, workers=2))
    matches = waterfall(race, "ray")
    assert matches
    for startup in (False, True):
        rows = rows_of(LossView("ray", matches, 14.0, startup), 20)
        names = [row.name for row in rows]
        first, last = names.index("lower bound"), names.index("run time")
        assert all(one.end == two.start for one, two in pairwise(rows[first:last]))
        assert rows[last - 1].end == pytest.approx(rows[last].end)
        assert rows[last].seconds == pytest.approx(matches.wall_s, abs=0.005)


@given(
    st.floats(1e-6, 1e4),
    st.lists(st.one_of(st.just(0.0), st.floats(1e-7, 1e4)), min_size=1, max_size=5),
)
def test_printed_seconds_and_shares_add_up(ideal: float, parts: list[float]):
    steps = (WaterfallStep(f"step {at}", part, "why") for at, part in enumerate(parts))
    view = LossView("ray", fall(*steps, ideal=ideal, startup=0.0), 14.0)
    *rows, whole = rows_of(view, 20)
    assert sum(row.seconds for row in rows) == pytest.approx(whole.seconds)
    if whole.seconds:
        assert whole.share == 1
        # What is printed to more than one decimal isn't rounded.
        assert sum(row.share for row in rows) == pytest.approx(1, abs=0.0005 * len(rows))
    assert all(row.share for row in rows if row.seconds)


def test_shares_that_round_add_up_exactly():
    steps = [WaterfallStep(name, 1.0, "why") for name in ("one", "two")]
    view = LossView("ray", fall(*steps, ideal=1.0), 14.0)
    assert [round(row.share, 5) for row in rows_of(view, 20)[:3]] == [0.334, 0.333, 0.333]


def test_startup_that_counts_comes_first():
    rows = rows_of(replace(VIEW, startup=True), 20)
    assert [(row.name, row.start) for row in rows[:3]] == [
        ("start-up", 0),
        ("lower bound", 5.9),
        ("slower tasks", 11.9),
    ]
    assert rows[-1].name == "run time"
    assert rows[-1].seconds == pytest.approx(8.5)
    assert "counted" in rendered(replace(VIEW, startup=True, end_s=16.0))[1]
    assert "start-up" not in "".join(rendered(replace(VIEW, waterfall=fall(*STEPS, startup=0.0))))


def test_steps_too_small_for_the_lanes_axis_get_one_of_their_own():
    low, high = loss_window(CLOSE)
    assert 5.5 < low < 6
    assert 6.3 < high < 6.8
    lines = rendered(CLOSE)
    assert "// cut axis" in lines[0]
    assert "//" in lines[1]
    assert "//" not in lines[2]
    assert "6.0 s" in lines[-1]
    bars = extents(CLOSE)
    assert bars[1][1] - bars[1][0] > 10
    assert lines[5].rstrip().endswith("not counted: u counts it")
    assert "▶" in lines[5]
    unzoomed = replace(CLOSE, zoom=False)
    assert loss_window(unzoomed) == (0, 14)
    assert "//" not in "".join(rendered(unzoomed))
    assert extents(unzoomed)[1][1] - extents(unzoomed)[1][0] <= 1


def test_large_steps_stay_on_the_lanes_axis():
    assert loss_window(VIEW) == (0, 14)
    assert loss_window(LossView("ray", None, 14.0)) == (0, 14)
    assert "//" not in "".join(rendered(VIEW))


def test_counted_startup_that_lies_before_the_axis_is_pointed_at():
    view = replace(CLOSE, startup=True, end_s=14.0)
    assert loss_window(view)[0] > 11
    assert "◀" in rendered(view)[1]


def test_a_step_thinner_than_a_cell_still_shows():
    view = LossView(
        "ray", fall(WaterfallStep("tail", 0.01, "idle"), WaterfallStep("gaps", 4.0, "wait")), 14.0
    )
    assert extents(view, height=6)[1] != (-1, -1)
    rounded = LossView(
        "ray", fall(WaterfallStep("tail", 0.001, "idle"), WaterfallStep("gaps", 4.0, "wait")), 14.0
    )
    assert [row.name for row in rows_of(rounded, 20)][1] == "gaps"  # 0.00 s has no row


def test_where_rows_do_not_fit_the_smallest_share_one():
    many = tuple(WaterfallStep(f"step {n}", 0.1 * n, "words") for n in range(1, 9))
    view = LossView("ray", fall(*many), 14.0)
    rows = rows_of(view, 7)
    assert [row.name for row in rows] == [
        "lower bound",
        "step 6",
        "step 7",
        "step 8",
        "other",
        "run time",
        "start-up",
    ]
    assert rows[4].words == "step 5, step 4, step 3, step 2, step 1"
    assert rows[4].end == pytest.approx(rows[5].end)
    assert rows_of(VIEW, 6)[-2].name == "run time"
    assert "lost attempts" not in [
        row.name for row in rows_of(VIEW, 6)
    ]  # what is nothing goes first
    assert len(rendered(view, 80, 8)) <= 8


def test_words_are_whole_or_in_brief_never_cut():
    for width in (72, 80, 99, 100, 120):
        for height in range(7, 30):
            text = "\n".join(rendered(REAL, width, height))
            assert "…" not in text, f"{width}x{height}\n{text}"
    tight = rendered(REAL, 80, 8)
    assert [line[59:].strip() for line in tight[1:6]] == [
        "least possible time",
        "than on serial",
        "waited for a task",
        "idle at the end",
        "to the last result",
    ]
    tall = rendered(VIEW, 120, 24)
    texts = " ".join(line[columns(120).right + 19 :].strip() for line in tall)
    assert "workers waited for the next task, all of them, for a long time" in " ".join(
        texts.split()
    )


def test_without_a_waterfall_it_says_why():
    lines = rendered(
        LossView("ray", None, 14.0, note="Measured when serial and Ray have finished.")
    )
    assert any("Measured when serial and Ray have finished." in line for line in lines)
    assert "of time" not in lines[0]
    assert rendered(LossView()) == rendered(VIEW, 23) == rendered(VIEW, 80, 0) == []


def test_of_several_runs_it_says_which():
    assert "last of 5 runs" in rendered(replace(VIEW, which="last of 5 runs"))[0]


@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda colors: colors.name)
def test_totals_have_the_lanes_colour(colors: Palette):
    for row in (1, 5):
        line = draw_waterfall(VIEW, Page(120, 7, colors))[row]
        grounds = {
            seg.style.bgcolor.get_truecolor().hex for seg in line if seg.style and seg.style.bgcolor
        }
        assert colors.ray in grounds


def test_ascii_says_the_same():
    for view in (
        VIEW,
        CLOSE,
        replace(CLOSE, startup=True),
        LossView("wärp", None, 1.0, note="Größe"),
    ):
        assert "".join(rendered(view, ascii=True)).isascii()
    lines = rendered(VIEW, ascii=True)
    assert "+2.00 s" in lines[2]
    assert "++++" in lines[2]
    assert "//" in lines[4]


def test_foreign_words_are_made_safe():
    evil = "\x1b[2J\x07\n[bold]"
    view = LossView(evil, fall(WaterfallStep(evil, 1.0, evil)), 14.0, which=evil)
    assert "".join(rendered(view)).isprintable()


LONG_STEPS = st.floats(-3, 1e4).map(lambda s: WaterfallStep("日本語" * 9, s, "日本語 " * 60))
FALLS = st.builds(
    lambda steps, ideal, startup: fall(*steps, ideal=ideal, startup=startup),
    st.lists(LONG_STEPS, max_size=9),
    st.floats(0.001, 1e4),
    st.floats(0, 1e4),
)
VIEWS = st.builds(
    LossView,
    st.just("ray"),
    FALLS,
    st.floats(0.001, 1e6),
    st.booleans(),
    which=st.just("w" * 50),
    zoom=st.booleans(),
)
PAGES = st.builds(Page, st.integers(24, 210), st.integers(1, 40), st.just(DARK), st.booleans())


@given(VIEWS, PAGES)
def test_every_line_is_as_wide_as_asked(view: LossView, page: Page):
    lines = draw_waterfall(view, page)
    assert len(lines) <= page.height
    assert {sum(segment.cell_length for segment in line) for line in lines} <= {page.width}


def test_words_take_as_many_lines_as_they_need() -> None:
    view = LossView("ray", fall(WaterfallStep("gaps", 1.0, "one " * 13 + "end"), startup=0.0), 14.0)
    for height, count in ((4, 0), (8, 0), (10, 13), (11, 13)):
        assert " ".join(rendered(view, 80, height)).count("one ") == count
