"""The Tasks screen: what it shows live and in the end, and what each of its keys does."""

from typing import Any

import msgspec
import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot
from textual.widgets import Input

from tests.fabricate import fabricated_race
from tests.tui.staged import (
    HOST,
    Staged,
    colours,
    notices,
    prose,
    replanned,
    resize,
    settle,
    showing,
    strips,
    watching,
    words,
)
from tests.tui.test_screens import CONTROL, SIZES
from tui.app import RaytasksApp
from tui.drawing.themes import CONTRAST, DARK, LIGHT, Palette
from tui.session import Session
from tui.widgets.tasks.details import TaskDetails
from tui.widgets.tasks.rows import HEADS
from tui.widgets.tasks.table import TaskRows
from workloads.core import events as ev
from workloads.core.glossary import GLOSSARY
from workloads.ledger.tables import State

TRACEBACK = "Traceback (most recent call last):\n" + "".join(
    f'  File "f.py", line {n}, in f{n}\n' for n in range(60)
)


def race(tasks: int = 60, **more: Any) -> list[ev.AnyEvent]:
    """A fabricated race whose tasks return objects; two fail, one is lost once."""
    events: list[ev.AnyEvent] = []
    for event in fabricated_race(
        tasks=tasks, failures=[3, 17], retries=[5], seconds=tasks * 0.5, schedule="in-turn", **more
    ):
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload="f", seed=7, host=HOST)
        elif isinstance(event, ev.Finished):
            result = {"station": f"ST-{event.task:02}", "days": [365, event.task]}
            event = msgspec.structs.replace(event, result=result, cpu_s=event.cpu_s * 0.9)
        elif isinstance(event, ev.Failed):
            event = msgspec.structs.replace(event, traceback=TRACEBACK)
        elif isinstance(event, ev.Submitted):
            event = msgspec.structs.replace(
                event, ref=f"{event.task * 7919 + 4096:016x}"[::-1] + "f" * 24 + "01" * 8
            )
        events.append(event)
    return events


RACE = race()
STARTS = [(event.t - RACE[0].t) / 1e9 for event in RACE if isinstance(event, ev.RunStarted)]
MIDWAY, OVER = STARTS[1] + 10.1, 1000.0
"""Moments of RACE: Ray is at work beside serial's ghost; all is over."""


RAY = ("tab", "tab")
"""The keys that list the tasks of Ray alone."""


def table(app: RaytasksApp) -> list[str]:
    """The rows on screen."""
    region = app.screen.query_one(TaskRows).content_region
    lines = [strip.text[region.x : region.right].rstrip() for strip in strips(app)]
    return [line for line in lines[region.y + HEADS : region.bottom] if line]


def listed(app: RaytasksApp) -> list[int]:
    """The tasks on screen."""
    return [int(line.replace("▌", " ").split()[0]) for line in table(app)]


def verdict(app: RaytasksApp) -> str:
    return next(line for line in words(app).splitlines() if " tasks on " in line).strip()


async def press(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


# -- what it looks like ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_look(size: tuple[int, int], screens: SnapshotAssertion):
    session = replanned(Staged(RACE, MIDWAY))
    async with showing(session, size) as (app, pilot):
        await press(pilot, "3")
        assert words(app) == screens(name=f"midway-{size[0]}")
        session.feed_to(RACE, OVER)
        while "failed tasks first" not in prose(app):
            await press(pilot, "i")
        await press(pilot, "home")
        if not app.screen.has_class("-details"):
            await press(pilot, "enter")
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        assert words(app) == screens(name=f"failed-{size[0]}")


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda p: p.name)
async def test_a_theme_colours_everything(palette: Palette):
    session = watching(RACE, MIDWAY)
    async with showing(session, (200, 60), theme=palette.name.removeprefix("raytasks-")) as (
        app,
        pilot,
    ):
        await press(pilot, "3", *RAY, "home")
        inks, grounds = colours(app)
        assert {palette.background, palette.panel, palette.ray} <= grounds
        assert {palette.text, palette.dim, palette.failed, palette.ray, palette.accent} <= inks


async def test_ascii_draws_nothing_else():
    session = Staged(RACE, MIDWAY)
    async with showing(session, ascii=True) as (app, pilot):
        for keys in (("3",), ("home", "enter"), ("I",), ("slash", "f", "a"), ("escape", "tab")):
            await press(pilot, *keys)
            assert [line for line in words(app).splitlines() if not line.isascii()] == []


