"""What `from workloads import …` offers."""

import workloads


def test_each_public_name_is_there():
    names = workloads.__all__
    assert names == sorted(names)
    assert all(getattr(workloads, name) is not None for name in names)
    assert sorted(workloads._PLACES) == names
    assert all(getattr(workloads, name).__doc__ for name in names)
