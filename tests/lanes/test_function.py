"""Functions of a user's on every lane, from the coordinator and from Python."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import functions
from tests.lanes.conftest import Races
from workloads import race
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.engines import EngineOptions
from workloads.functions.inputs import seal
from workloads.lanes.coordinator import Coordinator, Plan

LANES = ("serial", "threads", "processes", "ray")

pytestmark = pytest.mark.asyncio(loop_scope="session")


def plan(function: str, inputs: str, lanes: tuple[str, ...] = LANES) -> Plan:
    sealed, count = seal(inputs)
    name = function if ":" in function else f"tests.lanes.functions:{function}"
    return Plan(name, {"tasks": count}, 1, lanes, inputs=(sealed,))


def results(races: Races, lane: str) -> list[object]:
    told = {event.task: event.result for event in races.of(ev.Finished) if event.lane == lane}  # type: ignore[attr-defined]
    return [told[number] for number in sorted(told)]


async def test_every_lane_calls_the_function_with_each_input(races: Races, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"x": 1, "note": "a"}\n[2, 3]\n4.5\n')
    assert await races.run(plan("add", str(tmp_path / "in.jsonl"))) == "finished"
    expected = [{"sum": 1, "note": "a"}, {"sum": 5, "note": ""}, {"sum": 4.5, "note": ""}]
    assert [results(races, lane) for lane in LANES] == [expected] * 4
    assert races.race.same_answer() is True
    await races.until(
        lambda: len([e for e in races.of(ev.Logged) if e.text == "adding 2 and 3"]) >= 3
    )  # type: ignore[attr-defined]


async def test_no_worker_loads_anything_of_the_screen(own_races: Races) -> None:
    lanes = ("processes", "ray")
    assert await own_races.run(plan("loaded", "range:4", lanes)) == "finished"
    for lane in lanes:
        for packages in results(own_races, lane):
            assert "workloads" in packages  # type: ignore[operator]
            assert not {"tui", "textual", "rich"} & set(packages)  # type: ignore[call-overload]


async def test_a_generator_reports_on_every_lane(races: Races) -> None:
    assert await races.run(plan("steps", "range:3")) == "finished"
    assert {event.lane for event in races.of(ev.Progressed)} == set(LANES)
    assert [results(races, lane) for lane in LANES] == [[[0], [1], [2]]] * 4


@pytest.mark.parametrize("lane", ["threads", "processes", "ray"])
async def test_a_call_that_reports_nothing_is_seen_at_work(
    races: Races, tmp_path: Path, lane: str
) -> None:
    (tmp_path / "in.json").write_text("[2.5, 2.5]")
    running = races.begin(plan("time:sleep", str(tmp_path / "in.json"), (lane,)))
    await races.until(lambda: races.lane(lane).running == 2)
    assert races.lane(lane).done == 0
    assert await running == "finished"


async def test_functions_in_c_are_called_too(races: Races) -> None:
    assert await races.run(plan("math:factorial", "range:40,45")) == "finished"
    assert len({json.dumps(results(races, lane)) for lane in LANES}) == 1


async def test_calls_that_fail_or_return_anything_leave_the_others(
    races: Races, tmp_path: Path
) -> None:
    ways = ["raise", "exit", "lambda", "generator", "huge", "well"]
    (tmp_path / "in.json").write_text(json.dumps(ways))
    assert await races.run(plan("misbehave", str(tmp_path / "in.json"))) == "failed"
    for lane in LANES:
        failed = {e.task: e.error for e in races.of(ev.Failed) if e.lane == lane}  # type: ignore[attr-defined]
        assert failed == {0: "ValueError", 1: "SystemExit"}
        assert [r["type"] for r in results(races, lane)[:3]] == [
            "function",
            "tuple_iterator",
            "str",
        ]  # type: ignore[index]
        assert results(races, lane)[3] == "well"
        assert races.lane(lane).ended.answer["results"] == 4  # type: ignore[union-attr]
    assert max(len(ev.encode([event])) for event in races.of(ev.Finished)) < 1000, (
        "huge results don't travel"
    )
    assert races.race.agreement() == (None, "task 2 returned a function")
    assert await races.run(plan("wrong", "range:2", ("serial", "ray"))) == "failed"
    assert (
        "yielded 'half'; a generator must yield Progress(done, total)" in races.lane("ray").reason
    )


async def test_what_lanes_cannot_load_or_read_is_told(races: Races, tmp_path: Path) -> None:
    assert await races.run(plan("nothing", "range:2", ("serial", "ray"))) == "failed"
    assert races.lane("ray").reason == "tests.lanes.functions has no “nothing”."
    (tmp_path / "in.csv").write_text("x\n1\n")
    changed = plan("add", str(tmp_path / "in.csv"), ("serial",))
    (tmp_path / "in.csv").write_text("x\n2\n")
    assert await races.run(changed) == "failed"
    assert (
        races.lane("serial").reason
        == "in.csv has changed since the race was set up; start the race again."
    )


async def test_a_race_from_python_gives_results_and_measurements() -> None:
    told = await asyncio.to_thread(
        race, functions.add, [1, (2, 3), {"x": 4, "note": "b"}], ("serial", "threads")
    )
    assert told.status == "finished"
    assert [r["sum"] for r in told.results] == [1, 5, 4]
    assert told.lanes["threads"].results == told.results
    assert list(told.speedup) == ["threads"]
    assert told.report.lanes[1].workers >= 1
    assert str(told) == told.verdict != ""
    assert isinstance(told.events[-1], ev.AnyEvent)


async def test_a_race_from_python_where_a_loop_runs_with_values_that_json_lacks() -> None:
    seen: list[ev.AnyEvent] = []
    offset = 10

    def shifted(number: complex, labels: frozenset[str]) -> float:
        if labels:
            raise KeyError("labels")
        return number.real + offset

    inputs = [(1 + 2j, frozenset()), (3j, frozenset("a"))]
    told = race(shifted, inputs, ("serial", "processes"), on_event=seen.append)
    assert told.status == "failed"
    assert told.results == [11.0, None]
    assert {number: error.error for number, error in told.lanes["processes"].errors.items()} == {
        1: "KeyError"
    }
    assert seen == told.events


async def test_a_race_from_python_has_settings() -> None:
    told = race(functions.add, [1, 2, 3, 4], ("serial",), fail_every=4, num_cpus=0.5)
    assert told.results == [*told.results[:3], None]
    assert told.lanes["serial"].errors.keys() == {3}
    opened = next(event for event in told.events if isinstance(event, ev.RaceOpened))
    assert (opened.num_cpus, opened.faults.fail_every, opened.drain) == (0.5, 4, "wait")
    with pytest.raises(TypeError, match="unexpected keyword argument “drains”"):
        race(functions.add, [1], drains="get")  # type: ignore[call-arg]


async def test_a_race_from_python_ends_when_its_time_is_up() -> None:
    told = race("time:sleep", [0.0, 3600], ("serial",), timeout=3)
    assert told.status == "cancelled"
    assert told.report.lanes[0].done <= 1


@pytest.mark.parametrize(
    ("function", "inputs", "more", "said"),
    [
        (functions.add, [], {}, "There are no inputs"),
        (
            functions.add,
            [(1, 2, 3)],
            {},
            r"add\(\) takes .*too many positional arguments \(input 1 of the inputs\)",
        ),
        (functions.add, [1], {"lanes": ("warp",)}, "Unknown lane “warp”"),
        (functions.add, [1], {"lanes": ()}, "at least one lane"),
        (functions.add, [1], {"tasks": 2}, "tasks must be from 1 to 1; got 2"),
        (functions.add, [lambda: 1], {}, "The inputs can't be sent to a lane"),
        (asyncio.sleep, [1], {}, "async function"),
        ("nowhere:f", [1], {}, "nowhere can't be loaded"),
        (3, [1], {}, "is an int, not a function"),
        *[
            (
                functions.add,
                [1],
                {name: value},
                f"{name} must be a whole number from 1 to 1,024; got “{value}”",
            )
            for name in ("workers", "cpus")
            for value in (-1, 0, "2", 1.5, 10**9, True)
        ],
        (
            functions.add,
            [1],
            {"schedule": "bogus"},
            "schedule must be one of alternate, in-turn, together; got “bogus”",
        ),
        (
            functions.add,
            [1],
            {"schedule": ["in-turn"]},
            "schedule must be one of alternate, in-turn, together; got",
        ),
        (
            functions.add,
            5,
            {},
            "inputs must be a list with one item per call, or a string as for --inputs; got “5”",
        ),
        (
            functions.add,
            None,
            {},
            "inputs must be a list with one item per call, or a string as for --inputs; got “None”",
        ),
        (
            functions.add,
            [1],
            {"address": 5},
            "address must be “auto” or “host:port”; got “5”",
        ),
        (
            functions.add,
            [1],
            {"address": ""},
            "address must be “auto” or “host:port”; got “”",
        ),
        (
            functions.add,
            [1],
            {"address": "auto", "cpus": 2},
            "cpus applies to a local Ray instance",
        ),
        *[
            (
                functions.add,
                [1],
                {"timeout": value},
                f"timeout must be a number of seconds .*; got “{value}”",
            )
            for value in ("x", 0, -1, float("nan"), float("inf"), True)
        ],
        (functions.add, [1], {"on_event": 5}, "on_event must be a function"),
        (functions.add, [1], {"drain": "all"}, "drain must be one of wait, get, get-each"),
        (functions.add, [1], {"strategy": []}, "strategy must be one of default, spread"),
        (functions.add, [1], {"num_cpus": 1.5}, "num_cpus must be a fraction or a whole number"),
        (functions.add, [1], {"nodes": 2, "cpus": 2}, "cpus can't be used with nodes"),
        (functions.add, [1], {"nodes": 2, "address": "auto"}, "nodes applies to a local Ray"),
        (functions.add, [1], {"cpus_per_node": 2}, "cpus_per_node requires nodes"),
        (functions.add, [1], {"nodes": 64, "cpus_per_node": 64}, "more than 1,024 CPUs"),
        (functions.add, [1], {"fail_every": -1}, "fail_every must be from 0"),
        (functions.add, [1], {"lanes": 5}, "lanes must be names from serial"),
        (functions.add, [1], {"lanes": ([],)}, "Unknown lane"),
    ],
)
async def test_what_cannot_be_raced_from_python_is_raised(
    function: object, inputs: list[object], more: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        race(function, inputs, **{"lanes": ("serial",), **more})  # type: ignore[arg-type]


async def test_a_lane_finds_a_function_that_left_its_folder_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaves.py").write_text("import os\ndef f(n):\n    os.chdir('/')\n    return n\n")
    monkeypatch.chdir(tmp_path)
    fresh = Races(Coordinator(EngineOptions(), []))
    fresh.coordinator.listen(fresh.take)
    try:
        for _ in range(2):
            assert (
                await fresh.run(plan("leaves.py:f", "range:3", ("serial", "threads", "processes")))
                == "finished"
            )
        assert results(fresh, "processes") == [0, 1, 2]
    finally:
        await fresh.coordinator.close()


SCRIPT = """
from workloads import race

def cube(n):
    return n ** 3

{guard}told = race(cube, range(4), ("serial", "processes")); print(told.results)
"""


async def test_a_script_races_its_own_function(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    for guard, said in (
        ("if __name__ == '__main__': ", "[0, 1, 8, 27]"),
        ("", "under if __name__ == “__main__”"),
    ):
        script.write_text(SCRIPT.format(guard=guard))
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, script], capture_output=True, text=True
        )
        assert said in done.stdout + done.stderr
