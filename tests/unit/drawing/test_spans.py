"""What one worker's row looks like, cell by cell."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.fabricate import at, fabricated_race, folded
from tui.drawing.cells import EIGHTHS, LEVELS, Line
from tui.drawing.page import Page
from tui.drawing.paints import RUNNING, STAGE, STAGE_DEPTHS, TIP, paints
from tui.drawing.spans import WorkerSpans, draw_spans, draw_together
from tui.drawing.themes import CONTRAST, DARK, LIGHT
from tui.drawing.time_axis import TimeAxis
from tui.widgets.race.phases import draw_phases
from workloads.ledger.rows import WorkerRow
from workloads.ledger.tables import State

RAY = DARK.lane("ray")


def written(line: Line) -> str:
    return "".join(segment.text for segment in line)


def grounds(line: Line) -> list[str]:
    """The background of every cell."""
    return [
        segment.style.bgcolor.name if segment.style and segment.style.bgcolor else ""
        for segment in line
        for _ in range(segment.cell_length)
    ]


def row_of(*spans: tuple[float, float, State]) -> WorkerRow:
    row = WorkerRow(0)
    for task, (start, end, state) in enumerate(spans):
        row.close(task, start, end, state)
    return row


def frame(width: int, end: float, ascii: bool = False) -> TimeAxis:
    return TimeAxis(Page(width, 1, DARK, ascii), (0.0, end))


def drawn(
    row: WorkerRow, axis: TimeAxis, t: float, engine: str, words: bool = True, **more: Any
) -> Line:
    worded, bare = draw_spans(WorkerSpans(row, t, engine, **more), axis, tall=2)
    if words:
        return worded
    return bare


def dense(count: int = 100_000) -> WorkerRow:
    row = WorkerRow(0)
    for task in range(count):
        row.close(task, task * 1e-4, (task + 1) * 1e-4, State.FINISHED)
    return row


@pytest.mark.parametrize("eighth", range(1, 8))
def test_an_edge_lies_within_an_eighth_of_a_cell(eighth: int) -> None:
    # 10 cells for 10 seconds: the span ends `eighth` eighths into the fourth cell.
    line = drawn(
        row_of((0, 3 + eighth / 8, State.FINISHED)), frame(10, 10.0), 10.0, "ray", words=False
    )
    assert written(line)[3] == " ▏▎▍▌▋▊▉"[eighth]
    assert grounds(line)[:3] == [RAY] * 3
    assert grounds(line)[3:] == [DARK.background] * 7


@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_left_edge_is_the_same_glyph_turned_round(eighth: int) -> None:
    line = drawn(
        row_of((3 + (eighth - 0.3) / 8, 6, State.FINISHED)),
        frame(10, 10.0),
        10.0,
        "ray",
        words=False,
    )
    assert written(line)[3] == " ▏▎▍▌▋▊▉"[eighth]
    assert grounds(line)[3:7] == [RAY] * 3 + [DARK.background]


def test_neighbours_have_two_shades_and_their_numbers() -> None:
    line = drawn(row_of((0, 4, State.FINISHED), (4, 8, State.FINISHED)), frame(8, 8.0), 8.0, "ray")
    assert written(line) == " 0   1  "
    first, second = set(grounds(line)[:4]), set(grounds(line)[4:])
    assert first == {RAY}
    assert len(second) == 1
    assert not first & second


def test_shades_stay_with_their_spans_when_the_window_moves() -> None:
    row = row_of(*((n, n + 1, State.FINISHED) for n in range(6)))
    whole = grounds(drawn(row, TimeAxis(Page(24, 1, DARK), (0, 6)), 6.0, "ray", words=False))
    panned = grounds(drawn(row, TimeAxis(Page(24, 1, DARK), (1, 7)), 6.0, "ray", words=False))
    assert panned[:20] == whole[4:]


def test_nothing_is_drawn_after_the_moment() -> None:
    row = row_of((0, 4, State.FINISHED), (4, 8, State.FINISHED))
    row.begin(7, 8.0, 0)
    line = drawn(row, frame(10, 10.0), 2.0, "ray")
    assert grounds(line)[2:] == [DARK.background] * 8
    # What ended later is drawn as still running, bright at its end.
    assert grounds(line)[0] == paints(DARK, "ray")[3].tone != RAY
    assert grounds(line)[1] == paints(DARK, "ray")[4].tone


def test_an_open_span_runs_up_to_the_moment() -> None:
    row = WorkerRow(0)
    row.begin(12, 1.0, 0)
    line = drawn(row, frame(16, 8.0), 4.0, "ray")
    assert "12" in written(line)
    assert grounds(line)[1] == DARK.background != grounds(line)[2]
    assert grounds(line)[7] != DARK.background == grounds(line)[8]


@pytest.mark.parametrize("length", [3.0, 1.0, 0.01])
def test_a_failure_shows_however_short(length: float) -> None:
    row = row_of((0, 4.25, State.FINISHED), (4.25, 4.25 + length, State.FAILED))
    line = drawn(row, frame(10, 10.0), 10.0, "ray")
    at_mark = written(line).index("✗")
    assert grounds(line)[at_mark] == DARK.failed
    bare = drawn(row, frame(10, 10.0), 10.0, "ray", words=False)
    assert DARK.failed in grounds(bare)


@pytest.mark.parametrize(("state", "mark"), [(State.RETRYING, "↻"), (State.CANCELLED, "·")])
def test_lost_and_cancelled_attempts_have_marks(state: State, mark: str) -> None:
    line = drawn(row_of((1, 5, state)), frame(10, 10.0), 10.0, "ray")
    assert f"{mark}0" in written(line)
    assert RAY not in grounds(line)


def test_a_ghost_looks_like_one() -> None:
    row = row_of((0, 6, State.FINISHED))
    live, ghost = (drawn(row, frame(10, 10.0), 10.0, "ray", ghost=g) for g in (False, True))
    assert written(live) != written(ghost)
    assert "┈" in written(ghost)
    assert not set(grounds(live)[:6]) & set(grounds(ghost)[:6])


def test_the_start_up_is_hatched_before_zero() -> None:
    line = drawn(
        row_of((0, 4, State.FINISHED)),
        TimeAxis(Page(40, 1, DARK), (-6, 4)),
        4.0,
        "ray",
        startup=6.0,
        startup_text="start-up 6.00 s",
    )
    assert " start-up 6.00 s " in written(line)
    assert written(line)[:3] == "░░░"
    assert "░" not in written(line)[24:]


def test_a_lost_worker_says_why_where_there_is_room() -> None:
    row = row_of((0, 2, State.RETRYING))
    row.lost = "died: [red]SIGKILL[/red]\x1b[31m"
    assert "died: [red]SIGKILL[/red][31m" in written(drawn(row, frame(60, 10.0), 10.0, "ray"))
    assert "died" not in written(drawn(row, frame(20, 10.0), 10.0, "ray"))


def test_many_spans_become_utilisation() -> None:
    # Busy three quarters of every 0.1 s, in windows where a cell holds many spans.
    row = row_of(*((n / 10, n / 10 + 0.075, State.FINISHED) for n in range(400)))
    assert written(drawn(row, frame(20, 40.0), 40.0, "ray")) == LEVELS[6] * 20


def test_density_marks_columns_where_attempts_failed() -> None:
    spans = [
        (n / 10, n / 10 + 0.1, State.FAILED if n == 210 else State.FINISHED) for n in range(400)
    ]
    line = drawn(row_of(*spans), frame(20, 40.0), 40.0, "ray")
    assert [x for x, ground in enumerate(grounds(line)) if ground == DARK.failed] == [10]
    assert written(line)[10] == "✗"


def test_density_stops_at_the_moment() -> None:
    line = drawn(dense(2000), frame(20, 0.2), 0.1, "ray")
    assert written(line) == "█" * 10 + " " * 10


def test_a_row_of_100_000_tasks_never_hands_out_its_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    row = dense()
    times = row.busy_until

    def counted(edges: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> object:
        asked.append(len(edges))
        return times(edges)

    monkeypatch.setattr(row, "busy_until", counted)
    line = drawn(row, frame(100, 10.0), 10.0, "ray")
    assert written(line) == "█" * 100
    assert asked == [101]
    assert len(line) == 1


def test_workers_drawn_together_show_their_mean() -> None:
    rows = [row_of((0, 10, State.FINISHED)), WorkerRow(1)]
    line = written(draw_together(rows, frame(60, 10.0), 5.0, "ray"))
    assert line.startswith("▄" * 29)
    assert "2 workers" in line


def test_phases_are_named_in_the_words_of_the_screen() -> None:
    race = folded(fabricated_race(until=3.0))
    lane = race.lane("ray")
    (line,) = map(written, draw_phases(lane.phases, frame(80, 4.0), at(3.0), "ray"))
    assert " import ray 1.00 s " in line
    assert " start Ray 2.00 s " in line
    assert line[60:] == " " * 20


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("ghost", [False, True])
def test_every_line_is_as_wide_as_asked(palette: object, ascii: bool, ghost: bool) -> None:
    race = folded(fabricated_race(failures=[3], retries=[5], cancel=5.0))
    for row in race.lane("ray").rows.values():
        for width in (0, 1, 2, 7, 33, 120):
            for window in ((0.0, 10.0), (2.0, 2.5), (-5.0, 3.0), (1.0, 1.0), (4.0, 3.0)):
                where = TimeAxis(Page(width, 1, palette, ascii), window, (0, 5, 200))
                line = drawn(row, where, 4.0, "ray", ghost=ghost, startup=2.0)
                assert sum(segment.cell_length for segment in line) == width
                assert written(line).isascii() or not ascii


def test_a_wide_character_takes_two_cells() -> None:
    row = row_of((0, 1, State.RETRYING))
    row.lost = "作业 lost"
    line = drawn(row, frame(40, 10.0), 10.0, "ray")
    assert "作业 lost" in written(line)
    assert sum(segment.cell_length for segment in line) == 40


# -- stages within a task --------------------------------------------------------------------------


def marked(*marks: list[float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """When each stage of each task ended, in seconds since the task's start."""
    return np.array(marks, np.float32)


