"""What a race says when it is over: the JSON's shape, and the verdict in a sentence."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import pytest

from tests.fabricate import at, fabricated_race, folded
from workloads import events as ev
from workloads.ledger import Race
from workloads.report import gains, race_report, seconds, verdict

ISSUE = ["workload", "params", "seed", "schedule", "host", "lanes", "speedup", "efficiency"]
LANE = [
    "engine", "status", "tasks", "done", "failed", "retried", "workers", "wall_s", "startup_s", "driver_cpu_s",
    "task_cpu_s", "result",
]  # fmt: skip


def as_json(race: Race) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(race_report(race)))


def race_of(
    walls: dict[str, float | None], schedule: Literal["together", "in-turn"] = "in-turn", contended: bool = False,
    answers: Sequence[Any] = (1, 1), status: ev.Status = "finished", startup: float = 5.9,
) -> Race:  # fmt: skip
    """A race in which each lane took so many seconds (None: it failed) for 16 tasks, Ray on 2 workers."""
    opened = ev.RaceOpened(
        t=at(0), workload="pi", params={"tasks": 16}, seed=7, schedule=schedule, lanes=list(walls), contended=contended
    )
    events: list[ev.AnyEvent] = [opened]
    for (lane, wall), answer in zip(walls.items(), answers, strict=False):
        workers = 1 if lane == "serial" else 2
        events += [
            ev.RunStarted(t=at(1), lane=lane, run=1, tasks=16, workers=workers),
            ev.RunEnded(
                t=at(9), lane=lane, run=1, status="failed" if wall is None else "finished", wall_s=wall or 1.0,
                driver_cpu_s=0.1, task_cpu_s=9.5, startup_s=startup if lane == "ray" else 0.0,
                answer=None if wall is None else answer,
                message="Task 3 failed: ValueError: no." if wall is None else "",
            ),
        ]  # fmt: skip
    return folded([*events, ev.RaceEnded(t=at(9), status=status)])


def test_the_json_has_the_issues_keys_in_its_order():
    told = as_json(folded(fabricated_race()))
    assert [key for key in told if key in ISSUE] == ISSUE
    assert set(told) - set(ISSUE) == {"contended", "ideal_s", "karp_flatt", "same_answer"}
    assert [list(lane) for lane in told["lanes"]] == [LANE, LANE]


def test_the_json_says_what_happened():
    race = folded(fabricated_race(tasks=9, retries=[4], schedule="in-turn", seed=5))
    told = as_json(race)
    assert (told["workload"], told["params"], told["seed"], told["schedule"]) == ("sleep", {"tasks": 9}, 5, "in-turn")
    serial, ray = told["lanes"]
    assert (serial["engine"], serial["status"], serial["tasks"], serial["done"]) == ("serial", "finished", 9, 9)
    assert (ray["engine"], ray["done"], ray["failed"], ray["retried"], ray["workers"]) == ("ray", 9, 0, 1, 2)
    assert ray["startup_s"] == pytest.approx(5.9)
    gain = serial["wall_s"] / ray["wall_s"]
    assert told["speedup"] == {"ray": pytest.approx(gain)}
    assert told["efficiency"] == {"ray": pytest.approx(gain / 2)}
    assert told["karp_flatt"] == {"ray": pytest.approx(2 / gain - 1)}
    assert told["ideal_s"] == {"ray": pytest.approx(float(race.lane("serial").tasks.durations.sum()) / 2)}
    assert told["same_answer"] is True


def test_a_lane_that_failed_says_why_and_gains_nothing():
    told = as_json(race_of({"serial": 12.0, "ray": None}, status="failed"))
    assert [lane["status"] for lane in told["lanes"]] == ["finished", "failed"]
    assert list(told["lanes"][1]) == [*LANE, "reason"]
    assert told["lanes"][1]["reason"] == "Task 3 failed: ValueError: no."
    assert told["speedup"] == told["efficiency"] == told["karp_flatt"] == {}
    assert told["same_answer"] is None


def test_a_lane_that_never_ran_has_no_times():
    race = folded(fabricated_race(until=1.0))
    race.apply(ev.LaneFailed(t=at(2), lane="ray", reason="Ray didn't start."))
    race.apply(ev.RaceEnded(t=at(2), status="failed"))
    lane = as_json(race)["lanes"][1]
    assert lane["status"] == "failed"
    assert [lane[key] for key in ("wall_s", "startup_s", "driver_cpu_s", "task_cpu_s", "result")] == [None] * 5


def test_before_a_race_there_is_nothing_to_report():
    with pytest.raises(ValueError, match="no race"):
        race_report(Race())
    assert verdict(Race()) == ""


def test_without_serial_there_is_no_speedup():
    assert gains(race_of({"ray": 6.0})) == {}
    assert verdict(race_of({"ray": 6.0})) == "Ray finished 16 tasks in 6.00 s."


# -- the verdict -------------------------------------------------------------------------------------


def test_a_finished_race():
    assert verdict(race_of({"serial": 10.0, "ray": 5.2})) == (
        "Ray finished 16 tasks in 5.20 s, 1.92× serial on 2 workers, 96% of the ideal; start-up 5.90 s not counted. "
        "Every lane computed the same answer."
    )


def test_a_slower_ray_is_told_as_plainly():
    assert verdict(race_of({"serial": 0.05, "ray": 0.2})).startswith("Ray finished 16 tasks in 0.20 s, 0.25× serial")


def test_lanes_that_share_cores_are_marked():
    told = verdict(race_of({"serial": 10.0, "ray": 6.0}, "together", contended=True))
    assert "≈ 1.67× serial on 2 workers, 83% of the ideal (shared cores)" in told


def test_different_answers_are_told_aloud():
    told = verdict(race_of({"serial": 10.0, "ray": 5.0}, answers=({"pi": 3}, {"pi": 4})))
    assert told.endswith("The lanes computed different answers!")


def test_a_cancelled_race():
    told = verdict(folded(fabricated_race(cancel=3.0)))
    assert told.startswith("Cancelled; Serial had done ")
    assert told.endswith(" of 16 tasks.")
    assert "Ray had done " in told


def test_a_failed_race():
    told = verdict(race_of({"serial": 12.0, "ray": None}, status="failed"))
    assert told == "Ray didn't finish. Task 3 failed: ValueError: no."


def test_a_race_that_goes_on_has_no_verdict():
    assert verdict(folded(fabricated_race(until=9.0))) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0.000 s"),
        (0.012, "0.012 s"),
        (5.2, "5.20 s"),
        (12.64, "12.6 s"),
        (125.0, "2 min 05 s"),
        (3600, "60 min 00 s"),
    ],
)
def test_seconds_in_words(value: float, words: str):
    assert seconds(value) == words
