"""The keys that intervene in a race: what they ask of it, how that is confirmed, why they can't."""

import pytest

from tests.fabricate import HELD, intervened
from tests.tui.staged import (
    Staged,
    notices,
    pi_race,
    prose,
    settle,
    showing,
    swept,
    watching,
    words,
)
from tui.intervening import confirmation
from workloads.core import events as ev

RACE = pi_race(lanes=("serial", "processes"), schedule="together")
MIDWAY, OVER = 3.5, 1000.0
LONE = pi_race(lanes=("serial",), schedule="in-turn")


async def keys(session: Staged, typed: str, **look: bool) -> tuple[list[str], list[str]]:
    """What these keys asked of the session, and the notices that they brought."""
    async with showing(session, (80, 24), **look) as (app, pilot):
        session.asked.clear()
        for key in typed.split():
            await pilot.press(key)
            await settle(pilot)
        return list(session.asked), notices(app)


async def test_p_holds_submission_and_resumes_it() -> None:
    assert (await keys(Staged(RACE, MIDWAY), "P"))[0] == ["hold"]
    held = intervened(RACE, "processes", HELD[0])
    session = Staged(held, MIDWAY)
    async with showing(session, (80, 24)) as (app, pilot):
        text = prose(app)
        assert "◧ SUBMISSION HELD" in text
        assert text.count("◧ held") == 1, "only one of the lanes"
        assert "running tasks finish, and no task starts. Press P to resume." in text
        assert "P Resume" in text
        session.asked.clear()
        await pilot.press("P")
        assert session.asked == ["resume"]


async def test_x_cancels_the_selected_task_where_it_has_not_ended() -> None:
    session = Staged(RACE, MIDWAY)
    serial, processes = (session.race.lane(name).tasks for name in ("serial", "processes"))
    over = next(n for n in range(16) if processes.is_over(n) and not serial.is_over(n))
    session.select(over, "processes")
    asked, _ = await keys(session, "X")
    assert asked == [f"cancel {over} on serial"]
    session.select(15, "processes")
    assert (await keys(session, "X"))[0] == ["cancel 15 on processes"]


async def test_the_last_line_names_the_keys_of_a_running_task_that_is_selected() -> None:
    session = Staged(RACE, MIDWAY)
    task = next(iter(session.race.lane("processes").rows[0].open))
    async with showing(session, (80, 24)) as (app, pilot):
        for screen in "13":
            await pilot.press(screen)
            for chosen, named in ((None, False), (task, True)):
                session.select(chosen, "processes")
                await settle(pilot)
                bar = words(app).splitlines()[-1]
                assert ("X Cancel task  K Kill" in bar) == named, bar
                assert "Quit" in bar


async def test_k_asks_before_it_kills_the_worker_of_the_selected_task() -> None:
    session = Staged(RACE, MIDWAY)
    lane = session.race.lane("processes")
    row = next(row for row in lane.rows.values() if row.open)
    task = next(iter(row.open))
    session.select(task, "processes")
    assert (await keys(session, "K escape"))[0] == []
    async with showing(session, (60, 16)) as (app, pilot):
        session.asked.clear()
        await pilot.press("K")
        await settle(pilot)
        text = prose(app)
        assert f"Kill worker w{row.worker} of processes (process {row.pid})?" in text
        assert f"It runs task {task}, which is then tried again by" in text
        assert "Enter Kill · Esc Cancel" in text
        await pilot.press("enter")
        await settle(pilot)
        assert session.asked == [f"kill {row.pid} on processes"]


async def test_a_lane_that_finished_while_the_sheet_was_open_loses_no_worker() -> None:
    session = Staged(RACE, MIDWAY)
    session.select(next(iter(session.race.lane("processes").rows[0].open)), "processes")
    async with showing(session, (80, 24)) as (app, pilot):
        session.asked.clear()
        await pilot.press("K")
        await settle(pilot)
        session.feed_to(RACE, OVER)
        await pilot.press("enter")
        await settle(pilot)
        assert session.asked == []
        assert "No worker was killed: processes has finished." in notices(app)


def selected(session: Staged, task: int, lane: str) -> Staged:
    session.select(task, lane)
    return session


WHY_NOT = {
    "before": (lambda: Staged(), "P X K", "No race is running."),
    "over": (lambda: Staged(RACE, OVER), "P X K", "No race is running."),
    "sweep": (swept, "P", "No race is running."),
    "nothing selected": (
        lambda: Staged(RACE, MIDWAY),
        "X K",
        "No task is selected: screen 3 lists them.",
    ),
    "ended": (
        lambda: selected(Staged(LONE, MIDWAY), 0, "serial"),
        "X",
        "Task 0 has ended on each lane that runs.",
    ),
    "no process of its own": (
        lambda: selected(Staged(LONE, MIDWAY), 0, "serial"),
        "K",
        "Serial can't kill a worker: its tasks run in the lane's own process.",
    ),
    "not started": (
        lambda: selected(Staged(RACE, MIDWAY), 15, "processes"),
        "K",
        "No worker has run task 15 yet, or it is lost.",
    ),
}


@pytest.mark.parametrize("state", WHY_NOT)
async def test_a_key_that_cannot_act_says_why(state: str) -> None:
    make, typed, why = WHY_NOT[state]
    asked, said = await keys(make(), typed)
    assert asked == []
    assert why in said


async def test_read_only_greys_the_keys_and_leaves_faults_out_of_the_settings() -> None:
    session = selected(Staged(RACE, MIDWAY), 15, "processes")
    asked, said = await keys(session, "P X K", readonly=True)
    assert asked == []
    assert {*said} == {"Read-only: --readonly switches this key off."}
    async with showing(Staged(), (120, 40), readonly=True) as (app, pilot):
        await pilot.press("s")
        await settle(pilot)
        assert app.screen.query("#field-seed")
        assert not app.screen.query("#field-fail-every")


async def test_in_a_replay_interventions_are_confirmed_again_and_the_keys_do_nothing() -> None:
    done = (*HELD, (3.6, {"action": "cancel-task", "task": 4}))
    session = watching(intervened(RACE, "processes", *done), OVER)
    session.replayed = True
    async with showing(session, (80, 24)) as (app, pilot):
        assert notices(app) == [
            "Submission is held.",
            "Submission has resumed.",
            "Cancelling task 4 on processes.",
        ]
        await pilot.press("P")
        await settle(pilot)
        assert notices(app)[-1] == "Replay only: pause or restart."
        await pilot.press("7")
        await settle(pilot)
        assert "Cancelling task 4 on processes." in prose(app)


def test_the_sentence_on_a_worker_that_was_killed_says_what_becomes_of_its_task() -> None:
    lane = Staged(RACE, MIDWAY).race.lane("processes")
    row = lane.rows[0]
    event = ev.Intervened(t=1, lane="processes", action="kill-worker", worker=0)
    killed = f"Worker w0 of processes (process {row.pid}) was killed; "
    assert confirmation(lane, event) == f"{killed}task {next(iter(row.open))} is tried again."
    row.open.clear()
    assert confirmation(lane, event) == f"{killed}it had no task."
    refused = ev.Intervened(t=1, action="kill-worker", refused="the process has ended\x1b[1m")
    assert confirmation(lane, refused) == (
        "No worker of processes was killed: the process has ended[1m."
    )
