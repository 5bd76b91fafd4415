"""What is loaded ahead and what may be put, with a Ray that only tells how large its store is."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from workloads.core.task import Large, Shared, Task
from workloads.engines.ray.store import LOADERS, SHARE, ObjectStore, ranges

PATIENCE_S = 30.0


class Ref:
    """What Ray's put gives."""

    def hex(self) -> str:
        return "ab" * 28


def ray(here: int, *elsewhere: int, free: int = 0) -> Any:
    """A Ray whose nodes have stores of so many bytes; the driver is on the first one."""
    nodes = [
        {"NodeID": f"{n}", "Alive": True, "Resources": {"object_store_memory": float(size)}}
        for n, size in enumerate((here, *elsewhere))
    ]
    nodes.append({"NodeID": "dead", "Alive": False, "Resources": {"object_store_memory": 1e12}})
    return SimpleNamespace(
        nodes=lambda: nodes,
        get_runtime_context=lambda: SimpleNamespace(get_node_id=lambda: "0"),
        available_resources=lambda: {"object_store_memory": float(free)},
        put=lambda value: Ref(),
    )


@pytest.fixture
def gates() -> Iterator[dict[int, threading.Event]]:
    """An event for each number: its input is loaded once that is set."""
    made = {n: threading.Event() for n in range(64)}
    yield made
    for event in made.values():
        event.set()


def task(number: int, size: int, gate: threading.Event | None = None) -> Task:
    def load() -> Any:
        if gate:
            assert gate.wait(PATIENCE_S)
        if size < 0:
            raise ValueError("no picture")
        return np.zeros(size, np.uint8)

    return Task(number, len, ("before", Large(load), 7))


def took(store: ObjectStore, held: int = 0, within_s: float = PATIENCE_S) -> int | None:
    loaded = store.take(held, within_s)
    return None if loaded is None else loaded.task.number


def test_what_is_loaded_first_comes_first(gates: dict[int, threading.Event]) -> None:
    store = ObjectStore(ray(1000), 2, None)
    store.load(task(0, 10, gates[0]), 0)
    store.load(task(1, 10), 0)
    assert took(store) == 1
    assert took(store, within_s=0) is None
    assert store.loading == 1
    gates[0].set()
    assert took(store) == 0
    assert store.loading == 0
    store.close()


@pytest.mark.parametrize("workers", [1, 2, 3, 30])
def test_as_long_as_no_size_is_known_only_those_that_load_at_the_same_time_are_ahead(
    gates: dict[int, threading.Event], workers: int
) -> None:
    store = ObjectStore(ray(10**12), workers, None)
    number = 0
    while store.room(0):
        store.load(task(number, 10, gates[number]), 0)
        number += 1
    assert number == min(workers, LOADERS)
    gates[0].set()
    assert took(store) == 0
    while store.room(1):  # the first is in flight
        store.load(task(number, 10, gates[number]), 0)
        number += 1
    assert number == 2 * workers
    store.close()


def test_no_more_is_loaded_ahead_than_the_store_may_take() -> None:
    store = ObjectStore(ray(1000), 8, None)
    store.load(task(0, 200), 0)
    assert took(store) == 0
    assert SHARE * 1000 == 600
    assert [store.room(flying) for flying in range(5)] == [True, True, True, False, False]
    store.close()


def test_one_that_is_larger_than_the_store_goes_alone() -> None:
    store = ObjectStore(ray(1000), 4, None)
    store.load(task(0, 5000), 0)
    assert took(store, held=1) is None
    assert store.loading == 1
    assert took(store, held=0) == 0
    assert store.room(0)
    assert not store.room(1)
    store.close()


def test_what_is_put_fits_beside_what_is_in_flight() -> None:
    store = ObjectStore(ray(1000), 4, None)
    store.load(task(0, 200), 0)
    assert took(store, held=401) is None
    assert took(store, held=401, within_s=0) is None, "it isn't lost"
    assert took(store, held=400) == 0
    store.close()


def test_the_store_of_the_drivers_node_bounds_what_is_put_and_all_nodes_are_shown() -> None:
    store = ObjectStore(ray(1000, 5000, free=2500), 4, None)
    store.load(task(0, 601), 0)
    assert took(store, held=1) is None
    (filled,) = store.look()
    assert (filled.used, filled.capacity, filled.spilled) == (3500, 6000, None)
    store.close()


