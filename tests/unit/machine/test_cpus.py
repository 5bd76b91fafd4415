"""The CPUs of a process: masks that change, quotas of cgroup v1 and v2, nested, fractional, seen
from a container.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from workloads.machine import cpus, host
from workloads.machine.cpus import measured

V2 = "30 23 0:26 {top} {mount} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "32 31 0:29 {top} {mount} rw,relatime - cgroup cgroup rw,{controllers}\n"


def system(
    root: Path,
    cgroup: str,
    mounts: str,
    files: Mapping[str, str],
    cores: Mapping[int, tuple[int, int]] | None = None,
) -> Path:
    """A made tree: /proc/self's two files, groups' files, and each CPU's package and core."""
    files = {"proc/self/cgroup": cgroup, "proc/self/mountinfo": mounts, **files}
    for cpu, (package, core) in (cores or {}).items():
        folder = f"sys/devices/system/cpu/cpu{cpu}/topology"
        files |= {f"{folder}/physical_package_id": f"{package}\n", f"{folder}/core_id": f"{core}\n"}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight CPUs, all of them in the mask."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def v2(root: Path, group: str, files: Mapping[str, str], top: str = "/") -> Path:
    folder = "sys/fs/cgroup"
    mounts = V2.format(top=top, mount=f"/{folder}")
    return system(
        root, f"0::{group}\n", mounts, {f"{folder}/{name}": text for name, text in files.items()}
    )


def v1(
    root: Path,
    group: str,
    files: Mapping[str, str],
    top: str = "/",
    controllers: str = "cpu,cpuacct",
) -> Path:
    folder = f"sys/fs/cgroup/{controllers}"
    mounts = V1.format(top=top, mount=f"/{folder}", controllers=controllers)
    period = {f"{folder}/{Path(name).parent}/cpu.cfs_period_us": "100000\n" for name in files}
    files = {f"{folder}/{name}": text for name, text in files.items()}
    return system(
        root, f"5:memory:/x\n4:{controllers}:{group}\n0::/\n", mounts, {**period, **files}
    )


def test_without_a_limit_all_count(tmp_path: Path) -> None:
    assert measured(tmp_path).count == 8
    assert measured(v2(tmp_path, "/a", {"a/cpu.max": "max 100000\n"})) == cpus.Cpus(
        8, measured(tmp_path).physical
    )
    assert measured(v1(tmp_path / "1", "/a", {"a/cpu.cfs_quota_us": "-1\n"})).limit == ""


@pytest.mark.parametrize(
    ("group", "files", "count", "limit"),
    [
        ("/a", {"a/cpu.max": "300000 100000\n"}, 3, "cgroup quota: 3 CPUs, set for /a"),
        (
            "/a/b",
            {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "max 100000\n"},
            2,
            "quota: 2 CPUs, set for /a",
        ),
        (
            "/a/b",
            {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "400000 100000\n"},
            2,
            "set for /a",
        ),
        (
            "/a/b/c",
            {"a/b/cpu.max": "100000 100000\n", "a/b/c/cpu.max": "max 100000"},
            1,
            "quota: 1 CPU, set for /a/b",
        ),
        ("/a", {"a/cpu.max": "150000 100000\n"}, 1, "quota: 1.5 CPUs"),
        ("/a", {"a/cpu.max": "399999 100000\n"}, 4, "quota: 4 CPUs"),
        ("/a", {"a/cpu.max": "5000 100000\n"}, 1, "quota: 0.05 CPUs"),
        ("/a", {"a/cpu.max": "20000 10000\n"}, 2, "quota: 2 CPUs"),
        ("/a", {"a/cpu.max": "9000000 100000\n"}, 8, ""),
        ("/a", {"a/cpu.max": "many 100000\n"}, 8, ""),
        ("/a", {"a/cpu.max": "100000 0\n"}, 8, ""),
        ("/a", {"a/cpu.max": ""}, 8, ""),
        ("/", {"cpu.max": "250000 100000\n"}, 2, "set for /"),
        ("/with space/b", {"with space/cpu.max": "200000 100000\n"}, 2, "set for /with space"),
    ],
)
def test_quotas_of_cgroup_v2(
    tmp_path: Path, group: str, files: dict[str, str], count: int, limit: str
) -> None:
    found = measured(v2(tmp_path, group, files))
    assert found.count == count
    assert limit in found.limit
    assert bool(limit) == bool(found.limit)
    assert found.physical <= count


@pytest.mark.parametrize(
    ("group", "files", "count"),
    [
        ("/a", {"a/cpu.cfs_quota_us": "250000\n"}, 2),
        ("/a/b", {"a/cpu.cfs_quota_us": "100000\n", "a/b/cpu.cfs_quota_us": "-1\n"}, 1),
        ("/a/b", {"a/cpu.cfs_quota_us": "-1\n", "a/b/cpu.cfs_quota_us": "50000\n"}, 1),
        ("/a", {"a/cpu.cfs_quota_us": "0\n"}, 8),
    ],
)
@pytest.mark.parametrize("controllers", ["cpu", "cpu,cpuacct", "cpuacct,cpu"])
def test_quotas_of_cgroup_v1(
    tmp_path: Path, group: str, files: dict[str, str], count: int, controllers: str
) -> None:
    assert measured(v1(tmp_path, group, files, controllers=controllers)).count == count


