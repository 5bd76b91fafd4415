"""The app: its modes, themes and keys. What is raced lives in the session, what is drawn in the screens."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import HelpPanel

from tui import themes
from tui.screens.log import LogScreen
from tui.screens.picture import PictureScreen
from tui.screens.race import RaceScreen
from tui.screens.settings import SettingsSheet, WorkloadSheet
from tui.session import Live, Replay, Session, recorder
from tui.widgets.bars import KeyHint
from workloads import catalog, host
from workloads import events as ev
from workloads.coordinator import Plan, usual_schedule
from workloads.engines import EngineOptions
from workloads.errors import BadInput
from workloads.pi import PI
from workloads.report import verdict


class Help(HelpPanel):
    """The help of the focused widget or, as ours need no focus, of the screen."""

    DEFAULT_CLASSES = "-textual-system"

    def update_help(self, focused_widget: Widget | None) -> None:
        """Show the text and the keys."""
        super().update_help(focused_widget or self.screen)


class RaytasksApp(App[int]):
    """raytasks-tui."""

    TITLE = "raytasks-tui"
    CSS_PATH = "styles/raytasks.tcss"
    MODES: ClassVar = {"race": RaceScreen, "picture": PictureScreen, "log": LogScreen}
    DEFAULT_MODE = "race"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "go", "Start / pause", tooltip="Start a race; hold the picture while it runs", id="race.go"),
        Binding("x", "cancel", "Cancel", tooltip="End the race", id="race.cancel"),
        Binding("r", "again", "Again", tooltip="Race again with the same seed", id="race.again"),
        Binding("n", "fewer", "Fewer tasks", tooltip="Half as many tasks", id="race.fewer"),
        Binding("N", "more", "More tasks", tooltip="Twice as many tasks", id="race.more"),
        Binding("left_square_bracket", "smaller", "Smaller", tooltip="Half the work a task", id="race.smaller"),
        Binding("right_square_bracket", "larger", "Larger", tooltip="Twice the work a task", id="race.larger"),
        Binding("s", "settings", "Settings", tooltip="All parameters of the workload", id="race.settings"),
        Binding("w", "workload", "Workload", tooltip="Choose what to race", id="race.workload"),
        Binding("t", "schedule", "Together / in turn", tooltip="Lanes at once, or one by one", id="race.schedule"),
        Binding("u", "startup", "Start-up", tooltip="Count the start-up, or not", id="race.startup"),
        Binding("1", "switch_mode('race')", "Race", id="screen.race"),
        Binding("2", "switch_mode('picture')", "Picture", id="screen.picture"),
        Binding("7", "switch_mode('log')", "Log", id="screen.log"),
        Binding("T", "next_theme", "Theme", tooltip="Dark, light, contrast", id="look.theme"),
        Binding("f1", "help", "Help", tooltip="What this screen shows, and all keys", id="help"),
        Binding("q,ctrl+q", "quit", "Quit", tooltip="End Ray and leave", id="quit"),
    ]

    def __init__(self, session: Session, theme: str = "dark", ascii: bool = False, begin: bool = False) -> None:
        super().__init__()
        self.session = session
        self.ascii = ascii
        self.paused = False
        self._begin = begin
        for made in themes.textual_themes():
            self.register_theme(made)
        self.theme = f"raytasks-{theme}"

    def on_mount(self) -> None:
        """Start the lanes once the first screen is painted."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._end, number)
        if isinstance(self.session, Live):
            self.call_after_refresh(self._open)

    def _open(self) -> None:
        assert isinstance(self.session, Live)
        self.session.open()
        if self._begin:
            self.session.start()

    def _end(self, number: int) -> None:
        self.exit(128 + number)

    # -- what the screens ask -----------------------------------------------------------------------

    @property
    def cpus(self) -> int:
        """CPUs that Ray may use, as far as known."""
        opened = self.session.race.opened
        if isinstance(self.session, Live):
            return self.session.cpus
        return int(opened.host.get("logical_cpus", 1)) if opened else host.usable_cpus()

    @property
    def has_picture(self) -> bool:
        """Whether the workload shown has a picture of its own."""
        return self.session.workload is PI

    def sentence(self) -> str:
        """The line above the keys: what to do, what is going on, or how it came out."""
        session = self.session
        if session.racing and not (isinstance(session, Replay) and session.finished):
            return self._on_the_way()
        told = verdict(session.race)
        if isinstance(session, Replay):
            return told
        if told and not session.changed:
            roomy = self.size.width >= 120
            return f"{told}  Next: r again · N more tasks · t {self._other()}" if roomy else told
        plan = session.plan
        values = ", ".join(f"{v:,} {k}" if isinstance(v, int) else f"{k} {v}" for k, v in plan.params.items())
        title = catalog.find(plan.workload).title
        return f"{title}: {values}, {plan.schedule.replace('-', ' ')}. Space starts the race."

    def _other(self) -> str:
        return "in turn" if self.session.plan.schedule == "together" else "together"

    def _on_the_way(self) -> str:
        live = self.session.live_lane()
        if live is None:
            starting = [lane.engine for lane in self.session.race.raced() if lane.state == "starting"]
            return f"The race starts when every lane is ready: waiting for {' and '.join(starting) or 'warm workers'}."
        opened = self.session.race.opened
        if opened and opened.schedule == "together":
            return "All lanes run at the same time" + (" and share the cores." if opened.contended else ".")
        return f"In turn: {live.engine} has the whole machine; lanes that have finished run again as ghosts."

    def why_not(self, action: str) -> str:
        """Why a key can't act now; empty if it can."""
        session = self.session
        if isinstance(session, Replay) and action not in ("go", "again"):
            return "This is a recording: it can be paused and played again."
        if action == "cancel" and not session.racing:
            return "No race is running."
        if action in ("again", "settings", "workload", "schedule", "size") and session.racing:
            if isinstance(session, Replay):
                return ""
            return "A race is running: x ends it."
        if action == "again" and session.race.opened is None:
            return "Nothing has been raced yet: space starts."
        return ""

    def hints(self) -> list[KeyHint]:
        """The keys that matter now, the most useful first."""
        session = self.session
        if isinstance(session, Replay):
            go = KeyHint("space", "Go on" if self.paused else "Pause")
            keys = [
                go,
                KeyHint("r", "From the start"),
                KeyHint("2", "Picture"),
                KeyHint("7", "Log"),
                KeyHint("T", "Theme"),
            ]
        elif session.racing:
            keys = [
                KeyHint("space", "Go on" if self.paused else "Pause"), KeyHint("x", "Cancel"),
                KeyHint("1", "Race"), KeyHint("2", "Picture"), KeyHint("7", "Log"), KeyHint("s", "Settings", "racing"),
            ]  # fmt: skip
        else:
            raced = session.race.opened is not None
            keys = [
                KeyHint("space", "Start"), KeyHint("r", "Again", "" if raced else "nothing raced yet"),
                KeyHint("n N", "Tasks"), KeyHint("[ ]", "Size"), KeyHint("s", "Settings"), KeyHint("w", "Workload"),
                KeyHint("t", self._other().capitalize()), KeyHint("u", "Start-up"), KeyHint("T", "Theme"),
            ]  # fmt: skip
        return [*keys, KeyHint("F1", "Help"), KeyHint("q", "Quit")]

    # -- keys ---------------------------------------------------------------------------------------

    def _may(self, action: str) -> Live | None:
        """The live session if the key can act now; else says why it can't."""
        if why := self.why_not(action):
            self.notify(why, timeout=4)
            return None
        return self.session if isinstance(self.session, Live) else None

    def action_go(self) -> None:
        """Start a race; while one runs, hold the view or let it go on."""
        if isinstance(self.session, Replay):
            if self.session.finished:
                self.session.again()
                return
            self.paused = not self.paused
            self.session.hold(self.paused)
        elif self.session.racing:
            self.paused = not self.paused
        elif isinstance(self.session, Live):
            self.paused = False
            raced = self.session.race.opened is not None
            from tui.cli import new_seed

            self.session.start(new_seed() if raced else None)

    def action_cancel(self) -> None:
        """End the race."""
        if live := self._may("cancel"):
            self.paused = False
            live.cancel()

    def action_again(self) -> None:
        """The same race once more."""
        if isinstance(self.session, Replay):
            self.paused = False
            self.session.again()
        elif live := self._may("again"):
            live.start()

    def _scale(self, name: str, factor: float) -> None:
        if not (live := self._may("size")):
            return
        parameter = catalog.find(live.plan.workload).parameter(name)
        value = live.plan.params[name]
        assert isinstance(value, int | float)
        wanted = type(parameter.default)(max(value * factor, parameter.minimum))
        try:
            changed = {**live.plan.params, name: parameter.check(wanted if wanted != value else value)}
        except BadInput as error:
            self.notify(str(error), severity="warning", timeout=4)
            return
        live.plan = replace(live.plan, params=changed)

    def action_fewer(self) -> None:
        """Half as many tasks."""
        self._scale("tasks", 0.5)

    def action_more(self) -> None:
        """Twice as many tasks."""
        self._scale("tasks", 2)

    def action_smaller(self) -> None:
        """Half the work a task."""
        self._scale(self._size_parameter(), 0.5)

    def action_larger(self) -> None:
        """Twice the work a task."""
        self._scale(self._size_parameter(), 2)

    def _size_parameter(self) -> str:
        """The parameter that says how large a task is: by custom the second."""
        return catalog.find(self.session.plan.workload).parameters[1].name

    def action_settings(self) -> None:
        """All parameters, checked while one types."""
        if live := self._may("settings"):

            def take(plan: Plan | None) -> None:
                if plan:
                    live.plan = plan

            self.push_screen(SettingsSheet(live.plan), take)

    def action_workload(self) -> None:
        """Choose what to race."""
        if live := self._may("workload"):

            def take(name: str | None) -> None:
                if name:
                    live.choose(name)

            self.push_screen(WorkloadSheet(), take)

    def action_schedule(self) -> None:
        """Together, or in turn."""
        if live := self._may("schedule"):
            other = "in-turn" if live.plan.schedule == "together" else "together"
            live.plan = replace(live.plan, schedule=other)  # type: ignore[arg-type]

    def action_startup(self) -> None:
        """Count the start-up in times and speedup, or not."""
        self.session.count_startup = not self.session.count_startup

    def action_next_theme(self) -> None:
        """Dark, light, contrast, in a circle."""
        names = [made.name for made in themes.textual_themes()]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def action_help(self) -> None:
        """Show or hide what this screen shows and all keys."""
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


