"""The app's first actions, and its look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.drawing.pixels import TerminalImages
    from workloads.sweeps.kinds import Sweep


@dataclass(frozen=True)
class Opening:
    """The actions once the first screen is there: begin a race, or a sweep; show `notes`."""

    begin: bool = False
    sweep: "Sweep | None" = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Appearance:
    """The look of the app: a theme (dark, light, contrast), ASCII characters only or not, and
    pictures by the terminal that holds `images` (None: in half-blocks). `readonly` switches off the
    keys that intervene in a race.
    """

    theme: str = "dark"
    ascii: bool = False
    images: "TerminalImages | None" = None
    readonly: bool = False