async def test_before_any_race_one_calm_sentence():
    async with showing(Staged()) as (app, pilot):
        await press(pilot, "3", "down", "enter", "i", "tab", "pagedown", "end", "f", "escape")
        assert "No race yet." in prose(app)
        assert set(notices(app)) == {
            "No race yet. Press space to start.",
            "Nothing is selected: the newest is followed already.",
        }


async def test_before_the_lane_is_ready_too():
    async with showing(Staged(RACE, 0.01)) as (app, pilot):
        await press(pilot, "3", "down", "home")
        assert "The tasks are listed once the lane is ready." in prose(app)


async def test_no_foreign_text_reaches_the_terminal_as_it_is():
    evil = "\x1b[2J\x07\x9b31m\n\x00[bold @click=app.quit]"
    events = [
        msgspec.structs.replace(event, result={evil: evil})
        if isinstance(event, ev.Finished)
        else msgspec.structs.replace(event, error=evil, message=evil, traceback=evil)
        if isinstance(event, ev.Failed)
        else event
        for event in RACE
    ]
    async with showing(Staged(events, MIDWAY), (200, 60)) as (app, pilot):
        for keys in (("3",), ("home", "down", "down", "down")):
            await press(pilot, *keys)
            assert [strip.text for strip in strips(app) if CONTROL.search(strip.text)] == []
            assert "[bold @" in words(app)


# -- selecting and following -----------------------------------------------------------------------


async def test_while_a_race_runs_the_newest_tasks_are_in_view():
    session = Staged(RACE, MIDWAY)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "3", *RAY)
        for seconds in (MIDWAY, MIDWAY + 2):
            session.feed_to(RACE, seconds)
            await settle(pilot)
            running = np.flatnonzero(session.race.lane("ray").tasks.state == State.RUNNING).tolist()
            assert running
            assert set(running) <= set(listed(app))
            assert listed(app)[-1] == max(running) + 2
        assert session.selected is None


async def test_keys_move_the_selection_and_it_is_kept_on_all_screens():
    session = Staged(RACE, OVER)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "3", *RAY)
        page = len(listed(app))
        for keys, task in (
            (["down"], 0),
            (["down"], 1),
            (["j"], 2),
            (["k"], 1),
            (["up", "up", "up"], 0),
            (["pagedown"], page),
            (["pageup"], 0),
            (["end"], 59),
            (["down"], 59),
            (["home"], 0),
            (["full_stop"], 1),
            (["comma"], 0),
        ):
            await press(pilot, *keys)
            assert session.selected == task
            assert task in listed(app)
            assert [line.split()[1] for line in table(app) if "▌" in line] == [str(task)]
        await press(pilot, "end", "1", "4", "3")
        assert session.selected == 59
        await press(pilot, "f")
        assert session.selected is None
        assert set(notices(app)) == {"This is the first task.", "This is the last task."}


async def test_a_selection_stays_in_view_while_the_race_goes_on():
    session = Staged(RACE, MIDWAY)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "3", *RAY, "home", "down", "i")
        for seconds in (MIDWAY, MIDWAY + 1, MIDWAY + 2):
            session.feed_to(RACE, seconds)
            await settle(pilot)
            assert session.selected == 1
            assert 1 in listed(app)
        await press(pilot, "i", "i", "i", "escape")
        assert session.selected is None
        assert 1 not in listed(app)


async def test_the_mouse_selects_and_scrolls():
    session = Staged(RACE, OVER)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "3", *RAY)
        await pilot.click(TaskRows, offset=(10, HEADS + 4))
        await settle(pilot)
        assert session.selected == 4
        rows = app.screen.query_one(TaskRows)
        for kind, first in ((MouseScrollDown, 3), (MouseScrollDown, 6), (MouseScrollUp, 3)):
            rows.post_message(kind(rows, 10, 8, 0, 0, 0, False, False, False))
            await settle(pilot)
            assert listed(app)[0] == first
        await pilot.click(TaskRows, offset=(10, 0))
        await settle(pilot)
        assert session.selected == 4


async def test_a_click_on_a_head_sorts_by_its_column_and_another_reverses():
    session = Staged(RACE, OVER)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "3", *RAY)
        tasks = session.race.lane("ray").tasks
        ran = sorted(range(60), key=lambda n: -(tasks.end - tasks.start)[n])
        place = words(app).splitlines()[HEADS].index("ran")
        await pilot.click(TaskRows, offset=(place, HEADS - 1))
        await settle(pilot)
        assert listed(app)[:5] == ran[:5]
        await pilot.click(TaskRows, offset=(place, HEADS - 1))
        await settle(pilot)
        assert listed(app)[:5] == ran[::-1][:5]
        await pilot.click(TaskRows, offset=(3, HEADS - 1))
        await settle(pilot)
        assert listed(app)[:5] == [0, 1, 2, 3, 4]


