"""The memory that this process may still use: the machine's, within the limits of its control
groups (cgroup v2).
"""

from pathlib import Path

from workloads.machine.cpus import by_group


def available(root: Path = Path("/")) -> int:
    """Bytes that new processes can use before the system swaps, or ends some of them."""
    import psutil  # which the first paint can do without

    free = [float(psutil.virtual_memory().available)]
    free += [left for left, _ in by_group(root, {"": _left})]
    return max(0, int(min(free)))


def _left(folder: Path) -> float | None:
    """Bytes below a group's limit, with what it keeps of files counted as free."""
    limit = (folder / "memory.max").read_text().strip()
    if limit == "max":
        return None
    used = int((folder / "memory.current").read_text())
    statistics = (line.split() for line in (folder / "memory.stat").read_text().splitlines())
    return float(int(limit) - used + int(dict(statistics).get("inactive_file", 0)))
