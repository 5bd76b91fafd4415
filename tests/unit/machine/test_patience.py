"""Deadlines grow with the load of the machine, within bounds."""

import os

import pytest

from workloads.machine.host import PATIENCE_MOST_S, patience


@pytest.mark.parametrize(
    ("load", "seconds", "waited"),
    [
        (0.0, 3.0, 3.0),
        (2.0, 3.0, 3.0),
        (6.0, 3.0, 9.0),
        (500.0, 3.0, PATIENCE_MOST_S),
        (500.0, 120.0, 120.0),
    ],
)
def test_patience(
    monkeypatch: pytest.MonkeyPatch, load: float, seconds: float, waited: float
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert patience(seconds) == waited


def test_patience_where_the_system_gives_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", refuse)
    assert patience(3.0) == 3.0
