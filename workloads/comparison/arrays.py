"""The content of arrays and of what is made of them: numpy, pandas, torch, scipy, arrow, polars,
Pillow.

None of these libraries is imported: an object of one is recognised by its class, whose module is
loaded then.
"""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from workloads.core.errors import Incomparable

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk

CHUNK = 1 << 16
"""Elements that are read at once."""

Special = Callable[["Walk", Any], bytes]


def special(kind: type) -> Special | None:
    """How the content of objects of that class is read, if it is one of these libraries' or derives
    from one.
    """
    for base in type.__dict__["__mro__"].__get__(kind):  # a metaclass may say anything
        root = type.__dict__["__module__"].__get__(base)
        by_name = _LIBRARIES.get(root.partition(".")[0], {}) if type(root) is str else {}
        if (read := by_name.get(type.__dict__["__name__"].__get__(base))) is not None:
            return read
    return None


# -- numpy -----------------------------------------------------------------------------------------


def _ndarray(walk: "Walk", value: Any) -> bytes:
    """Data type, shape and elements in C order; NaN and zero in one form each, whatever the order
    of bytes.
    """
    np = sys.modules["numpy"]
    extra = _attributes_of(value, np)
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        plain = np.ma.getdata(value).view(np.ndarray).copy()
        plain[mask] = np.zeros((), plain.dtype)
        return walk.parts("masked", [(".mask", mask), (".data", plain), *extra])
    plain = value.view(np.ndarray) if type(value) is not np.ndarray else value
    token = _elements(walk, plain, np)
    return (
        token
        if not extra
        else walk.parts(f"array {type(value).__qualname__}", [("", token), *extra])
    )


def _attributes_of(value: Any, np: Any) -> list[tuple[str, Any]]:
    """What a subclass of somebody's adds to an array, such as a unit; by name."""
    if type(value).__module__.partition(".")[0] == "numpy":
        return []
    return [(f".{name}", part) for name, part in sorted(getattr(value, "__dict__", {}).items())]


def _elements(walk: "Walk", array: Any, np: Any) -> bytes:
    dtype, shape = array.dtype, array.shape
    if dtype.names is not None:
        fields = [(f"[{name!r}]", np.asarray(array[name])) for name in dtype.names]
        return walk.parts(f"records {shape} {list(dtype.names)}", fields)
    if dtype.hasobject or dtype.kind == "T":
        return walk.parts(
            f"{dtype.kind} {shape}", ((f"[{n}]", item) for n, item in enumerate(array.flat))
        )
    if dtype.char in "gG":
        return _long(walk, array, np)
    name = dtype.newbyteorder("<").str if dtype.isbuiltin != 2 else dtype.name
    return _bytes(walk, name, array, np)


def _bytes(walk: "Walk", name: str, array: Any, np: Any) -> bytes:
    keeps = walk.leaves is not None and walk.leaves.takes(array.nbytes)
    kept: list[bytes] = []

    def chunks() -> Iterator[Any]:
        for chunk in _chunks(array, np):
            if keeps:
                kept.append(chunk.tobytes())
            yield chunk

    token = walk.run(f"array {name} {array.shape}", chunks())
    if keeps and walk.leaves is not None:
        walk.leaves.array(name, array.shape, kept)
    return token


def _chunks(array: Any, np: Any) -> Iterator[Any]:
    """The elements in C order, little-endian, some at a time, as bytes."""
    if array.dtype.isbuiltin == 2:  # a data type of another package's: as it lies in memory
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        return
    if array.size == 0:
        return
    little = array.dtype.newbyteorder("<")
    flags = ["external_loop", "buffered"]
    for chunk in np.nditer(
        array, flags, order="C", op_dtypes=[little], casting="equiv", buffersize=CHUNK
    ):
        chunk = np.ascontiguousarray(chunk)  # what needs no buffer comes as it lies
        if little.kind in "fc":
            chunk = _canonical(chunk, little, np)
        yield chunk.view(np.uint8)


def _canonical(chunk: Any, dtype: Any, np: Any) -> Any:
    """Floats with one zero and one NaN."""
    with np.errstate(all="ignore"):
        real = chunk.view(dtype if dtype.kind == "f" else f"<f{dtype.itemsize // 2}")
        same = real + real.dtype.type(0)
        if np.isnan(same).any():
            same[np.isnan(same)] = np.nan
    return same.astype(real.dtype, copy=False)


