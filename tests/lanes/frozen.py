"""Stand-ins for lanes that the freezer stops: small processes that start in milliseconds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from workloads.machine import tagged

PATIENCE_S = 30.0
"""A deadline against hanging for ever; no test depends on how fast anything is."""

COUNTING = """
import os, sys, time
from workloads.lanes.ending import continue_with_parent
from workloads.machine import tagged

def count(path):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while os.write(file, b"."):
        time.sleep(0.001)

def apart(path):
    # A daemon: orphaned, in a session of its own.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            count(path)
        os._exit(0)
    os.wait()

folder, tag = sys.argv[1], int(sys.argv[2])
tagged.put_on(tag)
"""

LANE = (
    COUNTING
    + """
continue_with_parent()
import threading
apart(f"{folder}/daemon")
child = os.fork()
if child == 0:
    count(f"{folder}/child")
threading.Thread(target=count, args=(f"{folder}/own",), daemon=True).start()
sys.stdin.buffer.read()
tagged.resume([tag])
os.kill(child, 9)
os._exit(0)
"""
)
"""A lane with a thread, a child and a daemon that each write to a file; it ends with its input, and
its child with it.
"""

FORKING = (
    COUNTING
    + """
for number in range(1000):
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0:
            os.setsid()
            file = os.open(f"{folder}/born", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(file, b".")
        os._exit(0)
    os.waitpid(pid, 0)
"""
)
"""A thousand children that each start another in a session of its own, which writes a byte."""


def start(program: str, folder: object, tag: int) -> "subprocess.Popen[bytes]":
    """Run one of the programs above."""
    command = [sys.executable, "-P", "-c", program, str(folder), str(tag)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.005)


def sizes(*paths: object) -> list[int]:
    """The bytes in the files; 0 where there is none."""
    return [os.path.getsize(str(path)) if os.path.exists(str(path)) else 0 for path in paths]


def stand_still(*paths: object) -> bool:
    """True if nobody writes to the files though everybody who runs has had time to."""
    before = sizes(*paths)
    time.sleep(0.03)
    return sizes(*paths) == before


def end(tag: int) -> None:
    """Kill all that carry the tag."""
    tagged.kill([tag], PATIENCE_S)
    assert not tagged.living([tag])


def running(*tags: int) -> list[int]:
    """The processes with a tag that aren't stopped."""
    return list(tagged.running(tags))


APP = """
import subprocess, sys, time
from tests.lanes import frozen
from workloads.machine import tagged

folder, tags = sys.argv[1], [int(tag) for tag in sys.argv[2:]]
lanes = []
for tag in tags:
    lane = frozen.start(frozen.LANE, folder, tag)
    lanes.append(f"lane{tag}:{lane.pid}:{tag}")
frozen.until(lambda: all(len(tagged.living([tag])) == 3 for tag in tags))
freezer = subprocess.Popen(
    [sys.executable, "-P", "-m", "workloads.lanes.freezer", "--slice=0.02", *lanes],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True,
)
print("app", freezer.pid, flush=True)
assert freezer.stdout.readline() == b"ready\\n"
freezer.stdin.write(b"continue\\n")
while True:
    line = freezer.stdout.readline()
    print(line.decode(), end="", flush=True)
    if not line:
        time.sleep(600)
"""
"""An app with lanes that take turns; it prints the freezer's id, then the slices."""

STARTING = (
    COUNTING
    + """
import ctypes
ctypes.CDLL(None).prctl(15, b"starter")
for line in sys.stdin.buffer:
    if os.fork() == 0:
        count(f"{folder}/started")
"""
)
"""A process named “starter” that starts another, which writes to a file, for each line it reads."""
