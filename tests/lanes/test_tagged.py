"""Processes found by their tag, however they were started, and none but them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lanes import frozen
from workloads.machine import tagged


@pytest.fixture
def tag() -> Iterator[int]:
    tag = tagged.new_tag()
    yield tag
    frozen.end(tag)


def test_a_thread_a_child_and_a_daemon_stop_and_continue(tag: int, tmp_path: Path):
    lane = frozen.start(frozen.LANE, tmp_path, tag)
    files = [tmp_path / name for name in ("own", "child", "daemon")]
    frozen.until(lambda: all(frozen.sizes(*files)))
    tagged.stop([tag])
    frozen.until(lambda: not frozen.running(tag))  # on a busy machine it takes its turn to stop
    assert len(tagged.living([tag])) == 3
    assert frozen.stand_still(*files)
    before = frozen.sizes(*files)
    tagged.resume([tag])
    frozen.until(
        lambda: all(new > old for new, old in zip(frozen.sizes(*files), before, strict=True))
    )
    frozen.end(tag)
    lane.wait()


def test_none_of_a_thousand_children_is_born_while_all_are_stopped(tag: int, tmp_path: Path):
    lane = frozen.start(frozen.FORKING, tmp_path, tag)
    born = tmp_path / "born"
    seen = 0
    while seen < 1000:
        tagged.stop([tag])
        frozen.until(lambda: not frozen.running(tag))
        assert frozen.stand_still(born)
        tagged.resume([tag])
        frozen.until(lambda: frozen.sizes(born)[0] >= min(1000, seen + 100))  # noqa: B023
        (seen,) = frozen.sizes(born)
    assert lane.wait() == 0
    assert seen == 1000


def test_a_tag_outlives_a_cleared_environment(tag: int):
    code = (
        f"import os; from workloads.machine import tagged; tagged.put_on({tag});"
        "os.setsid(); os.execve('/bin/sleep', ['other', '600'], {})"
    )
    process = subprocess.Popen([sys.executable, "-P", "-c", code])
    frozen.until(lambda: tagged.named(tagged.carriers([tag]), ["sleep"]))
    assert list(tagged.carriers([tag])) == [process.pid]
    process.kill()
    process.wait()


def test_a_number_that_another_process_has_by_now_is_not_signalled(tag: int):
    other = subprocess.Popen(["sleep", "600"])
    tagged.send({other.pid: tag}, signal.SIGKILL)
    tagged.send({os.getpid(): tag}, signal.SIGKILL)  # we would be gone
    assert other.poll() is None
    gone = subprocess.Popen(["true"])
    gone.wait()
    tagged.send({gone.pid: tag}, signal.SIGKILL)
    other.kill()
    assert other.wait() == -signal.SIGKILL


def test_spared_processes_go_on(tag: int, tmp_path: Path):
    lane = frozen.start(frozen.LANE, tmp_path, tag)
    frozen.until(lambda: all(frozen.sizes(tmp_path / "own", tmp_path / "child")))
    tagged.stop([tag], [lane.pid])
    frozen.until(lambda: frozen.running(tag) == [lane.pid])
    frozen.end(tag)
    lane.wait()


ENDING = (
    frozen.COUNTING
    + """
from workloads.lanes import ending
if os.fork() == 0:
    while True:
        apart(f"{folder}/born")
while not os.path.exists(f"{folder}/born"):
    time.sleep(0.001)
ending.end_everything(tag)
"""
)
"""A lane that ends everything while its child goes on to start daemons."""


def test_the_end_of_everything_leaves_nothing_that_was_started_meanwhile(tag: int, tmp_path: Path):
    lane = frozen.start(ENDING, tmp_path, tag)
    assert lane.wait(frozen.PATIENCE_S) == 1
    assert not tagged.living([tag])
