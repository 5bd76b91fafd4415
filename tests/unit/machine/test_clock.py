"""The clocks of a race: genuine whatever is done to Python's own, and of one mind in all processes
of a host.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

import workloads
from workloads.engines import WarmUp
from workloads.engines.measure import records
from workloads.engines.ray import remote as ray_remote
from workloads.machine import clock

BREAKS = ("frozen", "backwards", "raising", "texts")


def python(code: str, **environment: str) -> str:
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_it_tells_the_time() -> None:
    before = time.time_ns()
    assert abs(clock.now() - before) < 60e9
    assert clock.now() <= clock.now()
    assert clock.now is clock.clocks().now


@pytest.mark.parametrize("how", BREAKS)
def test_a_task_that_breaks_the_clocks_is_measured_as_it_was(how: str) -> None:
    code = f"""
from workloads.engines.measure import records
from tests.lanes import clocks
genuine = clocks.GENUINE["perf_counter"]
before = genuine()
told = [*records(clocks.{how}, (7,), ()), *records(clocks._busy, (3_000_000,), ())]
taken = clocks.GENUINE["perf_counter"]() - before
for kind, *times in told:
    assert abs(times[0] - clocks.GENUINE["time_ns"]()) < 60e9, (kind, times)
ended = [record for record in told if record[0] == 2]
assert len(ended) == 2, told
assert all(0 < (end - start) / 1e9 < taken for _, start, end, cpu, _ in ended), ended
assert all(0 < cpu < taken for _, start, end, cpu, _ in ended), ended
assert sum(end - start for _, start, end, _, _ in ended) / 1e9 > 0.5 * taken, (ended, taken)
"""
    python(code)


@pytest.mark.parametrize("how", BREAKS)
def test_it_is_the_same_where_the_clocks_were_broken_before(how: str) -> None:
    """A Ray worker that ran somebody's task gets our code by value: nothing of it is there yet."""
    import ray.cloudpickle as cloudpickle  # every process collects this file

    cloudpickle.register_pickle_by_value(workloads)
    try:
        sent = cloudpickle.dumps((clock.ANCHOR, clock.clocks, records))
    finally:
        cloudpickle.unregister_pickle_by_value(workloads)
    code = f"""
import pickle, sys
import ray  # as in its workers
from tests.lanes import clocks
task = clocks.{how}(7)
list(task) if hasattr(task, "__next__") else task
assert not [name for name in sys.modules if name.startswith("workloads")]
anchor, asked, records = pickle.loads(bytes.fromhex("{sent.hex()}"))
assert not [name for name in sys.modules if name.startswith("workloads")]
now = asked().now
assert now.__closure__[0].cell_contents == anchor[0]
assert abs(now() - clocks.GENUINE["time_ns"]()) < 60e9
assert asked() is asked()
told = list(records(clocks._busy, (1000,), ()))
assert 0 < told[-1][2] - told[-1][1] < 60e9, told
"""
    python(
        code,
        PYTHONPATH=os.pathsep.join(
            [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
        ),
    )


UNDECORATED = SimpleNamespace(remote=lambda **demand: lambda function: function)
"""In the place of Ray: `@ray.remote` leaves a function as it is."""


def test_all_that_is_sent_to_a_ray_worker_can_be_pickled() -> None:
    import ray.cloudpickle as cloudpickle

    from workloads.builtin.images.transform import transform_task
    from workloads.builtin.noop import nothing
    from workloads.builtin.pi import sampling_task
    from workloads.builtin.sleep import sleeping_task
    from workloads.functions.probe import Described
    from workloads.functions.workload import reporting, returning

    msgspec.json.decode(b"{}", type=Described)  # as where another process has described a workload
    cloudpickle.register_pickle_by_value(workloads)
    begin = ray_remote.beginning(1, "", WarmUp())
    try:
        for function in (
            sampling_task,
            sleeping_task,
            transform_task,
            nothing,
            returning,
            reporting,
        ):
            cloudpickle.dumps(
                (
                    ray_remote.streaming(UNDECORATED, function, begin, {}),
                    ray_remote.whole(UNDECORATED, function, begin, {}),
                )
            )
    finally:
        cloudpickle.unregister_pickle_by_value(workloads)


def test_a_process_takes_the_anchor_it_is_handed_on_this_host_only() -> None:
    anchor = "from workloads.machine import clock; print(*clock.ANCHOR)"
    lead, host = clock.ANCHOR
    assert clock.handed_on() == {clock.VARIABLE: f"{lead} {host}"}
    hour = 3600 * 10**9
    assert python(anchor, **{clock.VARIABLE: f"{lead - hour} {host}"}).split() == [
        str(lead - hour),
        host,
    ]
    for bad in (
        f"{lead - hour} elsewhere",
        f"-5 {host}",
        f"{'9' * 400} {host}",
        f"٣٣٣ {host}",
        "",
        " ",
        "now",
    ):
        own = int(python(anchor, **{clock.VARIABLE: bad}).split()[0])
        assert abs(own - lead) < 0.5 * hour, bad


def test_another_host_takes_its_own_anchor() -> None:
    far = clock._clocks(clock.ANCHOR[0] - 10**18, "elsewhere")
    assert abs(far.now() - clock.now()) < 60e9
    near = clock._clocks(clock.ANCHOR[0] - 10**18, clock.ANCHOR[1])
    assert clock.now() - near.now() >= 10**18 - 60e9


def test_what_runs_beside_tasks_takes_no_clock_of_pythons() -> None:
    """Functions of the module `time` may be anything once a task has run in a process."""
    # In the app, and in the lane's process beside Ray, no task runs.
    apart = ("machine/clock.py", "functions/probe.py", "builtin/images/download.py")
    apart += ("engines/ray/start.py", "engines/ray/address.py")
    package = Path(workloads.__file__).parent
    taken = re.compile(
        r"(?<![\w.])time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|thread_time|sleep)\("
    )
    found = {
        str(path.relative_to(package)): taken.findall(path.read_text())
        for path in package.rglob("*.py")
        if str(path.relative_to(package)) not in apart
    }
    assert not {name: calls for name, calls in found.items() if calls}


def test_a_deadline_leaves_out_the_time_in_which_the_process_was_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    deadline = clock.Deadline(60.0)
    for gap in (*[1.0] * 50, 3600.0):
        now += gap
        assert not deadline.passed()
    now += 4.9
    assert not deadline.passed()
    now += 0.2
    assert deadline.passed()
