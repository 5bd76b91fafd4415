"""Compares what lanes computed, task by task: by digests that workers made, and where these differ,
by how much.

The coordinator collects digests while lanes run, and asks how they compare once all have ended.
Answers that have no digests are JSON data, which `workloads.comparison.answers` compares.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.comparison import keeping
from workloads.comparison.leaves import SIZE, WHOLE, Leaf
from workloads.core import events as ev
from workloads.core.errors import plain
from workloads.machine import clock

LAST_BITS = 256
"""Multiples of a data type's precision: two numbers that differ by no larger a share differ in
their last bits.
"""

MEASURE_S = 3.0
"""Seconds that measuring differences may take."""

DIFFERENCES_MOST = 100
WHY_MOST = 100


@dataclass
class LaneDigests:
    """The part of a lane's finished tasks that a comparison needs: digests, SIZE bytes each, all
    zero for none.

    `why_not` says for some of those without one why; `folder` is where results are kept, if they
    are.
    """

    tasks: int
    folder: Path | None = None
    digests: NDArray[np.uint8] = field(init=False)
    finished: NDArray[np.bool_] = field(init=False)
    why_not: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.digests = np.zeros((self.tasks, SIZE), np.uint8)
        self.finished = np.zeros(self.tasks, np.bool_)

    def take(self, event: ev.Finished) -> None:
        """Note the digest of a task that finished."""
        if not 0 <= event.task < self.tasks:
            return
        self.finished[event.task] = True
        try:
            digest = base64.b64decode(event.digest)
        except (binascii.Error, ValueError):
            digest = b""
        if len(digest) == SIZE:
            self.digests[event.task] = np.frombuffer(digest, np.uint8)
        elif event.not_compared and len(self.why_not) < WHY_MOST:
            self.why_not[event.task] = event.not_compared

    @property
    def has_digest(self) -> NDArray[np.bool_]:
        """Which tasks have a digest."""
        return np.asarray(self.digests.any(axis=1))


def compared(lanes: Mapping[str, LaneDigests]) -> ev.Compared | None:
    """Compare the lanes' results, the first lane's with those of each other; None where tasks
    have no digests.

    Blocks while it reads what differs, MEASURE_S at most or little more.
    """
    if len(lanes) < 2 or not any(lane.has_digest.any() or lane.why_not for lane in lanes.values()):
        return None
    (first, base), *others = lanes.items()
    until = clock.monotonic() + MEASURE_S
    pairs = []
    for name, lane in others:
        if lane.tasks == base.tasks and (pair := _differences(first, base, name, lane, until)):
            pairs.append(pair)
    now = clock.now()
    if pairs:
        differences = [difference for pair in pairs for difference in pair.differences]
        return ev.Compared(
            t=now,
            same=False,
            reason=min(pairs, key=lambda pair: pair.first).words,
            differences=differences[:DIFFERENCES_MOST],
        )
    without = [(task, why) for lane in lanes.values() for task, why in lane.why_not.items()]
    if without:
        task, why = min(without)
        return ev.Compared(t=now, same=None, reason=f"task {task} {plain(why, 300)}")
    if not all((lane.has_digest | ~lane.finished).all() for lane in lanes.values()):
        return ev.Compared(t=now, same=None, reason="some results have no digest")
    return ev.Compared(t=now, same=True)


# -- two lanes -------------------------------------------------------------------------------------


class _Pair(NamedTuple):
    """The differences between two lanes: the first task, the whole of them in words, and each."""

    first: int
    words: str
    differences: list[ev.Difference]


class Measured(NamedTuple):
    """The difference of two results as text; `relative` is the largest relative difference of their
    numbers.

    `last_bits`: they differ in nothing but the last bits of floats.
    """

    words: str
    relative: float = math.inf
    last_bits: bool = False


UNMEASURED = Measured("only digests were compared")


def _differences(
    first: str, base: LaneDigests, name: str, lane: LaneDigests, until: float
) -> _Pair | None:
    differ = base.has_digest & lane.has_digest & (base.digests != lane.digests).any(axis=1)
    tasks = np.flatnonzero(differ).tolist()
    if not tasks:
        return None
    wanted = [{bytes(side.digests[task]) for task in tasks} for side in (base, lane)]
    places = [
        keeping.read(side.folder, digests) if side.folder else {}
        for side, digests in zip((base, lane), wanted, strict=True)
    ]
    measured: dict[int, Measured] = {}
    for task in tasks:
        if measured and clock.monotonic() > until:
            break
        one, other = (
            places[0].get(bytes(base.digests[task])),
            places[1].get(bytes(lane.digests[task])),
        )
        if one and other:
            measured[task] = _measured_on_disk(one, other, first, name)
    differences = [
        ev.Difference(lane=name, task=task, how=measured.get(task, UNMEASURED).words)
        for task in tasks[:DIFFERENCES_MOST]
    ]
    return _Pair(tasks[0], _words(tasks, measured, first, name), differences)


def _words(tasks: list[int], measured: Mapping[int, Measured], first: str, name: str) -> str:
    more = len(tasks) - 1
    if not more:
        differ = f"task {tasks[0]} differs between {first} and {name}"
    elif more == 1:
        differ = f"task {tasks[0]} and 1 other task differ between {first} and {name}"
    else:
        differ = f"task {tasks[0]} and {more:,} other tasks differ between {first} and {name}"
    if len(measured) == len(tasks) and all(each.last_bits for each in measured.values()):
        largest = max(each.relative for each in measured.values())
        return f"{differ} {_last_bits(largest)}"
    how = measured.get(tasks[0], UNMEASURED)
    if how is UNMEASURED:
        return f"{differ} ({UNMEASURED.words})"
    if how.last_bits:
        return f"{differ}; task {tasks[0]} {how.words}"
    return f"{differ}; in task {tasks[0]}, {how.words}"


def _measured_on_disk(one: Any, other: Any, first: str, name: str) -> Measured:
    try:
        return measure(keeping.load(one), keeping.load(other), first, name)
    except (OSError, ValueError):  # removed, or torn
        return UNMEASURED


# -- two results -----------------------------------------------------------------------------------


def measure(one: list[Leaf], other: list[Leaf], first: str, name: str) -> Measured:
    """Return the difference of two results by their leaves; `first` and `name` are their lanes."""
    largest = Measured("", 0.0, True)
    for a, b in zip(one, other, strict=False):
        if a == b:
            continue
        if a[0] != b[0] or a[2] != b[2] or bool(a[1]) != bool(b[1]):
            return Measured(f"{_form(a)} on {first}, {_form(b)} on {name}")
        if not a[1]:
            return Measured(
                f"{_at(a)}{plain(_quoted(a), 80)} on {first}, {plain(_quoted(b), 80)} on {name}"
            )
        here = _numbers(a, b, first, name)
        if here.relative > largest.relative or not here.words:
            largest = here._replace(last_bits=here.last_bits and largest.last_bits)
    if len(one) != len(other):
        return Measured(f"{len(one):,} parts on {first}, {len(other):,} on {name}")
    return largest if largest.words else UNMEASURED


def _form(leaf: Leaf) -> str:
    _, dtype, shape, _ = leaf
    if shape:
        return f"{_at(leaf)}an array of {dtype.lstrip('<|')} with shape {shape}"
    if dtype:
        return f"{_at(leaf)}a number"
    return f"{_at(leaf)}{plain(_quoted(leaf), 60)}"


def _at(leaf: Leaf) -> str:
    return f"{plain(leaf[0], 60) or 'the result'} is "


def _quoted(leaf: Leaf) -> str:
    return str(leaf[3])[:80]


def _numbers(a: Leaf, b: Leaf, first: str, name: str) -> Measured:
    """Return the difference of two leaves of numbers of the same shape."""
    x, y = _array(a), _array(b)
    if x is None or y is None:
        return UNMEASURED
    with np.errstate(all="ignore"):
        wide = np.result_type(x.dtype, y.dtype, np.float64)
        p, q = x.astype(wide).ravel(), y.astype(wide).ravel()
        same = (x.ravel() == y.ravel()) | ((p != p) & (q != q))
        relative = np.abs(p - q) / np.maximum(np.abs(p), np.abs(q))
        relative[np.isnan(relative)] = np.inf
        relative[same] = 0
    at = int(relative.argmax())
    worst = float(relative[at])
    if WHOLE not in (a[1], b[1]) and {x.dtype.kind, y.dtype.kind} <= {"f", "c"}:
        precision = max(float(np.finfo(side.dtype).eps) for side in (x, y))
        if 0 < worst <= LAST_BITS * precision:
            return Measured(_last_bits(worst), worst, True)
    place = plain(a[0], 60)
    if x.shape:
        place += f"[{', '.join(map(str, np.unravel_index(at, x.shape)))}]"
    words = (
        f"{place or 'the result'} is {_number(a, x, at)} on {first}, {_number(b, y, at)} on {name}"
    )
    if math.isfinite(worst):
        words += f" (largest relative difference {worst:.2g})"
    return Measured(words, worst)


def _number(leaf: Leaf, array: NDArray[Any], at: int) -> str:
    value = array.ravel()[at].item()
    if leaf[1] == WHOLE:
        value = int(value)
    return repr(value)


def _last_bits(relative: float) -> str:
    return f"in the last bits only (largest relative difference {relative:.2g})"


def _array(leaf: Leaf) -> NDArray[Any] | None:
    _, dtype, shape, value = leaf
    kind = np.dtype("<f8" if dtype == WHOLE else dtype)
    if kind.kind not in "fciub":
        return None
    return np.frombuffer(value, kind).reshape(shape)
