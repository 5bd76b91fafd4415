"""The clocks of nodes on other machines: how far each is from the lane's, measured by ping tasks,
so that all times of a race are on one clock.

A ping reads the clock of a node's worker between two readings of the lane's. As for NTP (Mills
1991), the node's clock is taken to have been read in the middle, so the error is at most half of
the round trip; the shortest of several counts.
"""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workloads.core import events as ev
from workloads.engines import Emit, Stop
from workloads.engines.measure import BEGAN, CANCELLED, RAISED, REPORTED, RETURNED, Record
from workloads.engines.ray import remote
from workloads.machine import clock

PINGS = 6
"""Pings of a node; the first may have to wait for its worker."""

FIRST_S, NEXT_S = 20.0, 2.0
"""Seconds to wait for the first ping of all nodes together, and for each that follows."""

MOST_NODES = 64
"""Nodes whose clocks are measured."""

STAMPS = {BEGAN: (1,), REPORTED: (1,), RETURNED: (1, 2), RAISED: (1, 2), CANCELLED: (1,)}
"""Where the records of each kind have times (ns)."""


class Sample(NamedTuple):
    """A ping: the lane's clock before and after it, and the node's in between (ns)."""

    sent: int
    read: int
    back: int

    @property
    def ahead(self) -> int:
        """Nanoseconds by which the node's clock is ahead, if it was read in the middle."""
        return self.read - (self.sent + self.back) // 2

    @property
    def error(self) -> int:
        """The most (ns) by which `ahead` can be wrong."""
        return (self.back - self.sent + 1) // 2


def best(samples: Iterable[Sample]) -> Sample | None:
    """The sample with the least error; None where there is none."""
    return min(samples, key=lambda sample: sample.error, default=None)


def corrected(record: Record, ahead: int) -> Record:
    """The record with its times on the lane's clock."""
    stamps = STAMPS.get(record[0], ()) if record else ()
    if not ahead or not stamps:
        return record
    return tuple(
        value - ahead if place in stamps and value else value for place, value in enumerate(record)
    )


class NodeClocks:
    """The clocks of the nodes of a cluster that isn't only this machine."""

    def __init__(self, ray: Any, emit: Emit) -> None:
        self._ray, self._emit = ray, emit
        self._ahead: dict[str, int] = {}
        self._seen: set[str] = set()
        self._remote = ray.remote(num_cpus=0, max_retries=0)(remote.ping)

    def measure(self, nodes: Sequence[str], stop: Stop) -> None:
        """Measure the clocks of the nodes, by their ids, that haven't been yet."""
        new = [node for node in nodes if node not in self._seen][:MOST_NODES]
        self._seen.update(new)
        for node in self._on_other_hosts(new):
            if stop.requested:
                return
            sample = best(self._samples(node))
            if sample is not None:
                self._ahead[node] = sample.ahead
                self._emit(
                    ev.ClockMeasured(
                        t=clock.now(),
                        node=node,
                        ahead=sample.ahead / 1e9,
                        error_s=sample.error / 1e9,
                    )
                )

    def corrected(self, place: remote.Place, record: Record) -> Record:
        """The record that was made there, with its times on the lane's clock."""
        if not self._ahead:
            return record
        return corrected(record, self._ahead.get(place[2], 0))

    def _on_other_hosts(self, nodes: Sequence[str]) -> list[str]:
        """The nodes that answer in time, and whose clock isn't the one of this host."""
        sent = {self._ping(node): node for node in nodes}
        if not sent:
            return []
        ready, _ = self._ray.wait(list(sent), num_returns=len(sent), timeout=FIRST_S)
        others = []
        for ref in ready:
            with contextlib.suppress(self._ray.exceptions.RayError):
                if self._ray.get(ref)[0] != clock.HOST:
                    others.append(sent[ref])
        return others

    def _samples(self, node: str) -> Iterable[Sample]:
        for _ in range(PINGS):
            sent = clock.now()
            ref = self._ping(node)
            with contextlib.suppress(self._ray.exceptions.RayError):
                _, read = self._ray.get(ref, timeout=NEXT_S)
                yield Sample(sent, read, clock.now())

    def _ping(self, node: str) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(node, soft=False)
        return self._remote.options(scheduling_strategy=there).remote()
