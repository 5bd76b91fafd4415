"""Recordings: written as events come, readable after a kill, and never at the cost of
another file.
"""

import os
import socket
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from tests.fabricate import fabricated_race, folded
from tests.unit.ledger.test_ledger import snapshot
from workloads.core import events as ev
from workloads.core.errors import BadInput
from workloads.ledger import recording
from workloads.ledger.recording import Recorder, Recording, events, read, scan

EVENTS = fabricated_race(tasks=6, failures=[2], retries=[4])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "race.jsonl"


def recorded(path: Path) -> bytes:
    recorder = Recorder(path)
    for event in EVENTS:
        recorder(event)
    recorder.close()
    return path.read_bytes()


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as told:
        read(path)
    assert path.name in str(told.value)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_what_was_written_is_read_back(file: Path):
    assert recorded(file).count(b"\n") == len(EVENTS)
    assert read(file) == EVENTS


def test_a_recording_folds_to_the_ledger_of_the_race(file: Path):
    recorded(file)
    assert snapshot(folded(read(file))) == snapshot(folded(EVENTS))


def test_every_event_is_in_the_file_at_once(file: Path):
    recorder = Recorder(file)
    for number, event in enumerate(EVENTS[:5], 1):
        recorder(event)
        assert read(file) == EVENTS[:number]
    recorder.close()


def test_a_torn_last_line_is_left_out_wherever_it_tore(file: Path):
    whole = recorded(file)
    lines = whole.splitlines(keepends=True)
    begun = len(b"".join(lines[:-1]))
    for cut in range(begun, len(whole)):
        file.write_bytes(whole[:cut])
        assert read(file) == (EVENTS if cut == len(whole) - 1 else EVENTS[:-1])


def test_a_line_torn_in_the_middle_of_the_file_is_told_by_its_number(file: Path):
    lines = recorded(file).splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:3], lines[3][:20], b"\n", *lines[4:]]))
    assert "line 4:" in refused(file)


@pytest.mark.parametrize(
    "garbage",
    [
        b"no recording",
        b"\x00\xff\xfe" * 50,
        b"{}\n{}\n",
        b"[1, 2]\n",
        b'{"event":"logged","t":1,"text":"\xff"}\n',
        b"[" * 100_000,
        b"PNG\r\n\x1a\n",
        b'{"event":"\x1b[31m","t":1}\n',
        "π\n".encode("utf-16"),
    ],
)
def test_garbage_is_refused_in_a_sentence(file: Path, garbage: bytes):
    file.write_bytes(garbage)
    sentence = refused(file)
    assert "is not a recording" in sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 500


@pytest.mark.parametrize("empty", [b"", b"\n", b"\n \n\n"])
def test_an_empty_file_holds_no_race(file: Path, empty: bytes):
    file.write_bytes(empty)
    assert refused(file).endswith("holds no race.")
    assert events(file) == []


def test_events_without_a_race_are_no_race(file: Path):
    file.write_bytes(ev.encode(EVENTS[1:]))
    assert refused(file).endswith("holds no race.")
    assert events(file) == EVENTS[1:]


def test_a_missing_file_is_told(file: Path):
    assert "can't be read: No such file" in refused(file)


def test_a_directory_is_no_recording(tmp_path: Path):
    assert "can't be read: Is a directory" in refused(tmp_path)


def test_nothing_is_overwritten(file: Path):
    file.write_bytes(b"precious")
    with pytest.raises(BadInput, match="exists already"):
        Recorder(file)
    assert file.read_bytes() == b"precious"


def test_a_link_to_nowhere_is_not_followed(file: Path, tmp_path: Path):
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="exists already"):
        Recorder(file)
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(BadInput, match="can't be written: No such file"):
        Recorder(tmp_path / "nowhere" / "race.jsonl")


def test_blank_lines_do_no_harm(file: Path):
    file.write_bytes(recorded(file).replace(b"\n", b"\r\n\n"))
    assert read(file) == EVENTS


# -- files that are no recordings, or larger than memory -------------------------------------------


@pytest.mark.parametrize("special", ["fifo", "socket", "/dev/zero", "/dev/null", "/dev/full"])
def test_what_is_no_file_is_refused_and_never_waited_for(file: Path, special: str):
    with socket.socket(socket.AF_UNIX) as bound:
        if special == "fifo":
            os.mkfifo(file)
        elif special == "socket":
            bound.bind(str(file))
        else:
            file.symlink_to(special)
        assert "can't be read: " in refused(file)


def test_a_file_larger_than_memory_is_refused_before_memory_is_taken(file: Path):
    with file.open("wb") as huge:
        huge.truncate(1 << 43)
    assert "is too large to show: 8,796.1 GB, and " in refused(file)


