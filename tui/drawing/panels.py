"""Panels, which keep a fault to themselves: a widget whose own failure is shown in its place, and
logged.
"""

from typing import Any, Protocol, runtime_checkable

from textual.message import Message
from textual.widget import Widget


@runtime_checkable
class Reporting(Protocol):
    """The app, which logs faults."""

    def report(self, where: str, error: Exception) -> str:
        """Log a fault in `where`; returns the sentence to show in its place."""


class Panel(Widget):
    """A widget that keeps working after a message of its own failed, and can show a reason instead
    of its content.
    """

    failure = ""
    """The reason why the panel shows nothing; empty if it does."""

    def report(self, error: Exception) -> str:
        """Log a fault in this panel; returns the sentence to show."""
        return report(self, error)

    def fail(self, why: str) -> None:
        """Show why there is nothing to show; empty: there is something again."""
        if why != self.failure:
            self.failure = why
            self.show_failure()

    def show_failure(self) -> None:
        """Draw `failure`, or what is shown otherwise."""

    async def _dispatch_message(self, message: Message) -> None:
        """Handle a message; without this, Textual ends the app where a handler fails."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.fail(self.report(error))


def report(node: Any, error: Exception) -> str:
    """Log a fault in a widget or screen; raises it where no app of ours is there to log it."""
    if not isinstance(node.app, Reporting):
        raise error
    return node.app.report(f"{type(node).__name__}", error)
