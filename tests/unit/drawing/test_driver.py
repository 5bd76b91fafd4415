"""What a driver's row looks like: rectangle, staircase, and states that change fast."""

import pytest

from tui.drawing.cells import Line
from tui.drawing.driver import DriverSpans, cpu_text, draw_driver, driver_paints
from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette, contrast
from tui.drawing.time_axis import TimeAxis
from workloads.core import events as ev
from workloads.ledger.driver_row import DriverRow

IDLE, SUBMIT, WAIT, GET, COMPUTE, NEXT = (paint.tone for paint in driver_paints(DARK, "ray"))


def row_of(*changes: tuple[float, str, dict[str, float]]) -> DriverRow:
    row = DriverRow()
    for t, doing, spent in changes:
        row.take(ev.DriverChanged(t=0, doing=doing, tasks=16, **spent), t)  # type: ignore[arg-type]
    return row


def drawn(row: DriverRow, t: float, width: int, end: float, ascii: bool = False) -> Line:
    axis = TimeAxis(Page(width, 1, DARK, ascii), (0.0, end))
    return draw_driver(DriverSpans(row, t, "ray", 0.0156, has_refs=True), axis)


def written(line: Line) -> str:
    return "".join(segment.text for segment in line)


def grounds(line: Line) -> list[str]:
    return [
        segment.style.bgcolor.name if segment.style and segment.style.bgcolor else ""
        for segment in line
        for _ in range(segment.cell_length)
    ]


def one_get() -> DriverRow:
    return row_of((0.2, "getting", {"submitting_s": 0.2}), (8.0, "idle", {"getting_s": 7.8}))


def a_get_each(count: int = 8) -> DriverRow:
    changes: list[tuple[float, str, dict[str, float]]] = []
    for turn in range(count):
        changes.append((turn, "submitting", {"getting_s": 1.0 * (turn > 0)}))
        changes.append((turn, "getting", {}))
    return row_of(*changes, (count, "idle", {"getting_s": 1.0}))


def test_one_get_is_a_rectangle_after_the_submission() -> None:
    line = drawn(one_get(), 8.0, 100, 10.0)
    assert grounds(line)[:2] == [SUBMIT] * 2
    assert grounds(line)[2:80] == [GET] * 78
    assert "ray.get" in written(line)
    assert written(line).rstrip().endswith("15.6 ms CPU")


def test_while_it_is_blocked_the_row_says_of_how_many_tasks() -> None:
    row = row_of((0.2, "getting", {"submitting_s": 0.2}))
    assert "ray.get of 16 tasks" in written(drawn(row, 8.0, 100, 10.0))
    assert grounds(drawn(row, 4.0, 100, 10.0))[40:] == [DARK.background] * 60


def test_a_get_for_each_task_is_a_row_of_steps() -> None:
    looks = grounds(drawn(a_get_each(), 8.0, 100, 10.0))
    assert [looks[step * 10 + 1] for step in range(8)] == [GET, NEXT] * 4


def test_states_that_change_fast_share_their_cells() -> None:
    changes = [(n / 10, "getting", {"submitting_s": 0.05, "getting_s": 0.05}) for n in range(1, 81)]
    line = drawn(row_of(*changes), 8.0, 80, 8.0)
    assert set(written(line)[:60]) == {"▌"}
    assert set(grounds(line)[:60]) == {GET}


def test_nothing_after_now_and_nothing_outside_the_window_is_drawn() -> None:
    axis = TimeAxis(Page(40, 1, DARK), (4.0, 12.0))
    line = draw_driver(DriverSpans(one_get(), 99.0, "ray"), axis)
    assert grounds(line) == [GET] * 20 + [DARK.background] * 20


def test_ascii_shows_the_same_steps() -> None:
    text = written(drawn(a_get_each(), 8.0, 80, 8.0, ascii=True))
    assert text.isascii()
    assert "=" in text
    assert "-" in text


@pytest.mark.parametrize("width", [0, 1, 2, 7, 200])
def test_any_width_is_filled_exactly(width: int) -> None:
    for row in (one_get(), a_get_each(), DriverRow()):
        assert sum(s.cell_length for s in drawn(row, 8.0, width, 8.0)) == width


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST])
def test_words_on_every_state_can_be_read(palette: Palette) -> None:
    for engine in ("serial", "ray", "processes", "threads"):
        for ghost in (False, True):
            for paint in driver_paints(palette, engine, ghost):
                assert contrast(paint.words, paint.tone) >= palette.least - 0.01


def test_cpu_time_has_its_unit() -> None:
    assert [cpu_text(s) for s in (None, 0.0156, 6.31)] == ["", "15.6 ms CPU", "6.31 s CPU"]
