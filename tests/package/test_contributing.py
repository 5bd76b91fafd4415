"""The page for contributors and the workflow: what they name exists, and every command runs."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests import structure
from tests.package.conftest import ROOT

PAGE = (ROOT / ".github/CONTRIBUTING.md").read_text()

COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.strip().splitlines()
]

CHECKS = ("uv run ruff check .", "uv run mypy", "uv run lint-imports", "uv run pytest")
"""What .ci/run does anyway."""


def cheap(command: str) -> str:
    """The command, with as little work as shows that it is one."""
    if command.startswith("uv run pytest"):
        return f"{command} --collect-only -q -n 0 tests/unit/core"
    if command == "uv run raytasks-tui" or "tests.bench" in command or "tests.demos" in command:
        return f"{command} --help"
    if command.startswith(("pip install", "uv run raytasks-tui replay")):
        return f"{command} --help"
    return command.replace("ruff format", "ruff format --check")


@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in CHECKS[:3]])
def test_a_command_of_the_page_runs(command: str, tmp_path: Path):
    words = shlex.split(cheap(command))
    folder = ROOT
    if "--record" in words:  # writes where it runs
        folder = tmp_path
    if words[:2] == ["uv", "run"]:
        words[2:2] = ["--no-sync", "--project", str(ROOT)]
    else:
        words[:0] = ["uv"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_checks_of_the_page_are_those_of_ci():
    script = (ROOT / ".ci/run").read_text()
    assert all(command in COMMANDS and command in script for command in CHECKS)
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:workloads|tui|tests|\.ci)/[\w./]+)`", PAGE))
    assert len(named) > 20
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_map_has_every_room_in_the_order_of_the_layers():
    table = PAGE.partition("| room of `workloads` |")[2].partition("| room of `tui` |")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert {f"workloads.{name}" for name in listed} == structure.rooms("workloads")
    levels = [structure.levels()[f"workloads.{name}"] for name in listed]
    assert levels == sorted(levels)


def test_the_workflow_runs_the_checks_on_each_supported_system_and_python():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow) == {"name", True, "permissions", "concurrency", "jobs"}
    assert set(workflow[True]) == {"push", "pull_request"}
    (job,) = workflow["jobs"].values()
    assert set(job) == {"runs-on", "timeout-minutes", "strategy", "env", "steps"}
    assert all(len({"uses", "run"} & set(step)) == 1 for step in job["steps"])
    assert job["steps"][-1] == {"run": ".ci/run"}
    matrix = job["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = [name.rpartition(" ")[2] for name in project["classifiers"] if ":: 3." in name]
    assert matrix["python"] == versions
    assert {f"${{{{ matrix.{name} }}}}" for name in matrix} == {
        job["runs-on"],
        job["env"]["UV_PYTHON"],
    }


def test_the_changelog_begins_with_what_is_not_released():
    text = (ROOT / ".github/CHANGELOG.md").read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE)[0] == "Unreleased"
