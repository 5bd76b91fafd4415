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
