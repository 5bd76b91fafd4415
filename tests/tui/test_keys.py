"""The table of keys is the contract: one key has one meaning, and every binding comes from it."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import tui
from tests.tui.staged import Staged, done, notices, pi_race, settle, showing, watching, words
from tui.guide import SCREENS
from tui.key_table import TABLE
from tui.keys import Keys, bindings
from tui.widgets.bars import KeyBar

ROOT = Path(__file__).parents[2]
RACE = pi_race(schedule="in-turn")
MIDWAY, OVER = 23.0, 1000.0

CONTRACT = """
space start; freeze or resume the view; pause or play a replay; toggle in a sheet
x cancel the race | X cancel the selected task | r again, same seed
n fewer tasks | N more tasks | left_square_bracket smaller tasks
right_square_bracket larger tasks | s settings | w workload | e lanes | v sweep | b repeat ×5
t schedule | u count start-up | P hold or resume submission
K kill the selected task's worker | d drain: wait, get, get each
up,k row above | down,j row below | left,h back in time or over points; in a replay: seek
right,l forward in time or over points; in a replay: seek
shift+left,shift+right,shift+up,shift+down pan
comma previous task or image | full_stop next task or image
enter details of the selection; apply a sheet | f zoom to fit; follow the newest
plus zoom in | minus zoom out | 0 zoom to fit | g next failed task | G slowest task
tab next lane or panel | shift+tab previous lane or panel
escape out of the innermost thing; follow the newest
i sort by another column | I sort in the other direction | slash filter
pageup page up | pagedown page down | home first row | end last row
y other view: by worker or by task; Compare: times or sweep | z Compare: an axis of its own
1 Race | 2 Workload | 3 Tasks | 4 Compare | 5 Cluster | 6 Code | 7 Log | 8 Learn
c the code of what you look at | exclamation_mark the coach's findings
o kept races and recordings | E export
M mark, to measure an interval | m largest panel alone, and back
left_curly_bracket replay slower | right_curly_bracket replay faster
less_than_sign replay: previous event | greater_than_sign replay: next event
T theme | p projector | C captions | B blank screen
f1,question_mark help | f2 next preset in a sheet | ctrl+p the palette: everything by name
ctrl+c copy the selection | ctrl+z suspend | q,ctrl+q quit
"""
"""Each key's meaning, as every issue to come may rely on it: a change here needs a reason."""


def nodes_with_bindings() -> list[type[DOMNode]]:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    nodes, waiting = [], [DOMNode]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("tui.") and "BINDINGS" in vars(kind):
            nodes.append(kind)
    return nodes


def test_the_table_is_the_contract() -> None:
    entries = [entry.strip() for line in CONTRACT.splitlines() for entry in line.split(" | ")]
    assert [f"{key.keys} {key.meaning}" for key in TABLE] == [entry for entry in entries if entry]


def test_no_key_has_two_meanings() -> None:
    keys = [name for key in TABLE for name in key.keys.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_a_binding_has_no_other_keys_than_its_row_of_the_table() -> None:
    for key in TABLE:
        for use in key.uses:
            assert set((use.keys or key.keys).split(",")) <= set(key.keys.split(","))


def test_every_binding_of_the_program_is_one_of_the_table() -> None:
    nodes = nodes_with_bindings()
    assert {"RaytasksApp", "TasksScreen", "Help", "LanesSheet"} <= {node.__name__ for node in nodes}
    of_table = [bindings(where) for where in {use.where for key in TABLE for use in key.uses}]
    used = [vars(node)["BINDINGS"] for node in nodes]
    for own in used:
        assert own in of_table, own
    unused = [own for own in of_table if own not in used]
    assert unused == [], "bindings that no screen has"
    for own in used:
        ids = [binding.id for binding in own if isinstance(binding, Binding)]
        assert len(set(ids)) == len(own), "ids are unique in a node"


def test_the_readme_lists_every_key_that_has_a_binding() -> None:
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`[^|]*) \| [^|]* \|$", text, re.M)
    spans = [span for row in rows for span in re.findall(r"`([^`]+)`", row)]
    listed = {*spans, *(name for span in spans for name in span.split())}
    keys = Keys()
    missing = [
        key.keys
        for key in TABLE
        if any(use.show for use in key.uses) and keys.name(key.keys.partition(",")[0]) not in listed
    ]
    assert missing == []


@pytest.mark.parametrize("moment", ["before", "midway", "over"])
async def test_the_footer_offers_all_screens_and_at_most_eight_keys(moment: str) -> None:
    session = Staged()
    if moment != "before":
        session = Staged(RACE, {"midway": MIDWAY, "over": OVER}[moment])
    async with showing(session, (80, 24)) as (app, pilot):
        for screen in map(Keys().first, SCREENS):
            await pilot.press(screen)
            await settle(pilot)
            line = words(app).splitlines()[-1]
            assert f"{Keys().name(*SCREENS)} Screens" in line
            assert "F1 Help" in line
            hints = [hint for hint in app.screen.query_one(KeyBar).hints if hint.label in line]
            assert len(hints) <= 8
            assert len(line) <= 80


async def test_the_digit_of_the_open_screen_changes_nothing() -> None:
    async with showing(watching(RACE, OVER)) as (app, pilot):
        for digit in "123467":
            await pilot.press(digit)
            app.clear_notifications()
            await settle(pilot)
            notices(app).clear()
            before = words(app)
            await pilot.press(digit)
            await done(app)
            assert notices(app) == ["This screen is open already."]
            app.clear_notifications()
            await settle(pilot)
            assert words(app) == before


async def test_g_selects_the_failed_tasks_in_turn_and_shift_g_the_slowest() -> None:
    session = Staged(pi_race(schedule="in-turn", failures=(3, 9)), OVER)
    async with showing(session) as (app, pilot):
        await pilot.press("g")
        await settle(pilot)
        assert app.current_mode == "tasks"
        assert (session.selected, session.selected_lane) == (3, "serial")
        for selection in ((3, "ray"), (9, "serial"), (9, "ray"), (3, "serial")):
            await pilot.press("g")
            await done(app)
            assert (session.selected, session.selected_lane) == selection
        ran = {
            (task, lane.name): float(lane.tasks.end[task] - lane.tasks.start[task])
            for lane in session.shown_lanes()
            for task in range(lane.tasks.count)
            if task not in (3, 9)
        }
        for selection in sorted(ran, key=lambda at: -ran[at])[:2]:
            await pilot.press("G")
            await done(app)
            assert (session.selected, session.selected_lane) == selection


async def test_g_says_that_no_task_has_failed() -> None:
    async with showing(watching(RACE, OVER)) as (app, pilot):
        await pilot.press("g")
        await done(app)
        assert notices(app) == ["No task has failed on serial or Ray."]