def tones(count: int) -> list[str]:
    return [paints(DARK, "ray")[STAGE + stage].tone for stage in range(count)]


def test_stages_have_tones_of_their_own_within_a_span() -> None:
    first, second, third = tones(3)
    row, marks = row_of((1, 9, State.FINISHED)), marked([2, 6, 8])
    line = drawn(row, frame(10, 10.0), 10.0, "ray", marks=marks, words=False)
    assert grounds(line) == [
        DARK.background,
        *[first] * 2,
        *[second] * 4,
        *[third] * 2,
        DARK.background,
    ]
    assert len({RAY, DARK.background, first, second}) == 4
    named = drawn(row, frame(10, 10.0), 10.0, "ray", marks=marks)
    assert written(line) == " ──╲╲╲╲•• "
    assert written(named) == " ── 0 ╲•• "


def test_stages_begin_with_their_task_wherever_the_window_begins() -> None:
    row = row_of((4, 6, State.FINISHED), (6, 12, State.FINISHED))
    marks = marked([1, 2], [2, 6])
    whole = grounds(
        drawn(row, TimeAxis(Page(24, 1, DARK), (0, 12)), 12.0, "ray", marks=marks, words=False)
    )
    first, second = tones(2)
    assert whole[8:] == [first] * 2 + [second] * 2 + [first] * 4 + [second] * 8
    panned = grounds(
        drawn(row, TimeAxis(Page(24, 1, DARK), (5, 17)), 12.0, "ray", marks=marks, words=False)
    )
    assert panned[:14] == whole[10:]


