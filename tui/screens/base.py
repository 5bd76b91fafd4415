"""The base of the main screens: the bars, the frames, and the sentence that asks for room in a tiny
terminal.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.drawing.panels import Panel, report
from tui.header import status
from tui.keys import UNDER_HELP, Hint
from tui.views import LAID_OUT, VIEWS
from tui.widgets.bars import KeyBar, KeyHint, TopBar
from workloads.core.errors import plain
from workloads.core.wording import lane_name

if TYPE_CHECKING:
    from textual.css.query import DOMQuery

    from tui.app import RaytasksApp
    from tui.screens.help import Help
    from tui.session import Session
    from tui.widgets.race.slowest import SlowestTasks

FRAME_S = 1 / 10
"""Seconds from one frame to the next."""

BUSY_FRAME_S = 3 / 10
"""The same while tasks hold every core: on two cores, each frame is time the tasks lack."""

SLOW = 2
"""Digits and pictures are brought up to date every second frame: nobody reads faster."""

CONFIRMED_AT_MOST = 3
"""Interventions that have a notice each: a recording may bring many at a time."""

STATISTICS_S = 2.0
"""Seconds between two counts of a running race's statistics, whose cost grows with its tasks."""


def clipped(text: str, width: int, lines: int, ascii: bool) -> str:
    """The text in at most so many lines; where it is cut, an ellipsis says so."""
    ellipsis = ("…", "...")[ascii]
    return "\n".join(
        wrap(text, width, max_lines=lines, placeholder=ellipsis, break_on_hyphens=False)
    )


