"""Charts as text: the axes' ends and ticks, where points fall, the read-out, and what odd data do
to them.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.drawing.cells import Line
from tui.drawing.curves import Series
from tui.drawing.page import Page
from tui.drawing.raster import braille, trace
from tui.drawing.scales import Scale, drawable, scale_over
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.drawing.ticks import number_text, tick_text, ticks
from tui.widgets.compare.chart import ChartView, draw_chart
from tui.widgets.compare.chart_data import Chart

ENGINES = (("serial", "S"), ("threads", "T"), ("processes", "P"), ("Ray", "R"))


def spread_by(series: Series, share: float) -> Series:
    """The same points with bars from below to above them; without bars if they don't spread."""
    if not share:
        return series
    low, high = [y / (1 + share) for y in series.ys], [y * (1 + share) for y in series.ys]
    return replace(series, low=low, high=high)


def batches(count: int = 5, colors: Palette = DARK) -> Chart:
    """Speedup against batch size, `count` batches so far."""
    sizes = [10.0, 20.0, 30.0, 40.0, 50.0]
    xs = sizes[:count]
    ys = {
        "serial": [1.0] * 5,
        "threads": [0.97, 1.02, 1.05, 1.04, 1.06],
        "processes": [1.22, 1.55, 1.68, 1.75, 1.79],
        "Ray": [0.71, 1.28, 1.62, 1.81, 1.93],
    }
    lanes = [
        spread_by(
            Series(name, xs, ys[name][:count], colors.lane(name.lower()), letter),
            0.06 * (letter in "PR"),
        )
        for name, letter in ENGINES
    ]
    ideal = Series("ideal on 2 CPUs", [0.0, *sizes, 60.0], [2.0] * 7, colors.dim, line="dotted")
    return Chart(
        "Speedup against batch size",
        "batch size",
        "speedup",
        [*lanes, ideal],
        x_unit="images",
        y_unit="×",
        x_ticks=sizes,
        empty="No batch has ended yet.",
    )


def workers(count: int = 8, colors: Palette = DARK) -> Chart:
    """Speedup against workers with the ideal and fitted Amdahl curves."""
    xs = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0][:count]

    def amdahl(serial: float, p: float) -> float:
        return 1 / (serial + (1 - serial) / p)

    noise = [0.0, 0.03, -0.05, 0.04, 0.1, -0.08, 0.02, -0.1]
    ys = [amdahl(0.04, p) + noise[i] for i, p in enumerate(xs)]
    ray = spread_by(Series("Ray", xs, ys, colors.ray, "R"), 0.04)
    ys = [amdahl(0.09, p) - noise[i] for i, p in enumerate(xs)]
    processes = spread_by(Series("processes", xs, ys, colors.processes, "P"), 0.03)
    ends = [1 + n / 10 for n in range(71)]
    fits = [
        Series("ideal", [1, 8], [1, 8], colors.dim, line="dotted"),
        Series("Amdahl 4 %", ends, [amdahl(0.04, p) for p in ends], colors.ray, line="dotted"),
        Series(
            "Amdahl 9 %", ends, [amdahl(0.09, p) for p in ends], colors.processes, line="dotted"
        ),
    ]
    return Chart(
        "Speedup against workers",
        "workers",
        "speedup",
        [replace(ray, line="none"), replace(processes, line="none"), *fits],
        y_unit="×",
        x_ticks=[1, 2, 3, 4, 5, 6, 7, 8],
    )


def sizes(count: int = 12, colors: Palette = DARK) -> Chart:
    """Time per task against task size: overhead below, idle workers above, and where Ray breaks
    even.
    """
    xs = [10 ** (-5 + n / 2) for n in range(13)][:count]
    serial = Series("serial", xs, [1.0] * len(xs), colors.serial, "S")
    ys = [0.5 + 4e-4 / x + 0.06 * x for x in xs]
    ray = spread_by(Series("Ray", xs, ys, colors.ray, "R"), 0.15)
    return Chart(
        "Time per second of work against task size",
        "task size",
        "time for 1 s of work",
        [serial, ray],
        x_log=True,
        y_log=True,
        x_unit="s",
        y_unit="s",
        marks=[(8e-4, "break-even 0.8 ms")],
    )


