"""Tokens of tables and their columns: pandas, pyarrow, polars. None of them is imported here."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk


def frame_token(walk: "Walk", value: Any) -> bytes:
    """A frame by its shape, the names of its columns and rows, and its columns."""
    columns = (
        (f"[{name!r}]"[:60], value.iloc[:, at].array) for at, name in enumerate(value.columns)
    )
    return walk.parts(
        f"frame {value.shape}", [(".columns", value.columns), (".index", value.index), *columns]
    )


def series_token(walk: "Walk", value: Any) -> bytes:
    """A column with its name and those of its rows."""
    return walk.parts("series", [(".name", value.name), (".index", value.index), ("", value.array)])


def index_token(walk: "Walk", value: Any) -> bytes:
    """The names of rows or columns, on one level or several."""
    if hasattr(value, "levels"):
        levels = (
            (f".get_level_values({n})", value.get_level_values(n)) for n in range(value.nlevels)
        )
        return walk.parts("multiindex", levels)
    return walk.parts("index", [(".name", value.name), ("", value.array)])


def extension_array_token(walk: "Walk", value: Any) -> bytes:
    """A column: as numpy has it where it can, else where it has no value and what else it holds."""
    dtype = value.dtype
    if hasattr(value, "categories"):
        parts = [
            (".categories", value.categories),
            (".codes", value.codes),
            (".ordered", value.ordered),
        ]
        return walk.parts("categorical", parts)
    if type(dtype).__module__.partition(".")[0] == "numpy":
        return walk.token(value.to_numpy())
    missing = sys.modules["numpy"].asarray(value.isna())  # of a sparse column, another sparse one
    if getattr(dtype, "tz", None) is not None:
        return walk.parts(f"column {dtype}", [("", value.to_numpy(f"M8[{dtype.unit}]"))])
    if getattr(dtype, "numpy_dtype", None) is not None and dtype.numpy_dtype.kind in "biuf":
        filled = value.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return walk.parts(f"column {dtype}", [(".isna()", missing), ("", filled)])
    return walk.parts(
        f"column {dtype}", [(".isna()", missing), ("", value.to_numpy(object, na_value=None))]
    )


def timedelta_token(walk: "Walk", value: Any) -> bytes:
    """A duration, to the nanosecond."""
    return walk.parts("timedelta", [("", value.to_timedelta64())])


def missing_token(walk: "Walk", value: Any) -> bytes:
    """A value that is missing (NA, NaT)."""
    return walk.parts("pandas", [("", type(value).__name__)])


def table_token(walk: "Walk", value: Any) -> bytes:
    """A table of pyarrow or polars, column by column."""
    names = getattr(value, "column_names", None) or getattr(value, "columns", [])
    if not names or not isinstance(names[0], str):
        names = list(value.schema.names)
    if hasattr(value, "get_column"):
        columns = map(value.get_column, names)
    else:
        columns = map(value.column, range(len(names)))
    named = ((f"[{name!r}]"[:60], column) for name, column in zip(names, columns, strict=True))
    return walk.parts(f"table {len(value)}", named)


def column_token(walk: "Walk", value: Any) -> bytes:
    """A column of pyarrow or polars: as a numpy array where it has numbers only, else value by
    value.
    """
    if hasattr(value, "to_pylist"):  # pyarrow's
        kind, missing, to_list = str(value.type), value.null_count, value.to_pylist
    else:
        kind, missing, to_list = str(value.dtype), value.null_count(), value.to_list
    numeric = kind.lower().startswith(("int", "uint", "float", "double"))
    if numeric and not missing and "numpy" in sys.modules:
        content = value.to_numpy()
    else:
        content = to_list()
    return walk.parts(f"column {kind}", [(".name", getattr(value, "name", None)), ("", content)])


def arrow_scalar_token(walk: "Walk", value: Any) -> bytes:
    """One value of pyarrow's, by its type."""
    return walk.parts(f"arrow {value.type}", [("", value.as_py())])
