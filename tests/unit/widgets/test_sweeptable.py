"""The table of a sweep as text: its columns, the row being measured, the cursor, and what doesn't
fit.
"""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fabricate_sweeps import told_sweep
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.compare.sweep_table import SweepView, draw_sweep_table
from workloads.builtin.pi import PI
from workloads.lanes.coordinator import Plan
from workloads.sweeps.fold import SweepFold, SweepPoint
from workloads.sweeps.values import read


def point(value: int, serial: float | None, ray: float | None) -> SweepPoint:
    """What was measured at a value; None for a lane that didn't get to an answer."""
    seconds = {
        name: taken for name, taken in (("serial", serial), ("ray", ray)) if taken is not None
    }
    speedup = {"ray": serial / ray} if serial and ray else {}
    return SweepPoint(value, "finished", seconds, speedup, {}, True)


POINTS = [point(10, 1.04, 0.592), point(20, 12.6, 6.5), point(30, 312.0, None)]
VIEW = SweepView("tasks", (10, 20, 30, 40, 1000), ("serial", "ray"), POINTS)
AT_WORK = replace(VIEW, now={"serial": 20.8, "ray": 3.44}, live={"ray"})


def rendered(view: SweepView, width: int = 60, height: int = 9, ascii: bool = False) -> list[str]:
    """The lines as text."""
    lines = draw_sweep_table(view, Page(width, height, DARK, ascii))
    return ["".join(segment.text for segment in line) for line in lines]


def looks(
    view: SweepView, words: str, colors: Palette = DARK
) -> set[tuple[str | None, str | None, bool]]:
    """In which inks, grounds and weights the words are written, wherever they are."""
    matches = set()
    for line in draw_sweep_table(view, Page(60, 9, colors)):
        for segment in line:
            if words in segment.text:
                style = segment.style
                assert style is not None
                ink, ground = (
                    shade.get_truecolor().hex if shade else None
                    for shade in (style.color, style.bgcolor)
                )
                matches.add((ink, ground, bool(style.bold)))
    return matches


def test_a_row_a_batch_with_the_numbers_under_their_heads():
    assert [line.rstrip() for line in rendered(VIEW)] == [
        " tasks     S serial         R Ray         speedup",
        "    10       1.04 s       0.592 s           1.76×",
        "    20      12.60 s        6.50 s           1.94×",
        "    30   5 min 12 s             –               –",
        "    40",
        " 1,000",
    ]


def test_the_row_being_measured_tells_the_seconds_so_far_and_who_runs():
    assert rendered(AT_WORK)[4].rstrip() == "    40      20.80 s        3.44 s ●"
    assert looks(AT_WORK, "3.44") == {(DARK.ray, DARK.panel, True)}
    assert looks(AT_WORK, "20.8") == {(DARK.text, DARK.panel, False)}
    assert looks(AT_WORK, "40") == {(DARK.text, DARK.panel, False)}
    assert looks(AT_WORK, "1,000") == {(DARK.dim, DARK.panel, False)}
    both = replace(AT_WORK, live={"serial", "ray"})
    assert rendered(both)[4].rstrip() == "    40      20.80 s ●      3.44 s ●"
    waiting = replace(VIEW, now={})
    assert rendered(waiting) == rendered(VIEW)
    assert looks(waiting, "40") == {(DARK.text, DARK.panel, False)}


def test_when_all_is_measured_nothing_is_at_work():
    over = replace(AT_WORK, values=(10, 20, 30))
    assert rendered(over) == rendered(replace(over, now=None))


def test_the_cursor_marks_its_row():
    here = replace(VIEW, cursor=20.0)
    assert [line[0] for line in rendered(here)] == [" ", " ", "▌", " ", " ", " "]
    assert looks(here, "20") == {(DARK.accent, DARK.panel, True)}
    assert looks(here, "10") == {(DARK.text, DARK.panel, False)}
    assert rendered(replace(VIEW, cursor=25.0)) == rendered(VIEW)


