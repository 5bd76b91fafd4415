"""The one selection of the app: a task, and the lane on which it was selected."""

from tests.fabricate import fabricated_race, folded
from tui.selecting import Selecting


def selecting() -> Selecting:
    made = Selecting()
    made.race = folded(fabricated_race(tasks=4))
    return made


def test_a_task_stays_selected_on_its_lane_when_another_screen_selects_one_on_no_lane():
    made = selecting()
    made.select(3, "ray")
    made.select(2)
    assert (made.selected, made.selected_lane) == (2, "ray")
    assert made.lane_selected() is made.race.lane("ray")


def test_nothing_is_left_of_a_selection_that_is_cleared():
    made = selecting()
    made.select(3, "ray")
    made.select(None)
    assert (made.selected, made.selected_lane) == (None, "")
    assert made.lane_selected() is None


def test_a_lane_without_that_task_has_nothing_selected():
    made = selecting()
    for task, lane in ((4, "ray"), (1, "threads")):
        made.select(task, lane)
        assert made.lane_selected() is None
