"""The results of a race's calls in a file: written as they come, sorted and renamed at the end,
never at the cost of an earlier race's; where they can't be written, the race and everything else
are as they would be.
"""

import fcntl
import json
import os
import resource
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.schema import check
from tui.outputs.out import Results
from tui.outputs.places import Place, find
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.functions.inputs import seal


def opened(inputs: Sequence[str] = (), workload: str = "m:f") -> ev.RaceOpened:
    return ev.RaceOpened(
        t=1,
        workload=workload,
        params={},
        seed=1,
        schedule="in-turn",
        lanes=["serial", "ray"],
        inputs=list(inputs),
    )


def finished(task: int, result: Any, lane: str = "serial") -> ev.Finished:
    return ev.Finished(t=3, lane=lane, task=task, worker=0, start=1, cpu_s=0.1, result=result)


def race(
    results: Iterable[ev.AnyEvent],
    status: ev.Status | None = "finished",
    tasks: int = 0,
    **more: Any,
) -> list[ev.AnyEvent]:
    """The events of a race that so many tasks are known of; without a status it is left."""
    ended = [ev.RaceEnded(t=9, status=status)] if status else []
    return [
        opened(**more),
        ev.RunStarted(t=2, lane="serial", run=1, tasks=tasks, workers=1),
        *results,
        *ended,
    ]


def written(events: Iterable[ev.AnyEvent], out: Path) -> Results:
    results = Results(find("--out", out))
    for event in events:
        results(event)
    results.close()
    return results


def lines(path: Path) -> list[Any]:
    read = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in read:
        check(line, "call")
    return read


def texts(path: Path) -> list[Any]:
    return [line["result"] for line in lines(path)]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl.partial"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes; that holds for root too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# -- what is written -------------------------------------------------------------------------------


def test_results_are_written_one_a_line_from_the_first_lane_that_has_them(out: Path):
    events = [
        ev.Failed(t=2, lane="serial", task=0, error="ValueError", message="no"),
        finished(2, "ü"),
        finished(0, [1], "ray"),
        ev.Failed(t=5, lane="ray", task=1, error="KeyError", message="'x'"),
        finished(2, "late", "ray"),
    ]
    written(race(events, inputs=[seal("range:3")[0]]), out)
    assert lines(out) == [
        {"task": 0, "input": 0, "lane": "ray", "result": [1]},
        {"task": 1, "input": 1, "lane": "ray", "error": "KeyError", "message": "'x'"},
        {"task": 2, "input": 2, "lane": "serial", "result": "ü"},
    ]
    assert names(out.parent) == {"out.jsonl"}


def no_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def test_inputs_are_written_as_json_whatever_they_hold(tmp_path: Path, out: Path):
    (tmp_path / "in.jsonl").write_text('{}\n[]\nNaN\n{"x": [-Infinity, 1]}\n"a\\ud800b"\n')
    sealed = seal(str(tmp_path / "in.jsonl"))[0]
    written(race([finished(n, n) for n in range(5)], inputs=[sealed]), out)
    done = out.read_bytes().decode().splitlines()
    assert [json.loads(line, parse_constant=no_constant)["input"] for line in done] == [
        {},
        [],
        "nan",
        {"x": ["-inf", 1]},
        "a\ud800b",
    ]


def test_names_of_files_that_are_no_text_are_written(tmp_path: Path, out: Path):
    (tmp_path / "a\udcff.bin").touch()
    written(race([finished(0, 0)], inputs=[seal(f"glob:{tmp_path}/*.bin")[0]]), out)
    assert lines(out)[0]["input"] == f"{tmp_path}/a\udcff.bin"


def test_pictures_are_no_inputs_of_a_function(tmp_path: Path, out: Path):
    written(race([finished(0, 0)], inputs=[str(tmp_path / "one.jpg")], workload="images"), out)
    assert lines(out) == [{"task": 0, "lane": "serial", "result": 0}]