def test_what_cannot_be_loaded_is_raised_when_it_is_put_and_says_nothing_of_sizes() -> None:
    store = ObjectStore(ray(1000), 8, None)
    store.load(task(0, -1), 0)
    bad = store.take(900, PATIENCE_S)
    assert bad is not None
    with pytest.raises(ValueError, match="no picture"):
        store.put(bad)
    assert store.room(LOADERS - 1)
    assert not store.room(LOADERS)
    store.close()


def test_arguments_that_are_large_become_refs() -> None:
    store = ObjectStore(ray(1000), 1, None)
    store.load(task(3, 20), 0)
    loaded = store.take(0, PATIENCE_S)
    assert loaded is not None
    (before, ref, after), (stored,) = store.put(loaded)
    assert (before, ref.hex(), after) == ("before", stored.ref, 7)
    assert (stored.task, stored.bytes) == (3, 20)
    store.close()


def test_what_is_dropped_does_not_come(gates: dict[int, threading.Event]) -> None:
    store = ObjectStore(ray(10**6), 2, None)
    store.load(task(0, 5), 0)
    store.load(task(1, 10, gates[1]), 0)
    assert took(store, held=10**6) is None  # 0 is loaded, but has no room
    assert sorted(task.number for task in store.drop()) == [0, 1]
    assert store.loading == 0
    gates[1].set()
    assert took(store, within_s=0) is None
    store.close()


def test_nothing_is_waited_for_where_nothing_loads() -> None:
    store = ObjectStore(ray(1000), 2, None)
    assert took(store, within_s=10 * PATIENCE_S) is None
    store.close()


def test_only_what_this_run_spilled_counts(tmp_path: Path) -> None:
    folder = tmp_path / "ray_spilled_objects_a"
    folder.mkdir()
    (folder / "left").write_bytes(b"x" * 500)
    store = ObjectStore(ray(1000), 2, tmp_path)
    (filled,) = store.look()
    assert filled.spilled == 0
    (folder / "new").write_bytes(b"x" * 70)
    later = ObjectStore(ray(1000), 2, tmp_path)
    store._looked = 0.0
    assert [event.spilled for event in store.look()] == [70]
    assert [event.spilled for event in later.look()] == [0]
    store.close()
    later.close()


# -- what tasks share ------------------------------------------------------------------------------


def test_an_input_that_tasks_share_is_put_once_and_all_get_its_ref() -> None:
    one, other = Shared(np.zeros(10, np.uint8)), Shared(np.zeros(20, np.uint8))
    tasks = [Task(n, len, (one, n)) for n in range(4)]
    tasks[2] = Task(2, len, (other, one, other))
    store = ObjectStore(ray(100), 2, None)
    put = list(store.put_shared(tasks))
    assert sorted((event.bytes, event.task, event.readers) for event in put) == [
        (10, 0, [(0, 3)]),
        (20, 2, [(2, 2)]),
    ]
    first, number = store.with_refs(tasks[0].args)
    assert (type(first), number) == (Ref, 0)
    assert store.with_refs(tasks[3].args)[0] is first
    second, same, again = store.with_refs(tasks[2].args)
    assert same is first
    assert second is again is not first


def test_one_that_is_shared_stands_beside_one_that_is_loaded() -> None:
    shared = Shared(np.zeros(10, np.uint8))
    both = Task(0, len, (shared, *task(0, 30).args))
    store = ObjectStore(ray(100), 2, None)
    list(store.put_shared([both]))
    store.load(both, 0)
    loaded = store.take(0, PATIENCE_S)
    assert loaded is not None
    args, stored = store.put(loaded)
    assert [type(each) for each in args] == [Ref, str, Ref, int]
    assert [(event.bytes, event.readers) for event in stored] == [(30, [])]
    store.close()


@pytest.mark.parametrize(
    ("numbers", "found"),
    [([], []), ([4], [(4, 4)]), ([0, 1, 2, 5, 7, 8], [(0, 2), (5, 5), (7, 8)])],
)
def test_numbers_are_told_by_their_ranges(numbers: list[int], found: list[tuple[int, int]]) -> None:
    assert ranges(numbers) == found
