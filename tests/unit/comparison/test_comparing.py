"""Lanes compared by the digests of their tasks' results, and differences measured from what workers
kept.
"""

import base64
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workloads.comparison import comparing, keeping
from workloads.comparison.comparing import LaneDigests, compared, measure
from workloads.comparison.contents import digest
from workloads.comparison.leaves import Leaves
from workloads.core import events as ev


def leaves_of(value: Any) -> Any:
    leaves = Leaves()
    digest(value, leaves)
    return leaves.kept


def finished(task: int, value: Any = None, why: str = "") -> ev.Finished:
    text = "" if why else base64.b64encode(digest(value)).decode()
    return ev.Finished(t=1, task=task, worker=0, start=0, cpu_s=0, digest=text, not_compared=why)


def lane(*results: Any, folder: Path | None = None) -> LaneDigests:
    """A lane whose tasks returned these; a `why not` for a type, nothing for Ellipsis."""
    made = LaneDigests(len(results), folder)
    run = keeping.new_run(folder) if folder else None
    for task, result in enumerate(results):
        if isinstance(result, type):
            made.take(finished(task, why=f"returned a {result.__name__}"))
        elif result is not ...:
            made.take(finished(task, result))
            if run:
                leaves = Leaves()
                keeping.keep(run, digest(result, leaves), leaves)
    return made


def said(*lanes: LaneDigests) -> tuple[bool | None, str]:
    found = compared(dict(zip(("serial", "ray", "threads"), lanes, strict=False)))
    assert found is not None
    return found.same, found.reason


def test_lanes_with_equal_results_are_the_same() -> None:
    assert said(lane(1, "a", {2: 3}), lane(1, "a", {2: 3}), lane(1.0, "a", {2: 3})) == (True, "")


def test_the_first_task_that_differs_is_named() -> None:
    assert said(lane(1, 2, 3), lane(1, 2, 4)) == (
        False,
        "task 2 differs between serial and ray (only digests were compared)",
    )
    assert said(lane(1, 2, 3), lane(1, 2, 3), lane(1, 5, 4)) == (
        False,
        "task 1 and 1 other task differ between serial and threads (only digests were compared)",
    )


def test_what_was_not_compared_is_said() -> None:
    assert said(lane(1, int, str), lane(1, int, str)) == (None, "task 1 returned a int")
    assert said(lane(1, 2), lane(1, int)) == (None, "task 1 returned a int")
    assert said(lane(1, int), lane(2, int))[0] is False, (
        "a difference is one whatever else is not known"
    )
    assert said(lane(1, 2), LaneDigests(2)) == (True, ""), (
        "a lane whose tasks all failed has nothing to compare"
    )
    without = LaneDigests(1)
    without.take(ev.Finished(t=1, task=0, worker=0, start=0, cpu_s=0))
    assert said(lane(1), without) == (None, "some results have no digest")


def test_lanes_without_digests_are_not_compared_here() -> None:
    assert compared({"serial": lane(..., ...), "ray": lane(..., ...)}) is None
    assert compared({"serial": lane(1)}) is None
    assert compared({}) is None


@pytest.mark.parametrize("text", ["", "no digest", "AAAA", "ä" * 16])
def test_a_digest_that_is_none_counts_as_missing(text: str) -> None:
    made = LaneDigests(1)
    made.take(ev.Finished(t=1, task=0, worker=0, start=0, cpu_s=0, digest=text))
    made.take(ev.Finished(t=1, task=7, worker=0, start=0, cpu_s=0, digest=text))
    assert not made.has_digest.any()


# -- measuring -------------------------------------------------------------------------------------


