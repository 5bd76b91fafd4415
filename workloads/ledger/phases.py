"""The phases of a lane's start-up, as the fold of its events sees them; the base of its ledger."""

from workloads.core import events as ev
from workloads.ledger.tables import Phase

MAX_PHASES = 31


class Phases:
    """The phases of a start-up in the order in which they began."""

    phases: list[Phase]

    def _on_phase_began(self, event: ev.PhaseBegan) -> None:
        self.phases = [phase for phase in self.phases if phase.name != event.name][-MAX_PHASES:]
        self.phases.append(Phase(event.name, event.t))

    def _on_phase_progressed(self, event: ev.PhaseProgressed) -> None:
        for phase in self.phases:
            if phase.name == event.name:
                phase.done, phase.total = event.done, event.total

    def _on_phase_ended(self, event: ev.PhaseEnded) -> None:
        for phase in self.phases:
            if phase.name == event.name and event.t >= phase.start:
                phase.end, phase.detail = event.t, event.detail
