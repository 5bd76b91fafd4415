"""What a person does to a run that goes on, as the session sees it: requests, and the sentences
that confirm them.
"""

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.core.wording import lane_name
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race


class Intervening:
    """The interventions of a session whose `race` is shown; `confirmations` are the sentences on
    those that there were. A session without lanes of its own carries none out.
    """

    race: Race
    confirmations: list[str]

    def hold_submission(self, held: bool) -> None:
        """Have the lanes hand out no more tasks, or resume."""

    def cancel_task(self, lane: str, task: int) -> None:
        """End a single task of the lane."""

    def kill_worker(self, lane: str, pid: int) -> None:
        """Kill the process of a worker of the lane."""

    @property
    def submission_held(self) -> bool:
        """True while the lanes of the race hand out no tasks."""
        return any(lane.live and lane.interventions.held for lane in self.race.raced())

    def confirm(self, event: ev.Intervened) -> None:
        """Note what was done, also in the log; the race has taken the event."""
        sentence = confirmation(self.race.lane(event.lane), event)
        self.confirmations.append(sentence)
        self.race.apply(ev.Logged(t=event.t, lane=event.lane, text=sentence))


def confirmation(lane: Lane, event: ev.Intervened) -> str:
    """The sentence on an intervention in the lane's run."""
    name = lane_name(lane.engine)
    if event.action == "hold":
        return "Submission is held."
    if event.action == "resume":
        return "Submission has resumed."
    if event.action == "cancel-task":
        return f"Cancelling task {event.task} on {name}."
    if event.action != "kill-worker":
        return f"{plain(event.action, 40)} on {name}."  # of a later version's recording
    if event.refused:
        return f"No worker of {name} was killed: {plain(event.refused, 200)}."
    row = lane.rows.get(lane.number_of(event.worker))
    if row is None:
        return f"Worker w{event.worker} of {name} was killed."
    done = f"Worker w{row.worker} of {name} (process {row.pid}) was killed"
    if row.open:
        return f"{done}; task {next(iter(row.open))} is tried again."
    return f"{done}; it had no task."