def test_a_controller_whose_name_only_begins_so_is_another(tmp_path: Path) -> None:
    assert (
        measured(v1(tmp_path, "/a", {"a/cpu.cfs_quota_us": "100000\n"}, controllers="cpuset")).count
        == 8
    )


def test_a_container_sees_its_own_group_at_the_mount(tmp_path: Path) -> None:
    # Docker without a cgroup namespace: the host's path, of which only the group itself is mounted.
    limited = {"cpu.cfs_quota_us": "200000\n"}
    assert measured(v1(tmp_path / "1", "/docker/abc", limited, top="/docker/abc")).count == 2
    assert (
        measured(
            v1(
                tmp_path / "2",
                "/docker/abc/inner",
                {**limited, "inner/cpu.cfs_quota_us": "100000\n"},
                top="/docker/abc",
            )
        ).count
        == 1
    )
    # In a namespace of its own, with another root mounted; and a process that was moved out of it.
    assert (
        measured(v2(tmp_path / "3", "/", {"cpu.max": "200000 100000\n"}, top="/../../docker")).count
        == 2
    )
    assert measured(v2(tmp_path / "4", "/../other", {"cpu.max": "200000 100000\n"})).count == 2


def test_the_tighter_of_both_versions_binds(tmp_path: Path) -> None:
    v1(tmp_path, "/a", {"a/cpu.cfs_quota_us": "300000\n"})
    mounts = (tmp_path / "proc/self/mountinfo").read_text()
    v2(tmp_path, "/b", {"b/cpu.max": "200000 100000\n"})
    more = (tmp_path / "proc/self/mountinfo").read_text()
    (tmp_path / "proc/self/mountinfo").write_text(f"nonsense\n{mounts}{more}")
    (tmp_path / "proc/self/cgroup").write_text("4:cpu,cpuacct:/a\n0::/b\nnonsense\n")
    assert measured(tmp_path).count == 2


def test_the_mask_counts_as_it_is_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for mask, count in (({0, 5}, 2), ({7}, 1), (set(range(8)), 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, mask=mask: mask, raising=False)
        found = measured(tmp_path)
        assert found.count == count
        assert found.limit == (f"affinity mask: {count} of 8 CPUs" if count < 8 else "")


def test_cores_are_those_of_the_mask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cores = {
        cpu: (cpu // 4, cpu % 4 // 2) for cpu in range(8)
    }  # two packages of two cores of two threads
    root = v2(tmp_path, "/", {})
    system(root, "", "", {}, cores)
    assert (measured(root).count, measured(root).physical) == (8, 4)
    for mask, physical in (({0, 1}, 1), ({0, 2}, 2), ({0, 4}, 2), ({0, 1, 4, 5}, 2)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, mask=mask: mask, raising=False)
        assert measured(root).physical == physical


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity masks here")
def test_a_process_sees_a_mask_that_is_set_later() -> None:
    code = (
        "import os; from workloads.machine import cpus, host; cpus.KEPT_S = 1e-9; first = "
        "host.usable_cpus();"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "print(first, host.usable_cpus(), host.physical_cpus())"
    )
    first, *later = map(
        int, subprocess.check_output([sys.executable, "-c", code], text=True, timeout=120).split()
    )
    assert first >= 1
    assert later == [1, 1]


def groups() -> Iterator[tuple[str, Path]]:
    """Where quotas can really be set here: the version, and the folder of a hierarchy with the
    controller `cpu`.
    """
    for kind, _, mount in cpus._mounts(Path("/proc/self/mountinfo").read_text()):
        folder = Path(mount)
        control = folder / "cgroup.subtree_control"
        if kind or (control.exists() and "cpu" in control.read_text().split()):
            yield "v1" if kind else "v2", folder


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_real_quota_binds_the_groups_below_it(version: str) -> None:
    folder = next((folder for known, folder in groups() if known == version), None)
    if folder is None:
        pytest.skip(f"no hierarchy of cgroup {version} with the controller cpu")
    outer = folder / f"raytasks-test-{os.getpid()}"
    inner = outer / "inner"
    try:
        inner.mkdir(parents=True)
        if version == "v1":
            (outer / "cpu.cfs_quota_us").write_text("50000")
        else:
            (outer / "cpu.max").write_text("50000 100000")
    except OSError as error:
        for made in (inner, outer):
            if made.exists():
                made.rmdir()
        pytest.skip(f"no quota can be set: {error}")
    code = f"""
import os, pathlib
pathlib.Path({str(inner / "cgroup.procs")!r}).write_text(str(os.getpid()))
from workloads.machine import host
told = host.describe()
print(told["logical_cpus"], told["physical_cpus"], told["cpu_limit"])
"""
    try:
        told = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=120)
        assert told.split()[:2] == ["1", "1"]
        assert f"cgroup quota: 0.5 CPUs, set for /{outer.name}" in told
    finally:
        inner.rmdir()
        outer.rmdir()


def test_the_host_says_what_limits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "usable", lambda: cpus.Cpus(3, 2, "affinity mask: 3 of 8 CPUs"))
    told = host.describe()
    assert (told["logical_cpus"], told["physical_cpus"]) == (3, 2)
    assert told["cpu_limit"] == "affinity mask: 3 of 8 CPUs"
    monkeypatch.setattr(cpus, "usable", lambda: cpus.Cpus(8, 4))
    assert "cpu_limit" not in host.describe()
