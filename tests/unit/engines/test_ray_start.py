"""How long a private Ray may take to start, and when waiting for it is in vain; without a Ray."""

import contextlib
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from workloads.core.errors import EngineFailed
from workloads.engines import EngineOptions
from workloads.engines.ray import start as ray_start
from workloads.engines.ray.cluster import ENVIRONMENT, Cluster
from workloads.engines.ray.start import DAEMONS, DEADLINES, patient
from workloads.machine import clock

LEAST_S = 60
UNITS = {"_ms": 0.001, "_s": 1, "_seconds": 1, "_S": 1, "_attempts": 1}


def test_no_deadline_of_a_start_is_under_a_minute() -> None:
    seconds = {
        name: float(value) * unit
        for name, value in {**ENVIRONMENT, **DEADLINES}.items()
        for end, unit in UNITS.items()
        if name.endswith(end)
    }
    assert len(seconds) > 8
    assert min(seconds.values()) >= LEAST_S
    assert ray_start.START_WITHIN_S >= LEAST_S


class Daemons:
    """Ray's processes, some of which live, and a clock that a wait moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alive, self.now, self.waits = set(DAEMONS.values()), 0.0, 0
        monkeypatch.setattr(ray_start, "daemons", lambda raylets: dict.fromkeys(self.alive, 1))
        monkeypatch.setattr(clock, "monotonic", lambda: self.now)

    def wait(self, ready_at: float, timeout_ms: int = 30_000) -> str:
        """As Ray's own: RuntimeError if the process isn't ready within the timeout."""
        self.waits += 1
        self.now += timeout_ms / 1000
        if self.now < ready_at:
            raise RuntimeError("Timed out waiting for file")
        return "ready"


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Daemons:
    return Daemons(monkeypatch)


def test_a_raylet_that_needs_long_is_waited_for_in_slices(ray: Daemons) -> None:
    assert patient(ray.wait, ["gcs_server", "raylet"], 300)(45.0, timeout_ms=30_000) == "ready"
    assert ray.waits == 45


@pytest.mark.parametrize(
    ("dead", "named"), [("raylet", "raylet"), ("gcs_server", r"control service \(GCS\)")]
)
def test_one_that_has_ended_is_not_waited_for(ray: Daemons, dead: str, named: str) -> None:
    ray.alive.remove(DAEMONS[dead])
    with pytest.raises(EngineFailed, match=f"Ray's {named} ended while it started"):
        patient(ray.wait, ["gcs_server", "raylet"], 300)(45.0, timeout_ms=30_000)
    assert ray.waits == 1


def test_one_that_never_gets_ready_is_given_up(ray: Daemons) -> None:
    with pytest.raises(EngineFailed, match="Ray's raylet wasn't ready after 300 s"):
        patient(ray.wait, ["gcs_server", "raylet"], 300)(1e9)


def test_one_that_lives_but_never_is_ready_is_given_up(ray: Daemons) -> None:
    with pytest.raises(EngineFailed, match="raylet wasn't ready after 300 s"):
        patient(ray.wait, ["gcs_server", "raylet"], 300)(1e9, timeout_ms=30_000)
    assert 300 <= ray.waits <= 302


def test_agents_get_ports_that_the_kernel_gives_to_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ports = ray_start.free_ports([f"{number}" for number in range(200)]).values()
    assert len(set(ports)) == 200
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        given = asking.getsockname()[1]
    assert 20_000 <= min(ports) < max(ports) < given
    (tmp_path / "range").write_text("25010\t60999\n")
    monkeypatch.setattr(ray_start, "EPHEMERAL_PORTS", tmp_path / "range")
    assert all(20_000 <= port < 25_010 for port in ray_start.free_ports(["a", "b"]).values())
    monkeypatch.setattr(ray_start, "EPHEMERAL_PORTS", tmp_path / "none")
    assert ray_start.free_ports(["a"])["a"] < 32_768


def test_a_start_that_fails_twice_leaves_its_words_and_its_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "r" / "session_latest" / "logs"
    logs.mkdir(parents=True)
    (logs / "raylet.err").write_text("2026 E raylet.cc:1 no room in /dev/shm\n")
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ray_start, "watched", contextlib.nullcontext)
    monkeypatch.setattr(ray_start, "clear_away", lambda ray, folder: None)
    cluster = Cluster(EngineOptions(cpus=1))

    def failing() -> None:
        cluster._temporary = str(tmp_path)
        raise RuntimeError("the raylet ended")

    monkeypatch.setattr(cluster, "_init", failing)
    with pytest.raises(EngineFailed, match="the raylet ended; the second try failed too"):
        cluster._start(lambda event: None)
    said = capsys.readouterr().out.splitlines()
    assert said[-2].endswith("no room in /dev/shm")
    path = Path(said[-1].removeprefix("Ray's logs: "))
    assert path.is_relative_to(tmp_path / "cache")
    assert (path / "raylet.err").read_text().endswith("/dev/shm\n")


class Node:
    """Ray's node, as far as it starts processes that have nothing to do here: what Ray 2.60 has."""

    def start_api_server(
        self, *, include_dashboard: bool | None = None, raise_on_failure: bool = True
    ) -> None: ...

    def start_monitor(self) -> None: ...

    def start_log_monitor(self) -> None: ...


