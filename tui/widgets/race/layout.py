"""How the timeline shares its lines among lanes."""

from collections.abc import Sequence
from typing import NamedTuple


class Layout(NamedTuple):
    """How many lines everything gets; `rows` are the lines under each lane's bar. `drivers` says
    that there is a line for each driver, too.
    """

    axis: int
    blank: int
    rows: tuple[int, ...]
    tall: int = 1
    gap: int = 0
    drivers: bool = False


def lay_out(wants: Sequence[int], height: int, drivers: int = 0) -> Layout:
    """Share `height` lines among lanes that want that many rows each, and a line for each of the
    `drivers`.

    What goes first: tall rows, blank lines, the drivers, then rows (the lane with most gives first,
    of those with as many the first: the last lane is the one to look at), the axis.
    """
    if drivers:
        layout = lay_out(wants, height - drivers)
        if layout.axis and layout.rows == tuple(wants):
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