def _long(walk: "Walk", array: Any, np: Any) -> bytes:
    """Long doubles, which have bytes without meaning, as what they are a sum of: two floats and an
    exponent.
    """
    if array.dtype.kind == "c":
        return walk.parts("complex", [(".real", array.real), (".imag", array.imag)])
    with np.errstate(all="ignore"):
        fraction, exponent = np.frexp(array)
        high = fraction.astype(np.float64)
        low = np.where(np.isfinite(high), (fraction - high), 0).astype(np.float64)
    return walk.parts("long", [("", high), ("", low), ("", exponent)])


def _generic(walk: "Walk", value: Any) -> bytes:
    """A scalar: as Python's own where it has the like, else as an array of one."""
    np = sys.modules["numpy"]
    item = value.item() if value.dtype.kind in "biufc" else value
    if type(item) in (bool, int, float, complex):
        return walk.token(item)
    if isinstance(value, str):
        return walk.token(str.__str__(value))
    if isinstance(value, bytes):
        return walk.token(bytes(value))
    return walk.parts("scalar", [("", np.asarray(value))])


def _random(walk: "Walk", value: Any) -> bytes:
    return walk.parts(
        f"object {type(value).__qualname__}", [(".bit_generator", value.bit_generator.state)]
    )


# -- pandas ----------------------------------------------------------------------------------------


def _frame(walk: "Walk", value: Any) -> bytes:
    columns = (
        (f"[{name!r}]"[:60], value.iloc[:, at].array) for at, name in enumerate(value.columns)
    )
    return walk.parts(
        f"frame {value.shape}", [(".columns", value.columns), (".index", value.index), *columns]
    )


def _series(walk: "Walk", value: Any) -> bytes:
    return walk.parts("series", [(".name", value.name), (".index", value.index), ("", value.array)])


def _index(walk: "Walk", value: Any) -> bytes:
    if hasattr(value, "levels"):
        levels = (
            (f".get_level_values({n})", value.get_level_values(n)) for n in range(value.nlevels)
        )
        return walk.parts("multiindex", levels)
    return walk.parts("index", [(".name", value.name), ("", value.array)])


def _pandas_array(walk: "Walk", value: Any) -> bytes:
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


def _timedelta(walk: "Walk", value: Any) -> bytes:
    return walk.parts("timedelta", [("", value.to_timedelta64())])


def _pandas_scalar(walk: "Walk", value: Any) -> bytes:
    return walk.parts("pandas", [("", type(value).__name__)])


# -- torch -----------------------------------------------------------------------------------------


def _tensor(walk: "Walk", value: Any) -> bytes:
    """Data type, shape and elements, wherever they are; not whether gradients are wanted."""
    torch = sys.modules["torch"]
    tensor = value.detach()
    if tensor.is_meta:
        raise Incomparable("a tensor without data (on the device meta)")
    if tensor.is_nested:
        return walk.parts("nested", ((f"[{n}]", part) for n, part in enumerate(tensor.unbind())))
    if tensor.is_quantized:
        return _quantized(walk, tensor, torch)
    if tensor.layout != torch.strided:
        sparse = (
            (tensor if tensor.layout == torch.sparse_coo else tensor.to_sparse_coo())
            .cpu()
            .coalesce()
        )
        indices, values = sparse.indices(), sparse.values()
        there = values != 0 if values.ndim == 1 else (values != 0).flatten(1).any(1)
        parts = [(".indices()", indices[:, there]), (".values()", values[there])]
        return walk.parts(f"sparse {tuple(sparse.shape)}", parts)
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    tag = f"tensor {tensor.dtype} {tuple(tensor.shape)}"
    try:
        plain = tensor.numpy()
    except TypeError:  # numpy has no such type: bfloat16, the small floats; each fits into 32 bits
        wider = tensor.to(torch.complex64 if tensor.is_complex() else torch.float32)
        plain = wider.numpy()
    return walk.parts(tag, [("", plain)])


