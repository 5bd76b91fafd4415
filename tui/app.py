"""The app: its modes, themes and keys. What is raced lives in the session, what is drawn in the
screens.
"""

import gc
import importlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from textual import actions, events
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import AwaitMount
from textual.widgets import Static

from tui import guide, signals
from tui.commands import Palette, commands
from tui.drawing import themes
from tui.drawing.ascii import to_ascii
from tui.drawing.glyphs import OnlyAscii
from tui.drawing.pixels import images_driver
from tui.input_order import OrderedInput
from tui.keys import BINDINGS
from tui.opening import Appearance, Opening
from tui.widgets.bars import KeyBar, KeyHint, TopBar
from workloads import catalog
from workloads.core.errors import BadInput, plain
from workloads.machine.background import in_background

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.lanes.coordinator import Plan
    from workloads.sweeps.run import Sweep


def _race() -> Screen[None]:
    from tui.screens.race import RaceScreen

    return RaceScreen()


def _picture() -> Screen[None]:
    from tui.screens.picture import PictureScreen

    return PictureScreen()


def _tasks() -> Screen[None]:
    from tui.screens.tasks import TasksScreen

    return TasksScreen()


def _compare() -> Screen[None]:
    from tui.screens.compare import CompareScreen

    return CompareScreen()


def _log() -> Screen[None]:
    from tui.screens.log import LogScreen

    return LogScreen()


@runtime_checkable
class Ticking(Protocol):
    """A screen that can be brought up to date at once."""

    @property
    def is_active(self) -> bool:
        """Whether it is the one on show."""

    def tick(self, force: bool = False) -> None:
        """Draw a frame."""


@runtime_checkable
class Explaining(Protocol):
    """The app or a screen, which can say why a key of its own has nothing to act on."""

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why the action can't be done now; empty if it can."""


