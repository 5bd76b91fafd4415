"""What a race without a screen leaves behind, on a real lane: its files whatever happens to one of
them.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.lanes import functions
from tests.lanes.conftest import PATIENCE_S
from tests.lanes.test_sweeps import Program
from workloads import race
from workloads.core import events as ev

RACE = (
    sys.executable,
    "-m",
    "tui.cli",
    "race",
    "sleep",
    "--tasks",
    "20",
    "--seconds",
    "0",
    "--lanes",
    "serial",
)


def ran(*more: object, **how: Any) -> subprocess.CompletedProcess[str]:
    """A whole race of 20 calls."""
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    command = [*RACE, "--headless", *map(str, more)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE_S, **how)


def test_a_full_disk_under_the_recording_costs_the_recording_only(tmp_path: Path):
    out, figures, record = (tmp_path / name for name in ("out.jsonl", "figures.json", "race.jsonl"))

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    done = ran("--out", out, "--json", figures, "--record", record, preexec_fn=full)
    assert done.returncode == 1
    assert record.stat().st_size <= 5000
    assert done.stdout.startswith("Serial finished 20 tasks in")
    assert done.stderr == f"raytasks-tui: The recording {record} is incomplete: File too large.\n"
    assert json.loads(figures.read_bytes())["lanes"][0]["done"] == 20
    assert [json.loads(line)["task"] for line in out.read_bytes().splitlines()] == list(range(20))


def closed(*descriptors: int) -> Callable[[], None]:
    def close() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return close


def test_a_closed_standard_output_is_refused_or_spared(tmp_path: Path):
    done = ran("--json", "-", stdout=None, preexec_fn=closed(1))
    said = "raytasks-tui: --json can't write to standard output: it is closed.\n"
    assert (done.returncode, done.stderr) == (2, said)
    done = ran(
        "--json",
        tmp_path / "x",
        "--record",
        tmp_path / "r",
        stdout=None,
        stderr=None,
        preexec_fn=closed(1, 2),
    )
    assert done.returncode == 0
    assert json.loads((tmp_path / "x").read_bytes())["lanes"][0]["done"] == 20
    assert all(json.loads(line) for line in (tmp_path / "r").read_bytes().splitlines())


def test_a_full_standard_output_costs_the_verdict_only(tmp_path: Path):
    with open("/dev/full", "wb") as full:
        done = ran("--json", tmp_path / "x", stdout=full)
    assert (done.returncode, done.stderr) == (
        1,
        "raytasks-tui: Standard output can't be written: No space left on device.\n",
    )
    assert json.loads((tmp_path / "x").read_bytes())["lanes"][0]["done"] == 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_race_leaves_an_earlier_ones_files(tmp_path: Path, number: int):
    (tmp_path / "nap.py").write_text(
        "import time\ndef nap(n):\n    time.sleep(n)\n    return 'x' * 50\n"
    )
    (tmp_path / "in.json").write_text("[0, 0, 0, 3600]")
    out, figures = tmp_path / "out.jsonl", tmp_path / "figures.json"
    out.write_text("precious\n")
    figures.write_text("precious\n")
    partial, figures_partial = (path.with_name(f"{path.name}.partial") for path in (out, figures))
    with Program(
        "race",
        f"{tmp_path}/nap.py:nap",
        "--inputs",
        f"{tmp_path}/in.json",
        "--lanes",
        "serial",
        "--out",
        str(out),
        "--json",
        str(figures),
    ) as program:
        program.until(lambda: partial.exists() and partial.read_bytes().count(b"\n") == 3)
        program.process.send_signal(number)
        _, err = program.process.communicate(timeout=PATIENCE_S)
    assert out.read_text() == figures.read_text() == "precious\n"
    assert [json.loads(line)["task"] for line in partial.read_bytes().splitlines()] == [0, 1, 2]
    if number == signal.SIGINT:
        assert program.process.returncode == 130
        assert f"the results of 3 calls are in {partial}.\n" in err.decode()
        assert f"its figures are in {figures_partial}.\n" in err.decode()
        assert json.loads(figures_partial.read_bytes())["lanes"][0]["done"] == 3


def test_a_pipe_that_is_not_read_is_left_by_an_interrupt_and_figures_are_written(tmp_path: Path):
    (tmp_path / "long.py").write_text("def long(n):\n    return 'x' * 20_000\n")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with Program(
        "race",
        f"{tmp_path}/long.py:long",
        "--inputs",
        "range:20",
        "--lanes",
        "serial",
        "--out",
        f"{tmp_path}/pipe",
        "--json",
        f"{tmp_path}/figures.json",
    ) as program:
        program.until(
            (tmp_path / "figures.json").exists
        )  # which is written before the results go to the pipe
        program.process.send_signal(signal.SIGINT)
        _, err = program.process.communicate(timeout=PATIENCE_S)
    os.close(reader)
    assert program.process.returncode == 130
    assert "Interrupted while writing; the output is incomplete." in err.decode()
    assert json.loads((tmp_path / "figures.json").read_bytes())["lanes"][0]["done"] == 20


@pytest.mark.parametrize(
    "raised", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError]
)
def test_what_a_callback_raises_costs_no_results_and_leaves_no_lane(
    raised: type[BaseException],
) -> None:
    def callback(event: ev.AnyEvent) -> None:
        raise raised("callback")

    before = set(psutil.Process().children())
    if raised is ValueError:
        done = race(functions.add, [1, 2], ("serial",), on_event=callback)
        assert [result["sum"] for result in done.results] == [1, 2]
        assert any(isinstance(event, ev.RaceEnded) for event in done.events)
    else:
        with pytest.raises(raised, match="callback"):
            race(functions.add, [1, 2], ("serial",), on_event=callback)
    assert not set(psutil.Process().children()) - before
