"""What a lane makes of its own figures."""

import pytest

from workloads.lanes.server import _without_comparing


@pytest.mark.parametrize(
    ("driver", "task", "compared", "left"),
    [(5.0, 3.0, 1.0, 4.0), (5.0, 3.0, 40.0, 3.0), (5.0, 6.0, 40.0, 5.0), (5.0, 3.0, 0.0, 5.0)],
)
def test_comparing_takes_no_time_off_the_tasks(
    driver: float, task: float, compared: float, left: float
) -> None:
    assert _without_comparing(driver, task, compared) == left
