"""The size of the default race: such that it takes about as long on any machine."""

import math
from dataclasses import replace

from workloads import catalog
from workloads.core.task import Params
from workloads.lanes.plan import Plan

SERIAL_S = 8.0
"""Seconds that one core should need for the default race."""

SERIES = (1, 2, 5, 10)
"""The first digits of a size."""


class Sizing:
    """What a session knows of the size of its default race."""

    sizing = False
    """True while it is measured how fast this machine is."""

    sized: tuple[Params, float] | None = None
    """The parameters of the default race once they suit this machine, and the seconds that one core
    needs for it.
    """


def sized(plan: Plan, rate: float) -> tuple[Plan, float]:
    """The plan with as much work per task as brings one core near SERIAL_S, and the seconds that it
    then needs. `rate` is what it does per second (see Workload.rate), > 0.
    """
    workload = catalog.find(plan.workload)
    size, tasks = workload.size_parameter(), int(plan.params["tasks"])
    assert size is not None
    wanted = max(SERIAL_S * rate / tasks, 1)
    decade = 10 ** math.floor(math.log10(wanted))
    nearest = min(
        (first * decade for first in SERIES), key=lambda each: abs(math.log(each / wanted))
    )
    value = int(min(max(nearest, size.minimum), size.maximum))
    return replace(plan, params={**plan.params, size.name: value}), tasks * value / rate
