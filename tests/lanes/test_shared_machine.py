"""What another user of the machine could join or read of a lane: nothing."""

import ipaddress
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.lanes.conftest import Races, sleep_plan

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = (
    "import sys; from ray._raylet import GcsClient; "
    "print(GcsClient(address=sys.argv[1]).internal_kv_keys(b''))"
)


def without_token(address: str) -> "subprocess.Popen[str]":
    """A stranger that asks a Ray for what it stores."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return subprocess.Popen(
        [sys.executable, "-c", KEYS, address],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "RAY_AUTH_MODE": "disabled"},
    )


async def test_nobody_else_can_join_a_private_ray(races: Races) -> None:
    assert await races.run(sleep_plan(1, 0.0, 1, lanes=("ray",))) == "finished"
    listening = [
        (process.name(), connection.laddr)
        for process in races.processes("ray")
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 2
    open_to_others = [(name, at) for name, at in listening if not _is_loopback(at.ip)]
    assert open_to_others == []
    port = next(at.port for name, at in listening if name == "gcs_server")
    stranger = without_token(f"127.0.0.1:{port}")
    said, _ = stranger.communicate(timeout=120)
    assert stranger.returncode != 0
    assert "uthent" in said or "oken" in said, said


def _is_loopback(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


async def test_what_ray_and_the_fork_server_write_is_out_of_others_reach(races: Races) -> None:
    assert await races.run(sleep_plan(1, 0.0, 1, lanes=("processes", "ray"))) == "finished"
    sockets = [
        Path(connection.laddr)
        for lane in ("processes", "ray")
        for process in races.processes(lane)
        for connection in process.net_connections("unix")
        if connection.laddr.startswith("/")
    ]
    assert len(sockets) > 2
    for socket in sockets:
        folders = [os.stat(folder) for folder in socket.parents]
        assert any(
            folder.st_uid == os.getuid() and not stat.S_IMODE(folder.st_mode) & 0o077
            for folder in folders
        ), socket
