"""The Code screen: two lanes beside each other, one in a narrow terminal, and what `c` opens."""

from collections.abc import Sequence

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.events import MouseScrollDown

from tests.fabricate import fabricated_race
from tests.tui.staged import (
    Held,
    Staged,
    colours,
    done,
    notices,
    prose,
    resize,
    settle,
    showing,
    strips,
    watching,
    words,
)
from tests.tui.test_copying import drag
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.replay import Replay
from tui.session import Session
from tui.widgets.code.pane import CodePane
from workloads.core import events as ev
from workloads.ledger.recording import scan

SERIAL = """\
def run(tasks):
    for task in tasks:
        result = task.function(*task.args)
        yield finished(task, result)"""
RAY = """\
def run(tasks):
    in_flight, driver = {}, DriverLog()
    for task in tasks:
        ref = run_task.remote(*task.args)
        in_flight[ref] = task
    while in_flight:
        driver.enter("waiting", len(in_flight))
        ready, _ = ray.wait(list(in_flight))
        for ref in ready:
            task, result = in_flight.pop(ref), ray.get(ref)
            yield finished(task, result)"""
WORKER = """\
@ray.remote
def run_task(*args):
    for record in records(function, args):
        yield record"""
CRUNCH = "def crunch(\x07number):\n" + "".join(f"    number += {n}\n" for n in range(40))
TASK = ev.Listing("crunch", "task", "/home/me/crunch.py", 7, CRUNCH + "    return number")
SOURCES = {
    "serial": [ev.Listing("run", "driver", "engines/serial.py", 60, SERIAL), TASK],
    "threads": [ev.Listing("run", "driver", "engines/threads.py", 160, SERIAL), TASK],
    "ray": [
        ev.Listing("run", "driver", "engines/ray/tasks.py", 106, RAY),
        ev.Listing("run_task", "worker", "engines/ray/remote.py", 94, WORKER),
        TASK,
    ],
}
TRACEBACK = """\
Traceback (most recent call last):
  File "/home/me/crunch.py", line 40, in crunch
    number += 32
ValueError: no
"""


def race(lanes: Sequence[str] = ("serial", "ray")) -> list[ev.AnyEvent]:
    """A race whose lanes tell their source; task 3 fails."""
    events: list[ev.AnyEvent] = []
    for event in fabricated_race(lanes=lanes, failures=[3]):
        if isinstance(event, ev.Failed):
            event = msgspec.structs.replace(event, traceback=TRACEBACK)
        if isinstance(event, ev.LaneReady):
            listings = SOURCES[event.lane]
            events.append(ev.SourceRead(t=event.t, lane=event.lane, listings=listings))
        events.append(event)
    return events


def over(lanes: Sequence[str] = ("serial", "ray")) -> Session:
    return watching(race(lanes), 1000.0)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_look(size: tuple[int, int], screens: SnapshotAssertion):
    async with showing(over(), size) as (app, pilot):
        await pilot.press("c")
        await settle(pilot)
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens


async def test_a_narrow_terminal_shows_one_lane_and_tab_the_other():
    async with showing(over(), (80, 24)) as (app, pilot):
        await pilot.press("6")
        await settle(pilot)
        assert "ray.wait" in words(app)
        await pilot.press("tab")
        await settle(pilot)
        assert "task.function(*task.args)" in words(app)
        assert "ray.wait" not in words(app)
        await resize(pilot, 60, 16)
        assert "engines/serial.py" in words(app)
        await resize(pilot, 120, 40)
        assert "ray.wait" in words(app)
        assert "task.function(*task.args)" in words(app)
        await pilot.press("tab")
        assert notices(app) == ["There are no other lanes."]


async def test_tab_goes_through_all_pairs_of_lanes():
    async with showing(over(("serial", "threads", "ray"))) as (app, pilot):
        await pilot.press("6")
        seen = []
        for _ in range(4):
            await settle(pilot)
            seen.append("".join(words(app).splitlines()[1].split()[::2]))
            await pilot.press("tab")
        first, *others = seen
        assert "SR" in first
        assert [each[:2] for each in (first, *others[:2])] == ["SR", "TR", "ST"]
        assert others[2] == first


async def test_c_opens_the_line_where_the_selected_task_failed():
    async with showing(over()) as (app, pilot):
        await pilot.press("3", "tab", "g")
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        (failed,) = (line for line in words(app).splitlines() if "✗" in line and "+= 32" in line)
        assert failed.count("40✗") == 2
        await pilot.press("home", "c")
        await settle(pilot)
        assert notices(app) == ["This screen is open already."]
        await pilot.press("1", "c")
        await done(app)
        await pilot.pause()  # no frame is forced, as nothing changes
        assert "40✗" in words(app)


async def test_c_opens_the_function_of_the_selected_task_else_the_driver():
    async with showing(over(), (120, 30)) as (app, pilot):
        await pilot.press("3", "home", "c")
        await settle(pilot)
        assert "task  crunch" in words(app).splitlines()[2]
        app.session.select(None)
        await pilot.press("1", "c")
        await settle(pilot)
        assert "driver  run" in words(app).splitlines()[2]


