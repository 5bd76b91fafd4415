"""The events of a lane whose tasks run on the nodes of a cluster; see `workloads.core.events`."""

from workloads.core.event import Event


class NodeJoined(Event, frozen=True, tag="node-joined"):
    """A node of the cluster is up: its id (hex), its `address`, what it offers by name ("CPU",
    "GPU", "memory" in bytes, custom ones) and the size of its object store in bytes. `driver` says
    that the lane's process is connected to it: what it puts lies there. A cluster that the lane
    didn't start is `shared` with others.
    """

    node: str
    address: str = ""
    resources: dict[str, float] = {}
    store_bytes: int = 0
    driver: bool = False
    shared: bool = False


class NodeUsed(Event, frozen=True, tag="node-used"):
    """What is held of a node, by all that run there: resources by name, bytes of its object store,
    and bytes that it has `spilled` to disk (None: not measured). It comes when that has changed.
    """

    node: str
    held: dict[str, float] = {}
    store_used: int = 0
    spilled: int | None = None


class NodeLost(Event, frozen=True, tag="node-lost"):
    """A node is gone, and with it the workers and objects on it."""

    node: str
    reason: str = ""


class ClockMeasured(Event, frozen=True, tag="clock-measured"):
    """The clock of a node's host is `ahead` of the lane's by so many seconds (negative: behind),
    give or take `error_s`; what its workers stamp is corrected by that.
    """

    node: str
    ahead: float
    error_s: float


class TasksAsk(Event, frozen=True, tag="tasks-ask"):
    """Each task of the lane's next run asks for these resources by name; Ray picks the node by
    `strategy`.
    """

    resources: dict[str, float] = {}
    strategy: str = "default"
