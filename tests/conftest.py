"""How the tests are shared out: those with real lanes or an app one by one, so that all processes
have work to the end.

What runs longest begins first: tests that share a Ray or whose fixtures take long, which stay
together, then those with lanes, those with an app, and all others by file. Lanes are waited for
half of the time, so every third process begins with what computes: three of them keep two cores
busy; four took longer.
"""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from workloads import catalog

SHARING_RAY = (
    "tests/lanes/test_actors.py",
    "tests/lanes/test_alternating.py",
    "tests/lanes/test_arrays.py",
    "tests/lanes/test_batches.py",
    "tests/lanes/test_compared.py",
    "tests/lanes/test_drain.py",
    "tests/lanes/test_faults.py::test_a_worker_killed",
    "tests/lanes/test_faults.py::test_the_serial_lane_killed_is_told",
    "tests/lanes/test_faults.py::test_two_apps_at_once",
    "tests/lanes/test_function.py",
    "tests/lanes/test_interventions.py",
    "tests/lanes/test_pools.py",
    "tests/lanes/test_races.py",
    "tests/lanes/test_rude.py",
    "tests/lanes/test_shared_machine.py",
    "tests/lanes/test_tasks.py",
    "tests/lanes/test_traced.py",
)
"""Whose tests leave the Ray of the fixture `races` whole: one process has it, and runs them all."""

TOGETHER = (
    "tests/package/",
    "tests/lanes/test_images.py",
    "tests/lanes/test_foreign_cluster.py",
    "tests/lanes/test_bodies.py",
)
"""What is handed to one process as a whole, for fixtures that take long to make."""

WITH_LANES = ("tests/lanes/", "tests/tui/test_terminal.py", "tests/tui/test_signals.py")
WITH_AN_APP = ("tests/tui/",)
WAITING = ("tests/package/", *WITH_LANES)
FIRST_TO_LAST = (*SHARING_RAY, *TOGETHER, *WITH_LANES, *WITH_AN_APP, "")


# How long an example takes depends on who else uses the machine.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def nothing_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with our own workloads only, whatever others have described in
    this process.
    """
    monkeypatch.setattr(catalog, "_described", {})


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # else it was done in the process that hands out tests
        folder = tempfile.mkdtemp(prefix="raytasks-state-")
        os.environ["RAYTASKS_STATE"] = folder  # never the user's own
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    # Tests start hundreds of Python processes. Where images for containers forbid bytecode files,
    # each would compile all that it imports again, which for Ray alone takes a second of CPU.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # In the background of a shell ^C is ignored, under nohup SIGHUP, also by the programs that
    # tests start and interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next(n for n, first in enumerate(FIRST_TO_LAST) if item.nodeid.startswith(first))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    # Finalizers that run while the report parses a source break CPython 3.11's parser ("AST
    # constructor recursion depth mismatch"), which would end the process and hide what failed.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out tests in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARING_RAY):
            return "tests/lanes/[the shared Ray]"
        for together in TOGETHER:
            if nodeid.startswith(together):
                return together
        if nodeid.startswith("tests/tui/") and "[100,000 tasks" in nodeid:
            return "tests/tui/[100,000 tasks]"  # the race is folded once
        if nodeid.startswith(WITH_LANES + WITH_AN_APP):
            return nodeid
        return nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        if int(node.gateway.id.removeprefix("gw")) % 3 == 2:
            for scope in self.workqueue:
                if not scope.startswith(WAITING):
                    self.workqueue.move_to_end(scope, last=False)
                    break
        super()._assign_work_unit(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """The test in which the process died, which must not be tried on the next ones."""
        units = self.assigned_work[node]
        left = [nodeid for unit in units.values() for nodeid, over in unit.items() if not over]
        for scope, unit in list(units.items()):
            if left:
                unit.pop(left[0], None)
            if all(unit.values()):
                del units[scope]
        super().remove_node(node)
        return left[0] if left else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    config.option.loadscopereorder = False
    return Sharing(config, log)