def default_plan() -> Plan:
    """π with its defaults, serial against Ray, scheduled as this machine allows."""
    from tui.cli import new_seed

    return Plan(PI.name, PI.complete({}), new_seed(), schedule=usual_schedule())


def start(
    plan: Plan | None, options: EngineOptions, record: Path | None = None,
    replay: Sequence[ev.AnyEvent] | None = None, theme: str = "dark", ascii: bool = False,
) -> int:  # fmt: skip
    """Run the app to its end; returns the exit status. Raises BadInput if the recording can't be made."""
    recording = recorder(record)
    try:
        return asyncio.run(_run(plan, options, recording, replay, theme, ascii))
    finally:
        if recording:
            recording.close()


async def _run(
    plan: Plan | None, options: EngineOptions, recording: Any,
    replay: Sequence[ev.AnyEvent] | None, theme: str, ascii: bool,
) -> int:  # fmt: skip
    session: Live | Replay = Replay(replay) if replay else Live(plan or default_plan(), options, recording)
    app = RaytasksApp(session, theme, ascii, begin=plan is not None)
    try:
        await app.run_async()
    finally:
        if isinstance(session, Live):
            with contextlib.suppress(OSError):
                print("Stopping Ray …", file=sys.stderr, flush=True)
            await session.close()
    return app.return_value if app.return_value is not None else app.return_code or 0
