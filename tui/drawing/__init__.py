"""What widgets draw with: lines, spans, digits, plots, pixels, themes."""
