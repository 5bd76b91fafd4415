"""The command line."""

from tui.cli.entry import main

__all__ = ["main"]
