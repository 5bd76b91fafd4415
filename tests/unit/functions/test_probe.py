"""A module that never finishes loading ends with whoever asked, however that ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.tui.terminal import left_over
from workloads.core.errors import BadInput
from workloads.functions import probe

PATIENCE_S = 60.0

LOOPS = {
    "in Python": "while True: pass",
    # In C, and with the interpreter's lock: no thread of the process ever runs again.
    "in C": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "deaf": (
        "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass"
    ),
}


def stuck(folder: Path, loop: str) -> None:
    """Write a module that starts a process, notes both and then never finishes loading."""
    (folder / "stuck.py").write_text(
        "import os, pathlib, subprocess\n"
        "other = subprocess.Popen(['sleep', '600'])\n"
        "pathlib.Path('new').write_text(f'{os.getpid()} {other.pid}')\n"
        f"os.rename('new', 'pids')\n{loop}\ndef f(n): return n\n"
    )


def noted(folder: Path) -> list[psutil.Process]:
    """The processes that the module has noted."""
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "pids").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return [psutil.Process(int(pid)) for pid in (folder / "pids").read_text().split()]


ASK = "from workloads.functions import probe; probe.probe('stuck:f', 'stuck:f')"


@pytest.mark.parametrize(
    ("number", "loop"),
    [
        (signal.SIGKILL, "in C"),
        (signal.SIGTERM, "in Python"),
        (signal.SIGHUP, "deaf"),
        (signal.SIGINT, "in C"),
    ],
)
def test_a_module_that_loops_for_ever_ends_with_the_app(
    tmp_path: Path, number: signal.Signals, loop: str
):
    stuck(tmp_path, LOOPS[loop])
    app = subprocess.Popen([sys.executable, "-c", ASK], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        processes = noted(tmp_path)
        app.send_signal(number)
        app.wait(PATIENCE_S)
        assert left_over(processes, PATIENCE_S) == []
    finally:
        app.kill()
        app.wait()


def test_a_module_that_loops_for_ever_can_be_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    stuck(tmp_path, LOOPS["in Python"])
    said: list[str] = []

    def ask() -> None:
        with pytest.raises(BadInput) as told:
            probe.probe("stuck:f", "stuck:f")
        said.append(str(told.value))

    asking = threading.Thread(target=ask)
    asking.start()
    processes = noted(tmp_path)
    descriptors = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    probe.abandon()
    asking.join(PATIENCE_S)
    assert said == ["Loading stuck:f was cancelled."]
    assert left_over(processes, PATIENCE_S) == []
    assert not descriptors or len(os.listdir("/proc/self/fd")) < descriptors
