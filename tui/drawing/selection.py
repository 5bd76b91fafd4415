"""Text that can be selected with the mouse, and copied with ctrl+c, in widgets that draw lines.

Textual does the same for its own widgets. Only widgets of text allow it: what others draw (spans,
bars, points) moves in every frame, and has no text that anybody would paste.
"""

from collections.abc import Iterable

from rich.cells import cell_len
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget


def selectable(widget: Widget, strip: Strip, y: int) -> Strip:
    """Line `y` of a widget's text: Textual learns from it what the mouse is on, and what is
    selected of it looks so.
    """
    selection = widget.text_selection
    span = selection and selection.get_span(y)
    if span:
        start, end = span
        if end < 0:
            end = len(strip.text)
        cuts = [cell_len(strip.text[:at]) for at in (start, end)]
        before, selected, after = strip.divide([*cuts, strip.cell_length])
        style = widget.screen.get_component_rich_style("screen--selection")
        strip = Strip.join([before, selected.apply_style(style), after])
    return strip.apply_offsets(0, y)


def selected_text(lines: Iterable[str], selection: Selection) -> tuple[str, str]:
    """The selected part of a widget's text, and what ends it, as `Widget.get_selection` returns
    them.
    """
    return selection.extract("\n".join(line.rstrip() for line in lines)), "\n"
