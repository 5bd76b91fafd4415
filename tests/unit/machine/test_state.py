"""Files that are kept from one run to the next: private, replaced in one step, read with care."""

import os
import stat
from pathlib import Path

import pytest

from workloads.machine.state import MAX_BYTES, read_private, state_file, write_private


def test_a_file_is_for_its_user_only_and_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "state" / "deep" / "kept.json"
    write_private(file, b"one")
    first = file.stat().st_ino
    with file.open("rb") as reader:
        write_private(file, b"two")
        assert reader.read() == b"one"
    assert read_private(file) == b"two"
    assert file.stat().st_ino != first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o077 == 0
    assert [each.name for each in file.parent.iterdir()] == ["kept.json"]


def test_where_it_cant_be_written_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with pytest.raises(OSError, match="kept"):
        write_private(tmp_path / "kept", b"one")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_what_isnt_a_file_of_this_user_is_read_as_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept"
    assert read_private(file) == b""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(read_private(file)) == MAX_BYTES
    for name in ("pipe", "link", "."):
        assert read_private(tmp_path / name) == b""
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    assert read_private(file) == b""
    file.write_bytes(b"x")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert read_private(file) == b""


def test_an_environment_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAYTASKS_STATE", "/somewhere")
    assert state_file("a.json") == Path("/somewhere/a.json")
    monkeypatch.delenv("RAYTASKS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    file = state_file("a.json")
    assert file is not None
    assert file.parts[-2:] == ("raytasks-tui", "a.json")
