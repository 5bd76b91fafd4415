"""Digests of what libraries make, which are imported only where a test runs: every process collects
this file, and one runs it.
"""

from typing import Any

import numpy as np
import pytest

from tests.unit.comparison.pairs import kinds, same
from workloads.comparison.contents import digest
from workloads.core.errors import Incomparable


def equal() -> list[tuple[Any, Any]]:
    import pandas as pd
    import scipy.sparse
    import torch

    return [
        (torch.ones(3, requires_grad=True), torch.ones(3)),
        (torch.ones(2, 3).T, torch.ones(3, 2)),
        (torch.ones(3).to_sparse(), torch.ones(3).to_sparse()),
        (torch.tensor([1j]).conj(), torch.tensor([-1j])),
        (torch.eye(3).to_sparse(), torch.eye(3).to_sparse_csr()),
        (torch.tensor([-0.0], dtype=torch.bfloat16), torch.tensor([0.0], dtype=torch.bfloat16)),
        (scipy.sparse.csr_matrix(np.eye(3)), scipy.sparse.csc_matrix(np.eye(3))),
        (
            scipy.sparse.coo_array(([1, 1], ([0, 0], [1, 1]))),
            scipy.sparse.coo_array(([2], ([0], [1]))),
        ),
        (pd.DataFrame({"a": [1.0, np.nan]}), pd.DataFrame({"a": [1.0, np.nan]})),
        (pd.DataFrame({"a": [1, 2]})[::1], pd.DataFrame({"a": [1, 2], "b": 0})[["a"]]),
        (pd.Series(["a", None]), pd.Series(["a", None])),
        (pd.NA, pd.NA),
        (pd.NaT, pd.NaT),
        (pd.Index([1, 2]), pd.RangeIndex(1, 3)),
    ]


def different() -> list[tuple[Any, Any]]:
    import pandas as pd
    import scipy.sparse
    import torch

    rows = pd.DataFrame({"x": np.arange(5000), "y": [f"row {row}" for row in range(5000)]})
    changed_rows = rows.copy()
    changed_rows.loc[2500, "y"] = "another row"
    big = np.arange(250_000.0)
    changed_big = big.copy()
    changed_big[200_000] = np.nextafter(200_000, 1)
    return [
        (torch.tensor(big), torch.tensor(changed_big)),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (
            torch.tensor([1.0], dtype=torch.bfloat16),
            torch.tensor([1.0078125], dtype=torch.bfloat16),
        ),
        (torch.ones(3).to_sparse(), torch.tensor([1.0, 1, 2]).to_sparse()),
        (
            torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8),
            torch.quantize_per_tensor(torch.ones(2), 0.2, 0, torch.quint8),
        ),
        (torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.zeros(2))),
        (scipy.sparse.csr_matrix(np.eye(3)), scipy.sparse.csr_matrix(2 * np.eye(3))),
        (rows, changed_rows),
        (rows, rows.rename(columns={"x": "z"})),
        (rows, rows[::-1]),
        (pd.Series([1]), pd.Series([1.0])),
        (pd.Series([1], name="a"), pd.Series([1], name="b")),
        (pd.Index([1]), pd.Index([2])),
        (pd.Series([1, None], dtype="Int64"), pd.Series([1, 0], dtype="Int64")),
        (pd.Categorical(["a", "b"]), pd.Categorical(["b", "a"])),
        (
            pd.Series(pd.to_datetime(["2026-01-01"], utc=True)),
            pd.Series(pd.to_datetime(["2026-01-02"], utc=True)),
        ),
        (pd.Series(pd.arrays.SparseArray([0, 1])), pd.Series(pd.arrays.SparseArray([0, 2]))),
        (pd.Timestamp(1), pd.Timestamp(2)),
        (pd.Timedelta(1), pd.Timedelta(2)),
        (pd.Interval(0, 1), pd.Interval(0, 2)),
        (pd.Period("2026-01"), pd.Period("2026-02")),
        (
            pd.MultiIndex.from_tuples([(1, 2)], names=["a", "b"]),
            pd.MultiIndex.from_tuples([(1, 3)], names=["a", "b"]),
        ),
    ]


def test_values_that_are_equal(subtests: pytest.Subtests) -> None:
    for pair in equal():
        with subtests.test(kinds(pair)):
            assert same(*pair)
            assert same({"a": [pair[0]]}, {"a": [pair[1]]})


def test_values_that_differ(subtests: pytest.Subtests) -> None:
    for pair in different():
        with subtests.test(kinds(pair)):
            assert not same(*pair)
            assert not same({"a": [pair[0]]}, {"a": [pair[1]]})


def test_a_tensor_without_data_is_named() -> None:
    import torch

    with pytest.raises(Incomparable) as raised:
        digest({"a": [0, torch.empty(2, device="meta")]})
    assert raised.value.what.startswith("a tensor without data")
