"""Where a lane with an object store overtakes the others, as found by a sweep over sizes: it puts
the data once, whatever their number of readers.
"""

from collections.abc import Sequence
from typing import NamedTuple

from workloads.core.engine_info import engine_info
from workloads.core.wording import lane_name, rough_size
from workloads.figures.crossover import Crossover, Ratio, crossover, describe
from workloads.sweeps.fold import SweepFold


class Crossing(NamedTuple):
    """A lane and one with an object store: how many times as long the first took at each size, and
    where they cross, if they do.
    """

    lane: str
    store: str
    ratios: Sequence[Ratio]
    found: Crossover | None

    @property
    def faster(self) -> str:
        """The lane that is faster from the crossover on, or wherever one is clearly faster."""
        signs = [each.clear for each in self.ratios if each.clear]
        if self.found is not None:
            signs = [self.found.slower_later]
        return self.store if signs[-1] > 0 else self.lane

    @property
    def slower(self) -> str:
        """The other of the two."""
        return self.lane if self.faster == self.store else self.store

    @property
    def why_none(self) -> str:
        """Why there is no crossover; empty if there is one."""
        if self.found is not None:
            return ""
        clear = [each.size for each in self.ratios if each.clear]
        if len({each.clear for each in self.ratios if each.clear}) != 1:
            return describe(self.ratios)
        text = f"{_is(self.faster)} faster"
        if len(clear) == len(self.ratios):
            return f"{text} at every size measured, down to {rough_size(clear[0])}"
        if [each.size for each in self.ratios if each.size >= clear[0]] == clear:
            return f"{text} from {rough_size(clear[0])} on; below that, no difference is clear"
        if [each.size for each in self.ratios if each.size <= clear[-1]] == clear:
            return f"{text} up to {rough_size(clear[-1])}; above that, no difference is clear"
        return describe(self.ratios)


def crossings(fold: SweepFold) -> list[Crossing]:
    """Each lane of a sweep over sizes beside each that has an object store; serial isn't compared,
    whose one worker is another matter.
    """
    if fold.opened is None or fold.opened.sweep != "sizes":
        return []
    stores = [lane for lane in fold.compared_lanes if engine_info(lane).has_refs]
    others = [lane for lane in fold.compared_lanes if lane not in stores]
    return [_crossing(fold, lane, store) for store in stores for lane in others]


def _crossing(fold: SweepFold, lane: str, store: str) -> Crossing:
    found = (point.ratio(lane, store) for point in fold.points)
    ratios = sorted(ratio for ratio in found if ratio is not None)
    return Crossing(lane, store, ratios, crossover(ratios))


def about(found: Crossover) -> str:
    """The size to two digits: more would be noise."""
    return rough_size(float(f"{found.size:.2g}"))


def sentences(fold: SweepFold) -> list[str]:
    """Where lanes cross on this machine, or why they don't within the sizes measured."""
    return [_sentence(each, fold.elsewhere) for each in crossings(fold)]


def _sentence(crossing: Crossing, elsewhere: Sequence[str]) -> str:
    found, names = crossing.found, f"{lane_name(crossing.store)} and {lane_name(crossing.lane)}"
    if found is None:
        return f"{names} don't cross within these sizes: {crossing.why_none}."
    where = "on this machine "
    if crossing.store in elsewhere:
        where = ""
    between = f"between {rough_size(found.below)} and {rough_size(found.above)}"
    return (
        f"From about {about(found)} on, {_is(crossing.faster)} faster than "
        f"{lane_name(crossing.slower)} {where}({between})."
    )


def _is(lane: str) -> str:
    """`Ray is`, `processes are`."""
    name = lane_name(lane)
    return f"{name} are" if name.endswith("s") else f"{name} is"