@pytest.mark.parametrize("colors", [DARK, LIGHT, CONTRAST], ids=lambda colors: colors.name)
def test_a_lane_keeps_its_colour_and_failure_its_own(colors: Palette):
    assert looks(VIEW, "serial", colors) == {(colors.serial, colors.panel, True)}
    assert looks(VIEW, "Ray", colors) == {(colors.ray, colors.panel, True)}
    assert {ground for _, ground, _ in looks(VIEW, "1.94×", colors)} == {colors.ray}
    assert looks(VIEW, "–", colors) == {
        (colors.failed, colors.panel, False),
        (colors.dim, colors.panel, True),
    }


def test_ascii_says_the_same():
    view = replace(AT_WORK, cursor=10.0)
    plain = str.maketrans({"●": "*", "–": "-", "×": "x", "▌": "|"})
    assert rendered(view, ascii=True) == [line.translate(plain) for line in rendered(view)]
    assert "".join(rendered(view, ascii=True)).isascii()
    foreign = SweepView("größe 日本", (1,), ("serial", "wärp", "ray"), [])
    assert "".join(rendered(foreign, 100, ascii=True)).isascii()


def test_of_more_rows_than_room_those_at_work_are_shown():
    long = SweepView(
        "tasks", tuple(range(1, 21)), ("serial", "ray"), [point(n, 2.0, 1.0) for n in range(1, 13)]
    )

    def rows(view: SweepView) -> list[int]:
        return [int(line[1:].split()[0]) for line in rendered(view, height=6)[1:]]

    assert rows(long) == [9, 10, 11, 12, 13]
    assert rows(replace(long, points=[])) == [1, 2, 3, 4, 5]
    assert rows(replace(long, values=tuple(range(1, 13)))) == [8, 9, 10, 11, 12]
    assert rows(replace(long, cursor=3.0)) == [3, 4, 5, 6, 7]
    assert rows(replace(long, cursor=11.0)) == [9, 10, 11, 12, 13]
    assert rows(replace(long, cursor=19.0)) == [15, 16, 17, 18, 19]


def test_many_lanes_are_told_by_their_letters():
    lanes = ("serial", "threads", "processes", "ray")
    seconds = {"serial": 125.0, "threads": 119.0, "processes": 64.0, "ray": 61.0}
    gained = {"threads": 1.05, "processes": 1.95, "ray": 2.05}
    view = SweepView("tasks", (10,), lanes, [SweepPoint(10, "finished", seconds, gained, {}, True)])
    assert [line.rstrip() for line in rendered(view, 80)] == [
        " tasks        S         T         P         R         T ×       P ×       R ×",
        "    10    125 s     119 s   64.00 s   61.00 s       1.05×     1.95×     2.05×",
    ]
    heads = " ".join(rendered(view, 120)[0].split())
    assert heads == "tasks S serial T threads P processes R Ray T × P × R ×"


def test_one_lane_has_no_speedup():
    view = SweepView("tasks", (10,), ("ray",), [point(10, None, 0.5)])
    assert [line.split() for line in rendered(view)] == [
        ["tasks", "R", "Ray"],
        ["10", "0.500", "s"],
    ]


def test_words_of_a_recording_are_made_safe():
    view = SweepView("\x1b[2J\nsamples\x07", (1,), ("a\x1b]0;b\x07", "serial"), [])
    text = "".join(rendered(view, 80))
    assert text.isprintable()
    assert "[2J samples" in text


def test_without_values_or_room_there_is_nothing():
    assert rendered(SweepView()) == rendered(VIEW, 0) == rendered(VIEW, 60, 0) == []
    assert len(rendered(VIEW, 60, 1)) == 1


@given(
    st.builds(
        SweepView,
        st.sampled_from(["tasks", "日本語の長い名前", ""]),
        st.lists(st.sampled_from([1, 10, 20, 30, 10**9]), max_size=12, unique=True),
        st.lists(st.sampled_from(["serial", "ray", "processes", "x" * 60]), max_size=5),
        st.just(POINTS),
        st.none() | st.just({"serial": 1e7, "ray": 0.0}),
        st.sampled_from(["", "serial", "ray"]),
        st.none() | st.sampled_from([10.0, 20.0, 15.5, float("nan"), float("inf")]),
    ),
    st.integers(1, 130),
    st.integers(1, 8),
    st.booleans(),
)
def test_every_line_is_as_wide_as_asked(view: SweepView, width: int, height: int, ascii: bool):
    lines = draw_sweep_table(view, Page(width, height, DARK, ascii))
    assert len(lines) == (min(height, len(view.values) + 1) if view.values else 0)
    assert {sum(segment.cell_length for segment in line) for line in lines} <= {width}
    if len(lines) > 1 and view.cursor in view.values and width > 1:
        assert sum(line[0].text[0] in "|▌" for line in lines) == 1


