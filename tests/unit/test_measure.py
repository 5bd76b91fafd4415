"""The number of threads that a task computes with: the same in every lane, whatever the environment said."""

import os

import pytest

from workloads.engines.measure import THREADS, use_threads


@pytest.mark.parametrize(("num_cpus", "wanted"), [(1, "1"), (0.25, "1"), (3, "3")])
@pytest.mark.parametrize("before", [{}, {"OMP_NUM_THREADS": "1"}, {"MKL_NUM_THREADS": "8"}, {"OMP_NUM_THREADS": "3"}])
def test_every_library_gets_as_many_threads_as_the_task_asks_cpus(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str], num_cpus: float, wanted: str
):
    monkeypatch.setattr(os, "environ", dict(before))
    use_threads(num_cpus)
    assert os.environ == dict.fromkeys(THREADS, wanted)
