"""Races staged for the screen: π races that never ran, a clock that is held, a session without
processes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import Any, Literal, TypeVar
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
import pytest
from _pytest.mark import ParameterSet
from textual.geometry import Size
from textual.pilot import Pilot
from textual.strip import Strip

from tests.fabricate import at, fabricated_race
from tests.fabricate_sweeps import fabricated_sweep
from tui.app import RaytasksApp
from tui.live import LiveSession
from tui.opening import Appearance, Opening
from tui.session import Session
from workloads.builtin.pi import GRID, PI, POINTS_KEPT, combine
from workloads.core import events as ev
from workloads.engines import EngineOptions
from workloads.lanes.coordinator import Plan
from workloads.sweeps.kinds import Sweep

SAMPLES = 3_000_000
GO = 6.4
"""When the first lane of a staged race starts, in seconds."""

HOST: dict[str, int | str] = {"logical_cpus": 2, "physical_cpus": 2}


def pi_race(tasks: int = 16, until: float | None = None, **more: Any) -> list[ev.AnyEvent]:
    """A fabricated race whose tasks sample π: both lanes count the same hits and report the same
    points.
    """
    frozen = {key: tuple(v) if isinstance(v, list) else v for key, v in more.items()}
    return list(_pi_race(tasks, until, **frozen))


@cache  # many tests ask for the same race
def _pi_race(tasks: int, until: float | None, **more: Any) -> list[ev.AnyEvent]:
    hits = np.random.default_rng(3).binomial(SAMPLES, np.pi / 4, tasks)
    answer = combine([[SAMPLES, int(n)] for n in hits])
    params: dict[str, int | float | str] = {"tasks": tasks, "samples": SAMPLES, "kernel": "python"}

    def sampled(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.RaceOpened):
            return msgspec.structs.replace(event, workload="pi", params=params, seed=7, host=HOST)
        if isinstance(event, ev.Progressed):
            done = SAMPLES * event.done // event.total
            points = np.random.default_rng([event.task, event.done]).integers(
                0, 2 * GRID, 2 * POINTS_KEPT
            )
            partial = [int(hits[event.task]) * done // SAMPLES, points.tolist()]
            return msgspec.structs.replace(event, done=done, total=SAMPLES, partial=partial)
        if isinstance(event, ev.Finished):
            return msgspec.structs.replace(event, result=[SAMPLES, int(hits[event.task])])
        if isinstance(event, ev.RunEnded) and event.status == "finished":
            return msgspec.structs.replace(event, answer=answer)
        return event

    return [
        sampled(event) for event in fabricated_race(tasks=tasks, until=until, reports=8, **more)
    ]


def plan(schedule: Literal["together", "in-turn"] = "in-turn") -> Plan:
    return Plan(PI.name, PI.complete({}), 7, schedule=schedule)


class Held:
    """A clock that stands still until it is set, in seconds since the staged race opened."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def __call__(self) -> int:
        return at(self.seconds)


class Staged(LiveSession):
    """A live session without processes: it notes what was asked of it, and a test feeds
    the events.
    """

    def __init__(self, events: Sequence[ev.AnyEvent] = (), seconds: float = 0.0) -> None:
        self.held = Held(seconds)
        super().__init__(plan(), EngineOptions(cpus=2), clock=self.held)
        self.asked: list[str] = []
        self._fed = -1.0
        if events:
            self.feed_to(events, seconds)

    @property
    def cpus(self) -> str:
        return "2 CPUs"

    def feed_to(self, events: Sequence[ev.AnyEvent], seconds: float) -> None:
        """Set the clock and apply what has happened by then since it was set last."""
        for event in events:
            if at(self._fed) < event.t <= at(seconds):
                self.apply(event)
        self.held.seconds = self._fed = seconds

    def open(self) -> None:
        self.asked.append("open")

    def start(self) -> None:
        self.asked.append("start")

    def start_sweep(self, sweep: Sweep) -> None:
        self.asked.append(f"sweep {sweep.name}")

    def cancel(self) -> None:
        self.asked.append("cancel")

    def hold_submission(self, held: bool) -> None:
        self.asked.append({True: "hold", False: "resume"}[held])

    def cancel_task(self, lane: str, task: int) -> None:
        self.asked.append(f"cancel {task} on {lane}")

    def kill_worker(self, lane: str, pid: int) -> None:
        self.asked.append(f"kill {pid} on {lane}")

    async def close(self) -> None:
        self.asked.append("close")


