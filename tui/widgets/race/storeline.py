"""One line on the object store: how full it is, what was put into it and how long that took."""

from tui.drawing.digits import to_ascii
from tui.drawing.lines import Line, Lines
from tui.drawing.spans import EIGHTHS, Cells
from tui.drawing.themes import Palette, palette
from workloads.ledger.tables import Store

BAR = 16


def megabytes(count: float) -> str:
    """`36 MB`, `1,024 MB`."""
    return f"{count / 1e6:,.0f} MB"


def draw_store(store: Store, width: int, colors: Palette, ascii: bool = False) -> Line:
    """The line in `width` cells; the figures that don't fit are left out from the end."""
    cells = Cells(width, colors.panel)
    cells.put(1, "object store", colors.text, bold=True)
    share = min(store.used / store.capacity, 1.0) if store.capacity else 0.0
    eighths = round(share * BAR * 8)
    bar = "#" * round(share * BAR) if ascii else "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
    cells.put(14, " " * BAR, None, colors.rule)
    cells.put(14, bar, colors.ray, colors.rule)
    figures = [f"{store.used / 1e6:,.0f} of {megabytes(store.capacity)}"]
    if store.puts:
        each = store.put_s / store.puts * 1000
        figures += [
            f"{store.puts} put, {megabytes(store.put_bytes)}",
            f"{each:.0f} ms each",
            f"read and decoded in {store.load_s / store.puts * 1000:.0f} ms each",
        ]
    spilled = (
        f"{megabytes(store.spilled)} spilled to disk at the peak"
        if store.spilled
        else "nothing spilled"
    )
    if store.spilled is not None:
        figures.insert(1, spilled)
    x = 14 + BAR + 2
    for index, figure in enumerate(figures):
        words = (" · " if index else "") + figure
        if x + len(words) > width:
            break
        ink = colors.failed if store.spilled and figure == spilled else colors.dim
        cells.put(x, to_ascii(words) if ascii else words, ink)
        x += len(words)
    return cells.line()


class StoreLine(Lines):
    """The object store of the lane that has one."""

    DEFAULT_CSS = "StoreLine { height: 1; }"

    _store = Store()

    def update(self, store: Store) -> None:
        """Show this store."""
        self._store = store
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The line."""
        return [draw_store(self._store, width, palette(self.app.theme), self.ascii)]
