"""What a lane makes of its own figures, and of what it failed with."""

import pytest

from workloads.core.errors import EngineFailed
from workloads.lanes.__main__ import _failure
from workloads.lanes.server import _without_comparing


@pytest.mark.parametrize(
    ("driver", "task", "compared", "left"),
    [(5.0, 3.0, 1.0, 4.0), (5.0, 3.0, 40.0, 3.0), (5.0, 6.0, 40.0, 5.0), (5.0, 3.0, 0.0, 5.0)],
)
def test_comparing_takes_no_time_off_the_tasks(
    driver: float, task: float, compared: float, left: float
) -> None:
    assert _without_comparing(driver, task, compared) == left


def test_a_cause_is_logged_unless_the_reason_says_it() -> None:
    error = EngineFailed("The raylet ended; the second try failed too.")
    for cause, detail in (("The raylet ended.", ""), ("no room on /tmp", "no room on /tmp")):
        error.__cause__ = EngineFailed(cause)
        assert _failure(error).detail == detail
