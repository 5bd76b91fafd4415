"""The pictures of an image race on the screens: galleries, portrait and object store, and the keys
that select.
"""

import re
from collections.abc import Collection
from typing import Any

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.fabricate import START, fabricated_race
from tests.fabricate_images import STAGES, result
from tests.tui.staged import (
    HOST,
    Staged,
    colours,
    notices,
    prose,
    resize,
    settle,
    showing,
    strips,
    words,
)
from tests.tui.test_screens import CONTROL, SIZES
from tui.app import RaytasksApp
from tui.screens.images import featured
from tui.sheets.full_text import FullTextSheet
from tui.widgets.images.gallery import Gallery
from workloads.builtin.images.workload import IMAGES
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan

CAPACITY = 2_000_000_000
PUT = 36_000_000


def image_race(tasks: int = 12, failures: Collection[int] = (), **more: Any) -> list[ev.AnyEvent]:
    """A fabricated race in turn whose tasks transform pictures; those in `failures` can't
    be used.
    """
    pictures = [
        None if task in failures else {"name": result(task)["name"]} for task in range(tasks)
    ]
    answer = {"pictures": tasks - len(failures), "unusable": len(failures), "per_picture": pictures}
    params = {**IMAGES.complete({}), "tasks": tasks}
    events: list[ev.AnyEvent] = []
    for event in fabricated_race(
        tasks=tasks,
        seconds=tasks * 1.2,
        failures=failures,
        schedule="in-turn",
        reports=len(STAGES),
        **more,
    ):
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(
                event, workload="images", params=params, seed=7, host=HOST
            )
        elif isinstance(event, ev.Progressed):
            event = msgspec.structs.replace(event, stage=list(STAGES)[event.done - 1])
        elif isinstance(event, ev.Finished):
            event = msgspec.structs.replace(event, result=result(event.task))
        elif isinstance(event, ev.Failed):
            message = f"IMG_{2041 + event.task}.jpg is cut short."
            event = msgspec.structs.replace(event, error="ImageError", message=message)
        elif isinstance(event, ev.RunEnded) and event.status != "cancelled":
            event = msgspec.structs.replace(event, answer=answer)
        elif isinstance(event, ev.Started) and event.lane == "ray":
            events += _stored(event)
        events.append(event)
    return events


def _stored(event: ev.Started) -> list[ev.AnyEvent]:
    """A picture is put into the object store as its task begins; four at most are there
    at a time.
    """
    known: dict[str, Any] = {"t": event.t, "lane": event.lane}
    ref = f"{event.task:056x}"
    return [
        ev.Stored(**known, task=event.task, ref=ref, bytes=PUT, load_s=0.11, put_s=0.02),
        ev.StoreFilled(**known, used=PUT * min(event.task + 1, 4), capacity=CAPACITY),
    ]


RACE = image_race(failures=[3])
STARTS = [(event.t - START) / 1e9 for event in RACE if isinstance(event, ev.RunStarted)]
SERIAL, MIDWAY, OVER = STARTS[0] + 4.5, STARTS[1] + 4.5, 1000.0
"""Moments of RACE: serial is at work and one picture has failed; Ray is, beside serial's ghost; all
is over.
"""


def staged(events: list[ev.AnyEvent], seconds: float) -> Staged:
    """A live session in that race, which would be run again as it is."""
    session = Staged(events, seconds)
    opened = session.race.opened
    assert opened is not None
    session.plan = Plan("images", opened.params, opened.seed, schedule="in-turn")
    return session


def done(session: Staged, lane: str) -> list[int]:
    """The tasks whose pictures that lane had finished by now, in order."""
    view = next(view for view in session.views() if view.lane.name == lane)
    return [picture.task for picture in session.folds[lane].until(view.t)]  # type: ignore[union-attr]


def marked(app: RaytasksApp) -> list[int]:
    """In how many lines each gallery on show marks the selected picture, from left to right."""
    counts = []
    for gallery in app.screen.query(Gallery):
        region = gallery.content_region
        if region.area:
            lines = [strip.text for strip in strips(app)][region.y : region.bottom]
            counts.append(sum("▌" in line[region.x : region.right] for line in lines))
    return counts


