"""Recordings: written as events come, readable after a kill, and never at the cost of another file."""

from pathlib import Path

import pytest

from tests.fabricate import fabricated_race, folded
from tests.unit.test_ledger import snapshot
from workloads import events as ev
from workloads.errors import BadInput
from workloads.recording import Recorder, events, read

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
        b"no recording", b"\x00\xff\xfe" * 50, b"{}\n{}\n", b"[1, 2]\n", b'{"event":"logged","t":1,"text":"\xff"}\n',
        b"[" * 100_000, b"PNG\r\n\x1a\n", b'{"event":"\x1b[31m","t":1}\n', "π\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_garbage_is_refused_in_a_sentence(file: Path, garbage: bytes):
    file.write_bytes(garbage)
    sentence = refused(file)
    assert "is no recording" in sentence
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
