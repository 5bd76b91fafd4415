"""The readout of two invented runs of the π workload."""

from tests.demos import Demo
from tests.fabricate_pi import two_runs
from tui.widgets.pi.lane import PiLane
from tui.widgets.pi.readout import PiReadout


def demo() -> Demo:
    folds, widget = two_runs(), PiReadout()
    return Demo(
        widget,
        lambda now: widget.update([PiLane(engine, fold, now) for engine, fold in folds.items()]),
    )


if __name__ == "__main__":
    demo().play()
