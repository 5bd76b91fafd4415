"""The real program in a real terminal: from start to quit, interrupted, killed, hung up on. Real
Ray, real signals.
"""

import re
import signal
import termios
from collections.abc import Iterator

import psutil
import pytest

from tests.tui.terminal import Terminal, left_over

LONG = (
    "race",
    "pi",
    "--tasks",
    "8",
    "--samples",
    "900000000",
    "--schedule",
    "alternate",
    "--cpus",
    "2",
)
"""A race that no machine finishes while a test looks."""

GONE_S = 10.0
"""What the program started must be gone within this of its end."""


def names(processes: list[psutil.Process]) -> str:
    found = []
    for process in processes:
        try:
            found.append(f"{process.name()} {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    return "\n".join(found)


def everything(terminal: Terminal) -> list[psutil.Process]:
    """All that the program has started, once Ray is among it."""
    terminal.until(
        lambda: all(
            part in names(terminal.note())
            for part in ("workloads.lanes serial", "raylet", "gcs_server")
        )
    )
    return terminal.note()


@pytest.fixture
def racing() -> Iterator[Terminal]:
    """The program in the midst of a long race."""
    with Terminal(*LONG) as terminal:
        terminal.wait_for("● RACING", "0/8")
        yield terminal


def test_from_start_to_quit():
    with Terminal("--cpus", "2", columns=100, rows=30) as terminal:
        terminal.wait_for("○ READY", "Press space to start.")
        sized = re.search(r"16 tasks, ([\d,]+) samples", terminal.prose())
        assert sized
        samples = int(sized[1].replace(",", "")) // 16
        terminal.press("nn")
        terminal.wait_for(" 4 tasks")
        terminal.press("[[[[")
        terminal.wait_for(f" {samples:,} samples")
        terminal.wait_for("alternating. Press space to start")
        terminal.press(" ")
        terminal.until(lambda: "READY" not in terminal.text())
        processes = everything(terminal)
        terminal.resize(80, 24)
        terminal.wait_for("✔ FINISHED", "Ray finished 4 tasks in ")
        terminal.press("\r")  # the summary in full, as noise may make it too long for two lines
        terminal.wait_for("Summary", "Every lane computed")
        terminal.press("\x1b")
        terminal.until(lambda: "Summary" not in terminal.prose())
        assert max(map(len, terminal.text().splitlines())) <= 80
        terminal.press("2")
        terminal.wait_for("samples drawn", f"{4 * samples:,} samples")
        terminal.resize(120, 40)
        terminal.press("7")
        terminal.wait_for("✔ FINISHED")
        assert terminal.modes[3] & (termios.ICANON | termios.ECHO) == 0
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert terminal.modes == terminal.modes_before
        terminal_is_restored(terminal)
        assert names(left_over(processes, GONE_S)) == ""


def test_a_race_that_is_cancelled_raced_again_and_terminated():
    with Terminal(*LONG) as terminal:
        terminal.wait_for("● RACING")
        terminal.press("x")
        terminal.until(
            lambda: re.search(
                r"Cancelled. Serial completed \d of 8 tasks. Ray completed", terminal.prose()
            )
        )
        terminal.press("r")
        terminal.wait_for("● RACING")
        processes = everything(terminal)
        terminal.send(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
        terminal_is_restored(terminal)
        assert names(left_over(processes, GONE_S)) == ""


def test_what_a_killed_program_started_ends_by_itself(racing: Terminal):
    processes = everything(racing)
    racing.send(signal.SIGKILL)
    assert racing.wait_for_exit() == -signal.SIGKILL
    assert names(left_over(processes, GONE_S)) == ""


def test_what_a_program_started_ends_when_its_terminal_is_closed(racing: Terminal):
    program = psutil.Process(racing.pid)
    processes = everything(racing)
    racing.hang_up()
    assert names(left_over([program, *processes], GONE_S)) == ""


def terminal_is_restored(terminal: Terminal) -> None:
    """The shell gets back the screen, the cursor, the mouse and the keyboard it had."""
    left = terminal.output.rindex(b"\x1b[?1049l")
    assert left > terminal.output.rindex(b"\x1b[?1049h")
    assert terminal.output.rindex(b"\x1b[?25h") > terminal.output.rindex(b"\x1b[?25l")
    modes = re.findall(rb"\x1b\[\?(100[0-6]|1015|2004)([hl])", terminal.output)
    assert {mode for mode, switch in dict(modes).items() if switch == b"h"} == set()
    assert "Traceback" not in terminal.output.decode(errors="replace")
