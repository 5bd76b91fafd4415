"""Signals and ctrl+z to the real program in a real terminal, from its first byte to its last."""

import os
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.tui.terminal import Terminal, alive, left_over
from tests.tui.test_terminal import GONE_S, names

LANES = ("--lanes", "serial,processes", "--cpus", "2")
RACE = ("race", "pi", "--tasks", "8", "--samples", "900000000", "--schedule", "in-turn", *LANES)


@pytest.mark.parametrize(
    ("what", "after", "status"),
    [
        (signal.SIGTERM, 1, 143),
        (signal.SIGINT, 60, 130),
        (signal.SIGHUP, 150, 129),
        ("q", 20, 0),
        (signal.SIGTERM, 1500, 143),
        (signal.SIGINT, 3000, 130),
        ("q", 4000, 0),
        (signal.SIGTERM, 6000, 143),
    ],
)
def test_an_end_at_any_moment_of_the_start_restores_the_terminal(
    what: signal.Signals | str, after: int, status: int
):
    """`after` bytes of output."""
    with Terminal("race", "noop", *LANES) as terminal:
        terminal.until(lambda: len(terminal.output) >= after)
        if isinstance(what, str):
            terminal.press(what)
        else:
            terminal.send(what)
        processes = terminal.note()
        assert terminal.wait_for_exit() == status, terminal.text()
        assert terminal.modes == terminal.modes_before
        everything_set_is_reset(terminal.output)
        assert names(left_over(processes, GONE_S)) == ""


def everything_set_is_reset(output: bytes) -> None:
    """Private modes and the keyboard protocol are as before; lines wrap and the cursor shows."""
    assert b"Traceback" not in output
    for mode in set(re.findall(rb"\x1b\[\?(\d+)[hl]", output)):
        last = max((output.rfind(b"\x1b[?" + mode + switch), switch) for switch in (b"h", b"l"))[1]
        assert last == (b"h" if mode in (b"7", b"25") else b"l"), mode
    assert len(re.findall(rb"\x1b\[>\d+u", output)) == output.count(b"\x1b[<u")


class Shell(Terminal):
    """bash with job control in a terminal; the program runs in it as a job."""

    def __init__(self) -> None:
        super().__init__(
            program=["bash", "--norc", "--noprofile", "--noediting", "-i"],
            environment={"PS1": "$ "},
        )
        self.wait_for("$")

    def type(self, line: str) -> None:
        self.press(line + "\n")

    def suspend(self) -> None:
        """Press ctrl+z and wait until all that the job started stands still and the shell
        says so.
        """
        begun = len(self.output)
        self.press("\x1a")
        self.until(lambda: b"Stopped" in self.output[begun:])
        self.stopped()

    def stopped(self) -> None:
        """Wait until all that the job started stands still, but for the freezer."""
        self.until(
            lambda: (
                {process.status() for process in self.job() if "freezer" not in names([process])}
                == {psutil.STATUS_STOPPED}
            )
        )

    def job(self) -> list[psutil.Process]:
        return [process for process in self.note() if alive(process)]


@pytest.fixture
def shell() -> Iterator[Shell]:
    with Shell() as made:
        yield made


PYTHON = f"{sys.executable} -m tui.cli"


def test_ctrl_z_stops_program_and_lanes_and_fg_continues_them(shell: Shell):
    # As under `uv run`: another process of the same job waits for ours.
    shell.type(f"sh -c '{PYTHON} {' '.join(RACE)}; echo ended with $?'")
    shell.wait_for("● RACING", "0/8")
    begun = len(shell.output)
    shell.suspend()

    everything_set_is_reset(shell.output)
    shell.type("stty -a")
    shell.wait_for(" icanon", " echo ")
    assert " -icanon" not in shell.prose()
    assert " -echo " not in shell.prose()
    shell.resize(90, 30)
    shell.type("bg")  # in the background it can't draw: it stops again
    shell.stopped()
    begun = len(shell.output)
    shell.type("fg")
    shell.wait_for("● RACING", "no speedup: the race was")
    assert b"\x1b[?1049h" in shell.output[begun:]
    assert b"\x1b[?1003h" in shell.output[begun:]
    assert len(shell.text().splitlines()) == 30
    assert shell.modes[3] & (termios.ICANON | termios.ECHO) == 0
    shell.until(lambda: psutil.STATUS_STOPPED not in {process.status() for process in shell.job()})
    shell.suspend()
    job = shell.job()
    shell.type("kill %1")  # the shell continues what it ends
    shell.until(lambda: not any(map(alive, job)))
    everything_set_is_reset(shell.output)
    assert names(left_over(job, GONE_S)) == ""


