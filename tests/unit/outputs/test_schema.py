"""The JSON Schema that ships: it describes every key that races and sweeps can have."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.fabricate import HELD, alternating, fabricated_race, folded, intervened
from tests.fabricate_actors import counter_race
from tests.fabricate_sweeps import cancelled_at, fabricated_sweep, told_sweep
from tests.schema import check, schema
from tests.tui.staged import pi_race
from tests.unit.figures import test_everywhere as everywhere
from tests.unit.ledger import test_ledger as ledger
from tests.unit.sweeps import test_sweep_kinds as swept
from tests.unit.sweeps.test_sizes import SIZES
from workloads import catalog
from workloads.builtin.pi import PI
from workloads.core import events as ev
from workloads.core.execution import Execution
from workloads.core.faults import Faults
from workloads.core.task import EstimatedNumber
from workloads.figures.report import race_report
from workloads.lanes.coordinator import Plan
from workloads.ledger.recording import read as read_recording
from workloads.sweeps.kinds import POINT_KEYS
from workloads.sweeps.report import report
from workloads.sweeps.values import read

RECORDINGS = sorted(Path(__file__).parents[2].joinpath("recordings").glob("*.jsonl"))
README = Path(__file__).parents[3] / "README.md"
UNITS = ("second", "bytes", "number", "ratio", "share", "per second", "edges")


def as_json(data: object) -> Any:
    return json.loads(msgspec.json.encode(data))


def properties(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every described key below `part`: its path, its schema, whether it is always there."""
    if isinstance(part, list):
        for inner in part:
            yield from properties(inner, path)
    if not isinstance(part, dict):
        return
    described = {**part.get("properties", {}), **part.get("patternProperties", {})}
    if part.get("type") == "object":
        for name, inner in described.items():
            always = name in part.get("required", []) or name.startswith("^")
            yield f"{path}.{name}", inner, always
    for name, inner in part.items():
        yield from properties(inner, f"{path}.{name}")


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    return {**schema()["$defs"][part["$ref"].rpartition("/")[2]], **part}


def test_it_is_a_json_schema_of_the_draft_that_it_names():
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_readme_says_where_it_lies():
    (command,) = re.findall(r'python -c "(.*report\.schema\.json.*)"', README.read_text())
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert json.loads(Path(done.stdout.strip()).read_text()) == schema()


def test_every_key_has_a_description_with_its_unit_and_when_it_is_absent_or_null():
    keys = list(properties(schema()["$defs"]))
    assert len(keys) > 100
    for path, written, always in keys:
        part = resolved(written)
        text = part.get("description", "")
        assert text.endswith("."), path
        types = part.get("type", "")
        if {"number", "integer"} & {*([types] if isinstance(types, str) else types)}:
            assert any(unit in text.lower() for unit in UNITS), f"{path} has no unit: {text}"
        if "null" in types:
            assert "; null " in text, f"{path}: {text}"
        if not always:
            assert "Absent" in text, f"{path}: {text}"


