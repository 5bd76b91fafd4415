"""The points of an invented run of the π workload."""

from tests.demos import Demo
from tests.fabricate_pi import two_runs
from tui.widgets.pi.scatter import Scatter, ScatterView


def demo() -> Demo:
    fold, scatter = two_runs()["ray"], Scatter()
    return Demo(scatter, lambda now: scatter.update(ScatterView(fold, now, "ray")))


if __name__ == "__main__":
    demo().play()
