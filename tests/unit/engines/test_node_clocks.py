"""Clocks of nodes on other machines: what pings say of them, and how records are corrected."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.core import events as ev
from workloads.engines import Stop
from workloads.engines.measure import BEGAN, RAISED, RETURNED, record_to_event
from workloads.engines.ray import node_clocks
from workloads.engines.ray.node_clocks import NodeClocks, Sample, best, corrected
from workloads.machine import clock

NS = 10**9


@given(
    st.integers(-3600 * NS, 3600 * NS),
    st.integers(0, NS),
    st.integers(0, NS),
    st.integers(1, 10**18),
)
def test_a_ping_is_off_by_half_its_round_trip_at_most(
    ahead: int, there: int, back: int, sent: int
) -> None:
    sample = Sample(sent, sent + there + ahead, sent + there + back)
    assert abs(sample.ahead - ahead) <= sample.error
    assert sample.error <= (there + back + 1) // 2


def test_the_shortest_round_trip_counts() -> None:
    slow, fast = Sample(0, 900, 1000), Sample(0, 55, 100)
    assert best([slow, fast, slow]) is fast
    assert best([]) is None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ((BEGAN, 1000), (BEGAN, 900)),
        ((RETURNED, 1000, 2000, 0.5, 1000), (RETURNED, 900, 1900, 0.5, 1000)),
        ((RAISED, 0, 2000, 0.5, "E", "m", "t"), (RAISED, 0, 1900, 0.5, "E", "m", "t")),
        ((), ()),
    ],
)
def test_only_times_are_corrected(record: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    assert corrected(record, 100) == expected
    assert corrected(record, 0) is record


class Ray:
    """A Ray whose nodes answer pings: each on its host, with its clock."""

    class exceptions:
        class RayError(Exception):
            """As Ray's."""

    def __init__(self, nodes: dict[str, tuple[str, Callable[[], int]] | None]) -> None:
        self.nodes, self.pings = nodes, 0

    def remote(self, **options: object) -> Callable[[object], "Ray"]:
        return lambda function: self

    def wait(
        self, refs: list[str], num_returns: int, timeout: float
    ) -> tuple[list[str], list[str]]:
        return [ref for ref in refs if self.nodes[ref]], [
            ref for ref in refs if not self.nodes[ref]
        ]

    def get(self, ref: str, timeout: float | None = None) -> tuple[str, int]:
        self.pings += 1
        answer = self.nodes[ref]
        assert answer
        if self.pings % 3 == 0:
            raise self.exceptions.RayError
        return answer[0], answer[1]()


def test_clocks_of_other_hosts_are_measured_once_and_records_from_there_corrected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nodes = {
        "here": (clock.HOST, clock.now),
        "late": ("another", lambda: clock.now() - 5 * NS),
        "silent": None,
    }
    ray, events = Ray(nodes), list[ev.AnyEvent]()
    monkeypatch.setattr(NodeClocks, "_ping", lambda self, node: node)
    clocks = NodeClocks(ray, events.append)
    for _ in range(2):
        clocks.measure(list(nodes), Stop())
    [measured] = events
    assert isinstance(measured, ev.ClockMeasured)
    assert measured.node == "late"
    assert abs(measured.ahead + 5) <= measured.error_s
    assert ray.pings == 2 + node_clocks.PINGS
    start = clock.now()
    record = (RETURNED, start - 5 * NS, start - 4 * NS, 0.1, None)
    moved = clocks.corrected(("worker", 1, "late"), record)
    event = record_to_event(0, 0, 0, moved)
    assert isinstance(event, ev.Finished)
    assert abs(event.start - start) <= measured.error_s * NS + 1
    assert clocks.corrected(("worker", 1, "here"), record) is record


def test_a_race_that_is_cancelled_pings_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    ray, stop = Ray({"late": ("another", clock.now)}), Stop()
    monkeypatch.setattr(NodeClocks, "_ping", lambda self, node: node)
    stop.request()
    clocks = NodeClocks(ray, lambda event: None)
    clocks.measure(["late"], stop)
    assert ray.pings == 1
