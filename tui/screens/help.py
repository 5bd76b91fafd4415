"""The help panel (F1 or ?): what the screen shows, its keys, marks and colours, the terms, and the
definitions of all figures, in one text that scrolls.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Markdown, Static

from tui.drawing.themes import palette
from tui.key_table import PALETTE, TABLE
from tui.keys import HELP
from tui.legend import LEGENDS
from workloads.core.glossary import GLOSSARY
from workloads.figures.definitions import DEFINITIONS, SYMBOLS

if TYPE_CHECKING:
    from tui.app import RaytasksApp

UPDATE_S = 0.5
"""Seconds after which a key that can act by now, or can't any more, is shown so."""

SCROLLS = " closes this help; {help.up} {help.down} and page keys scroll."
HEADS = ("Keys", "Keys that can't act now", "Marks and colours", "Terms", "Figures")

Node = App[None] | Screen[None]
"""What holds a binding."""

Row = tuple[str, str, str]
"""The keys, what they do, and why they can't now (empty if they can)."""


class Help(VerticalScroll):
    """The help of the screen it lies over; the screen keeps running, and all keys but those that
    scroll act on it.
    """

    DEFAULT_CLASSES = "-textual-system"
    BINDINGS: ClassVar[list[BindingType]] = HELP

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[list[Row], str] | None = None
        self._focused_before: Widget | None = None
        # Read before the help has the focus: its own keys that scroll hide those of the screen.
        self._keys: dict[str | None, tuple[Node, Binding]] = {}

    @property
    def raytasks(self) -> "RaytasksApp":
        """The app, by its type."""
        return self.app  # type: ignore[return-value]

    def compose(self) -> ComposeResult:
        """The screen's text, the keys, the legend and the terms."""
        keys, text = self.raytasks.keys, getattr(self.screen, "HELP", None) or ""
        text = f"*{keys.opening('help.close')}{SCROLLS}*\n\n{text}"
        yield Markdown(self.raytasks.printable(keys.fill(text)))
        yield Static(id="all-keys")

    def on_mount(self) -> None:
        """Take the focus, so that arrows and page keys scroll."""
        self._focused_before = self.screen.focused
        self._keys = self._active_keys()
        self.focus()
        self.fit(self.screen.size.height)
        self._update()
        self.set_interval(UPDATE_S, self._update)

    def fit(self, rows: int) -> None:
        """Leave the first and the last of the screen's rows free; what is docked would take all."""
        self.styles.height = max(rows - 2, 1)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Restyle the help alone: nothing in its long text depends on the focus."""
        self.app.stylesheet.update_nodes([self])

    def action_close(self) -> None:
        """Escape: leave."""
        self.close()

    def close(self) -> None:
        """Give the focus back and leave."""
        if self.has_focus:
            self.screen.set_focus(self._focused_before)
        self.remove()

    def _update(self) -> None:
        rows, theme = self._keys_now(), self.app.theme
        if (rows, theme) == self._drawn:
            return
        self._drawn = rows, theme
        can = [row for row in rows if not row[2]]
        cannot = [row for row in rows if row[2]]
        parts = zip(
            HEADS,
            (
                _can(can, theme),
                _cannot(cannot, theme),
                self._legend(),
                self._terms(),
                self._figures(),
            ),
            strict=True,
        )
        accent = palette(theme).accent
        shown: list[Text | Table] = []
        for head, table in parts:
            if table.row_count:
                shown += [Text(f"\n{head}", f"bold underline {accent}"), table]
        self.query_one("#all-keys", Static).update(Group(*shown))

    def _legend(self) -> Table:
        """The marks and colours of the screen."""
        colors, table = palette(self.app.theme), _table()
        for sign in LEGENDS.get(getattr(self.screen, "TAB", ""), ()):
            mark = sign.mark
            if self.raytasks.ascii:
                mark = sign.ascii
            meaning = self.raytasks.printable(sign.meaning)
            table.add_row(Text(mark, getattr(colors, sign.color)), Text(meaning, colors.text))
        return table

    def _terms(self) -> Table:
        """The glossary."""
        colors, table = palette(self.app.theme), _table(justify="left")
        for term, meaning in GLOSSARY.items():
            text = self.raytasks.printable(meaning.replace("`", ""))
            table.add_row(Text(term, f"bold {colors.text}"), Text(text, colors.text))
        return table

    def _figures(self) -> Table:
        """The definitions, each below its figure's name."""
        colors, table = palette(self.app.theme), Table.grid()
        table.add_row(Text(self.raytasks.printable(SYMBOLS), colors.dim))
        for each in DEFINITIONS:
            name, text = map(self.raytasks.printable, (each.name, each.text))
            table.add_row(Text(name, f"bold {colors.text}"))
            table.add_row(Padding(Text(text, colors.text), (0, 0, 0, 2)))
        return table

    def _active_keys(self) -> dict[str | None, tuple[Node, Binding]]:
        """The bindings of ours that are active, by their id."""
        return {
            binding.id: (node, binding)
            for node, binding, _, _ in self.screen.active_bindings.values()
            if isinstance(node, App | Screen) and binding.show
        }

    def _keys_now(self) -> list[Row]:
        """A row for each of the screen's bindings, in the order of the table of keys."""
        names, printable, active = self.raytasks.keys, self.raytasks.printable, self._keys
        rows, actions = [], set()
        for meaning in TABLE:
            if meaning.keys == PALETTE:
                rows.append((PALETTE, "Palette: find any command by name", ""))
            for use in meaning.uses:
                if use.id not in active:
                    continue
                node, binding = active[use.id]
                if (node, binding.action) in actions:  # escape follows, as f does
                    continue
                actions.add((node, binding.action))
                does = use.label
                if use.tooltip:
                    does += f": {use.tooltip}"
                why = self.raytasks.hindrance(binding.action, node)
                rows.append((printable(names.all(use.id)), printable(does), printable(why)))
        return rows


def _table(justify: Literal["left", "right"] = "right") -> Table:
    """Two columns: a short head, and a text that wraps beside it."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify=justify, no_wrap=True)
    table.add_column()
    return table


def _can(rows: list[Row], theme: str) -> Table:
    colors, table = palette(theme), _table()
    for keys, does, _ in rows:
        table.add_row(Text(keys, f"bold {colors.accent}"), Text(does, colors.text))
    return table


def _cannot(rows: list[Row], theme: str) -> Table:
    """Each reason once, and below it the keys that it holds for."""
    reasons: dict[str, list[str]] = {}
    for keys, does, why in rows:
        reasons.setdefault(why, []).append(f"{keys} {does.partition(':')[0]}")
    table, colors = Table.grid(), palette(theme)
    for why, named in reasons.items():
        table.add_row(Text(why, colors.text))
        table.add_row(Text("  " + " · ".join(named), colors.dim))
    return table
