"""Times as IPython's %%time prints them."""

import pytest

from workloads.core.notebook import times_text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0 ns"),
        (250e-9, "250 ns"),
        (0.0000123, "12.3 µs"),
        (0.0156, "15.6 ms"),
        (8.2149, "8.21 s"),
        (77.4, "1min 17s"),
        (3725.0, "1h 2min 5s"),
    ],
)
def test_a_time_has_three_digits_in_its_largest_unit(seconds: float, expected: str):
    assert times_text(0.0, 0.0, seconds).endswith(f"Wall time: {expected}")


def test_cpu_time_is_split_where_that_was_recorded():
    assert times_text(0.0156, 0.0006, 4.0) == (
        "CPU times: user 15 ms, sys: 600 µs, total: 15.6 ms\nWall time: 4 s"
    )
    assert times_text(0.0156, None, 4.0).startswith("CPU times: total: 15.6 ms\n")
