"""Data that all tasks read, and the memory that its copies take in worker processes."""

import numpy as np
import pytest

from workloads.core.errors import BadInput
from workloads.core.task import Shared, Task
from workloads.engines.processes import copies
from workloads.engines.processes.copies import check_memory

MB = 1_000_000


def test_copies_that_memory_can_not_hold_are_refused_with_the_figure(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(copies.memory, "available", lambda: 180 * MB)
    shared = Shared(np.zeros(10 * MB, np.uint8))
    tasks = [Task(n, len, (shared, n)) for n in range(50)]
    check_memory(tasks, 4)
    with pytest.raises(BadInput) as refused:
        check_memory(tasks, 5)
    assert str(refused.value) == (
        "10 MB that each task reads are pickled for each call: 5 workers need about 220 MB of "
        "memory for the copies, but 180 MB are available."
    )


def test_tasks_that_share_nothing_need_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(copies.memory, "available", lambda: 0)
    check_memory([Task(0, len, ("text",)), Task(1, len, ())], 1000)