def test_results_go_to_standard_output_alone_and_only_the_last_races(
    capsysbinary: pytest.CaptureFixture[bytes],
):
    written([*race([finished(0, "old")]), *race([finished(1, 1), finished(0, 0)])], Path("-"))
    done = capsysbinary.readouterr().out.splitlines()
    assert [json.loads(line)["result"] for line in done] == [0, 1]


def test_a_great_many_results_are_sorted(out: Path):
    order = [(n * 7919) % 20_000 for n in range(20_000)]
    written(race([finished(n, "x" * (n % 200)) for n in order], tasks=20_000), out)
    assert [line["task"] for line in lines(out)] == list(range(20_000))
    assert all(len(line["result"]) == line["task"] % 200 for line in lines(out))


# -- an earlier race's -----------------------------------------------------------------------------


@pytest.mark.parametrize("earlier", [None, ""])
def test_the_results_of_a_cancelled_race_are_written_where_there_are_none(
    out: Path, earlier: str | None
):
    if earlier is not None:
        out.write_text(earlier)
    done = written(race([finished(1, "b"), finished(0, "a")], "cancelled", tasks=9), out)
    assert texts(out) == ["a", "b"]
    assert done.notes == [f"{out} has the results of 2 calls."]
    assert names(out.parent) == {"out.jsonl"}


@pytest.mark.parametrize("status", ["cancelled", "failed", None])
def test_a_race_that_did_not_end_leaves_an_earlier_ones_results(
    out: Path, partial: Path, status: ev.Status | None
):
    out.write_text("precious\n")
    done = written(race([finished(1, "b"), finished(0, "a")], status, tasks=9), out)
    assert out.read_text() == "precious\n"
    assert texts(partial) == ["b", "a"]
    assert len(done.notes) == 1
    assert done.notes[0].endswith(f"the results of 2 calls are in {partial}.")
    assert not done.complaints


def test_a_race_without_results_leaves_an_earlier_ones_and_no_file(out: Path):
    out.write_text("precious\n")
    written(race([], "failed"), out)
    written([], out)
    assert out.read_text() == "precious\n"
    out.unlink()
    written(race([], "failed"), out)
    assert not names(out.parent)


def test_a_race_that_ended_replaces_an_earlier_ones_with_its_permissions(tmp_path: Path, out: Path):
    (tmp_path / "elsewhere").mkdir()
    there = tmp_path / "elsewhere" / "there.jsonl"
    there.write_text("old\n")
    there.chmod(0o640)
    out.symlink_to(there)
    done = written(
        race(
            [finished(0, "a"), ev.Failed(t=4, lane="serial", task=1, error="E", message="")],
            "failed",
        ),
        out,
    )
    assert [line.get("result", line.get("error")) for line in lines(there)] == ["a", "E"]
    assert out.is_symlink()
    assert there.stat().st_mode & 0o777 == 0o640
    assert names(there.parent) == {"there.jsonl"}
    assert not done.notes + done.complaints


def test_what_a_killed_race_left_stays_until_there_is_something_new(out: Path, partial: Path):
    partial.write_text("left\n")
    written(race([], "failed"), out)
    assert partial.read_text() == "left\n"
    written(race([finished(0, "a")]), out)
    assert names(out.parent) == {"out.jsonl"}


def test_lines_are_in_the_file_while_the_race_runs(out: Path, partial: Path):
    results = Results(find("--out", out))
    for event in race([finished(2, "c"), finished(0, "a")], None):
        results(event)
    results._events.put(None)
    results._thread.join()  # as if it were killed: nothing is finished
    assert partial.exists() or texts(out) == ["a", "c"]


def test_two_races_cannot_write_the_same_results(out: Path):
    results = Results(find("--out", out))
    with pytest.raises(BadInput, match="Another race is writing to"):
        Results(find("--out", out))
    results.close()
    assert not names(out.parent)


