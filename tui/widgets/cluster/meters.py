"""Meters: how much of something is held, as a bar with its figures."""

from typing import NamedTuple

from tui.drawing.cells import Cells
from tui.drawing.page import Page
from workloads.core.wording import size_text
from workloads.ledger.lane import Lane
from workloads.ledger.nodes import NodeRow
from workloads.ledger.rows import WorkerRow
from workloads.ledger.usage import ResourceUse, resource_uses

WIDTH, NAME, BAR = 35, 7, 8
"""Cells of a meter, of its name, and of its bar."""


class Meter(NamedTuple):
    """A bar of two shares (0…1), of the lane and of others, between a name and a text."""

    name: str
    share: float
    others: float
    text: str
    bad: bool = False


def meters_of(lane: Lane, node: NodeRow, workers: list[WorkerRow]) -> list[Meter]:
    """The meters of a node: its resources, then its object store."""
    meters = [_of_resource(use) for use in resource_uses(lane, node, workers)]
    if node.store_bytes:
        text = _bytes_text(node.store_used, node.store_bytes)
        if node.spilled:
            text = f"{size_text(node.spilled)} spilled"
        share = node.store_used / node.store_bytes
        meters.append(Meter("store", share, 0.0, text, bool(node.spilled)))
    return meters


def _of_resource(use: ResourceUse) -> Meter:
    total = use.total or 1.0
    amounts = f"{use.held + use.others:g} of {use.total:g} held"
    if use.name == "memory":
        amounts = _bytes_text(use.held + use.others, use.total)
    return Meter(use.name, use.held / total, use.others / total, amounts)


def _bytes_text(part: float, total: float) -> str:
    return f"{part / 1e6:,.0f} of {size_text(total)}"


def put_meter(cells: Cells, x: int, meter: Meter, engine: str, page: Page) -> None:
    """Draw a meter from cell `x` on."""
    colors = page.colors
    cells.put(x, page.clip_foreign(meter.name, NAME), colors.dim)
    at = x + NAME + 1
    cells.put(at, page.pick("─", "-") * BAR, colors.rule)
    held = _cells(meter.share)
    both = max(_cells(meter.share + meter.others), held + bool(meter.others))
    cells.put(at, page.pick("╍", "%") * min(both, BAR), colors.dim)
    cells.put(at, page.pick("━", "=") * held, colors.lane(engine), bold=True)
    ink = colors.text
    if meter.bad:
        ink = colors.failed
    cells.put(at + BAR + 1, page.clip(meter.text, WIDTH - NAME - BAR - 3), ink)


def _cells(share: float) -> int:
    """The cells of a bar that a share takes: one at least for any, and all only for all."""
    if share <= 0:
        return 0
    if share >= 1:
        return BAR
    return min(max(round(share * BAR), 1), BAR - 1)
