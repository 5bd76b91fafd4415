"""The π workload: hits that depend on seed and number alone, points on the grid, an
honest error.
"""

import itertools
import math
import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.builtin import pi
from workloads.builtin.pi import (
    GRID,
    NUMPY_BLOCK,
    PI,
    POINTS_KEPT,
    PYTHON_BLOCK,
    combine,
    estimate,
    sampling_task,
)
from workloads.core.task import Progress
from workloads.machine.clock import clocks

KERNELS = ("python", "numpy")
SIZES = {"python": PYTHON_BLOCK, "numpy": NUMPY_BLOCK}


def run(
    samples: int, seed: int = 1, number: int = 0, kernel: str = "python"
) -> tuple[list[Progress], list[int]]:
    """The reports of a task and its result."""
    reports, steps = [], sampling_task(samples, seed, number, kernel)
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return reports, end.value


@pytest.fixture
def every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock so fast that a task reports after every block."""
    ticks = itertools.count()
    monkeypatch.setattr(
        pi, "clocks", lambda: clocks()._replace(perf_counter=lambda: next(ticks) * 1000.0)
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_clock_never_changes_the_hits(kernel: str, monkeypatch: pytest.MonkeyPatch):
    samples = SIZES[kernel] * 5 + 17
    ticking: list[Iterator[float]] = [
        itertools.repeat(0.0),
        itertools.count(0, 10.0),
        itertools.count(0, pi.REPORT_EVERY / 2.5),
    ]
    seen = []
    for clock in ticking:
        held = clocks()._replace(perf_counter=partial(next, clock))
        monkeypatch.setattr(pi, "clocks", lambda held=held: held)
        seen.append(run(samples, seed=9, number=3, kernel=kernel))
    assert [len(reports) for reports, _ in seen] == [1, 6, 2]
    assert len({tuple(result) for _, result in seen}) == 1
    for reports, result in seen:
        assert reports[-1].done == reports[-1].total == samples
        assert reports[-1].partial[0] == result[1]
    # A thin clock shows some of the reports that a fast one shows.
    assert all(report in seen[1][0] for report in seen[2][0])


def test_the_python_kernel_is_the_tutorials_loop():
    generator = random.Random("5/2")
    samples = 2 * PYTHON_BLOCK + 333
    inside = sum(
        math.hypot(generator.uniform(-1, 1), generator.uniform(-1, 1)) <= 1 for _ in range(samples)
    )
    assert run(samples, seed=5, number=2)[1] == [samples, inside]


def test_the_numpy_kernel_counts_what_numpy_drew():
    generator = np.random.default_rng([5, 2])
    samples, inside = NUMPY_BLOCK + 999, 0
    for count in (NUMPY_BLOCK, 999):
        x, y = generator.uniform(-1, 1, (2, count))
        inside += int((x * x + y * y <= 1).sum())
    assert run(samples, seed=5, number=2, kernel="numpy")[1] == [samples, inside]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_million_points_come_near_to_pi(kernel: str):
    results = [run(250_000, seed=20261123, number=n, kernel=kernel)[1] for n in range(4)]
    answer = combine(results)
    assert answer["samples"] == 10**6
    assert abs(answer["pi"] - math.pi) < 5 * answer["stderr"]
    assert answer["stderr"] == pytest.approx(1.642e-3, rel=0.02)
    assert answer["inside_per_task"] == [inside for _, inside in results]
    assert len(set(answer["inside_per_task"])) > 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_seed_and_number_both_matter(kernel: str):
    hits = {(s, n): run(50_000, s, n, kernel)[1][1] for s in (1, 2, 11) for n in (0, 1, 12)}
    assert len(set(hits.values())) == len(hits)
    assert run(50_000, 1, 0, kernel)[1][1] == hits[1, 0]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.usefixtures("every_block")
def test_reports_grow_and_their_points_lie_on_the_grid(kernel: str):
    samples = SIZES[kernel] * 2 + 7
    reports, result = run(samples, kernel=kernel)
    assert [r.done for r in reports] == [SIZES[kernel], SIZES[kernel] * 2, samples]
    inside = [r.partial[0] for r in reports]
    assert inside == sorted(inside)
    assert inside[-1] == result[1]
    sizes = [len(r.partial[1]) for r in reports]
    assert sizes == [2 * POINTS_KEPT, 2 * POINTS_KEPT, 14]
    for report in reports:
        points = report.partial[1]
        assert all(type(n) is int and 0 <= n <= 2 * GRID for n in points)
    flat = np.array(reports[0].partial[1]).reshape(-1, 2)
    assert (flat.min(axis=0) < GRID / 2).all()
    assert (flat.max(axis=0) > 3 * GRID / 2).all()


def test_the_points_shown_are_some_of_those_counted():
    reports, result = run(POINTS_KEPT, seed=3)
    points = np.array(reports[0].partial[1]).reshape(-1, 2) / GRID - 1
    assert (
        abs(int((np.hypot(*points.T) <= 1).sum()) - result[1]) <= 1
    )  # rounding may move one over the edge


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_point_is_enough(kernel: str):
    reports, result = run(1, kernel=kernel)
    assert result[0] == 1
    assert result[1] in (0, 1)
    assert len(reports) == 1


@given(st.integers(1, 2000), st.data())
def test_the_standard_error_is_that_of_the_sample(samples: int, data: st.DataObject):
    inside = data.draw(st.integers(0, samples))
    value, stderr = estimate(samples, inside)
    throws = np.repeat([4.0, 0.0], [inside, samples - inside])
    assert value == pytest.approx(throws.mean())
    assert stderr == pytest.approx(throws.std() / math.sqrt(samples))


def test_the_workload_gives_every_task_the_seed_and_its_number():
    tasks = PI.make_tasks(PI.complete({"tasks": 5, "samples": 100, "kernel": "numpy"}), 42, ())
    assert [(t.number, t.function, t.args) for t in tasks] == [
        (n, sampling_task, (100, 42, n, "numpy")) for n in range(5)
    ]
    assert PI.combine([[100, 78], [300, 236]])["pi"] == 4 * 314 / 400


def test_the_clock_that_is_held_here_is_the_one_that_runs():
    assert pi.clocks is clocks


def test_the_tutorials_kernel_counts_as_pythons_and_prints_the_tutorials_line(capsys):
    _, (_, inside) = run(50_000, seed=7, number=2)
    assert capsys.readouterr().out == ""
    _, result = run(50_000, seed=7, number=2, kernel="tutorial")
    assert result == [50_000, inside]
    assert capsys.readouterr().out == f"Task id: 3 | Samples in the circle: {inside}\n"


def test_the_tutorials_preset_has_the_cell_of_a_notebook():
    params = PI.complete({**PI.presets["tutorial"](), "tasks": 4, "samples": 1000})
    cell = PI.notebook(params)
    assert cell is not None
    assert "ray" not in cell.serial
    assert ".remote(1_000, i + 1) for i in range(4)]" in cell.distributed
    assert cell.prints({"pi": 3.14}) == "Estimated value of π: 3.140000"
    counted = {"sampling_task": lambda samples, task: 785}
    exec(cell.serial.removeprefix("%%time\n"), counted)
    assert counted["pi"] == pytest.approx(3.14)
    assert PI.notebook(PI.complete({})) is None