def _quantized(walk: "Walk", tensor: Any, torch: Any) -> bytes:
    channels = tensor.qscheme() in (torch.per_channel_affine, torch.per_channel_symmetric)
    names = (
        ("q_per_channel_scales", "q_per_channel_zero_points")
        if channels
        else ("q_scale", "q_zero_point")
    )
    scheme = [(f".{name}()", getattr(tensor, name)()) for name in names]
    return walk.parts(
        f"quantized {tensor.qscheme()}", [(".int_repr()", tensor.int_repr()), *scheme]
    )


def _torch_name(walk: "Walk", value: Any) -> bytes:
    return walk.parts("torch", [("", str(value))])


def _torch_generator(walk: "Walk", value: Any) -> bytes:
    return walk.parts("generator", [("", value.get_state())])


# -- scipy, arrow, polars, Pillow ------------------------------------------------------------------


def _sparse(walk: "Walk", value: Any) -> bytes:
    """A sparse array by its shape and the elements that aren't zero."""
    np = sys.modules["numpy"]
    coo = value.tocoo(copy=True)
    coo.sum_duplicates()
    where = coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)
    there = coo.data != 0
    where = [axis[there].astype(np.int64) for axis in where]
    order = np.lexsort(where[::-1])
    parts = [
        *((f".coords[{n}]", axis[order]) for n, axis in enumerate(where)),
        (".data", coo.data[there][order]),
    ]
    return walk.parts(f"sparse {value.shape}", parts)


def _columns(walk: "Walk", value: Any) -> bytes:
    """A table of pyarrow or polars, column by column."""
    names = getattr(value, "column_names", None) or getattr(value, "columns", [])
    if not names or not isinstance(names[0], str):
        names = list(value.schema.names)
    get = getattr(value, "get_column", None) or value.column
    columns = (
        (f"[{name!r}]"[:60], get(name if hasattr(value, "get_column") else at))
        for at, name in enumerate(names)
    )
    return walk.parts(
        f"table {len(value) if hasattr(value, '__len__') else value.num_rows}", columns
    )


def _column(walk: "Walk", value: Any) -> bytes:
    """A column of pyarrow or polars: as a numpy array where it has numbers only, else value by
    value.
    """
    np = sys.modules.get("numpy")
    kind = str(value.type if hasattr(value, "type") else value.dtype)
    missing = value.null_count if not callable(value.null_count) else value.null_count()
    numeric = kind.lower().startswith(("int", "uint", "float", "double")) and np is not None
    plain = value.to_numpy() if numeric and not missing else None
    listed = (
        plain
        if plain is not None
        else (value.to_pylist() if hasattr(value, "to_pylist") else value.to_list())
    )
    return walk.parts(f"column {kind}", [(".name", getattr(value, "name", None)), ("", listed)])


def _arrow_scalar(walk: "Walk", value: Any) -> bytes:
    return walk.parts(f"arrow {value.type}", [("", value.as_py())])


def _image(walk: "Walk", value: Any) -> bytes:
    """A picture by its pixels; not by the file that it came from."""
    palette = value.getpalette() if value.mode in ("P", "PA") else None
    parts = [
        (".mode", value.mode),
        (".size", value.size),
        (".getpalette()", palette),
        ("", value.tobytes()),
    ]
    return walk.parts("image", parts)


_LIBRARIES: dict[str, dict[str, Special]] = {
    "numpy": {"ndarray": _ndarray, "generic": _generic, "Generator": _random},
    "pandas": {
        "DataFrame": _frame,
        "Series": _series,
        "Index": _index,
        "ExtensionArray": _pandas_array,
        "NAType": _pandas_scalar,
        "NaTType": _pandas_scalar,
        "Timedelta": _timedelta,
    },
    "torch": {
        "Tensor": _tensor,
        "dtype": _torch_name,
        "device": _torch_name,
        "Generator": _torch_generator,
    },
    "scipy": {"_spbase": _sparse, "spmatrix": _sparse},
    "pyarrow": {
        "Table": _columns,
        "RecordBatch": _columns,
        "Array": _column,
        "ChunkedArray": _column,
        "Scalar": _arrow_scalar,
    },
    "polars": {"DataFrame": _columns, "Series": _column},
    "PIL": {"Image": _image},
}
