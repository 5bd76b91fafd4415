"""Screen 5, Cluster: the nodes of a lane, what tasks hold of them, their workers, and objects."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from tui.guide import LAST_RACE, NO_RACE
from tui.keys import CLUSTER, Hint
from tui.screens.base import BaseScreen
from tui.session import Session
from tui.widgets.cluster.load import LoadPanel
from tui.widgets.cluster.nodes import NodesPanel
from tui.widgets.cluster.objects import ObjectsPanel
from tui.widgets.cluster.sentence import sentence
from tui.widgets.cluster.view import ClusterView
from workloads.core.engine_info import engine_info
from workloads.ledger.lane import Lane
from workloads.ledger.usage import worker_use

OTHERS = ("select.previous", "select.large", "select.follow", "race.fewer", "race.smaller")
"""Bindings that the bars of the other screens name."""

LEAST_LINES, MOST_SHARE = 14, 0.6
"""Lines that the list has at least above the charts, and its share of the screen at most."""

NO_TASK = "This worker has run no task yet."


class ClusterScreen(BaseScreen):
    """The nodes of the lane that is looked at, their workers, and the objects in their stores."""

    TAB = "screen.cluster"
    HELP = """\
# Cluster

The **nodes** of Ray, and what tasks hold of each: CPUs, logical GPUs, custom resources, and its
**object store**. A task asks for resources (`--task-cpus 0.5`, `--task-gpus`, `--task-resources
camera=1`), and Ray runs it on a node where they are free. On a cluster that others use too, `╍` is
what they hold. A node that is lost stays in the list, with the reason.

Below each node are its **workers**: process id, the task that a worker runs and for how long, what
it has run, the latest first, and the share of the run in which it was at work. `●` runs a task, `○`
is idle, `◐` runs tasks that are too short to report their start.

**Objects**: `ray.put` stores a large input once, on the node of the driver. Workers on that node
read it in place, without a copy; another node copies it into its own store first. When its task
ends, it is freed. Results below
about 100 KiB travel inline, with Ray's reply, and never enter a store.

The charts show how many tasks each node ran over the run; the full height is a task on each worker.

* `{cluster.up}` `{cluster.down}` select a node or worker; `{cluster.task}` shows the task of that
  worker among all tasks.
* `{cluster.lane}` shows the next lane; `{cluster.alone}` shows the objects alone, and back.
* `--nodes 4 --cpus-per-node 1` starts a local cluster of four nodes; `--strategy spread` places
  tasks evenly.

Each second, Ray is asked what is held; what this race's tasks hold follows from their events.
"""
    BINDINGS: ClassVar[list[BindingType]] = CLUSTER

    def body(self) -> ComposeResult:
        """The nodes, the objects beside them, and the charts below."""
        with Container(id="cluster"):
            yield NodesPanel()
            yield ObjectsPanel()
        yield LoadPanel()
        yield Static(id="verdict", markup=False)

    def find(self) -> None:
        """Look the widgets up."""
        self._panel, self._objects = self.query_one(NodesPanel), self.query_one(ObjectsPanel)
        self._load = self.query_one(LoadPanel)
        self.chosen_lane: str | None = None
        self._cursor: tuple[str, int] | None = None
        self._view = ClusterView()
        self._height: int | str = ""

    def hints(self) -> list[Hint]:
        """Those of this screen come first."""
        own = [
            Hint("Node, worker", ("cluster.up", "cluster.down")),
            Hint("Task", ("cluster.task",), self.why_not("task")),
        ]
        if self.has_class("-narrow"):
            own.append(Hint("Objects", ("cluster.alone",)))
        if len(self.raytasks.session.shown_lanes()) > 1:
            own.append(Hint("Lane", ("cluster.lane",)))
        others = (hint for hint in super().hints() if hint.bindings[0] not in OTHERS)
        return [*own, *others]

    # -- keys --------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """The reason why a key of this screen has nothing to act on now; empty if it has."""
        if action == "move" and not self._view.selectable():
            return "There is no node or worker yet."
        if action == "lane" and len(self.raytasks.session.shown_lanes()) < 2:
            return "There is only one lane."
        if action == "task":
            return self._why_no_task()
        return ""

    def _why_no_task(self) -> str:
        if self.raytasks.session.race.opened is None:
            return self.raytasks.keys.fill(NO_RACE)
        if self._cursor is None or self._cursor[1] < 0:
            return self.raytasks.keys.fill(
                "Select a worker first: {cluster.up} {cluster.down} move."
            )
        if self._last_task() is None:
            return NO_TASK
        return ""

    def _last_task(self) -> int | None:
        """The task that the selected worker runs, or ran last."""
        for item in self._view.items(0, False):
            if item.key == self._cursor and item.worker is not None:
                return worker_use(self._view.lane, item.node, item.worker, self._view.t).task
        return None

    def action_move(self, by: int) -> None:
        """Select the next node or worker, or the one before."""
        keys = self._view.selectable()
        place = -1 if by > 0 else 0
        if self._cursor in keys:
            place = keys.index(self._cursor)
        self._cursor = keys[min(max(place + by, 0), len(keys) - 1)]

    def action_lane(self, by: int) -> None:
        """Look at another lane; after the last comes the first."""
        names = [lane.name for lane in self.raytasks.session.shown_lanes()]
        place = names.index(self._view.lane.name) if self._view.lane.name in names else -1
        self.chosen_lane = names[(place + by) % len(names)]

    async def action_task(self) -> None:
        """Show the selected worker's task among all tasks."""
        task = self._last_task()
        if task is not None:
            self.raytasks.session.select(task, self._view.lane.name)
            await self.app.run_action("switch_mode('tasks')")

    def action_alone(self) -> None:
        """Show the objects alone, or the nodes again."""
        self.toggle_class("-alone")

    def on_nodes_panel_node_selected(self, event: NodesPanel.NodeSelected) -> None:
        """A click selects."""
        self._cursor = event.key
        self.tick(force=True)

    # -- what is shown -----------------------------------------------------------------------------

    def show(self, session: Session, slow: bool) -> None:
        """The nodes and their workers in every frame, the charts and objects when due."""
        lane = looked_at(session, self.chosen_lane)
        view = ClusterView(
            lane, lane.elapsed(session.now), session.now, self._cursor, session.selected
        )
        self._view = view
        with self.panel(self._panel, self._load):
            self._panel.update(view)
            self._load.update(view)
        if not slow:
            return
        with self.panel(self._objects):
            self._objects.update(view)
        self._share_height()
        text = sentence(view)
        if session.stale:
            text = f"{LAST_RACE} {text}"
        self.show_sentence(text)

    def _share_height(self) -> None:
        """Give the list the lines that it needs where there are charts below, at most its share."""
        height: int | str = "1fr"
        if self.has_class("-tall") and not self.has_class("-alone"):
            height = max(LEAST_LINES, min(self._panel.needed, int(self.size.height * MOST_SHARE)))
        if height != self._height:
            self._height = height
            self.query_one("#cluster").styles.height = height


def looked_at(session: Session, chosen: str | None) -> Lane:
    """The lane that was chosen, else the first that has nodes or could have."""
    lanes = session.shown_lanes()
    for lane in lanes:
        if lane.name == chosen:
            return lane
    on_nodes = [lane for lane in lanes if engine_info(lane.engine).joins_cluster]
    return next(iter([*on_nodes, *lanes]), Lane(""))
