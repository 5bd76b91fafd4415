"""The keys with which a person intervenes in a race that runs: hold submission, cancel one task,
kill a worker; and why one can't act.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.guide import REPLAY_ONLY
from tui.keys import Hint
from tui.race_actions import RacingApp
from tui.waits import awaited, waiting
from workloads.core.engine_info import engine_info
from workloads.core.wording import lane_name, listed

if TYPE_CHECKING:
    from workloads.core.engine_info import Intervening
    from workloads.ledger.lane import Lane
    from workloads.ledger.rows import WorkerRow

INTERVENTIONS: "dict[str, Intervening]" = {
    "hold_submission": "hold",
    "cancel_task": "cancel-task",
    "kill_worker": "kill-worker",
}
"""The actions of these keys, and what an engine must be able to do for each."""

BRIEF = {"Freeze view": "Freeze"}
"""Shorter names of keys beside those that act on a task: 80 columns have room for all of them."""

READ_ONLY = "Read-only: --readonly switches this key off."
SWEEPING = "A sweep is running: what you do to one of its races would be in its times."
NO_TASK = "No task is selected: screen {screen.tasks} lists them."
CANT = {
    "hold": "hold submission",
    "cancel-task": "cancel a single task",
    "kill-worker": "kill a worker: its tasks run in the lane's own process",
}


class InterveningApp(RacingApp):
    """An app whose keys intervene in the race that runs."""

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of the app can't act now; empty if it can."""
        if self.opened and action in INTERVENTIONS:
            return self.keys.fill(self._why_no_intervention(action))
        return super().why_not(action, parameters)

    def hints(self) -> list[Hint]:
        """Those that matter now, with the keys that act on a task that is selected."""
        hints = super().hints()
        session = self.session
        if session.replayed or not session.racing:
            return hints
        if session.submission_held:
            hints.insert(0, Hint("Resume", ("race.hold",)))
        if own := self.task_hints():
            hints = [hint._replace(label=BRIEF.get(hint.label, hint.label)) for hint in hints]
            hints[2:2] = own
        elif not session.submission_held:
            hints.insert(2, Hint("Hold", ("race.hold",), self.why_not("hold_submission")))
        return hints

    def task_hints(self) -> list[Hint]:
        """The keys that act on the selected task while it runs, or waits to."""
        if self.session.selected is None:
            return []
        own = [
            Hint("Cancel task", ("race.cancel-task",), self.why_not("cancel_task")),
            Hint("Kill", ("race.kill",), self.why_not("kill_worker")),
        ]
        if all(hint.why_not for hint in own):
            return []
        return own

    def _why_no_intervention(self, action: str) -> str:
        session = self.session
        if self.readonly:
            return READ_ONLY
        if session.replayed:
            return REPLAY_ONLY
        if session.sweep.running:
            return SWEEPING
        if not session.racing:
            return "No race is running."
        if session.cancelling or awaited(session) or session.live_lane() is None:
            return waiting(session, self.keys)
        if action == "hold_submission":
            return self._why_no_hold()
        if session.selected is None:
            return NO_TASK
        if action == "cancel_task":
            return self._why_no_cancel(session.selected)
        return self._why_no_kill(session.selected)

    def _able(self, action: str) -> "list[Lane]":
        """The lanes that run and whose engines can do that."""
        return [lane for lane in self._live_lanes() if _can(lane, action)]

    def _live_lanes(self) -> "Iterator[Lane]":
        """The lanes that run, the one that is looked at first."""
        lanes = [self.featured_lane(), *self.session.race.raced()]
        for lane in dict.fromkeys(lanes):
            if lane is not None and lane.live:
                yield lane

    def _why_no_hold(self) -> str:
        if self._able("hold_submission"):
            return ""
        return self._cant("hold_submission")

    def _cant(self, action: str) -> str:
        names = listed([lane_name(lane.engine) for lane in self._live_lanes()])
        return f"{names[:1].upper()}{names[1:]} can't {CANT[INTERVENTIONS[action]]}."

    def _why_no_cancel(self, task: int) -> str:
        if not self._able("cancel_task"):
            return self._cant("cancel_task")
        if self._to_cancel(task) is None:
            return f"Task {task} has ended on each lane that runs."
        return ""

    def _to_cancel(self, task: int) -> "Lane | None":
        """The lane on which the task can be cancelled."""
        for lane in self._able("cancel_task"):
            if task < lane.tasks.count and not lane.tasks.is_over(task):
                return lane
        return None

    def _why_no_kill(self, task: int) -> str:
        if not self._able("kill_worker"):
            return self._cant("kill_worker")
        found = self.worker_to_kill(task)
        if found is None:
            return f"No worker has run task {task} yet, or it is lost."
        lane, row = found
        if row.elsewhere:
            return f"Worker w{row.worker} of {lane_name(lane.engine)} is on another machine."
        return ""

    def worker_to_kill(self, task: int) -> "tuple[Lane, WorkerRow] | None":
        """The worker that runs the task, or ran it last, and its lane; None if there is none, or it
        is lost.
        """
        for lane in self._able("kill_worker"):
            if task < lane.tasks.count:
                row = lane.rows.get(int(lane.tasks.worker[task]))
                if row is not None and not row.lost:
                    return lane, row
        return None

    # -- the keys ----------------------------------------------------------------------------------

    def action_hold_submission(self) -> None:
        """Hold the submission of tasks, or resume it."""
        self.session.hold_submission(not self.session.submission_held)

    def action_cancel_task(self) -> None:
        """End the selected task."""
        task = self.session.selected
        assert task is not None, "why_not has looked"
        if lane := self._to_cancel(task):
            self.session.cancel_task(lane.name, task)

    def action_kill_worker(self) -> None:
        """Kill the worker of the selected task, once that is confirmed."""
        from tui.sheets.kill import KillSheet

        task = self.session.selected
        assert task is not None, "why_not has looked"
        found = self.worker_to_kill(task)
        if found is None:
            return
        lane, row = found

        def take(confirmed: bool | None) -> None:
            if not confirmed:
                return
            if not lane.live:
                self.warn(f"No worker was killed: {lane_name(lane.engine)} has finished.")
                return
            self.session.kill_worker(lane.name, row.pid)

        self._ask(KillSheet(lane, row), take)


def _can(lane: "Lane", action: str) -> bool:
    return INTERVENTIONS[action] in engine_info(lane.engine).interventions