async def test_keys_and_the_wheel_scroll_to_both_ends():
    async with showing(over(), (120, 24)) as (app, pilot):
        await pilot.press("6", "up")
        await settle(pilot)
        assert notices(app) == ["This is the first line."]
        await pilot.press("end", "pagedown")
        await settle(pilot)
        assert notices(app)[1:] == ["This is the last line."]
        assert "return number" in words(app)
        await pilot.press("home", "down", "pagedown", "pageup", "down")
        await settle(pilot)
        assert " 3–" in words(app).splitlines()[1]
        app.screen.query_one("#right-code", CodePane).post_message(
            MouseScrollDown(None, 1, 1, 0, 1, 0, False, False, False)
        )
        await settle(pilot)
        assert " 6–" in words(app).splitlines()[1]


async def test_the_code_is_copied_whole_or_as_far_as_it_is_selected():
    async with showing(over()) as (app, pilot):
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert f"# Ray: engines/ray/tasks.py, line 106\n{RAY}\n" in app.clipboard
        assert f"# serial: engines/serial.py, line 60\n{SERIAL}\n" in app.clipboard
        assert notices(app) == ["Copied the code of serial and Ray."]
        await drag(pilot, "#right-code", (0, 2), (40, 4))
        await pilot.press("ctrl+c")
        await settle(pilot)
        selected = app.clipboard.splitlines()
        assert selected[0] == "def run(tasks):"
        assert all("│" not in line and "▎" not in line for line in selected)


async def test_a_replay_shows_the_recorded_source_or_says_that_there_is_none(tmp_path):
    for events, expected in ((race(), "ray.wait"), (fabricated_race(), "No source is recorded")):
        file = tmp_path / f"{len(events)}.jsonl"
        file.write_bytes(ev.encode(events))
        clock = Held()
        async with showing(Replay(scan(file), clock)) as (app, pilot):
            clock.seconds = 5000.0
            await pilot.press("6")
            await settle(pilot)
            assert expected in prose(app)


async def test_before_a_race_the_source_is_read_from_the_files():
    async with showing(Staged()) as (app, pilot):
        await pilot.press("c")
        await settle(pilot)
        assert "workloads/engines/ray/" in words(app)
        await pilot.press("end")
        await settle(pilot)
        assert "hypot(x, y) <= 1" in words(app)


@pytest.mark.parametrize("palette", [LIGHT, CONTRAST], ids=lambda palette: palette.name)
async def test_every_theme_has_its_own_colours(palette: Palette):
    async with showing(over(), theme=palette.name.removeprefix("raytasks-")) as (app, pilot):
        await pilot.press("c")
        await settle(pilot)
        inks, grounds = colours(app)
        assert palette.background in grounds
        assert DARK.background not in grounds
        assert palette.ray in inks | grounds


async def test_ascii_draws_with_ascii_only():
    async with showing(over(), ascii=True) as (app, pilot):
        await pilot.press("c")
        await settle(pilot)
        assert words(app).isascii()
        assert "|107" in words(app)


async def test_the_tutorials_preset_shows_its_cell_with_the_times_of_this_machine():
    params: dict[str, int | float | str] = {"tasks": 16, "samples": 1000, "kernel": "tutorial"}
    events: list[ev.AnyEvent] = []
    for event in race():
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload="pi", params=params)
        if isinstance(event, ev.Started) and event.lane == "ray":
            line = f"Task id: {event.task + 1} | Samples in the circle: 785"
            pid = 4000 + event.worker
            events.append(ev.Logged(t=event.t, lane="ray", text=line, task=event.task, pid=pid))
        if isinstance(event, ev.RunEnded):
            event = msgspec.structs.replace(
                event,
                status="finished",
                answer={"pi": 3.14},
                driver_cpu_s=0.0156,
                driver_system_s=0.0006,
            )
        events.append(event)
    async with showing(watching(events, 1000.0)) as (app, pilot):
        await pilot.press("6")
        await settle(pilot)
        shown = prose(app)
        assert "results = [sampling_task(1_000, i + 1)" in shown
        assert "refs = [sampling_task.remote(1_000, i + 1)" in shown
        assert "(crunch pid=4000) Task id: 1 | Samples in the circle" in shown
        assert "… 10 more lines in the log" in shown
        assert "CPU times: user 15 ms, sys: 600 µs, total: 15.6 ms" in shown
        await pilot.press("7")
        await settle(pilot)
        assert "(crunch pid=4001) Task id: 2 | Samples in the circle: 785" in words(app)


async def test_the_line_that_the_driver_is_on_is_marked_while_its_lane_runs():
    events = race()
    start = next(each.t for each in events if isinstance(each, ev.RunStarted))
    waiting = ev.DriverChanged(t=start, lane="ray", doing="waiting", tasks=8)
    events = sorted([*events, waiting], key=lambda event: event.t)
    session = watching([each for each in events if each.t < start + 10**9], 1000.0)
    async with showing(session) as (app, pilot):
        await pilot.press("6")
        await settle(pilot)
        (marked,) = (line for line in words(app).splitlines() if "▶" in line)
        assert "ray.wait(list(in_flight))" in marked
        assert "driver waits for 8 tasks" in words(app).splitlines()[1]
    async with showing(watching(events, 1000.0)) as (app, pilot):
        await pilot.press("6")
        await settle(pilot)
        assert "▶" not in words(app)
