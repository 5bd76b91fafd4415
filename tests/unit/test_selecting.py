"""The one selection of the app: a task, and the lane on which it was selected."""

from tui.selecting import Selecting


def test_a_task_stays_selected_on_its_lane_when_another_screen_selects_one_on_no_lane():
    made = Selecting()
    made.select(3, "ray")
    made.select(2)
    assert (made.selected, made.selected_lane) == (2, "ray")


def test_nothing_is_left_of_a_selection_that_is_cleared():
    made = Selecting()
    made.select(3, "ray")
    made.select(None)
    assert (made.selected, made.selected_lane) == (None, "")
