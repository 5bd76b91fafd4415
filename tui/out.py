"""Writes what a race's tasks returned, one a line, from the race's recording: the option --out."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workloads import events as ev
from workloads.errors import BadInput, RaytasksError, plain


def with_results(run: Callable[[Path | None], int], out: Path | None, record: Path | None) -> int:
    """Run a race that records to the file it is given, then write its results to `out`; returns its exit status.

    Raises BadInput before anything runs if `out` can't be written.
    """
    if out is None:
        return run(record)
    try:
        out.open("ab").close()  # minutes of work must not end in a file that can't be written
    except OSError as error:
        raise BadInput(f"{plain(out)} can't be written: {error.strerror}.") from None
    with tempfile.TemporaryDirectory(prefix="raytasks-") as folder:
        kept = record or Path(folder) / "race.jsonl"
        status = run(kept)
        write(kept, out)
    return status


def write(kept: Path, out: Path) -> None:
    """The results of the last race in a recording, in order of the tasks, one JSON object a line.

    Each says its `task`, its `input` where that is a function's, the `lane` that it comes from (the first that finished
    the task), and its `result`, or the `error` and `message` of a task that no lane finished. Raises RaytasksError if
    the file can't be written.
    """
    opened, told = _told(kept)
    calls = _calls(opened)
    try:
        with out.open("w", encoding="utf-8") as file:
            for number in sorted(told):
                line = {"task": number, **({"input": calls[number]} if number < len(calls) else {}), **told[number]}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise RaytasksError(f"{plain(out)} can't be written: {error.strerror}.") from None


def _told(kept: Path) -> tuple[ev.RaceOpened | None, dict[int, dict[str, Any]]]:
    from workloads import recording

    opened: ev.RaceOpened | None = None
    told: dict[int, dict[str, Any]] = {}
    try:
        events = recording.read(kept)
    except BadInput:  # no race was begun
        return None, {}
    for event in events:
        if isinstance(event, ev.RaceOpened):
            opened, told = event, {}
        elif isinstance(event, ev.Finished) and "result" not in told.get(event.task, {}):
            told[event.task] = {"lane": event.lane, "result": event.result}
        elif isinstance(event, ev.Failed) and event.task not in told:
            told[event.task] = {"lane": event.lane, "error": event.error, "message": event.message}
    return opened, told


def _calls(opened: ev.RaceOpened | None) -> list[Any]:
    """What each call of a function got: its arguments by keyword, or by position, the one argument as it is."""
    if opened is None or ":" not in opened.workload or len(opened.inputs) != 1:
        return []
    from workloads import inputs

    try:
        found = inputs.calls(opened.inputs[0])
    except BadInput:  # the file has changed: better no inputs than wrong ones
        return []
    return [call.named or (call.args[0] if len(call.args) == 1 else list(call.args)) for call in found]
