"""Where a race writes: what can't be written is refused before the race, and what was there
outlives a failure.
"""

import os
import socket
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.outputs.test_out import full_disk, names
from tui.outputs import places
from tui.outputs.places import STDOUT, find
from tui.outputs.wanted import Outputs
from workloads.core.errors import BadInput, RaytasksError
from workloads.lanes.coordinator import Plan


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        find("--json", path)
    return str(error.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "figures.json"


def test_a_pipe_is_refused_until_something_reads_it(file: Path):
    os.mkfifo(file)
    assert refused(file) == f"{file} is a pipe without a reader; start the reader first."
    reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    find("--json", file).write([b"1\n", b"2\n"])
    assert os.read(reader, 100) == b"1\n2\n"
    os.close(reader)


def test_a_pipe_whose_reader_goes_away_is_an_error_in_a_sentence(file: Path):
    os.mkfifo(file)
    reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    place = find("--json", file)
    os.close(reader)
    with pytest.raises(RaytasksError, match="can't be written: Broken pipe"):
        place.write([b"1\n"])


def test_what_is_no_file_is_refused(tmp_path: Path, file: Path):
    assert refused(tmp_path).endswith("can't be written: Is a directory.")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(file))
        assert "it is a socket" in refused(file)
    assert refused(tmp_path / "no" / "x").endswith("can't be written: No such file or directory.")
    assert refused(tmp_path / ("x" * 300)).endswith("can't be written: File name too long.")
    assert refused(tmp_path / ("x" * 250)).endswith(
        "can't be written: File name too long."
    )  # with .partial it is
    (tmp_path / "circle").symlink_to("circle")
    assert "can't be written: " in refused(tmp_path / "circle")
    assert refused(Path("/dev/full")) == "/dev/full can't be written: No space left on device."
    assert "\n" not in refused(tmp_path / "a\nb" / "x\udcff")


def test_a_folder_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert "can't be written: No such file" in refused(Path("x"))


def test_probing_leaves_nothing(tmp_path: Path, file: Path):
    find("--json", file)
    assert not names(tmp_path)


def test_a_full_disk_leaves_what_was_there(file: Path):
    file.write_bytes(b"precious")
    place = find("--json", file)
    with full_disk(5), pytest.raises(RaytasksError, match="can't be written: File too large"):
        place.write([b"123456789"])
    assert file.read_bytes() == b"precious"
    assert names(file.parent) == {file.name}


def test_a_name_is_written_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with full_disk(0), pytest.raises(RaytasksError, match=r"^figures\.json can't be written"):
        find("--json", Path("figures.json")).write([b"1"])


def test_what_is_spared_goes_beside_only_if_there_is_something(file: Path):
    place = find("--json", file)
    assert place.spare([b"1"]) == file
    assert place.spare([b"2"]) == file.with_name("figures.json.partial")
    assert (file.read_bytes(), place.partial.read_bytes()) == (b"1", b"2")


def test_a_umask_that_forbids_everything_is_no_hindrance(file: Path):
    before = os.umask(0o777)
    try:
        find("--json", file).write([b"1"])
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0


def test_a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its(file: Path):
    before = os.umask(0o027)
    try:
        find("--json", file).write([b"1"])
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    file.chmod(0o604)
    find("--json", file).write([b"2"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


def test_a_file_that_cannot_be_renamed_gets_the_content_only(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    file.write_bytes(b"what is mounted")
    inode = file.stat().st_ino

    def mounted(*_: Any) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", mounted)
    find("--json", file).write([b"new"])
    assert (file.read_bytes(), file.stat().st_ino) == (b"new", inode)
    assert names(file.parent) == {file.name}


def test_a_folder_that_takes_no_file_has_its_file_written_in_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    file.write_bytes(b"old and long")

    def refuses(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(places, "_probe_folder", refuses)
    place = find("--json", file)
    place.write([b"new"])
    assert file.read_bytes() == b"new"
    assert "Permission denied" in refused(file.with_name("other"))


def test_standard_output_goes_by_several_names(monkeypatch: pytest.MonkeyPatch):
    for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        assert find("--json", Path(name)).path == STDOUT
    monkeypatch.setattr(sys, "stdout", None)
    assert refused(Path("-")) == "--json can't write to standard output: it is closed."
    assert refused(Path("/dev/stdout")) == "--json can't write to standard output: it is closed."


@pytest.mark.parametrize("flags", ["full", "read-only", "no reader"])
def test_a_standard_output_that_takes_nothing_is_refused(
    flags: str, monkeypatch: pytest.MonkeyPatch
):
    if flags == "no reader":
        reader, descriptor = os.pipe()
        os.close(reader)
    else:
        name, mode = ("/dev/full", os.O_WRONLY) if flags == "full" else ("/dev/null", os.O_RDONLY)
        descriptor = os.open(name, mode)
    stream = os.fdopen(descriptor, "w" if flags != "read-only" else "r")
    monkeypatch.setattr(sys, "stdout", stream)
    assert refused(STDOUT).startswith("--json can't write to standard output: ")
    stream.close()


def test_where_standard_error_goes_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.touch()
    monkeypatch.setattr(
        places, "is_open_as", lambda path, descriptor: (path, descriptor) == (file, 2)
    )
    assert (
        refused(file)
        == f"--json would overwrite {file}, where standard error goes; choose another file."
    )


def test_names_that_differ_in_case_only_are_one_file_where_case_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    plan = Plan("sleep", {}, 1)
    Outputs(out=Path("Results"), json=Path("results")).check(plan)
    monkeypatch.setattr(places, "_ignores_case", lambda folder: folder == tmp_path)
    with pytest.raises(BadInput, match="--out and --json can't both write to Results"):
        Outputs(out=Path("Results"), json=Path("results")).check(plan)
    assert not names(tmp_path)
