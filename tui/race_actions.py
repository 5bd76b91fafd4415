"""The keys that change, start and end races."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.screen import ModalScreen

from tui.key_handling import KeyHandlingApp
from workloads import catalog
from workloads.core.errors import BadInput, plain
from workloads.lanes.plan import lanes_for, next_drain, next_schedule

if TYPE_CHECKING:
    from workloads.core.task import Parameter, Workload
    from workloads.lanes.coordinator import Plan
    from workloads.sweeps.kinds import Sweep


class RacingApp(KeyHandlingApp):
    """An app whose keys plan, start and end the session's races."""

    def _ask(self, sheet: ModalScreen[Any], take: Callable[[Any], Any]) -> None:
        """Open a sheet; `take` gets what it returns."""
        if not isinstance(self.screen, ModalScreen):
            self.push_screen(sheet, take)

    def _show_plan(self) -> None:
        """Say what the next race is where the screen doesn't."""
        if self.current_mode != "race":
            self.notify(self.sentence(), timeout=4, markup=False)

    def action_go(self) -> None:
        """Start a race; while one runs, freeze or resume the view; in a replay, pause or play."""
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

    @property
    def _workload(self) -> "Workload":
        return catalog.find(self.session.plan.workload)

    def _scale(self, parameter: "Parameter | None", factor: float) -> None:
        """Scale that parameter of the workload."""
        plan = self.session.plan
        if parameter is None or isinstance(value := plan.params[parameter.name], str):
            self.notify("This workload has no setting to halve or double.", timeout=4)
            return
        scaled = type(parameter.default)(max(value * factor, parameter.minimum))
        try:
            params = {**plan.params, parameter.name: parameter.check(scaled)}
        except BadInput as error:
            self.warn(str(error))
            return
        if params == plan.params:
            name = plain(parameter.name, 40)
            self.notify(f"{name} is already at its minimum, {value:,}.", timeout=4, markup=False)
            return
        self.session.plan = replace(plan, params=params)
        self._show_plan()

    def action_fewer(self) -> None:
        """Half as many tasks."""
        self._scale(next(iter(self._workload.parameters), None), 0.5)

    def action_more(self) -> None:
        """Twice as many tasks."""
        self._scale(next(iter(self._workload.parameters), None), 2)

    def action_smaller(self) -> None:
        """Half the work per task."""
        self._scale(self._workload.size_parameter(), 0.5)

    def action_larger(self) -> None:
        """Twice the work per task."""
        self._scale(self._workload.size_parameter(), 2)

    def action_settings(self) -> None:
        """All parameters, checked while you type."""

        def take(plan: "Plan | None") -> None:
            if plan and not self.why_not("settings"):
                self.session.plan = plan

        from tui.sheets.settings import SettingsSheet

        sheet = SettingsSheet(self.session.plan, self.session.options, faults=not self.readonly)
        self._ask(sheet, take)

    def action_workload(self) -> None:
        """Choose what to race."""

        def take(name: str | None) -> None:
            if name and not self.why_not("workload"):
                lanes = lanes_for(self.session.plan, name)
                self.session.choose(name)
                if lanes != self.session.plan.lanes:
                    self.session.choose_lanes(lanes)

        from tui.sheets.workload import WorkloadSheet

        self._ask(WorkloadSheet(self.session.plan.workload), take)

    def action_lanes(self) -> None:
        """Choose the lanes."""

        def take(lanes: tuple[str, ...] | None) -> None:
            if lanes and not self.why_not("lanes"):
                self.session.choose_lanes(lanes)

        from tui.sheets.lanes import LanesSheet

        self._ask(LanesSheet(self.session.plan.lanes), take)

    def action_sweep(self) -> None:
        """Choose what to sweep over."""
        session = self.session

        async def take(sweep: "Sweep | None") -> None:
            if sweep and not self.why_not("sweep"):
                await self._begin_sweep(sweep)

        from tui.sheets.sweep import SweepSheet

        sheet = SweepSheet(session.plan, session.measured(), session.sweep, session.elsewhere)
        self._ask(sheet, take)

    async def action_best(self) -> None:
        """The same race again and again, lanes interleaved."""
        from workloads.sweeps.kinds import KINDS
        from workloads.sweeps.values import read

        plan = self.session.plan
        await self._begin_sweep(read("runs", KINDS["runs"].usual(plan), plan))

    async def _begin_sweep(self, sweep: "Sweep") -> None:
        self.paused = False
        self.session.start_sweep(sweep)
        await self.switch_mode("compare")

    def action_schedule(self) -> None:
        """Alternating, in turn or together: the next of those that the race can have."""
        session = self.session
        following = next_schedule(session.plan, session.options)
        session.plan = replace(session.plan, schedule=following)
        self._show_plan()

    def action_drain(self) -> None:
        """Take results by ray.wait, by one ray.get, or by ray.get in the submitting loop."""
        session = self.session
        session.plan = replace(session.plan, drain=next_drain(session.plan))
        self._show_plan()

    def action_startup(self) -> None:
        """Count the start-up in times and speedup, or not."""
        counted = self.session.count_startup = not self.session.count_startup
        if self.session.race.ended is None or self.current_mode in ("picture", "tasks", "log"):
            how = {True: "included in", False: "excluded from"}[counted]
            self.notify(f"Start-up time is {how} times and speedup.", timeout=4)
