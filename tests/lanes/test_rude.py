"""What functions do to the lane that runs them: they fork, read, print and raise as they like."""

import pytest

from tests.lanes.conftest import Races
from tests.lanes.test_function import results
from workloads.core import events as ev
from workloads.functions.inputs import seal
from workloads.lanes.coordinator import Plan

LANES = ("serial", "threads", "processes", "ray")
HERE = LANES[:3]

pytestmark = pytest.mark.asyncio(loop_scope="session")


def plan(function: str, lanes: tuple[str, ...] = LANES, calls: int = 3) -> Plan:
    sealed, count = seal(f"range:{calls}")
    return Plan(f"tests.lanes.rude:{function}", {"tasks": count}, 1, lanes, inputs=(sealed,))


async def test_a_function_may_have_processes_of_its_own(races: Races) -> None:
    assert await races.run(plan("pools")) == "finished"
    assert [results(races, lane) for lane in LANES] == [[[0, 2], [2, 4], [4, 6]]] * 4


async def test_what_a_function_forks_can_be_ended_from_its_first_moment(races: Races) -> None:
    assert await races.run(plan("ends_at_once", LANES, 2)) == "finished"
    assert [results(races, lane) for lane in LANES] == [[[-15] * 20] * 2] * 4


async def test_what_a_function_starts_finds_nothing_to_read(races: Races) -> None:
    assert await races.run(plan("reads")) == "finished"
    assert [results(races, lane) for lane in LANES] == [["0", "1", "2"]] * 4


async def test_a_question_has_no_answer(races: Races) -> None:
    assert await races.run(plan("asks")) == "failed"
    assert {(e.lane, e.error) for e in races.of(ev.Failed)} == {
        (lane, "EOFError") for lane in LANES
    }  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("function", "error"), [("wordless", "WordlessError"), ("interrupts", "KeyboardInterrupt")]
)
async def test_odd_exceptions_fail_their_call_alone(
    races: Races, function: str, error: str
) -> None:
    assert await races.run(plan(function)) == "failed"
    for lane in LANES:
        assert [(e.task, e.error) for e in races.of(ev.Failed) if e.lane == lane] == [(1, error)]  # type: ignore[attr-defined]
        assert results(races, lane) == [0, 2]
        assert races.lane(lane).retried == 0


async def test_a_function_that_silences_its_worker_process_does_not_end_it(races: Races) -> None:
    assert await races.run(plan("silences", ("processes",), 6)) == "finished"
    assert results(races, "processes") == [0, 1, 2, 3, 4, 5]
    assert races.of(ev.WorkerLost) == []


async def test_a_lane_that_can_tell_nothing_any_more_is_ended(own_races: Races) -> None:
    assert await own_races.run(plan("hangs_up", ("serial",))) == "failed"
    assert own_races.lane("serial").state == "gone"
    assert await own_races.run(plan("reads", ("serial",))) == "finished"


@pytest.mark.parametrize("lane", ["serial", "threads"])
async def test_a_cancel_reaches_a_task_that_catches_the_first_interrupt(
    own_races: Races, lane: str
) -> None:
    going = own_races.begin(plan("catches", (lane,), 2))
    await own_races.until(lambda: bool(own_races.of(ev.Started)))
    own_races.coordinator.cancel()
    assert await going == "cancelled"
    assert own_races.lane(lane).ended is not None
    assert own_races.of(ev.LaneExited) == []  # it wasn't killed


async def test_a_lane_that_was_killed_is_missed_though_its_pipes_stay_open(
    own_races: Races,
) -> None:
    assert await own_races.run(plan("leaves_a_child", ("serial",), 1)) == "failed"
    assert own_races.lane("serial").state == "gone"
    assert "SIGKILL" in own_races.lane("serial").reason


