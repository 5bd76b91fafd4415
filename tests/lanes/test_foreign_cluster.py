"""Clusters that have never seen this package, nor the user's modules."""

import os
import signal
import socket
import subprocess
import sysconfig
import time
import venv
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.lanes.conftest import LOOK_EVERY_S, PATIENCE_S, Races, pi_plan, sleep_plan
from tests.lanes.test_function import plan, results
from workloads.builtin.images.workload import IMAGES
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.figures.report import race_report
from workloads.lanes.coordinator import Coordinator, Plan

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def foreign_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Ray of two CPUs, started by a Python that has Ray but not this package; gives its address
    when it answers.
    """
    tmp_path = tmp_path_factory.mktemp("cluster")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    # A path in a .pth file is not searched for .pth files of its own, so an editable install stays
    # unseen.
    (site / "ray.pth").write_text(sysconfig.get_path("purelib") + "\n")
    lacks = subprocess.run(
        [python, "-c", "import ray, workloads"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "No module named 'workloads'" in lacks.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path("/tmp") / f"rt-{os.getpid()}"
    command = [
        python,
        "-m",
        "ray.scripts.scripts",
        "start",
        "--head",
        "--block",
        f"--port={port}",
        "--num-cpus=2",
    ]
    command += ["--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats"]
    command += [f"--temp-dir={folder}", "--object-store-memory=200000000"]
    with (tmp_path / "log").open("wb") as log:
        cluster = subprocess.Popen(
            [str(part) for part in command],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": "", "RAY_AUTH_MODE": "disabled"},
        )
    try:
        _answers(port)
        yield f"127.0.0.1:{port}"
    finally:
        members = psutil.Process(cluster.pid).children(recursive=True)
        cluster.terminate()
        cluster.wait(30)
        for process in psutil.wait_procs(members, 5)[1]:
            process.send_signal(signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def _answers(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the cluster never answered"
            time.sleep(LOOK_EVERY_S)


@pytest.fixture(autouse=True)
def as_its_guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lanes run that join the cluster: without a token, in a folder that it may see."""
    monkeypatch.chdir(tmp_path)  # Ray shows the driver's working directory to its workers
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")


async def test_tasks_run_on_a_cluster_that_lacks_this_package(
    foreign_cluster: str, tmp_path: Path
) -> None:
    races = Races(Coordinator(EngineOptions(address=foreign_cluster), []))
    races.coordinator.listen(races.take)
    try:
        assert await races.run(pi_plan(tasks=4, samples=100_000)) == "finished"
        assert races.race.same_answer() is True
        assert races.lane("ray").workers == 2
        assert await races.run(sleep_plan(3, 0.1, lanes=("ray",))) == "finished"
        pictures = [str(tmp_path / f"{n}.png") for n in range(6)]
        for number, path in enumerate(pictures):
            Image.new("RGB", (80, 60), (40 * number, 120, 200)).save(path)
        params = IMAGES.complete({"tasks": 6, "rounds": 1})
        assert await races.run(Plan("images", params, 5, inputs=tuple(pictures))) == "finished"
        assert races.race.same_answer() is True
        store = race_report(races.race).lanes[1].object_store
        assert store is not None
        assert (store.puts, store.spilled_bytes) == (6, None), "where that Ray spills isn't known"
        one = Plan("images", params, 5, lanes=("ray",), inputs=tuple(pictures), workers=1)
        assert await races.run(one) == "finished"
        assert most_at_once(races) == 1
        assert await races.run(sleep_plan(60, 0.001, workers=1, lanes=("ray",))) == "finished"
        assert most_at_once(races) == 1
    finally:
        await races.coordinator.close()
    assert psutil.Process(_listener(int(foreign_cluster.partition(":")[2]))).is_running(), (
        "leaving a cluster doesn't end it"
    )


async def test_a_function_goes_to_a_cluster_that_lacks_its_module(
    foreign_cluster: str, tmp_path: Path
) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "theirs.py").write_text(
        "BASE = 40\ndef f(n):\n    yield 1, 2\n    return BASE + n\n"
    )
    races = Races(Coordinator(EngineOptions(address=foreign_cluster), []))
    races.coordinator.listen(races.take)
    try:
        assert (
            await races.run(plan(f"{tmp_path}/away/theirs.py:f", "range:3", ("serial", "ray")))
            == "finished"
        )
        assert results(races, "ray") == [40, 41, 42]
    finally:
        await races.coordinator.close()


def most_at_once(races: Races) -> int:
    """How many of the tasks that finished ran at the same time, at most."""
    done = [event for event in races.events if isinstance(event, ev.Finished)]
    steps = sorted([(event.start, 1) for event in done] + [(event.t, -1) for event in done])
    return max(accumulate(step for _, step in steps))


def _listener(port: int) -> int:
    for connection in psutil.net_connections("tcp"):
        if (
            connection.laddr
            and connection.laddr.port == port
            and connection.status == psutil.CONN_LISTEN
        ):
            return int(connection.pid or 0)
    raise AssertionError(f"nobody listens on {port} any more")
