"""Common parts of the pools of threads and of processes: their size, and how many
tasks they hand over at once.
"""

import math

from workloads.core.errors import BadInput, plain
from workloads.engines import Demand, EngineOptions
from workloads.machine.host import usable_cpus

GIVEN_BACK = 5
"""A kind of record beside those of `measure`: the task was not begun and waits again."""

BRIEF_S = 0.010
"""Tasks shorter than this go ahead to a worker that is still busy: the way to it would cost them
too much.
"""

HANDFUL_S = 0.004
HANDFUL_MOST = 64

LATE_S = 0.05
"""A worker that was handed brief tasks and is silent for so long has a long one: what waits behind
it is taken back.
"""

TELL_EVERY_S = 0.02
"""Seconds for which records of brief tasks may be held back, to travel together."""


def pool_size(demand: Demand, options: EngineOptions) -> int:
    """The number of workers of the pool; raises BadInput for resources that it can't have."""
    for name, amount in demand.resources.items():
        if amount:
            raise BadInput(
                f"Each task asks for {amount:g} {plain(name, 40)}, which the lane {options.engine} "
                "doesn't have: only Ray "
                "gives tasks such resources; race without this lane, or without the resource."
            )
    cpus = options.cpus or usable_cpus()
    return demand.workers or max(1, int(cpus // max(demand.num_cpus, 1)))


class Handfuls:
    """The number of tasks to hand a worker at once, from how long the last ones took.

    A long task goes alone, so that none waits behind it. The shorter tasks are, the more of them
    travel together; towards the end of a run handfuls get smaller, so that all workers end at the
    same time. A `batch` above 1 is how many are handed over at once instead, whatever they take.
    """

    def __init__(self, workers: int, batch: int = 1) -> None:
        self._workers, self._batch = workers, batch
        self._mean_s = math.inf

    def note(self, seconds: float) -> None:
        """A task took so long; one long among many short ones counts at once, a short one
        slowly.
        """
        self._mean_s = seconds if math.isinf(self._mean_s) else 0.9 * self._mean_s + 0.1 * seconds

    @property
    def brief(self) -> bool:
        """True if tasks are so short that the way to a worker counts; False until one has ended."""
        return self._mean_s < BRIEF_S

    @property
    def fixed(self) -> bool:
        """True if tasks travel in batches, none of which is taken back."""
        return self._batch > 1

    def handful(self, waiting: int) -> int:
        """The number of tasks to hand over at once, at least one, with `waiting` of them left."""
        if self.fixed:
            return max(1, min(self._batch, waiting))
        if not self.brief:
            return 1
        return max(
            1,
            min(
                HANDFUL_MOST,
                int(HANDFUL_S / max(self._mean_s, 1e-6)),
                waiting // (2 * self._workers),
            ),
        )
