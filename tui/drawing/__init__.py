"""Drawing tools for widgets: lines, spans, digits, plots, pixels, themes."""
