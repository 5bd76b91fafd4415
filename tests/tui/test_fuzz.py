"""Random keys, clicks, pastes and sizes on every screen in every state; and whether each key does
or says anything.
"""

import random
from collections.abc import Callable

import msgspec
import pytest
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.widgets import Input

from tests.fabricate import fabricated_race
from tests.fabricate_images import result
from tests.tui.staged import (
    Held,
    Staged,
    done,
    notices,
    pi_race,
    sampled,
    showing,
    swept,
    words,
)
from tui.app import RaytasksApp
from tui.replay import Replay
from tui.session import Session
from workloads.core import events as ev

IN_TURN = pi_race(tasks=6, schedule="in-turn", failures=[2], retries=[4])
OVER = 1000.0


def images() -> list[ev.AnyEvent]:
    def painted(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.RaceOpened):
            return msgspec.structs.replace(event, workload="images", params={"tasks": 3})
        return (
            msgspec.structs.replace(event, result=result(event.task))
            if isinstance(event, ev.Finished)
            else event
        )

    return [
        painted(event) for event in fabricated_race(tasks=3, lanes=("ray",), seconds=3.0, reports=0)
    ]


STATES: dict[str, Callable[[], Session]] = {
    "before": Staged,
    "during": lambda: Staged(IN_TURN, 12.0),
    "after": lambda: Staged(IN_TURN, OVER),
    "images": lambda: Staged(images(), OVER),
    "swept": swept,
    "replay": lambda: Replay(IN_TURN, Held(12)),
}
"""What the app may be in the middle of."""

KEYS = (
    *"123467" * 3,
    *"1234567890abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ!?,.[]{}<>+-/@#:;'\"\\|~`$%^&*()_=é日π",
    *(
        "space",
        "enter",
        "escape",
        "tab",
        "shift+tab",
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
        "pageup",
    )
    * 3,
    "pagedown",
    "backspace",
    "delete",
    "insert",
    "f1",
    "f2",
    "f3",
    "f12",
    "ctrl+p",
    "ctrl+c",
    "ctrl+a",
    "ctrl+e",
    "ctrl+k",
    "ctrl+u",
    "ctrl+w",
    "ctrl+x",
    "ctrl+v",
    "ctrl+left",
    "ctrl+home",
    "shift+up",
    "shift+left",
    "shift+right",
    "shift+down",
    "shift+end",
    "alt+x",
)
PASTES = (
    "17",
    "π\n\x1b[31m\x00",
    "x" * 5000,
    "1e999",
    "'",
    "/no/such/folder",
    "🎉" * 50,
    "",
    "-1\t2",
)
INPUTS = (300, pytest.param(1700, marks=pytest.mark.soak))
"""In each state: a sample, and a long run (`uv run pytest -m soak`)."""

SIZES = ((80, 24), (60, 16), (100, 30), (59, 16), (60, 15), (1, 1), (2, 100), (120, 40), (61, 17))


def click(app: RaytasksApp, x: int, y: int, button: int) -> None:
    """A click as the terminal reports it: pressed, then released."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(kind(None, x, y, 0, 0, button, False, False, False, x, y))


def resized(app: RaytasksApp, width: int, height: int) -> None:
    """A change of size that nobody waits for, as the terminal reports it."""
    assert app._driver
    app._driver._size = (width, height)
    app.post_message(events.Resize(Size(width, height), Size(width, height)))


def step(app: RaytasksApp, dice: random.Random) -> str:
    """One random input; returns what it was."""
    kind = dice.random()
    if kind < 0.86:
        key = dice.choice(KEYS)
        character = key if len(key) == 1 else {"enter": "\r", "space": " ", "tab": "\t"}.get(key)
        app.post_message(events.Key(key, character))
        return key
    if kind < 0.94:
        x, y = dice.randrange(app.size.width), dice.randrange(app.size.height)
        if dice.random() < 0.3:
            scroll = dice.choice((events.MouseScrollDown, events.MouseScrollUp))
            app.post_message(scroll(None, x, y, 0, 1, 0, False, False, False, x, y))
        else:
            click(app, x, y, dice.choice((1, 1, 2, 3)))
        return f"click {x},{y}"
    if kind < 0.99:
        text = dice.choice(PASTES)
        app.post_message(events.Paste(text))
        return f"paste {text[:9]!r}"
    width, height = dice.choice(SIZES)
    resized(app, width, height)
    return f"size {width}x{height}"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("inputs", INPUTS)
async def test_no_input_breaks_the_app(inputs: int, state: str):
    dice = random.Random(f"{inputs} {state}")
    log: list[str] = []
    session = STATES[state]()
    async with showing(session, (80, 24), animated=True) as (app, pilot):
        try:
            while len(log) < inputs:
                with app.batch_update():  # to paint after each would take most of the time
                    for _ in range(dice.randint(1, 60)):
                        log.append(step(app, dice))
                    await done(app)
                await pilot.pause()
                assert app.is_running
            await pilot.resize_terminal(80, 24)
            for _ in range(
                2 * len(app.screen_stack) + 2
            ):  # an escape may close a list within a sheet first
                app.post_message(events.Key("escape", None))
            await done(app)
            assert app.screen_stack == [app.screen]
            assert app.screen.query("KeyBar")
        except BaseException:
            print(f"{inputs} inputs, state {state}, the last inputs: {log[-40:]}")
            raise


# -- every key does or says something --------------------------------------------------------------


def signature(app: RaytasksApp) -> tuple[object, ...]:
    """All that a key may change."""
    session = app.session
    asked = len(getattr(session, "asked", ()))
    return (
        words(app),
        app.theme,
        app.paused,
        session.plan,
        session.selected,
        session.count_startup,
        asked,
    )


NOTHING_TO_SAY = (
    "scroll_",
    "page_",
    "focus_",
    "copy_text",
    "help_quit",
    "command_palette",
    "quit",
    "suspend",
    "back",  # out of the innermost thing, where there is one
)


@pytest.mark.parametrize(("place", "state"), sampled("123467", STATES))
async def test_no_key_silently_does_nothing(place: str, state: str):
    dead = []
    async with showing(STATES[state](), (80, 24), animated=True) as (app, pilot):
        app.post_message(events.Key(place, place))
        await done(app)
        for key, (_, binding, _, _) in list(app.active_bindings.items()):
            assert isinstance(binding, Binding)
            if any(part in binding.action for part in NOTHING_TO_SAY):
                continue
            before, said = signature(app), len(notices(app))
            app._notifications.clear()
            app.post_message(events.Key(key, None))
            await done(app)
            await pilot.pause()
            if signature(app) == before and len(notices(app)) == said:
                dead.append(f"{key}: {binding.action}")
            typing = isinstance(app.focused, Input)  # in a field, keys are text
            for _ in range(len(app.screen_stack) - 1 + typing):
                app.post_message(events.Key("escape", None))
            await done(app)
            if place != app.keys.first(app.screen.TAB):  # type: ignore[attr-defined]
                app.post_message(events.Key(place, place))
                await done(app)
    assert dead == []
