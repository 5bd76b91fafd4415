"""Tasks that misbehave, and clusters that have never seen this package."""

import asyncio
import os
import signal
import socket
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.lanes.conftest import PATIENCE_S, Races, pi_plan, sleep_plan
from workloads import events as ev
from workloads.coordinator import Coordinator, Plan
from workloads.engines import EngineOptions
from workloads.images.workload import IMAGES

pytestmark = pytest.mark.asyncio(loop_scope="session")


def faulty(how: str, *lanes: str) -> Plan:
    return Plan("tests.lanes.faulty:FAULTY", {"how": how}, 1, lanes=lanes or ("serial", "ray"))


@pytest.mark.parametrize(("how", "error"), [("raise", "ValueError"), ("exit", "SystemExit")])
async def test_a_task_that_raises_fails_alone_and_is_told(races: Races, how: str, error: str) -> None:
    assert await races.run(faulty(how)) == "failed"
    for lane in races.race.raced():
        assert (lane.done, lane.failed) == (3, 1)
        assert lane.errors[1].error == error
        assert "misbehave" in lane.errors[1].traceback
        assert lane.reason.startswith(f"Task 1 failed: {error}")
        assert "\x1b" not in lane.reason
        assert "\n" not in lane.reason
    assert await races.run(pi_plan(tasks=2, samples=1000)) == "finished"


async def test_a_task_that_kills_its_worker_every_time_fails_in_the_end(races: Races) -> None:
    assert await races.run(faulty("die", "ray")) == "failed"
    ray = races.lane("ray")
    assert (ray.done, ray.failed, ray.retried) == (3, 1, 3)
    assert "its worker died 4 times" in ray.reason
    assert await races.run(pi_plan(tasks=2, samples=1000, lanes=("ray",))) == "finished"


async def test_what_tasks_print_ends_in_the_log_of_the_lane(races: Races) -> None:
    assert await races.run(faulty("print", "serial")) == "finished"
    await races.until(lambda: len(races.of(ev.Logged)) >= 2)
    assert [e.text for e in races.of(ev.Logged)] == ["a word on standard output", "and one on descriptor 2"]


async def test_a_workload_that_cannot_be_loaded_is_told(races: Races) -> None:
    assert await races.run(Plan("tests.lanes.nowhere:X", {}, 1)) == "failed"
    assert "can't be loaded: ModuleNotFoundError" in races.lane("ray").reason
    assert races.lane("ray").state == "failed"


@pytest.fixture
def foreign_cluster(tmp_path: Path) -> Iterator[str]:
    """A Ray started by a Python that has Ray but not this package; gives its address."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    # A path in a .pth file is not searched for .pth files of its own, so an editable install stays unseen.
    (site / "ray.pth").write_text(sysconfig.get_path("purelib") + "\n")
    lacks = subprocess.run([python, "-c", "import ray, workloads"], cwd=tmp_path, capture_output=True, text=True)
    assert "No module named 'workloads'" in lacks.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path("/tmp") / f"rt-{os.getpid()}"
    command = [python, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}", "--num-cpus=2"]
    command += ["--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats"]
    command += [f"--temp-dir={folder}", "--object-store-memory=200000000"]
    with (tmp_path / "log").open("wb") as log:
        cluster = subprocess.Popen(
            [str(part) for part in command], cwd=tmp_path, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "RAY_AUTH_MODE": "disabled", "PYTHONPATH": ""},
        )  # fmt: skip
    try:
        yield f"127.0.0.1:{port}"
    finally:
        members = psutil.Process(cluster.pid).children(recursive=True)
        cluster.terminate()
        cluster.wait(30)
        for process in psutil.wait_procs(members, 5)[1]:
            process.send_signal(signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


async def test_tasks_run_on_a_cluster_that_lacks_this_package(
    foreign_cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # Ray shows the driver's working directory to its workers
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    host, port = foreign_cluster.split(":")
    for _ in range(int(PATIENCE_S)):
        try:
            socket.create_connection((host, int(port)), 1).close()
            break
        except OSError:
            await asyncio.sleep(1)
    races = Races(Coordinator(EngineOptions(address=foreign_cluster), []))
    races.coordinator.listen(races.take)
    try:
        assert await races.run(pi_plan(tasks=4, samples=100_000)) == "finished"
        assert races.race.same_answer() is True
        assert races.lane("ray").workers == 2
        assert await races.run(sleep_plan(3, 0.1, lanes=("ray",))) == "finished"
        pictures = [str(tmp_path / f"{n}.png") for n in range(2)]
        for number, path in enumerate(pictures):
            Image.new("RGB", (80, 60), (90 * number, 120, 200)).save(path)
        params = IMAGES.complete({"tasks": 2, "rounds": 1})
        assert await races.run(Plan("images", params, 5, inputs=tuple(pictures))) == "finished"
        assert races.race.same_answer() is True
        assert races.lane("ray").store.puts == 2
    finally:
        await races.coordinator.close()
    assert psutil.Process(_listener(int(port))).is_running(), "leaving a cluster doesn't end it"


def _listener(port: int) -> int:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            return int(connection.pid or 0)
    raise AssertionError(f"nobody listens on {port} any more")