def errors(count: int = 60, colors: Palette = DARK) -> Chart:
    """The error of π against samples, and what theory says."""
    xs = [10 ** (2 + n / 10) for n in range(60)][:count]
    wave = [1.64 / math.sqrt(x) * (0.35 + abs(math.sin(2.7 * n)) * 0.9) for n, x in enumerate(xs)]
    lanes = [
        Series("serial", xs[: count * 2 // 3], wave[5:], colors.serial, "S", ghost=True),
        Series("Ray", xs, wave, colors.ray, "R"),
    ]
    theory = Series("1.64/√n", [100, 1e8], [0.164, 1.64e-4], colors.accent, line="dotted")
    return Chart(
        "Error of π against samples", "samples", "error", [*lanes, theory], x_log=True, y_log=True
    )


DEMOS: dict[str, Callable[[int, Palette], Chart]] = {
    "batches": batches,
    "workers": workers,
    "sizes": sizes,
    "errors": errors,
}


def rendered(chart: Chart, width: int, height: int, ascii: bool = False) -> list[str]:
    lines = draw_chart(chart, Page(width, height, DARK, ascii))
    return ["".join(segment.text for segment in line) for line in lines]


def cells(lines: list[Line]) -> dict[tuple[int, int], tuple[str, str, str]]:
    """Every cell's character, colour and ground, by row and column; for lines of single cells."""
    matches = {}
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            style = segment.style
            ink, ground = (
                (c.name if c else "" for c in (style.color, style.bgcolor)) if style else ("", "")
            )
            for char in segment.text:
                matches[row, column] = (char, ink, ground)
                column += 1
    return matches


def marks(lines: list[Line], ink: str) -> list[tuple[int, int]]:
    """Where a series' points are marked within the plot: letters on its colour, alone in their
    row's legend not.
    """
    return [
        at for at, (char, _, ground) in cells(lines).items() if ground == ink and char.isalpha()
    ]


def plain(xs: list[float], ys: list[float], **more: object) -> Series:
    return replace(Series("Ray", xs, ys, DARK.ray, "R"), **more)  # type: ignore[arg-type]


def of(*series: Series, **more: object) -> Chart:
    return replace(Chart("Title", "size", "time", series), **more)  # type: ignore[arg-type]


# -- numbers, scales and ticks -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1.9355, "×", "1.94×"),
        (2, "×", "2.00×"),
        (0.0032, "s", "0.0032 s"),
        (12.347, "s", "12.35 s"),
        (4e-7, "s", "0.4 µs"),
        (1, "s", "1.00 s"),
        (999.7, "s", "16 min 40 s"),
        (20, "images", "20 images"),
        (1048576, "samples", "1,048,576 samples"),
        (3e9, "samples", "3G samples"),
        (12345.6, "", "12.3k"),
        (1.5e6, "B", "1.5 MB"),
        (0.00021, "", "0.00021"),
        (2.1e-6, "", "0.0000021"),
        (1e300, "", "1e300"),
        (97.3, "%", "97%"),
        (99.6, "%", "99.6%"),
        (0, "", "0"),
    ],
)
def test_a_number_as_one_says_it(value: float, unit: str, words: str):
    assert number_text(value, unit) == words


def test_numbers_of_a_log_axis_are_brief():
    values = [1e-5, 1e-3, 0.2, 1, 50, 1e3, 2e4, 1e6, 5e9, 1e15, 1e300]
    assert [tick_text(v) for v in values] == [
        "1e-5",
        "0.001",
        "0.2",
        "1",
        "50",
        "1k",
        "20k",
        "1M",
        "5G",
        "1e15",
        "1e300",
    ]
    assert [tick_text(v, "s") for v in (1e-6, 0.02, 5.0)] == ["1 µs", "20 ms", "5 s"]
    assert [tick_text(v) for v in (1024.0, 1500.0, 10.0)] == ["1024", "1500", "10"]


def test_linear_ticks_are_round():
    assert [t.label for t in ticks(Scale(0, 2.5), 31, "×", 3)] == [
        "0×",
        "0.5×",
        "1.0×",
        "1.5×",
        "2.0×",
        "2.5×",
    ]
    assert [t.label for t in ticks(Scale(0, 50), 80)] == [
        "0",
        "5",
        "10",
        "15",
        "20",
        "25",
        "30",
        "35",
        "40",
        "45",
        "50",
    ]
    assert [t.label for t in ticks(Scale(0, 0.03), 10, "s", 3)] == [
        "0 s",
        "10 ms",
        "20 ms",
        "30 ms",
    ]
    assert ticks(Scale(0, 1), 1) == []
    assert [t.label for t in ticks(Scale(0, 4e6), 60)] == [
        "0",
        "0.5M",
        "1.0M",
        "1.5M",
        "2.0M",
        "2.5M",
        "3.0M",
        "3.5M",
        "4.0M",
    ]


