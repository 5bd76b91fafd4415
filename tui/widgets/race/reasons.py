"""Why lanes failed or were cancelled, and that their actors lost their state, in lines for the
timeline.
"""

import textwrap
from collections.abc import Sequence

from tui.drawing.page import Page
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.states import state_mark
from workloads.core.errors import plain
from workloads.ledger.actors import restart_texts


def reasons_of(views: Sequence[LaneView], page: Page, stated: str) -> list[list[str]]:
    """The lines under each lane on why it failed or was cancelled, or else on actors that restarted
    empty; of equal reasons the first, and none that is `stated` elsewhere on the screen.
    """
    reasons = []
    for view in views:
        reason = plain(view.lane.reason, 400)
        if not _ended_early(view) or _cause(reason) in stated:
            reason = ""
        stated += reason
        lines = _wrapped(view.lane.state, reason, page)
        reasons.append(lines or _restarts(view, page, stated))
    return reasons


def _restarts(view: LaneView, page: Page, stated: str) -> list[str]:
    """That actors of the lane lost their state."""
    said = " ".join(restart_texts(view.lane.engine, view.lane.actors))
    if not said or said in stated:
        return []
    return _lines(page.pick("↻", "R"), said, page)


def _cause(reason: str) -> str:
    """The reason without what failed in front of it, and without its full stop."""
    what, colon, cause = reason.rstrip(".").partition(": ")
    if colon:
        return cause
    return what


def _ended_early(view: LaneView) -> bool:
    """True if the lane failed, or its run ended without an answer."""
    lane = view.lane
    return lane.stopped or ((lane.zero is None or view.over) and lane.wall_s is None)


def _wrapped(state: str, reason: str, page: Page) -> list[str]:
    """A reason in at most two lines behind its mark; none for no reason."""
    if not reason:
        return []
    mark = state_mark("failed", page)
    if state == "cancelled":
        mark = state_mark("cancelled", page)
    return _lines(mark, reason, page)


def _lines(mark: str, words: str, page: Page) -> list[str]:
    """Words in at most two lines behind a mark."""
    placeholder = ""
    if page.width > 8:
        placeholder = page.pick("…", "...")
    return textwrap.wrap(
        f"{mark} {page.words(words)}",
        max(page.width - 1, 1),
        max_lines=2,
        placeholder=placeholder,
    )
