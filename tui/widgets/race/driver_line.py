"""A lane's driver on the timeline: its row above those of the workers, and that it is blocked."""

from collections.abc import Hashable

from tui.drawing.cells import Line
from tui.drawing.driver import DriverSpans, draw_driver
from tui.drawing.page import Page
from tui.widgets.race.axis_lines import Pen
from tui.widgets.race.lane_view import LaneView
from workloads.core.engine_info import engine_info
from workloads.core.wording import plural
from workloads.ledger.rows import WorkerRow


def has_driver(view: LaneView) -> bool:
    """True if it is known what the lane's driver did."""
    return view.lane.zero is not None and bool(view.lane.driver)


def driver_line(view: LaneView, pen: Pen) -> Line:
    """The lane's driver on the axis, named in the margin."""
    lane = view.lane
    refs = engine_info(lane.engine).has_refs
    spans = DriverSpans(lane.driver, view.t, lane.engine, _cpu_s(view), refs, view.ghost)
    colors, axis = pen.axis.page.colors, pen.axis.later(view.offset)
    return pen.beside("driver", colors.dim, draw_driver(spans, axis))


def driver_key(view: LaneView, pen: Pen) -> Hashable:
    """Everything that the look of the line depends on."""
    lane, tip = view.lane, None
    if not view.over:
        tip = pen.axis.eighth(view.t + view.offset)
    return lane.engine, lane.driver.version, tip, _cpu_s(view), view.ghost, view.offset, pen


def _cpu_s(view: LaneView) -> float | None:
    """CPU seconds of the lane's process by now; None where they aren't known for that moment: a
    driver that computes tells them in the end.
    """
    lane = view.lane
    if lane.ended is not None and view.over:
        return lane.ended.driver_cpu_s
    if view.at_edge and lane.driver.now.state != "computing":
        return lane.driver.cpu_s
    return None


def blocked_text(view: LaneView, rows: list[WorkerRow], page: Page) -> str:
    """The words in place of workers of which nothing is known, as the driver waits in one
    `ray.get`; empty if it doesn't.
    """
    now = view.lane.driver.now
    if (
        not view.running
        or now.state != "getting"
        or view.lane.drain != "get"
        or any(row.count for row in rows)
    ):
        return ""
    text = f"blocked in ray.get: {now.tasks:,} {plural('task', now.tasks)}, state unknown"
    whole = f"{text} to the driver"
    if len(whole) <= page.width:
        return whole
    return page.clip(text, page.width)


def stamped_mark(view: LaneView, page: Page) -> str:
    """The mark of workers whose spans were filled in afterwards, from their own time stamps."""
    if view.lane.drain == "wait":
        return ""
    return page.pick("†", "+")
