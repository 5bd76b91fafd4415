"""Ray's own processes: a private Ray started for a lane, or a running cluster joined, and the end
of either.
"""

import contextlib
import logging
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

import psutil

from workloads.core import events as ev
from workloads.core.errors import BadInput, EngineFailed, plain
from workloads.engines import Emit, EngineOptions
from workloads.engines.local_nodes import check_room
from workloads.engines.ray import start as starting
from workloads.engines.ray.added_nodes import AddedNodes
from workloads.engines.ray.address import CONNECT, HINT, joining, reach
from workloads.engines.ray.watch import NodeWatch
from workloads.machine import clock
from workloads.machine.host import usable_cpus
from workloads.machine.places import private_folder

WINDOW_SHARE = "raytasks_share"
"""A resource of our private Ray of which each task takes 1/n, so that at most n run at once."""

SHARES = 1_000_000

STORE_LEAST, STORE_MOST = 256 << 20, 2 << 30  # bytes
NODE_STORE_LEAST = 80 << 20
"""Bytes of a node's object store; Ray refuses less than 75 MiB."""

ENVIRONMENT = {
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",
    # Under `uv run`, Ray would zip and upload the working directory and rebuild the venv in its
    # workers.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_worker_niceness": "0",
    # Ray ends idle workers above one a CPU after a second: those warmed for tasks that ask for less
    # than a CPU would be gone before their turn.
    "RAY_idle_worker_killing_time_threshold_ms": "600000",
    "RAY_task_oom_retries": "3",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # What tasks print is printed line by line, as they wrote it and as often.
    "RAY_DEDUP_LOGS": "0",
    "RAY_COLOR_PREFIX": "0",
    "RAY_DISABLE_WORKER_LOG_PREFIX": "1",
}


HEALTH_OF_NODES = {"RAY_health_check_period_ms": "1000"}
"""How often Ray looks whether a node's raylet is there: after five looks in vain, tasks that wait
for the node go to another. One that answers late is waited for: see `starting.DEADLINES`.
"""

FOLDER_BYTES = 42
"""Ray puts Unix sockets below its folder and takes paths of at most 44 bytes; ours is `/r` in a
private folder.
"""


