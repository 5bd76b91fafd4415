"""Modules whose bodies change the process that loads them: what can work works, and the lane
outlives it.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.lanes import bodies
from tests.lanes.conftest import Races
from tests.lanes.test_function import results
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.functions.inputs import seal
from workloads.lanes.coordinator import Coordinator, Plan

LANES = ("serial", "threads", "processes")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lanes() -> AsyncIterator[Races]:
    """Lanes that load one such module after the other."""
    races = Races(Coordinator(EngineOptions(cpus=2), []))
    races.coordinator.listen(races.take)
    yield races
    await races.coordinator.close()


def plan(folder: Path, body: str) -> Plan:
    file = folder / f"body_{body.lower()}.py"
    file.write_text(getattr(bodies, body))
    sealed, count = seal("range:3")
    return Plan(f"{file}:f", {"tasks": count}, 1, LANES, inputs=(sealed,))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("FORK", [0, 1, 2]),
        ("METHOD", [0, 0, 0]),
        ("POOL", [0, 2, 4]),
        ("STREAMS", [0, 1, 2]),
        ("IMPORTS", [0, 1, 2]),
        ("METHOD_AGAIN", [0, 0, 0]),
    ],
)
async def test_a_module_may_do_so_and_the_next_one_too(
    lanes: Races, tmp_path: Path, body: str, expected: list[int]
) -> None:
    assert await lanes.run(plan(tmp_path, body)) == "finished"
    assert [results(lanes, lane) for lane in LANES] == [expected] * 3


async def test_a_module_that_takes_the_signals_can_be_cancelled(
    lanes: Races, tmp_path: Path
) -> None:
    going = lanes.begin(plan(tmp_path, "SIGNALS"))
    await lanes.until(lambda: any(e.lane == "serial" and e.task == 1 for e in lanes.of(ev.Started)))  # type: ignore[attr-defined]
    lanes.coordinator.cancel()
    assert await going == "cancelled"
    assert lanes.lane("serial").ended is not None
    assert lanes.of(ev.LaneExited) == []  # it wasn't killed


async def test_a_module_that_spawns_itself_is_refused_with_the_cure(
    lanes: Races, tmp_path: Path
) -> None:
    assert await lanes.run(plan(tmp_path, "SPAWNS")) == "failed"
    for lane in LANES:
        assert "starts processes when it is imported" in lanes.lane(lane).reason
        assert 'under if __name__ == "__main__"' in lanes.lane(lane).reason
