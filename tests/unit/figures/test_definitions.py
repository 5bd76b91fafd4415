"""Every figure has one definition, which the README shows as it stands."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests import structure
from tests.definitions import section, written
from tests.fabricate import fabricated_race, folded
from tests.fabricate_sweeps import told_sweep
from tests.unit.sweeps import test_sweep_kinds as swept
from tests.unit.sweeps.test_sizes import SIZES
from workloads.figures.definitions import DEFINITIONS, SYMBOLS, Definition
from workloads.figures.report import RaceReport, race_report
from workloads.figures.waterfall import waterfall
from workloads.sweeps.report import report
from workloads.sweeps.values import read

TEXTS = ("describe", "sentence", "causes_text", "startup_name", "startup_text", "title", "verdict")
"""Functions that put figures into words, and compute none."""

RECORDS = (
    "lane_report",
    "race_report",
    "task_errors",
    "worker_list",
)
"""Functions that collect figures or copy what a race recorded."""

RECORDED = {
    *("workload", "params", "seed", "schedule", "host", "lanes", "engine", "status", "tasks"),
    *("done", "failed", "retried", "workers", "result", "reason", "errors", "worker_list"),
    *("same_answer", "same_answer_reason", "sweep", "points", "note"),
    *("task", "error", "message", "seconds", "number", "pid", "node"),
    *("stages", "object_store", "puts", "put_bytes", "put_s", "load_s", "peak_bytes"),
    *("sent_bytes", "pickle_s", "capacity_bytes", "spilled_bytes"),
    *("faults", "held_s", "interventions", "at_s", "action", "worker", "refused", "nodes", "drain"),
    *("execution", "actors", "actor", "restarted_after"),
}
"""Keys of the reports that hold what was recorded or compared, not figures."""


def functions() -> Iterator[str]:
    """The public functions of workloads.figures, as `module.function`."""
    for module in structure.modules("workloads"):
        if module.room == "workloads.figures":
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield f"{module.name.split('.')[-1]}.{node.name}"


def test_every_function_that_computes_a_figure_has_a_definition():
    defined = [function for each in DEFINITIONS for function in each.functions]
    assert len(defined) == len(set(defined)), "one definition each"
    public = [name for name in functions() if name.split(".")[1] not in TEXTS + RECORDS]
    assert sorted(defined) == sorted(public)


def fields(struct: Any) -> Iterator[str]:
    """The keys of a report and of what it consists of."""
    for field in msgspec.structs.fields(struct):
        yield field.encode_name
        for inner in re.findall(r"[\w.]+", str(field.type)):
            for nested in msgspec.Struct.__subclasses__():
                if f"{nested.__module__}.{nested.__qualname__}" == inner:
                    yield from fields(nested)


def defined_keys() -> set[str]:
    keys = [key for each in DEFINITIONS for key in each.keys]
    assert len(keys) == len(set(keys)), "one definition each"
    return set(keys)


def test_every_figure_of_the_json_has_a_definition():
    keys = set(fields(RaceReport))
    assert {"p99_s", "peak_bytes", "mean_per_s", "karp_flatt"} <= keys
    assert keys - RECORDED <= defined_keys()


def test_every_step_of_a_waterfall_has_a_definition():
    race = folded(fabricated_race(retries=[3], schedule="in-turn"))
    account = waterfall(race, "ray")
    assert account is not None
    assert {step.name for step in account.steps} <= defined_keys()
    assert set(race_report(race).waterfall["ray"]) <= defined_keys()


SWEEPS = {
    "workers": swept.WORKERS,
    "few workers": told_sweep(read("workers", "1-2", swept.PI_PLAN), swept.with_law(0.1)),
    "grain": swept.GRAIN,
    "samples": told_sweep(
        read("samples", "10,20", swept.PI_PLAN), swept.grained, answer=lambda value: {"pi": 3.1}
    ),
    "weak": told_sweep(read("weak", "1-2", swept.PI_PLAN), swept.with_law(0.1)),
    "sizes": SIZES,
    "runs": told_sweep(read("runs", "3", swept.PI_PLAN), swept.with_law(0.1)),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_every_figure_of_a_sweeps_json_has_a_definition(name: str):
    data: Any = report(swept.folded(SWEEPS[name]))
    assert data["points"]
    keys = {*data, *(key for point in data["points"] for key in point)}
    lanes = {f"{lane}_s" for lane in ("serial", "threads", "processes", "ray")}
    values = {"batch", "tasks", "samples", "workers", "size", "run"}
    assert keys - RECORDED - lanes - values <= defined_keys()


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each.name)
def test_a_definition_is_complete_and_reads_as_sentences(definition: Definition):
    for text in definition[:5]:
        assert text
        assert not text.endswith(".")
        assert "|" not in text, "a column of a table"
    assert definition.text.count("Source: ") == 1


def test_the_readme_has_the_definitions():
    assert written() == section(), "run `uv run python -m tests.definitions`"
    assert SYMBOLS in written()
