"""What the widgets of the π picture draw, as text."""

import math
from typing import Any

import pytest

from tests.fabricate_pi import fabricated_run
from tui.drawing.ascii import to_ascii
from tui.drawing.cells import Line
from tui.drawing.digits import big, fit, width_of
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.widgets.pi.convergence import _apart, axes_of, draw_convergence
from tui.widgets.pi.fold import PiFold
from tui.widgets.pi.lane import PiLane
from tui.widgets.pi.readout import draw_readout
from tui.widgets.pi.scatter import Canvas, ScatterView, draw_scatter
from workloads.core.events import Progressed, RunStarted

SIZES = [
    (1, 1),
    (2, 1),
    (1, 9),
    (3, 2),
    (5, 5),
    (12, 4),
    (24, 6),
    (40, 20),
    (80, 24),
    (81, 23),
    (200, 60),
]
FOLD = PiFold()
for _event in fabricated_run(workers=4, tasks=16, samples=3_000_000):
    FOLD.apply(_event)
SLOW = PiFold()
for _event in fabricated_run(workers=1, tasks=16, samples=3_000_000, seed=5):
    SLOW.apply(_event)
CURVES = [
    PiLane("serial", SLOW, 3.0, True),
    PiLane("threads", PiFold(), 3.0),
    PiLane("ray", FOLD, 3.0),
]


def scatter(view: ScatterView, *page: Any) -> list[Line]:
    return draw_scatter(view, Page(*page))


def rendered(lines: list[Line]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in lines]


