"""The report of a headless race: the figures as JSON, a verdict, durations, and what failed."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tui.drawing.cells import ASCII_LEVELS
from tui.outputs import places
from tui.outputs.ending import OutputWriter
from tui.outputs.out import Results
from tui.outputs.places import Place
from tui.outputs.streams import complain
from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.core.wording import brief, lane_name, per_second
from workloads.figures.durations import axis, durations
from workloads.figures.report import TaskError, race_report, task_errors
from workloads.figures.verdict import verdict
from workloads.ledger.race import Race
from workloads.ledger.recording import Recorder
from workloads.ledger.tables import State

STATUS = {"finished": 0, "failed": 1, "cancelled": 130}

FAILURES_MOST = 20
"""Failed tasks that have a line each."""

HEADS = ("tasks", "p50", "p90", "p99", "max", "rate")
"""The columns of the durations."""

SLOWEST_LISTED = 3

LAST_WORDS = 20
"""Lines of a broken lane's log that are shown."""


def report_race(
    race: Race,
    status: ev.Status,
    figures: Place | None,
    results: Results | None,
    recorder: Recorder | None,
) -> int:
    """Write and say what came of it, the files first; returns the exit status."""
    writer = OutputWriter(STATUS[status])
    # Files before streams, which may be pipes that nobody reads.
    if results and results.place.stream is None:
        writer.take(results)
    writer.write(figures, formatted(race_report(race)), status)
    if results and results.place.stream is not None:
        writer.take(results)
    # The verdict steps aside where figures or results have standard output to themselves.
    taken = [place.path for place in (figures, results and results.place) if place]
    text = "\n".join([verdict(race), *durations_text(race)])
    if places.STDOUT not in taken:
        writer.attempt(lambda: print(text, flush=True))
    elif results:
        complain(text, "")
    writer.close(recorder)
    for line in failures(race) + last_words(race):
        complain(line, "")
    return writer.status


def durations_text(race: Race) -> list[str]:
    """The statistics of the lanes' task durations as a table, and their slowest tasks; empty where
    no task finished.
    """
    measured = {lane.name: stats for lane in race.raced() if (stats := durations(race, lane))}
    if not measured:
        return []
    first, *_, last = axis(race)
    span = f"0 to {brief(last)}"
    if first:
        span = f"{brief(first)} to {brief(last)}, log scale"
    rows = [["", *HEADS, span]]
    slowest = []
    for name, stats in measured.items():
        lane = race.lanes[name]
        engine, tasks = lane_name(lane.engine), f"{stats.n:,}"
        if lane.tasks.count > stats.n:
            tasks += f" of {lane.tasks.count:,}"
        times = [brief(value) for value in (stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s)]
        rate = per_second(stats.throughput.mean_per_s)
        rows.append([engine, tasks, *times, rate, f"|{_sketch(stats.histogram.counts)}|"])
        listed = (
            f"{task.task:,} ({brief(task.seconds)})" for task in stats.slowest[:SLOWEST_LISTED]
        )
        slowest.append(f"Slowest on {engine}: {', '.join(listed)}.")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells, histogram in rows:
        right = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False))
        lines.append("  ".join([name.ljust(widths[0]), *right, histogram]).rstrip())
    return ["", "Durations of finished tasks:", *lines, *slowest]


def _sketch(counts: Sequence[int]) -> str:
    """A histogram in one line of ASCII, the more tasks the darker; none is blank."""
    most = max(len(ASCII_LEVELS) - 1, 1)
    return "".join(ASCII_LEVELS[math.ceil(count / max(counts) * most)] for count in counts)


def last_words(race: Race) -> list[str]:
    """The end of the log of each lane that broke: without a screen there is no other log."""
    lines = []
    for lane in race.raced():
        if lane.state in ("broken", "gone"):
            logged = [line.text for line in race.log if line.lane == lane.name][-LAST_WORDS:]
            if logged:
                lines.append(f"The end of the {lane_name(lane.engine)} lane's log:")
            lines += [f"  {plain(text)}" for text in logged]
    return lines


def failures(race: Race) -> list[str]:
    """One line per failed task, the same on all lanes or with the lanes' names; of many tasks the
    first FAILURES_MOST, and a last line that counts the others.
    """
    lanes = race.raced()
    lanes_by_error: dict[TaskError, list[str]] = {}
    for lane in lanes:
        for error in task_errors(lane):
            lanes_by_error.setdefault(error, []).append(lane.name)
    tasks = sorted({error.task for error in lanes_by_error})[:FAILURES_MOST]
    lines = []
    for error, where in sorted(lanes_by_error.items(), key=lambda item: item[0].task):
        if error.task in tasks:
            on = ""
            if len(where) < len(lanes):
                on = f" on {', '.join(map(lane_name, where))}"
            lines.append(f"Task {error.task} failed{on}: {error.error}: {error.message}")
    failed = {
        int(task) for lane in lanes for task in np.flatnonzero(lane.tasks.state == State.FAILED)
    }
    if len(failed) > len(tasks):
        lines.append(f"and {len(failed) - len(tasks):,} more failed.")
    return lines


def formatted(report: object) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