async def press(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


# -- what they look like ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_look(size: tuple[int, int], screens: SnapshotAssertion):
    session = staged(RACE, MIDWAY)

    def seen() -> str:
        """The screen, but for the pictures' pixels: those are others with another Pillow."""
        assert {strip.cell_length for strip in strips(app)} == {size[0]}
        return "\n".join(line.rstrip() for line in words(app).replace("▀", " ").splitlines()) + "\n"

    async with showing(session, size) as (app, pilot):
        assert seen() == screens(name=f"midway-race-{size[0]}")
        await press(pilot, "2")
        assert seen() == screens(name=f"midway-picture-{size[0]}")
        await press(pilot, "enter")
        assert seen() == screens(name=f"midway-large-{size[0]}")
        session.feed_to(RACE, OVER)
        await press(pilot, "enter", "1")
        assert seen() == screens(name=f"finished-race-{size[0]}")


async def test_a_finished_race_tells_what_failed_and_what_it_came_to():
    async with showing(staged(RACE, OVER)) as (app, pilot):
        assert (
            "1 of 12 tasks failed on every lane. 1 task failed. Every lane computed the same"
            in prose(app)
        )
        for key in ("1", "2"):
            await press(pilot, key)
            assert words(app).count("✗1") >= 2
            assert words(app).count("11/12") >= 2


async def test_a_picture_that_failed_says_why_in_gallery_and_portrait():
    session = staged(RACE, SERIAL)
    async with showing(session) as (app, pilot):
        await press(pilot, "2")
        session.selected = 3
        await settle(pilot)
        assert prose(app).count("IMG_2044.jpg is cut short.") == 2
        await press(pilot, "enter")
        assert prose(app).count("IMG_2044.jpg is cut short.") == 1
        assert "attempt 1" in prose(app)


async def test_ascii_draws_pictures_with_nothing_else():
    session = staged(RACE, MIDWAY)
    async with showing(session, ascii=True) as (app, pilot):
        for keys in (("1",), ("2",), ("comma",), ("enter",)):
            await press(pilot, *keys)
            assert [line for line in words(app).splitlines() if not line.isascii()] == []


async def test_no_name_of_a_picture_reaches_the_terminal_as_it_is():
    evil = "\x1b[2J\x07\x9b31m\n\x00[bold @click=app.quit]"
    events = [
        msgspec.structs.replace(
            event, result={**event.result, "name": evil, "augmentation": evil, "stages": {evil: 1}}
        )
        if isinstance(event, ev.Finished)
        else msgspec.structs.replace(event, message=evil)
        if isinstance(event, ev.Failed | ev.RunEnded)
        else event
        for event in RACE
    ]
    async with showing(staged(events, MIDWAY)) as (app, pilot):
        for keys in (("1",), ("2",), ("enter",)):
            await press(pilot, *keys)
            lines = [strip.text for strip in strips(app)]
            assert [line for line in lines if CONTROL.search(line)] == []
            assert "[bold @" in words(app)


# -- selecting -------------------------------------------------------------------------------------


async def test_comma_and_full_stop_select_the_neighbours_of_the_newest():
    session = staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        *_, newest = done(session, "ray")
        tasks = sorted(done(session, "ray"))
        at = tasks.index(newest)
        assert at >= 2
        assert marked(app) == [0, 0]
        for keys, task in (
            (["comma"], newest),
            (["comma"], tasks[at - 1]),
            (["comma"], tasks[at - 2]),
            (["full_stop"], tasks[at - 1]),
            (["full_stop"] * 20, tasks[-1]),
            (["comma"] * 20, tasks[0]),
            (["escape"], None),
            (["full_stop"], newest),
        ):
            await press(pilot, *keys)
            assert session.selected == task
            assert (marked(app)[1] > 0) == (task is not None)
        assert set(notices(app)) <= {"This is the first image.", "This is the last image."}


async def test_a_selection_is_kept_across_screens_and_while_pictures_come():
    session = staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        await press(pilot, "comma", "comma")
        task, name = session.selected, result(session.selected or 0)["name"]
        for key in ("2", "7", "4", "1", "2"):
            await press(pilot, key)
            assert session.selected == task
        assert f" R  {name}" in words(app)
        assert marked(app)[1] > 0
        session.feed_to(RACE, MIDWAY + 2)
        await settle(pilot)
        assert session.selected == task
        assert f" R  {name}" in words(app)
        await press(pilot, "escape")
        newest = done(session, "ray")[-1]
        assert f" R  {result(newest)['name']}" in words(app)
        assert marked(app) == [0, 0]
        session.feed_to(RACE, MIDWAY + 3)
        await settle(pilot)
        newer = done(session, "ray")[-1]
        assert newer != newest
        assert f" R  {result(newer)['name']}" in words(app)


async def test_a_new_race_selects_nothing():
    session = staged(RACE, OVER)
    async with showing(session) as (_app, pilot):
        await press(pilot, "comma")
        assert session.selected is not None
        session.apply(RACE[0])
        await settle(pilot)
        assert session.selected is None


async def test_what_ray_has_not_done_yet_is_shown_from_the_other_lane():
    race = image_race(workers=1)  # on which Ray's tasks take a little longer
    session = staged(race, OVER)
    ray = (
        next(
            event.t - START
            for event in race
            if isinstance(event, ev.RunStarted) and event.lane == "ray"
        )
        / 1e9
    )
    tasks = session.race.lane("serial").tasks
    session = staged(race, ray + float(tasks.end[8]) + 0.01)
    async with showing(session) as (app, pilot):
        session.selected = 8
        await press(pilot, "2")
        assert 8 in done(session, "serial")
        assert 8 not in done(session, "ray")
        assert f" (S)  {result(8)['name']}  ghost" in words(
            app
        ) or f"(S) {result(8)['name']}  ghost" in words(app)
        assert marked(app)[0] > 0
        session.feed_to(race, session.held.seconds + 1)
        await settle(pilot)
        assert f" R  {result(8)['name']}" in words(app)


async def test_enter_shows_the_picture_large_and_the_galleries_again():
    session = staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        assert "enter Large" not in words(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, FullTextSheet)  # nothing is selected but the summary
        await press(pilot, "escape", "comma")
        assert "enter Large" in words(app)
        await press(pilot, "enter")
        assert app.current_mode == "picture"
        assert marked(app) == []
        await press(pilot, "f")
        assert "enter Galleries" in words(app)
        assert all(stage in words(app) for stage in STAGES)
        await press(pilot, "comma", "comma")
        name = result(session.selected or 0)["name"]
        assert f" R  {name}" in words(app)
        assert "f Follow" in words(app)
        await press(pilot, "f1")
        assert "Each image is one task" in words(app)
        await press(pilot, "f1", "enter")
        assert len(marked(app)) == 2
        assert "enter Large" in words(app)
        assert f" R  {name}" in words(app)
        await press(pilot, "enter", "1", "enter")
        assert marked(app) == []


async def test_without_a_picture_yet_keys_say_so_and_large_can_be_left():
    session = staged(RACE, STARTS[0] + 0.1)
    async with showing(session, (80, 24)) as (app, pilot):
        await press(pilot, "comma")
        assert notices(app) == ["No image is done yet."]
        await press(pilot, "2", "enter")
        assert "No image to show yet." in words(app)
        await press(pilot, "enter")
        assert "No image to show yet." not in words(app)
        assert "Serial" in words(app)
        assert notices(app) == ["No image is done yet."]
        session.feed_to(RACE, SERIAL)
        await press(pilot, "full_stop")
        assert session.selected == done(session, "serial")[-1]


async def test_a_workload_without_pictures_says_why_these_keys_cannot_act():
    async with showing(Staged()) as (app, pilot):
        await press(pilot, "comma", "full_stop")
        assert notices(app) == ["This workload has no images. Tasks are selected on screen 3."] * 2
        assert app.current_mode == "race"
        assert "Pictures" not in words(app).splitlines()[-1]


# -- the object store ------------------------------------------------------------------------------


async def test_the_object_store_is_told_once_there_is_one():
    session = staged(RACE, SERIAL)
    async with showing(session) as (app, pilot):
        await press(pilot, "2")
        assert "object store" not in words(app)
        session.feed_to(RACE, MIDWAY)
        await settle(pilot)
        puts = session.race.lane("ray").store.puts
        line = next(line for line in words(app).splitlines() if "object store" in line)
        assert (
            f"144 MB still held of 2,000 MB · nothing spilled · {puts * 36} MB stored in total"
            in line
        )
        session.apply(
            ev.StoreFilled(
                t=RACE[-1].t, lane="ray", used=CAPACITY, capacity=CAPACITY, spilled=300_000_000
            )
        )
        await settle(pilot)
        line = next(line for line in words(app).splitlines() if "object store" in line)
        assert "2,000 MB still held of 2,000 MB · 300 MB spilled to disk" in line


# -- other workloads, other sizes ------------------------------------------------------------------


async def test_another_workload_and_back_leaves_nothing_behind():
    session = staged(RACE, OVER)
    async with showing(session) as (app, pilot):
        await press(pilot, "comma", "comma", "enter")
        session.choose("pi")
        await settle(pilot)
        assert session.selected is None
        assert "no samples yet" in words(app)
        assert [
            left
            for left in ("IMG_", "Galleries", "object store", "megapixels")
            if left in words(app)
        ] == []
        await press(pilot, "1")
        assert "π by Monte Carlo" in words(app)
        assert "IMG_" not in words(app)
        session.choose("images")
        await press(pilot, "2")
        assert "IMG_" not in words(app)
        assert marked(app) == [0, 0]
        assert words(app).count("0/12") == 2
        assert "No image to show yet." in words(app)
        assert featured(session) is not None
        for event in RACE:
            session.apply(event)
        await settle(pilot)
        assert "IMG_" in words(app)


async def test_a_resize_while_selected_changes_nothing():
    session = staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        await press(pilot, "comma", "comma", "2")
        for keys in ((), ("enter",)):
            await press(pilot, *keys)
            before, task = words(app), session.selected
            for size in ((80, 24), (200, 60), (40, 10), (120, 40)):
                await resize(pilot, *size)
                assert {strip.cell_length for strip in strips(app)} == {size[0]}
                assert session.selected == task
            assert words(app) == before


async def test_a_large_image_is_zoomed_to_a_part_in_its_own_pixels_and_back():
    session = staged(RACE, MIDWAY)
    async with showing(session) as (app, pilot):
        await press(pilot, "2", "minus")
        assert notices(app) == ["The whole image is shown."]
        await press(pilot, "plus")
        assert "- Zoom" in words(app)
        assert "96×72 of 4000×3000 pixels, 1920 from the left, 1080 down" in words(app)
        assert marked(app) == []
        zoomed = colours(app)
        await press(pilot, "minus")
        assert "96×72" not in words(app)
        assert colours(app) != zoomed
        await press(pilot, "plus", "enter")
        assert len(marked(app)) == 2


async def test_an_older_recording_has_no_part_to_zoom_to_and_says_so():
    def older(event: ev.AnyEvent) -> ev.AnyEvent:
        if not isinstance(event, ev.Finished):
            return event
        without = {key: value for key, value in event.result.items() if key != "crop"}
        return msgspec.structs.replace(event, result=without)

    async with showing(staged([older(event) for event in RACE], MIDWAY)) as (app, pilot):
        await press(pilot, "2", "plus")
        assert "This recording has no part of the image in its own pixels." in words(app)


@pytest.mark.parametrize("ascii", [False, True])
async def test_the_stages_can_be_told_apart_without_colour(ascii: bool):
    async with showing(staged(RACE, MIDWAY), (200, 60), ascii=ascii) as (app, pilot):
        await settle(pilot)
        lines = words(app).splitlines()
        legend = next(line for line in lines if re.search(r" blur \d", line))
        signs = [legend[legend.index(f" {name} ") - 1] for name in STAGES]  # one of them blank
        assert len(set(signs)) == len(STAGES), f"no two stages have the same mark\n{legend}"
        ray = next(at for at, line in enumerate(lines) if " RAY " in line)
        rows = "".join(line for line in lines[ray + 1 : ray + 5] if line.startswith(" w"))
        assert sum(sign in rows for sign in signs if sign.strip()) >= 3, (
            f"the tasks wear the marks\n{rows}"
        )
