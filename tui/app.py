"""The app: its modes, themes and keys. What is raced lives in the session, what is drawn in the
screens.
"""

import asyncio
import gc
import importlib
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import AwaitMount
from textual.widgets import Static

from tui import keys, signals
from tui.commands import ActionPalette, commands
from tui.drawing import themes
from tui.drawing.glyphs import OnlyAscii
from tui.drawing.pixels import images_driver
from tui.interventions import InterveningApp
from tui.opening import Appearance, Opening
from tui.widgets.bars import KeyBar, TopBar
from workloads import catalog
from workloads.machine.background import in_background

if TYPE_CHECKING:
    from tui.session import Session


SCREENS = {
    "race": "RaceScreen",
    "picture": "PictureScreen",
    "tasks": "TasksScreen",
    "compare": "CompareScreen",
    "cluster": "ClusterScreen",
    "code": "CodeScreen",
    "log": "LogScreen",
}
"""The class of each main screen, in the module of its name."""


def _make_screen(name: str) -> Screen[None]:
    """A new main screen; its module is imported when it is first asked for."""
    module = importlib.import_module(f"tui.screens.{name}")
    screen: Screen[None] = getattr(module, SCREENS[name])()
    return screen


class RaytasksApp(InterveningApp):
    """raytasks-tui."""

    TITLE = "raytasks-tui"
    CSS_PATH = "styles/raytasks.tcss"
    MODES: ClassVar = {name: partial(_make_screen, name) for name in SCREENS}
    BINDINGS: ClassVar[list[BindingType]] = keys.APP

    def __init__(
        self,
        make_session: "Callable[[], Session]",
        opening: Opening | None = None,
        appearance: Appearance | None = None,
        prepare: "Callable[[RaytasksApp], Awaitable[bool]] | None" = None,
    ) -> None:
        """`prepare` does what must be done before the session is made; the app has none if it
        returns False.
        """
        appearance = appearance or Appearance()
        driver_class = None
        if appearance.images:
            driver_class = images_driver(appearance.images)
        super().__init__(appearance.ascii, driver_class=driver_class)
        self._make_session = make_session
        self._opening = opening or Opening()
        self._prepare = prepare
        self.images = appearance.images
        self.readonly = appearance.readonly
        self.leaving = False
        if self.ascii:
            self._filters.append(OnlyAscii())
        for theme in themes.textual_themes():
            self.register_theme(theme)
        self.theme = f"raytasks-{appearance.theme}"

    def compose(self) -> ComposeResult:
        """The first paint: it waits for nothing, not even for numpy to be loaded."""
        yield TopBar()
        yield KeyBar()

    def on_mount(self) -> None:
        """Load the rest once the first paint is out."""
        # Now, as Textual's driver has just set handlers of its own.
        signals.heed_stop(self.action_suspend, lambda: signals.take_again(self))
        if self._prepare:
            self._open_prepared(self._prepare)
        else:
            self.call_after_refresh(self._open_soon)

    def _open_soon(self) -> None:
        if not self.leaving:
            self._open()

    @work
    async def _open_prepared(self, prepare: "Callable[[RaytasksApp], Awaitable[bool]]") -> None:
        if await prepare(self):
            self.call_after_refresh(self._open_soon)

    def show_loading(self, sentence: str) -> None:
        """Say what is loaded, while there is no session yet."""
        for line in self.screen.query("#loading").results(Static):
            line.update(sentence)
            return
        self.screen.mount(Static(sentence, id="loading", markup=False))

    def leave(self, status: int) -> None:
        """End the app as soon as it can be; the first status counts."""
        if not self.leaving:
            self.exit(status)

    def exit(self, *args: Any, **kwargs: Any) -> None:
        """End the app."""
        self.leaving = True
        super().exit(*args, **kwargs)

    def action_suspend(self) -> None:
        """Stop the program and its lanes until the shell continues them."""
        signals.suspend(self)

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual holds the screen for 50 ms when it changes; ours are already there, and a key is
        seen at once.
        """
        super().delay_update(min(delay, 0.001))

    # -- opening -----------------------------------------------------------------------------------

    @work(group="open")
    async def _open(self) -> None:
        """Open the first screen; the others are made when somebody asks for them."""
        opening = self._opening
        first = "race"
        if opening.sweep:
            first = "compare"
        await in_background(importlib.import_module, f"tui.screens.{first}")
        self._session = session = self._make_session()
        session.open()
        if opening.sweep:
            session.start_sweep(opening.sweep)
        elif opening.begin and not session.replayed:
            session.start()
        await self.switch_mode(first)
        for note in (*opening.notes, *session.notes):
            self.warn(note)
        self.call_later(self.next_input)
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()
        try:
            await in_background(_load_the_rest)
        except Exception as error:  # the screens that could be loaded are there
            self.warn(self.report("Loading the other screens", error))
        # What is loaded by now stays; walking through it at every collection would cost tens of
        # milliseconds.
        gc.collect()
        gc.freeze()
        # By default every frame or two would have a collection, and hardly anything to collect.
        gc.set_threshold(20_000, 20, 20)

    def switch_mode(self, mode: str) -> AwaitMount:
        """Show another screen, unless the app is closing: then Textual is walking through those
        there are.
        """
        if self._exit or not self._running:
            return AwaitMount(self.screen, [])
        return super().switch_mode(mode)

    def _handle_exception(self, error: Exception) -> None:
        """End the app with a traceback, unless it is ending already: then Textual mounts no
        children, and a widget that looks its own up misses them.
        """
        if self._exit and isinstance(error, NoMatches):
            self._close_messages_no_wait()
        else:
            super()._handle_exception(error)

    def takes(self, event: events.Event) -> bool:
        """Keys typed before the first screen is there wait for it; leaving doesn't."""
        return self.opened or (
            isinstance(event, events.Key) and event.key in ("q", "ctrl+q", "ctrl+c", "ctrl+z")
        )

    def action_select(self, by: int) -> None:
        """Select another picture, in the order they were finished."""
        from tui.screens.images import step

        step(self.session, by)

    def action_follow(self) -> None:
        """No picture is selected any more: the newest is shown."""
        self.session.select(None)

    async def action_back(self) -> None:
        """Out of the selection: there is nothing else to leave."""
        self.action_follow()

    async def action_large(self) -> None:
        """The selected picture as large as the screen, or the galleries again."""
        before = self.current_mode
        await self.switch_mode("picture")
        self.screen.set_class(before != "picture" or not self.screen.has_class("-large"), "-large")

    async def action_code(self) -> None:
        """The source of the lane that is looked at, and of the selected task."""
        from tui.screens.code import CodeScreen

        lane, task = self.featured_lane(), self.session.selected
        await self.switch_mode("code")
        if lane is not None and isinstance(self.screen, CodeScreen):
            self.screen.look_at(lane.name, task)

    async def action_next_failed(self) -> None:
        """Select the next task that failed, and show it among the tasks."""
        await self._jump("next_failed")

    async def action_slowest(self) -> None:
        """Select the next slowest task, and show it among the tasks."""
        await self._jump("slowest")

    async def _jump(self, action: str) -> None:
        from tui.jumps import JUMPS
        from tui.widgets.tasks.table import TaskRows

        session, selected = self.session, None
        lane = session.featured_lane(session.selected_lane)
        if lane is not None and session.selected is not None:
            selected = lane.name, session.selected
        if found := JUMPS[action](self.listed_lanes(), selected):
            session.select(found[1], found[0])
            await self.switch_mode("tasks")
            self.screen.query_one(TaskRows).follow()

    def action_next_theme(self) -> None:
        """Dark, light, contrast, in a circle."""
        names = [theme.name for theme in themes.textual_themes()]
        following = dict(zip(names, [*names[1:], names[0]], strict=True))
        self.theme = following.get(self.theme, names[0])

    def action_help(self) -> None:
        """Show or hide what this screen shows and all keys."""
        from tui.screens.help import Help

        if panels := self.screen.query(Help):
            panels.first().close()
        else:
            self.screen.mount(Help())

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, ActionPalette):
            self.push_screen(ActionPalette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette's entries (ctrl+p): every key there is now, and Textual's screenshot."""
        yield from commands(self, screen)
        for command in super().get_system_commands(screen):
            if command.title == "Screenshot":
                yield command


def _load_the_rest() -> None:
    """Import the other screens and the sheets, so that opening one is quick; none of them
    is made.
    """
    for name in (*SCREENS, "help", "race_statistics", "results"):
        importlib.import_module(f"tui.screens.{name}")
    for name in ("settings", "lanes", "sweep", "full_text"):
        importlib.import_module(f"tui.sheets.{name}")
    for name in ("psutil", "workloads.comparison.comparing"):
        importlib.import_module(name)
    catalog.added()
