"""The load of the machine, from files as Linux has them."""

import os
from pathlib import Path

from workloads.machine.load import NOT_MEASURED, MachineLoad, measure

TICKS = os.sysconf("SC_CLK_TCK")


def write(root: Path, processes: dict[int, tuple[int, int]], busy: int = 100) -> None:
    """A process table: of each pid its parent's and the ticks that it used."""
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/stat").write_text(f"cpu  {busy} 0 0 9000 7 0 0 3 0 0\ncpu0 1 2 3\n")
    for pid, (parent, used) in processes.items():
        (root / "proc" / str(pid)).mkdir(exist_ok=True)
        fields = f"S {parent} 1 1 0 -1 0 0 0 0 0 {used} 0 0 0 20 0 1"
        (root / "proc" / str(pid) / "stat").write_text(f"{pid} (a) b 9 c) {fields}")


def test_descendants_are_this_programs(tmp_path: Path):
    write(tmp_path, {1: (0, 50), 20: (1, 3), 21: (20, 4), 22: (21, 5), 30: (1, 900)})
    assert measure(20, tmp_path) == MachineLoad(100 / TICKS, 12 / TICKS, 7 / TICKS, 3 / TICKS)


def test_a_run_is_the_difference(tmp_path: Path):
    write(tmp_path, {20: (1, 3)})
    before = measure(20, tmp_path)
    write(tmp_path, {20: (1, 13)}, busy=150)
    used = measure(20, tmp_path).since(before)
    assert (round(used.machine_s * TICKS), round(used.own_s * TICKS)) == (50, 10)


def test_without_a_process_table_nothing_is_measured(tmp_path: Path):
    assert measure(20, tmp_path) == NOT_MEASURED


def test_this_machine_has_used_at_least_what_this_process_has():
    load = measure(os.getpid())
    if load != NOT_MEASURED:
        assert load.machine_s >= load.own_s > 0
