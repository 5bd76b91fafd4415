"""A lane's fold of π and the moment to draw it at: what the π widgets are given."""

from typing import NamedTuple

from tui.drawing.page import Page
from tui.widgets.pi.fold import PiEstimate, PiFold


class PiLane(NamedTuple):
    """An engine, its fold, the seconds into its run, and whether it is a ghost."""

    engine: str
    fold: PiFold
    t: float
    ghost: bool = False

    @property
    def estimate(self) -> PiEstimate | None:
        """π as known at that moment."""
        return self.fold.estimate_at(self.t)

    def color(self, page: Page) -> str:
        """The lane's colour, subdued for a ghost."""
        color = page.colors.lane(self.engine)
        if self.ghost:
            return page.colors.subdued(color, page.ground)
        return color
