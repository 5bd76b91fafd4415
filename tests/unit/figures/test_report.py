"""What a race says when it is over: the JSON's shape, and the verdict in a sentence."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import pytest

from tests.fabricate import HELD, at, fabricated_race, folded, intervened, run_ended
from tests.unit.figures.test_gain import Ran, race_events
from workloads.core import events as ev
from workloads.core.faults import Faults
from workloads.figures.history import History
from workloads.figures.report import MAX_ERRORS, gains, race_report
from workloads.figures.verdict import verdict
from workloads.ledger.race import Race

ISSUE = ["workload", "params", "seed", "schedule", "host", "lanes", "speedup", "efficiency"]
LANE = [
    "engine",
    "status",
    "tasks",
    "done",
    "failed",
    "retried",
    "workers",
    "wall_s",
    "startup_s",
    "driver_cpu_s",
    "task_cpu_s",
    "result",
]


def as_json(race: Race) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(race_report(race)))


def race_of(
    walls: dict[str, float | None],
    schedule: Literal["together", "in-turn"] = "in-turn",
    contended: bool = False,
    answers: Sequence[Any] = (1, 1),
    status: ev.Status = "finished",
    startup: float = 5.9,
) -> Race:
    """A race in which each lane took so many seconds (None: it failed) for 16 tasks, Ray on 2
    workers.
    """
    opened = ev.RaceOpened(
        t=at(0),
        workload="pi",
        params={"tasks": 16},
        seed=7,
        schedule=schedule,
        lanes=list(walls),
        contended=contended,
    )
    events: list[ev.AnyEvent] = [opened]
    for (lane, wall), answer in zip(walls.items(), answers, strict=False):
        workers = 1 if lane == "serial" else 2
        events += [
            ev.RunStarted(t=at(1), lane=lane, run=1, tasks=16, workers=workers),
            run_ended(
                t=at(9),
                lane=lane,
                status="failed" if wall is None else "finished",
                wall_s=wall or 1.0,
                driver_cpu_s=0.1,
                task_cpu_s=9.5,
                startup_s=startup if lane == "ray" else 0.0,
                answer=None if wall is None else answer,
                message="Task 3 failed: ValueError: no." if wall is None else "",
            ),
        ]
    return folded([*events, ev.RaceEnded(t=at(9), status=status)])


def test_the_json_has_the_issues_keys_in_its_order():
    told = as_json(folded(fabricated_race()))
    assert [key for key in told if key in ISSUE] == ISSUE
    assert set(told) - set(ISSUE) == {
        "contended",
        "ideal_s",
        "karp_flatt",
        "same_answer",
        "same_answer_reason",
        "waterfall",
        "beyond",
        "no_speedup",
        "suspended_s",
        "slower_tasks",
        "reliable",
        "unreliable_reason",
        "speedup_interval",
        "drain",
        "execution",
        "faults",
    }
    assert [list(lane) for lane in told["lanes"]] == [[*LANE, "durations", "worker_list"]] * 2


def test_the_json_says_what_happened():
    race = folded(fabricated_race(tasks=9, retries=[4], schedule="in-turn", seed=5))
    told = as_json(race)
    assert (told["workload"], told["params"], told["seed"], told["schedule"]) == (
        "sleep",
        {"tasks": 9},
        5,
        "in-turn",
    )
    serial, ray = told["lanes"]
    assert (serial["engine"], serial["status"], serial["tasks"], serial["done"]) == (
        "serial",
        "finished",
        9,
        9,
    )
    assert (ray["engine"], ray["done"], ray["failed"], ray["retried"], ray["workers"]) == (
        "ray",
        9,
        0,
        1,
        2,
    )
    assert ray["startup_s"] == pytest.approx(5.9)
    gain = serial["wall_s"] / ray["wall_s"]
    assert told["speedup"] == {"ray": pytest.approx(gain)}
    assert told["efficiency"] == {"ray": pytest.approx(gain / 2)}
    assert told["karp_flatt"] == {}  # tasks that wait have no serial part
    assert told["ideal_s"] == {
        "ray": pytest.approx(float(race.lane("serial").tasks.durations.sum()) / 2)
    }
    assert told["same_answer"] is True
    steps = told["waterfall"]["ray"]
    assert steps["wall"] == pytest.approx(ray["wall_s"])
    assert sum(steps.values()) - steps["wall"] == pytest.approx(steps["wall"], rel=1e-6)


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
    assert [
        lane[key] for key in ("wall_s", "startup_s", "driver_cpu_s", "task_cpu_s", "result")
    ] == [None] * 5


def test_before_a_race_there_is_nothing_to_report():
    with pytest.raises(ValueError, match="no race"):
        race_report(Race())
    assert verdict(Race()) == ""


def test_without_serial_there_is_no_speedup():
    assert gains(race_of({"ray": 6.0})) == {}
    assert verdict(race_of({"ray": 6.0})) == "Ray finished 16 tasks in 6.00 s."


# -- tasks with stages, inputs in the object store, failures that leave an answer ------------------


def pictures_race(
    failed: dict[str, Sequence[int]], answers: Sequence[Any] = ({"pictures": 4},) * 2
) -> Race:
    """Both lanes at six tasks of two stages, 1 s and 2 s, Ray's on 2 workers with their inputs
    stored.

    `failed` tells which tasks couldn't be done on which lane.
    """
    lanes = ["serial", "ray"]
    events: list[ev.AnyEvent] = [
        ev.RaceOpened(
            t=at(0), workload="images", params={"tasks": 6}, seed=7, schedule="in-turn", lanes=lanes
        )
    ]
    for lane, answer in zip(lanes, answers, strict=True):
        workers = 2 if lane == "ray" else 1
        wall = 18.0 / workers
        bad = failed.get(lane, ())
        message = f"Task {bad[0]} failed: ImageError: {bad[0]}.jpg is empty." if bad else ""
        events.append(ev.RunStarted(t=at(1), lane=lane, run=1, tasks=6, workers=workers))
        for task in range(6):
            if lane == "ray" and task not in bad:
                ref = f"{task:056x}"
                stored = {"ref": ref, "bytes": 36_000_000, "load_s": 0.125, "put_s": 0.25}
                events.append(ev.Stored(t=at(1), lane=lane, task=task, **stored))  # type: ignore[arg-type]
                events.append(
                    ev.StoreFilled(
                        t=at(1), lane=lane, used=(task + 1) * 36, capacity=256, spilled=0
                    )
                )
            if task in bad:
                events.append(
                    ev.Failed(t=at(1), lane=lane, task=task, error="ImageError", message="no")
                )
                continue
            start = at(1) + round(task // workers * 3e9)
            known: dict[str, Any] = {"lane": lane, "task": task}
            events.append(ev.Started(t=start, worker=task % workers, **known))
            for second, stage in ((1, "open"), (3, "blur")):
                when = start + second * 10**9
                events.append(ev.Progressed(t=when, done=second, total=3, stage=stage, **known))
            events.append(
                ev.Finished(
                    t=start + 3 * 10**9, worker=task % workers, start=start, cpu_s=3, **known
                )
            )
        if lane == "ray":
            events.append(ev.StoreFilled(t=at(20), lane=lane, used=0, capacity=256, spilled=0))
        events.append(
            run_ended(
                t=at(20),
                lane=lane,
                status="failed" if bad else "finished",
                wall_s=wall,
                answer=answer,
                message=message,
                driver_cpu_s=0.1,
                task_cpu_s=18.0,
                startup_s=5.9 if lane == "ray" else 0.0,
            )
        )
    return folded([*events, ev.RaceEnded(t=at(30), status="failed" if failed else "finished")])


def test_stages_and_the_object_store_are_told_where_there_are_any():
    serial, ray = as_json(pictures_race({}))["lanes"]
    assert list(serial) == [*LANE, "stages", "durations", "worker_list"]
    assert list(ray) == [*LANE, "stages", "object_store", "durations", "worker_list"]
    assert serial["stages"] == ray["stages"] == {"open": 6.0, "blur": 12.0}
    assert ray["object_store"] == {
        "puts": 6,
        "put_bytes": 216_000_000,
        "put_s": 1.5,
        "load_s": 0.75,
        "peak_bytes": 216,
        "capacity_bytes": 256,
        "spilled_bytes": 0,
    }


def test_a_race_with_an_answer_in_spite_of_failures_has_its_speedup():
    told = as_json(pictures_race({"serial": [1, 4], "ray": [1, 4]}))
    for lane in told["lanes"]:
        assert (lane["status"], lane["tasks"], lane["done"], lane["failed"]) == ("failed", 6, 4, 2)
        assert lane["result"] == {"pictures": 4}
        assert lane["reason"] == "Task 1 failed: ImageError: 1.jpg is empty."
        assert lane["stages"] == {"open": 4.0, "blur": 8.0}
    assert told["lanes"][1]["object_store"]["puts"] == 4
    assert told["speedup"] == {"ray": 2.0}
    assert told["efficiency"] == {"ray": 1.0}
    assert told["ideal_s"] == {"ray": 6.0}
    assert told["same_answer"] is True


def test_the_failed_tasks_are_told_with_their_errors():
    clean, told = as_json(pictures_race({"ray": [4, 1]}))["lanes"]
    assert "errors" not in clean
    assert told["errors"] == [
        {"task": task, "error": "ImageError", "message": "no"} for task in (1, 4)
    ]


def test_of_very_many_failed_tasks_the_first_are_told_and_their_texts_are_safe():
    race = folded(
        [
            ev.RaceOpened(
                t=at(0), workload="x", params={}, seed=7, schedule="in-turn", lanes=["serial"]
            ),
            ev.RunStarted(t=at(1), lane="serial", run=1, tasks=MAX_ERRORS + 5, workers=1),
            *(
                ev.Failed(
                    t=at(2),
                    lane="serial",
                    task=task,
                    error="E\x1b[0m",
                    message="two\nlines " + "x" * 10_000,
                )
                for task in range(MAX_ERRORS + 5)
            ),
        ]
    )
    (lane,) = as_json(race)["lanes"]
    assert (lane["failed"], len(lane["errors"])) == (MAX_ERRORS + 5, MAX_ERRORS)
    assert lane["errors"][-1]["task"] == MAX_ERRORS - 1
    assert lane["errors"][0]["error"] == "E[0m"
    assert lane["errors"][0]["message"].startswith("two lines xxx")
    assert len(lane["errors"][0]["message"]) == 500


def test_the_verdict_names_the_failures():
    assert verdict(pictures_race({"serial": [1, 4], "ray": [1, 4]})) == (
        "Ray finished 4 of 6 tasks in 9.00 s: 2.00× faster than serial with 2 workers (100% "
        "efficiency), excluding 5.90 s start-up. 2 of 6 tasks failed on every lane. "
        "Task 1 failed: ImageError: 1.jpg is empty. Every lane computed the same answer."
    )


def test_a_reason_without_a_full_stop_gets_one():
    events = [
        msgspec.structs.replace(event, message="Task 3 failed: ValueError: three")
        if isinstance(event, ev.RunEnded)
        else event
        for event in race_events({"serial": Ran([1.0] * 4, 4.0, failed=[3])})
    ]
    assert "failed on serial. Task 3 failed: ValueError: three." in verdict(folded(events))


def test_a_failure_on_one_lane_only_is_named_and_so_is_the_difference():
    race = pictures_race({"ray": [2]}, answers=({"pictures": 6}, {"pictures": 5}))
    assert verdict(race) == (
        "Serial finished 6 tasks in 18.00 s. Ray finished 5 of 6 tasks in 9.00 s. "
        "1 of 6 tasks failed on Ray. Task 2 failed: ImageError: 2.jpg is empty. "
        "Ray and serial failed on different tasks, so there is no speedup to report."
    )
    assert race.same_answer() is None
    assert as_json(race)["speedup"] == {}


def test_without_any_answer_the_first_reason_is_told():
    every = range(6)
    race = pictures_race({"serial": every, "ray": every}, answers=(None, None))
    told = as_json(race)
    assert [lane["status"] for lane in told["lanes"]] == ["failed", "failed"]
    assert [lane["result"] for lane in told["lanes"]] == [None, None]
    assert (told["speedup"], told["same_answer"]) == ({}, None)
    assert all("stages" not in lane and "object_store" not in lane for lane in told["lanes"])
    assert verdict(race) == (
        "Serial has no answer: 6 of 6 tasks failed. Task 0 failed: ImageError: 0.jpg is empty."
    )


# -- the verdict -----------------------------------------------------------------------------------


def test_a_finished_race():
    assert verdict(race_of({"serial": 10.0, "ray": 5.2})) == (
        "Ray finished 16 tasks in 5.20 s: 1.92× faster than serial with 2 workers (96% "
        "efficiency), excluding 5.90 s start-up. Every lane computed the same answer."
    )


def test_several_rivals_stand_in_one_sentence_the_fastest_first():
    race = race_of(
        {"serial": 12.0, "threads": 12.5, "processes": 6.0, "ray": 6.5}, answers=(1, 1, 1, 1)
    )
    assert verdict(race) == (
        "16 tasks with 2 workers: serial 12.00 s, processes 6.00 s (2.00×), Ray 6.50 s (1.85×), "
        "threads 12.50 s (1.04× slower than serial); excluding start-up. "
        "Every lane computed the same answer."
    )


def test_a_slower_ray_is_told_as_plainly():
    assert verdict(race_of({"serial": 0.05, "ray": 0.2})).startswith(
        "Ray finished 16 tasks in 0.200 s: 4.00× slower than serial with 2 workers (12%"
    )


def test_lanes_that_share_cores_are_marked():
    told = verdict(race_of({"serial": 10.0, "ray": 6.0}, "together", contended=True))
    assert "≈ 1.67× faster than serial with 2 workers (83% efficiency) (shared cores)" in told


def test_different_answers_are_told_aloud():
    told = verdict(race_of({"serial": 10.0, "ray": 5.0}, answers=({"pi": 3}, {"pi": 4})))
    assert told.startswith(
        "The lanes computed different answers: pi is 3 on serial, 4 on ray. Ray finished 16 tasks"
    )


def test_a_cancelled_race():
    told = verdict(folded(fabricated_race(cancel=3.0)))
    assert told.startswith("Cancelled. Serial completed ")
    assert told.endswith(" of 16 tasks.")
    assert "Ray completed " in told


def test_a_failed_race():
    told = verdict(race_of({"serial": 12.0, "ray": None}, status="failed"))
    assert told == "Ray didn't finish. Task 3 failed: ValueError: no."


def test_a_race_that_goes_on_has_no_verdict():
    assert verdict(folded(fabricated_race(until=9.0))) == ""


def test_a_recording_that_names_no_lane_has_nothing_to_say():
    assert verdict(race_of({})) == ""


def test_a_race_that_was_suspended_has_no_speedup_and_says_so():
    race = race_of({"serial": 10.0, "ray": 5.0})
    assert as_json(race)["speedup"]
    race.apply(ev.RaceSuspended(t=at(5), seconds=12.0))
    race.apply(ev.RaceSuspended(t=at(6), seconds=1.5))
    told = as_json(race)
    assert (told["speedup"], told["suspended_s"]) == ({}, 13.5)
    assert told["no_speedup"] == {"ray": "the race was suspended for 13.50 s"}
    assert "The race was suspended for 13.50 s: its times aren't meaningful." in verdict(race)
    assert "×" not in verdict(race)
    assert race.opened
    race.apply(race.opened)
    assert race.suspended_s == 0


@pytest.mark.parametrize(
    "how", [{}, {"failures": [3]}, {"cancel": 2.0}], ids=["finished", "without answer", "cancelled"]
)
def test_the_verdict_always_says_that_faults_were_injected(how: dict[str, Any]):
    faults = Faults(fail_every=4, straggle_every=3)
    race = folded(fabricated_race(tasks=8, faults=faults, **how))
    assert as_json(race)["faults"] == {"fail_every": 4, "straggle_every": 3}
    assert (
        "Faults were injected on every lane: every 4th task raises and every 3rd task takes 5× as "
        "long."
    ) in verdict(race)
    assert "injected" not in verdict(folded(fabricated_race(tasks=8, **how)))


def test_races_with_other_faults_are_not_repeats_of_one_race():
    history = History()
    for faults in (Faults(), Faults(fail_every=4), Faults(fail_every=4)):
        for event in fabricated_race(tasks=8, faults=faults):
            history.apply(event)
    assert len(history.runs(history.key)) == 2


def test_a_race_whose_submission_was_held_has_no_speedup_and_says_so():
    events = fabricated_race(tasks=8)
    assert as_json(folded(events))["speedup"]
    race = folded(intervened(events, "ray", *HELD))
    told = as_json(race)
    assert (told["speedup"], told["lanes"][1]["held_s"]) == ({}, 2.5)
    assert told["no_speedup"] == {"ray": "submission was held for 2.50 s"}
    assert "Submission was held for 2.50 s: its times aren't meaningful." in verdict(race)
    history = History()
    for event in intervened(events, "ray", *HELD):
        history.apply(event)
    assert history.runs(history.key) == []


def test_a_hold_that_lasts_ends_with_the_run():
    events = intervened(fabricated_race(tasks=8), "ray", HELD[0])
    race = folded([e for e in events if not isinstance(e, ev.RunEnded | ev.RaceEnded)])
    assert race.lane("ray").interventions.held
    assert gains(race) == {}
    assert folded(events).lane("ray").interventions.held_s > 2.5


def test_the_verdict_names_the_workers_that_were_killed_by_hand():
    killed = (3.0, {"action": "kill-worker", "worker": 1})
    vain = (3.1, {"action": "kill-worker", "worker": 1, "refused": "it has ended already"})
    race = folded(intervened(fabricated_race(tasks=8, retries=[2]), "ray", killed, vain))
    said = "Ray had 1 worker killed by hand and repeated 1 attempt: its time includes that."
    assert said in verdict(race)
    assert as_json(race)["speedup"]
    assert [each["refused"] for each in as_json(race)["lanes"][1]["interventions"]] == [
        "",
        "it has ended already",
    ]
