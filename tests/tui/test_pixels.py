"""Pictures in a terminal's real pixels: the real program, replaying, in a terminal that knows
kitty's protocol.
"""

import re
import signal
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyte
import pytest
from PIL import Image

from tests.fabricate import START, fabricated_race
from tests.fabricate_images import result
from tests.tui.terminal import Terminal
from tui.drawing.pixels import FIRST, FORGET, KEPT, MARKS, PLACEHOLDER
from workloads.core import events as ev
from workloads.ledger.recording import Recorder

TASKS = 3


class Held(NamedTuple):
    """A picture that the terminal holds: a PNG in base64, for so many columns and rows."""

    columns: int
    rows: int
    png: str


class Graphics(pyte.Stream):
    """Takes kitty's graphics codes out of what is shown, and holds the pictures as that terminal
    would.
    """

    def __init__(self, screen: pyte.Screen) -> None:
        super().__init__(screen)
        self.held: dict[int, Held] = {}
        self.sent = 0
        self._loading: dict[str, str] | None = None
        self._rest = ""

    def feed(self, data: str) -> None:
        data = self._rest + data
        torn = re.search(r"\x1b(_G[^\x1b]*\x1b?|_)?\Z", data)
        data, self._rest = (data[: torn.start()], torn[0]) if torn else (data, "")
        for code in re.findall(r"\x1b_G([^\x1b]*)\x1b\\", data):
            self._take(*code.partition(";")[::2])
        super().feed(re.sub(r"\x1b_G[^\x1b]*\x1b\\", "", data))

    def _take(self, control: str, payload: str) -> None:
        keys = dict(part.split("=") for part in control.split(","))
        assert keys["q"] == "2", "an answer would reach the program as keys"
        if keys.get("a") == "d":
            assert (keys["d"], self._loading) == ("I", None)
            self.held.pop(int(keys["i"]), None)
            return
        assert len(payload) <= 4096
        if self._loading is None:
            assert (keys["a"], keys["U"], keys["f"]) == ("T", "1", "100")
            self._loading = {**keys, "payload": ""}
        else:
            assert set(keys) == {"q", "m"}
        self._loading["payload"] += payload
        if keys["m"] == "0":
            known, self._loading = self._loading, None
            self.held[int(known["i"])] = Held(int(known["c"]), int(known["r"]), known["payload"])
            self.sent += 1
        else:
            assert len(payload) % 4 == 0


