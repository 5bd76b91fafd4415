"""A process that cancels many runs of threads, or none, then answers each line of input with the
time of a plain loop.

Run by test_interrupts as `python -m tests.unit.engines.interrupts CANCELS`.
"""

import faulthandler
import random
import sys
import threading
import time
from collections.abc import Iterator

from workloads.core import events as ev
from workloads.core.task import Progress, Task
from workloads.engines import Demand, EngineOptions, Stop, WarmUp
from workloads.engines.threads import Threads

PATIENCE_S = 120
OVER = (ev.Finished, ev.Failed, ev.Cancelled)


def spins() -> None:
    while True:
        pass


def reports() -> Iterator[Progress]:
    for number in range(1_000_000):
        yield Progress(number, 1_000_000)


def tidies_up() -> int:
    try:
        spins()
    finally:
        sum(range(1000))
    return 1


def tiny() -> int:
    return 1


FUNCTIONS = (spins, reports, tidies_up, tiny)


def cancelled_run(engine: Threads, number: int, seed: int) -> None:
    """One run, cancelled at some moment, twice; each of its tasks has ended exactly once."""
    chance = random.Random(seed)
    functions = chance.choices(FUNCTIONS, k=30)
    tasks = [Task(place, function, ()) for place, function in enumerate(functions)]
    stop = Stop()
    stop.begin(number)
    engine.prepare(tasks, WarmUp(), Demand(workers=3), stop)

    def cancel() -> None:
        time.sleep(chance.random() * 0.004)
        stop.request(number)
        stop.request(number)

    canceller = threading.Thread(target=cancel, daemon=True)
    canceller.start()
    ended = [event.task for event in engine.run(tasks, stop) if isinstance(event, OVER)]
    canceller.join()
    assert sorted(ended) == list(range(30)), ended


def loop_s() -> float:
    """CPU seconds of a plain loop."""
    began = time.thread_time()
    total = 0
    for number in range(200_000):
        total += number
    return time.thread_time() - began


def traced() -> int:
    """How many lines a trace function sees of a small function."""
    lines = 0

    def look(frame: object, event: str, argument: object) -> object:
        nonlocal lines
        lines += event == "line"
        return look

    sys.settrace(look)  # type: ignore[arg-type]
    tiny()
    sys.settrace(None)
    return lines


def main() -> None:
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
    engine = Threads(EngineOptions(cpus=3))
    engine.open(lambda event: None)
    for number in range(1, int(sys.argv[1]) + 1):
        cancelled_run(engine, number, number)
    print("traced", traced(), flush=True)
    for _ in sys.stdin:
        print(loop_s(), flush=True)


if __name__ == "__main__":
    main()
