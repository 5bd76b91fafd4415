"""Writes what a race's tasks returned, one a line, from the race's recording: the option --out."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from workloads import events as ev
from workloads.coordinator import Plan
from workloads.errors import BadInput, RaytasksError, plain

STDOUT = Path("-")


def check(out: Path | None, json_to: str | None, record: Path | None, plan: Plan) -> None:
    """Raises BadInput if what a race writes would end in the same place, or in place of what it reads."""
    named = [("--out", out), ("--json", Path(json_to) if json_to else None), ("--record", record)]
    written = [(option, path) for option, path in named if path]
    for at, (option, path) in enumerate(written):
        for other, same in written[at + 1 :]:
            if _is_same(path, same):
                raise BadInput(f"{option} and {other} can't both write to {plain(path)}; choose another place for one.")
    for option, path in written:
        for read in _read_by(plan):
            if _is_same(path, Path(read)):
                raise BadInput(f"{option} would write over {plain(path)}, which the race reads; choose another file.")


def _is_same(path: Path, other: Path) -> bool:
    if STDOUT in (path, other):
        return path == other
    with contextlib.suppress(OSError):
        if path.samefile(other):
            return path.is_file()  # what goes to /dev/null may go there twice
    return os.path.realpath(path) == os.path.realpath(other)


def _read_by(plan: Plan) -> Iterator[str]:
    """The files that a race reads: what its inputs come from, and a function's own."""
    from workloads import inputs

    where = plan.workload.rpartition(":")[0]
    if where.endswith(".py"):
        yield where
    for given in plan.inputs:
        try:
            yield from inputs.files(given)
        except BadInput:  # the path of a picture
            yield given


def with_results(run: Callable[[Path | None], int], out: Path | None, record: Path | None) -> int:
    """Run a race that records to the file it is given, then write its results to `out`; returns its exit status.

    Raises BadInput before anything runs if `out` can't be written.
    """
    if out is None:
        return run(record)
    try:
        if out != STDOUT:
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
    the task), and its `result`, or the `error` and `message` of a task that no lane finished. `-` is standard output.
    Raises RaytasksError if the file can't be written.
    """
    opened, told = _told(kept)
    calls = _calls(opened)
    lines = (
        {"task": number, **({"input": calls[number]} if number < len(calls) else {}), **told[number]}
        for number in sorted(told)
    )
    if out == STDOUT:
        sys.stdout.flush()
        _write_lines(lines, sys.stdout.buffer.write)
        sys.stdout.flush()
        return
    try:
        with out.open("wb") as file:
            _write_lines(lines, file.write)
    except OSError as error:
        raise RaytasksError(f"{plain(out)} can't be written: {error.strerror}.") from None


def _write_lines(lines: Iterable[dict[str, Any]], to: Callable[[bytes], object]) -> None:
    for line in lines:
        # A lone surrogate, as in the name of a file that isn't UTF-8, becomes its escape \udc80, which JSON has too.
        to(json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace") + b"\n")


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
    """What each call of a function got, as JSON data."""
    if opened is None or len(opened.inputs) != 1:
        return []
    from workloads import inputs

    try:
        found = inputs.calls(opened.inputs[0])
    except BadInput:  # the file has changed: better no inputs than wrong ones; or it is a picture, not inputs
        return []
    return [_as_json(call.given) for call in found]


def _as_json(given: Any) -> Any:
    """An input as it was read; NaN and infinities, which Python reads from JSON though JSON has none, become text."""
    from workloads.results import data

    try:
        json.dumps(given, allow_nan=False)
    except ValueError:
        return data(given)
    return given