async def test_ctrl_c_copies_one_text_of_the_selected_task_after_the_other():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY, "g", "ctrl+c")
        row = next(line for line in table(app) if line.startswith("▌"))
        ref = session.race.lane("ray").tasks.ref_hex(3)
        copied = [app.clipboard]
        for _ in range(4):
            await press(pilot, "ctrl+c")
            copied.append(app.clipboard)
        error = "ValueError: fabricated"
        assert copied == [row.strip("▌ "), ref, error, TRACEBACK.rstrip(), row.strip("▌ ")]
        assert notices(app)[:2] == [
            "Copied the row of task 3. Again: the ObjectRef.",
            "Copied the ObjectRef of task 3. Again: the error.",
        ]
        await press(pilot, "down", "ctrl+c")
        assert app.clipboard.startswith("4")


async def test_nothing_that_a_terminal_obeys_is_copied():
    evil = "\x1b[2J\x07\x9b31m"
    events = [
        msgspec.structs.replace(event, message=evil, traceback=f"{evil}\n{evil}")
        if isinstance(event, ev.Failed)
        else event
        for event in RACE
    ]
    async with showing(Staged(events, OVER)) as (app, pilot):
        await press(pilot, "3", *RAY, "g")
        for _ in range(4):
            await press(pilot, "ctrl+c")
            assert [line for line in app.clipboard.splitlines() if CONTROL.search(line)] == []
        assert app.clipboard == "[2J31m\n[2J31m"


async def test_a_task_is_shown_on_the_timeline_and_the_one_selected_there_is_listed():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", "tab", "end", "1")
        assert (session.selected, session.selected_lane) == (59, "serial")
        assert "task 59" in prose(app)
        await press(pilot, "left")
        assert (session.selected, session.selected_lane) == (58, "serial")
        session.select(30, "ray")
        await press(pilot, "3")
        assert "60 tasks on Ray" in verdict(app)
        assert [line.split()[1] for line in table(app) if line.startswith("▌")] == ["30"]
        await press(pilot, "slash", *"failed", "enter")
        assert "the selected task isn't listed" in prose(app)


async def test_a_wide_screen_shows_the_details_from_the_start():
    async with showing(Staged(RACE, OVER), (200, 60)) as (app, pilot):
        await press(pilot, "3")
        assert "The receipt for a result" in words(app)
        assert "enter Table" in words(app)
        await press(pilot, "enter")
        assert "The receipt for a result" not in words(app)


async def test_the_details_say_what_an_objectref_is_and_who_resubmits():
    session = Staged(RACE, OVER)
    async with showing(session, (200, 60)) as (app, pilot):
        await press(pilot, "3")
        lane = session.race.lane("ray")
        session.selected = int(lane.tasks.attempt.argmax())
        assert lane.tasks.attempt[session.selected] > 0
        await settle(pilot)
        details = app.screen.query_one(TaskDetails)
        lines = details.draw(details.page)
        text = " ".join(" ".join(s.text for line in lines for s in line).split())
        assert "The receipt for a result that may not exist yet; `ray.get` redeems it." in text
        assert "Ray's own retries are off (max_retries=0)." in text


def on_a_node(event: ev.AnyEvent) -> list[ev.AnyEvent]:
    """The event, Ray's workers on a node, the input of task 7 put into the object store."""
    if event.lane != "ray":
        return [event]
    if isinstance(event, ev.WorkerJoined):
        return [msgspec.structs.replace(event, node="c0ffee")]
    if isinstance(event, ev.Submitted) and event.task == 7:
        put = ev.Stored(
            t=event.t, lane="ray", task=7, ref="ab" * 28, bytes=1_000_000, load_s=0.1, put_s=0.01
        )
        return [put, event]
    return [event]


IN_RAYS_TERMS = {
    "@ray.remote": "`f.remote(x)`, made by `@ray.remote`, submitted it",
    "ObjectRef": "OBJECTREF id 988e0000",
    "ray.wait": "`ray.wait` found it done",
    "ray.get": "`ray.get` returned its result.",
    "ray.put": "`ray.put` copied its input",
    "object store": "copied its input into the object store;",
    "worker": "worker w",
    "node": "node c0ffee",
}
"""Text of the details of a task, by the term of the glossary that it uses."""


@pytest.mark.parametrize("term", IN_RAYS_TERMS)
async def test_the_details_of_a_task_use_a_term_of_the_glossary_where_it_happened(term: str):
    assert term in GLOSSARY
    session = watching([each for event in RACE for each in on_a_node(event)], OVER)
    session.selected = 7
    async with showing(session, (200, 60)) as (app, pilot):
        await press(pilot, "3")
        details = app.screen.query_one(TaskDetails)
        lines = details.draw(details.page)
        text = " ".join(" ".join(s.text for line in lines for s in line).split())
        assert " ".join(IN_RAYS_TERMS[term].split()) in text


