"""A lane's tasks in one sentence: how many are in which state, and how the table lists them."""

from workloads.core.wording import as_sentence, lane_name
from workloads.ledger.lane import Lane
from workloads.ledger.task_order import Choice

SORTED = {
    "number": ("", "last task first"),
    "ran": ("longest first", "shortest first"),
    "waited": ("slowest to start first", "fastest to start first"),
    "state": ("failed tasks first", "failed tasks last"),
}
"""The text of each of SORTS, and of its reverse."""


def sentence(lane: Lane, choice: Choice, listed: int) -> str:
    """`100 tasks on Ray: 99 finished, 1 failed; longest first, 12 match “failed”.`"""
    count = lane.tasks.count
    counts = {
        "finished": lane.done,
        "failed": lane.failed,
        "cancelled": lane.cancelled,
        "running": lane.running,
    }
    counts["not started"] = count - sum(counts.values())
    by_state = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number > 0)
    tasks, matches = "tasks", "match"
    if count == 1:
        tasks = "task"
    if listed == 1:
        matches = "matches"
    order = [text for text in (SORTED[choice.sort][choice.reverse],) if text]
    if choice.words:
        order.append(f"{listed:,} {matches} “{choice.words}”")
    errors = "".join(f"{error} " for error in choice.filter.errors)
    text = f"{errors}{count:,} {tasks} on {lane_name(lane.engine)}: {by_state}"
    if order:
        text += f"; {', '.join(order)}"
    if lane.stopped and lane.reason:
        return f"{text}. {as_sentence(lane.reason)}"
    return f"{text}."
