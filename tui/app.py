"""The app: its modes, themes and keys. What is raced lives in the session, what is drawn in the screens."""

import asyncio
import contextlib
import gc
import importlib
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from tui import guide, themes
from tui.keys import BINDINGS
from tui.pixels import TerminalImages, images_driver
from tui.widgets.bars import KeyBar, KeyHint, TopBar
from workloads import catalog
from workloads.errors import BadInput

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.coordinator import Plan
    from workloads.sweep import Sweep


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


class RaytasksApp(App[int]):
    """raytasks-tui."""

    TITLE = "raytasks-tui"
    CSS_PATH = "styles/raytasks.tcss"
    MODES: ClassVar = {"race": _race, "picture": _picture, "tasks": _tasks, "compare": _compare, "log": _log}
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(
        self, make: "Callable[[], Session]", theme: str = "dark", ascii: bool = False, begin: bool = False,
        sweep: "Sweep | None" = None, images: TerminalImages | None = None, notes: Iterable[str] = (),
        first: "Callable[[RaytasksApp], Awaitable[bool]] | None" = None,
    ) -> None:  # fmt: skip
        super().__init__(driver_class=images_driver(images) if images else None)
        self._make = make
        self._session: Session | None = None
        self.ascii, self.images = ascii, images
        self.paused = False
        self._begin, self._sweep, self._notes = begin, sweep, notes
        self._first = first
        """What must be done before the session is made; false if there will be none."""
        for made in themes.textual_themes():
            self.register_theme(made)
        self.theme = f"raytasks-{theme}"

    def compose(self) -> ComposeResult:
        """The first paint: it waits for nothing, not even for numpy to be loaded."""
        yield TopBar()
        yield KeyBar()

    def on_mount(self) -> None:
        """Load the rest once the first paint is out."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.exit, 128 + number)
        if self._first:
            self.run_worker(self._prepare(self._first))
        else:
            self.call_after_refresh(self._open)

    async def _prepare(self, first: "Callable[[RaytasksApp], Awaitable[bool]]") -> None:
        if await first(self):
            self.call_after_refresh(self._open)

    def show_loading(self, words: str) -> None:
        """Say what is loaded, while there is no session yet."""
        shown = self.screen.query("#loading").results(Static)
        for line in shown:
            line.update(words)
            return
        self.screen.mount(Static(words, id="loading", markup=False))

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual holds the screen for 50 ms when it changes; ours are there already, and a key is seen at once."""
        super().delay_update(min(delay, 0.001))

    async def run_action(self, *args: Any, **kwargs: Any) -> bool:
        """Run the action of a key, and show what it did without waiting for the next frame."""
        before = self.screen
        done = await super().run_action(*args, **kwargs)
        if isinstance(before, Ticking) and before.is_active:
            before.tick(force=True)
        return done

    async def _open(self) -> None:
        # In a thread, so that a key or a signal in the meantime is heard.
        for screen in self.MODES:
            await asyncio.to_thread(importlib.import_module, f"tui.screens.{screen}")
        self._session = session = self._make()
        session.open()
        if self._sweep:
            session.start_sweep(self._sweep)
        elif self._begin and not session.replayed:
            session.start()
        with self.batch_update():  # all are mounted now: to open one in a race would take the tasks' time
            for mode in reversed(self.MODES):
                await self.switch_mode(mode)
            if self._sweep:
                await self.switch_mode("compare")
        for note in (*self._notes, *session.notes):
            self.warn(note)
        # What is loaded by now stays; walking through it at every collection would cost tens of milliseconds.
        gc.collect()
        gc.freeze()

    @property
    def opened(self) -> bool:
        """Whether the session exists."""
        return self._session is not None

    @property
    def session(self) -> "Session":
        """What is raced; exists once the first paint is out."""
        assert self._session is not None
        return self._session

    # -- what the screens ask: the words are in `guide` ---------------------------------------------

    def sentence(self) -> str:
        """The line above the keys: what to do, what is going on, or how it came out."""
        return guide.sentence(self.session, self.size.width)

    def why_not(self, action: str) -> str:
        """Why a key can't act now; empty if it can."""
        return guide.why_not(self.session, action)

    def hints(self) -> list[KeyHint]:
        """The keys that matter now, the most useful first."""
        return guide.hints(self.session, self.paused)

    # -- keys ---------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Before the screens are loaded, only leaving works."""
        return None if self._session is None and action not in ("quit", "next_theme") else True

    def warn(self, sentence: str) -> None:
        """Show a sentence on what went wrong or was left out."""
        self.notify(sentence, severity="warning", timeout=8, markup=False)

    def _may(self, action: str) -> bool:
        """Whether the key can act now; says why if it can't."""
        if why := self.why_not(action):
            self.notify(why, timeout=4, markup=False)
        return not why

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
        if self._may("cancel"):
            self.paused = False
            self.session.cancel()

    def action_again(self) -> None:
        """The same race once more."""
        if self._may("again"):
            self.paused = False
            self.session.start()

    def _scale(self, place: int, factor: float) -> None:
        """Scale the parameter at that place: by custom the first says how many tasks, the second how large they are."""
        if not self._may("size"):
            return
        live = self.session
        parameters = catalog.find(live.plan.workload).parameters
        parameter = parameters[place] if place < len(parameters) else None
        value = live.plan.params[parameter.name] if parameter else ""
        if parameter is None or isinstance(value, str):
            self.notify("This workload has no such setting to halve or double.", timeout=4)
            return
        wanted = type(parameter.default)(max(value * factor, parameter.minimum))
        try:
            changed = {**live.plan.params, parameter.name: parameter.check(wanted if wanted != value else value)}
        except BadInput as error:
            self.warn(str(error))
            return
        live.plan = replace(live.plan, params=changed)

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
        if self._may("settings"):
            live = self.session

            def take(plan: "Plan | None") -> None:
                if plan and self._may("settings"):
                    live.plan = plan

            from tui.screens.settings import SettingsSheet

            self.push_screen(SettingsSheet(live.plan), take)

    def action_workload(self) -> None:
        """Choose what to race."""
        if self._may("workload"):
            live = self.session

            async def take(name: str | None) -> None:
                if name and self._may("workload"):
                    try:
                        if all(name != workload.name for workload in catalog.known()):
                            await asyncio.to_thread(catalog.describe, name)
                        live.choose(name)
                    except BadInput as error:
                        self.warn(str(error))

            from tui.screens.settings import WorkloadSheet

            self.push_screen(WorkloadSheet(), take)

    def action_lanes(self) -> None:
        """Choose the lanes."""
        if self._may("lanes"):
            live = self.session

            def take(lanes: tuple[str, ...] | None) -> None:
                if lanes and self._may("lanes"):
                    live.choose_lanes(lanes)

            from tui.screens.lanes import LanesSheet

            self.push_screen(LanesSheet(live.plan.lanes), take)

    def action_sweep(self) -> None:
        """Choose what to sweep over."""
        if self._may("sweep"):
            live = self.session

            async def take(sweep: "Sweep | None") -> None:
                if sweep and self._may("sweep"):
                    await self._begin_sweep(sweep)

            from tui.screens.sweep_sheet import SweepSheet

            self.push_screen(SweepSheet(live.plan, live.measured(), live.sweep), take)

    async def action_best(self) -> None:
        """The same race again and again, lanes interleaved."""
        if self._may("best"):
            from workloads.sweep_kinds import KINDS, read

            await self._begin_sweep(read("runs", KINDS["runs"].usual(self.session.plan), self.session.plan))

    async def _begin_sweep(self, sweep: "Sweep") -> None:
        self.paused = False
        self.session.start_sweep(sweep)
        await self.switch_mode("compare")

    def action_schedule(self) -> None:
        """Together, or in turn."""
        if self._may("schedule"):
            live = self.session
            other = "in-turn" if live.plan.schedule == "together" else "together"
            live.plan = replace(live.plan, schedule=other)  # type: ignore[arg-type]

    def action_startup(self) -> None:
        """Count the start-up in times and speedup, or not."""
        self.session.count_startup = not self.session.count_startup

    def action_select(self, by: int) -> None:
        """Select another picture, in the order they were finished."""
        if self._may("select"):
            from tui.screens.images import step

            step(self.session, by)

    def action_follow(self) -> None:
        """No picture is selected any more: the newest is shown."""
        self.session.selected = None

    async def action_large(self) -> None:
        """The selected picture as large as the screen, or the galleries again."""
        if self._may("large"):
            before = self.current_mode
            await self.switch_mode("picture")
            self.screen.set_class(before != "picture" or not self.screen.has_class("-large"), "-large")

    def action_next_theme(self) -> None:
        """Dark, light, contrast, in a circle."""
        names = [made.name for made in themes.textual_themes()]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def action_help(self) -> None:
        """Show or hide what this screen shows and all keys."""
        from tui.screens.help import Help

        if shown := self.screen.query(Help):
            shown.remove()
        else:
            self.screen.mount(Help())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette (ctrl+p) offers: every key of ours, and Textual's own commands."""
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and not binding.action.startswith(("switch_mode", "help", "quit")):
                yield SystemCommand(binding.description, binding.tooltip, getattr(self, f"action_{binding.action}"))
        yield from super().get_system_commands(screen)
