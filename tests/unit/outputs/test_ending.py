"""The end of a race: what couldn't be written is said, and never hides how the race ended."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.outputs.test_out import finished, opened
from tui import program
from tui.cli import headless
from tui.opening import Appearance, Opening
from tui.outputs.ending import OutputWriter
from tui.outputs.out import Results
from tui.outputs.out_lines import ResultLines
from tui.outputs.places import find
from tui.outputs.wanted import Outputs
from tui.signals import Heeded
from workloads.core.errors import RaytasksError
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Plan


@pytest.mark.parametrize(("status", "after"), [(0, 1), (1, 1), (130, 130), (143, 143), (129, 129)])
def test_a_complaint_keeps_the_status_of_a_signal(status: int, after: int):
    def fail() -> None:
        raise RaytasksError("The disk is full.")

    writer = OutputWriter(status)
    writer.attempt(fail)
    assert writer.status == after


def test_a_signal_just_before_a_pipe_is_written_ends_the_wait_for_its_reader(tmp_path: Path):
    async def over() -> None:
        heeded.call(lambda status: None)

    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with Heeded() as heeded:
        asyncio.run(over())
        signal.raise_signal(signal.SIGINT)
        writer = OutputWriter(0)
        writer.write(find("--json", tmp_path / "pipe"), b"x" * 1_000_000, "finished")
    assert writer.status == 130
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    os.close(reader)


def test_results_outlive_a_fault_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async def faulty(
        work: object, options: object, lanes: object, follow: Callable, heeded: object
    ) -> None:
        for listener in follow()[1]:
            listener(opened())
            listener(finished(0, "a"))
        raise ValueError("boom")

    monkeypatch.setattr(headless, "watched", faulty)
    with pytest.raises(ValueError, match="boom"):
        headless.run(Plan("noop", {}, 1), EngineOptions(), Outputs(out=tmp_path / "out.jsonl"))
    assert (tmp_path / "out.jsonl").read_text() == '{"task": 0, "lane": "serial", "result": "a"}\n'
    assert "out.jsonl has the results of 1 call." in capsys.readouterr().err


def test_what_goes_wrong_with_the_results_when_the_screen_is_gone_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async def left(make_app: object, listeners: list[Results], heeded: object) -> int:
        listeners[0](opened())
        listeners[0](finished(0, "a"))
        return 0

    def fail(*given: object) -> None:
        raise RaytasksError("The disk is full.")

    monkeypatch.setattr(program, "_run", left)
    monkeypatch.setattr(ResultLines, "save", fail)
    outputs = Outputs(out=tmp_path / "out.jsonl")
    plan = Plan("noop", {}, 1)
    assert program.start(plan, EngineOptions(), Opening(), Appearance(), outputs) == 1
    assert capsys.readouterr().err == "raytasks-tui: The disk is full.\n"
