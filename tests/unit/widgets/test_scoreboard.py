"""The scoreboard and the lanes' bars as text."""

import pytest

from tui.drawing.cells import Line
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.widgets.race.lane_bar import LaneBar, draw_bars
from tui.widgets.race.scoreboard import (
    LaneScore,
    Score,
    draw_scoreboard,
)

LANES = (
    LaneScore("serial", 12.6, 12.6, 12.58, 12.57, 0.05),
    LaneScore("ray", 6.51, 6.51, 0.12, 12.6, 5.9),
)
DONE = Score(speedup=1.9355, efficiency=0.968, workers=2, lanes=LANES)


def written(line: Line) -> str:
    return "".join(segment.text for segment in line)


def text_of(
    score: Score, width: int, height: int, palette: Palette = DARK, ascii: bool = False
) -> str:
    lines = draw_scoreboard(score, Page(width, height, palette, ascii))
    assert len(lines) == height
    assert all(sum(segment.cell_length for segment in line) == width for line in lines)
    return "\n".join(map(written, lines))


def test_the_speedup_stands_with_its_cores_and_the_times() -> None:
    text = text_of(DONE, 44, 22)
    assert "SPEEDUP  Ray vs serial" in text
    assert "97% efficiency with 2 workers" in text
    assert "█" in text
    assert "12.60 s" in text
    assert "6.51 s" in text
    lane_cpu = next(line for line in text.splitlines() if "lane CPU" in line)
    assert lane_cpu.split()[2:] == ["12.58", "s", "0.120", "s"]


def digits(score: Score) -> set[str]:
    """The colours of what is drawn in half-blocks."""
    return {
        segment.style.color.name
        for line in draw_scoreboard(score, Page(44, 22, DARK))
        for segment in line
        if segment.style and segment.style.color and "▄" in segment.text
    }


def test_the_speedup_has_the_colour_of_its_lane() -> None:
    assert digits(DONE) == {DARK.ray}


def test_elapsed_bars_are_on_one_scale() -> None:
    lines = draw_scoreboard(DONE, Page(44, 22, DARK))
    filled = []
    for colour in (DARK.serial, DARK.ray):
        cells = [
            segment.cell_length
            for line in lines
            for segment in line
            if segment.style and segment.style.bgcolor and segment.style.bgcolor.name == colour
        ]
        filled.append(max(cells))
    assert filled[1] / filled[0] == pytest.approx(6.51 / 12.6, abs=0.05)


def test_without_a_speedup_it_says_why() -> None:
    assert "measured when both lanes have finished" in text_of(Score(lanes=LANES), 44, 16)
    assert "serial 12.3 s to beat" in text_of(
        Score(note="serial 12.3 s to beat", lanes=LANES), 44, 16
    )
    assert "▄" not in text_of(Score(lanes=LANES), 44, 16)


def test_a_projected_speedup_is_pale_and_says_how_sure_it_is() -> None:
    score = Score(projected=(1.87, 1.71, 2.02), lanes=LANES, note="serial took 12.6 s")
    text = text_of(score, 44, 20)
    assert "projected: 1.71 to 2.02×, 95%" in text
    assert "serial took 12.6 s" in text
    assert digits(score)
    assert not digits(score) & digits(DONE)


def test_with_several_rivals_each_lane_tells_its_speedup() -> None:
    lanes = (
        LaneScore("serial", 12.0, 12.0),
        LaneScore("threads", 11.0, 11.0, speedup=1.09),
        LaneScore("processes", 6.2, 6.2, speedup=1.94),
        LaneScore("ray", 3.0),
    )
    lines = text_of(Score(lanes=lanes), 44, 20).splitlines()
    assert [line.split()[-1] for line in lines if " s" in line][-4:] == ["s", "1.09×", "1.94×", "s"]
    ends = {
        line.rindex(" s")
        for line in lines
        if "12.00 s" in line or "3.00 s" in line or "6.20 s" in line
    }
    assert len(ends) == 1


def test_shared_cores_are_marked() -> None:
    contended = Score(speedup=1.6, efficiency=0.8, workers=2, contended=True, lanes=LANES)
    assert "≈ shared cores" in text_of(contended, 44, 16)
    assert "~ shared cores" in text_of(contended, 44, 16, ascii=True)
    assert "shared" not in text_of(DONE, 44, 16)


