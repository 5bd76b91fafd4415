"""The schedules that a race can have, and why not another."""

from dataclasses import replace

import pytest

from workloads.core import engine_info
from workloads.engines import EngineOptions
from workloads.lanes.plan import (
    Plan,
    caveat,
    default_schedule,
    next_schedule,
    settled,
    usual_schedule,
    why_not_alternate,
)
from workloads.machine import tagged

PLAN = Plan("pi", {"tasks": 2, "samples": 10}, 1, ("serial", "ray"), "alternate")
HERE, ELSEWHERE = EngineOptions(), EngineOptions(address="10.0.0.1:6379")


@pytest.fixture(autouse=True)
def _can_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagged, "available", lambda: True)


def test_lanes_that_compute_on_this_machine_alternate() -> None:
    assert why_not_alternate(PLAN, HERE) == ""
    assert settled(PLAN, HERE) == (PLAN, "")
    assert why_not_alternate(replace(PLAN, lanes=("serial", "threads")), ELSEWHERE) == ""


@pytest.mark.parametrize(
    ("plan", "options", "why"),
    [
        (replace(PLAN, lanes=("ray",)), HERE, "there is one lane only"),
        (replace(PLAN, workload="sleep"), HERE, "the tasks wait"),
        (PLAN, ELSEWHERE, "Ray runs on a cluster of its own"),
    ],
)
def test_others_run_as_is_usual_and_say_why(plan: Plan, options: EngineOptions, why: str) -> None:
    run, sentence = settled(plan, options)
    assert run == replace(plan, schedule=usual_schedule())
    assert sentence.startswith("Lanes run ")
    assert why in sentence


def test_an_engine_or_a_system_may_not_allow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagged, "available", lambda: False)
    assert "no safe way to stop" in why_not_alternate(PLAN, HERE)
    lasting = replace(engine_info.ENGINES["ray"], can_alternate=False)
    monkeypatch.setitem(engine_info.ENGINES, "ray", lasting)
    assert why_not_alternate(PLAN, HERE) == "Ray can't be stopped and continued"


def test_calls_of_a_function_alternate_only_if_that_is_chosen() -> None:
    assert default_schedule("pi") == "alternate"
    assert default_schedule("own.py:crunch") == usual_schedule()
    own = replace(PLAN, workload="own.py:crunch")
    assert why_not_alternate(own, HERE) == ""
    run, sentence = settled(own, HERE)
    assert run == own
    assert "calls that wait seem shorter" in sentence
    assert settled(replace(own, schedule="in-turn"), HERE)[1] == ""


def test_what_to_mind_is_known_before_it_is_chosen() -> None:
    in_turn = replace(PLAN, schedule="in-turn")
    assert caveat(in_turn, HERE) == ""
    assert "calls that wait" in caveat(replace(in_turn, workload="own.py:crunch"), HERE)
    assert caveat(replace(in_turn, workload="sleep"), HERE) == (
        "Lanes can't alternate: the tasks wait, and time passes while they are stopped."
    )


def test_the_key_goes_through_those_that_apply() -> None:
    def cycle(plan: Plan) -> list[str]:
        names = []
        for _ in range(4):
            plan = replace(plan, schedule=next_schedule(plan, HERE))
            names.append(plan.schedule)
        return names

    assert cycle(PLAN) == ["in-turn", "together", "alternate", "in-turn"]
    waiting = replace(PLAN, workload="sleep", schedule="in-turn")
    assert cycle(waiting) == ["together", "in-turn", "together", "in-turn"]