async def test_all_that_a_function_prints_arrives_in_whole_lines_with_its_task(
    races: Races,
) -> None:
    by_python, others = (
        ("plain", "second", "step 4", "no end"),
        ("written", "from C", "from a thread"),
    )
    expected = sorted(
        [(f"{n} {end}", n) for n in range(6) for end in by_python]
        + [(f"{n} {end}", -1) for n in range(6) for end in others]
    )

    def logged(lane: str) -> list[tuple[str, int]]:
        lines = [(e.text, e.task) for e in races.of(ev.Logged) if e.lane == lane]  # type: ignore[attr-defined]
        # Ray's own processes may have words too.
        return sorted(line for line in lines if line[0][:1].isdigit())

    assert await races.run(plan("talks", calls=6)) == "finished"
    await races.until(lambda: all(len(logged(lane)) >= len(expected) for lane in LANES))
    assert [logged(lane) for lane in LANES] == [expected] * 4


async def test_a_flood_of_output_is_dropped_and_said(races: Races) -> None:
    assert await races.run(plan("floods", calls=2)) == "finished"
    for lane in LANES:

        def logged(lane: str = lane) -> list[str]:
            return [e.text for e in races.of(ev.Logged) if e.lane == lane]  # type: ignore[attr-defined]

        await races.until(lambda logged=logged: "last words" in logged())  # type: ignore[misc]
        assert any(text.endswith("MB of output dropped") for text in logged())
        assert sum(map(len, logged())) < 1_000_000


@pytest.mark.parametrize("function", ["comes_back_twice", "reports_twice"])
async def test_a_child_that_a_function_forks_does_not_report(races: Races, function: str) -> None:
    assert await races.run(plan(function, calls=4)) == "finished"
    assert [results(races, lane) for lane in LANES] == [[0, 1, 2, 3]] * 4
    finished = [(e.lane, e.task) for e in races.of(ev.Finished)]  # type: ignore[attr-defined]
    assert sorted(finished) == sorted((lane, task) for lane in LANES for task in range(4))


async def test_a_call_that_dies_is_named_with_its_input_and_its_end(races: Races) -> None:
    assert await races.run(plan("dies", ("processes", "ray"), 4)) == "failed"
    told = {(e.lane, e.task): e.message for e in races.of(ev.Failed)}  # type: ignore[attr-defined]
    assert told["processes", 1].endswith("killed by SIGSEGV (segmentation fault); its input: 1")
    assert told["processes", 2].endswith("exited with status 7; its input: 2")
    assert told["ray", 1].endswith("; its input: 1")
    for lane in ("processes", "ray"):
        assert results(races, lane) == [0, 3]
        await races.until(
            lambda lane=lane: any(
                e.text == "last words" and e.lane == lane for e in races.of(ev.Logged)
            )  # type: ignore[misc,attr-defined]
        )


async def test_exceptions_of_every_kind_fail_their_call_alone_and_alike(races: Races) -> None:
    assert await races.run(plan("raises_anything", calls=7)) == "failed"
    names = [
        "GeneratorExit",
        "StopIteration",
        "OwnInterrupt",
        "SystemExit",
        "BaseException",
        "WordlessError",
    ]
    for lane in LANES:
        failed = [e for e in races.of(ev.Failed) if e.lane == lane]  # type: ignore[attr-defined]
        assert sorted((e.task, e.error) for e in failed) == list(enumerate(names))
        assert {e.message for e in failed} == {"odd", "its __str__ raised ValueError"}
        assert all("raises_anything" in e.traceback for e in failed)
        assert results(races, lane) == [6]
        assert races.lane(lane).retried == 0


@pytest.mark.parametrize("lane", HERE)
async def test_a_task_that_interrupts_itself_has_failed_and_was_not_cancelled(
    races: Races, lane: str
) -> None:
    assert await races.run(plan("interrupts_itself", (lane,))) == "failed"
    assert [(e.task, e.error, e.message) for e in races.of(ev.Failed)] == [
        (1, "TaskInterrupted", "the task raised it")
    ]  # type: ignore[attr-defined]
    assert races.of(ev.Cancelled) == []
    assert results(races, lane) == [0, 2]


async def test_a_lane_that_a_call_brings_down_names_the_call_and_its_end(own_races: Races) -> None:
    assert await own_races.run(plan("dies", ("serial", "threads"), 2)) == "failed"
    end = "The lane's process was killed by SIGSEGV (segmentation fault) while it ran task"
    assert own_races.lane("serial").reason == f"{end} 1."
    # The other thread may still have been at its own.
    assert own_races.lane("threads").reason in (f"{end} 1.", f"{end}s 0 and 1.")