def test_a_further_race_of_a_session_replaces_the_first_unless_it_is_cancelled(
    out: Path, partial: Path
):
    first, second = race([finished(0, 1)]), race([finished(0, 2)])
    written([*first, *second], out)
    assert texts(out) == [2]
    written([*first, *race([finished(0, 3)], None)], out)
    assert (texts(out), texts(partial)) == ([1], [3])


def test_a_further_race_leaves_the_partial_file_of_another_program(out: Path, partial: Path):
    results = Results(find("--out", out))
    for event in race([finished(0, 1)]):
        results(event)
    while not out.exists():
        threading.Event().wait(0.01)
    with partial.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("theirs")
        other.flush()
        for event in race([finished(0, 2), finished(1, 3)]):
            results(event)
        results.close()
    assert (texts(out), partial.read_text()) == ([2, 3], "theirs")
    assert results.complaints == [f"{partial} can't be written: another race is writing to it."]
    assert not results.notes


def test_what_was_said_of_a_cancelled_race_goes_with_its_results(out: Path):
    out.write_text("precious\n")
    done = written([*race([finished(0, 1)], "cancelled"), *race([])], out)
    assert [note.split(";")[1] for note in done.notes] == [
        f" the results of 1 call are in {out}.partial."
    ]
    done = written([*race([finished(0, 1)], "cancelled"), *race([finished(0, 2)])], out)
    assert (texts(out), done.notes) == ([2], [])


@pytest.mark.parametrize("what", ["folder", "link", "fifo"])
def test_a_partial_file_that_is_no_file_is_refused(out: Path, partial: Path, what: str):
    make = {
        "folder": partial.mkdir,
        "link": lambda: partial.symlink_to("x"),
        "fifo": lambda: os.mkfifo(partial),
    }
    make[what]()
    with pytest.raises(BadInput, match=r"out\.jsonl\.partial can't be written"):
        Results(find("--out", out))


# -- full disks ------------------------------------------------------------------------------------


def test_a_full_disk_is_said_at_once_and_results_in_memory_come_out(out: Path):
    said: list[str] = []
    results = Results(find("--out", out), said.append)
    with full_disk(0):
        with pytest.raises(OSError, match="File too large"):
            (out.parent / "plain").write_text("x")
        for event in race([finished(n, n) for n in (2, 0, 1)], None):
            results(event)
        while results._events.qsize() or not said:
            pass
    assert said == [f"{out}.partial can't be written: File too large."]
    results(ev.RaceEnded(t=9, status="finished"))
    results.close()
    assert texts(out) == [0, 1, 2]
    assert results.complaints == said
    assert "out.jsonl.partial" not in names(out.parent)


def test_a_disk_that_stays_full_leaves_the_earlier_results_and_whole_lines(
    out: Path, partial: Path
):
    out.write_text("precious\n")
    with full_disk(200):  # everywhere
        done = written(race([finished(n, "x" * 30) for n in (3, 0, 1, 2)]), out)
    assert out.read_text() == "precious\n"
    assert [line["task"] for line in lines(partial)] == [3, 0]
    assert done.complaints == [
        f"{partial} can't be written: File too large.",
        f"{out} can't be written: File too large. Those of 2 calls are in {partial}.",
    ]
    assert names(out.parent) == {"out.jsonl", "out.jsonl.partial"}


