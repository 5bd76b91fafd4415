"""What each task of a run asks of Ray, and how many such tasks the nodes let run at once."""

from collections.abc import Mapping, Sequence

from workloads.core.errors import plain
from workloads.core.wording import listed, plural

Amounts = Mapping[str, float]

EPSILON = 1e-9
"""Ray counts resources in units of 0.0001; sums of floats are off by less."""


def at_once(asked: Amounts, nodes: Sequence[Amounts]) -> int:
    """The number of tasks that the resources of the nodes let run at the same time."""
    return sum(_fitting(asked, node) for node in nodes)


def unplaceable(asked: Amounts, nodes: Sequence[Amounts]) -> str:
    """A sentence that says what each task asks for and what there is, if no node offers that;
    empty if one does.
    """
    if any(_fitting(asked, node) for node in nodes):
        return ""
    for name, amount in asked.items():
        most = max((node.get(name, 0) for node in nodes), default=0)
        if amount > most and len(nodes) < 2:
            return f"Each task asks for {amounts_text({name: amount})}, but Ray has {most:g}."
    there = nodes_text(asked, nodes)
    return f"Each task asks for {amounts_text(asked)}, which no node offers: {there}."


def amounts_text(amounts: Amounts) -> str:
    """Resources in words: `0.5 CPU and 1 camera`."""
    return listed([f"{amount:g} {plain(name, 40)}" for name, amount in amounts.items() if amount])


def nodes_text(asked: Amounts, nodes: Sequence[Amounts]) -> str:
    """What nodes have of the resources asked for: `4 nodes have 1 CPU and no camera`."""
    counts: dict[str, int] = {}
    for node in nodes:
        has = [_has(name, node.get(name, 0)) for name, amount in asked.items() if amount]
        counts[listed(has)] = counts.get(listed(has), 0) + 1
    texts = [
        f"{count:,} {plural('node', count)} {_have(count)} {has}"
        for has, count in sorted(counts.items(), key=lambda item: -item[1])[:3]
    ]
    return listed(texts) or "there is no node"


def _have(count: int) -> str:
    if count == 1:
        return "has"
    return "have"


def _has(name: str, amount: float) -> str:
    if not amount:
        return f"no {plain(name, 40)}"
    return f"{amount:g} {plain(name, 40)}"


def _fitting(asked: Amounts, node: Amounts) -> int:
    """The number of tasks that fit on a node; each takes at least some of one resource."""
    counts = [int(node.get(name, 0) / amount + EPSILON) for name, amount in asked.items() if amount]
    return min(counts, default=0)