def test_a_line_without_an_end_is_refused_before_the_file_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recording, "MAX_LINE", 1 << 20)
    monkeypatch.setattr(recording, "CHUNK", 1 << 20)
    file.write_bytes(ev.encode(EVENTS[:3]) + b" " * (5 << 20))
    shares: list[float] = []
    with pytest.raises(BadInput, match="line 4: it is longer than 1 MB"):
        scan(file, shares.append)
    assert max(shares) < 0.5


def test_a_recording_takes_less_than_twice_the_memory_of_its_file(file: Path):
    file.write_bytes(ev.encode(fabricated_race(tasks=1500)))
    size = file.stat().st_size
    tracemalloc.start()
    try:
        found = scan(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) > 15_000
    assert peak < 2 * size


def test_reading_says_how_far_it_is_and_can_be_stopped(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recording, "CHUNK", 1000)
    recorded(file)
    shares: list[float] = []
    assert scan(file, shares.append)[:] == EVENTS
    assert shares == sorted(shares)
    assert shares[-1] == 1
    del shares[:]
    assert 0 < len(scan(file, shares.append, lambda: len(shares) == 2)) < len(EVENTS)
    assert len(shares) == 2


# -- other versions' events, and events that can't be true -----------------------------------------


def scanned(file: Path, *lines: bytes) -> Recording:
    file.write_bytes(b"\n".join([ev.encode(EVENTS[:1]).strip(), *lines]) + b"\n")
    return scan(file)


def test_events_of_kinds_yet_to_come_are_left_out_with_a_word(file: Path):
    more = [b'{"event":"teleported","t":5,"where":[1]}', b'{"event":"a\\u001b[31m","t":5}'] * 2
    found = scanned(file, *more)
    assert list(found) == EVENTS[:1]
    assert found.notes == [
        "4 events of kinds unknown to this version left out: “teleported” and “a[31m”."
    ]


def test_fields_yet_to_come_are_no_matter(file: Path):
    line = ev.encode(EVENTS[1:2]).strip().replace(b"{", b'{"colour":"red",', 1)
    found = scanned(file, line)
    assert (list(found), found.notes) == (EVENTS[:2], [])


def test_a_recording_of_a_newer_version_says_so_and_is_shown_as_far_as_it_can_be(file: Path):
    opened = ev.encode([msgspec.structs.replace(EVENTS[0], version=2)]).strip()
    changed = b'{"event":"lane-ready","t":1,"lane":"ray","run":"first"}'
    file.write_bytes(b"\n".join([opened, changed, *ev.encode(EVENTS[1:]).splitlines()]) + b"\n")
    found = scan(file)
    assert list(found)[1:] == EVENTS[1:]
    assert "was recorded by a newer version of raytasks-tui" in found.notes[0]
    file.write_bytes(opened.replace(b'"schedule":"together"', b'"schedule":"at-random"') + b"\n")
    assert "was recorded by a newer version of raytasks-tui (format 2)" in refused(file)
    line = ev.encode(EVENTS[:1]).replace(b'"together"', b'"at-random"')
    file.write_bytes(line)
    assert "is not a recording" in refused(file)


@pytest.mark.parametrize(
    "impossible",
    [
        b'{"event":"lane-ready","t":1,"lane":"ray","run":1,"tasks":1000000000,"workers":2,"startup_s":1}',
        b'{"event":"run-ended","t":1,"lane":"ray","run":1,"status":"finished","wall_s":1e308,"driver_cpu_s":1,'
        b'"task_cpu_s":1,"startup_s":1}',
        b'{"event":"finished","t":1,"lane":"ray","task":1,"worker":0,"start":-1,"cpu_s":1}',
        b'{"event":"finished","t":1,"lane":"ray","task":1,"worker":99999,"start":1,"cpu_s":1}',
        b'{"event":"finished","t":9999999999999999999999,"lane":"ray","task":1,"worker":0,"start":1,"cpu_s":1}',
        b'{"event":"store-filled","t":1,"lane":"ray","used":-1,"capacity":1}',
        b'{"event":"logged","t":1,"lane":"' + b"x" * 1000 + b'","text":""}',
    ],
)
def test_events_that_cannot_be_true_are_left_out_with_a_word(file: Path, impossible: bytes):
    found = scanned(file, impossible)
    assert (list(found), found.notes) == (
        EVENTS[:1],
        ["1 event with impossible numbers left out."],
    )


def test_a_result_of_very_many_levels_is_a_line_of_the_log(file: Path):
    deep = (
        b'{"event":"finished","t":1,"lane":"ray","task":1,"worker":0,"start":1,"cpu_s":1,"result":'
    )
    found = list(scanned(file, deep + b"[" * 900 + b"]" * 900 + b"}"))
    assert isinstance(found[1], ev.Finished | ev.Logged)
