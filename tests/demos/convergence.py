"""The curves of two invented runs of the π workload."""

from tests.demos import Demo
from tests.fabricate_pi import two_runs
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.lane import PiLane


def demo() -> Demo:
    folds, widget = two_runs(), Convergence()
    return Demo(
        widget,
        lambda now: widget.update([PiLane(engine, fold, now) for engine, fold in folds.items()]),
    )


if __name__ == "__main__":
    demo().play()
