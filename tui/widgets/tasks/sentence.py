"""The listed tasks in one sentence: how many are in which state, and how the table lists them."""

from workloads.core.errors import plain
from workloads.core.wording import as_sentence, lane_name, listed, plural
from workloads.ledger.task_order import Choice, TaskList

SORTED = {
    "task": ("", "last task first"),
    "lane": ("by lane", "last lane first"),
    "state": ("failed tasks first", "failed tasks last"),
    "worker": ("by worker", "last worker first"),
    "node": ("by node", "last node first"),
    "attempt": ("most attempts first", "fewest attempts first"),
    "queued": ("slowest to start first", "fastest to start first"),
    "ran": ("longest first", "shortest first"),
    "fetched": ("slowest to fetch first", "fastest to fetch first"),
    "cpu": ("most CPU first", "least CPU first"),
    "size": ("largest result first", "smallest result first"),
    "ref": ("by ObjectRef", "last ObjectRef first"),
    "result": ("by result", "last result first"),
}
"""The text of each of SORTS, and of its reverse."""

WORDS = 60
"""Characters of a filter that the sentence repeats."""


def sentence(tasks: TaskList, choice: Choice, rows: int, hidden: bool) -> str:
    """`100 tasks on Ray: 99 finished, 1 failed; longest first, 12 match “failed”.` `hidden` says
    that the selected task isn't among the `rows` that are listed.
    """
    lanes = [of.lane for of in tasks.lanes]
    counts = {
        "finished": sum(lane.done for lane in lanes),
        "failed": sum(lane.failed for lane in lanes),
        "cancelled": sum(lane.cancelled for lane in lanes),
        "running": sum(lane.running for lane in lanes),
    }
    counts["not started"] = tasks.count - sum(counts.values())
    by_state = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number > 0)
    order = [text for text in (SORTED[choice.sort][choice.reverse],) if text]
    if choice.words:
        match = "matches" if rows == 1 else "match"
        order.append(f"{rows:,} {match} “{plain(choice.words, WORDS)}”")
    if hidden:
        order.append("the selected task isn't listed")
    errors = "".join(f"{error} " for error in choice.filter(tasks.names).errors)
    names = listed([lane_name(lane.engine) for lane in lanes])
    text = f"{errors}{tasks.count:,} {plural('task', tasks.count)} on {names}: {by_state}"
    if order:
        text += f"; {', '.join(order)}"
    reasons = [as_sentence(lane.reason) for lane in lanes if lane.stopped and lane.reason]
    return " ".join([f"{text}.", *reasons])