def how(one: Any, other: Any) -> comparing.Measured:
    return measure(leaves_of(one), leaves_of(other), "serial", "ray")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (
            [1.0, 2.0],
            [1.0, 3.0],
            "[1] is 2.0 on serial, 3.0 on ray (largest relative difference 0.33)",
        ),
        (1, 2, "the result is 1 on serial, 2 on ray (largest relative difference 0.5)"),
        (
            {"a": np.ones((2, 2))},
            {"a": np.eye(2)},
            "['a'][0, 1] is 1.0 on serial, 0.0 on ray (largest relative difference 1)",
        ),
        ({"a": "x"}, {"a": "y"}, "['a'] is 'x' on serial, 'y' on ray"),
        ("x", "y", "the result is 'x' on serial, 'y' on ray"),
        (
            np.ones(3),
            np.ones((3, 1)),
            "the result is an array of f8 with shape (3,) on serial, the result is an array of "
            "f8 with shape (3, 1) on ray",
        ),
        ([1, "a"], [1, "a", 2], "2 parts on serial, 3 on ray"),
        (
            np.array([1, 2]),
            np.array([1, 3]),
            "[1] is 2 on serial, 3 on ray (largest relative difference 0.33)",
        ),
        ([np.nan], [1.0], "[0] is nan on serial, 1.0 on ray"),
        (np.array([np.inf]), np.array([1.0]), "[0] is inf on serial, 1.0 on ray"),
        (
            10**15,
            10**15 + 1,
            "the result is 1000000000000000 on serial, 1000000000000001 on ray (largest relative "
            "difference 1e-15)",
        ),
        (
            np.array([1 + 1j]),
            np.array([1 - 1j]),
            "[0] is (1+1j) on serial, (1-1j) on ray (largest relative difference 1.4)",
        ),
        ("[bold]\x1b[31m", "b", "the result is '[bold]\\x1b[31m' on serial, 'b' on ray"),
        (bytearray(b"a"), bytearray(b"b"), "the result is b'a' on serial, b'b' on ray"),
        (np.array(["a"]), np.array(["b"]), "only digests were compared"),
    ],
)
def test_a_difference_is_measured(one: Any, other: Any, words: str) -> None:
    found = how(one, other)
    assert found.words == words
    assert not found.last_bits


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_last_bits_are_named_as_such(dtype: str) -> None:
    one = np.linspace(1, 2, 1000).astype(dtype)
    other = one.copy()
    other[500] *= 1 + 4 * float(np.finfo(dtype).eps)
    assert how(one, other).last_bits
    other[7] *= 1.01
    assert not how(one, other).last_bits
    assert not how({"a": one, "b": "x"}, {"a": one, "b": "y"}).last_bits
    assert (
        how(0.1 + 0.2, 0.3).words == "in the last bits only (largest relative difference 1.9e-16)"
    )


def test_differences_in_the_last_bits_are_summed_up(tmp_path: Path) -> None:
    here, there = tmp_path / "a", tmp_path / "b"
    here.mkdir()
    there.mkdir()
    assert said(lane(0.3, 1, 0.6, folder=here), lane(0.1 + 0.2, 1, 0.6 + 2**-52, folder=there)) == (
        False,
        "task 0 and 1 other task differ between serial and ray in the last bits only (largest "
        "relative difference 3.7e-16)",
    )
    assert said(lane(0.3, 1, folder=here), lane(0.1 + 0.2, 2, folder=there)) == (
        False,
        "task 0 and 1 other task differ between serial and ray; task 0 in the last bits only "
        "(largest relative difference 1.9e-16)",
    )
    found = compared({"serial": lane(0.3, "a", folder=here), "ray": lane(0.3, "b", folder=there)})
    assert found is not None
    assert found.differences == [ev.Difference("ray", 1, "the result is 'a' on serial, 'b' on ray")]