def watching(events: Sequence[ev.AnyEvent], seconds: float) -> Session:
    """A session that has seen all events until then."""
    schedules = [event.schedule for event in events if isinstance(event, ev.RaceOpened)]
    session = Session(plan(*schedules[:1]), Held(seconds))
    for event in events:
        if event.t <= at(seconds):
            session.apply(event)
    return session


S = TypeVar("S", bound=Session)


def replanned(session: S) -> S:
    """The session, which would run the race that it shows once more."""
    if opened := session.race.opened:
        session.plan = replace(
            session.plan,
            workload=opened.workload,
            params=opened.params,
            schedule=opened.schedule,
            lanes=tuple(opened.lanes),
            workers=opened.workers,
        )
    return session


def sampled(places: Iterable[str], states: Iterable[str], of: int = 4) -> list[ParameterSet]:
    """Every place with every state: CI runs one `of` so many, in which each of both occurs if there
    are as many of the other, and `uv run pytest -m soak` the rest.
    """
    whole = list(states)
    return [
        pytest.param(place, state, marks=[pytest.mark.soak] if (row + column) % of else [])
        for row, place in enumerate(places)
        for column, state in enumerate(whole)
    ]


def swept() -> "Staged":
    """A session after a sweep over two numbers of tasks."""
    session = Staged()
    for event in fabricated_sweep((4, 6), each_s=0.2):
        session.apply(event)
    session.held.seconds = 1000.0
    return session


def strips(app: RaytasksApp) -> list[Strip]:
    """The lines on screen. Textual keeps them private: this is the only place that knows where."""
    return app.screen._compositor.render_strips()


def words(app: RaytasksApp) -> str:
    """What the screen says, line by line."""
    return "\n".join(strip.text.rstrip() for strip in strips(app)) + "\n"


def prose(app: RaytasksApp) -> str:
    """What the screen says, as one line: for sentences that may be wrapped."""
    return " ".join(words(app).split())


def colours(app: RaytasksApp) -> tuple[set[str], set[str]]:
    """The inks and grounds of all that is on screen."""
    styles = [
        segment.style
        for strip in strips(app)
        for segment in strip
        if segment.style and segment.text
    ]
    inks = {style.color.get_truecolor().hex for style in styles if style.color}
    return inks, {style.bgcolor.get_truecolor().hex for style in styles if style.bgcolor}


def notices(app: RaytasksApp) -> list[str]:
    """The notices that were shown since the app began, those that have faded too."""
    return _notices[app]


_notices: WeakKeyDictionary[RaytasksApp, list[str]] = WeakKeyDictionary()


@asynccontextmanager
async def showing(
    session: Session,
    size: tuple[int, int] = (120, 40),
    faulty: bool = False,
    begin: bool = False,
    animated: bool = False,
    **look: Any,
) -> AsyncIterator[tuple[RaytasksApp, Pilot[int]]]:
    """The app with this session, from the moment its first screen is there; unless it is `faulty`,
    nothing fails. Unless it is `animated`, what scrolls is there at once: Textual draws a frame for
    each line on the way.
    """
    app = RaytasksApp(lambda: session, Opening(begin=begin), Appearance(**look))
    if not animated:
        app.animation_level = "none"
    notify, kept = app.notify, _notices.setdefault(app, [])

    def noted(message: str, **more: Any) -> None:
        kept.append(message)
        notify(message, **more)

    app.notify = noted  # type: ignore[method-assign,assignment]
    async with app.run_test(size=size) as pilot:
        async with asyncio.timeout(60):
            while app.current_mode not in app.MODES:
                await pilot.pause()
        await settle(pilot)
        yield app, pilot
        if not faulty:
            assert session.failures.sentences == []


async def done(app: RaytasksApp) -> None:
    """Wait until every key has arrived and had its effect."""
    arrived = asyncio.Event()
    app.call_later(arrived.set)
    async with asyncio.timeout(120):
        await arrived.wait()
        while not app.settled:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def settle(pilot: Pilot[int]) -> None:
    """Let every key have its effect, and everything that waits be drawn."""
    app = pilot.app
    assert isinstance(app, RaytasksApp)
    await pilot.pause()
    async with asyncio.timeout(60):
        while not app.settled:
            await pilot.pause()
    tick = getattr(app.screen, "tick", None)
    if tick:
        tick(force=True)
    await pilot.pause()


async def resize(pilot: Pilot[int], width: int, height: int) -> None:
    await pilot.resize_terminal(width, height)
    await settle(pilot)
    assert pilot.app.size == Size(width, height)
