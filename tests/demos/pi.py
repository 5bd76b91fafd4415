"""The widgets of π side by side: `python -m tests.demos.pi [SECONDS TO BEGIN AT] [THEME]`."""

from textual.containers import Horizontal

from tests.fabricate import demo
from tests.fabricate_pi import fabricated_run
from tui.widgets.pi.convergence import Convergence
from tui.widgets.pi.fold import PiFold
from tui.widgets.pi.readout import PiReadout
from tui.widgets.pi.scatter import Scatter

if __name__ == "__main__":
    folds = {"serial": PiFold(), "ray": PiFold()}
    for workers, fold in ((1, folds["serial"]), (4, folds["ray"])):
        for event in fabricated_run(workers, seed=workers):
            fold.apply(event)
    scatter, readout, convergence = Scatter(), PiReadout(), Convergence()

    def show(now: float) -> None:
        """Both runs as they stood after `now` seconds."""
        rows = [(engine, fold, now, False) for engine, fold in folds.items()]
        scatter.update(folds["ray"], now, "ray")
        readout.update(rows)
        convergence.update(rows)

    demo(Horizontal(scatter, readout, convergence), show)