def test_what_a_full_disk_does_not_take_goes_to_the_folder_for_temporary_files(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.outputs.out_lines._write_at", full)
    monkeypatch.setattr("tui.outputs.places._replace", full)
    done = written(race([finished(n, n) for n in (2, 0, 1)]), out)
    (left,) = (tmp_path / "tmp").iterdir()
    assert texts(left) == [0, 1, 2]
    assert (
        done.complaints[1]
        == f"{out} can't be written: No space left on device. The results are in {left}."
    )
    assert names(tmp_path) == {"tmp"}


MEDDLED = {
    "removed": lambda partial: partial.unlink(),
    "folder removed": lambda partial: shutil.rmtree(partial.parent),
    "replaced": lambda partial: (partial.unlink(), partial.symlink_to("/etc/passwd")),
    "moved": lambda partial: partial.rename(partial.with_name("moved")),
    "lengthened": lambda partial: os.truncate(partial, 10_000),
}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)], ids=["sorted", "unsorted"])
@pytest.mark.parametrize("how", MEDDLED)
@pytest.mark.parametrize("earlier", [False, True])
def test_results_outlive_a_partial_file_that_somebody_meddles_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...], how: str, earlier: bool
):
    for name in ("tmp", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    out = tmp_path / "there" / "out.jsonl"
    if earlier:
        out.write_text("precious\n")
    results = Results(find("--out", out))
    for event in race([finished(n, n) for n in order], None):
        results(event)
    while (
        results._events.qsize() or out.with_name("out.jsonl.partial").read_bytes().count(b"\n") < 3
    ):
        pass
    MEDDLED[how](out.with_name("out.jsonl.partial"))
    results(ev.RaceEnded(t=9, status="cancelled" if earlier else "finished"))
    results.close()
    elsewhere = list((tmp_path / "tmp").iterdir())
    (found,) = elsewhere or [out]
    assert texts(found) == [0, 1, 2]
    assert not elsewhere or str(found) in " ".join(results.notes + results.complaints)
    assert not earlier or how == "folder removed" or out.read_text() == "precious\n"


def test_a_partial_file_that_was_cut_is_said(out: Path, partial: Path):
    for order in ((0, 1, 2), (2, 0, 1)):
        results = Results(find("--out", out))
        for event in race([finished(n, n) for n in order], None):
            results(event)
        while results._events.qsize() or partial.read_bytes().count(b"\n") < 3:
            pass
        os.truncate(partial, 50)
        results(ev.RaceEnded(t=9, status="finished"))
        results.close()
        assert results.complaints == [
            f"{out} can't be written: {partial} was changed during the race."
        ]
        assert not out.exists()


def test_memory_for_what_no_disk_takes_is_bounded(out: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tui.outputs.out_lines.IN_MEMORY", 1000)
    results = Results(find("--out", out))
    with full_disk(0):
        for event in race([finished(n, "x" * 30) for n in range(100)], None):
            results(event)
        while results._events.qsize() or not results.complaints:
            pass
    results(ev.RaceEnded(t=9, status="finished"))
    results.close()
    kept = len(lines(out))
    assert 5 < kept < 100
    assert (
        results.complaints[1] == f"{100 - kept} results are lost: both disk and memory were full."
    )


def test_what_goes_wrong_in_writing_never_stops_the_race(
    out: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(line: dict[str, Any]) -> bytes:
        raise ValueError("\x1b[31mbroken")

    monkeypatch.setattr("tui.outputs.out._encoded", broken)
    done = written(race([finished(0, 1)]), out)
    assert done.complaints == ["The results can't be written: ValueError: [31mbroken."]


def test_without_a_folder_for_temporary_files_results_are_kept_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    done = written(race([finished(1, 1), finished(0, 0)]), Path("-"))
    assert len(capsysbinary.readouterr().out.splitlines()) == 2
    assert not done.place.beside or done.complaints  # said, though all came out


# -- where the folder takes no file ----------------------------------------------------------------


def in_place(out: Path) -> Place:
    return Place("--out", out, out, beside=False)


def test_a_file_in_a_folder_that_takes_none_is_written_in_place(out: Path):
    out.write_text("old\n")
    results = Results(in_place(out))
    for event in race([finished(1, "b"), finished(0, "a")]):
        results(event)
    results.close()
    assert texts(out) == ["a", "b"]
    assert names(out.parent) == {"out.jsonl"}


def test_there_a_cancelled_races_results_go_to_the_folder_for_temporary_files(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    out.write_text("old\n")
    results = Results(in_place(out))
    for event in race([finished(0, "a")], "cancelled"):
        results(event)
    results.close()
    assert out.read_text() == "old\n"
    (left,) = (tmp_path / "tmp").iterdir()
    assert texts(left) == ["a"]
    assert str(left) in results.notes[0]
