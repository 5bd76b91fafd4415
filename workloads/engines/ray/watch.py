"""Looks at the nodes of Ray, in a thread of its own, and reports what has changed: who joined, who
is gone, and what is held of each.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.engines import Emit
from workloads.machine import clock

EVERY_S = 1.0
"""Seconds between two looks, each of which takes Ray about a millisecond."""

END_S = 2.0
"""Seconds that the end waits for a look: without its control service, Ray answers late."""

STORE = "object_store_memory"
HIDDEN = ("node:", "raytasks_")
"""The beginnings of names of resources that Ray, or the lane, uses for itself."""

SPILLED = "ray_spilled_objects_{}"
"""The folder in which a node spills, below that of the session."""

Amounts = dict[str, float]


class NodeWatch:
    """Watches the nodes of the Ray that this process is connected to.

    `spill_folder` is where this Ray spills to disk, None where that isn't known; `ended` gives the
    reasons why nodes are gone that Ray hasn't noticed yet, by their ids; others may use a cluster
    that is `shared`.
    """

    def __init__(
        self,
        ray: Any,
        emit: Emit,
        spill_folder: Path | None,
        ended: Callable[[], Mapping[str, str]],
        shared: bool,
    ) -> None:
        self._ray, self._emit, self._spill_folder, self._ended = ray, emit, spill_folder, ended
        self._shared = shared
        self._driver = ray.get_runtime_context().get_node_id()
        self._totals: dict[str, Amounts] = {}
        self._used: dict[str, ev.NodeUsed] = {}
        self._lost: set[str] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="nodes")

    def start(self) -> None:
        """Look every EVERY_S from now on."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def look(self) -> None:
        """Report what has changed since the last look."""
        nodes = {node["NodeID"]: node for node in self._ray.nodes()}
        ended = {
            id: plain(node.get("DeathReasonMessage") or "it left the cluster", 200)
            for id, node in nodes.items()
            if not node["Alive"]
        }
        ended |= self._ended()
        for id, node in sorted(nodes.items(), key=lambda item: item[0] != self._driver):
            if id not in ended and id not in self._totals:
                self._join(id, node)
        for id in self._totals.keys() & ended.keys() - self._lost:
            self._lost.add(id)
            self._emit(ev.NodeLost(t=clock.now(), node=id, reason=ended[id]))
        free = self._ray._private.state.available_resources_per_node()
        for id in self._totals.keys() & free.keys() - self._lost:
            self._use(id, free[id])

    def _watch(self) -> None:
        while not self._end.wait(EVERY_S):
            with contextlib.suppress(Exception):  # the lane's own checks say what broke
                self.look()

    def _join(self, id: str, node: Mapping[str, Any]) -> None:
        self._totals[id] = node["Resources"]
        self._emit(
            ev.NodeJoined(
                t=clock.now(),
                node=id,
                address=node["NodeManagerAddress"],
                resources=_shown(node["Resources"]),
                store_bytes=int(node["Resources"].get(STORE, 0)),
                driver=id == self._driver,
                shared=self._shared,
            )
        )

    def _use(self, id: str, free: Amounts) -> None:
        total = self._totals[id]
        held = {name: round(amount - free.get(name, 0), 4) for name, amount in total.items()}
        used = ev.NodeUsed(
            t=0,
            node=id,
            held={name: amount for name, amount in _shown(held).items() if amount > 0},
            store_used=max(0, int(held.get(STORE, 0))),
            spilled=self._spilled(id),
        )
        if used != self._used.get(id):
            self._used[id] = used
            self._emit(msgspec.structs.replace(used, t=clock.now()))

    def _spilled(self, id: str) -> int | None:
        if self._spill_folder is None:
            return None
        total = 0
        for file in (self._spill_folder / SPILLED.format(id)).glob("*"):
            with contextlib.suppress(OSError):
                total += file.stat().st_size
        return total


def _shown(amounts: Mapping[str, float]) -> Amounts:
    """The resources that tasks ask for by name."""
    return {
        name: float(amount)
        for name, amount in amounts.items()
        if name != STORE and not name.startswith(HIDDEN)
    }
