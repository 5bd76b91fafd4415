"""Nothing depends on how an engine or a workload is called: all of them race under other names."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal
from workloads import catalog
from workloads.core.engine_info import ENGINES

ROOT = Path(__file__).parents[2]

RENAMING = """
from workloads import catalog
from workloads.core import engine_info

for known in (*engine_info.BUILT_IN, *catalog.WORKLOADS):
    object.__setattr__(known, "name", f"my-{known.name}")
engine_info.ENGINES.clear()
engine_info.ENGINES.update({info.name: info for info in engine_info.BUILT_IN})
engine_info.DEFAULT_LANES = tuple(f"my-{name}" for name in engine_info.DEFAULT_LANES)
"""
"""Python runs this when it starts, in the program as in each lane."""

ALLOWED = {
    "tui/cli/entry.py": {"images"},
    "tui/cli/parser.py": {"images"},
    "tui/cli/workload_options.py": {"images"},
    "tui/drawing/ascii.py": {"pi"},
    "tui/drawing/lines.py": {"images"},
    "tui/widgets/compare/sweep_charts.py": {"serial"},
    "tui/widgets/images/portrait.py": {"images"},
    "tui/widgets/pi/convergence.py": {"pi"},
    "workloads/core/engine_info.py": set(ENGINES),
    "workloads/core/execution.py": {"threads"},
    "workloads/builtin/arrays/workload.py": {"arrays"},
    "workloads/builtin/actors.py": {"actors"},
    "workloads/builtin/images/workload.py": {"images"},
    "workloads/builtin/noop.py": {"noop"},
    "workloads/builtin/pi.py": {"pi"},
    "workloads/builtin/sleep.py": {"sleep"},
    "workloads/engines/ray/address.py": {"ray"},
    "workloads/figures/definitions.py": {"pi"},
    "workloads/functions/workload.py": {"ray"},
}
"""Text that is no name of an engine or a workload to compare with: definitions, options, labels,
keys of the JSON, the module `ray`, the scheme of an address.
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that have every Python rename what is built in."""
    folder = tmp_path_factory.mktemp("renaming")
    (folder / "sitecustomize.py").write_text(RENAMING)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def run(
    environment: dict[str, str], *arguments: object, program: str = "tui.cli"
) -> dict[str, object]:
    """The program's figures, raced without a screen."""
    done = subprocess.run(
        [sys.executable, "-m", program, *map(str, arguments), "--headless", "--json", "-"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_all_engines_race_and_replay_under_other_names(
    environment: dict[str, str], tmp_path: Path
) -> None:
    recording = tmp_path / "race.jsonl"
    engines = [f"my-{name}" for name in ENGINES]
    race = ("race", "my-pi", "--tasks", 4, "--samples", 20_000, "--cpus", 2)
    report = run(environment, *race, "--lanes", ",".join(engines), "--record", recording)
    assert report["same_answer"] is True
    assert list(report["speedup"]) == engines[1:]
    with Terminal("replay", str(recording), environment=environment) as terminal:
        terminal.until(lambda: terminal.text().count("✔ finished") == len(engines))
        terminal.wait_for("π ≈")
        for letter in "STPR":
            terminal.wait_for(f" {letter} ")


@pytest.mark.parametrize(
    ("kind", "values"), [("workers", [1, 2]), ("samples", [10_000, 20_000]), ("grain", [1, 2])]
)
def test_they_are_swept_under_other_names(
    environment: dict[str, str], kind: str, values: list[int]
) -> None:
    sweep = ("sweep", "my-pi", "--tasks", 4, f"--{kind}", ",".join(map(str, values)))
    if kind != "samples":
        sweep += ("--samples", 5000)
    sweep += ("--lanes", "my-serial,my-threads", "--cpus", 2)
    report = run(environment, *sweep, program="tests.short_calibration")
    points = report["points"]
    assert isinstance(points, list)
    assert [point["speedup"] is not None for point in points] == [True, True]
    assert all(("error" in point) == (kind == "samples") for point in points)


@pytest.mark.parametrize("workload", ["noop", "sleep"])
def test_the_other_workloads_race_under_other_names(
    environment: dict[str, str], workload: str
) -> None:
    race = ("race", f"my-{workload}", "--tasks", 2, "--lanes", "my-serial,my-processes")
    more = ("--seconds", 0.1) if workload == "sleep" else ()
    assert run(environment, *race, *more, "--cpus", 2)["workload"] == f"my-{workload}"


def test_no_module_compares_with_the_name_of_an_engine_or_a_workload() -> None:
    names = {*ENGINES, *(workload.name for workload in catalog.WORKLOADS)}
    found = {}
    for path in [*(ROOT / "workloads").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]:
        module = path.relative_to(ROOT).as_posix()
        nodes = ast.walk(ast.parse(path.read_text()))
        constants = {node.value for node in nodes if isinstance(node, ast.Constant)}
        if here := {text for text in constants if text in names} - ALLOWED.get(module, set()):
            found[module] = here
    assert not found