async def test_a_task_that_runs_is_waited_for_and_one_on_serial_uses_none_of_rays_terms():
    session = Staged(RACE, MIDWAY)
    async with showing(session, (120, 40)) as (app, pilot):
        await press(pilot, "3")
        lane = session.race.lane("ray")
        session.selected = int((lane.tasks.state == State.RUNNING).argmax())
        await press(pilot, "enter")
        text = " ".join(words(app).split())
        assert "`ray.wait` waits for it." in text
        assert "`ray.get` returned" not in text
        await press(pilot, "tab")
        assert "OBJECTREF" not in words(app)


async def test_tab_lists_one_lane_after_the_other_and_then_all():
    session = Staged(RACE, STARTS[0] + 5)
    async with showing(session) as (app, pilot):
        await press(pilot, "3")
        assert verdict(app).startswith("120 tasks on serial and Ray:")
        session.feed_to(RACE, MIDWAY)
        for keys, verdict_begins in (
            (["tab"], "60 tasks on serial: 58 finished, 2 failed."),
            (["tab"], "60 tasks on Ray: "),
            (["tab"], "120 tasks on serial and Ray: "),
            (["shift+tab"], "60 tasks on Ray: "),
        ):
            await press(pilot, *keys)
            assert verdict(app).startswith(verdict_begins)


async def test_another_race_with_fewer_tasks_leaves_nothing_behind():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY, "end", "enter")
        smaller = race(4)
        later = RACE[-1].t - smaller[0].t + 1
        for event in smaller:
            changed: dict[str, Any] = {"t": event.t + later}
            if isinstance(event, ev.LaneReady | ev.RunStarted | ev.RunEnded):
                changed["run"] = 2
            if not isinstance(event, ev.LaneOpened):
                session.apply(msgspec.structs.replace(event, **changed))
            app.screen.tick(force=False)  # type: ignore[attr-defined]
        await settle(pilot)
        assert listed(app) == [0, 1, 2, 3]
        assert session.selected is None


# -- sorting and filtering -------------------------------------------------------------------------


async def test_i_sorts_by_the_next_column_and_shift_i_reverses():
    session = replanned(Staged(RACE, OVER))
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY)
        columns = ["state", "worker", "attempt", "queued", "ran", "fetched", "cpu", "size", "ref"]
        tasks = session.race.lane("ray").tasks
        ran, queued = tasks.end - tasks.start, tasks.start - tasks.submitted
        for column in columns:
            await press(pilot, "i")
            if column == "state":
                assert listed(app)[:3] == [3, 17, 0]
                assert verdict(app).endswith("58 finished, 2 failed; failed tasks first.")
            elif column == "queued":
                assert listed(app) == sorted(range(60), key=lambda n: -queued[n])[:35]
                assert verdict(app).endswith("; slowest to start first.")
            elif column == "ran":
                assert listed(app) == sorted(range(60), key=lambda n: -ran[n])[:35]
                await press(pilot, "I")
                assert listed(app) == sorted(range(60), key=lambda n: ran[n])[:35]
                assert verdict(app).endswith("; shortest first.")
        await press(pilot, "i")
        assert verdict(app).endswith("; by result.")
        await press(pilot, "i")
        assert listed(app)[:3] == [0, 1, 2]


async def test_a_click_on_a_lane_lists_it_alone():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3")
        for name, begins in (("RAY", "60 tasks on Ray"), ("ALL", "120 tasks on serial and Ray")):
            place = words(app).splitlines()[1].index(name)
            await pilot.click(TaskRows, offset=(place, 0))
            await settle(pilot)
            assert begins in verdict(app)


async def test_the_task_that_is_selected_on_one_lane_is_so_on_the_one_that_is_listed():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY, "end", "tab", "tab")
        assert (session.selected, session.selected_lane) == (59, "serial")
        marked = [line.split()[1:3] for line in table(app) if line.startswith("▌")]
        assert marked == [["59", "✔"]]
        await press(pilot, "up")
        assert (session.selected, session.selected_lane) == (58, "serial")
        await press(pilot, "shift+tab")
        assert [line.split()[1:3] for line in table(app) if line.startswith("▌")] == [["58", "S"]]


