"""Each widget's demo shows something."""

import pkgutil
from importlib import import_module

import pytest

import tests.demos
from tests.demos import Demo

NAMES = [module.name for module in pkgutil.iter_modules(tests.demos.__path__)]


@pytest.mark.parametrize("name", NAMES)
async def test_a_demo_shows_its_widget(name: str, capsys: pytest.CaptureFixture[str]):
    demo = import_module(f"tests.demos.{name}").demo()
    if not isinstance(demo, Demo):
        assert capsys.readouterr().out.strip()
        return
    demo.begin = 8.0
    async with demo.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        (widget,) = demo.screen.children
        assert any(line.text.strip() for line in widget.render_lines(widget.size.region))