class OtherNode(Node):
    """One whose methods have other parameters."""

    def start_api_server(  # type: ignore[override]
        self, include_dashboard: bool, raise_on_failure: bool, port: int
    ) -> None: ...

    def start_monitor(self, config: str) -> None: ...  # type: ignore[override]


def pretend_ray(monkeypatch: pytest.MonkeyPatch, version: str, dashboard: bool = False) -> None:
    """A Ray of that version, with or without its dashboard, as the guard sees it."""
    error = None if dashboard else ModuleNotFoundError("aiohttp")
    modules = {
        "ray": SimpleNamespace(__version__=version, __path__=[]),
        "ray._private": SimpleNamespace(__path__=[]),
        "ray._private.utils": SimpleNamespace(get_dashboard_dependency_error=lambda: error),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, cast(ModuleType, module))


def test_idle_processes_are_left_out_only_where_that_was_tried(monkeypatch: pytest.MonkeyPatch):
    pretend_ray(monkeypatch, "2.60.3")
    assert ray_start.without_idle(Node).keys() == {
        "start_api_server",
        "start_monitor",
        "start_log_monitor",
    }
    assert ray_start.without_idle(OtherNode).keys() == {"start_log_monitor"}
    pretend_ray(monkeypatch, "2.61.0")
    assert ray_start.without_idle(Node) == {}
    pretend_ray(monkeypatch, "2.60.3", dashboard=True)
    assert ray_start.without_idle(Node).keys() == {"start_monitor", "start_log_monitor"}


def test_only_what_no_task_waits_for_gives_way_to_the_workers(monkeypatch: pytest.MonkeyPatch):
    started: list[tuple[list[str], str, bool]] = []

    def start_ray_process(command: list[str], process_type: str, fate_share: bool) -> None:
        started.append((command, process_type, fate_share))

    monkeypatch.setattr(ray_start.shutil, "which", lambda name: f"/usr/bin/{name}")
    first = ray_start.workers_first(start_ray_process)
    first(["gcs_server", "--port=1"], "gcs_server", True)
    worker, agent = "--python_worker_command=python w.py", "--dashboard_agent_command=python a.py"
    first(["raylet", worker, agent], process_type="raylet", fate_share=True)
    nice = f"/usr/bin/nice -n {ray_start.STEP_BACK}"
    later = f"--dashboard_agent_command={nice} python a.py"
    assert started == [
        (["gcs_server", "--port=1"], "gcs_server", True),
        (["raylet", worker, later], "raylet", True),
    ]


def test_without_the_program_nice_all_start_alike(monkeypatch: pytest.MonkeyPatch):
    started: list[list[str]] = []
    monkeypatch.setattr(ray_start.shutil, "which", lambda name: None)
    agent = "--dashboard_agent_command=python a.py"
    ray_start.workers_first(lambda command, process_type: started.append(command))(
        ["raylet", agent], "raylet"
    )
    assert started == [["raylet", agent]]
