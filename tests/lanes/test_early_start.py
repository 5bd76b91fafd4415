"""A lane that is started before the app is loaded: the app takes it over, or nothing is left."""

import asyncio
import os
import signal
import sys

import psutil
import pytest

from tests.lanes.conftest import PATIENCE_S

HELD = """
import sys
from tui.cli import entry

class Held:
    def find_spec(self, name, path=None, target=None):
        if name == "textual":
            print("loading", flush=True)
            sys.stdin.readline()
            raise ImportError("no textual here")

sys.meta_path.insert(0, Held())
entry._need_terminal = lambda *command: None
sys.exit(entry.main([]))
"""
"""The app on its way up: it tells when it loads Textual, waits, and fails to."""


def session_of(pid: int) -> list[int]:
    """The processes of the session that the lane with this id leads."""
    members = []
    for other in psutil.pids():
        try:
            if os.getsid(other) == pid and psutil.Process(other).status() != "zombie":
                members.append(other)
        except (ProcessLookupError, psutil.Error):
            continue
    return members


async def until_gone(lane: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while session_of(lane):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("end", ["killed", "import fails"])
async def test_nothing_is_left_of_a_lane_whose_app_never_comes_up(end: str) -> None:
    app = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HELD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert app.stdin is not None
    assert app.stdout is not None
    assert app.stderr is not None
    try:
        assert await asyncio.wait_for(app.stdout.readline(), PATIENCE_S) == b"loading\n"
        (lane,) = psutil.Process(app.pid).children()
        async with asyncio.timeout(PATIENCE_S):
            while "workloads.lanes" not in lane.cmdline():  # noqa: ASYNC110 - empty during its exec
                await asyncio.sleep(0.01)
        assert os.getsid(lane.pid) == lane.pid
        if end == "killed":
            app.send_signal(signal.SIGKILL)
        else:
            app.stdin.write(b"\n")
            assert b"no textual here" in await asyncio.wait_for(app.stderr.read(), PATIENCE_S)
        await app.wait()
        await until_gone(lane.pid)
    finally:
        if app.returncode is None:
            app.kill()
            await app.wait()
