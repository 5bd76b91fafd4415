"""What the image workload costs: speedup per core and where the rest goes, copies, memory, the
gallery.

uv run python -m tests.bench.images [--quick] [--only core|copy|memory|gallery]
"""

import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil

from tests.bench.figures import Others, add_ratio, arguments, console, median, spread, table
from tests.bench.screen import fed
from workloads.builtin.images.painted import COUNT, paint_all
from workloads.builtin.images.workload import IMAGES
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.ledger.race import Race
from workloads.machine.host import usable_cpus

MEGABYTE = 1 << 20


def plan(tasks: int, files: list[str], lanes: tuple[str, ...] = ("serial", "ray")) -> Plan:
    """A race of that many pictures."""
    return Plan("images", IMAGES.complete({"tasks": tasks}), 7, lanes, inputs=tuple(files))


def per_core(rounds: int, tasks: int, files: list[str]) -> None:
    """Serial against Ray in turn; each stage's time on Ray against its time in serial tells where
    the rest goes.
    """
    walls: dict[str, list[float]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    foreign: list[float] = []
    told: dict[str, list[float]] = defaultdict(list)

    async def races() -> None:
        race = Race()
        coordinator = Coordinator(EngineOptions(), [race.apply])
        try:
            await coordinator.race(plan(2 * usable_cpus(), files))
            for _ in range(rounds):
                others = Others()
                assert await coordinator.race(plan(tasks, files)) == "finished"
                foreign.append(others.share())
                note(race)
        finally:
            await coordinator.close()

    def note(race: Race) -> None:
        serial, ray = race.lane("serial"), race.lane("ray")
        for lane in (serial, ray):
            walls[lane.name].append(lane.wall_s or 0.0)
        spent = {lane.name: lane.tasks.stage_seconds() for lane in (serial, ray)}
        for stage, seconds in spent["serial"].items():
            ratios[stage].append(spent["ray"][stage] / seconds)
            told[f"serial {stage}"].append(seconds / tasks * 1000)
            told[f"ray {stage}"].append(spent["ray"][stage] / tasks * 1000)
        store, ended = ray.store, ray.ended
        told["put"].append(store.put_s / tasks * 1000)
        told["load"].append(store.load_s / tasks * 1000)
        told["startup"].append(ray.startup_s)
        assert ended
        told["busy"].append(float(ray.tasks.durations.sum()) / ended.wall_s / usable_cpus())
        told["driver"].append(ended.driver_cpu_s / ended.wall_s * 100)

    asyncio.run(races())
    workers = usable_cpus()
    made = table(
        f"{tasks} pictures of 12 megapixels in turn on {workers} CPUs",
        "",
        "median (range)",
        "n",
        "target",
    )
    made.add_row("serial lane, s", spread(walls["serial"]), str(rounds), "")
    made.add_row("Ray lane, s", spread(walls["ray"]), str(rounds), "")
    share = [wall * workers for wall in walls["ray"]]
    add_ratio(made, "serial ÷ Ray ÷ workers", walls["serial"], share, foreign, "≥ 0.90")
    made.add_row("share of the time that workers were at a task", spread(told["busy"]), "", "")
    made.add_row(
        "the driver, % of a core (it decodes and puts)", spread(told["driver"], ".1f"), "", ""
    )
    made.add_row("a picture: decoded by the driver, ms", spread(told["load"], ".0f"), "", "")
    made.add_row("a picture: ray.put, ms", spread(told["put"], ".0f"), "", "")
    made.add_row(
        "start-up of the last race (warm), s", spread(told["startup"], ".2f"), "", "not counted"
    )
    made.add_row("others, % of the machine", spread([100 * f for f in foreign], ".0f"), "", "")
    console.print(made)
    made = table("A stage of a picture, ms", "stage", "serial", "Ray", "Ray ÷ serial")
    for stage, of in ratios.items():
        made.add_row(
            stage,
            f"{median(told[f'serial {stage}']):.0f}",
            f"{median(told[f'ray {stage}']):.0f}",
            spread(of, ".2f"),
        )
    console.print(made)


class Memory(threading.Thread):
    """Watches the proportional memory (PSS: shared pages count once) of a lane's processes: its
    peak in bytes.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.peak = 0

    def run(self) -> None:
        """Look ten times a second."""
        while not self._over.wait(0.1):
            total = 0
            with contextlib.suppress(psutil.Error):
                lane = psutil.Process(self._pid)
                for process in [lane, *lane.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        total += process.memory_full_info().pss
            self.peak = max(self.peak, total)

    def end(self) -> int:
        """The peak."""
        self._over.set()
        self.join()
        return self.peak


def memory(counts: list[int], files: list[str]) -> None:
    """The Ray lane's peak memory as there are more pictures: bounded by the window, not by their
    number.
    """
    rows = []

    async def races() -> None:
        race = Race()
        coordinator = Coordinator(EngineOptions(), [race.apply])
        try:
            await coordinator.race(plan(usable_cpus(), files, ("ray",)))
            for count in counts:
                watch = Memory(race.lane("ray").pid)
                watch.start()
                assert await coordinator.race(plan(count, files, ("ray",))) == "finished"
                rows.append((count, watch.end(), race.lane("ray").store))
        finally:
            await coordinator.close()

    asyncio.run(races())
    made = table(
        "The Ray lane's peak memory, MB (PSS of all its processes)",
        "pictures of 36 MB",
        "all of them",
        "peak",
        "object store's peak",
        "its size",
        "spilled",
    )
    for count, peak, store in rows:
        made.add_row(
            str(count),
            f"{store.put_bytes / MEGABYTE:,.0f}",
            f"{peak / MEGABYTE:,.0f}",
            f"{store.peak / MEGABYTE:,.0f}",
            f"{store.capacity / MEGABYTE:,.0f}",
            f"{(store.spilled or 0) / MEGABYTE:,.0f}",
        )
    console.print(made)


def read_in_place(array: Any) -> tuple[bool, float, float]:
    """In a worker: whether the array lies in the object store; MB of private memory that reading it
    and that copying it take.
    """
    import numpy as np

    from workloads.builtin.images.transform import in_object_store

    here = psutil.Process()
    before = here.memory_full_info().uss
    int(array.sum())
    read = here.memory_full_info().uss
    copy = np.array(array)
    copied = here.memory_full_info().uss
    del copy
    return in_object_store(array), (read - before) / 1e6, (copied - read) / 1e6


def copies(files: list[str]) -> None:
    """Bytes that a worker copies to get a picture from the object store, against what a copy would
    take.
    """
    import workloads
    from workloads.builtin.images.library import load
    from workloads.engines.ray.cluster import Cluster

    cluster = Cluster(EngineOptions())
    cluster.open(lambda event: None)  # sets what Ray reads when it is imported
    ray = cluster.ray
    try:
        ray.cloudpickle.register_pickle_by_value(workloads)
        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
        remote = ray.remote(read_in_place)
        arrays = [load(path) for path in files[:6]]
        ray.get(remote.remote(ray.put(arrays[0])))
        got = [ray.get(remote.remote(ray.put(array))) for array in arrays]
        made = table("A picture of 36 MB read in a worker", "", "median (range)", "n")
        made.add_row("lies in the object store", f"{sum(g[0] for g in got)} of {len(got)}", "")
        made.add_row(
            "private memory that reading all of it takes, MB",
            spread([g[1] for g in got], ".2f"),
            str(len(got)),
        )
        made.add_row(
            "private memory that a copy takes, MB",
            spread([g[2] for g in got], ".2f"),
            str(len(got)),
        )
        console.print(made)
    finally:
        cluster.close()


def gallery(rounds: int, seconds: float) -> None:
    """A race of 50 pictures on screen: what a frame costs, and how long all 50 take to be drawn
    first.
    """
    made = table(
        "50 pictures on the race screen (fabricated race), process CPU",
        "size",
        "ms a frame",
        "CPU %",
        "kB/frame",
    )
    with tempfile.TemporaryDirectory() as name:
        for size in ((80, 24), (120, 40), (200, 60)):
            got = [fed(50, seconds, size, "images", Path(name)) for _ in range(rounds)]
            made.add_row(
                "×".join(map(str, size)),
                spread([(g["cpu_s"] - g["fold_s"]) / g["frames"] * 1000 for g in got], ".1f"),
                spread([g["cpu_s"] / g["wall_s"] * 100 for g in got], ".1f"),
                spread([g["bytes"] / g["all_frames"] / 1000 for g in got], ".1f"),
            )
    console.print(made)
    first_draw()


def first_draw() -> None:
    """The time from 50 finished pictures to a drawn gallery, thumbnails decoded, and
    drawn again.
    """
    from tests.fabricate_images import fabricated_images, folded
    from tui.drawing.page import Page
    from tui.drawing.themes import DARK
    from tui.widgets.images.gallery import GalleryView, draw_gallery

    made = table("A gallery of 50 pictures drawn, ms", "cells", "first", "again")
    for width, height in ((60, 17), (60, 56), (190, 56)):
        fold = folded(fabricated_images(50))
        view = GalleryView(fold, 1e9, "ray", total=50)
        times = []
        for _ in range(2):
            began = time.perf_counter()
            draw_gallery(view, Page(width, height, DARK))
            times.append((time.perf_counter() - began) * 1000)
        made.add_row(f"{width}×{height}", f"{times[0]:.1f}", f"{times[1]:.2f}")
    console.print(made)


def main() -> None:
    """The parts asked for."""
    given = arguments(__doc__)
    wanted = ("core", "copy", "memory", "gallery") if not given.only else (given.only,)
    files = paint_all(12 if given.quick else min(24, COUNT), lambda done, total: None)
    if "core" in wanted:
        per_core(1 if given.quick else 3, 4 if given.quick else 24, files)
    if "copy" in wanted:
        copies(files)
    if "memory" in wanted:
        memory([4, 8] if given.quick else [8, 16, 48], files)
    if "gallery" in wanted:
        gallery(1 if given.quick else 3, 3.0 if given.quick else 6.0)


if __name__ == "__main__":
    main()