# -- what is kept ----------------------------------------------------------------------------------


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    run = keeping.new_run(tmp_path)
    assert run is not None
    values = [{"a": np.arange(5.0), "b": "ä"}, [1, 2.5], "text"]
    digests = []
    for value in values:
        leaves = Leaves()
        digests.append(digest(value, leaves))
        threading.Thread(target=keeping.keep, args=(run, digests[-1], leaves)).run()
    places = keeping.read(tmp_path, digests)
    assert set(places) == set(digests)
    assert [len(keeping.load(places[digest])) for digest in digests] == [2, 1, 1]
    (file,) = Path(run).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(file.read_bytes()[:-3])
    assert len(keeping.read(tmp_path, digests)) == 2, "a torn record isn't one"
    assert keeping.new_run(tmp_path) != run
    assert not Path(run).exists()


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LANE_BYTES", 4 << 20)
    made = lane(*(np.full(100_000, n) for n in range(20)), folder=tmp_path)
    assert made.has_digest.all()
    used = sum(path.stat().st_size for path in tmp_path.glob("run-*/*"))
    assert 1 << 20 < used <= keeping.LANE_BYTES + keeping.LOOK_EVERY
    monkeypatch.setattr(keeping, "FREE_BYTES", 1 << 60)
    lane(1.5, folder=tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.glob("run-*/*")) == 0


def test_threads_keep_side_by_side(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def worker(number: int) -> None:
        try:
            for at in range(200):
                leaves = Leaves()
                keeping.keep(runs[at // 20], digest([number, at], leaves), leaves)
        except BaseException as error:
            failed.append(error)

    for n in range(10):
        (tmp_path / f"run-{n}").mkdir()
    runs = [str(tmp_path / f"run-{n}") for n in range(10)]
    threads = [threading.Thread(target=worker, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    wanted = [digest([number, at]) for number in range(8) for at in range(200)]
    assert len(keeping.read(tmp_path, wanted)) == 1600


def test_a_folder_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    leaves = Leaves()
    keeping.keep(str(tmp_path / "none"), digest([1.5], leaves), leaves)
    assert keeping.new_run(tmp_path / "none") is None
    assert keeping.read(tmp_path / "none", [b""]) == {}
    keeping.remove(None)


def test_a_lanes_folder_is_private_and_those_of_dead_processes_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping.tempfile, "gettempdir", lambda: str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    left = tmp_path / f"{keeping.PREFIX}{dead.pid}-x"
    left.mkdir()
    others = tmp_path / f"{keeping.PREFIX}{os.getppid()}-x"
    others.mkdir()
    odd = tmp_path / f"{keeping.PREFIX}odd"
    odd.mkdir()
    made = keeping.make_folder()
    assert made is not None
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert sorted(tmp_path.iterdir()) == sorted([made, others, odd])
    monkeypatch.setattr(keeping.tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    assert keeping.make_folder() is None


def test_what_cannot_be_kept_fails_no_call(tmp_path: Path) -> None:
    value = type("Odd", (), {})()
    vars(value)["\ud800"] = [1.5]
    leaves = Leaves()
    keeping.keep(str(tmp_path), digest(value, leaves), leaves)
    assert leaves.whole


def test_the_folder_of_a_live_process_that_is_not_seen_here_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in another container with the same folder for temporary files."""
    monkeypatch.setattr(keeping.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(keeping, "_runs", lambda pid: False)
    first = keeping.make_folder()
    second = keeping.make_folder()
    assert first
    assert second
    assert first.exists()
    keeping.remove(first)
    keeping.remove(second)
    assert list(tmp_path.iterdir()) == []


def test_files_of_earlier_runs_are_closed_whichever_thread_opened_them(tmp_path: Path) -> None:
    def opened() -> list[str]:
        links = [Path("/proc/self/fd", entry) for entry in os.listdir("/proc/self/fd")]
        return [
            target for link in links if (target := os.path.realpath(link)).startswith(str(tmp_path))
        ]

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    for run in range(3):
        folder = tmp_path / str(run)
        folder.mkdir()
        threads = [threading.Thread(target=kept_in, args=(folder, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    kept_in(tmp_path / "2", 9)
    assert all(target.startswith(str(tmp_path / "2")) for target in opened())


def kept_in(folder: Path, number: int) -> None:
    leaves = Leaves()
    keeping.keep(str(folder), digest([number], leaves), leaves)
