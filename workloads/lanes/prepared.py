"""A run of a lane, from when it is prepared to its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.errors import plain
from workloads.core.execution import Execution
from workloads.core.task import Task, Workload


@dataclass
class PreparedRun:
    """A run of the lane, from when it is prepared. Its tasks' outcomes are counted here; `message`
    is the first failure, `results` has by task number what the workload keeps of each result.
    `tasks` are in the order of their numbers, `queue` in that of their submission.
    """

    number: int
    workload: Workload
    tasks: Sequence[Task]
    queue: Sequence[Task]
    workers: int
    startup_s: float
    drain: Drain
    execution: Execution
    results: list[Any] = field(default_factory=list)
    finished: int = 0
    failed: int = 0
    task_cpu_s: float = 0.0
    message: str = ""

    def count(self, event: ev.AnyEvent) -> None:
        """Count a task that ended."""
        if isinstance(event, ev.Finished):
            digest = (event.digest,) if event.digest else ()
            self.results[event.task] = self.workload.keep(event.result, *digest)
            self.finished += 1
            self.task_cpu_s += event.cpu_s
        elif isinstance(event, ev.Failed):
            self.failed += 1
            if not self.message:
                why = f"{event.error}: {plain(event.message, 200)}"
                self.message = f"Task {event.task} failed: {why}"

    def outcome(self, cancelled: bool, broken: bool) -> tuple[ev.Status, Any, str]:
        """The run's status, its answer and a message; `broken` if the engine broke."""
        missing = len(self.tasks) - self.finished - self.failed
        if missing and not broken:
            if cancelled:
                return "cancelled", None, self.message
            return "failed", None, f"{missing} tasks ended without a result."
        if broken or (self.failed and not (self.workload.partial and self.finished)):
            return "failed", None, self.message
        try:
            answer = self.workload.combine(self.results)
        except Exception as error:  # a workload's own code
            why = f"{type(error).__name__}: {plain(error, 200)}"
            return "failed", None, f"The results can't be combined: {why}"
        if self.failed:
            return "failed", answer, self.message
        return "finished", answer, self.message
