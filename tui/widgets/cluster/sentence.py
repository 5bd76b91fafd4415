"""The sentence below the nodes: what the scheduler does, or what was lost."""

from tui.widgets.cluster.view import ClusterView
from workloads.core.errors import plain
from workloads.core.wording import lane_name, listed, plural
from workloads.ledger.lane import Lane
from workloads.ledger.usage import nodes_of


def sentence(view: ClusterView) -> str:
    """What the lane's tasks ask for and where they run; the reason where the lane failed."""
    lane = view.lane
    if lane.stopped:
        return plain(lane.reason, 500)
    title = lane_name(lane.engine)
    title = title[:1].upper() + title[1:]
    lost = [node for node in lane.nodes.rows.values() if not node.alive]
    text = _placement(title, lane) if lane.zero is not None else _before(title, lane)
    if lost:
        names = listed([f"node {node.number} ({plain(node.lost or 'gone', 120)})" for node in lost])
        text += f" Lost: {names}."
    return text


def _before(title: str, lane: Lane) -> str:
    nodes = lane.nodes.count
    if nodes:
        return f"{title} has {nodes:,} {plural('node', nodes)}; no task runs yet."
    if lane.state == "starting":
        return f"{title} is starting."
    return f"{title} has no workers yet."


def _placement(title: str, lane: Lane) -> str:
    """How many tasks run, or ran, on each node."""
    nodes = nodes_of(lane)
    if lane.live and lane.running:
        counts = [sum(len(row.open) for row in rows) for _, rows in nodes]
        verb = "runs"
    else:
        counts = [sum(row.count for row in rows) for _, rows in nodes]
        verb = "ran" if not lane.live else "has run"
    total = sum(counts)
    text = f"{title} {verb} {total:,} {plural('task', total)}"
    if len(nodes) > 1:
        text += f" on {len(nodes):,} nodes: {' + '.join(f'{count:,}' for count in counts[:16])}"
        if len(nodes) > 16:
            text += " + …"
    return f"{text}."
