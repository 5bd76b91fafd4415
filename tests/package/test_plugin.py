"""An installed package that adds a workload with a picture, and an engine: tests/example_plugin."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.package.conftest import ROOT, uv
from tests.tui.terminal import Terminal

LANES = "serial,futures"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the plugin, and sees what the tests run with."""
    folder = tmp_path_factory.mktemp("plugin")
    uv("venv", "-q", "--python", sys.executable, folder)
    site = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    (site / "running.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    uv("pip", "install", "-q", "--no-deps", "--python", folder, ROOT / "tests" / "example_plugin")
    return folder / "bin" / "python"


def run(
    python: Path, *arguments: object, path: str = "", program: str = "tui.cli"
) -> subprocess.CompletedProcess[str]:
    """The program in that environment; `path` is searched for further packages."""
    return subprocess.run(
        [python, "-m", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=python.parent,
        env={**os.environ, "PYTHONPATH": path},
    )


def test_a_workload_and_an_engine_of_a_package_race_without_a_screen(python: Path) -> None:
    race = ("race", "dice", "--tasks", 6, "--throws", 3000, "--lanes", LANES, "--cpus", 2)
    done = run(python, *race, "--headless", "--json", "-")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["workload"] == "dice"
    assert [(lane["engine"], lane["done"]) for lane in report["lanes"]] == [
        ("serial", 6),
        ("futures", 6),
    ]
    assert report["same_answer"] is True
    assert list(report["speedup"]) == ["futures"]


def test_help_and_lists_name_what_a_package_adds(python: Path) -> None:
    race = " ".join(run(python, "race", "--help").stdout.split())
    assert "Added by installed packages: dice." in race
    dice = " ".join(run(python, "race", "dice", "--help").stdout.split())
    assert "--throws" in dice
    assert "serial,threads,processes,ray,futures" in dice
    assert "throws" in run(python, "workloads").stdout


def test_a_sweep_cuts_the_work_by_the_size_that_the_workload_names(python: Path) -> None:
    sweep = ("sweep", "dice", "--tasks", 4, "--throws", 5000, "--grain", "1,4", "--lanes", LANES)
    sweep += ("--cpus", 2, "--headless", "--json", "-")
    done = run(python, *sweep, program="tests.short_calibration")
    assert done.returncode == 0, done.stderr
    assert [point["tasks"] for point in json.loads(done.stdout)["points"]] == [1, 4]


@pytest.fixture
def torn(tmp_path: Path) -> str:
    """A folder with an installed package whose engine and view can't be imported."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[raytasks.engines]\ntorn = nowhere.to_be_found:ENGINE\n"
        "[raytasks.views]\nnoop = nowhere.to_be_found:VIEW\n"
        "[raytasks.workloads]\nworn = nowhere.to_be_found:WORKLOAD\n"
    )
    return str(tmp_path)


def test_a_package_that_cant_be_imported_is_named_and_the_rest_works(
    python: Path, torn: str
) -> None:
    race = ("race", "noop", "--tasks", 3, "--headless", "--lanes")
    done = run(python, *race, "torn", path=torn)
    assert done.returncode == 2
    assert "The plugin torn of broken can't be imported: ModuleNotFoundError" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    done = run(python, "race", "worn", "--headless", path=torn)
    assert done.returncode == 2
    assert "nowhere.to_be_found can't be loaded: ModuleNotFoundError" in done.stderr
    assert run(python, *race, "serial,futures", path=torn).returncode == 0
    assert "dice" in run(python, "workloads", path=torn).stdout


def test_the_lanes_on_screen_name_a_package_that_cant_be_imported(python: Path, torn: str) -> None:
    program = (str(python), "-m", "tui.cli")
    with Terminal(program=program, environment={"PYTHONPATH": torn}) as terminal:
        terminal.wait_for("○ READY")
        terminal.press("e")
        terminal.wait_for("F Futures", "The plugin torn of broken can't be imported")
        terminal.press("\x1b")
        terminal.until(lambda: "Futures" not in terminal.prose())
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_the_picture_the_lanes_and_the_settings_of_a_package_are_on_screen(python: Path) -> None:
    race = ("race", "dice", "--tasks", "8", "--throws", "30000", "--lanes", LANES, "--cpus", "2")
    with Terminal(*race, program=(str(python), "-m", "tui.cli")) as terminal:
        terminal.wait_for("✔ FINISHED", "Futures finished 8 tasks in ")
        terminal.press("2")
        terminal.wait_for("sums of two dice on futures")
        terminal.press("?")
        terminal.wait_for("A bar for each sum of two dice.")
        terminal.press("?")
        terminal.until(lambda: "A bar for each sum" not in terminal.prose())
        terminal.press("e")
        terminal.wait_for("F Futures", "concurrent.futures: a ProcessPoolExecutor")
        # Sent together, Escape and the next key would be read as alt and that key.
        terminal.press("\x1b")
        terminal.until(lambda: "concurrent.futures" not in terminal.prose())
        terminal.press("s")
        terminal.wait_for("how often each task throws")
        terminal.press("\x1b")
        terminal.until(lambda: "how often each task throws" not in terminal.prose())
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
