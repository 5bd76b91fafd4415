"""The part of the time axis that is shown: a value, and what zooming and panning make of it."""

import math
from dataclasses import dataclass

MIN_SPAN_S = 1e-3
"""The shortest window in seconds: clocks of workers don't tell less apart."""

STEPS = 8
"""A window that follows moves on by one part of so many: it stands still in most frames."""


@dataclass(frozen=True)
class TimeWindow:
    """A window of the time axis, in seconds; with `follows` it moves on with the time."""

    begin: float
    end: float
    follows: bool = False

    @property
    def span(self) -> float:
        """Seconds from one end to the other."""
        return self.end - self.begin

    @property
    def seconds(self) -> tuple[float, float]:
        """Both ends."""
        return self.begin, self.end

    @property
    def middle(self) -> float:
        """The moment halfway."""
        return self.begin + self.span / 2

    def holds(self, t: float) -> bool:
        """True if the window shows that moment."""
        return self.begin <= t <= self.end

    def zoomed(self, factor: float, around: float) -> "TimeWindow":
        """A window `factor` times as long, at least MIN_SPAN_S, in which the moment `around` lies
        where it lay.
        """
        span = max(self.span * factor, MIN_SPAN_S)
        share = 0.5
        if self.span > 0:
            share = (around - self.begin) / self.span
        begin = around - share * span
        return TimeWindow(begin, begin + span, self.follows)

    def panned(self, seconds: float) -> "TimeWindow":
        """The window as many seconds later; it follows no more."""
        return TimeWindow(self.begin + seconds, self.end + seconds)

    def clamped(self, whole: "TimeWindow") -> "TimeWindow":
        """The nearest window that shows nothing beyond `whole`."""
        span = min(self.span, whole.span)
        begin = min(max(self.begin, whole.begin), whole.end - span)
        return TimeWindow(begin, min(begin + span, whole.end), self.follows)

    def following(self, now: float) -> "TimeWindow":
        """The window of the same length in whose last part, of STEPS, `now` lies."""
        step = self.span / STEPS
        if not step > 0 or not math.isfinite(now):
            return self
        end = (math.floor(now / step) + 1) * step
        return TimeWindow(end - self.span, end, follows=True)

    def showing(self, begin: float, end: float) -> "TimeWindow":
        """The window moved by as little as shows this part, or as much of it as it can from its
        beginning; it follows no more, unless that is shown already.
        """
        if self.begin <= begin and end <= self.end:
            return self
        if end - begin > self.span or begin < self.begin:
            return self.panned(begin - self.begin)
        return self.panned(end - self.end)
