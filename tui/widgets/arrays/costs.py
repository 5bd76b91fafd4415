"""The picture of tasks that read one array: for each lane the bytes that were copied for them, and
what of a worker's time per task was computing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from tui.drawing.cells import EIGHTHS, Cells, Line
from tui.drawing.listing import put_badge
from tui.drawing.page import Page
from tui.views import LanePicture, PictureLines
from tui.widgets.arrays.fold import ArrayCosts, ArraysFold
from workloads.core.wording import brief, lane_name, plural, rough_size

LEFT = 15
"""Cells for a lane's letter and name."""

WORDS = 53
"""Cells for the words behind a bar, where there is room for both."""

LEAST_BAR = 8

EMPTY = "After a race, this shows what each lane copied for its tasks, and what that took."


@dataclass(frozen=True)
class CostsLane:
    """A lane and its costs; a `ghost` is a finished run that plays again."""

    engine: str
    costs: ArrayCosts
    ghost: bool = False


@dataclass(frozen=True)
class _CostBar:
    """A bar of two parts, of which the first is solid, and words behind it."""

    lane: CostsLane
    solid: float
    whole: float
    words: str


def draw_costs(lanes: Sequence[CostsLane], page: Page) -> list[Line]:
    """The bytes copied, then the time of a worker per task: a bar for each lane, on one scale."""
    if page.empty:
        return []
    begun = [lane for lane in lanes if lane.costs.done or lane.costs.copied]
    if not begun:
        cells = page.cells()
        cells.put(1, page.clip(EMPTY, page.width - 2), page.colors.dim)
        return [cells.line()]
    copied = [
        _CostBar(lane, lane.costs.copied, lane.costs.copied, _copied(lane.costs)) for lane in begun
    ]
    times = [
        _CostBar(lane, lane.costs.computing_each_s, each_s, _times(lane.costs, each_s))
        for lane in begun
        if (each_s := lane.costs.worker_s) is not None
    ]
    high = 2 * (2 * len(begun) + 3) <= page.height
    legend = f"{page.pick('█', '#')} computing  {page.pick('░', ':')} the rest"
    lines = [
        *_section("Copied for the tasks", "", copied, page, high),
        page.blank(),
        *_section("Time of a worker per task", legend, times, page, high),
    ]
    if high:
        lines += [page.blank(), *_explained(page)]
    return lines[: page.height]


def _section(
    title: str, legend: str, rows: Sequence[_CostBar], page: Page, high: bool
) -> Iterator[Line]:
    """The title and a bar for each lane; with a line between bars where the page is `high`."""
    head = page.cells()
    head.put(1, title, page.colors.text, bold=True)
    head.put(cell_len(title) + 4, page.words(legend), page.colors.dim)
    yield head.line()
    longest = max((row.whole for row in rows), default=0.0)
    for row in rows:
        if high:
            yield page.blank()
        yield _bar(row, longest, page).line()


def _bar(row: _CostBar, longest: float, page: Page) -> Cells:
    cells, lane = page.cells(), row.lane
    ink = page.colors.lane(lane.engine)
    if lane.ghost:
        ink = page.colors.subdued(ink, page.ground)
    put_badge(cells, 1, lane.engine, page)
    cells.put(5, page.clip(lane_name(lane.engine), LEFT - 6), ink, bold=True)
    room = page.width - LEFT - WORDS
    x = LEFT
    if room >= LEAST_BAR:
        if longest > 0:
            _fill(cells, row.solid / longest * room, row.whole / longest * room, ink)
        x += room + 1
    cells.put(x, page.clip(row.words, page.width - x - 1), page.colors.text)
    return cells


def _fill(cells: Cells, solid: float, whole: float, ink: str) -> None:
    """A bar of so many cells, the first `solid` ones full; what isn't nothing is seen."""
    eighths = max(round(solid * 8), solid > 0)
    full, rest = divmod(eighths, 8)
    length = max(round(whole), full + (rest > 0))
    shade, block = "░█"
    if cells.ascii:
        shade, block = ":#"
        full, rest = max(round(solid), solid > 0), 0
    cells.put(LEFT, shade * length, ink)
    cells.put(LEFT, block * full, ink)
    if rest:
        cells.put(LEFT + full, EIGHTHS[rest], ink)


def _copied(costs: ArrayCosts) -> str:
    """How many bytes were copied, and how."""
    size = rough_size(costs.copied)
    if costs.calls:
        each = brief(costs.pickle_s / costs.calls)
        return f"{size}: pickled for {costs.calls:,} {plural('call', costs.calls)}, {each} each"
    if costs.puts:
        read = f"{costs.read_only:,} {plural('task', costs.read_only)} read it there"
        return f"{size}: put once in {brief(costs.put_s)}; {read}"
    return "nothing: read where it is"


def _times(costs: ArrayCosts, each_s: float) -> str:
    return f"{brief(each_s)}, of which {brief(costs.computing_each_s)} computing"


def _explained(page: Page) -> Iterator[Line]:
    """What the bars mean, on a page that has room for it."""
    for text in (
        "Pickled: the array is copied into each call, through a pipe, and out of it.",
        "Put: copied once into memory that all workers of a node map and read in place.",
        "There it is read-only: NumPy refuses to write, as all readers would see it.",
        "The rest of a worker's time: getting its task, fetching the array, waiting.",
    ):
        for line in wrap(page.words(text), page.width - 2):
            cells = page.cells()
            cells.put(1, line, page.colors.dim)
            yield cells.line()


class Costs(PictureLines):
    """The costs of all lanes."""

    _lanes: Sequence[CostsLane] = ()

    def show(self, lanes: Sequence[LanePicture], ascii: bool) -> None:
        """Draw the lanes; the page knows of `ascii` by itself."""
        self._lanes = [
            CostsLane(lane.engine, lane.fold.until(lane.t), lane.ghost)
            for lane in lanes
            if isinstance(lane.fold, ArraysFold)
        ]
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The lines."""
        return draw_costs(self._lanes, page)