async def test_failed_and_slow_tasks_are_found_on_the_listed_lane():
    session = Staged(RACE, OVER)
    tasks = session.race.lane("ray").tasks
    ran = np.where(tasks.state == State.FINISHED, tasks.end - tasks.start, 0)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY)
        for key, task in (("g", 3), ("g", 17), ("g", 3), ("G", int(ran.argmax()))):
            await press(pilot, key)
            assert (session.selected, session.selected_lane) == (task, "ray")
        assert app.current_mode == "tasks"


async def test_slash_filters_while_one_types_and_escape_clears():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", *RAY, "slash")
        field = app.screen.query_one(Input)
        assert field.has_focus
        await press(pilot, *"failed")
        assert listed(app) == [3, 17]
        assert verdict(app).endswith("58 finished, 2 failed; 2 match “failed”.")
        await press(pilot, "enter")
        assert not field.has_focus
        assert not field.display
        assert listed(app) == [3, 17]
        await press(pilot, "down", "down")
        assert session.selected == 17
        await press(pilot, "escape")
        assert (len(listed(app)), session.selected) == (35, 17)
        await press(pilot, "slash", *"st-0", "space", *"5-9", "down")
        assert listed(app) == [5, 6, 7, 8, 9]
        await press(pilot, "escape")
        assert not field.has_focus
        assert len(listed(app)) == 35
        await press(pilot, "escape")
        assert session.selected is None


async def test_what_is_wrong_in_a_filter_is_said_where_the_count_stands():
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        await press(pilot, "3", *RAY, "slash", *"state:failed")
        assert listed(app) == [3, 17]
        await press(pilot, "space", *"ran>x")
        assert listed(app) == [3, 17]
        assert "“ran>x”: ran is compared with a time such as 0.5s or 20ms. 60 tasks" in prose(app)


async def test_what_matches_nothing_is_told():
    async with showing(Staged(RACE, OVER)) as (app, pilot):
        await press(pilot, "3", "slash", *"zzz", "enter", "down", "end", "enter")
        assert table(app) == []
        assert verdict(app).endswith("0 match “zzz”.")


async def test_the_filter_goes_on_while_the_race_does():
    session = Staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", "slash", *"running", "enter")
        for seconds in (MIDWAY, MIDWAY + 1.5, MIDWAY + 3):
            session.feed_to(RACE, seconds)
            await settle(pilot)
            assert (
                listed(app)
                == np.flatnonzero(session.race.lane("ray").tasks.state == State.RUNNING).tolist()
            )


# -- details ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_enter_shows_all_of_a_task_and_page_keys_scroll_it(size: tuple[int, int]):
    session = Staged(RACE, OVER)
    async with showing(session, size) as (app, pilot):
        await press(pilot, "3", *RAY, "home", "down", "down", "down")
        if not app.screen.has_class("-details"):
            await press(pilot, "enter")
        assert " task 3 " in words(app)
        assert "ValueError: fabricated" in prose(app)
        assert "in f0" in words(app)
        assert "in f59" not in words(app)
        assert "more lines: page down" in prose(app)
        for _ in range(30):
            await press(pilot, "pagedown")
        assert "in f59" in words(app)
        assert session.selected == 3
        panel = app.screen.query_one(TaskDetails)
        for _ in range(60):
            panel.post_message(MouseScrollUp(panel, 5, 5, 0, 0, 0, False, False, False))
        await settle(pilot)
        assert "in f0" in words(app)
        await press(pilot, "down")
        assert " task 4 " in words(app)
        assert '"station": "ST-04"' in words(app)
        await press(pilot, "enter")
        assert " task 4 " not in words(app)


async def test_details_follow_the_newest_that_ended_where_none_is_selected():
    session = Staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", "enter")
        for seconds in (MIDWAY, MIDWAY + 2):
            session.feed_to(RACE, seconds)
            await settle(pilot)
            tasks = session.race.lane("ray").tasks
            assert f" task {int(np.nanargmax(tasks.end))} " in words(app)


# -- a still screen, other sizes -------------------------------------------------------------------


async def test_a_still_screen_draws_nothing():
    session: Session = watching(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", "home", "enter")
        rows = app.screen.query_one(TaskRows)
        before = rows._lines
        for _ in range(20):
            app.screen.tick()  # type: ignore[attr-defined]
        assert rows._lines is before
        await press(pilot, "down")
        assert rows._lines is not before


async def test_a_resize_changes_nothing():
    session = Staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "3", "end", "enter", "slash", *"finished", "enter")
        before = words(app)
        for size in ((80, 24), (200, 60), (40, 10), (60, 16), (120, 40)):
            await resize(pilot, *size)
            assert {strip.cell_length for strip in strips(app)} == {size[0]}
            assert session.selected == 59
        assert words(app) == before