def test_ctrl_z_stops_a_headless_race_and_its_verdict_claims_nothing(shell: Shell):
    shell.type(
        f"{PYTHON} race sleep --tasks 2 --seconds 1 {' '.join(LANES)} --headless; echo "
        "ended with $?"
    )
    shell.wait_for("1/2")
    shell.suspend()
    assert shell.output.rindex(b"\x1b[?25h") > shell.output.rindex(b"\x1b[?25l")
    shell.type("fg")
    shell.wait_for("The race was suspended for", "computed the same answer.")
    assert "than serial" not in shell.prose()


def test_lanes_of_a_suspended_program_end_with_it_when_it_is_killed(shell: Shell):
    shell.type(f"{PYTHON} {' '.join(RACE)}")
    shell.wait_for("● RACING", "0/8")
    shell.suspend()
    job = shell.job()
    shell.type("kill -9 %1")
    assert names(left_over(job, GONE_S)) == ""


def test_lanes_that_alternate_stop_and_continue_and_end_with_the_program(shell: Shell):
    race = " ".join(RACE).replace("in-turn", "alternate")
    shell.type(f"{PYTHON} {race}")
    shell.wait_for("● RACING", "0/8", "Lanes alternate")
    shell.suspend()
    shell.type("fg")
    shell.wait_for("● RACING", "Lanes alternate")
    shell.until(lambda: psutil.STATUS_RUNNING in {process.status() for process in shell.job()})
    shell.suspend()
    job = shell.job()
    assert "workloads.lanes.freezer" in names(job)
    shell.type("kill -9 %1")
    assert names(left_over(job, GONE_S)) == ""


def test_without_a_shell_ctrl_z_says_so():
    with Terminal("race", "noop", *LANES) as terminal:
        terminal.wait_for("q Quit")
        terminal.press("\x1a")
        terminal.wait_for("Can't suspend: no shell could resume the program.")


@pytest.mark.parametrize("processes", [1, 3, 6])
def test_no_threads_for_the_app_is_a_sentence_before_it_takes_the_terminal(
    tmp_path: Path, processes: int
):
    if os.getuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"):
        pytest.skip(
            "needs root, setpriv and prlimit: root may have any number, and so drops to "
            "another user"
        )
    user = str(700_000 + os.getpid() % 100_000)  # nobody else's processes count
    program = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    program += [
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "prlimit",
        f"--nproc={processes}",
    ]
    program += [sys.executable, "-m", "tui.cli"]
    with Terminal(
        "race", "noop", *LANES, program=program, environment={"HOME": str(tmp_path)}
    ) as terminal:
        assert terminal.wait_for_exit() == 1
        assert (
            "raytasks-tui: the limit on processes and threads is reached; end some"
            in terminal.prose()
        )
        assert b"\x1b[?1049h" not in terminal.output
        assert b"Traceback" not in terminal.output


def test_a_program_stopped_from_outside_draws_again_when_it_is_continued(shell: Shell):
    shell.type(f"{PYTHON} race noop {' '.join(LANES)}")
    shell.wait_for("q Quit")
    program = next(process for process in shell.job() if "tui.cli" in process.cmdline())
    program.suspend()  # SIGSTOP, which it can't heed
    shell.until(lambda: b"Stopped" in shell.output)
    begun = len(shell.output)
    shell.type("fg")
    shell.until(lambda: b"\x1b[?1049h" in shell.output[begun:])
    shell.wait_for("✔ FINISHED")
    shell.press("e")  # one key, heard once: the sheet of the lanes
    shell.wait_for("Esc")
    begun = len(shell.output)
    shell.press("\x1a")  # also over a sheet
    shell.until(lambda: b"Stopped" in shell.output[begun:])
    job = shell.job()
    shell.hang_up()
    assert names(left_over(job, GONE_S)) == ""


def test_a_suspended_program_whose_shell_ends_without_it_ends_too(shell: Shell):
    shell.type(f"{PYTHON} {' '.join(RACE)}")
    shell.wait_for("● RACING", "0/8")
    shell.suspend()
    job = shell.job()
    shell.type("disown -h %1; kill -CONT %1; exit")  # without a word to the job
    shell.type("exit")
    assert shell.wait_for_exit() == 0
    assert names(left_over(job, GONE_S)) == ""


INTERRUPTED_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "tui.cli.options":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
import tui.cli
"""


def test_an_interrupt_while_the_program_is_loaded_leaves_no_traceback():
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT], capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