@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_stage_ends_within_an_eighth_of_a_cell(eighth: int) -> None:
    marks = marked([3 + eighth / 8, 8])
    line = drawn(
        row_of((0, 8, State.FINISHED)), frame(8, 8.0), 8.0, "ray", marks=marks, words=False
    )
    first, second = tones(2)
    assert written(line) == "───" + EIGHTHS[eighth] + "╲╲╲╲"
    assert grounds(line) == [first] * 3 + [second] * 5


def test_what_comes_after_the_last_known_stage_looks_as_without_stages() -> None:
    line = drawn(
        row_of((0, 8, State.FINISHED)), frame(8, 8.0), 8.0, "ray", marks=marked([2, np.nan])
    )
    assert grounds(line) == [tones(1)[0]] * 2 + [RAY] * 6


def test_a_stage_that_was_never_told_of_leaves_the_others_their_tones() -> None:
    row = row_of((0.0, 8.0, State.FINISHED))
    marks = np.array([[np.nan, 4.0, 8.0]], np.float32)
    line = drawn(row, frame(8, 8.0), 8.0, "ray", marks=marks, words=False)
    assert (
        grounds(line)
        == [paints(DARK, "ray")[STAGE + 1].tone] * 4 + [paints(DARK, "ray")[STAGE + 2].tone] * 4
    )


def test_a_running_task_shows_the_stages_it_has_behind_it() -> None:
    row = WorkerRow(0)
    row.begin(0, 0.0, 0)
    look = paints(DARK, "ray")
    line = drawn(row, frame(8, 8.0), 6.0, "ray", marks=marked([2, np.nan]), words=False)
    assert grounds(line) == [
        *[tones(1)[0]] * 2,
        *[look[RUNNING].tone] * 3,
        look[TIP].tone,
        DARK.background,
        DARK.background,
    ]


