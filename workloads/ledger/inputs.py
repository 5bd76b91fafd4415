"""The large inputs of a lane's tasks, as its ledger keeps them: what was put into an object store
for one task or for several, and what was pickled for each call.
"""

from dataclasses import dataclass, field

from workloads.core import events as ev

MAX_DETAILS = 1000
"""Tasks of which a lane keeps more than a row of numbers: errors, inputs that were stored."""


@dataclass(slots=True)
class SentInputs:
    """The tasks that were pickled and sent to workers, each with what it reads: how many calls, of
    how many bytes and how many seconds of the lane's process in all. `by_task` has the last event
    of each of the first MAX_DETAILS tasks.
    """

    calls: int = 0
    bytes: int = 0
    pickle_s: float = 0.0
    by_task: dict[int, ev.Submitted] = field(default_factory=dict)

    def take(self, event: ev.Submitted) -> None:
        """Count a task that was sent."""
        self.calls += 1
        self.bytes += event.sent_bytes
        self.pickle_s += event.pickle_s
        if len(self.by_task) < MAX_DETAILS or event.task in self.by_task:
            self.by_task[event.task] = event


class StoredInputs(dict[int, ev.Stored]):
    """The inputs that were put for one task alone, by its number; `shared` are those that were put
    once for several. Of either it keeps the first MAX_DETAILS.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shared: list[ev.Stored] = []

    def take(self, event: ev.Stored) -> None:
        """Keep what was put."""
        if event.readers:
            self.shared += [event][: MAX_DETAILS - len(self.shared)]
        elif len(self) < MAX_DETAILS:
            self[event.task] = event

    def of(self, task: int) -> list[ev.Stored]:
        """The inputs of a task, its own first."""
        shared = [each for each in self.shared if is_reader(each, task)]
        return [*([self[task]] if task in self else []), *shared]


def is_reader(stored: ev.Stored, task: int) -> bool:
    """True if the task reads what was put."""
    if not stored.readers:
        return task == stored.task
    return any(first <= task <= last for first, last in stored.readers)


def reader_count(stored: ev.Stored) -> int:
    """How many tasks read what was put."""
    return sum(last - first + 1 for first, last in stored.readers) or 1
