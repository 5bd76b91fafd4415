"""The walls between the rooms: what an import drags in, seen from a process of its own."""

import json
import pkgutil
import subprocess
import sys

import workloads

SEEN = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def imported(code: str) -> set[str]:
    """The top packages that are loaded after `code` has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SEEN}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_app_never_imports_what_the_lanes_run():
    seen = imported("import tui.app, tui.cli, tui.cli.headless")
    assert {"tui", "workloads", "textual"} <= seen
    assert not seen & {"ray", "torch", "torchvision"}


def test_the_first_paint_waits_for_nothing_that_only_a_race_needs():
    seen = imported("import tui.cli, tui.program")
    assert {"tui", "textual"} <= seen
    assert not seen & {"numpy", "psutil", "multiprocessing", "PIL", "ray", "torch"}


FIRST_SCREEN = """
import asyncio, sys
from tui import app
from tui.cli.entry import _usual_plan
from tui.cli.options import Options
from tui.live import LiveSession
from workloads.engines import EngineOptions

seen = []
app._load_the_rest = lambda: seen.extend(sorted(sys.modules))  # once the screen is painted
LiveSession.open = lambda session: None  # without lanes

async def show():
    first = app.RaytasksApp(lambda: LiveSession(_usual_plan(Options()), EngineOptions()))
    async with first.run_test(size=(120, 40)) as pilot:
        while not seen:
            await pilot.pause()
        assert "Press space to start" in str(first.sentence())

asyncio.run(show())
print(*seen, sep="\\n")
"""


def test_the_first_screen_waits_for_nothing_that_it_does_not_show():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCREEN], capture_output=True, text=True, check=True
    )
    seen = set(done.stdout.split())
    assert {"numpy", "tui.screens.race", "tui.widgets.pi.scatter"} <= seen
    assert not seen & {
        "psutil",
        "markdown_it",
        "pygments",
        "textual.widgets._markdown",
        "tui.screens.compare",
        "tui.screens.compare_times",
        "tui.screens.help",
        "tui.screens.images",
        "tui.screens.tasks",
        "tui.sheets",
        "tui.statistics",
        "tui.widgets.images",
        "workloads.comparison.comparing",
        "workloads.figures.waterfall",
        "workloads.sweeps.verdict",
    }


def test_a_parsed_command_line_imports_neither():
    seen = imported("import tui.cli.entry; tui.cli.entry.parse(['race', 'pi'])")
    assert "tui" in seen
    assert not seen & {"ray", "torch", "torchvision", "textual"}


def test_headless_races_and_sweeps_load_nothing_of_the_screen():
    small = ["noop", "--lanes", "serial", "--headless"]
    seen = imported(
        f"""from tui.cli import main
assert main(["race", *{small}, "--tasks", "2"]) == 0
assert main(["sweep", *{small}, "--batches", "1,2"]) == 0"""
    )
    assert {"tui", "workloads", "rich"} <= seen
    assert not seen & {"textual", "ray", "torch", "tests"}


def test_a_headless_race_of_one_lane_loads_nothing_that_tables_functions_or_comparing_need():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            """from tui.cli import main; import sys
assert main(["race", "noop", "--tasks", "2", "--lanes", "serial", "--headless"]) == 0
print(*sorted(sys.modules), sep="\\n")""",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = set(done.stdout.split())
    assert {"numpy", "tui.cli.headless_report"} <= seen
    assert not seen & {
        "rich.console",
        "workloads.comparison.comparing",
        "workloads.comparison.contents",
        "workloads.functions.workload",
    }


def test_workloads_run_without_a_screen():
    modules = [
        m.name
        for m in pkgutil.walk_packages(workloads.__path__, "workloads.")
        if not m.name.endswith("__main__")
    ]
    assert {
        "workloads.lanes.server",
        "workloads.engines.ray.tasks",
        "workloads.lanes.coordinator",
        "workloads.builtin.pi",
    } <= set(modules)
    seen = imported("import " + ", ".join(modules))
    assert "workloads" in seen
    assert not seen & {"tui", "textual", "rich"}


def test_workloads_load_ray_and_torch_only_inside_functions():
    modules = [m.name for m in pkgutil.walk_packages(workloads.__path__, "workloads.")]
    assert not imported("import " + ", ".join(modules)) & {"ray", "torch", "torchvision"}
