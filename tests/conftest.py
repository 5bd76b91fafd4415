"""How the tests are shared out: those with real lanes run in one process, which has one Ray; the others in another."""

from pathlib import Path

import pytest

WITH_RAY = {"lanes", "test_terminal.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if WITH_RAY & set(Path(item.path).parts):
            item.add_marker(pytest.mark.xdist_group("ray"))
