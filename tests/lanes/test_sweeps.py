"""The command line without a screen, on real lanes: sweeps to their end, one interrupted and gone
on with, and pictures that can't be used.
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
from tests.schema import check
from tests.tui.terminal import left_over
from workloads.builtin.images.formats import TAKEN
from workloads.core import events as ev
from workloads.ledger.recording import read
from workloads.sweeps.calibration import RUNS
from workloads.sweeps.fold import SweepFold
from workloads.sweeps.report import report

GONE_S = 10.0
"""What the program started must be gone within this of its end."""


class Program:
    """`raytasks-tui` with these arguments, without a terminal; `with` ends it and all that it has
    started.
    """

    def __init__(
        self, *arguments: str, cpus: int = 2, python: Sequence[str] = ("-m", "tui.cli")
    ) -> None:
        options = ["--headless", "--cpus", str(cpus)]
        if "--json" not in arguments:
            options += ["--json", "-"]
        self.process = subprocess.Popen(
            [sys.executable, *python, *arguments, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
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

    def end(self, said: str = "") -> tuple[int, Any]:
        """Its exit status and what it told as JSON; nothing but `said` may have been written
        besides.
        """
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert err.decode() == said
        figures = msgspec.json.decode(out)
        check(figures, "sweep" if "sweep" in figures else "race")
        return self.process.returncode, figures


def told(recording: Path) -> list[ev.AnyEvent]:
    """The events recorded so far."""
    if not recording.exists() or b"race-opened" not in recording.read_bytes():
        return []
    return read(recording)


def test_a_sweep_tells_what_it_measured(tmp_path: Path):
    recording = tmp_path / "sweep.jsonl"
    sweep = (
        "sweep",
        "pi",
        "--batches",
        "3,1,2",
        "--samples",
        "40k",
        "--seed",
        "5",
        "--record",
        str(recording),
    )
    with Program(*sweep) as program:
        program.until(
            lambda: any(
                isinstance(event, ev.Started) and event.lane == "ray" for event in told(recording)
            )
        )
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
            opened.append(
                (event.params["tasks"], event.params["samples"], event.seed, event.schedule)
            )
    assert msgspec.json.decode(msgspec.json.encode(report(fold))) == figures
    assert opened == [(tasks, 40_000, 5, "in-turn") for tasks in (3, 1, 2)]


def test_a_sweep_that_is_interrupted_tells_what_it_had_measured_and_leaves_nothing_running(
    tmp_path: Path,
):
    recording = tmp_path / "sweep.jsonl"

    def second_race_runs() -> bool:
        events = told(recording)
        races = [n for n, event in enumerate(events) if isinstance(event, ev.RaceOpened)]
        return len(races) == 2 and any(
            isinstance(event, ev.Started) for event in events[races[1] :]
        )

    sweep = (
        "sweep",
        "sleep",
        "--batches",
        "2,900,3",
        "--seconds",
        "0.2",
        "--record",
        str(recording),
    )
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


def test_a_sweep_goes_on_where_it_was_interrupted(tmp_path: Path):
    recording = tmp_path / "sweep.jsonl"
    runs = (
        "sweep",
        "sleep",
        "--runs",
        "3",
        "--tasks",
        "6",
        "--seconds",
        "0.2",
        "--lanes",
        "serial",
    )
    record = ("--record", str(recording), "--resume")

    def second_run_goes_on() -> bool:
        begun = [event.value for event in told(recording) if isinstance(event, ev.SweepAt)]
        return len(begun) == 2 and isinstance(told(recording)[-1], ev.Started | ev.Progressed)

    with Program(*runs, *record) as program:
        program.until(second_run_goes_on)
        program.process.send_signal(signal.SIGINT)
        status, figures = program.end()
    assert (status, figures["status"]) == (130, "cancelled")
    assert [point["run"] for point in figures["points"]] == [1]
    whole = recording.read_bytes()
    recording.write_bytes(whole + b'{"event":"star')  # as if it had been killed
    first = figures["points"][0]["serial_s"]
    with Program(*runs, *record) as program:
        status, figures = program.end()
    assert (status, figures["status"]) == (0, "finished")
    assert [point["run"] for point in figures["points"]] == [1, 2, 3]
    assert figures["points"][0]["serial_s"] == first
    assert recording.read_bytes().startswith(whole)
    raced = [event.value for event in read(recording) if isinstance(event, ev.SweepAt)]
    assert raced == [1, 2, 2, 3]
    with Program(*runs, *record) as program:
        again = program.end()
    assert again == (0, figures)
    with Program(
        "sweep", "sleep", "--runs", "3", "--tasks", "7", "--lanes", "serial", *record
    ) as program:
        out, err = program.process.communicate(timeout=PATIENCE_S)
    assert (program.process.returncode, out) == (2, b"")
    assert b"holds another sweep (runs of sleep, seed " in err


def test_a_sweep_over_grain_finds_what_an_empty_task_costs_first(tmp_path: Path):
    recording = tmp_path / "sweep.jsonl"
    grain = (
        "sweep",
        "sleep",
        "--grain",
        "1,4,8,16",
        "--tasks",
        "4",
        "--seconds",
        "0.1",
        "--lanes",
        "serial,threads",
    )
    short = ("-m", "tests.short_calibration")
    with Program(*grain, "--record", str(recording), python=short) as program:
        status, figures = program.end()
    assert (status, figures["status"]) == (0, "finished")
    assert [point["tasks"] for point in figures["points"]] == [1, 4, 8, 16]
    assert all(point["task_s"] > 0 for point in figures["points"])
    assert set(figures["overhead_s"]) == {"serial", "threads"}
    assert set(figures["break_even"]) == set(figures["break_even_from"]) == {"threads"}
    events = read(recording)
    begun = next(n for n, event in enumerate(events) if isinstance(event, ev.SweepAt))
    runs = [
        event
        for event in events[:begun]
        if isinstance(event, ev.RunEnded) and event.lane == "serial"
    ]
    assert sum(run.wall_s >= 0.05 for run in runs) == RUNS
    assert len(runs) > RUNS, "the first run was too short to count"


def test_serial_races_beside_every_number_of_workers(tmp_path: Path):
    workers = (
        "sweep",
        "sleep",
        "--workers",
        "1-4",
        "--tasks",
        "4",
        "--seconds",
        "0.1",
        "--lanes",
        "serial,threads",
    )
    with Program(*workers) as program:
        status, figures = program.end()
    assert (status, figures["status"]) == (0, "finished")
    for point in figures["points"]:
        assert point["speedup"] == pytest.approx(point["serial_s"] / point["threads_s"])
    # How much a busy machine makes four points scatter decides whether a law is reported.
    assert set(figures["fit"]) | set(figures["fit_missing"]) == {"threads"}


def test_a_race_with_a_picture_that_cannot_be_used_ends_with_1_and_all_its_figures(tmp_path: Path):
    patches = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    for name in ("1.jpg", "3.jpg"):
        Image.fromarray(patches).resize((160, 120)).save(tmp_path / name)
    (tmp_path / "2.jpg").write_text("Some words of text.")
    small = ("--rounds", "0", "--radius", "1", "--thumbnail", "8")
    with Program("race", "images", str(tmp_path), *small, cpus=1) as program:
        status, figures = program.end(
            f"Task 1 failed: ImageError: 2.jpg is not an image: {TAKEN}.\n"
        )
    assert status == 1
    assert figures["params"]["tasks"] == 3
    assert [lane["engine"] for lane in figures["lanes"]] == ["serial", "ray"]
    for lane in figures["lanes"]:
        assert (lane["status"], lane["tasks"], lane["done"], lane["failed"]) == ("failed", 3, 2, 1)
        assert lane["reason"].startswith("Task 1 failed: ImageError: 2.jpg is not an image")
        assert (lane["result"]["pictures"], lane["result"]["unusable"]) == (2, 1)
        assert [bool(picture) for picture in lane["result"]["per_picture"]] == [True, False, True]
        assert lane["wall_s"] > 0
        assert set(lane["stages"]) >= {"open", "blur", "thumbnail"}
    assert figures["lanes"][1]["object_store"]["puts"] == 2
    assert figures["same_answer"] is True
    assert set(figures["speedup"]) == set(figures["efficiency"]) == {"ray"}