def test_of_an_earlier_moment_no_later_stage_is_drawn() -> None:
    row, marks = row_of((0, 8, State.FINISHED)), marked([2, 6, 8])
    line = drawn(row, frame(8, 8.0), 5.0, "ray", marks=marks, words=False)
    first, second = tones(2)
    assert grounds(line) == [
        first,
        first,
        second,
        second,
        paints(DARK, "ray")[TIP].tone,
        *[DARK.background] * 3,
    ]


@pytest.mark.parametrize("state", [State.FAILED, State.RETRYING, State.CANCELLED])
def test_attempts_that_came_to_nothing_show_no_stages(state: State) -> None:
    row = row_of((0, 8, state))
    marks = marked([2, 6, 8])
    assert drawn(row, frame(10, 10.0), 10.0, "ray", marks=marks) == drawn(
        row, frame(10, 10.0), 10.0, "ray"
    )


@pytest.mark.parametrize(
    "marks", [marked(), marked([np.nan, np.nan]), np.zeros((1, 0), np.float32)]
)
def test_without_known_stages_a_span_looks_as_ever(
    marks: "np.ndarray[tuple[int, int], np.dtype[np.float32]]",
) -> None:
    row = row_of((1, 5, State.FINISHED))
    assert drawn(row, frame(10, 10.0), 10.0, "ray", marks=marks) == drawn(
        row, frame(10, 10.0), 10.0, "ray"
    )


def test_a_ghosts_stages_are_paler() -> None:
    row, marks = row_of((0, 8, State.FINISHED)), marked([2, 6, 8])
    live, ghost = (
        drawn(row, frame(8, 8.0), 8.0, "ray", marks=marks, words=False, ghost=g)
        for g in (False, True)
    )
    pale = [paint.tone for paint in paints(DARK, "ray", ghost=True)[STAGE : STAGE + 3]]
    assert grounds(ghost) == [pale[0]] * 2 + [pale[1]] * 4 + [pale[2]] * 2
    assert not set(grounds(live)) & set(grounds(ghost))
    row = WorkerRow(0)
    row.begin(0, 0.0, 0)
    line = drawn(row, frame(8, 8.0), 6.0, "ray", marks=marked([2, np.nan]), ghost=True, words=False)
    assert paints(DARK, "ray")[TIP].tone not in grounds(line), "a ghost's end is not bright"


def test_stages_are_told_apart_in_ascii() -> None:
    row, marks = row_of((0, 8, State.FINISHED)), marked([2, 6, 8])
    where = TimeAxis(Page(8, 1, DARK, True), (0, 8))
    assert written(drawn(row, where, 8.0, "ray", marks=marks, words=False)) == "--\\\\\\\\oo"
    ghost = drawn(row, where, 8.0, "ray", marks=marks, words=False, ghost=True)
    assert written(ghost) == "--\\\\\\\\oo"
    assert written(drawn(row, where, 8.0, "ray", words=False)) == "========"


@pytest.mark.parametrize("ascii", [False, True])
def test_every_stage_has_a_texture_of_its_own(ascii: bool):
    marks = [(paint.mark, paint.ascii)[ascii] for paint in paints(DARK, "ray")[STAGE:]]
    assert len(set(marks)) == len(marks) == len(STAGE_DEPTHS)


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
@pytest.mark.parametrize("ghost", [False, True])
def test_neighbouring_stages_differ_in_every_theme(palette: object, ghost: bool) -> None:
    for engine in ("serial", "ray"):
        stages = [paint.tone for paint in paints(palette, engine, ghost)[STAGE:]]  # type: ignore[arg-type]
        assert len(stages) >= 7
        assert all(one != other for one, other in pairwise(stages))


# -- the bound -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ascii", [False, True])
def test_a_bound_is_drawn_over_spans_and_empty_ground_alike(ascii: bool):
    mark = ":" if ascii else "┊"
    row = row_of((0, 6, State.FINISHED))
    for column in (3, 11):
        frame = TimeAxis(Page(12, 1, DARK, ascii), (0, 12), bound=column)
        line = "".join(segment.text for segment in drawn(row, frame, 12.0, "ray", words=False))
        assert line.index(mark) == column
        assert line.count(mark) == 1
    assert mark not in "".join(
        s.text
        for s in drawn(row, TimeAxis(Page(12, 1, DARK, ascii), (0, 12)), 12.0, "ray", words=False)
    )
