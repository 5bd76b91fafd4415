"""The task that is selected: one selection for the whole app, which all screens show and change."""

from workloads.ledger.lane import Lane
from workloads.ledger.race import Race


class Selecting:
    """The selection of a session whose `race` is shown.

    `selected` is the number of the selected task, None to follow the newest. It is the same task on
    every lane; `selected_lane` is the name of the one that is looked at, empty where it was
    selected on no lane in particular, as an image is.
    """

    race: Race
    selected: int | None = None
    selected_lane = ""

    def select(self, task: int | None, lane: str = "") -> None:
        """Select a task, on that lane if one is named; None selects none."""
        self.selected = task
        if lane or task is None:
            self.selected_lane = lane

    def lane_selected(self) -> Lane | None:
        """The lane on which the task is selected; None without one, or if it has no such task."""
        lane = self.race.lanes.get(self.selected_lane)
        if self.selected is None or lane is None or self.selected >= lane.tasks.count:
            return None
        return lane
