"""Has each key, click and paste act on the screen that the one before it left behind.

Textual sends a key to whatever has the focus when the key arrives. Two keys in one write both
arrive before the first has acted: a second Enter goes to a sheet that is already leaving, and what
is typed after `s` is lost because the sheet that it is meant for isn't there yet.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any

from textual import events
from textual.app import App, ScreenError
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.widgets import Input

ROUNDS = 3
"""An input may act in steps: a key is handled, posts a message (a field was submitted), which then
closes a sheet.
"""

PATIENCE_S = 1.0
"""A widget that doesn't answer for so long (it was removed, or works on something) is no longer
waited for.
"""

MOST_WAITING = 20_000
"""Inputs that are kept while another acts; whatever comes on top of that is dropped."""


class OrderedInput(App[int]):
    """An app that handles one input at a time; what comes too early waits in `_waiting`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._waiting: deque[events.Event] = deque()
        self._following: asyncio.Task[None] | None = None

    def takes(self, event: events.Event) -> bool:
        """True if the app is ready for an input; otherwise it waits until `next_input` is
        called.
        """
        return True

    async def on_event(self, event: events.Event) -> None:
        """Let inputs queue up, and pass on everything else."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._following or not self.takes(event) or any(map(self.takes, self._waiting)):
            self._keep(event)
        else:
            await self._act(event)

    def _keep(self, event: events.Event) -> None:
        moves = isinstance(event, events.MouseMove)
        if moves and self._waiting and isinstance(self._waiting[-1], events.MouseMove):
            self._waiting.pop()  # only where the mouse is now counts
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(event)

    async def _act(self, event: events.Event) -> None:
        if isinstance(event, events.MouseDown) and self._is_removed_at(event.x, event.y):
            return
        target = self.focused or self.screen
        await super().on_event(event)
        if not isinstance(event, events.MouseMove):  # which changes nothing that a key could meet
            self._following = asyncio.create_task(self._follow(target, _is_typed(event, target)))

    def _is_removed_at(self, x: int, y: int) -> bool:
        """True if the widget drawn there was removed since: Textual would ask its missing parent
        for a region.
        """
        with contextlib.suppress(NoWidget):
            return not self.screen.get_widget_at(x, y)[0].is_attached
        return False

    async def next_input(self) -> None:
        """Handle the inputs that waited, up to the first that something may follow from."""
        while not self._following and (event := next(filter(self.takes, self._waiting), None)):
            self._waiting.remove(event)
            await self._act(event)

    @property
    def settled(self) -> bool:
        """True if every input so far has had its effect."""
        return not self._waiting and self._following is None

    async def _follow(self, target: MessagePump, typed: bool) -> None:
        """Wait until an input that was given to `target` has had its effect, then have the next one
        handled.

        A character that is `typed` into a field opens and closes nothing: while none waits, that it
        is there is enough.
        """
        try:
            for _ in range(ROUNDS):
                await _flush(target)
                if typed and not self._waiting:
                    break
            with contextlib.suppress(ScreenError):  # the app closes
                while not await self._is_there(self.screen):
                    pass
        finally:
            self._following = None
            self.call_later(self.next_input)

    async def _is_there(self, screen: MessagePump) -> bool:
        """Wait until a screen is mounted and has a focus; whether it is still the one on top."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(screen._mounted_event.wait(), PATIENCE_S)
        await _flush(screen)
        return self.screen is screen


def _is_typed(event: events.Event, target: MessagePump) -> bool:
    return isinstance(event, events.Key) and event.is_printable and isinstance(target, Input)


async def _flush(node: MessagePump) -> None:
    """Wait until all that was posted so far to a node, and from there to its parents, is
    handled.
    """
    pump: MessagePump | None = node
    while pump is not None:
        reached = _Reached()
        if pump.post_message(events.Callback(callback=reached.end)):
            await reached.waited(pump._task)
        pump = pump._parent


class _Reached:
    """A point in a node's queue, reached when all before it is handled.

    There are a dozen for each key: so it has no task of its own, and a method, whose parameters
    Textual counts once, not each time as it does for what `call_later` makes.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    def end(self, _task: object = None) -> None:
        """It is reached, or there is nothing more to wait for."""
        if not self._future.done():
            self._future.set_result(None)

    async def waited(self, task: "asyncio.Task[None] | None") -> None:
        """Wait for it, PATIENCE_S at most, and no longer than the node's task: a widget that is
        removed ends it.
        """
        patience = self._loop.call_later(PATIENCE_S, self.end)
        if task:
            task.add_done_callback(self.end)
        try:
            await self._future
        finally:
            patience.cancel()
            if task:
                task.remove_done_callback(self.end)
