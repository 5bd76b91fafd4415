"""A lane that is started before the app is loaded: the app takes it over, or nothing is left."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.lanes import frozen
from tests.lanes.conftest import PATIENCE_S
from workloads.machine import tagged

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


STUCK = (
    frozen.COUNTING
    + """
import ctypes, threading
from workloads.lanes import ending

app = os.getppid()
if os.fork() == 0:
    count(f"{folder}/child")
ending.GRACE_S, ending.BACKSTOP_S = 3.0, 0.5
end = ending.Ending(lambda: guarded.set(), lambda: False, tag, app)
guarded = threading.Event()
sys.stdin.read()
end.begin()
guarded.wait()
stuck_at = time.monotonic() + 2.5
while len(tagged.living([tag])) < 3 and time.monotonic() < stuck_at:
    time.sleep(0.01)
ctypes.PyDLL(None).sleep(600)  # as C code that doesn't let other threads run
"""
)
"""A lane that gets stuck while it ends, with its app gone."""

GONE = """
import sys
from tests.lanes import frozen, test_early_start

lane = frozen.start(test_early_start.STUCK, sys.argv[1], int(sys.argv[2]))
frozen.until(lambda: frozen.sizes(f"{sys.argv[1]}/child")[0])
print(lane.pid, flush=True)
sys.stdin.read()
"""
"""Its app, which ends without a word."""


def test_what_a_lane_that_is_stuck_leaves_is_ended_without_the_app(tmp_path: Path) -> None:
    tag = tagged.new_tag()
    app = subprocess.Popen(
        [sys.executable, "-c", GONE, str(tmp_path), str(tag)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert app.stdout
    try:
        assert app.stdout.readline()
        app.kill()
        app.wait()
        assert len(tagged.living([tag])) >= 2
        frozen.until(lambda: not tagged.living([tag]))
    finally:
        tagged.kill([tag], 10.0)