def test_no_object_may_have_a_key_that_is_not_described():
    def objects(part: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield path, part
            for name, inner in part.items():
                yield from objects(inner, f"{path}.{name}")

    for path, part in objects(schema()["$defs"], ""):
        if part.get("additionalProperties") is False:
            continue
        # A map by lane, stage or parameter.
        assert isinstance(part.get("additionalProperties"), dict), path
        if path == ".point":  # a package names the number that its workload estimates
            continue
        assert "properties" not in part, path
        assert "Map" in part.get("description", "Map"), path


def test_a_key_without_a_description_is_refused():
    data = as_json(race_report(folded(fabricated_race())))
    check(data, "race")
    data["lanes"][0]["undescribed"] = 1
    with pytest.raises(AssertionError, match="undescribed"):
        check(data, "race")


@settings(max_examples=100)
@given(st.one_of(everywhere.races(), ledger.races()))
def test_it_holds_for_fabricated_races(events: list[ev.AnyEvent]):
    check(as_json(race_report(folded(events))), "race")
    check(as_json(race_report(folded(events[: len(events) // 2]))), "race")


def test_it_holds_for_races_with_answers():
    for events in (pi_race(), pi_race(failures=[1])):
        check(as_json(race_report(folded(events))), "race")


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_it_holds_for_recordings_of_every_version(recording: Path):
    events = read_recording(recording)
    if any(isinstance(event, ev.SweepOpened) for event in events):
        check(as_json(report(swept.folded(events))), "sweep")
    check(as_json(race_report(folded(events))), "race")


def failing_on_ray(events: Iterable[ev.AnyEvent]) -> Iterator[ev.AnyEvent]:
    """The events of races in which a task fails on Ray only."""
    for event in events:
        if isinstance(event, ev.RunEnded) and event.lane == "ray":
            yield ev.Failed(t=event.t, lane="ray", task=3, error="ValueError", message="no")
        yield event


TWO_LANES = fabricated_sweep(failing=[20])

SWEEPS = {
    "batches": TWO_LANES,
    "cancelled": cancelled_at(TWO_LANES, 20.0),
    "workers": swept.WORKERS,
    "few workers": told_sweep(read("workers", "1-2", swept.PI_PLAN), swept.with_law(0.1)),
    "coherency": told_sweep(
        read("workers", "1-8", swept.PI_PLAN),
        lambda lane, p: 12.0 if lane == "serial" else 12.0 * (0.02 * (p - 1) * p + 1) / p,
        workers=swept.asked,
    ),
    "weak": told_sweep(read("weak", "1-3", swept.PI_PLAN), swept.with_law(0.1)),
    "grain": swept.GRAIN,
    "samples": told_sweep(
        read("samples", "10,20", swept.PI_PLAN), swept.grained, answer=lambda value: {"pi": 3.1}
    ),
    "sizes": SIZES,
    "runs": told_sweep(read("runs", "6", swept.PI_PLAN), swept.with_law(0.1)),
    "failed": told_sweep(
        read("runs", "3", swept.PI_PLAN), swept.with_law(0.1), failing=[("ray", 2)]
    ),
    "busy": everywhere.changed(fabricated_sweep(), busy=0.3),
    "other tasks failed": list(
        failing_on_ray(
            told_sweep(read("workers", "1,2", swept.PI_PLAN), swept.with_law(0.1), task_s=1.0)
        )
    ),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_it_holds_for_sweeps(name: str):
    check(as_json(report(swept.folded(SWEEPS[name]))), "sweep")


def test_it_holds_for_a_sweep_over_the_samples_of_a_packages_workload(
    monkeypatch: pytest.MonkeyPatch,
):
    dice = replace(PI, name="dice", estimate=EstimatedNumber("mean", 3.5))
    monkeypatch.setitem(catalog._described, "dice", dice)
    sweep = read("samples", "1600,160000", Plan("dice", PI.complete({}), 7))
    events = told_sweep(sweep, swept.with_law(0.1), answer=lambda value: {"mean": 3.5 + value})
    data = as_json(report(swept.folded(events)))
    assert [point["mean"] for point in data["points"]] == [1603.5, 160003.5]
    check(data, "sweep")
    data["points"][0]["another"] = 1
    with pytest.raises(AssertionError):
        check(data, "sweep")


@pytest.mark.parametrize("key", ["samples", "error", "speedup", "reason", "serial_s"])
def test_an_estimate_called_as_a_key_of_a_point_is_beside_it(
    monkeypatch: pytest.MonkeyPatch, key: str
):
    dice = replace(PI, name="dice", estimate=EstimatedNumber(key, 3.5))
    monkeypatch.setitem(catalog._described, "dice", dice)
    sweep = read("samples", "1600,160000", Plan("dice", PI.complete({}), 7))
    events = told_sweep(sweep, swept.with_law(0.1), answer=lambda value: {key: 3.5 + value})
    first = as_json(report(swept.folded(events)))["points"][0]
    assert (first["samples"], first["error"], first[f"estimate_{key}"]) == (1600, 1600, 1603.5)
    assert first["serial_s"] == swept.with_law(0.1)("serial", 1600)
    assert "reason" not in first


def test_the_keys_of_a_point_are_those_that_an_estimate_must_not_take():
    properties = schema()["$defs"]["point"]["properties"]
    assert {key for key in properties if not key.endswith("_s")} == POINT_KEYS | {"pi"}


LIMITED = {"cpu_limit": "2 CPUs of a cgroup quota"}

UNUSUAL = Execution("longest-first", 4, 2)
CHANGED: dict[str, Any] = {"host": LIMITED, "execution": UNUSUAL}

RACES = [
    counter_race(calls=3, restart_after=2),
    fabricated_race(faults=Faults(4, 5, 6)),
    pi_race(failures=[1]),
    intervened(fabricated_race(), "ray", *HELD, (4.0, {"action": "cancel-task", "task": 3})),
    alternating(fabricated_race(), [0.3] * 9),
    everywhere.changed(fabricated_race(schedule="in-turn"), busy=0.3),
    everywhere.changed(fabricated_race(schedule="in-turn"), faster=0.05),
    everywhere.changed(fabricated_race(schedule="in-turn", lanes=("serial", "threads"))),
    [
        msgspec.structs.replace(event, host=LIMITED, execution=UNUSUAL)
        if isinstance(event, ev.RaceOpened)
        else event
        for event in fabricated_race(retries=[1])
    ],
    [
        msgspec.structs.replace(event, sent_bytes=1 << 20, pickle_s=0.01)
        if isinstance(event, ev.Submitted)
        else event
        for event in fabricated_race()
    ],
    *(read_recording(path) for path in RECORDINGS),
]


def keys(part: dict[str, Any], path: str) -> Iterator[str]:
    """The path of every key that is described below this part."""
    part = resolved(part)
    for name, inner in part.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from keys(inner, f"{path}.{name}")
    for inner in (part.get("additionalProperties"), part.get("items")):
        if isinstance(inner, dict):
            yield from keys(inner, path)


def written_keys(data: Any, part: dict[str, Any], path: str) -> Iterator[str]:
    """The paths of those that this JSON data has."""
    part = resolved(part)
    if isinstance(data, list):
        for item in data:
            yield from written_keys(item, part.get("items", {}), path)
    elif isinstance(data, dict):
        for name, value in data.items():
            if name in part.get("properties", {}):
                yield f"{path}.{name}"
                yield from written_keys(value, part["properties"][name], f"{path}.{name}")
            elif isinstance(part.get("additionalProperties"), dict):
                yield from written_keys(value, part["additionalProperties"], path)


def test_every_key_that_is_described_is_written_somewhere():
    parts = schema()["$defs"]
    found = set[str]()
    for events in RACES:
        found.update(written_keys(as_json(race_report(folded(events))), parts["race"], "race"))
    opened, *rest = SWEEPS["runs"]
    changed = {"drain": "get", "execution": UNUSUAL}
    drained = [msgspec.structs.replace(opened, **changed), *rest]
    for events in (*SWEEPS.values(), drained):
        data = as_json(report(swept.folded(events)))
        found.update(written_keys(data, parts["sweep"], "sweep"))
    described = {*keys(parts["race"], "race"), *keys(parts["sweep"], "sweep")}
    assert len(described) > 100
    assert described - found == set()
