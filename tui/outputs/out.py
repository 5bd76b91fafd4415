"""Writes what a race's calls returned, one a line: the option --out."""

import json
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tui.outputs.out_lines import ResultLines
from tui.outputs.places import Place, cant_be_written
from workloads.core import events as ev
from workloads.core.errors import BadInput, RaytasksError, plain


class Results:
    """Listens to races and has a file of each one's results: a JSON object a line, in order of the
    tasks.

    Each says its `task`, its `input` where that is a function's, the `lane` that it comes from (the
    first that finished the task), and its `result`, or the `error` and `message` of a task that no
    lane finished.

    Lines go to FILE.partial as the calls end, in a thread of their own. When a race is over they
    are sorted and renamed to FILE. Those of a race that was cancelled, or in which calls are
    missing, stay in FILE.partial if there is something in FILE. `say` is called from the thread
    with a sentence as soon as lines can't be written.
    """

    def __init__(self, place: Place, say: Callable[[str], None] = lambda sentence: None) -> None:
        """Raises BadInput if the lines can't be written."""
        self.place = place
        self.say = say
        self.notes: list[str] = []
        self.complaints: list[str] = []
        self._lines = ResultLines(place)
        self._events: queue.SimpleQueue[ev.AnyEvent | None] = queue.SimpleQueue()
        self._calls: list[Any] = []
        self._open = False
        self._status: ev.Status = "cancelled"
        self._inputs: list[str] | None = None
        self._thread = threading.Thread(target=self._work, name="results", daemon=True)
        self._thread.start()

    def __call__(self, event: ev.AnyEvent) -> None:
        """Take one event; returns at once."""
        if isinstance(
            event, ev.RaceOpened | ev.RunStarted | ev.Finished | ev.Failed | ev.RaceEnded
        ):
            self._events.put(event)

    def close(self) -> None:
        """No more events: write what there is. `notes` then says what was written, `complaints`
        what couldn't be.
        """
        self._events.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (event := self._events.get()) is not None:
            self._guarded(self._take, event)
        if self._open:  # the race that went on was left
            self._guarded(self._finish, self._status)
        self._lines.close()

    def _guarded(self, work: Callable[[Any], None], given: Any) -> None:
        try:
            work(given)
        except RaytasksError as error:
            self._complain(str(error))
        except Exception as error:  # whatever it is, the race must not wait for this thread in vain
            self._complain(
                f"The results can't be written: {type(error).__name__}: {plain(error, 200)}."
            )

    def _complain(self, sentence: str) -> None:
        if sentence not in self.complaints:
            self.complaints.append(sentence)
            self.say(sentence)

    def _take(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.RaceOpened):
            self._lines.clear()
            self._open, self._status = True, "cancelled"
            if event.inputs != self._inputs:
                self._inputs, self._calls = event.inputs, _calls(event.inputs)
        elif isinstance(event, ev.RaceEnded) and self.place.stream is None:
            self._finish(event.status)
        elif isinstance(event, ev.RaceEnded):
            # A stream takes the last race's only, when the screen is gone.
            self._status = event.status
        elif isinstance(event, ev.RunStarted):
            self._lines.expected = max(self._lines.expected, event.tasks)
        elif isinstance(event, ev.Finished):
            self._add(event, {"result": event.result})
        elif isinstance(event, ev.Failed):
            self._add(event, {"error": event.error, "message": event.message})

    def _add(self, event: ev.Finished | ev.Failed, outcome: dict[str, Any]) -> None:
        task, finished = event.task, "result" in outcome
        if not self._lines.wants(task, finished):
            return
        record: dict[str, Any] = {"task": task}
        if task < len(self._calls):
            record["input"] = self._calls[task]
        line = _encoded({**record, "lane": event.lane, **outcome})
        if error := self._lines.add(task, finished, line):
            self._complain(cant_be_written(plain(self._lines.name), error))

    def _finish(self, status: ev.Status) -> None:
        self._open = False
        lines, place = self._lines, self.place
        if lines.dropped:
            self._complain(f"{lines.dropped:,} results are lost: both disk and memory were full.")
        if not lines.count:
            return
        self.notes.clear()  # an earlier race's lines are replaced
        calls = f"{lines.count:,} calls"
        if lines.count == 1:
            calls = "1 call"
        if place.taken and (status == "cancelled" or lines.count < lines.expected):
            why = "some calls didn't finish"
            if status == "cancelled":
                why = "the race was cancelled"
            kept = plain(lines.leave())
            self.notes.append(
                f"{place.name} is unchanged, as {why}; the results of {calls} are in {kept}."
            )
        else:
            lines.save(place)
            if status == "cancelled":
                self.notes.append(f"{place.name} has the results of {calls}.")


def _encoded(line: dict[str, Any]) -> bytes:
    # A lone surrogate, as in the name of a file that isn't UTF-8, becomes its escape \udc80, which
    # JSON has too.
    return (
        json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
        + b"\n"
    )


def _calls(given: Iterable[str]) -> list[Any]:
    """The inputs of a function's calls, as JSON data."""
    from workloads.functions import inputs

    sealed = list(given)
    if len(sealed) != 1:
        return []
    try:
        calls = inputs.calls(sealed[0])
    except BadInput:  # a picture; or the file has changed: better no inputs than wrong ones
        return []
    return [_as_json(call.given) for call in calls]


def _as_json(given: Any) -> Any:
    """An input as it was read; NaN and infinities, which Python reads from JSON though JSON has
    none, become text.
    """
    from workloads.functions.results import data

    try:
        json.dumps(given, allow_nan=False)
    except ValueError:
        return data(given)
    return given
