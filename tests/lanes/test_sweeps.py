"""The command line without a screen, on real lanes: a sweep to its end and one interrupted, and pictures that can't
be used.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.lanes.conftest import LOOK_EVERY_S, PATIENCE_S
from tests.tui.terminal import left_over
from workloads import events as ev
from workloads.recording import read
from workloads.sweep import SweepFold, report

GONE_S = 10.0
"""What the program started must be gone within this of its end."""


class Program:
    """`raytasks-tui` with these arguments, without a terminal; `with` ends it and all that it has started."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", *arguments, "--headless", "--json", "-", "--cpus", "2"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.seen: dict[int, psutil.Process] = {}

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *error: object) -> None:
        started = self.note()
        self.process.kill()
        for process in started:
            if process.is_running():
                process.kill()
        self.process.communicate()

    def note(self) -> Sequence[psutil.Process]:
        """All processes that the program has been seen to start."""
        if self.process.poll() is None:
            for process in psutil.Process(self.process.pid).children(recursive=True):
                self.seen.setdefault(process.pid, process)
        return list(self.seen.values())

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, noting what is started meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, "it never came to this"
            assert self.process.poll() is None, f"it ended first: {self.process.communicate()}"
            self.note()
            time.sleep(LOOK_EVERY_S)

    def end(self) -> tuple[int, Any]:
        """Its exit status and what it told as JSON; nothing else may have been written."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert err == b""
        return self.process.returncode, msgspec.json.decode(out)


def told(recording: Path) -> list[ev.AnyEvent]:
    """The events recorded so far."""
    if not recording.exists() or b"race-opened" not in recording.read_bytes():
        return []
    return read(recording)


def test_a_sweep_tells_what_it_measured(tmp_path: Path):
    recording = tmp_path / "sweep.jsonl"
    sweep = ("sweep", "pi", "--batches", "3,1,2", "--samples", "40k", "--seed", "5", "--record", str(recording))
    with Program(*sweep) as program:
        program.until(lambda: any(isinstance(event, ev.Started) and event.lane == "ray" for event in told(recording)))
        status, figures = program.end()
        assert left_over(program.note(), GONE_S) == []
    assert status == 0
    assert (figures["sweep"], figures["status"]) == ("batches", "finished")
    assert [point["batch"] for point in figures["points"]] == [3, 1, 2]
    for point in figures["points"]:
        assert point["serial_s"] > 0
        assert point["ray_s"] > 0
        assert point["speedup"] == pytest.approx(point["serial_s"] / point["ray_s"])
        assert point["same_answer"] is True
        assert point["startup_s"]["ray"] > 0
        assert "reason" not in point
    fold = SweepFold()
    opened = []
    for event in read(recording):
        fold.apply(event)
        if isinstance(event, ev.RaceOpened):
            opened.append((event.params["tasks"], event.params["samples"], event.seed, event.schedule))
    assert msgspec.json.decode(msgspec.json.encode(report(fold))) == figures
    assert opened == [(tasks, 40_000, 5, "in-turn") for tasks in (3, 1, 2)]


def test_a_sweep_that_is_interrupted_tells_what_it_had_measured_and_leaves_nothing_running(tmp_path: Path):
    recording = tmp_path / "sweep.jsonl"

    def second_race_runs() -> bool:
        events = told(recording)
        races = [n for n, event in enumerate(events) if isinstance(event, ev.RaceOpened)]
        return len(races) == 2 and any(isinstance(event, ev.Started) for event in events[races[1] :])

    sweep = ("sweep", "sleep", "--batches", "2,900,3", "--seconds", "0.2", "--record", str(recording))
    with Program(*sweep) as program:
        program.until(second_race_runs)
        names = " ".join(process.name() for process in program.note())
        assert "raylet" in names
        program.process.send_signal(signal.SIGINT)
        status, figures = program.end()
        assert left_over(program.note(), GONE_S) == []
    assert status == 130
    assert figures["status"] == "cancelled"
    assert [point["batch"] for point in figures["points"]] == [2]
    assert figures["points"][0]["speedup"] == pytest.approx(
        figures["points"][0]["serial_s"] / figures["points"][0]["ray_s"]
    )
    events = read(recording)
    assert isinstance(events[-1], ev.SweepEnded | ev.LaneExited)
    assert [event.status for event in events if isinstance(event, ev.SweepEnded)] == ["cancelled"]


def test_a_race_with_a_picture_that_cannot_be_used_ends_with_1_and_all_its_figures(tmp_path: Path):
    patches = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    for name in ("1.jpg", "3.jpg"):
        Image.fromarray(patches).resize((160, 120)).save(tmp_path / name)
    (tmp_path / "2.jpg").write_text("Some words of text.")
    with Program("race", "images", str(tmp_path), "--rounds", "0", "--radius", "1", "--thumbnail", "8") as program:
        status, figures = program.end()
    assert status == 1
    assert figures["params"]["tasks"] == 3
    assert [lane["engine"] for lane in figures["lanes"]] == ["serial", "ray"]
    for lane in figures["lanes"]:
        assert (lane["status"], lane["tasks"], lane["done"], lane["failed"]) == ("failed", 3, 2, 1)
        assert lane["reason"].startswith("Task 1 failed: PictureError: 2.jpg is not a picture")
        assert (lane["result"]["pictures"], lane["result"]["unusable"]) == (2, 1)
        assert [bool(picture) for picture in lane["result"]["per_picture"]] == [True, False, True]
        assert lane["wall_s"] > 0
        assert set(lane["stages"]) >= {"open", "blur", "thumbnail"}
    assert figures["lanes"][1]["object_store"]["puts"] == 2
    assert figures["same_answer"] is True
    assert set(figures["speedup"]) == set(figures["efficiency"]) == {"ray"}