def points(*xy: int) -> PiFold:
    fold = PiFold()
    fold.apply(RunStarted(t=0, run=1, tasks=1, workers=1))
    fold.apply(
        Progressed(t=0, task=0, done=len(xy) // 2, total=100, partial=[len(xy) // 2, list(xy)])
    )
    return fold


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_every_line_is_as_wide_as_asked(size: tuple[int, int], ascii: bool):
    width, height = size
    for fold, curves in ((FOLD, CURVES), (PiFold(), [])):
        for lines in (
            scatter(ScatterView(fold, 2.0, "ray"), width, height, LIGHT, ascii),
            draw_convergence(curves, Page(width, height, DARK, ascii)),
            draw_readout(curves, Page(width, height, CONTRAST, ascii)),
            big("3.14159 ±", "#ffffff", Page(width, height, DARK, ascii)),
        ):
            assert len(lines) <= height
            assert [len(line) for line in rendered(lines)] == [width] * len(lines)
            assert not ascii or "".join(rendered(lines)).isascii()


def test_every_colour_is_drawn_on_a_background():
    for lines in (
        scatter(ScatterView(FOLD, 2.0, "ray"), 61, 30, DARK, False, "#123456"),
        draw_convergence(CURVES, Page(61, 30, DARK, False, "#123456")),
        draw_readout(CURVES, Page(61, 30, DARK, False, "#123456")),
    ):
        assert all(s.style and s.style.bgcolor for line in lines for s in line)
        assert "#123456" in {
            s.style.bgcolor.name for line in lines for s in line if s.style and s.style.bgcolor
        }


# -- digits --------------------------------------------------------------------------------------


def test_the_largest_size_that_fits_is_drawn():
    assert [
        len(big("3.14", "#ffffff", Page(200, rows, DARK))) for rows in (3, 4, 6, 7, 10, 11, 40)
    ] == [
        1,
        4,
        4,
        7,
        7,
        11,
        11,
    ]
    assert len(big("3.14", "#ffffff", Page(width_of("3.14", 2) or 0, 40, DARK))) == 7
    assert len(big("3.14", "#ffffff", Page((width_of("3.14", 1) or 0) - 1, 40, DARK))) == 1


def test_a_digit_as_drawn():
    assert rendered(big("1.", "#ffffff", Page(10, 4, DARK))) == [
        "  ▄██     ",
        "   ██     ",
        "   ██  ▄▄ ",
        "  ▀▀▀▀ ▀▀ ",
    ]


def test_fit_prefers_size_and_then_what_was_named_first():
    wide = width_of("3.1416", 2) or 0
    assert fit(["3.14159", "3.1416", "3.14"], wide, 7) == ("3.1416", 2)
    assert fit(["3.14159"], wide, 7) == ("3.14159", 1)
    assert fit(["3.14159", "3.14"], 5, 7) == ("3.14", 0)
    assert fit(["日本"], 80, 20) == ("日本", 0)


def test_each_character_keeps_its_colour():
    inks = {
        s.style.color.name
        for line in big("12", ("#ff0000", "#00ff00"), Page(20, 4, DARK))
        for s in line
        if s.style and s.style.color
    }
    assert inks == {"#ff0000", "#00ff00"}


def test_digits_are_as_big_in_ascii():
    assert rendered(big("1.", "#ffffff", Page(10, 4, DARK, True))) == [
        "  o88     ",
        "   88     ",
        "   88  oo ",
        '  """" "" ',
    ]
    for rows in (4, 7, 11):
        unicode, ascii = (big("3.14", "#ffffff", Page(200, rows, DARK, a)) for a in (False, True))
        assert len(ascii) == len(unicode) == rows
    assert rendered(big("1.9×", "#ffffff", Page(8, 20, DARK, True))) == ["  1.9x  "]


def test_words_in_ascii():
    assert to_ascii("π ≈ 3 ± 1 日") == "pi ~ 3 +- 1 ?"


# -- scatter -------------------------------------------------------------------------------------


def test_the_circle_touches_the_middle_of_each_side():
    lines = rendered(scatter(ScatterView(PiFold(), 0.0, "ray"), 40, 20, DARK, True))[:19]
    assert lines[0][1:39].strip("+ ") == ""
    assert lines[0].index("+") == 39 - lines[0].rindex("+")
    assert lines[9][1] == "+"
    assert lines[9][38] == "+"
    assert lines == lines[::-1]


def test_a_point_stands_where_it_fell():
    # 8 rows and 16 columns of cells, 32×32 dots: (0, 0) is the dot right of and below the middle.
    lines = rendered(scatter(ScatterView(points(1000, 1000), 0.0, "ray"), 16, 9, DARK))
    assert lines[4][8] == "\u2801"
    corner = rendered(scatter(ScatterView(points(2000, 2000), 0.0, "ray"), 16, 9, DARK, True))
    assert corner[0][15] == "."
    assert (
        rendered(scatter(ScatterView(points(1000, 1000), 0.0, "ray"), 16, 9, DARK, True))[4][8]
        == "o"
    )


def test_a_kept_canvas_draws_what_a_new_one_draws():
    canvas = Canvas()
    for size in ((60, 30), (20, 8)):
        for t in (0.1, 0.5, 0.9, 0.6, 2.0, 3.9, 0.3, 4.0):
            kept = draw_scatter(ScatterView(FOLD, t, "ray"), Page(*size, DARK), canvas)
            assert kept == scatter(ScatterView(FOLD, t, "ray"), *size, DARK)
    late = ScatterView(FOLD, 4.0, "ray")
    assert draw_scatter(late, Page(20, 8, LIGHT), canvas) == draw_scatter(late, Page(20, 8, LIGHT))


def test_the_picture_never_fills_up_nor_empties():
    for t in range(1, 16):
        lines = rendered(draw_scatter(ScatterView(SLOW, float(t), "serial"), Page(20, 11, DARK)))[
            :10
        ]
        dots = sum((ord(c) - 0x2800).bit_count() for line in lines for c in line)
        assert 0.05 < dots / (20 * 10 * 8) < 0.45


def test_the_caption_says_how_many_of_how_many():
    last = rendered(scatter(ScatterView(FOLD, 1.0, "ray"), 60, 30, DARK))[-1]
    assert (
        last.strip() == f"last {FOLD.point_count(1.0):,} of {FOLD.samples_at(1.0):,} samples · Ray"
    )
    assert (
        rendered(scatter(ScatterView(PiFold(), 0.0, "ray"), 60, 30, DARK))[-1].strip()
        == "no samples yet · Ray"
    )
    assert (
        rendered(scatter(ScatterView(FOLD, 1.0, "ray"), 18, 9, DARK))[-1]
        .strip()
        .endswith("samples")
    )


# -- convergence ---------------------------------------------------------------------------------


def test_axes_and_legend_are_labelled():
    lines = rendered(draw_convergence(CURVES, Page(100, 24, DARK)))
    assert "estimate of π against samples" in lines[0]
    assert "┄ S serial (ghost)" in lines[0]
    assert "━ R Ray" in lines[0]
    assert "95% band" in lines[0]
    assert lines[-1].split() == ["100k", "1M", "10M", "100M"]
    assert sum("π│" in line for line in lines) == 1
    assert any(line.lstrip().startswith("3.14") for line in lines)
    assert sum(line.count("R") for line in lines[1:-1]) == 1


def test_labels_go_before_the_picture_gets_too_small():
    lines = rendered(draw_convergence(CURVES, Page(24, 6, DARK)))
    assert len(lines) == 6
    assert "│" not in "".join(lines)
    assert any(ord(c) > 0x2800 for line in lines[1:-1] for c in line)


def test_the_axes_follow_the_data_in_steps():
    seen = [axes_of([PiLane("ray", FOLD, t / 20)]) for t in range(1, 90)]
    reaches = [axes.reach for axes in seen]
    assert reaches == sorted(reaches, reverse=True)
    assert len(set(reaches)) < 6
    assert axes_of([]).high >= 4


def test_the_curve_goes_through_what_was_known():
    lines = draw_convergence([PiLane("ray", FOLD, 4.5)], Page(100, 24, DARK))
    axes = axes_of([PiLane("ray", FOLD, 4.5)])
    pi, _, samples, _ = FOLD.estimate_at(4.5) or (0.0, 0.0, 1, 0)
    gutter = rendered(lines)[1].index("│") + 1
    column = gutter + int(
        (math.log10(samples) - axes.low) / (axes.high - axes.low) * (100 - gutter)
    )
    row = 1 + int((math.pi + axes.reach - pi) / (2 * axes.reach) * 22)
    at = 0
    for segment in lines[row]:
        if at <= column < at + len(segment.text):
            assert segment.style
            assert segment.style.color
            assert segment.style.color.name == DARK.ray
        at += len(segment.text)


# -- readout -------------------------------------------------------------------------------------


def test_the_readout_says_it_in_words():
    lines = rendered(draw_readout(CURVES, Page(80, 24, DARK)))
    page = "\n".join(lines)
    assert "π ≈ (Ray)" in page
    assert f"{FOLD.samples_at(3.0):,} samples   error 0.0" in page
    assert "95%)" in page
    assert [line[:3] for line in lines if line[:3].strip() in ("(S)", "T", "R")] == [
        "(S)",
        " T ",
        " R ",
    ]
    assert "ghost" in next(line for line in lines if line.startswith("(S)"))


def test_bars_go_first_when_room_is_short():
    heights = {
        height: "\n".join(rendered(draw_readout(CURVES, Page(80, height, DARK))))
        for height in (24, 12, 9, 7, 4)
    }
    assert "samples drawn" in heights[24]
    assert "samples drawn" not in heights[9]
    assert "█" in heights[9]
    assert "█" in heights[7]
    assert "█" not in heights[4]
    assert "3.1" in heights[4]


def test_only_settled_digits_are_lit():
    early = PiFold()
    for event in fabricated_run(workers=1, tasks=1, samples=100, rate=100):
        early.apply(event)
    lit = [
        s.text
        for line in draw_readout([PiLane("ray", early, 9.0)], Page(80, 3, DARK))
        for s in line
        if s.style and s.style.color and s.style.color.name == DARK.text and s.text[:1].isdigit()
    ]
    assert lit == []
    late = [
        s.text
        for line in draw_readout([PiLane("ray", FOLD, 9.0)], Page(80, 4, DARK))
        for s in line
        if s.style and s.style.color and s.style.color.name == DARK.text
    ]
    assert any(text.strip().startswith("3.14") for text in late)


def test_before_the_first_sample_it_says_so():
    assert "no samples yet" in "\n".join(
        rendered(draw_readout([PiLane("ray", PiFold(), 0.0)], Page(60, 20, DARK)))
    )


def test_equal_values_have_their_letters_in_one_row() -> None:
    for column in (5, 38, 39):
        placed = _apart([(7, column, 2), (7, column, 3), (7, column, 4)], 20, 40)
        assert {row for row, _, _ in placed} == {7}
        assert len({column for _, column, _ in placed}) == 3
