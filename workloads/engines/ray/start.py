"""The start of a private Ray: deadlines that a loaded machine can keep, and an early end where
waiting is in vain.

Ray gives each of its processes some 30 s to start and then gives up, which a busy machine can take.
Most of these limits are settings of the environment. The others need a hand, which is lent here
while Ray starts:

* Ray waits for its control service, and for its raylet, without looking at them. With long limits
  that would be a long wait for a process that has died, so both waits are cut into slices, with a
  look after each.
* The raylet gives its two agents 15 s to write down which ports they took, and then aborts; no
  setting changes that. It doesn't wait for agents whose ports it is given.

Three of Ray's processes have nothing to do in a private Ray: the API server, which serves the
dashboard and which Ray waits for, the autoscaler's monitor, which has nothing to scale, and the
monitor of logs, as workers send their prints to the lane themselves. Versions of Ray that were
tried without them don't start them.

The rest of the start is a matter of CPU time: several Python processes load Ray, on a small machine
all on the same two cores. Tasks need only the workers, so these come first, and Ray's agents run at
a lower priority, for good: without privilege, it can't be raised again.
"""

import contextlib
import importlib
import inspect
import os
import secrets
import shutil
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import platformdirs
import psutil

from workloads.core.errors import EngineFailed, plain
from workloads.machine import clock

T = TypeVar("T")

START_WITHIN_S = 300
"""Seconds that each part of Ray's start may take."""

SLICE_S = 1

DEADLINES = {
    # Ray's control service (GCS) comes up, and answers.
    "RAY_gcs_server_port_wait_time_s": f"{START_WITHIN_S}",
    "RAY_gcs_rpc_server_connect_timeout_s": "60",
    "RAY_gcs_rpc_server_reconnect_timeout_s": f"{START_WITHIN_S}",
    "RAY_gcs_server_request_timeout_seconds": f"{START_WITHIN_S}",
    "RAY_py_gcs_connect_timeout_s": f"{START_WITHIN_S}",
    # The raylet waits for its two agents, the driver and each worker for the raylet.
    "RAY_agent_register_timeout_ms": f"{START_WITHIN_S * 1000}",
    "RAY_raylet_client_num_connect_attempts": f"{START_WITHIN_S}",
    "RAY_raylet_start_wait_time_s": f"{START_WITHIN_S}",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": f"{START_WITHIN_S}",
    # Workers come up; a raylet that stands still for a minute isn't dead.
    "RAY_worker_register_timeout_seconds": f"{START_WITHIN_S}",
    "RAY_health_check_timeout_ms": f"{START_WITHIN_S * 1000}",
}
"""Settings of a private Ray. On a running cluster they would only make a wrong address
wait longer.
"""

AT_IMPORT = {"RAY_raylet_start_wait_time_s": f"{SLICE_S}"}
"""Of this process only, which reads its settings when it imports Ray: it looks at the raylet after
each slice.
"""

AGENT_PORTS = (
    "metrics_agent_port",
    "metrics_export_port",
    "dashboard_agent_listen_port",
    "runtime_env_agent_port",
)

TRIED = "2.60."
"""The versions of Ray that were tried without the processes that have nothing to do."""

STEP_BACK = 10
"""How much nicer than workers Ray's agents are, which no task waits for: on a full machine each has
a ninth of a worker's share, enough to come up within any of Ray's deadlines.
"""

AGENT_COMMANDS = ("--dashboard_agent_command=", "--runtime_env_agent_command=")
"""The raylet's options that say how it starts its agents, for metrics and for packages that tasks
ask for, of which ours ask for none.
"""

EPHEMERAL_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")

RAYLET = "raylet"
DAEMONS = {"gcs_server": "control service (GCS)", RAYLET: "raylet"}
"""The processes of Ray without which it can't run: their names, and how we call them."""


def daemons(raylets: int = 1) -> dict[str, int]:
    """The process ids of our own Ray's daemons that live, from the process table: Ray has no public
    way to ask. A raylet is among them if so many live, one for each node.
    """
    pids: dict[str, int] = {}
    nodes = 0
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            name = child.name()
            if name not in DAEMONS or child.status() == psutil.STATUS_ZOMBIE:
                continue
            nodes += name == RAYLET
            if name != RAYLET or nodes == raylets:
                pids[DAEMONS[name]] = child.pid
    return pids


def patient(
    wait: Callable[..., T], needed: Sequence[str], within_s: float, raylets: int = 1
) -> Callable[..., T]:
    """One of Ray's own waits, which raises RuntimeError where it ends, repeated as long as the
    daemons live.

    The new one raises EngineFailed if one of those `needed` ends, or if they aren't ready in time.
    """

    def waiting(*args: Any, **more: Any) -> T:
        deadline = clock.Deadline(within_s)
        if "timeout_ms" in more:
            more["timeout_ms"] = SLICE_S * 1000
        while True:
            alive = daemons(raylets)
            try:
                return wait(*args, **more)
            except RuntimeError as error:
                for name in needed:
                    if DAEMONS[name] not in alive:
                        raise EngineFailed(
                            f"Ray's {DAEMONS[name]} ended while it started"
                        ) from error
                if deadline.passed():
                    late = DAEMONS[needed[-1]]
                    raise EngineFailed(
                        f"Ray's {late} wasn't ready after {within_s:.0f} s"
                    ) from error

    return waiting