def test_log_ticks_are_powers_of_ten_with_2_and_5_between():
    named = [t.label for t in ticks(Scale(100, 1e6, True), 60) if t.label]
    assert named == ["100", "1k", "10k", "100k", "1M"]
    between = [t.value for t in ticks(Scale(100, 1e6, True), 60) if not t.label]
    assert between == pytest.approx([200, 500, 2e3, 5e3, 2e4, 5e4, 2e5, 5e5])
    assert [t.label for t in ticks(Scale(1, 100, True), 80)] == [
        "1",
        "2",
        "5",
        "10",
        "20",
        "50",
        "100",
    ]
    assert [t.label for t in ticks(Scale(1e-12, 1e12, True), 20, apart=2)] == [
        "1e-12",
        "1e-9",
        "1e-6",
        "0.001",
        "1",
        "1k",
        "1M",
        "1G",
        "1T",
    ]


@given(
    st.floats(-1e300, 1e300),
    st.floats(1e-290, 1e300),
    st.integers(1, 300),
    st.booleans(),
    st.sampled_from([None, 2, 3]),
)
def test_labels_never_meet(low: float, span: float, count: int, log: bool, apart: int | None):
    scale = scale_over([abs(low), abs(low) + span] if log else [low, low + span], log=log)
    matches = ticks(scale, count, "s", apart)
    places = [(scale.cell(t.value, count, 1), len(t.label)) for t in matches if t.label]
    assert all(place is not None for place, _ in places)
    need = apart if apart is not None else max((size for _, size in places), default=0) + 2
    steps = np.diff([place for place, _ in places if place is not None])
    assert (steps >= need - 1).all()  # each is rounded to its cell


@pytest.mark.parametrize("log", [False, True])
def test_a_scale_holds_its_values_and_grows_in_steps(log: bool):
    values = [1.0 + n * 0.37 for n in range(1000)]
    seen = [scale_over(values[:n], log=log, zero=True) for n in range(1, 1000)]
    assert all(
        s.low <= min(values[:n]) and max(values[:n]) <= s.high for n, s in enumerate(seen, 1)
    )
    assert len(set(seen)) < 30
    assert sorted(seen, key=lambda s: s.high) == seen


def test_a_scale_for_odd_values():
    assert scale_over([]) == Scale(0, 1)
    assert scale_over([math.nan, -1, 0], log=True) == Scale(1, 10, True)
    assert scale_over([0, 0], zero=True) == Scale(0, 1)
    assert scale_over([-3, -7], zero=True) == Scale(-8, 0)
    assert scale_over([7], log=True) == Scale(1, 10, True)
    assert scale_over([3, 4], given=(0, 10)) == Scale(0, 10)
    assert scale_over([3, 4], given=(10, 0), zero=True) == Scale(0, 4)
    assert scale_over([3, 40], given=(-1, 10), log=True) == Scale(2, 50, True)


# -- lines of dots -------------------------------------------------------------------------------


def lit(bits: np.ndarray) -> set[tuple[int, int]]:
    return {(x, len(bits) - 1 - row) for row, x in np.argwhere(bits).tolist()}


def test_a_line_goes_from_point_to_point():
    assert lit(trace(np.array([0.0, 7.0]), np.array([0.0, 7.0]), (8, 8))) == {
        (n, n) for n in range(8)
    }
    assert lit(trace(np.array([2.0, 2.0]), np.array([1.0, 6.0]), (8, 8))) == {
        (2, n) for n in range(1, 7)
    }
    broken = trace(np.array([0.0, 3.0, 5.0, 7.0]), np.array([1.0, 1.0, np.nan, 1.0]), (8, 8))
    assert lit(broken) == {(n, 1) for n in range(4)}


def test_a_line_from_beyond_the_picture_keeps_its_slope():
    far = 1e9
    assert lit(trace(np.array([-far, far]), np.array([-far, far]), (8, 8))) == {
        (n, n) for n in range(8)
    }
    assert not trace(np.array([-5.0, 20.0]), np.array([30.0, 31.0]), (8, 8)).any()


def test_a_dotted_line_has_its_gaps_however_many_points_it_has():
    for points in (2, 200):
        x = np.linspace(0, 63, points)
        assert lit(trace(x, np.zeros(points), (4, 64), gap=3)) == {(n, 0) for n in range(0, 64, 4)}