class BaseScreen(Screen[None]):
    """A main screen. A subclass gives `body` and `show`."""

    TAB = "screen.race"
    SHOWS: ClassVar = ("race",)
    """The parts of the session that the screen shows: if one of them is broken, the sentence above
    the keys says so.
    """

    BINDINGS: ClassVar[list[BindingType]] = UNDER_HELP
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"),
        (60, "-narrow"),
        (100, "-projector"),
        (118, "-normal"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (32, "-tall")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._open = asyncio.Event()
        """Set while this is the screen that keys act on."""

    def compose(self) -> ComposeResult:
        """The bars around the body."""
        top = TopBar()
        top.active = self.TAB
        yield top
        with Container(id="body"):
            yield from self.body()
        yield Static("raytasks-tui needs a terminal of at least 60×16.", id="room")
        yield KeyBar()

    def on_mount(self) -> None:
        """Look the widgets up once, and tick."""
        self._top, self._keys = self.query_one(TopBar), self.query_one(KeyBar)
        self._frame = 0
        self._sentence: str | None = None
        self._whole = ""
        self._seen: tuple[object, ...] = ()
        self._faults = self._confirmed = 0
        self._counted: tuple[object, ...] = ()
        self._count_at = 0.0
        self.find()
        self._verdict = next(iter(self.query("#verdict")), self._top)
        self._draw_frames()

    @work
    async def _draw_frames(self) -> None:
        """Draw a frame whenever one is due; while another screen is open, none is."""
        while True:
            await self._open.wait()
            pause = FRAME_S
            if self.raytasks.opened and self.raytasks.session.busy:
                pause = BUSY_FRAME_S
            await asyncio.sleep(pause)
            self.tick()

    def body(self) -> ComposeResult:
        """The widgets between the bars."""
        yield from ()

    def find(self) -> None:
        """Look up the body's widgets."""

    def show(self, session: "Session", slow: bool) -> None:
        """Bring the body up to date; `slow` says that digits and pictures are due as well."""

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of this screen has nothing to act on now; empty if it has."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey (None) for what has nothing to act on; without a help panel, Escape closes something
        else.
        """
        if action == "close_help":
            return bool(self.helps())
        if self.raytasks.opened and self.why_not(action, parameters):
            return None
        return True

    def helps(self) -> "DOMQuery[Help]":
        """The help panel over this screen, if it is open. By its name: its module takes a while to
        load.
        """
        return self.query("Help")  # type: ignore[return-value]

    def action_close_help(self) -> None:
        """Escape: the help is the innermost thing."""
        self.helps().first().close()

    def statistics_due(self, session: "Session") -> bool:
        """True if the panels of statistics should be brought up to date now: at once where what
        they show was changed here, else every STATISTICS_S while a race runs.
        """
        app = self.raytasks
        selection = session.selected, session.selected_lane
        state = (*selection, session.count_startup, app.theme, self.size, self.classes)
        if not session.still and state == self._counted and time.monotonic() < self._count_at:
            return False
        self._counted, self._count_at = state, time.monotonic() + STATISTICS_S
        return True

    async def on_slowest_tasks_picked(self, event: "SlowestTasks.Picked") -> None:
        """A click on a slow task shows it among the tasks."""
        self.raytasks.session.select(event.slow.task, event.slow.lane)
        await self.app.run_action("switch_mode('tasks')")

    def show_sentence(self, sentence: str) -> None:
        """Show the sentence above the keys, or what is broken; only a changed one is laid out."""
        self._whole = sentence
        broken = self.raytasks.session.broken
        failures = (broken[part] for part in self.SHOWS if part in broken)
        sentence = self.raytasks.printable(plain(next(failures, sentence)))
        verdict = self.query_one("#verdict", Static)
        lines, width = verdict.styles.max_height, verdict.content_size.width
        if width and lines is not None:
            sentence = clipped(sentence, width, int(lines.value), self.raytasks.ascii)
        if sentence != self._sentence:
            self._sentence = sentence
            verdict.update(sentence)

    def whole_sentence(self) -> str:
        """The sentence above the keys at full length."""
        return self._whole

    def action_full_text(self) -> None:
        """The sentence, and what each lane failed with, at full length."""
        from tui.sheets.full_text import FullTextSheet

        paragraphs = [plain(self.whole_sentence())]
        for lane in self.raytasks.session.shown_lanes():
            reason = plain(lane.reason, 5000)
            if reason and reason not in "".join(paragraphs):
                paragraphs.append(f"{lane_name(lane.engine)}: {reason}")
        texts = [self.raytasks.printable(text) for text in paragraphs]
        self.app.push_screen(FullTextSheet("Summary", texts))

    @contextmanager
    def panel(self, *widgets: Widget) -> Iterator[None]:
        """Keep a fault in bringing these widgets up to date to them: they say what failed, and it
        is logged.
        """
        why = ""
        try:
            yield
        except Exception as error:
            why = self.raytasks.report(type(widgets[0]).__name__, error)
        for widget in widgets:
            if isinstance(widget, Panel):
                widget.fail(why)
            elif why and isinstance(widget, Static):
                widget.update(self.raytasks.printable(why))

    async def _dispatch_message(self, message: Message) -> None:
        """Handle a message; without this, Textual ends the app where a handler of the
        screen fails.
        """
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            report(self, error)

    def mark_picture(self, picture: str) -> None:
        """Have the styles know which picture is shown, if the workload has one."""
        for name in LAID_OUT:
            self.set_class(picture == name, f"-{name}")
        self.set_class(picture in VIEWS and picture not in LAID_OUT, "-added")

    @property
    def raytasks(self) -> "RaytasksApp":
        """The app, by its type."""
        return self.app  # type: ignore[return-value]

    def on_screen_suspend(self) -> None:
        """Another screen is opened."""
        self._open.clear()

    def on_screen_resume(self) -> None:
        """Coming back: everything may have changed."""
        self._open.set()
        self.tick(force=True)

    def on_resize(self, event: events.Resize) -> None:
        """The widgets have new sizes after the next layout."""
        for help in self.helps():
            help.fit(event.size.height)
        self.call_after_refresh(self.tick, force=True)

    def tick(self, force: bool = False) -> None:
        """One frame; nothing is drawn while nothing changes."""
        if not self.is_active or not hasattr(self, "_top"):
            return
        app = self.raytasks
        session = app.session
        if session.replayed and not app.paused:
            session.feed()
        state = (
            session.version,
            app.paused,
            app.theme,
            app.keys,
            session.plan,
            session.count_startup,
            session.selected,
            session.selected_lane,
        )
        if session.still and state == self._seen and not force:
            return
        if app.paused and state[1:] == self._seen[1:] and not force:
            return
        self._frame += 1
        slow = force or self._frame % SLOW == 0 or session.still or state[1:] != self._seen[1:]
        if slow or not session.still:
            self._seen = state
        with self.app.batch_update(), session.frame():
            with self.panel(self._top):
                self._top.keys = app.keys
                self._top.status = status(session, app.paused)
                self._top.redraw()
            with self.panel(self._keys):
                self._keys.hints = [
                    KeyHint(app.keys.name(*hint.bindings), hint.label, hint.why_not)
                    for hint in self.hints()
                ]
                self._keys.redraw()
            with self.panel(self._verdict):
                self.show(session, slow)
        self._warn_of_faults(session)

    def _warn_of_faults(self, session: "Session") -> None:
        """A notice for each fault and each intervention since the last frame."""
        faults = session.failures.sentences
        for sentence in faults[self._faults :]:
            self.raytasks.warn(sentence)
        self._faults = len(faults)
        done = session.confirmations
        # Lanes that did the same have one notice.
        for sentence in [*dict.fromkeys(done[self._confirmed :])][-CONFIRMED_AT_MOST:]:
            self.raytasks.notify(sentence, timeout=4, markup=False)
        self._confirmed = len(done)

    def hints(self) -> list[Hint]:
        """The keys for the bar."""
        return self.raytasks.hints()
