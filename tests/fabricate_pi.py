"""Invented runs of the π workload, for tests and demos of its picture."""

import random
from collections.abc import Iterator

from tui.widgets.pi.fold import PiFold
from workloads.builtin.pi import GRID, POINTS_KEPT
from workloads.core.events import Event, Finished, Progressed, RunStarted
from workloads.core.task import REPORT_EVERY


def fabricated_run(
    workers: int, tasks: int = 16, samples: int = 3_000_000, rate: float = 3e6, seed: int = 1
) -> Iterator[Event]:
    """The events of an invented run of the π workload, in order of time: for trying a picture
    alone.

    `workers` work side by side, each drawing `rate` samples a second.
    """
    dice = random.Random(seed)
    yield RunStarted(t=0, run=1, tasks=tasks, workers=workers)
    for wave in range(0, tasks, workers):
        began = wave // workers * samples / rate
        inside = [0] * tasks
        done = 0
        while done < samples:
            block = min(int(rate * REPORT_EVERY), samples - done)
            done += block
            for task in range(wave, min(wave + workers, tasks)):
                spread = 0.4105 * block**0.5
                inside[task] += min(block, max(0, round(dice.gauss(0.785398 * block, spread))))
                points = [dice.randrange(2 * GRID + 1) for _ in range(2 * min(POINTS_KEPT, block))]
                t = int((began + done / rate + 0.004 * (task - wave)) * 1e9)
                yield Progressed(
                    t=t,
                    task=task,
                    done=done,
                    total=samples,
                    partial=[min(inside[task], done), points],
                )
        for task in range(wave, min(wave + workers, tasks)):
            start, end = int(began * 1e9), int((began + samples / rate + 0.02) * 1e9)
            result = [samples, min(inside[task], samples)]
            yield Finished(
                t=end,
                task=task,
                worker=task - wave,
                start=start,
                cpu_s=samples / rate,
                result=result,
            )


def two_runs() -> dict[str, PiFold]:
    """What the picture shows of two runs: one worker on the serial lane, four on Ray's."""
    folds = {"serial": PiFold(), "ray": PiFold()}
    for fold, workers in zip(folds.values(), (1, 4), strict=True):
        for event in fabricated_run(workers, seed=workers):
            fold.apply(event)
    return folds