class Kitty(Terminal):
    """The program in a terminal that holds pictures."""

    def __init__(self, *arguments: str, **size: Any) -> None:
        super().__init__(*arguments, **size)
        self._stream = self.graphics = Graphics(self._screen)

    def places(self) -> dict[int, dict[tuple[int, int], tuple[int, int]]]:
        """For each number of a picture, which of its rows and columns stand where (row, column) on
        the screen.
        """
        found: dict[int, dict[tuple[int, int], tuple[int, int]]] = {}
        for y in range(self._screen.lines):
            for x in range(self._screen.columns):
                cell = self._screen.buffer[y][x]
                if PLACEHOLDER in cell.data:
                    row, column = (
                        MARKS.find(mark) for mark in (cell.data + "??")[1:3]
                    )  # perhaps not all is read yet
                    found.setdefault(int(cell.fg, 16), {})[y, x] = row, column
        return found

    def marked(self) -> bool:
        """Whether a mark has come to lie on anything but a placeholder."""
        cells = (
            self._screen.buffer[y][x].data
            for y in range(self._screen.lines)
            for x in range(self._screen.columns)
        )
        return any(set(data) & set(MARKS) and data[0] != PLACEHOLDER for data in cells)

    def shown(self) -> list[Held]:
        """The pictures that are wholly on the screen and held for just as many cells, from left to
        right.
        """
        whole = []
        for number, cells in self.places().items():
            top, left = min(cells)
            held = self.graphics.held.get(number, Held(0, 0, ""))
            grid = {
                (top + y, left + x): (y, x) for y in range(held.rows) for x in range(held.columns)
            }
            if cells == grid:
                whole.append((left, top, held))
        return [held for *_, held in sorted(whole, key=lambda item: item[:2])]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests run: a terminal of its own, that says nothing of itself."""
    for name in ("TMUX", "STY", "ZELLIJ", "TEXTUAL_DRIVER", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A race of a second on one lane that worked on three pictures."""
    recorder = Recorder(tmp_path / "race.jsonl")
    for event in fabricated_race(tasks=TASKS, lanes=("ray",), seconds=3.0, reports=0):
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload="images", params={"tasks": TASKS})
        if isinstance(event, ev.Finished):
            begun = START + (event.start - START) // 10
            event = msgspec.structs.replace(event, result=result(event.task), start=begun)
        recorder(msgspec.structs.replace(event, t=START + (event.t - START) // 10))
    recorder.close()
    return recorder.path


def pictures(task: int) -> list[str]:
    """A task's picture before and after, as its result has them."""
    return [result(task)[side]["thumbnail"] for side in ("original", "outcome")]


def shows(terminal: Kitty, task: int) -> bool:
    return [held.png for held in terminal.shown()] == pictures(task)


@pytest.fixture
def replay(recording: Path) -> Iterator[Kitty]:
    """The replay at its end, the picture screen on show."""
    with Kitty("replay", str(recording), "--images", "kitty") as terminal:
        terminal.wait_for("↺ REPLAY", f"Ray finished {TASKS} tasks")
        assert terminal.graphics.sent == 0
        terminal.press("2")
        terminal.until(lambda: any(shows(terminal, task) for task in range(TASKS)))
        yield terminal


def test_the_portrait_is_the_picture_itself(replay: Kitty):
    before, after = replay.shown()
    for held in (before, after):
        with Image.open(BytesIO(b64decode(held.png, validate=True))) as image:
            assert image.format == "PNG"
            assert max(image.size) == 96
        assert held.rows * held.columns > 100
    assert all(x >= 120 - 46 for cells in replay.places().values() for _, x in cells)
    replay.wait_for("before", "after", "augmented", "checksum")
    assert not replay.marked()


def test_a_picture_is_sent_once_and_follows_the_selection(replay: Kitty):
    first = next(task for task in range(TASKS) if shows(replay, task))
    sent = replay.graphics.sent
    replay.press(",,")  # the newest, which is shown already, then the one before
    replay.until(lambda: any(shows(replay, task) for task in range(TASKS) if task != first))
    assert replay.graphics.sent == sent + 2
    replay.press(".")
    replay.until(lambda: shows(replay, first))
    assert replay.graphics.sent == sent + 2


def test_what_lies_over_a_picture_covers_it_and_leaves_it(replay: Kitty):
    replay.resize(170, 40)
    replay.until(lambda: [held.columns > 30 for held in replay.shown()] == [True, True])
    whole, sent = replay.places(), replay.graphics.sent

    def partly_covered() -> bool:
        left = replay.places()
        known = [
            whole[number][place] == part for number in left for place, part in left[number].items()
        ]
        return all(known) and 0 < len(known) < sum(map(len, whole.values()))

    replay.press("\x1bOP")  # F1
    replay.wait_for("Escape closes this help")
    replay.until(partly_covered)
    assert not replay.marked()
    replay.press("\x1bOP")
    replay.until(lambda: replay.places() == whole)
    assert not replay.marked()
    assert replay.graphics.sent == sent


def test_another_size_gets_the_picture_anew(replay: Kitty):
    replay.press("\r")  # large
    replay.until(lambda: [held.columns > 30 for held in replay.shown()] == [True, True])
    large = replay.shown()
    replay.resize(100, 30)
    replay.until(lambda: len(replay.shown()) == 2 and replay.shown() != large)
    assert [held.png for held in replay.shown()] == [held.png for held in large]
    assert len(replay.graphics.held) <= KEPT


def test_the_terminal_forgets_the_pictures_at_the_end(replay: Kitty):
    assert replay.graphics.held
    replay.press("q")
    assert replay.wait_for_exit() == 0
    assert replay.graphics.held == {}
    # The terminal keeps those of its two screens apart.
    assert replay.output.rindex(FORGET.encode()) < replay.output.rindex(b"\x1b[?1049l")


def test_a_terminal_given_back_for_a_while_gets_them_again(replay: Kitty):
    before = replay.shown()
    begun = len(replay.output)
    replay.send(signal.SIGSTOP)  # without a shell ctrl+z stops nothing
    replay.send(signal.SIGCONT)
    replay.until(lambda: FORGET.encode() in replay.output[begun:])
    replay.until(lambda: replay.shown() == before)


def test_a_program_that_is_killed_leaves_only_what_the_next_one_takes_over(replay: Kitty):
    replay.send(signal.SIGKILL)
    replay.wait_for_exit()
    assert set(replay.graphics.held) <= set(range(FIRST, FIRST + KEPT))


@pytest.mark.parametrize(("version", "capable"), [("0.26.5", False), ("0.41.1", True)])
def test_a_terminal_that_may_be_able_is_asked_first(
    recording: Path, monkeypatch: pytest.MonkeyPatch, version: str, capable: bool
):
    monkeypatch.setenv("KITTY_WINDOW_ID", "1")
    with Kitty("replay", str(recording)) as terminal:
        terminal.until(lambda: terminal.output.endswith(b"\x1b[>q\x1b[c"))
        terminal.press(f"\x1bP>|kitty({version})\x1b\\\x1b[?62;c")
        terminal.wait_for(f"Ray finished {TASKS} tasks")
        terminal.press("2")
        terminal.wait_for("before", "after")
        terminal.until(lambda: bool(terminal.shown()) == capable)
        assert terminal.output.count(b"\x1b[>q") == 1
        assert bool(terminal.graphics.sent) == capable
        assert ("▀" in terminal.text()) or capable
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_no_other_terminal_is_asked(recording: Path):
    with Kitty("replay", str(recording)) as terminal:
        terminal.wait_for(f"Ray finished {TASKS} tasks")
        terminal.press("2")
        terminal.wait_for("before", "after")
        assert terminal.graphics.sent == 0
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert b"\x1b[>q" not in terminal.output
        assert b"\x1b_G" not in terminal.output


def test_where_it_cannot_work_a_sentence_says_why(recording: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    with Kitty("replay", str(recording), "--images", "kitty") as terminal:
        assert terminal.wait_for_exit() == 2
        assert "raytasks-tui: --images kitty can't work here: tmux" in terminal.prose()
