"""Pictures in the terminal's real pixels, for the portrait: kitty's graphics protocol with Unicode
placeholders.

A picture is sent once and then seen wherever certain characters stand, whose colour is its number.
To Textual they are text like any other, which it cuts, covers and repaints as it likes; with Sixel,
whatever lies over a picture would be drawn over by it. (Under a sheet, which dims all colours, a
picture's place is empty.) https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
Our own, as the protocol is little: an escape sequence that sends a PNG, and rows of placeholders.
"""

import os
import re
import select
import termios
import time
import tty
from collections.abc import Callable, Mapping
from functools import lru_cache

from textual.drivers.linux_driver import LinuxDriver

from tui.drawing.cells import Line, text
from tui.drawing.page import Page
from workloads.core.errors import BadInput

PLACEHOLDER = "\U0010eeee"

_RANGES = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1
5a8-5a9 5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733
735-736 73a 73d 73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951
953-954 f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b 1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0
1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0
2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 aab2-aab3 aab7-aab8 aabe-aabf aac1
fe20-fe26 10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244
"""
_ENDS = [[int(end, 16) for end in part.split("-")] for part in _RANGES.split()]
MARKS = "".join(chr(code) for ends in _ENDS for code in range(ends[0], ends[-1] + 1))
"""The protocol's combining characters in its order: the nth on a placeholder says row n, a second
one column n.
"""

FIRST, KEPT = 0x5AC3E0, 16
"""The numbers of our pictures are this and those after it: always the same, so that a run that was
killed leaves at most these behind, and only until the next run or the window's end.
"""

FORGET = "".join(f"\x1b_Ga=d,d=I,i={FIRST + n},q=2\x1b\\" for n in range(KEPT))
"""Has the terminal forget all of them."""

CHUNK = 4096
"""Characters of a picture that one escape code may carry."""

SPAN = 16
"""Cells that one segment takes: where Rich cuts a longer one, rounding can part a character from
its marks.
"""


class TerminalImages:
    """The pictures that the terminal holds: at most KEPT, those shown last."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int], int] = {}  # that shown last at the end
        self._unsent: dict[int, tuple[str, int, int]] = {}
        self._open = False

    def lines(self, png: str, page: Page) -> list[Line]:
        """The picture (a PNG in base64), fitted by the terminal into the middle of the page."""
        key = (png, min(page.width, len(MARKS)), min(page.height, len(MARKS)))
        number = self._numbers.pop(key, None)
        if number is None:
            number = FIRST + len(self._numbers)
            # KEPT are more than a screen shows: none that is seen is given up.
            if len(self._numbers) == KEPT:
                number = self._numbers.pop(next(iter(self._numbers)))
            self._unsent[number] = key
        self._numbers[key] = number
        return list(_placeholders(number, page.width, page.height, page.ground))

    def unsent(self) -> str:
        """The codes to send to the terminal before the lines drawn since it was last asked for."""
        if not self._open:
            return ""
        # First: a signal that suspends the app may come in between.
        unsent, self._unsent = self._unsent, {}
        return "".join(_transmission(number, *key) for number, key in unsent.items())

    def begin(self) -> None:
        """The terminal is ours, for the first time or again."""
        self._open = True

    def end(self) -> str:
        """The codes to send before the terminal is given back; all is sent anew after another
        `begin`.
        """
        self._open = False
        self._unsent = {number: key for key, number in self._numbers.items()}
        return FORGET


@lru_cache(maxsize=KEPT)
def _placeholders(number: int, width: int, height: int, ground: str) -> tuple[Line, ...]:
    ink = f"#{number:06x}"
    rest: Line = []
    if width > len(MARKS):
        rest = [text(" " * (width - len(MARKS)), None, ground)]
    lines = []
    for row in MARKS[:height]:
        cells = [PLACEHOLDER + row + column for column in MARKS[:width]]
        spans = ["".join(cells[x : x + SPAN]) for x in range(0, len(cells), SPAN)]
        lines.append([*(text(span, ink, ground) for span in spans), *rest])
    return (*lines, *[[text(" " * width, None, ground)]] * (height - len(lines)))


