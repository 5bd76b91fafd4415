"""What the screen tests share: snapshots as text, an environment that is the same everywhere, and
waiting for what an app does rather than for the CPU to be idle.
"""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
import textual.app
import textual.pilot
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from textual._context import active_app
from textual.app import App, ScreenStackError
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump

from tui.app import RaytasksApp


class Screens(SingleFileSnapshotExtension):
    """A screen as text in a file of its own, for diffs that can be read."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(test_location.filepath).parent / "snapshots" / test_location.basename)


@pytest.fixture
def screens(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Screens)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests, and wherever: the same colours, the same keys."""
    for name in (
        "NO_COLOR",
        "TEXTUAL",
        "TEXTUAL_DEBUG",
        "TEXTUAL_THEME",
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_COLOR_SYSTEM",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


# -- waiting ---------------------------------------------------------------------------------------

SOON_S = 0.05
"""How long a pause waits for what works in the background (a folder is listed): some tests hold
that back on purpose, others wait for what it gives.
"""

HANDLED_S = 10.0
"""How long a pause waits at most; an app that always has something to do is looked at then."""


@pytest.fixture(autouse=True)
def pauses_end_when_all_is_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot sleeps until the process uses next to no CPU for 20 ms: that takes long for
    an app that draws frames, and is luck on a machine that others use too.
    """
    monkeypatch.setattr(textual.app, "wait_for_idle", until_handled)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", until_handled)


@pytest.fixture(autouse=True)
def only_the_busy_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot sends a message to every widget and waits until it is handled: half of the
    CPU of a test that presses many keys, for widgets that had nothing to do.
    """
    monkeypatch.setattr(MessagePump, "_get_message", _noted_get_message)
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", _wait_for_busy)


_get_message = MessagePump._get_message
_waits_for_message: WeakSet[MessagePump] = WeakSet()


async def _noted_get_message(self: MessagePump) -> Any:
    _waits_for_message.add(self)
    try:
        return await _get_message(self)
    finally:
        _waits_for_message.discard(self)


async def _wait_for_busy(pilot: textual.pilot.Pilot[Any]) -> bool:
    """As Textual's: True once all have handled what was posted before, False if one failed."""
    app, left, all_handled = pilot.app, 0, asyncio.Event()

    def handled() -> None:
        nonlocal left
        left -= 1
        if not left:
            all_handled.set()

    try:
        pumps = [app, *app.screen.walk_children(with_self=True)]
    except ScreenStackError:
        return False
    for pump in pumps:
        busy = pump not in _waits_for_message or _is_at_work(pump)
        if busy and pump.call_later(handled):
            left += 1
    await asyncio.sleep(0)
    if left:
        ends = [asyncio.ensure_future(e.wait()) for e in (all_handled, app._exception_event)]
        ended, _ = await asyncio.wait(ends, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if not ended:
            raise textual.pilot.WaitForScreenTimeout("Widgets still handle messages.")
    return not left


async def until_handled(*_seconds: float) -> None:
    """Wait until the app has handled and drawn all that was posted."""
    app, begun = active_app.get(), time.monotonic()
    for _ in range(3):  # a key that the driver sends is posted a little later
        await asyncio.sleep(0)
    while app.is_running:
        await textual.pilot.Pilot(app)._wait_for_screen()
        waited_s = time.monotonic() - begun
        screen = app.screen
        held = app._batch_count or (waited_s < SOON_S and _working_threads())
        if waited_s > HANDLED_S:
            return
        if not app._batch_count and (
            screen._layout_required or screen._repaint_required or screen._dirty_widgets
        ):
            screen._on_timer_update()
        elif _has_inputs(app) or any(map(_is_at_work, (app, screen, *app._registry))):
            await asyncio.sleep(0)
        elif held or app._resize_event or app.animator._animations:
            await asyncio.sleep(0.001)
        else:
            return


def _has_inputs(app: App[Any]) -> bool:
    """True if an input acts, or waits for the one before it; before the first screen is there, they
    wait for that.
    """
    return isinstance(app, RaytasksApp) and app.opened and not app.settled


def _is_at_work(pump: Any) -> bool:
    return bool(pump.message_queue_size or pump._next_callbacks or getattr(pump, "_callbacks", ()))


def _working_threads() -> bool:
    return any(thread.name.startswith("raytasks-") for thread in threading.enumerate())


# -- styles ----------------------------------------------------------------------------------------


_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}
_parse_rules = Stylesheet._parse_rules


@pytest.fixture(autouse=True)
def styles_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every app parses the same styles, which takes a third of its start."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parsed_before)


def _parsed_before(self: Stylesheet, css: str, **where: Any) -> list[RuleSet]:
    key = (css, *where.values(), frozenset(self._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(self, css, **where)
    return _parsed[key]


@pytest.fixture(autouse=True)
def rules_are_hashed_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual looks up every rule for each widget that it styles, by the rule's identity."""
    monkeypatch.setattr(RuleSet, "__hash__", object.__hash__)