class Cluster:
    """A Ray to run tasks on. `private` says that it is our own, `automatic` that it has the CPUs of
    this process; `ray` is the module once it is imported.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self.private = options.address is None
        self.automatic = self.private and options.cpus is None
        self.ray: Any = None
        self.cpus = 1
        self._temporary: str | None = None
        self._daemons: dict[str, int] = {}
        self._added: AddedNodes | None = None
        self.watch: NodeWatch | None = None

    def open(self, emit: Emit) -> None:
        """Import Ray and start it, or join the cluster at the address; raises EngineFailed."""
        os.environ.update(ENVIRONMENT)
        try:
            check_room(self._options.nodes.count, self._options.cpus or usable_cpus())
        except BadInput as error:
            raise EngineFailed(str(error)) from None
        if self._options.address is None:
            os.environ.update({**_closed_to_others(), **starting.DEADLINES, **starting.AT_IMPORT})
            if self._options.nodes.count > 1:
                os.environ.update(HEALTH_OF_NODES)
        else:
            os.environ.update(joining())
            # Before Ray is imported, which takes seconds: a wrong address is reported at once.
            trying = f"{CONNECT} {plain(self._options.address, 28)}"
            emit(ev.PhaseBegan(t=clock.now(), name=trying))
            reach(self._options.address)
            emit(ev.PhaseEnded(t=clock.now(), name=trying))
        emit(ev.PhaseBegan(t=clock.now(), name="import"))
        try:
            import ray
        except BaseException as error:
            raise EngineFailed(
                f"Ray can't be imported: {type(error).__name__}: {plain(error, 300)}"
            ) from error
        self.ray = ray
        if self.private:
            os.environ.update(starting.DEADLINES)
        emit(ev.PhaseEnded(t=clock.now(), name="import", detail=f"ray {ray.__version__}"))
        try:
            phase = self._start(emit)
            self.cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
            emit(ev.PhaseEnded(t=clock.now(), name=phase, detail=self._whose()))
            self._open_nodes(emit)
        except EngineFailed:
            self.close()
            raise
        except BaseException as error:
            self.close()
            if self._options.address is not None:
                where, why = (
                    plain(self._options.address, 80),
                    f"{type(error).__name__}: {plain(error, 300)}",
                )
                raise EngineFailed(
                    f"The Ray cluster at {where} can't be connected to: {why} ({HINT})."
                ) from error
            raise EngineFailed(_failure(error)) from error
        ray.cloudpickle.register_pickle_by_value(sys.modules["workloads"])

    def _open_nodes(self, emit: Emit) -> None:
        """Add the other nodes of a private cluster, and watch all of them. Raises EngineFailed."""
        if self.private:
            self._daemons = starting.daemons()
        watch = NodeWatch(self.ray, emit, self.spills, self._ended_nodes, not self.private)
        watch.look()
        if self._options.nodes.count > 1:
            self._added = AddedNodes(self.ray, self._options)
            self._added.start(emit, self._cpus_of_a_node, self._store_of_a_node, watch.look)
            self.cpus = self._cpus_of_a_node * self._options.nodes.count
        self.watch = watch
        watch.start()

    def _ended_nodes(self) -> dict[str, str]:
        if self._added is None:
            return {}
        return self._added.ended()

    @property
    def _cpus_of_a_node(self) -> int:
        return max(1, (self._options.cpus or usable_cpus()) // self._options.nodes.count)

    @property
    def _store_of_a_node(self) -> int:
        bytes = self._options.object_store_bytes or _store_bytes()
        return max(NODE_STORE_LEAST, bytes // self._options.nodes.count)

    def _start(self, emit: Emit) -> str:
        """Start Ray, a private one once more if it fails; returns the name of the phase in which it
        did.
        """
        emit(ev.PhaseBegan(t=clock.now(), name="init"))
        if not self.private:
            self._init()
            return "init"
        try:
            with starting.watched():
                self._init()
                return "init"
        except Exception as error:
            for line in (
                f"{_failure(error)}; trying once more.",
                *starting.last_words(self._temporary),
            ):
                print(line, flush=True)
            emit(
                ev.PhaseEnded(t=clock.now(), name="init", detail=f"failed: {_failure(error, 100)}")
            )
        emit(ev.PhaseBegan(t=clock.now(), name="init again"))
        starting.clear_away(self.ray, self._temporary)
        try:
            with starting.watched():
                self._init()
        except Exception as error:
            self._log_failure()
            raise EngineFailed(f"{_failure(error)}; the second try failed too.") from error
        return "init again"

    def _log_failure(self) -> None:
        """Write to the lane's log what Ray's own logs say, and where they are kept."""
        for line in starting.last_words(self._temporary):
            print(line, flush=True)
        if path := starting.keep_logs(self._temporary):
            print(f"Ray's logs: {path}", flush=True)

    def _whose(self) -> str:
        """Words on the CPUs that Ray counts, also where this process has others or not as many."""
        if self._options.nodes.count > 1:
            return f"node 1 of {self._options.nodes.count}"
        if self.private and self.cpus == usable_cpus():
            return f"{self.cpus} CPUs"
        return f"{self.cpus} CPUs by Ray's count"

    def _init(self) -> None:
        common = {"log_to_driver": True, "logging_level": logging.WARNING, "namespace": "raytasks"}
        if self._options.address is not None:
            self.ray.init(address=self._resolved(self._options.address), **common)
            return
        self._temporary = private_folder(FOLDER_BYTES)
        self.ray.init(
            address="local",
            num_cpus=self._cpus_of_a_node,
            num_gpus=self._options.nodes.gpus or None,
            resources={**self._options.nodes.resources, WINDOW_SHARE: SHARES},
            include_dashboard=False,
            object_store_memory=self._store_of_a_node,
            # Ray lets everybody write to its folder; nobody else can enter the one around it.
            _temp_dir=f"{self._temporary}/r",
            _node_ip_address="127.0.0.1",
            **common,
        )

    def _resolved(self, address: str) -> str:
        """The address; of `auto`, that of the cluster which Ray finds on this machine, if it
        answers.
        """
        if address != "auto":
            return address
        try:
            there = str(self.ray._private.services.canonicalize_bootstrap_address_or_die(address))
        except ConnectionError:
            raise EngineFailed(
                f"No Ray cluster is running on this machine (--address auto); {HINT}."
            ) from None
        reach(there)
        return there

    def node_ids(self) -> list[str]:
        """The ids of the nodes that are there."""
        return [str(node["NodeID"]) for node in self.ray.nodes() if node["Alive"]]

    def offers(self) -> list[dict[str, float]]:
        """The resources by name that each node offers which is there."""
        return [dict(node["Resources"]) for node in self.ray.nodes() if node["Alive"]]

    def check(self) -> None:
        """Raises EngineFailed if one of Ray's own processes is gone."""
        for name, pid in self._daemons.items():
            if not _alive(pid):
                raise EngineFailed(
                    f"Ray's {name} (process {pid}) died; this Ray instance is no longer usable."
                )

    def close(self) -> None:
        """Leave the cluster; end a private Ray and remove its files."""
        if self.watch is not None:
            self.watch.close()
        if self._added is not None:
            self._added.close()
        if self.ray is not None:
            with contextlib.suppress(Exception):
                self.ray.shutdown()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    @property
    def log(self) -> str:
        """The path by which workers of a private Ray open this process's standard output; empty if
        they can't.
        """
        path = f"/proc/{os.getpid()}/fd/1"
        if self.private and os.path.exists(path):
            return path
        return ""

    @property
    def spills(self) -> Path | None:
        """The folder below which our own Ray spills objects to disk; None on somebody else's
        cluster: not known.
        """
        if not self._temporary:
            return None
        return Path(self._temporary) / "r" / "session_latest"


def _closed_to_others() -> dict[str, str]:
    """Settings that keep other users of this machine, and other machines, out of a private Ray: it
    would run their code.

    Ray's servers listen on loopback only where it doesn't expect other nodes, whatever
    `_node_ip_address` says, and without a token they serve everybody who finds their port.
    """
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def _store_bytes() -> int:
    """The size of the object store: room for pictures in flight, and no more of the
    memory than that.

    It lies in /dev/shm, which in containers can be small; Ray takes a file where it doesn't fit.
    """
    room = [STORE_MOST, psutil.virtual_memory().total * 0.15]
    with contextlib.suppress(OSError):
        room.append(psutil.disk_usage("/dev/shm").free * 0.5)
    return max(STORE_LEAST, int(min(room)))


def _failure(error: BaseException, limit: int = 300) -> str:
    """The cause that kept a private Ray from starting, as a sentence without its full stop."""
    if isinstance(error, EngineFailed):
        return plain(error, limit).rstrip(".")
    return f"Ray failed to start: {type(error).__name__}: {plain(error, limit)}"


def _alive(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


if sys.platform == "win32":
    raise EngineFailed("The Ray engine needs Linux or macOS.")