def test_the_smallest_board_keeps_the_speedup_and_what_it_is_worth() -> None:
    text = text_of(DONE, 20, 6)
    assert "Ray vs serial" in text
    assert "▀" in text
    assert "97%" in text


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
def test_no_size_breaks_it(palette: Palette, ascii: bool) -> None:
    scores = [
        DONE,
        Score(),
        Score(
            speedup=123.456,
            efficiency=1.2,
            workers=64,
            contended=True,
            note="[b]note[/b] " * 9,
            lanes=LANES,
        ),
        Score(lanes=(LaneScore("serial", 0.0, ghost=True),)),
    ]
    for score in scores:
        for width in (1, 2, 5, 12, 20, 33, 50, 200):
            for height in (1, 2, 3, 6, 9, 14, 30, 60):
                assert text_of(score, width, height, palette, ascii).isascii() or not ascii


def test_lane_bars_are_aligned_and_give_way_in_order() -> None:
    bars = [
        LaneBar("serial", 5, 100, "running", elapsed=12.5),
        LaneBar("ray", 100, 100, "finished", retried=3, elapsed=6.51, serial_share=0.03, rate=15.4),
    ]
    wide = [written(line) for line in draw_bars(bars, Page(120, 1, DARK))]
    assert wide[0].index("12.50 s") + 1 == wide[1].index("6.51 s")
    assert wide[0].index("● running") == wide[1].index("✔ finished")
    assert "15.4/s" in wide[1]
    narrow = [written(line) for line in draw_bars(bars, Page(60, 1, DARK))]
    assert "/s" not in narrow[1]
    assert "100/100" in narrow[1]
    assert "✔" in narrow[1]
    for width in range(1, 130):
        for line in draw_bars(bars, Page(width, 1, DARK)):
            assert sum(segment.cell_length for segment in line) == width
    assert draw_bars([], Page(80, 1, DARK)) == []


def test_a_lane_in_which_a_task_failed_has_finished() -> None:
    bar = LaneBar("ray", 15, 16, "finished", failed=1, elapsed=6.5)
    assert "✔ finished, 1 failed" in written(draw_bars([bar], Page(120, 1, DARK))[0])


def test_a_lane_slower_than_serial_says_how_many_times() -> None:
    text = text_of(Score(speedup=0.68, efficiency=0.34, workers=2, lanes=LANES), 44, 22)
    assert "slower than serial" in text
    assert "times slower" not in text, "the digits end with ×"
    assert "efficiency" not in text
    assert "1.47× slower" in LaneScore("ray", 3.0, speedup=0.68).gain


def test_figures_of_a_race_with_other_settings_are_marked_and_pale() -> None:
    stale = Score(speedup=1.9355, efficiency=0.968, workers=2, lanes=LANES, stale=True)
    assert "last race, with other settings" in text_of(stale, 44, 22)
    assert not digits(stale) & digits(DONE)


def test_the_digits_of_a_projection_lie_within_the_interval_beside_them() -> None:
    def drawn(factor: float, low: float, high: float) -> list[str]:
        score = Score(projected=(factor, low, high), lanes=LANES)
        return [line for line in text_of(score, 44, 16).splitlines() if "▄" in line or "█" in line]

    assert "projected: 0.59 to 1.02×, 95%" in text_of(
        Score(projected=(0.75, 0.59, 1.02), lanes=LANES), 44, 16
    )
    assert drawn(0.75, 0.59, 1.02) != drawn(1 / 0.75, 1.2, 1.6), "0.75×, not 1.33×"
    assert drawn(0.75, 0.59, 0.9) == drawn(1 / 0.75, 1.2, 1.6), "1.33×, and said to be slower"


def test_figures_that_count_the_start_up_say_so() -> None:
    counted = Score(speedup=1.2, efficiency=0.6, workers=2, lanes=LANES, startup=True)
    assert "including start-up" in text_of(counted, 44, 22)
    assert "including start-up" not in text_of(DONE, 44, 22)


def test_a_busy_machine_is_named_beside_the_speedup() -> None:
    reason = "Unreliable times: tasks had a core for only part of their time (serial 27%)"
    busy = f"{reason}: other programs used 1.5 of 2 CPUs on this machine."
    text = text_of(Score(speedup=3.2, efficiency=1.6, unreliable=busy, lanes=LANES), 44, 16)
    assert "unreliable: other programs used 1.5" in text
    assert "unreliable times" in text_of(
        Score(speedup=3.2, unreliable=f"{reason}.", lanes=LANES), 44, 16
    )
    assert "unreliable" not in text_of(DONE, 44, 16)
    small = Score(speedup=1.5, efficiency=0.75, workers=2, unreliable=busy, lanes=LANES)
    assert "unreliable times" in text_of(small, 30, 6), "it says more than the efficiency"
