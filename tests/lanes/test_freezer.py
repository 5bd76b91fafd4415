"""Lanes that take turns: one runs at a time, and nothing is ever left stopped."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lanes import frozen
from workloads.machine import tagged

ROOT = Path(__file__).parents[2]

WITHIN_S = 10.0
"""Seconds after which nothing of an app that was killed is left."""


class App:
    """An app of two lanes that take turns."""

    def __init__(self, folder: Path) -> None:
        self.tags = [tagged.new_tag()]
        self.tags.append(tagged.new_tag())
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", frozen.APP, str(folder), *map(str, self.tags)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.end()
        self.freezer = int(line.split()[1])

    def slice(self) -> dict[str, object]:
        """The next event of the freezer."""
        assert self.process.stdout
        return dict(json.loads(self.process.stdout.readline()))

    def end(self) -> None:
        """Leave nothing, whatever has failed."""
        self.process.kill()
        self.process.wait()
        for tag in self.tags:
            frozen.end(tag)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path)
    yield app
    app.end()


def is_left(app: App) -> bool:
    """True if something of the app is left, stopped or running."""
    return bool(tagged.living(app.tags)) or tagged.state(app.freezer) not in tagged.ENDED


def test_one_lane_runs_at_a_time(app: App):
    names = [f"lane{tag}" for tag in app.tags]
    last = 0
    for turn in range(6):
        began, ended = app.slice(), app.slice()
        assert (began["event"], ended["event"]) == ("sliced", "sliced")
        assert (began["runs"], ended["runs"]) == (True, False)
        assert began["lane"] == ended["lane"] == names[turn % 2]
        assert last <= int(str(began["t"])) < int(str(ended["t"]))
        last = int(str(ended["t"]))


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_is_left_of_an_app_that_is_killed(app: App, stopped: bool):
    app.slice()
    if stopped:  # by a debugger
        app.process.send_signal(signal.SIGSTOP)
    app.process.kill()
    app.process.wait()
    frozen.until(lambda: not is_left(app))


@pytest.mark.parametrize("first", ["app", "freezer"])
def test_nothing_is_left_stopped_when_the_freezer_is_killed_too(app: App, first: str):
    app.slice()
    app.process.send_signal(signal.SIGSTOP)  # it can't take over
    pids = [app.process.pid, app.freezer]
    for pid in pids if first == "app" else pids[::-1]:
        os.kill(pid, signal.SIGKILL)
    app.process.wait()
    frozen.until(lambda: tagged.carriers(app.tags).keys() == set(frozen.running(*app.tags)))
    frozen.until(lambda: len(tagged.living(app.tags)) == 2)  # a daemon of each lane


def test_a_lane_that_is_killed_while_stopped_leaves_the_others_running(app: App):
    app.slice()
    leader = min(tagged.living(app.tags[1:]))
    os.kill(leader, signal.SIGKILL)
    for _ in range(8):
        app.slice()
    frozen.until(lambda: leader not in tagged.living(app.tags))


def test_what_a_spared_process_starts_while_its_lane_is_stopped_stops(tmp_path: Path):
    tags = [tagged.new_tag()]
    tags.append(tagged.new_tag())
    lane = frozen.start(frozen.LANE, tmp_path, tags[0])
    starter = frozen.start(frozen.STARTING, tmp_path, tags[1])
    try:
        frozen.until(lambda: len(tagged.living(tags[:1])) == 3)
        frozen.until(lambda: tagged.named([starter.pid], ["starter"]))
        freezer = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "workloads.lanes.freezer",
                "--slice=600",
                "--spare=starter",
                f"lane:{lane.pid}:{tags[0]}",
                f"starter:{starter.pid}:{tags[1]}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert freezer.stdin
        assert freezer.stdout
        assert starter.stdin
        assert freezer.stdout.readline() == b"ready\n"
        freezer.stdin.write(b"continue\n")
        assert json.loads(freezer.stdout.readline())["lane"] == "lane"
        starter.stdin.write(b"\n")
        starter.stdin.flush()
        frozen.until(lambda: len(tagged.living(tags[1:])) == 2)
        frozen.until(lambda: frozen.running(tags[1]) == [starter.pid])
        assert frozen.stand_still(tmp_path / "started")
        freezer.stdin.write(b"release\n")
        freezer.stdin.close()
        assert freezer.wait() == 0
        assert len(frozen.running(tags[1])) == 2
        freezer.stdout.close()
    finally:
        for tag in tags:
            frozen.end(tag)
        lane.wait()
        starter.wait()


def killed_at_random(folder: Path, seed: int) -> float:
    """Kill the app at a random moment; returns after how many seconds nothing was left."""
    folder.mkdir()
    app = App(folder)
    try:
        time.sleep(random.Random(seed).uniform(0, 0.4))
        app.process.kill()
        since = time.monotonic()
        app.process.wait()
        frozen.until(lambda: not is_left(app))
        return time.monotonic() - since
    finally:
        app.end()


def test_nothing_is_left_whenever_the_app_is_killed(tmp_path: Path):
    for seed in range(8):
        killed_at_random(tmp_path / str(seed), seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_is_left_of_two_hundred_apps(tmp_path: Path):
    took = [killed_at_random(tmp_path / str(seed), seed) for seed in range(200)]
    print(f"longest {max(took):.2f} s")
    assert max(took) < WITHIN_S


RACE = ("race", "pi", "--tasks", "8", "--samples", "100000000", "--lanes", "serial,processes")
PROGRAM = (sys.executable, "-m", "tui.cli", *RACE, "--schedule", "alternate", "--headless")


def marked(mark: str) -> list[int]:
    """The processes that have the mark in their environment, those that ended left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes() and tagged.state(int(path.parent.name)) != "Z":
                found.append(int(path.parent.name))
    return found


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_nothing_is_left_of_the_program_whenever_it_is_killed():
    took = []
    for seed in range(200):
        mark = f"SOAK=raytasks-{os.getpid()}-{seed}"
        environment = {**os.environ, "SOAK": mark.partition("=")[2]}
        program = subprocess.Popen(PROGRAM, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(random.Random(seed).uniform(0, 3))
        program.kill()
        since = time.monotonic()
        program.wait()
        frozen.until(lambda: not marked(mark))  # noqa: B023
        took.append(time.monotonic() - since)
    print(f"longest {max(took):.2f} s")
    assert max(took) < WITHIN_S
