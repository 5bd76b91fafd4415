"""The content of arrays and of what is made of them: numpy, pandas, torch, scipy, arrow, polars,
Pillow.

None of these libraries is imported: an object of one is recognised by its class, whose module is
loaded then.
"""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from workloads.comparison.frames import (
    arrow_scalar_token,
    column_token,
    extension_array_token,
    frame_token,
    index_token,
    missing_token,
    series_token,
    table_token,
    timedelta_token,
)
from workloads.comparison.tensors import generator_token, name_token, tensor_token

if TYPE_CHECKING:
    from workloads.comparison.contents import Walk

CHUNK = 1 << 16
"""Elements that are read at once."""

Special = Callable[["Walk", Any], bytes]


def special(kind: type) -> Special | None:
    """Return the reader of the content of that class's objects, if it is one of these libraries' or
    derives from one.
    """
    for base in type.__dict__["__mro__"].__get__(kind):  # a metaclass may say anything
        root = type.__dict__["__module__"].__get__(base)
        if type(root) is not str:
            continue
        by_name = _LIBRARIES.get(root.partition(".")[0], {})
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
    token = _elements(walk, value.view(np.ndarray), np)
    if not extra:
        return token
    return walk.parts(f"array {type(value).__qualname__}", [("", token), *extra])


def _attributes_of(value: Any, np: Any) -> list[tuple[str, Any]]:
    """Attributes that a third-party subclass adds to an array, such as a unit, by name."""
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
    if dtype.isbuiltin == 2:  # a data type of another package's
        return _bytes(walk, dtype.name, array, np)
    return _bytes(walk, dtype.newbyteorder("<").str, array, np)


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
        if dtype.kind == "c":
            dtype = f"<f{dtype.itemsize // 2}"
        real = chunk.view(dtype)
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
    if value.dtype.kind in "biufc":
        item = value.item()
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


# -- scipy and Pillow ------------------------------------------------------------------------------


def _sparse(walk: "Walk", value: Any) -> bytes:
    """A sparse array by its shape and the elements that aren't zero."""
    np = sys.modules["numpy"]
    coo = value.tocoo(copy=True)
    coo.sum_duplicates()
    axes = getattr(coo, "coords", None) or (coo.row, coo.col)
    there = coo.data != 0
    where = [axis[there].astype(np.int64) for axis in axes]
    order = np.lexsort(where[::-1])
    parts = [
        *((f".coords[{n}]", axis[order]) for n, axis in enumerate(where)),
        (".data", coo.data[there][order]),
    ]
    return walk.parts(f"sparse {value.shape}", parts)


def _image(walk: "Walk", value: Any) -> bytes:
    """A picture by its pixels; not by the file that it came from."""
    palette = None
    if value.mode in ("P", "PA"):
        palette = value.getpalette()
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
        "DataFrame": frame_token,
        "Series": series_token,
        "Index": index_token,
        "ExtensionArray": extension_array_token,
        "NAType": missing_token,
        "NaTType": missing_token,
        "Timedelta": timedelta_token,
    },
    "torch": {
        "Tensor": tensor_token,
        "dtype": name_token,
        "device": name_token,
        "Generator": generator_token,
    },
    "scipy": {"_spbase": _sparse, "spmatrix": _sparse},
    "pyarrow": {
        "Table": table_token,
        "RecordBatch": table_token,
        "Array": column_token,
        "ChunkedArray": column_token,
        "Scalar": arrow_scalar_token,
    },
    "polars": {"DataFrame": table_token, "Series": column_token},
    "PIL": {"Image": _image},
}
