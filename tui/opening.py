"""What the app is started with: what it does first, and how it draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.drawing.pixels import TerminalImages
    from workloads.sweeps.run import Sweep


@dataclass(frozen=True)
class Opening:
    """What the app does once its first screen is there: begin a race, or a sweep; show `notes`."""

    begin: bool = False
    sweep: "Sweep | None" = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Appearance:
    """How the app draws: with a theme (dark, light, contrast), in ASCII characters only, and
    pictures by the terminal that holds `images` (None: in half-blocks).
    """

    theme: str = "dark"
    ascii: bool = False
    images: "TerminalImages | None" = None
