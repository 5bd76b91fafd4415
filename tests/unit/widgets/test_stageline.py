"""The legend of a timeline's stages: tones as in the spans, names and mean seconds as far as there
is room.
"""

import numpy as np
import pytest

from tui.drawing.page import Page
from tui.drawing.paints import STAGE, paints
from tui.drawing.themes import DARK
from tui.widgets.race.stageline import draw_stages
from workloads.core import events as ev
from workloads.ledger.lane import Lane

STAGES = {"open": 0.14, "blur": 0.52, "arithmetic": 1.35, "thumbnail": 0.021}


def words(width: int, ascii: bool = False) -> str:
    line = draw_stages("ray", STAGES, Page(width, 1, DARK, ascii))
    assert sum(segment.cell_length for segment in line) == width
    return "".join(segment.text for segment in line)


def test_names_and_mean_seconds_stand_beside_the_tone_of_the_spans():
    assert (
        words(100).rstrip()
        == " R  ── open 0.140 s  ╲╲ blur 0.520 s  •• arithmetic 1.35 s  ══ thumbnail 21 ms"
    )
    line = draw_stages("ray", STAGES, Page(100, 1, DARK))
    looks = [paints(DARK, "ray")[STAGE + i] for i in range(4)]
    swatches = [s for s in line if s.text in [2 * look.mark for look in looks]]
    assert [s.style.bgcolor.name for s in swatches if s.style and s.style.bgcolor] == [
        look.tone for look in looks
    ]


@pytest.mark.parametrize(
    ("width", "rendered"),
    [
        (60, " R  ── open  ╲╲ blur  •• arithmetic  ══ thumbnail"),
        (40, " R  ─ open ╲ blur • arithm ═ thumbn"),
        (25, " R  ─ op ╲ bl • ar ═ th"),
    ],
)
def test_seconds_go_first_then_names_are_cut(width: int, rendered: str):
    assert words(width).rstrip() == rendered


def test_ascii_has_no_other_characters():
    assert words(60, ascii=True).isascii()


def test_means_are_over_the_tasks_that_reported():
    lane = Lane("ray")
    lane.apply(ev.RunStarted(t=0, run=1, tasks=3, workers=1))
    for task, took in enumerate((2, 4)):
        lane.apply(ev.Started(t=task * 10**10, task=task, worker=0))
        lane.apply(
            ev.Progressed(t=task * 10**10 + took * 10**9, task=task, done=1, total=2, stage="blur")
        )
        lane.apply(
            ev.Finished(
                t=task * 10**10 + 9 * 10**9, task=task, worker=0, start=task * 10**10, cpu_s=1
            )
        )
    lane.apply(ev.Finished(t=30 * 10**9, task=2, worker=0, start=29 * 10**9, cpu_s=1))
    assert lane.tasks.stage_means() == {"blur": 3.0}
    assert np.isclose(lane.tasks.stage_seconds()["blur"], 6.0)


def test_before_a_stage_has_ended_the_line_is_blank():
    line = draw_stages("ray", {}, Page(40, 1, DARK))
    assert "".join(segment.text for segment in line) == " " * 40
