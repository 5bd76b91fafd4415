"""The picture of π as a part of a screen: points, curve and digits, brought up to date together."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tui.drawing.lines import Lines
from tui.session import Session
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.fold import PiFold
from tui.widgets.pi.lane import PiLane
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter, ScatterView

PanelOf = Callable[..., AbstractContextManager[None]]
"""Keeps a fault to the widgets that it is given; see BaseScreen.panel."""


def broken(session: Session, *widgets: Lines) -> bool:
    """True if the workload's picture can't follow the events any more; the widgets then say why."""
    why = session.broken.get("picture", "")
    for widget in widgets if why else ():
        widget.fail(why)
    return bool(why)


def show_pi(
    session: Session, panel: PanelOf, scatter: Scatter, curve: Convergence, readout: PiReadout
) -> None:
    """Bring the three widgets up to date; each can fail alone."""
    if broken(session, scatter, curve, readout):
        return
    with panel(scatter, curve, readout):
        rows = pi_lanes(session)
    if scatter.failure:
        return
    with panel(scatter):
        view = ScatterView(PiFold(), 0.0, "")
        if rows:
            view = ScatterView(rows[-1].fold, rows[-1].t, rows[-1].engine)
        scatter.update(view)
    with panel(curve):
        curve.update(rows)
    with panel(readout):
        readout.update(rows)


def pi_lanes(session: Session) -> list[PiLane]:
    """Each lane's π so far, the one to look at last."""
    rows = []
    for view in session.views():
        fold = session.folds.get(view.lane.name)
        if view.lane.zero is not None and isinstance(fold, PiFold):
            rows.append(PiLane(view.lane.engine, fold, view.t, view.ghost))
    live = session.live_lane()
    return sorted(rows, key=lambda row: live is not None and row[0] == live.engine)
