"""Standard streams that are closed or full: one sentence, and nothing else is lost."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.cli import download
from tui.cli import entry as cli
from tui.outputs import streams
from workloads.builtin.images.addresses import Address
from workloads.builtin.images.download import Outcome
from workloads.engines.streams import WholeLines


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a standard stream one that takes nothing."""

    def fill(name: str) -> None:
        monkeypatch.setattr(sys, name, open("/dev/full", "w", buffering=1))  # noqa: SIM115 (the test ends soon)

    return fill


def test_a_full_standard_output_is_named(
    full: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(cli, "silence_stdout", lambda: None)
    full("stdout")
    assert cli.main(["workloads"]) == 1
    assert capsys.readouterr().err == "raytasks-tui: Standard output: No space left on device.\n"


def test_a_full_standard_error_stops_no_download(full: Callable[[str], None]):
    full("stderr")
    download._say(Outcome(Address("http://127.0.0.1/a.jpg"), "failed", reason="no"))
    streams.complain("nobody hears it")


def test_what_a_thread_printed_last_is_sent_when_it_ends() -> None:
    read, write = os.pipe()
    lines = WholeLines(write)

    def says() -> None:
        lines.write(b"one\ntwo")
        if os.fork() == 0:
            os._exit(0)
        os.wait()

    thread = threading.Thread(target=says)
    thread.start()
    thread.join()
    lines.write(b"mine")
    os.set_blocking(read, False)
    assert os.read(read, 100) == b"one\ntwo"
    lines.end_line()
    assert os.read(read, 100) == b"mine\n"
    os.close(read)
    os.close(write)


CLOSED = """
import os, subprocess, sys
sys.path.insert(0, {root!r})
from tui.outputs.streams import open_closed
open_closed()
kept = open({file!r}, "w")
os.write(2, b"what a library writes")
print("for nobody", file=sys.stderr)
print(kept.fileno() > 2, sys.stdout, file=kept, flush=True)
child = "import os; os.fstat(0), os.fstat(1), os.fstat(2)"
print(subprocess.run([sys.executable, "-c", child]).returncode, file=kept)
"""


def test_files_never_take_the_place_of_a_closed_stream(tmp_path: Path):
    code = CLOSED.format(root=str(Path(__file__).parents[3]), file=str(tmp_path / "kept"))

    def close() -> None:
        for descriptor in range(3):
            os.close(descriptor)

    subprocess.run([sys.executable, "-c", code], check=True, preexec_fn=close)
    assert (tmp_path / "kept").read_text() == "True None\n0\n"


@pytest.mark.parametrize("form", ["\r{}", "{}\r"])
def test_a_line_that_is_drawn_again_is_sent_once_in_its_last_state(form: str) -> None:
    read, write = os.pipe()
    lines = WholeLines(write)
    for step in range(5):
        lines.write(form.format(f"step {step}").encode())
        lines.flush()
    os.write(write, b"from another process\n")
    lines.end_line()
    sent = os.read(read, 1000).decode().replace("\r", "")
    assert sent == "from another process\nstep 4\n"