class RaytasksApp(OrderedInput):
    """raytasks-tui."""

    TITLE = "raytasks-tui"
    CSS_PATH = "styles/raytasks.tcss"
    MODES: ClassVar = {
        "race": _race,
        "picture": _picture,
        "tasks": _tasks,
        "compare": _compare,
        "log": _log,
    }
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

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
        images = appearance.images
        super().__init__(driver_class=images_driver(images) if images else None)
        self._make_session = make_session
        self._opening = opening or Opening()
        self._prepare = prepare
        self._session: Session | None = None
        self.ascii, self.images = appearance.ascii, images
        self.paused = False
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
            self.run_worker(self._open_prepared(self._prepare))
        else:
            self.call_after_refresh(self._open_soon)

    def _open_soon(self) -> None:
        if not self.leaving:
            self.run_worker(self._open(), group="open")

    async def _open_prepared(self, prepare: "Callable[[RaytasksApp], Awaitable[bool]]") -> None:
        if await prepare(self):
            self.call_after_refresh(self._open_soon)

    def show_loading(self, words: str) -> None:
        """Say what is loaded, while there is no session yet."""
        shown = self.screen.query("#loading").results(Static)
        for line in shown:
            line.update(words)
            return
        self.screen.mount(Static(words, id="loading", markup=False))

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
        """Textual holds the screen for 50 ms when it changes; ours are there already, and a key is
        seen at once.
        """
        super().delay_update(min(delay, 0.001))

    # -- opening -----------------------------------------------------------------------------------

    async def _open(self) -> None:
        """Open the first screen; the others are made when somebody asks for them."""
        opening = self._opening
        first = "compare" if opening.sweep else "race"
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
        try:
            await in_background(_load_the_rest)
        except Exception as error:  # the screens that could be loaded are there
            self.warn(self.report("Loading the other screens", error))
        # What is loaded by now stays; walking through it at every collection would cost tens of
        # milliseconds.
        gc.collect()
        gc.freeze()

    @property
    def _closing_down(self) -> bool:
        return self._exit or not self._running

    def switch_mode(self, mode: str) -> AwaitMount:
        """Show another screen, unless the app is closing: then Textual is walking through those
        there are.
        """
        return AwaitMount(self.screen, []) if self._closing_down else super().switch_mode(mode)

    def takes(self, event: events.Event) -> bool:
        """Keys typed before the first screen is there wait for it; leaving doesn't."""
        return self.opened or (
            isinstance(event, events.Key) and event.key in ("q", "ctrl+q", "ctrl+c", "ctrl+z")
        )

    @property
    def opened(self) -> bool:
        """Whether the session exists."""
        return self._session is not None

    @property
    def session(self) -> "Session":
        """What is raced; exists once the first paint is out."""
        assert self._session is not None
        return self._session

    # -- what the screens ask: the words are in `guide` --------------------------------------------

    def sentence(self) -> str:
        """The line above the keys: what to do, what is going on, or how it came out."""
        return guide.sentence(self.session, self.size.width)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key of the app can't act now; empty if it can."""
        if action == "switch_mode" and parameters == (self.current_mode,):
            return "This screen is open already."
        return guide.why_not(self.session, action, parameters) if self.opened else ""

    def hints(self) -> list[KeyHint]:
        """The keys that matter now, the most useful first."""
        return guide.hints(self.session, self.paused)

    def warn(self, sentence: str) -> None:
        """Show a sentence on what went wrong or was left out."""
        self.notify(sentence, severity="warning", timeout=8, markup=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice, unless the same one is still on show."""
        message = to_ascii(message) if self.ascii else message
        if all(notice.message != message for notice in self._notifications):
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def report(self, where: str, error: Exception) -> str:
        """Log a fault of ours or of a plugin's in `where`; returns the sentence to show in its
        place.
        """
        if not self.opened:
            raise error
        return self.session.failures.add(where, error)

    # -- keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey (None) for what can't act now; before the first screen is there only
        leaving works.
        """
        if not self.opened:
            return True if action in ("quit", "next_theme", "help_quit", "suspend") else None
        return None if self.why_not(action, parameters) else True

    def hindrance(self, action: Any, node: DOMNode | None = None) -> str:
        """Why an action, as bindings name it, can't be done on a node (the app); empty if
        it can.
        """
        destination, name, parameters = actions.parse(action) if isinstance(action, str) else action
        target = {"app": self, "screen": self.screen, "": node or self}.get(destination)
        if not self.opened or not isinstance(target, Explaining):
            return ""
        return target.why_not(name, parameters)

    async def run_action(
        self, action: Any, default_namespace: DOMNode | None = None, *more: Any
    ) -> bool:
        """Do what a key asks for and show at once what it did, or say why it can't be done."""
        before = self.screen
        if why := self.hindrance(action, default_namespace):
            self.notify(why, timeout=4, markup=False)
            return True
        try:
            done = await super().run_action(action, default_namespace, *more)
        except Exception as error:
            self.warn(self.report(f"The key for “{action}”", error))
            done = True
        if done and isinstance(before, Ticking) and before.is_active:
            before.tick(force=True)
        return done

    def _ask(self, sheet: ModalScreen[Any], take: Callable[[Any], Any]) -> None:
        """Open a sheet; `take` gets what it returns."""
        if not isinstance(self.screen, ModalScreen):
            self.push_screen(sheet, take)

    def _show_plan(self) -> None:
        """Say what the next race is where the screen doesn't."""
        if self.current_mode != "race":
            self.notify(self.sentence(), timeout=4, markup=False)

    def action_go(self) -> None:
        """Start a race; while one runs, hold the view or let it go on."""
        session = self.session
        playing = session.replayed and not session.still
        if self.paused or session.racing or playing:
            self.paused = not self.paused
            session.hold(self.paused)
        elif session.race.opened is None:
            session.start()
        else:
            session.renew()

    def action_cancel(self) -> None:
        """End the race."""
        self.paused = False
        self.session.cancel()

    def action_again(self) -> None:
        """The same race once more."""
        self.paused = False
        self.session.start()

    def _scale(self, place: int, factor: float) -> None:
        """Scale the parameter at that place: by custom the first says how many tasks, the second
        how large they are.
        """
        live = self.session
        parameters = catalog.find(live.plan.workload).parameters
        parameter = parameters[place] if place < len(parameters) else None
        value = live.plan.params[parameter.name] if parameter else ""
        if parameter is None or isinstance(value, str):
            self.notify("This workload has no such setting to halve or double.", timeout=4)
            return
        wanted = type(parameter.default)(max(value * factor, parameter.minimum))
        try:
            changed = {
                **live.plan.params,
                parameter.name: parameter.check(wanted if wanted != value else value),
            }
        except BadInput as error:
            self.warn(str(error))
            return
        if changed == live.plan.params:
            self.notify(
                f"{plain(parameter.name, 40)} is {value:,}: that is the least.",
                timeout=4,
                markup=False,
            )
            return
        live.plan = replace(live.plan, params=changed)
        self._show_plan()

    def action_fewer(self) -> None:
        """Half as many tasks."""
        self._scale(0, 0.5)

    def action_more(self) -> None:
        """Twice as many tasks."""
        self._scale(0, 2)

    def action_smaller(self) -> None:
        """Half the work a task."""
        self._scale(1, 0.5)

    def action_larger(self) -> None:
        """Twice the work a task."""
        self._scale(1, 2)

    def action_settings(self) -> None:
        """All parameters, checked while one types."""

        def take(plan: "Plan | None") -> None:
            if plan and not self.why_not("settings"):
                self.session.plan = plan

        from tui.sheets.settings import SettingsSheet

        self._ask(SettingsSheet(self.session.plan), take)

    def action_workload(self) -> None:
        """Choose what to race."""

        def take(name: str | None) -> None:
            if name and not self.why_not("workload"):
                self.session.choose(name)

        from tui.sheets.settings import WorkloadSheet

        self._ask(WorkloadSheet(), take)

    def action_lanes(self) -> None:
        """Choose the lanes."""

        def take(lanes: tuple[str, ...] | None) -> None:
            if lanes and not self.why_not("lanes"):
                self.session.choose_lanes(lanes)

        from tui.sheets.lanes import LanesSheet

        self._ask(LanesSheet(self.session.plan.lanes), take)

    def action_sweep(self) -> None:
        """Choose what to sweep over."""
        live = self.session

        async def take(sweep: "Sweep | None") -> None:
            if sweep and not self.why_not("sweep"):
                await self._begin_sweep(sweep)

        from tui.sheets.sweep import SweepSheet

        self._ask(SweepSheet(live.plan, live.measured(), live.sweep), take)

    async def action_best(self) -> None:
        """The same race again and again, lanes interleaved."""
        from workloads.sweeps.kinds import KINDS, read

        await self._begin_sweep(
            read("runs", KINDS["runs"].usual(self.session.plan), self.session.plan)
        )

    async def _begin_sweep(self, sweep: "Sweep") -> None:
        self.paused = False
        self.session.start_sweep(sweep)
        await self.switch_mode("compare")

    def action_schedule(self) -> None:
        """Together, or in turn."""
        live = self.session
        other = "in-turn" if live.plan.schedule == "together" else "together"
        live.plan = replace(live.plan, schedule=other)  # type: ignore[arg-type]
        self._show_plan()

    def action_startup(self) -> None:
        """Count the start-up in times and speedup, or not."""
        counted = self.session.count_startup = not self.session.count_startup
        if self.session.race.ended is None or self.current_mode in ("picture", "tasks", "log"):
            how = "counts" if counted else "doesn't count"
            self.notify(f"The start-up {how} in times and speedup.", timeout=4)

    def action_select(self, by: int) -> None:
        """Select another picture, in the order they were finished."""
        from tui.screens.images import step

        step(self.session, by)

    def action_follow(self) -> None:
        """No picture is selected any more: the newest is shown."""
        self.session.selected = None

    async def action_large(self) -> None:
        """The selected picture as large as the screen, or the galleries again."""
        before = self.current_mode
        await self.switch_mode("picture")
        self.screen.set_class(before != "picture" or not self.screen.has_class("-large"), "-large")

    def action_next_theme(self) -> None:
        """Dark, light, contrast, in a circle."""
        names = [made.name for made in themes.textual_themes()]
        self.theme = (
            names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        )

    def action_help(self) -> None:
        """Show or hide what this screen shows and all keys."""
        from tui.screens.help import Help

        if shown := self.screen.query(Help):
            shown.first().close()
        else:
            self.screen.mount(Help())

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette (ctrl+p) offers: every key there is now, and Textual's screenshot."""
        yield from commands(self, screen)
        yield from (
            known for known in super().get_system_commands(screen) if known.title == "Screenshot"
        )


def _load_the_rest() -> None:
    """Import the other screens and the sheets, so that opening one is quick; none of them
    is made.
    """
    for name in (*RaytasksApp.MODES, "help"):
        importlib.import_module(f"tui.screens.{name}")
    for name in ("settings", "lanes", "sweep"):
        importlib.import_module(f"tui.sheets.{name}")
    catalog.added()
