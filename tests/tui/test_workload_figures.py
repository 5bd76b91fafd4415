"""The numbers on the screens Workload and Log, in the statistics of a race without a picture, and
on Compare after a sweep are those of `workloads.figures`, of the report and of the ledger.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.fabricate import at, fabricated_race
from tests.fabricate_images import result
from tests.fabricate_sweeps import fabricated_sweep, told_sweep
from tests.tui.staged import SAMPLES, Staged, plan, prose, settle, showing, words
from tests.tui.test_images_screen import image_race
from tests.tui.test_race_figures import RACES, over
from tui.session import Session
from tui.widgets.images.fold import ImagesFold
from tui.widgets.pi.fold import PiFold
from workloads.core import events as ev
from workloads.core.wording import (
    amount,
    brief,
    error_text,
    per_second,
    percent,
    seconds,
    size_text,
    times,
)
from workloads.figures.durations import SlowestTask, durations, throughput
from workloads.figures.errors import error, half_width
from workloads.ledger.lane import Lane
from workloads.ledger.tables import State
from workloads.sweeps.report import report
from workloads.sweeps.values import read


@pytest.mark.parametrize(
    "name", [name for name in RACES if name not in ("100,000 tasks", "with start-up")]
)
async def test_the_picture_of_pi_shows_the_samples_of_the_ledgers_tasks(name: str):
    session = RACES[name]()
    async with showing(session) as (app, pilot):
        await pilot.press("2")
        await settle(pilot)
        screen = words(app)
        assert not re.search(r"\b(nan|inf|ghost|None)\b", screen)
        for lane in session.race.raced():
            fold = session.folds[lane.name]
            assert isinstance(fold, PiFold)
            known = fold.estimate_at(np.inf)
            assert known is not None
            whole = SAMPLES * lane.tasks.count
            assert SAMPLES * lane.done <= known.samples <= whole
            if lane.done == lane.tasks.count:
                assert lane.ended is not None
                answer: Any = lane.ended.answer
                assert (known.samples, known.inside) == (answer["samples"], answer["inside"])
                assert known.pi == answer["pi"]
            row = next(
                line.split()
                for line in screen.partition("samples drawn")[2].splitlines()
                if re.search(rf" {lane.engine[0].upper()}  █", line)
            )
            assert row[-2:] == [f"{known.samples:,}", error_text(error(known.pi))]
        # Ray's are the last.
        assert f" {known.samples:,} samples   error {error_text(error(known.pi))}" in screen
        assert f" of {known.samples:,} samples · Ray" in screen
        band = re.search(r"\(± ([\d.]+), 95%\)", screen)
        assert band is None or band[1] == error_text(half_width(known.stderr))


@pytest.mark.parametrize("failures", [(), (3, 5)], ids=["finished", "failed"])
async def test_the_galleries_show_what_the_tasks_returned(failures: Sequence[int]):
    session = over(image_race(failures=failures))
    async with showing(session, (200, 60)) as (app, pilot):
        await pilot.press("2")
        await settle(pilot)
        screen = words(app)
        for lane in session.race.raced():
            fold = session.folds[lane.name]
            assert isinstance(fold, ImagesFold)
            done = np.flatnonzero(lane.tasks.state == State.FINISHED).tolist()
            pixels = sum(np.prod(result(task)["before"][:2]) for task in done)
            last = float(np.nanmax(lane.tasks.end[done]))
            heading = f" {lane.engine.capitalize()}  {lane.done}/{lane.tasks.count}"
            heading += f"  ✗{lane.failed}" * bool(failures)
            shown = screen[screen.index(heading) :].splitlines()[0]
            assert f" {round(pixels / 1e6)} megapixels " in shown
            assert f" {amount(pixels / 1e6 / last)} megapixels/s" in shown
        store = session.race.lane("ray").store
        assert f"{size_text(store.used)} still held of {size_text(store.capacity)}" in screen
        assert f" {size_text(store.put_bytes)} stored in total, {store.puts:,} objects" in screen
        # The selected image is the newest: its own facts, and the times of its stages.
        task = int(np.nanargmax(np.where(lane.tasks.state == State.FINISHED, lane.tasks.end, 0)))
        facts = result(task)
        text = prose(app)
        assert f"task {task}" in text
        assert f"worker w{lane.tasks.worker[task]}, " in text
        assert facts["checksum"] in text
        assert f"decoded {size_text(facts['bytes'])}" in text
        for stage, took in facts["stages"].items():
            assert re.search(rf" {stage} +▆* +{re.escape(brief(took))}", screen), stage


STATISTICS: dict[str, Callable[[], Session]] = {
    "failed": lambda: over(fabricated_race(schedule="in-turn", failures=[2], retries=[5])),
    "one task": lambda: over(fabricated_race(tasks=1, schedule="in-turn")),
    "cancelled": lambda: over(fabricated_race(cancel=3.0)),
    "100,000 tasks": RACES["100,000 tasks"],
}


def all_slowest(session: Session) -> Iterator[tuple[Lane, SlowestTask]]:
    for lane in session.race.raced():
        if stats := durations(session.race, lane):
            yield from ((lane, task) for task in stats.slowest)


@pytest.mark.parametrize("name", STATISTICS)
async def test_a_race_without_a_picture_shows_its_statistics(name: str):
    session = STATISTICS[name]()
    race = session.race
    async with showing(session) as (app, pilot):
        for key in "12":
            await pilot.press(key)
            await settle(pilot)
            screen = words(app)
            for lane in race.raced():
                letter, stats = lane.engine[0].upper(), durations(race, lane)
                if stats is None:
                    continue
                printed = " +".join(
                    re.escape(brief(each))
                    for each in (stats.p50_s, stats.p90_s, stats.p99_s, stats.max_s)
                )
                assert re.search(rf" {letter} +{printed}", screen), lane.name
                assert lane.ended is not None
                rate = throughput(lane, lane.ended.wall_s).mean_per_s
                assert re.search(rf" {letter} [▁-█ ]+ {re.escape(per_second(rate))}", screen)
            tasks = [(slow.seconds, lane, slow.task) for lane, slow in all_slowest(session)]
            took, lane, task = max(tasks, key=lambda each: each[0])
            letter, worker = lane.engine[0].upper(), lane.tasks.worker[task]
            row = f" {letter}  task {task:,} +w{worker} +{brief(took)}"
            assert re.search(row, screen.partition("SLOWEST TASKS")[2])


async def test_the_log_shows_the_lines_of_the_ledger():
    lines = [("serial", "hello", 0), ("ray", "hello", 15), ("ray", "no task", -1), ("", "own", -1)]
    logged = [
        ev.Logged(t=at(20 + number), lane=lane, text=f"{text} {number}", task=task)
        for number, (lane, text, task) in enumerate(lines * 5)
    ]
    events = sorted([*fabricated_race(schedule="in-turn"), *logged], key=lambda event: event.t)
    session = over(events)
    async with showing(session) as (app, pilot):
        await pilot.press("7")
        await settle(pilot)
        rows = [line.split() for line in words(app).splitlines()[1:-1] if line.strip()]
        assert len(rows) == session.race.logged == len(logged)
        for line, row in zip(session.race.log, rows, strict=True):
            badge = line.lane[:1].upper() or "!"
            named = ["task", f"{line.task}"] * (line.task >= 0)
            assert row[1:] == [badge, *named, *line.text.split()]
            assert row[0].endswith(f".{line.t // 1_000_000 % 1000:03}")


SWEEPS: dict[str, Callable[[], list[ev.AnyEvent]]] = {
    "batches": lambda: fabricated_sweep((4, 6), each_s=0.2),
    "failed": lambda: fabricated_sweep((4, 6), each_s=0.2, failing=(6,)),
    "workers": lambda: told_sweep(read("workers", "1,2,4", plan()), amdahl, workers=of_value),
    "superlinear": lambda: told_sweep(read("workers", "1,2", plan()), fast, workers=of_value),
    "samples": lambda: told_sweep(
        read("samples", "1e4,1e6", plan()),
        lambda lane, value: value * (1e-5 if lane == "serial" else 0.6e-5),
        answer=lambda value: {"pi": 3.14159 + value**-0.5, "samples": value},
    ),
    "runs": lambda: told_sweep(
        read("runs", "3", plan()), lambda lane, run: 2.0 if lane == "serial" else 1 + run / 100
    ),
}


def amdahl(lane: str, workers: int) -> float:
    return 8.0 if lane == "serial" else 8.0 * (0.1 + 0.9 / workers)


def fast(lane: str, workers: int) -> float:
    return 8.0 if lane == "serial" else 3.0 / workers


def of_value(lane: str, value: int) -> int:
    return 1 if lane == "serial" else value


@pytest.mark.parametrize("name", SWEEPS)
async def test_compare_shows_the_report_of_a_sweep(name: str):
    session = Staged()
    for event in SWEEPS[name]():
        session.apply(event)
    session.held.seconds = 10_000.0
    data: Any = report(session.sweep)
    async with showing(session) as (app, pilot):
        await pilot.press("4")
        await settle(pilot)
        screen, text = words(app), prose(app)
        assert not re.search(r"\b(nan|inf|None)\b", screen)
        if name == "runs":
            its = data["repeated"]["ray"]
            assert f"median of {its['count']} runs" in text
            assert f" {times(its['median'])} " in text
            return
        for point in data["points"]:
            value, ratio = next(iter(point.values())), point["speedup"]
            row = next(  # the table's, below the charts'
                " ".join(line.split())
                for line in reversed(screen.splitlines())
                if re.match(rf" +{value:,}  ", line)
            )
            figures = [f"{value:,}"]
            if "error" in point:
                figures.append(error_text(point["error"]))
            for lane in ("serial", "ray"):
                took = point[f"{lane}_s"]
                figures.append("–" if took is None else seconds(took))
            mark = "!" * ("ray" in point.get("beyond", {}))
            figures.append("–" if ratio is None else times(ratio) + mark)
            assert row == " ".join(figures)
        # What is read off the charts at the last point is in the same digits as in the table.
        if "efficiency" in point:
            assert f"R Ray {percent(point['efficiency']['ray'])}" in text
        elif ratio is not None:
            assert f"S serial {seconds(point['serial_s'])} R Ray {seconds(point['ray_s'])}" in text
        if "error" in point:
            assert f"E error {error_text(point['error'])}" in text
        elif ratio is not None:
            assert f"R Ray {times(ratio)}" in text
