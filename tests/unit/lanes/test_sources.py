"""The source that is read is that of the function that was loaded, or a sentence says why not."""

import functools
import importlib.util
import math
import os
import sys
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType

import pytest

from workloads.builtin.pi import PI, sampling_task
from workloads.core.engine_info import BUILT_IN
from workloads.core.execution import Execution
from workloads.lanes.listings import Shown, engine_functions, planned, read_source
from workloads.lanes.plan import Plan
from workloads.lanes.sources import MAX_LINES, read_function, read_named

SERIAL = engine_functions("serial", "wait")


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tests_loaded", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Called:
    """An object that is called."""

    def __call__(self) -> None:
        """Do nothing."""


def test_a_function_is_read_from_its_file_with_the_number_of_its_first_line():
    listing = read_function(functools.partial(sampling_task, 1), "task")
    assert (listing.name, listing.file) == ("sampling_task", "workloads/builtin/pi.py")
    lines = Path(sys.modules[sampling_task.__module__].__file__ or "").read_text().splitlines()
    shown = listing.text.splitlines()
    assert lines[listing.line - 1 :][: len(shown)] == shown
    assert shown[0].startswith("def sampling_task(")


def test_of_an_object_that_is_called_the_class_is_read():
    listing = read_function(Called(), "task")
    assert listing.name == "Called"
    assert "def __call__" in listing.text


@pytest.mark.parametrize("info", BUILT_IN, ids=lambda info: info.name)
def test_an_engine_names_functions_that_are_read_alike_with_and_without_loading_them(info):
    assert info.driver
    for name in (*info.driver, *info.worker):
        listing = read_named(name, "driver")
        assert listing.text
        assert listing == read_function(resolve_name(name), "driver")


def test_what_has_no_python_source_is_named_in_one_sentence(tmp_path: Path):
    assert read_function(math.factorial, "task").note == (
        "factorial has no Python source: it is built into Python, or compiled."
    )
    typed: dict[str, object] = {}
    exec(compile("typed = lambda: 1", "<stdin>", "exec"), typed)
    assert read_function(typed["typed"], "task").note == (  # type: ignore[arg-type]
        "<lambda> was defined in <stdin>, which is not a file: its source isn't stored."
    )
    (tmp_path / "gone.py").write_text("def gone():\n    return 1\n")
    module = loaded(tmp_path / "gone.py")
    (tmp_path / "gone.py").unlink()
    assert read_function(module.gone, "task").note == (
        f"The file that gone was loaded from is gone: {tmp_path}/gone.py."
    )
    assert read_named("workloads.core.task:nobody", "driver").note == (
        "The source of workloads.core.task:nobody can't be read."
    )


def test_a_file_that_changed_since_is_not_taken_for_what_runs(tmp_path: Path):
    file = tmp_path / "edited.py"
    file.write_text("def edited():\n    return 1\n")
    module = loaded(file)
    os.utime(file, (2e9, 2e9))  # saved again without a change
    assert read_function(module.edited, "task").text == "def edited():\n    return 1"
    file.write_text("def edited():\n    return 2\n")
    os.utime(file, (2e9, 2e9))
    listing = read_function(module.edited, "task")
    assert not listing.text
    assert "has changed since edited was loaded" in listing.note


def test_a_very_long_function_is_cut(tmp_path: Path):
    file = tmp_path / "long.py"
    file.write_text("def long():\n" + "    x = 1\n" * MAX_LINES)
    listing = read_function(loaded(file).long, "task")
    assert listing.text.count("\n") == MAX_LINES - 1
    assert listing.note == "The first 1,000 of 1,001 lines."


def test_a_workload_names_the_functions_that_do_its_work():
    assert PI.code is not None
    names = [read_function(each, "task").name for each in PI.code({"kernel": "numpy"})]
    assert names == ["sampling_task", "_numpy_block"]


def test_before_a_race_a_users_function_is_not_loaded_but_named():
    plan = Plan("tests.lanes.nowhere:crunch", {"tasks": 1}, 1, drain="get")
    driver, *_, task = planned(plan, "ray")
    assert "while turns := run.next_call()" in driver.text
    assert (task.name, task.role) == (plan.workload, "task")
    assert task.note == "Its source is read when a race loads it."
    names = [listing.name for listing in planned(plan, "ray")]
    assert "by_get" in names
    assert "RayTasks._by_wait" not in names


def test_a_workload_that_fails_to_name_its_functions_is_logged_and_the_engines_are_read(capsys):
    def code(params):
        raise RuntimeError("no code")

    broken = replace(PI, code=code)
    read = read_source(SERIAL, broken, {}, [])
    assert [listing.role for listing in read.listings] == ["driver"]
    assert "no code" in capsys.readouterr().err
    plain = replace(PI, code=None)
    tasks = plain.make_tasks({"tasks": 3, "samples": 10, "kernel": "python"}, 1, ())
    read = read_source(SERIAL, plain, {}, tasks)
    assert [each.name for each in read.listings if each.role == "task"] == ["sampling_task"]


def test_the_functions_that_run_batches_are_shown_where_tasks_travel_in_them() -> None:
    batched = Shown(execution=Execution(batch=2))
    batches = [name for name, role in engine_functions("ray", "wait", batched)]
    assert "workloads.engines.ray.remote:whole_batch" in batches
    assert "workloads.engines.ray.remote:whole" not in batches
    assert engine_functions("serial", "wait", batched) == SERIAL
