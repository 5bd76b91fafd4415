"""Parameters of a third-party workload, whatever they are called: they work, or a sentence names
the one that can't.
"""

import textwrap
from pathlib import Path

import pytest

from tests.tui.staged import Staged, done, showing
from tui.cli.options import parse
from tui.cli.plans import plan_of
from tui.sheets.settings import SettingsSheet
from workloads import catalog
from workloads.core.errors import BadInput
from workloads.lanes.coordinator import Plan

NAMES = (
    "lanes",
    "seed",
    "json",
    "tasks",
    "files",
    "headless",
    "workload",
    "command",
    "kinds",
    "typed",
    "sealed",
    "help",
    "inputs",
    "out",
    "ascii",
    "größe",
    "a-b",
    "x.y",
    "param-lanes",
    "runs",
    "class",
    "_hidden",
)


def module(folder: Path, parameters: str, presets: str = "{}") -> str:
    (folder / "theirs_named.py").write_text(
        textwrap.dedent(f"""
        from workloads.core.task import Parameter, Task, Workload
        def double(n): return n
        W = Workload("w", "W", "help", ({parameters},),
                     lambda params, seed, files: [Task(0, double, (1,))], lambda results: results,
                     presets={presets})
    """)
    )
    return f"{folder / 'theirs_named.py'}:W"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_described", {})


def option(name: str) -> str:
    from tui.cli.workload_options import option_of

    return option_of(name, ours=False, sweep=False)


def test_any_word_can_be_set_on_the_command_line(tmp_path: Path):
    name = module(
        tmp_path, ",".join(f'Parameter("{n}", {i}, "h", 0, 1000)' for i, n in enumerate(NAMES))
    )
    arguments = [part for i, n in enumerate(NAMES) for part in (option(n), str(i + 100))]
    plan = plan_of(parse(["race", name, "--lanes", "serial", "--seed", "7", *arguments]))
    assert plan.params == {n: i + 100 for i, n in enumerate(NAMES)}
    assert (plan.lanes, plan.seed) == (("serial",), 7)
    plan = plan_of(parse(["race", name]))
    assert plan.params == {n: i for i, n in enumerate(NAMES)}
    assert plan.lanes == ("serial", "ray")


async def test_any_word_can_be_set_in_the_settings(tmp_path: Path):
    name = module(
        tmp_path,
        ",".join(f'Parameter("{n}", {i}, "h", 0, 1000)' for i, n in enumerate(NAMES)),
        '{"big": lambda: {"seed": 5, "lanes": 6}}',
    )
    workload = catalog.describe(name)
    session = Staged()
    session.plan = Plan(workload.name, workload.complete({}), 7)
    async with showing(session, (80, 24)) as (app, pilot):
        await pilot.press("s")
        await done(app)
        assert isinstance(app.screen, SettingsSheet)
        await pilot.press("f2", "enter")
        await done(app)
        assert session.plan.params == {**workload.complete({}), "seed": 5, "lanes": 6}
        assert session.plan.seed == 7


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ('Parameter("", 1, "h")', "its parameter “” must consist of letters"),
        ('Parameter("two words", 1, "h")', "its parameter “two words” must consist"),
        ('Parameter("--x", 1, "h")', "its parameter “--x” must consist"),
        ('Parameter("a=b", 1, "h")', "its parameter “a=b” must consist"),
        ('Parameter("[red]", 1, "h")', r"its parameter “\[red\]” must consist"),
        ('Parameter("x" * 99, 1, "h")', "its parameter “xxx"),
        ('Parameter("a", 1, "h"), Parameter("a", 2, "h")', "its parameter “a” appears twice"),
        ('Parameter("a", True, "h")', "its parameter “a” needs a number"),
        (
            'Parameter("a", "text", "h")',
            "its parameter “a” needs a number as its default, or choices",
        ),
        ('Parameter("a", 5, "h", 0, 3)', "a must be from 0 to 3"),
    ],
)
def test_what_cannot_be_typed_is_refused_by_name(tmp_path: Path, parameters: str, said: str):
    with pytest.raises(BadInput, match=said):
        catalog.describe(module(tmp_path, parameters))


def test_a_preset_that_names_no_parameter_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="no parameter “b”"):
        catalog.describe(module(tmp_path, 'Parameter("a", 1, "h")', '{"p": lambda: {"b": 1}}'))
