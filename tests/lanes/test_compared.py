"""What lanes say about their results: compared in the workers, whole, and differences measured."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import Races, gone
from tests.lanes.test_function import plan
from workloads import race
from workloads.comparison import keeping
from workloads.core import events as ev
from workloads.figures.report import race_report
from workloads.figures.verdict import verdict

LANES = ("serial", "threads", "processes", "ray")

pytestmark = pytest.mark.asyncio(loop_scope="session")


def kept_below(folder: Path) -> list[Path]:
    return list(folder.glob(f"{keeping.PREFIX}*/run-*/*"))


async def agreement(
    races: Races, function: str, lanes: tuple[str, ...] = LANES
) -> tuple[bool | None, str]:
    assert await races.run(plan(f"tests.lanes.compared:{function}", "range:3", lanes)) == "finished"
    report = race_report(races.race)
    assert report.same_answer is races.race.same_answer()
    return report.same_answer, report.same_answer_reason


async def test_an_array_that_differs_in_one_element_differs(races: Races) -> None:
    assert await agreement(races, "array") == (
        False,
        "task 1 differs between serial and processes; in task 1, [400, 3] is 200003.0 on serial, "
        "200004.0 on "
        "processes (largest relative difference 5e-06)",
    )
    assert "The lanes computed different answers: task 1 differs" in verdict(races.race)
    assert {name: races.lane(name).differences.keys() for name in LANES} == {
        "serial": set(),
        "threads": set(),
        "processes": {1},
        "ray": {1},
    }
    answers = {name: races.lane(name).ended.answer["digest"] for name in LANES}  # type: ignore[union-attr]
    assert answers["serial"] == answers["threads"] != answers["processes"] == answers["ray"]


async def test_an_array_in_another_order_of_memory_is_the_same(races: Races) -> None:
    assert await agreement(races, "turned") == (True, "")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("held", "in task 0, ['b'][1]['c'][1234] is 0 on serial, 1 on processes"),
        ("fitted", "in task 0, .weights[200, 200] is 1.0 on serial, 2.0 on processes"),
        ("frame", "in task 0, ['y'][2500] is 'row 2500' on serial, 'another row' on processes"),
        ("last_bits", "processes in the last bits only (largest relative difference 4.4e-16)"),
        ("small", "processes in the last bits only (largest relative difference 1.1e-16)"),
        (
            "large",
            "task 0 and 2 other tasks differ between serial and processes (only digests "
            "were compared)",
        ),
    ],
)
async def test_what_differs_is_found_wherever_it_is(races: Races, function: str, said: str) -> None:
    same, reason = await agreement(races, function, ("serial", "processes"))
    assert same is False
    assert said in reason
    assert (await agreement(races, function, ("serial", "threads")))[0] is True


async def test_what_cannot_be_compared_is_said(races: Races) -> None:
    reason = "task 1 returned a value with an object of type _thread.lock at ['lock']"
    assert await agreement(races, "incomparable") == (None, reason)
    assert verdict(races.race).endswith(f"Results were not compared: {reason}.")
    assert races.lane("ray").ended.answer["not_compared"] == 1  # type: ignore[union-attr]


async def test_comparing_counts_in_no_time_of_a_lane(races: Races) -> None:
    assert (
        await races.run(plan("tests.lanes.compared:slow_to_compare", "range:6", ("serial",)))
        == "finished"
    )
    compared = sum(event.compare_s for event in races.of(ev.Finished))  # type: ignore[attr-defined]
    lane = races.lane("serial")
    assert lane.ended is not None
    assert compared > 0
    assert lane.tasks.end.max() <= lane.ended.wall_s
    # Whatever the machine does: what is left of the wall are the tasks and the way between them.
    whole = (races.of(ev.RunEnded)[0].t - races.of(ev.RunStarted)[0].t) / 1e9
    assert lane.ended.wall_s <= whole - compared + 0.05 * whole


async def test_kept_results_are_private_and_go_with_their_lane(races: Races) -> None:
    await agreement(races, "last_bits", ("serial", "ray"))
    # Other lanes of the session may keep what an earlier test raced on them.
    slots = (races.coordinator._slots[lane] for lane in ("serial", "ray"))
    folders = [slot.process.kept for slot in slots if slot.process]
    assert all(folder and folder.stat().st_mode & 0o777 == 0o700 for folder in folders)
    assert any(
        path.stat().st_size > 1e6 for folder in folders if folder for path in folder.glob("run-*/*")
    )
    await agreement(races, "small", ("serial", "ray"))
    kept = [path.stat().st_size for folder in folders if folder for path in folder.glob("run-*/*")]
    assert max(kept) < 1e6, "those of the run before are gone"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_nothing_kept_outlives_a_killed_app(tmp_path: Path, number: int) -> None:
    code = (
        "from workloads import race; import tests.lanes.compared as c; print('begun', flush=True)\n"
        "if __name__ == '__main__': race(c.last_bits, list(range(100_000)), ('serial', "
        "'processes'))"
    )
    app = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    while not kept_below(tmp_path):
        assert app.poll() is None
        await asyncio.sleep(0.02)
    started = psutil.Process(app.pid).children(recursive=True)
    app.send_signal(number)
    await asyncio.to_thread(app.wait)
    assert not await gone(started, 60)
    assert not kept_below(tmp_path)


async def test_a_race_from_python_compares_too() -> None:
    told = await asyncio.to_thread(
        race, "tests.lanes.compared:held", [0, 1], ("serial", "processes")
    )
    assert told.report.same_answer is False
    assert "['c'][1234] is 0 on serial, 1 on processes" in told.report.same_answer_reason
    assert any(isinstance(event, ev.Compared) for event in told.events)
