"""The app's keys: why one can't act, what is shown once one has, and the notices that say so."""

from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from textual import actions
from textual.dom import DOMNode

from tui import guide
from tui.drawing.ascii import to_ascii
from tui.input_order import OrderedInput
from tui.keys import Hint, Keys

if TYPE_CHECKING:
    from tui.session import Session
    from workloads.ledger.lane import Lane

BEFORE_OPENING = ("quit", "next_theme", "help_quit", "suspend")
"""The actions that need no session."""


@runtime_checkable
class Ticking(Protocol):
    """A screen that can be brought up to date at once."""

    @property
    def is_active(self) -> bool:
        """True for the screen on show."""

    def tick(self, force: bool = False) -> None:
        """Draw a frame."""


@runtime_checkable
class Explaining(Protocol):
    """The app or a screen, which can say why a key of its own has nothing to act on."""

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why the action can't be done now; empty if it can."""


class KeyHandlingApp(OrderedInput):
    """An app that says why a key can't act, and keeps running where a key fails."""

    def __init__(self, ascii: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.ascii = ascii
        self.paused = self.readonly = False
        self._session: Session | None = None

    @property
    def opened(self) -> bool:
        """True once there is a session."""
        return self._session is not None

    @property
    def session(self) -> "Session":
        """The race or replay; there is none before the first paint."""
        assert self._session is not None
        return self._session

    @property
    def keys(self) -> Keys:
        """The keys in force."""
        return Keys(self._keymap)

    # -- texts: `guide` words them -----------------------------------------------------------------

    def printable(self, text: str) -> str:
        """The text, without other characters than ASCII if the app draws with these only."""
        if self.ascii:
            return to_ascii(text)
        return text

    def sentence(self) -> str:
        """The line above the keys: what to do, what is going on, or how it came out."""
        return guide.sentence(self.session, self.size.width, self.keys)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of the app can't act now; empty if it can."""
        opens = {"switch_mode": parameters, "code": ("code",)}.get(action)
        if opens == (self.current_mode,):
            return "This screen is open already."
        if not self.opened or (action == "go" and self.paused):
            return ""
        if action in ("next_failed", "slowest") and self.session.race.opened:
            from tui.jumps import why_no_jump

            return why_no_jump(action, self.listed_lanes())
        return guide.why_not(self.session, self.keys, action, parameters)

    def featured_lane(self) -> "Lane | None":
        """The lane that is looked at: the one that the screen has chosen, else that of the selected
        task, else the live one, else the last that has tasks.
        """
        chosen = getattr(self.screen, "chosen_lane", "")
        return self.session.featured_lane(chosen or self.session.selected_lane)

    def listed_lanes(self) -> "list[Lane]":
        """The lanes whose tasks are looked at: the one that the screen has chosen, else all."""
        chosen, lanes = getattr(self.screen, "chosen_lane", ""), self.session.shown_lanes()
        return [lane for lane in lanes if lane.name == chosen] or lanes

    def hints(self) -> list[Hint]:
        """The keys that matter now, the most useful first."""
        return guide.hints(self.session, self.paused)

    def warn(self, sentence: str) -> None:
        """Show a sentence on what went wrong or was left out."""
        self.notify(sentence, severity="warning", timeout=8, markup=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice, unless the same one is still on show."""
        message = self.printable(message)
        if all(notice.message != message for notice in self._notifications):
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def report(self, where: str, error: Exception) -> str:
        """Log a fault of ours or of a plugin's in `where`; returns the sentence to show in its
        place.
        """
        if not self.opened:
            raise error
        return self.session.failures.add(where, error)

    # -- keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey (None) for what can't act now; before the first screen is there only
        leaving works.
        """
        if not self.opened:
            return action in BEFORE_OPENING or None
        return not self.why_not(action, parameters) or None

    def hindrance(self, action: Any, node: DOMNode | None = None) -> str:
        """The reason why an action, as bindings name it, can't be done on a node (the app); empty
        if it can.
        """
        if isinstance(action, str):
            action = actions.parse(action)
        destination, name, parameters = action
        target = {"app": self, "screen": self.screen, "": node or self}.get(destination)
        if not self.opened or not isinstance(target, Explaining):
            return ""
        return target.why_not(name, parameters)

    async def run_action(
        self, action: Any, default_namespace: DOMNode | None = None, *more: Any
    ) -> bool:
        """Do what a key asks for and show at once what it did, or say why it can't be done."""
        before = self.screen
        if why := self.hindrance(action, default_namespace):
            if not _leaves(action):
                self.notify(why, timeout=4, markup=False)
            return True
        try:
            done = await super().run_action(action, default_namespace, *more)
        except Exception as error:
            self.warn(self.report(f"The key for “{action}”", error))
            done = True
        if done and isinstance(before, Ticking) and before.is_active:
            before.tick(force=True)
        return done


def _leaves(action: Any) -> bool:
    """True for the way out of the innermost thing: who is out already needs no notice of it."""
    name: str = actions.parse(action)[1] if isinstance(action, str) else action[1]
    return name == "back"
