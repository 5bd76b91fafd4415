"""How the timeline shares its lines among lanes."""

from collections.abc import Sequence
from typing import NamedTuple


class Layout(NamedTuple):
    """How many lines everything gets; `rows` are the lines under each lane's bar. `drivers` says
    that there is a line for each driver, too, and `strips` that there are strips.
    """

    axis: int
    blank: int
    rows: tuple[int, ...]
    tall: int = 1
    gap: int = 0
    drivers: bool = False
    strips: bool = False


class Extras(NamedTuple):
    """Lines for the drivers and for strips, where there is room for all of them."""

    drivers: int = 0
    strips: int = 0


NO_EXTRAS = Extras()

ROOMY = 24
"""Lines from which on there are strips although not all rows are in view."""


def lay_out(wants: Sequence[int], height: int, extras: Extras = NO_EXTRAS) -> Layout:
    """Share `height` lines among lanes that want that many rows each, and drivers and strips.

    What goes first: the tallest rows, the strips, tall rows, blank lines, the drivers, then rows
    (the lane with most gives first, of those with as many the first: the last lane is the one to
    look at), the axis.
    """
    drivers, strips = extras
    if strips:
        layout = lay_out(wants, height - strips, Extras(drivers))
        if layout.axis and (layout.tall > 1 or height - strips >= ROOMY):
            return layout._replace(strips=True)
    if drivers:
        layout = lay_out(wants, height - drivers)
        if layout.axis == 2 and layout.rows == tuple(wants):
            return layout._replace(drivers=True)
    lanes, total = len(wants), sum(wants)
    axis = min(2, max(0, height - 2 * lanes))
    rest = height - axis - lanes
    if rest < total:
        rows = [0] * lanes
        for _ in range(max(rest, 0)):
            short = [i for i in range(lanes) if rows[i] < wants[i]]
            rows[min(short, key=lambda i: (rows[i], -i))] += 1
        return Layout(axis, 0, tuple(rows))
    spare = rest - total
    blank = int(lanes > 1 and spare >= lanes - 1)
    spare -= blank * (lanes - 1)
    for tall, gap in ((3, 1), (2, 1), (1, 1)):
        if (blank or lanes == 1) and total * (tall - 1) + (total - lanes) * gap <= spare:
            return Layout(axis, blank, tuple(wants), tall, gap)
    return Layout(axis, blank, tuple(wants))
