"""What the pools of threads and processes decide without running a lane, and the slot that a cancel
breaks into.
"""

import threading

import pytest

from workloads.core.errors import BadInput, TaskInterrupted
from workloads.engines import Demand, EngineOptions, Stop
from workloads.engines.pool import HANDFUL_MOST, Handfuls, pool_size
from workloads.engines.thread_slot import ThreadSlot
from workloads.machine.host import usable_cpus


@pytest.mark.parametrize(
    ("demand", "cpus", "size"),
    [
        (Demand(), 8, 8),
        (Demand(), None, usable_cpus()),
        (Demand(num_cpus=2), 8, 4),
        (Demand(num_cpus=3), 8, 2),
        (Demand(num_cpus=16), 8, 1),
        (Demand(num_cpus=0.5), 8, 8),
        (Demand(workers=20), 8, 20),
        (Demand(workers=3, num_cpus=4), 8, 3),
        (Demand(resources={"GPU": 0}), 8, 8),
    ],
)
def test_the_size_of_a_pool(demand: Demand, cpus: int | None, size: int) -> None:
    assert pool_size(demand, EngineOptions(cpus)) == size


def test_a_resource_that_only_ray_has_is_named() -> None:
    with pytest.raises(
        BadInput, match=r"asks for 0\.5 GPU, which the lane processes doesn't have: only Ray"
    ):
        pool_size(Demand(resources={"GPU": 0.5}), EngineOptions(2, engine="processes"))


def test_the_first_tasks_go_alone_as_nobody_knows_how_long_they_are() -> None:
    handfuls = Handfuls(2)
    assert not handfuls.brief
    assert handfuls.handful(100_000) == 1


def test_tiny_tasks_go_in_handfuls_which_get_smaller_towards_the_end() -> None:
    handfuls = Handfuls(2)
    for _ in range(10):
        handfuls.note(2e-6)
    assert handfuls.brief
    assert handfuls.handful(100_000) == HANDFUL_MOST
    assert [handfuls.handful(left) for left in (100, 40, 8, 4, 1)] == [25, 10, 2, 1, 1]


def test_tasks_of_some_milliseconds_go_ahead_one_by_one_and_longer_ones_wait() -> None:
    handfuls = Handfuls(2)
    handfuls.note(0.005)
    assert (handfuls.brief, handfuls.handful(1000)) == (True, 1)
    handfuls.note(0.5)  # one long task among short ones
    assert (handfuls.brief, handfuls.handful(1000)) == (False, 1)


def test_a_seat_gives_what_the_step_gives() -> None:
    assert ThreadSlot(0).call(Stop(), lambda: 7) == 7


def test_a_seat_runs_no_step_of_a_cancelled_run() -> None:
    stop, called = Stop(), []
    stop.request()
    assert ThreadSlot(0).call(stop, lambda: called.append(1)) is None
    assert not called


def test_asking_while_nobody_is_inside_does_nothing() -> None:
    slot = ThreadSlot(0)
    slot.ask()
    assert [slot.call(Stop(), lambda: 7) for _ in range(1000)] == [7] * 1000


def test_a_step_that_never_ends_is_broken_into() -> None:
    inside, left = threading.Event(), list[object]()

    def step() -> None:
        inside.set()
        while True:
            pass

    def sit() -> None:
        slot = ThreadSlot(0)
        slots.append(slot)
        left.append(slot.call(Stop(), step))

    slots = list[ThreadSlot]()
    thread = threading.Thread(target=sit, daemon=True)
    thread.start()
    inside.wait()
    slots[0].ask()
    thread.join(60)
    assert left == [None]


def test_a_cancel_never_hits_what_is_outside_a_step() -> None:
    """Asked without pause for as long as the thread goes in and out: whatever the moment, it comes
    out whole.
    """
    slots, escaped, broken = list[ThreadSlot](), list[BaseException](), 0
    ready, over = threading.Event(), threading.Event()

    def work() -> None:
        nonlocal broken
        slot = ThreadSlot(0)
        slots.append(slot)
        ready.set()
        try:
            for _ in range(20_000):
                broken += slot.call(Stop(), lambda: sum(range(20))) is None
                str(broken)  # outside: nothing may come here
        except TaskInterrupted as error:
            escaped.append(error)
        over.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait()
    while not over.is_set():
        slots[0].ask()
    thread.join(60)
    assert not escaped
    assert not thread.is_alive()


def test_a_step_that_catches_the_first_interrupt_ends_at_the_second() -> None:
    caught, left, slots = threading.Event(), list[object](), list[ThreadSlot]()

    def step() -> None:
        try:
            slots[0].ask()
            spin()
        except BaseException:
            caught.set()
            spin()

    def spin() -> None:
        while True:
            pass

    def sit() -> None:
        slots.append(ThreadSlot(0))
        left.append(slots[0].call(Stop(), step))

    thread = threading.Thread(target=sit, daemon=True)
    thread.start()
    assert caught.wait(60)
    slots[0].ask()
    thread.join(60)
    assert left == [None]