# -- the view of a fold ----------------------------------------------------------------------------

PI_PLAN = Plan("pi", PI.complete({}), 7)


def folded(kind: str, values: str, **more: Any) -> SweepFold:
    """The fold of such a sweep, over."""
    fold = SweepFold()
    for event in told_sweep(
        read(kind, values, PI_PLAN), lambda lane, value: 6.0 if lane == "ray" else 12.0, **more
    ):
        fold.apply(event)
    return fold


def test_where_serial_does_not_race_there_is_no_dash():
    view = SweepView.of(folded("workers", "1,2", failing=[("ray", 2)]), {})
    # So did versions that raced serial at the first value only.
    _, second = view.points
    del second.seconds["serial"], second.workers["serial"]
    assert [line.rstrip() for line in rendered(view)] == [
        " workers     S serial         R Ray         speedup",
        "       1      12.00 s        6.00 s           2.00×",
        "       2                          –               –",
    ]


def test_grain_tells_the_size_of_a_task_and_samples_the_error():
    view = SweepView.of(
        folded("grain", "1,1000,100000", overheads={"serial": 1e-5, "ray": 5e-4}, task_s=12.0), {}
    )
    assert [line.split()[:4] for line in rendered(view)] == [
        ["tasks", "a", "task", "S"],
        ["1", "12.00", "s", "12.00"],
        ["1,000", "12", "ms", "12.00"],
        ["100,000", "0.12", "ms", "12.00"],
    ]
    view = SweepView.of(
        folded("samples", "1600,16000", answer=lambda value: {"pi": math.pi + 4 / value}), {}
    )
    assert [line.split()[:2] for line in rendered(view)] == [
        ["samples", "error"],
        ["1,600", "0.0025"],
        ["16,000", "0.00025"],
    ]


def test_the_value_that_is_raced_again_is_at_work_though_others_wait():
    view = replace(AT_WORK, at=20)
    assert looks(view, "3.44") == {(DARK.ray, DARK.panel, True)}
    assert rendered(view)[2].rstrip() == "    20      20.80 s        3.44 s ●"
    assert rendered(view)[4].rstrip() == "    40"


def test_an_empty_fold_has_no_table():
    assert rendered(SweepView.of(SweepFold(), {"ray": 1.0})) == []


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("column", ["time serial", "time ray", "speedup ray"])
def test_rows_are_sorted_by_any_column_and_those_without_a_figure_come_last(
    column: str, reverse: bool
):
    view = replace(VIEW, sort=column, reverse=reverse)
    assert column in view.columns
    kind, lane = column.split()
    figures = {p.value: (p.speedup if kind == "speedup" else p.seconds).get(lane) for p in POINTS}
    measured = [value for value in view.ordered if figures.get(value) is not None]
    assert view.ordered[: len(measured)] == measured
    by_figure = [figures[value] for value in measured]
    assert by_figure == sorted(by_figure, reverse=reverse)  # type: ignore[type-var]
    assert sorted(view.ordered) == sorted(VIEW.values)
    assert ("▼" if reverse else "▲") in rendered(view)[0]


def test_the_order_of_the_sweep_is_the_first_and_can_be_turned_round():
    assert VIEW.ordered == [10, 20, 30, 40, 1000]
    assert replace(VIEW, reverse=True).ordered == [1000, 40, 30, 20, 10]
    assert "▲" not in rendered(VIEW)[0]


def test_the_wheel_moves_the_first_row():
    view = SweepView("tasks", tuple(range(1, 21)), ("serial", "ray"), top=5)
    assert [line.split()[0] for line in rendered(view, height=5)[1:]] == ["6", "7", "8", "9"]
    assert rendered(replace(view, top=99), height=5)[-1].split() == ["20"]