def _transmission(number: int, png: str, columns: int, rows: int) -> str:
    """Escape codes that hand a picture over, unseen, to be fitted into so many cells; no answer is
    wanted.
    """
    control = f"a=T,U=1,f=100,i={number},c={columns},r={rows},"
    # Under this number there may be one for other cells.
    codes = [f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"]
    for at in range(0, len(png), CHUNK):
        more = int(at + CHUNK < len(png))
        codes.append(f"\x1b_G{control}q=2,m={more};{png[at : at + CHUNK]}\x1b\\")
        control = ""
    return "".join(codes)


def images_driver(images: TerminalImages) -> type[LinuxDriver]:
    """Textual's driver for a terminal that holds pictures: it sends them, and has them forgotten at
    every end.
    """

    class ImagesDriver(LinuxDriver):
        def write(self, data: str) -> None:
            super().write(images.unsent() + data)

        def start_application_mode(self) -> None:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            images.begin()

        def stop_application_mode(self) -> None:
            # First, as the terminal keeps the pictures of the two screens apart, and the other one
            # comes back next.
            self.write(images.end())
            super().stop_application_mode()

    return ImagesDriver


# -- which terminals can ---------------------------------------------------------------------------


def images_for(
    wanted: str, ascii: bool, environment: Mapping[str, str], ask: Callable[[], str]
) -> TerminalImages | None:
    """Where to draw pictures in real pixels; None for half-blocks. `wanted` is auto, blocks or
    kitty.

    With auto, `ask` is called for the terminal's name and version, if the environment says that it
    may be one that can. Raises BadInput if kitty is wanted where it can't work.
    """
    if wanted == "blocks":
        return None
    hindrance = _hindrance(environment)
    if wanted == "kitty":
        if hindrance:
            raise BadInput(f"--images kitty can't work here: {hindrance}. Use --images blocks.")
        return TerminalImages()
    if ascii or hindrance or not _promising(environment) or not _capable(ask()):
        return None
    return TerminalImages()


def _hindrance(environment: Mapping[str, str]) -> str:
    """The obstacle between the program and the terminal's pixels; empty if nothing does."""
    term = environment.get("TERM", "")
    if any(environment.get(name) for name in ("TMUX", "STY", "ZELLIJ")) or term.startswith(
        ("tmux", "screen")
    ):
        return "tmux, screen and Zellij don't pass images through"
    if environment.get("TEXTUAL_DRIVER"):
        return "this screen is displayed in a browser"
    if "NO_COLOR" in environment:
        return "NO_COLOR is set, and image placeholders are identified by their colour"
    colors = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if colors == "auto":
        colors = environment.get("COLORTERM", "").strip().lower()
    if colors not in ("truecolor", "24bit"):
        return "it needs true colour, and COLORTERM isn't truecolor"
    return ""


def _promising(environment: Mapping[str, str]) -> bool:
    return (
        environment.get("TERM") in ("xterm-kitty", "xterm-ghostty")
        or environment.get("TERM_PROGRAM") == "ghostty"
        or bool(environment.get("KITTY_WINDOW_ID"))
    )


def _capable(name: str) -> bool:
    """True if a terminal of this name and version supports placeholders.

    kitty does from 0.28 on (Debian 12 has 0.26), Ghostty always did; WezTerm, Konsole and others
    that know other parts of the protocol don't.
    """
    kitty = re.match(r"kitty\((\d+)\.(\d+)", name)
    if kitty:
        return (int(kitty[1]), int(kitty[2])) >= (0, 28)
    return name.startswith("ghostty")


def terminal_name(path: str = "/dev/tty", patience_s: float = 1.0) -> str:
    """The name and version by which the terminal answers (XTVERSION); empty if it doesn't, or there
    is none.

    To be called before the app runs, which would take the answer for keys. Every terminal answers
    the second question (DA1), so that none is waited for; keys typed meanwhile are lost.
    """
    try:
        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return ""
    try:
        modes = termios.tcgetattr(terminal)
        tty.setcbreak(terminal, termios.TCSANOW)
        try:
            os.write(terminal, b"\x1b[>q\x1b[c")
            answer = _answer(terminal, time.monotonic() + patience_s)
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, modes)
    except (OSError, termios.error):
        return ""
    finally:
        os.close(terminal)
    named = re.search(rb"\x1bP>\|([ -~]*)\x1b\\", answer)
    return named[1].decode() if named else ""


def _answer(terminal: int, deadline: float) -> bytes:
    answer = b""
    while not re.search(rb"\x1b\[\?[0-9;]*c", answer):
        if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        data = os.read(terminal, 1024)
        if not data:
            break
        answer += data
    return answer