@contextlib.contextmanager
def watched(within_s: float = START_WITHIN_S, raylets: int = 1) -> Iterator[None]:
    """While Ray starts in here, wait for its processes as long as they live, at most `within_s` for
    each; so many `raylets` will live then.

    What has nothing to do isn't started, and what no task waits for comes last.
    """
    from ray._private import node, services

    raylet: Any = importlib.import_module("ray._raylet")

    wait_for_port, get_node = node.wait_for_persisted_port, services.get_node
    start_raylet, start_process = services.start_raylet, services.start_ray_process

    def start_with_ports(*args: Any, **more: Any) -> Any:
        ports = free_ports(AGENT_PORTS)
        named = inspect.signature(start_raylet).bind(*args, **{**more, **ports}).arguments
        # Of this port alone the raylet reads nothing but the file that the agent will write once it
        # listens.
        name, port = raylet.DASHBOARD_AGENT_LISTEN_PORT_NAME, ports["dashboard_agent_listen_port"]
        raylet.persist_port(named["session_dir"], named["node_id"], name, port)
        return start_raylet(**named)

    node.wait_for_persisted_port = patient(wait_for_port, ["gcs_server"], within_s)
    services.get_node = patient(get_node, ["gcs_server", RAYLET], within_s, raylets)
    services.start_raylet = start_with_ports
    services.start_ray_process = workers_first(start_process)
    not_started = without_idle(node.Node)
    starting = {name: getattr(node.Node, name) for name in not_started}
    for name, instead in not_started.items():
        setattr(node.Node, name, instead)
    try:
        yield
    finally:
        node.wait_for_persisted_port, services.get_node = wait_for_port, get_node
        services.start_raylet, services.start_ray_process = start_raylet, start_process
        for name, method in starting.items():
            setattr(node.Node, name, method)


def without_idle(node: type) -> dict[str, Callable[..., None]]:
    """What takes the place of the methods of Ray's `node` that start a process which has nothing to
    do here, by name: only in versions of Ray that were tried without it, and only if the method has
    the parameters that it had then. Where Ray's dashboard is installed, the API server is kept.
    """
    import ray
    from ray._private.utils import get_dashboard_dependency_error

    if not ray.__version__.startswith(TRIED):
        return {}
    idle: dict[str, Callable[..., None]] = {
        "start_monitor": _no_monitor,
        "start_log_monitor": _no_monitor,
    }
    if get_dashboard_dependency_error() is not None:
        idle["start_api_server"] = _no_api_server
    return {
        name: instead
        for name, instead in idle.items()
        if _parameters(getattr(node, name)) == _parameters(instead)
    }


def _parameters(function: Callable[..., None]) -> list[str]:
    return [*inspect.signature(function).parameters]


def _no_api_server(self: Any, include_dashboard: bool | None, raise_on_failure: bool) -> None:
    self._webui_url = ""


def _no_monitor(self: Any) -> None:
    pass


def workers_first(start_process: Callable[..., T]) -> Callable[..., T]:
    """Ray's own function that starts one of its processes, with a lower priority for the raylet's
    agents.
    """
    nice = shutil.which("nice")
    parameters = inspect.signature(start_process)

    def start(*args: Any, **more: Any) -> T:
        named = parameters.bind(*args, **more).arguments
        if nice is not None:
            named["command"] = [_agent_last(part, nice) for part in named["command"]]
        return start_process(**named)

    return start


def _agent_last(part: str, nice: str) -> str:
    """The part of the raylet's command, with a lower priority in those that start agents."""
    option, equals, command = part.partition("=")
    if f"{option}{equals}" in AGENT_COMMANDS:
        return f"{option}={nice} -n {STEP_BACK} {command}"
    return part


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """A free port of the loopback interface for each name.

    Ray's agents listen there seconds later, and the raylet ends with an agent that can't. So the
    ports are not among those that the kernel gives to whoever asks for any.
    """
    first, end = 20_000, _first_ephemeral_port()
    with contextlib.ExitStack() as stack:
        ports: dict[str, int] = {}
        for name in names:
            probe = stack.enter_context(socket.socket())
            while name not in ports:
                port = first + secrets.randbelow(end - first)
                with contextlib.suppress(OSError):
                    probe.bind(("127.0.0.1", port))
                    ports[name] = port
        return ports


def _first_ephemeral_port() -> int:
    """The first of the ports that the kernel gives to sockets that ask for any."""
    try:
        first = int(EPHEMERAL_PORTS.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        first = 32_768
    return first if first > 25_000 else 65_536


def clear_away(ray: Any, folder: str | None) -> None:
    """Remove what a failed start left: processes, and the folder of the session."""
    with contextlib.suppress(Exception):
        ray.shutdown()
    left = psutil.Process().children(recursive=True)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, 10)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def keep_logs(folder: str | None) -> str:
    """Copy the logs of a start that failed to where they outlive it, in place of an earlier one's;
    returns the path, empty if there are none.
    """
    logs = Path(folder or "", "r", "session_latest", "logs")
    with contextlib.suppress(OSError, RuntimeError, shutil.Error):
        cache = os.environ.get("RAYTASKS_CACHE") or platformdirs.user_cache_path("raytasks-tui")
        kept = Path(cache, "ray-logs")
        if folder and logs.is_dir():
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(logs, kept, ignore_dangling_symlinks=True)
            return str(kept)
    return ""


def last_words(folder: str | None) -> list[str]:
    """The last lines that Ray's daemons wrote about their end, for the log."""
    lines: list[str] = []
    for log in sorted(Path(folder or "").glob("**/session_latest/logs/*")) if folder else ():
        if log.name in ("gcs_server.out", "gcs_server.err", "raylet.out", "raylet.err"):
            with contextlib.suppress(OSError), log.open(errors="replace") as opened:
                said = (
                    plain(line.strip(), 300) for line in opened if " E " in line or " C " in line
                )
                lines += [f"{log.name}: {line}" for line in deque(said, 3)]
    return lines
