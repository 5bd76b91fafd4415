"""The lanes' bars as text: one scale, the runs behind a median, the ideal, what runs, and what
doesn't fit.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.compare.columns import columns
from tui.widgets.compare.lanebars import BarsView, LaneFigures, draw_lane_bars
from workloads.core.wording import seconds_text
from workloads.figures.history import spread


def lane(
    engine: str, walls: tuple[float, ...], gained: tuple[float, ...] = (), **more: object
) -> LaneFigures:
    """A lane that has finished these runs."""
    made = LaneFigures(
        engine,
        "finished",
        walls,
        spread(walls),
        spread(gained),
        1 if engine == "serial" else 2,
        12.6,
        0.12,
    )
    return replace(made, **more)  # type: ignore[arg-type]


FOUR = BarsView(
    (
        lane("serial", (12.6, 12.8, 12.4), driver_cpu_s=12.61),
        lane("threads", (12.7, 12.9, 12.5), (0.99, 0.99, 0.99), ideal_s=6.3),
        lane("processes", (6.8, 7.1, 6.6), (1.85, 1.8, 1.88), ideal_s=6.3),
        lane("ray", (6.6, 6.9, 6.5), (1.91, 1.86, 1.91), ideal_s=6.3),
    ),
    3,
    14.0,
)
ONE = BarsView((lane("serial", (12.6,)), lane("ray", (6.6,), (1.91,), ideal_s=6.3)), 1, 14.0)


def rendered(view: BarsView, width: int = 80, height: int = 6, ascii: bool = False) -> list[str]:
    """The lines as text."""
    return [
        "".join(segment.text for segment in line)
        for line in draw_lane_bars(view, Page(width, height, DARK, ascii))
    ]


def filled(
    view: BarsView, row: int, color: str, width: int = 120, palette: Palette = DARK
) -> float:
    """How many cells of the bar in that line have this colour, to an eighth."""
    at, cells, x = columns(width), 0.0, 0
    for segment in draw_lane_bars(view, Page(width, 4, palette))[row]:
        style = segment.style
        assert style
        ink, ground = (
            shade.get_truecolor().hex if shade else None for shade in (style.color, style.bgcolor)
        )
        for char in segment.text:
            if at.left <= x < at.right:
                part = " ▏▎▍▌▋▊▉█".find(char) / 8
                cells += part if ink == color and part > 0 else ground == color
            x += 1
    return cells


def test_a_line_a_lane_with_the_figures_under_their_heads():
    lines = rendered(FOUR)
    assert lines[0].split() == [
        "LANES",
        "median",
        "of",
        "3",
        "runs",
        "┊",
        "lower",
        "bound",
        "time",
        "×",
        "eff.",
        "task",
        "CPU",
        "lane",
        "CPU",
    ]
    assert [line[5:15].strip() for line in lines[1:5]] == ["SERIAL", "THREADS", "PROCESSES", "RAY"]
    right = columns(80).right
    assert [line[right:].split() for line in lines[1:5]] == [
        ["12.60", "s", "12.60", "s", "12.61", "s"],
        ["12.70", "s", "0.99×", "50%", "12.60", "s", "0.120", "s"],
        ["6.80", "s", "1.85×", "92%", "12.60", "s", "0.120", "s"],
        ["6.60", "s", "1.91×", "96%", "12.60", "s", "0.120", "s"],
    ]
    ends = {line.rstrip().rindex("s") for line in lines[1:5]}
    assert len(ends) == 1
    assert len(lines[0].rstrip()) - 1 in ends
    assert "5 s" in lines[5] or "10 s" in lines[5]


def test_bars_are_on_one_scale():
    matches = [filled(ONE, row, color) for row, color in ((1, DARK.serial), (2, DARK.ray))]
    width = columns(120).bars
    assert matches[0] == pytest.approx(12.6 / 14 * width, abs=0.15)
    assert matches[1] == pytest.approx(6.6 / 14 * width, abs=0.15)


def test_the_ideal_stands_where_it_is():
    at = columns(120)
    line = rendered(ONE, 120, 4)[2]
    assert line.index("┊") == pytest.approx(at.left + 6.3 / 14 * at.bars, abs=1)
    assert "┊" not in rendered(ONE, 120, 4)[1]
    startup = replace(ONE, lanes=(ONE.lanes[0], lane("ray", (12.5,), ideal_s=6.3, startup_s=5.9)))
    assert rendered(startup, 120, 4)[2].index("┊") == pytest.approx(
        at.left + 12.2 / 14 * at.bars, abs=1
    )


def test_the_selected_lane_is_marked():
    assert [line[0] for line in rendered(FOUR)[1:5]] == [" ", " ", " ", "▌"]
    assert [line[0] for line in rendered(replace(FOUR, selected=1))[1:5]] == [" ", "▌", " ", " "]


def test_with_room_every_run_is_a_dot_between_the_extremes():
    lines = rendered(FOUR, 120, 14)
    under = lines[11]
    assert under.count("•") + under.count("●") >= 2
    assert "3 runs 6.50–6.90 s  1.86–1.91×" in under
    at = columns(120)
    assert under.index("●") == at.left + int(6.5 / 14 * at.bars)
    assert "3 runs 12.40–12.80 s" in lines[2]


def test_in_one_line_the_whisker_lies_on_the_bar():
    wide = lane("ray", (5.0, 6.0, 7.0, 8.0, 9.0))
    line = rendered(BarsView((wide,), 0, 10.0), 120, 3)[1]
    at = columns(120)
    assert line.index("├") == at.left + at.bars // 2
    assert line.index("┤") == at.left + int(0.9 * at.bars)
    quarter, three = (at.left + int(share * at.bars) for share in (0.6, 0.8))
    assert set(line[quarter : three + 1]) == {"━"}
    few = rendered(BarsView((lane("ray", (5.0, 6.0, 9.0)),), 0, 10.0), 120, 3)[1]
    assert "━" not in few
    assert "─" in few


def test_one_run_has_no_spread():
    lines = rendered(ONE, 120, 10)
    assert "1 run " in lines[0]
    assert "median" not in lines[0]
    assert not {"•", "●", "├", "–"} & set("".join(lines))


def test_with_much_room_best_and_worst_have_columns():
    lines = rendered(FOUR, 200, 20)
    assert lines[0].split()[-9:] == [
        "time",
        "best",
        "worst",
        "speedup",
        "efficiency",
        "task",
        "CPU",
        "lane",
        "CPU",
    ]
    ray = next(line for line in lines if "RAY" in line)
    assert ray[columns(200).right :].split()[:6] == ["6.60", "s", "6.50", "s", "6.90", "s"]
    assert "3 runs  1.86–1.91×" in "".join(lines)


def test_a_lane_that_runs_grows_and_tells_how_far_it_is():
    running = LaneFigures("ray", "running", now=3.5, done=9, total=16, ideal_s=6.3, workers=2)
    view = BarsView((ONE.lanes[0], running), 1, 14.0)
    line = rendered(view, 80, 4)[2]
    assert line[columns(80).right :].split() == ["9/16", "●", "running"]
    at = columns(120)
    lit = [x for x in range(at.left, at.right) if _ground(view, 2, x) != DARK.background]
    assert lit[-1] - at.left == pytest.approx(3.5 / 14 * at.bars, abs=2)
    further = BarsView((ONE.lanes[0], replace(running, now=7.0)), 1, 14.0)
    assert _ground(further, 2, lit[-1] + 5) != DARK.background


def _ground(view: BarsView, row: int, x: int) -> str:
    """The ground of a cell of that line."""
    at = 0
    for segment in draw_lane_bars(view, Page(120, 4, DARK))[row]:
        at += segment.cell_length
        if x < at:
            assert segment.style
            assert segment.style.bgcolor
            return segment.style.bgcolor.get_truecolor().hex
    raise AssertionError(x)


def test_a_lane_without_a_time_says_how_it_stands():
    failed = LaneFigures(
        "ray", "failed", done=15, total=16, reason="1 task failed: \x1b[2Jdivision by zero"
    )
    line = rendered(BarsView((ONE.lanes[0], failed), 1, 14.0), 120, 4)[2]
    assert "1 task failed: [2Jdivision by zero" in line
    assert line[columns(120).right :].split() == ["15/16", "✗", "failed"]
    waiting = LaneFigures("ray", "waits")
    assert rendered(BarsView((waiting,)), 80, 3)[1].split() == ["R", "RAY", "‖", "waits"]
    assert (
        rendered(BarsView((waiting,)), 80, 3)[2].strip() == ""
    )  # nothing is known: there is no scale


def test_notes_stand_at_the_top():
    assert "run 3 of 5" in rendered(replace(ONE, note="run 3 of 5"))[0]
    assert "≈ shared cores" in rendered(replace(ONE, contended=True))[0]


def test_startup_comes_first_where_it_counts():
    view = BarsView((lane("ray", (12.5,), startup_s=5.9),), 0, 14.0)
    bar = draw_lane_bars(view, Page(120, 3, DARK))[1]
    text = "".join(segment.text for segment in bar)
    at = columns(120)
    assert text[at.left : at.left + int(5.9 / 14 * at.bars)] == "░" * int(5.9 / 14 * at.bars)
    assert filled(view, 1, DARK.ray) == pytest.approx(6.6 / 14 * at.bars, abs=1)


@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda colors: colors.name)
def test_a_lane_keeps_its_colour(colors: Palette):
    for row, color in ((1, colors.serial), (2, colors.ray)):
        assert filled(ONE, row, color, palette=colors) > 10


def test_ascii_says_the_same():
    for view in (
        FOUR,
        replace(ONE, contended=True, note="run 3 of 5"),
        BarsView((lane("wärp", (1.0, 2.0)),)),
    ):
        for size in ((80, 6), (120, 14), (200, 20)):
            assert "".join(rendered(view, *size, ascii=True)).isascii()
    assert "LANES  median of 3 runs  : lower bound" in rendered(FOUR, ascii=True)[0]
    assert "1.91x" in rendered(FOUR, ascii=True)[4]


def test_seconds_have_the_decimals_of_their_table():
    assert [
        seconds_text(0.0123, 0.05),
        seconds_text(0.5, 0.9),
        seconds_text(6.514, 12.6),
        seconds_text(-0.1, 1),
        seconds_text(1234.56, 2000),
    ] == [
        "0.0123 s",
        "0.500 s",
        "6.51 s",
        "−0.10 s",
        "1,234.6 s",
    ]


def test_without_lanes_or_room_there_is_nothing():
    assert rendered(BarsView()) == rendered(FOUR, 23) == rendered(FOUR, 80, 0) == []


LANES = st.builds(
    LaneFigures,
    st.sampled_from(["serial", "ray", "日本語", "\x1b[31m" * 20]),
    st.sampled_from(["running", "finished", "failed", "waits", "cancelled"]),
    st.just((1.0, 5.0, 1e6)),
    st.none() | st.just(spread((1.0, 5.0, 1e6))),
    st.none() | st.just(spread((0.5, 1e4))),
    st.integers(0, 4),
    st.none() | st.floats(0, 1e7),
    st.none() | st.floats(0, 1e7),
    st.floats(0, 1e7),
    st.none() | st.floats(0, 1e7),
    st.none() | st.floats(0, 1e7),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.sampled_from(["", "日本語" * 50]),
)


@given(
    st.lists(LANES, max_size=5),
    st.integers(-1, 6),
    st.floats(1e-6, 1e9),
    st.builds(Page, st.integers(24, 210), st.integers(1, 20), st.just(DARK), st.booleans()),
)
def test_every_line_is_as_wide_as_asked(
    lanes: list[LaneFigures], selected: int, end: float, page: Page
):
    lines = draw_lane_bars(BarsView(lanes, selected, end, "run 1 of 9"), page)
    assert len(lines) <= page.height
    assert {sum(segment.cell_length for segment in line) for line in lines} <= {page.width}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("view", [ONE, FOUR])
def test_unreliable_times_are_marked_beside_the_bars(view: BarsView, width: int):
    assert "unreliable" not in rendered(view, width)[0]
    assert "unreliable" in rendered(replace(view, unreliable=True), width)[0]


def test_at_80_columns_the_figures_of_four_lanes_stay_apart():
    odd = lane("ray", (2.65,), (1.5,), task_cpu_s=0.375, driver_cpu_s=0.0747)
    line = rendered(BarsView((odd,), 0, 3.0), 80, 4)[1]
    assert line.split()[-4:] == ["0.375", "s", "0.0747", "s"]
