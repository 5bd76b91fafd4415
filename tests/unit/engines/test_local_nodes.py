"""The memory that a local Ray cluster needs, before it is started."""

from pathlib import Path

import pytest

from workloads.core.errors import BadInput
from workloads.engines import local_nodes
from workloads.engines.local_nodes import check_room, need_bytes
from workloads.machine import memory


def test_more_nodes_than_memory_holds_are_refused_with_the_figures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local_nodes.memory, "available", lambda: need_bytes(5, 10))
    check_room(5, 10)
    with pytest.raises(
        BadInput, match=r"^8 local nodes of 2 CPUs need about 1,\d{3} MB"
    ) as refused:
        check_room(8, 16)
    assert str(refused.value).endswith("MB are available: at most 5 fit.")


def test_one_node_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_nodes.memory, "available", lambda: 0)
    check_room(1, 64)


def test_the_limit_of_a_control_group_counts(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/job\n7:cpu:/job\n")
    (tmp_path / "proc/self/mountinfo").write_text(
        "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        "2 1 0:2 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    )
    group = tmp_path / "sys/fs/cgroup/job"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("1000000\n")
    (group / "memory.current").write_text("900000\n")
    (group / "memory.stat").write_text("anon 500000\ninactive_file 300000\n")
    assert memory.available(tmp_path) == 400_000
    (group / "memory.current").write_text("2000000\n")
    assert memory.available(tmp_path) == 0
    (group / "memory.max").write_text("max\n")
    assert memory.available(tmp_path) > 400_000
