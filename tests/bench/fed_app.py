"""The app fed with a fabricated race on a moving virtual clock: what the screen benchmark measures.

    python -m tests.bench.fed_app TASKS SECONDS REPORT WORKLOAD

It runs SECONDS, writes what a frame cost as JSON to the file REPORT, and ends.
"""

import json
import random
import sys
import time
from collections import deque
from pathlib import Path

import msgspec

import tui.app
from tests.fabricate import START, at, fabricated_race
from tests.fabricate_images import result
from tui.app import RaytasksApp
from tui.screens.race import RaceScreen
from tui.session import Session
from workloads.builtin.pi import GRID, POINTS_KEPT
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan

RACE_S = 60.0
"""Seconds of work in the fabricated race: the same for 16 tasks and for 100,000."""

INTO_S = 0.25
"""Where in Ray's run the clock starts, as a share of it: serial runs beside it as a ghost."""

FEED_S = 0.1
WARM_S = 1.5
SAMPLES = 3_000_000


class Fed(Session):
    """A session whose events come from a list; `fold_s` is the CPU time of folding them."""

    def __init__(self, events: list[ev.AnyEvent], begin: float, plan: Plan) -> None:
        self.zero = time.time_ns()
        super().__init__(plan, lambda: at(begin) + time.time_ns() - self.zero)
        self._waiting = deque(events)
        self.fold_s, self.fed = 0.0, 0

    def feed(self) -> None:
        """Apply what has happened by now."""
        now, began = self.clock(), time.thread_time()
        while self._waiting and self._waiting[0].t <= now:
            self.apply(self._waiting.popleft())
            self.fed += 1
        self.fold_s += time.thread_time() - began


class FedApp(RaytasksApp):
    """The real app; only its events are fabricated."""

    CSS_PATH = Path(tui.app.__file__).parent / RaytasksApp.CSS_PATH

    def __init__(self, session: Fed, seconds: float, report: Path) -> None:
        super().__init__(lambda: session)
        self._fed = session
        self._seconds, self._report = seconds, report
        self._state_before: tuple[float, float, int, int, float] = (0.0, 0.0, 0, 0, 0.0)

    def on_mount(self) -> None:  # Textual calls the base's as well
        self.set_interval(FEED_S, self._fed.feed)
        self.set_timer(WARM_S, self._begin_measuring)

    def _state(self) -> tuple[float, float, int, int, float]:
        return time.process_time(), self._fed.fold_s, self._fed.fed, Counted.frames, Counted.show_s

    def _begin_measuring(self) -> None:
        self._state_before, self._measured_from = self._state(), time.perf_counter()
        self.set_timer(self._seconds, self._end_measuring)

    def _end_measuring(self) -> None:
        cpu, fold, fed, frames, show = (
            a - b for a, b in zip(self._state(), self._state_before, strict=True)
        )
        wall = time.perf_counter() - self._measured_from
        told = {
            "cpu_s": cpu,
            "fold_s": fold,
            "events": fed,
            "frames": frames,
            "all_frames": Counted.frames,
            "wall_s": wall,
            "show_s": show,
        }
        self._report.write_text(json.dumps(told))
        self.exit(0)


class Counted:
    """Counts frames and the time of the race screen's own `show`."""

    frames = 0
    show_s = 0.0


def count_frames() -> None:
    """Count every frame of the race screen."""
    show = RaceScreen.show

    def counted(self: RaceScreen, session: Session, slow: bool) -> None:
        began = time.thread_time()
        show(self, session, slow)
        Counted.frames += 1
        Counted.show_s += time.thread_time() - began

    RaceScreen.show = counted  # type: ignore[method-assign]


def as_pi(events: list[ev.AnyEvent], tasks: int) -> list[ev.AnyEvent]:
    """The race as one of π: with points and counts, so that all its pictures have something to
    draw.
    """
    dice = random.Random(1)

    def changed(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.RaceOpened):
            params = {"tasks": tasks, "samples": SAMPLES, "kernel": "python"}
            return msgspec.structs.replace(event, workload="pi", params=params)
        if isinstance(event, ev.Progressed):
            done = SAMPLES * event.done // event.total
            points = [dice.randrange(2 * GRID + 1) for _ in range(2 * POINTS_KEPT)]
            return msgspec.structs.replace(
                event, done=done, total=SAMPLES, partial=[round(done * 0.7854), points]
            )
        if isinstance(event, ev.Finished):
            return msgspec.structs.replace(event, result=[SAMPLES, round(SAMPLES * 0.7854)])
        return event

    return [changed(event) for event in events]


def as_images(events: list[ev.AnyEvent], tasks: int) -> list[ev.AnyEvent]:
    """The race as one of pictures, with thumbnails."""

    def changed(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.RaceOpened):
            params = {"tasks": tasks, "rounds": 3, "radius": 20.0, "thumbnail": 96}
            return msgspec.structs.replace(event, workload="images", params=params)
        if isinstance(event, ev.Finished):
            return msgspec.structs.replace(event, result=result(event.task))
        return event

    return [changed(event) for event in events]


def main() -> None:
    """Run for the seconds asked for."""
    tasks, seconds, report, workload = (
        int(sys.argv[1]),
        float(sys.argv[2]),
        Path(sys.argv[3]),
        sys.argv[4],
    )
    # As the lanes do it: few tasks report every 0.15 s, very many not at all.
    reports = int(RACE_S / tasks / 0.15) if tasks <= 2000 else 0
    events = fabricated_race(
        tasks=tasks, seconds=RACE_S, schedule="in-turn", reports=reports, seed=3
    )
    if workload == "pi":
        events = as_pi(events, tasks)
    if workload == "images":
        events = as_images(events, tasks)
    runs = {event.lane: event.t for event in events if isinstance(event, ev.RunStarted)}
    begin = (runs["ray"] - START) / 1e9 + INTO_S * RACE_S / 2
    session = Fed(events, begin, Plan(workload, {"tasks": tasks}, 3, schedule="in-turn"))
    session.feed()
    session.zero, session.fold_s, session.fed = time.time_ns(), 0.0, 0
    count_frames()
    FedApp(session, seconds, report).run()


if __name__ == "__main__":
    main()
