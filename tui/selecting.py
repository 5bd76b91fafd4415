"""The task that is selected: one selection for the whole app, which all screens show and change."""


class Selecting:
    """The selection of a session.

    `selected` is the number of the selected task, None to follow the newest. It is the same task on
    every lane; `selected_lane` is the name of the one that is looked at, empty where it was
    selected on no lane in particular, as an image is.
    """

    selected: int | None = None
    selected_lane = ""

    def select(self, task: int | None, lane: str = "") -> None:
        """Select a task, on that lane if one is named; None selects none."""
        self.selected = task
        if lane or task is None:
            self.selected_lane = lane
