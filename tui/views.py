"""Pictures of workloads: what follows the events of a lane, and the widget that draws it.

The screens lay out the built-in ones, `points` (π) and `gallery`. An installed package adds one by
an entry point in the group `raytasks.views`: a View, called as its workload or as the workload's
`picture`. It is imported when the first race of that workload opens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from textual.widgets import Static

from tui.drawing.lines import Lines
from tui.widgets.pi.fold import PiFold
from workloads.builtin.actors import ACTORS
from workloads.builtin.arrays.workload import ARRAYS
from workloads.builtin.images.workload import IMAGES
from workloads.builtin.pi import PI
from workloads.core import plugins
from workloads.core.events import AnyEvent

GROUP = "raytasks.views"


class LaneFold(Protocol):
    """Follows the events of one lane."""

    def apply(self, event: AnyEvent) -> None:
        """Take the lane's next event; RunStarted resets the fold."""


class LanePicture(NamedTuple):
    """A lane to draw: `fold` has its events, `t` is the time in seconds since its run started; a
    `ghost` is a finished run that is played again beside the one that runs now.
    """

    engine: str
    fold: LaneFold
    t: float
    ghost: bool


class PictureWidget(Static):
    """A widget that draws a picture. A subclass gives `show`; what fails in there stands in the
    widget's place.
    """

    def show(self, lanes: Sequence[LanePicture], ascii: bool) -> None:
        """Draw the lanes, with ASCII characters only if `ascii`; called about three times a second
        while a race runs.
        """
        raise NotImplementedError


class PictureLines(Lines):
    """The same, made of lines: of those, only the changed ones are painted."""

    def show(self, lanes: Sequence[LanePicture], ascii: bool) -> None:
        """Draw the lanes, as PictureWidget.show; the page knows of `ascii`, too."""
        raise NotImplementedError


@dataclass(frozen=True)
class View:
    """A workload's picture: `fold()` makes what follows one lane, `widget()` what draws
    all of them (None: the screens have it). `help` is what F1 shows of it, in Markdown.
    """

    fold: Callable[[], LaneFold]
    help: str = ""
    widget: Callable[[], PictureWidget | PictureLines] | None = None


def _images_fold() -> LaneFold:
    from tui.widgets.images.fold import ImagesFold  # not before the first paint

    return ImagesFold()


def _arrays_fold() -> LaneFold:
    from tui.widgets.arrays.fold import ArraysFold

    return ArraysFold()


def _arrays_widget() -> PictureLines:
    from tui.widgets.arrays.costs import Costs

    return Costs()


def _counter_fold() -> LaneFold:
    from tui.widgets.actors.fold import CounterFold

    return CounterFold()


def _counter_widget() -> PictureLines:
    from tui.widgets.actors.staircase import Staircase

    return Staircase()


VIEWS: dict[str, View] = {
    PI.picture: View(
        PiFold,
        """\
# π by Monte Carlo

Samples are random points in a square. The share that falls into the circle approaches π/4.

* Only a few samples are drawn: the last ones that the tasks reported.
* **Lit digits** are settled at 95% confidence: they are the same all over the 95% band.
* The **95% band** narrows with 1/√n: a hundred times the samples give one more digit. A faster lane
  moves to the right sooner.
""",
    ),
    IMAGES.picture: View(
        _images_fold,
        """\
# Images

Each image is one task: blurred, augmented, turned into a tensor, transposed, and shrunk to a
thumbnail. A tile shows it before → after, with the mean ± σ (standard deviation) of its brightness,
0 to 255, and a histogram of it from dark to bright.

* `{select.previous}` and `{select.next}` select an image in all lanes, `{select.none}` follows the
  newest again.
* `{select.large}` shows the selected image large, with the time of each stage of its task;
  `{image.zoom-in}` the part of it with most detail in its own pixels, where the blur can be seen.
* Each stage has a tone and a texture of its own, named in the line of stages.
* The last line is the **object store**: what it still holds of its capacity, and what `ray.put`
  stored in total; each image is stored once for all workers.
""",
    ),
    ARRAYS.name: View(
        _arrays_fold,
        """\
# One array, many tasks

All tasks read rows of the same array and add them up. What differs is how they get it.

* **Copied for the tasks**: the bytes that the lane's process copied. Serial and threads read the
  array where it is; `processes` pickles it for each call, as multiprocessing does; Ray puts it into
  the object store once, where all workers of a node read it without a copy, and read-only.
* **Time of a worker per task**: run time × workers ÷ tasks. The solid part is what the task itself
  took; the rest is how it got there: pickling, pipes, fetching, waiting.

A sweep over **sizes** (`{race.sweep}`) repeats the race with larger arrays, and says from which
size on Ray is faster on this machine.
""",
        _arrays_widget,
    ),
    ACTORS.picture: View(
        _counter_fold,
        """\
# A stateful actor

Each step is a call of the counter, which adds one to its total. The total is the actor's state: it
is kept between calls, which one worker carries out one after the other. Other tasks keep no state
and run on any worker.

* **Waited** is the longest time from the submission of a call to its start: calls queue at their
  actor.
* `↻` marks where the actor was created again after its worker had died: it starts at zero, as its
  state was nowhere else. `{race.kill}` kills the worker of the selected task.
* On serial and in threads the counter is a plain object of the lane's own process.
""",
        _counter_widget,
    ),
}
"""The views that are loaded, by name."""

LAID_OUT = tuple(name for name, view in VIEWS.items() if view.widget is None)
"""Those that the screens lay out themselves."""


def load(name: str) -> View | None:
    """The view of that name, imported now if a package adds it; None if there is none. Raises
    BadInput if it can't be imported.
    """
    if name not in VIEWS:
        point = plugins.entry_point(GROUP, name)
        if point is None:
            return None
        VIEWS[name] = plugins.load(point, View)
    return VIEWS[name]
