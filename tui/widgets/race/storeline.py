"""One line on the object store: how full it is, what was put into it and how long that took."""

from tui.drawing.cells import EIGHTHS, Line
from tui.drawing.lines import Lines
from tui.drawing.page import Page
from workloads.core.wording import brief, size_text
from workloads.ledger.tables import StoreUsage

BAR = 16


def draw_store(store: StoreUsage, page: Page) -> Line:
    """The line; the figures that don't fit are left out from the end."""
    page = page.on(page.colors.panel)
    cells, colors = page.cells(), page.colors
    cells.put(1, "object store", colors.text, bold=True)
    cells.put(14, " " * BAR, None, colors.rule)
    cells.put(14, _bar(store, page), colors.ray, colors.rule)
    x = 14 + BAR + 2
    for words, ink in _figures(store, page):
        if x + len(words) > page.width:
            break
        cells.put(x, page.words(words), ink)
        x += len(words)
    return cells.line()


def _bar(store: StoreUsage, page: Page) -> str:
    """How full the store is, in at most BAR cells."""
    if not store.capacity:
        return ""
    share = min(store.used / store.capacity, 1.0)
    if page.ascii:
        return "#" * round(share * BAR)
    eighths = round(share * BAR * 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _figures(store: StoreUsage, page: Page) -> list[tuple[str, str]]:
    """The texts behind the bar, each with its colour."""
    dim = page.colors.dim
    held = f"{size_text(store.used)} still held of {size_text(store.capacity)}"
    figures = [(held, dim)]
    if store.spilled:
        spilled = f" · {size_text(store.spilled)} spilled to disk at the peak"
        figures.append((spilled, page.colors.failed))
    elif store.spilled is not None:
        figures.append((" · nothing spilled", dim))
    if store.puts:
        put, read = brief(store.put_s / store.puts), brief(store.load_s / store.puts)
        figures += [
            (f" · {size_text(store.put_bytes)} stored in total", dim),
            (f", {store.puts:,} objects in {put} each", dim),
            (f" · read and decoded in {read} each", dim),
        ]
    return figures


class StoreLine(Lines):
    """The object store of the lane that has one."""

    DEFAULT_CSS = "StoreLine { height: 1; }"

    _store = StoreUsage()

    def update(self, store: StoreUsage) -> None:
        """Show this store."""
        self._store = store
        self.redraw()

    def draw(self, page: Page) -> list[Line]:
        """The line."""
        return [draw_store(self._store, page)]