def test_dots_become_braille():
    bits = np.zeros((4, 4), np.bool_)
    bits[0, 0] = bits[3, 1] = bits[2, 2] = True
    assert [chr(0x2800 + int(code)) for code in braille(bits)[0]] == ["⢁", "⠄"]


# -- where points fall ---------------------------------------------------------------------------


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("size", [(80, 24), (61, 13), (30, 8)])
def test_a_point_is_marked_in_its_cell(size: tuple[int, int], log: bool):
    xs, ys = [1.0, 8.0, 33.0, 100.0], [100.0, 2.0, 45.0, 1.0]
    ranges = {"x_range": (1.0, 100.0), "y_range": (1.0, 100.0), "x_log": log, "y_log": log}
    lines = draw_chart(of(plain(xs, ys, name="", letter="Q"), **ranges), Page(*size, DARK))
    page = ["".join(s.text for s in line) for line in lines]
    plot = [row for row, line in enumerate(page) if any(bar in line for bar in "│┤")]
    left = min(line.index(bar) for line in page for bar in "│┤" if bar in line) + 1
    across, up = 2 * (size[0] - left), 4 * len(plot)

    def share(value: float) -> float:
        return math.log10(value) / 2 if log else (value - 1) / 99

    expected = {
        (plot[-1] - round(share(y) * (up - 1)) // 4, left + round(share(x) * (across - 1)) // 2)
        for x, y in zip(xs, ys, strict=True)
    }
    assert {at for at in marks(lines, DARK.ray) if at[0] in plot} == expected


def test_points_in_one_cell_stand_side_by_side():
    same = plain([1, 2, 3], [1, 2, 3]), plain([1, 2, 3], [1, 2, 3], letter="P", ink=DARK.processes)
    page = "\n".join(rendered(of(*same), 60, 20))
    assert page.count("▐RP▌") == 2
    assert page.count("▐PR\n") == 1  # at the right edge the second steps to the left


def test_a_crowd_of_points_is_a_line_that_ends_in_its_letter():
    xs = [float(n) for n in range(200)]
    lines = draw_chart(of(plain(xs, xs), x_range=(0, 199)), Page(60, 20, DARK))
    inside = [at for at in marks(lines, DARK.ray) if 2 <= at[0] < 16]
    assert inside == [(2, 59)]


def test_a_line_joins_measured_points_and_dots_what_was_computed():
    matches = cells(draw_chart(of(plain([0, 10], [1, 1]), x_range=(0, 10)), Page(60, 20, DARK)))
    assert (
        sum(ink == DARK.ray and 0x2800 < ord(char) <= 0x28FF for char, ink, _ in matches.values())
        > 50
    )
    ideal = of(plain([0, 10], [5, 5], letter="", name="ideal", line="dotted"), x_range=(0, 10))
    dotted = cells(draw_chart(ideal, Page(60, 20, DARK)))
    assert (
        20
        < sum(ink == DARK.ray and 0x2800 < ord(char) <= 0x28FF for char, ink, _ in dotted.values())
        < 40
    )
    assert not [at for at in marks(draw_chart(ideal, Page(60, 20, DARK)), DARK.ray) if at[0] > 1]


def test_spread_bars_reach_from_low_to_high():
    bar = plain([5], [5], low=[0], high=[10])
    matches = cells(draw_chart(of(bar, x_range=(0, 10), y_range=(0, 10)), Page(60, 20, DARK)))
    column = next(
        at[1]
        for at, (char, _, ground) in matches.items()
        if char == "R" and ground == DARK.ray and at[0] > 1
    )
    assert [matches[row, column][0] for row in range(2, 16)] == ["┳", *"┃" * 5, "R", *"┃" * 6, "┻"]
    odd = plain([5], [5], low=[math.nan], high=[math.inf])
    assert "┃" not in "".join(rendered(of(odd, x_range=(0, 10)), 60, 20))


def test_a_position_is_named_beside_its_line():
    chart = of(
        plain([1, 100], [1, 1]), x_log=True, y_log=True, marks=[(10, "break-even 10"), (1e9, "far")]
    )
    lines = rendered(chart, 60, 20)
    assert "┊ break-even 10" in lines[2]
    assert sum("┊" in line for line in lines) >= 12
    assert "far" not in "".join(lines)
    assert "break-even 90 ┊" in rendered(replace(chart, marks=[(90, "break-even 90")]), 60, 20)[2]


def test_what_is_computed_lends_no_dots_to_a_measured_line():
    line = plain([0, 10], [5, 5])
    ideal = plain([0, 10], [5.2, 5.2], line="dotted", ink=DARK.dim, letter="")
    ranges = {"x_range": (0.0, 10.0), "y_range": (0.0, 10.0)}
    alone, both = (
        cells(draw_chart(of(*series, **ranges), Page(60, 20, DARK)))
        for series in ([line], [line, ideal])
    )
    assert {at: cell for at, cell in both.items() if at[0] == 9} == {
        at: c for at, c in alone.items() if at[0] == 9
    }


# -- axes, legend and read-out -------------------------------------------------------------------


def test_axes_titles_and_legend_name_all():
    lines = rendered(batches(), 100, 24)
    assert lines[0].startswith("Speedup against batch size")
    assert (
        " S  serial   T  threads   P  processes   R  Ray  ┈┈ ideal on 2 CPUs" in lines[0] + lines[1]
    )
    assert lines[1].startswith("speedup")
    assert lines[-4].split() == ["10", "20", "30", "40", "50"]
    assert lines[-3].strip() == "batch size (images)"
    assert any(line.startswith("2.0×┤") for line in lines)
    assert "time" in rendered(sizes(), 100, 24)[1]


def test_the_axes_stay_while_a_sweep_with_known_sizes_grows():
    pages = [rendered(batches(count), 100, 24) for count in range(6)]
    assert {page[-4] for page in pages} == {pages[0][-4]}
    assert len({tuple(line[:5] for line in page[2:-5]) for page in pages}) <= 2


def test_the_read_out_tells_what_was_measured_at_the_cursor():
    assert rendered(replace(batches(), cursor=20), 100, 24)[-1].strip() == (
        "batch size 20 images   S  serial 1.00×   T  threads 1.02×   P  processes 1.55×   R "
        " Ray 1.28×"
    )
    assert "R  Ray 1.28× (1.21×–1.36×)" in rendered(replace(batches(), cursor=20), 160, 24)[-1]
    assert "ideal 2.00×" in rendered(replace(workers(), cursor=1), 160, 24)[-1].replace(
        "1.00×", "2.00×"
    )
    assert rendered(batches(), 100, 24)[-1].startswith("batch size 50 images")
    assert rendered(batches(0), 100, 24)[-1].strip() == "No batch has ended yet."


def test_the_read_out_never_interpolates():
    ray, serial = plain([5, 30], [1, 3]), plain([20], [7], name="serial", letter="S")
    ideal = plain([0, 30], [0, 30], name="ideal", letter="", line="dotted")
    chart = of(ray, serial, ideal, cursor=20.4)
    assert rendered(chart, 100, 24)[-1].strip() == "size 20   R  Ray 3 at 30   S  serial 7"
    assert (
        rendered(replace(chart, cursor=30), 100, 24)[-1].strip()
        == "size 30   R  Ray 3   S  serial 7 at 20  ideal 30"
    )


def test_the_cursor_stands_at_a_measured_point():
    lines = draw_chart(replace(batches(2), cursor=49), Page(100, 24, DARK))
    lit = [at for at, (char, ink, _) in cells(lines).items() if char == "│" and ink == DARK.accent]
    assert len({column for _, column in lit}) == 1
    number = [
        c
        for (row, _), (c, ink, _) in sorted(cells(lines).items())
        if row == 20 and ink == DARK.accent
    ]
    assert "".join(number) == "20"
    assert not [
        1
        for c, ink, _ in cells(draw_chart(batches(2), Page(100, 24, DARK))).values()
        if ink == DARK.accent
    ]


def test_what_does_not_fit_goes_in_order():
    chart = replace(batches(), cursor=30)
    tall, low, flat, line = (rendered(chart, 80, height) for height in (12, 11, 5, 1))
    assert "batch size (images)" in "".join(tall)
    assert "batch size (images)" not in "".join(low)
    assert "Speedup against" in low[0]
    assert "Speedup" not in "".join(flat)
    assert "30" in flat[-2]
    assert line[0].startswith("batch size 30 images")
    small = rendered(chart, 30, 8)
    assert small[0].split() == ["S", "T", "P", "R"]
    assert small[-1].startswith("30 images   S  1.00×")
    assert rendered(chart, 23, 8)[1][0] != "2"


def test_without_points_there_is_a_sentence():
    for series in (
        [],
        [plain([], [])],
        [plain([math.nan], [1])],
        [plain([1, 2], [math.inf, math.nan])],
    ):
        lines = rendered(of(*series, empty="Nothing has ended yet."), 60, 10)
        assert lines[0].startswith("Title")
        assert [line.strip() for line in lines[1:] if line.strip()] == ["Nothing has ended yet."]


def test_a_ghost_is_drawn_as_one():
    page = rendered(errors(60), 100, 24)
    assert "(S) serial (ghost)" in page[0]
    assert sum("(S)" in line for line in page[2:-1]) == 1


def test_ascii_has_the_same_words():
    for make in DEMOS.values():
        page = "\n".join(rendered(replace(make(60), cursor=1), 100, 24, ascii=True))
        assert page.isascii()
        assert "?" not in page
    assert "1 us" in "".join(
        rendered(of(plain([1e-6, 1e-3], [1, 2]), x_log=True, x_unit="s"), 100, 24, ascii=True)
    )


def test_the_cursor_steps_over_the_measured_points():
    view = ChartView()
    view.move(1)
    assert view.cursor is None
    view.update(
        of(plain([10, 30], [1, 2]), plain([20], [1]), plain([0, 25, 40], [1, 1, 1], line="dotted"))
    )
    seen = []
    for steps in (-1, -1, -1, -1, 1, 2, 1):
        view.move(steps)
        seen.append(view.cursor)
    assert seen == [30, 20, 10, 10, 20, 30, 30]
    view.update(of(plain([10, 28], [1, 2])))
    view.move(-1)
    assert view.cursor == 10
    view.update(of(plain([10, 28], [1, 2]), cursor=28))
    assert view.cursor == 28


# -- whatever comes ------------------------------------------------------------------------------

ANY = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, 1e300, -1e300, 1.7e308, 5e-324, 1e-300, math.nan, math.inf]),
)
NUMBERS = st.one_of(st.lists(ANY, max_size=12), st.lists(st.floats(0.001, 1000), max_size=12))
WORDS = st.text(max_size=20) | st.sampled_from(
    ["👩🏽‍💻 🇩🇪 ❤️", "e\u0301\u0301", "日本語", "\x1b[31m\n", "[red]", "µ √ –"]
)
SERIES = st.builds(
    Series,
    name=WORDS,
    xs=NUMBERS,
    ys=NUMBERS,
    ink=st.sampled_from([DARK.ray, DARK.serial]),
    letter=st.text(max_size=2),
    line=st.sampled_from(["solid", "dotted", "none"]),
    low=st.none() | NUMBERS,
    high=st.none() | NUMBERS,
    ghost=st.booleans(),
)
RANGE = st.none() | st.tuples(ANY, ANY)
CHARTS = st.builds(
    Chart,
    title=WORDS,
    x_label=WORDS,
    y_label=WORDS,
    series=st.lists(SERIES, max_size=4),
    x_log=st.booleans(),
    y_log=st.booleans(),
    x_unit=st.sampled_from(["", "s", "×", "B", "images"]),
    y_unit=st.sampled_from(["", "s", "×", "%"]),
    marks=st.lists(st.tuples(ANY, WORDS), max_size=3),
    zero_based=st.booleans(),
    cursor=st.none() | ANY,
    x_ticks=st.none() | NUMBERS,
    x_range=RANGE,
    y_range=RANGE,
    empty=WORDS,
)


@settings(max_examples=400, deadline=None)
@given(
    CHARTS,
    st.integers(1, 200),
    st.integers(1, 50),
    st.booleans(),
    st.sampled_from([DARK, LIGHT, CONTRAST]),
)
def test_every_line_is_as_wide_as_asked(
    chart: Chart, width: int, height: int, ascii: bool, colors: Palette
):
    lines = draw_chart(chart, Page(width, height, colors, ascii, "#123456"))
    assert len(lines) == height
    assert {sum(segment.cell_length for segment in line) for line in lines} == {width}
    assert all(segment.style and segment.style.bgcolor for line in lines for segment in line)
    assert not ascii or all(segment.text.isascii() for line in lines for segment in line)


@given(NUMBERS, st.booleans())
def test_what_no_axis_shows_is_left_out(values: list[float], log: bool):
    for value, kept in zip(values, drawable(values, log).tolist(), strict=True):
        assert math.isnan(kept) or (kept > 0 if log else abs(kept) <= 1e300)
        assert math.isnan(kept) or kept == value or abs(value) < 1e-300


def test_no_room_is_no_lines():
    assert (
        draw_chart(batches(), Page(0, 10, DARK)) == draw_chart(batches(), Page(10, 0, DARK)) == []
    )
