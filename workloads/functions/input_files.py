"""Reads files of inputs: text in any common encoding, as JSON or JSON lines (tables: see
workloads.functions.tables).

Each reader yields a value and the line (or item) that it comes from, counted from 1; `note` gets a
sentence wherever the file could have been read in another way. Whatever can't be read raises
BadInput with the line.
"""

import codecs
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from workloads.core.errors import BadInput, plain

Note = Callable[[str], None]
Values = Iterator[tuple[Any, int]]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_UNPACK = "unpack it first"
_OTHERS = (
    (b"\x1f\x8b", f"compressed (gzip); {_UNPACK}"),
    (b"BZh", f"compressed (bzip2); {_UNPACK}"),
    (b"\xfd7zXZ\0", f"compressed (xz); {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"compressed (zstd); {_UNPACK}"),
    (b"PK\x03\x04", "a spreadsheet workbook or an archive; save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet workbook; save the table as CSV"),
    (b"PAR1", "a Parquet file; write it as CSV or JSON lines"),
    (b"SQLite format 3\0", "a database; export a table as CSV"),
)
"""Signatures of files that aren't text, and their kinds."""


# -- text ------------------------------------------------------------------------------------------


def decoded(name: str, data: bytes, note: Note) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32, else in Windows-1252, the West's usual one
    before.
    """
    for mark, what in _OTHERS:
        if data.startswith(mark):
            raise BadInput(f"{name} is {what}.")
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if encoding is None and (encoding := _unmarked_utf16(data)):
        note(f"{name} is read as UTF-16.")
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            kind = encoding.upper().removesuffix("-SIG")
            raise BadInput(f"{name} is truncated or damaged: it isn't {kind} to the end.") from None
        text = _western(name, data, data.count(b"\n", 0, error.start) + 1, note)
    text = text.removesuffix("\x1a")  # DOS ended texts so
    if (at := text.find("\0")) >= 0:
        raise BadInput(
            f"Line {text.count(chr(10), 0, at) + 1:,} of {name} has a NUL byte, which isn't valid "
            "in text."
        )
    return text


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 where every other byte of its beginning is NUL, as in Western text without a byte
    order mark.
    """
    start = data[:1000]
    half = len(start) // 2
    if half and start[1::2].count(0) > 0.7 * half and not start[::2].count(0):
        return "utf-16-le"
    if half and start[::2].count(0) > 0.7 * half and not start[1::2].count(0):
        return "utf-16-be"
    return None


def _western(name: str, data: bytes, line: int, note: Note) -> str:
    damaged = BadInput(f"Line {line:,} of {name} is not UTF-8 text.")
    if not data.decode("utf-8", "ignore").isascii():  # UTF-8 that is damaged in one place
        raise damaged
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise damaged from None
    note(
        f"{name} is read as Windows-1252 (Latin-1), as line {line:,} is not UTF-8; convert the "
        "file if that is wrong."
    )
    return text


# -- JSON ------------------------------------------------------------------------------------------


def json_lines(name: str, data: bytes, note: Note) -> Values:
    """A value per line; blank lines are skipped."""
    for number, line in enumerate(_lines(decoded(name, data, note)).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _json(line), number
        except BadInput as error:
            raise BadInput(f"Line {number:,} of {name} has {error}") from None
        except (ValueError, RecursionError) as error:
            hint = ""
            if line.lstrip()[:1] in "[{" and getattr(error, "pos", 0) >= len(line.rstrip()):
                hint = "; a .jsonl file has a JSON value in each line, a .json file one array"
            raise BadInput(
                f"Line {number:,} of {name} is not valid JSON: {_why(error)}{hint}."
            ) from None


def json_array(name: str, data: bytes, note: Note) -> Values:
    """A value per item of an array."""
    text = _lines(decoded(name, data, note))
    if not text.strip():
        return
    try:
        values = _json(text)
    except BadInput as error:
        raise BadInput(f"{name} has {error}") from None
    except (ValueError, RecursionError) as error:
        hint = ""
        if _why(error).startswith("Extra data") and text.lstrip()[:1] in "[{":
            hint = "; for a JSON value per line, call the file .jsonl"
        raise BadInput(f"{name} is not valid JSON: {_why(error)}{hint}.") from None
    if not isinstance(values, list):
        raise BadInput(f"{name} holds {_KINDS[type(values)]}, not an array of inputs.")
    for number, value in enumerate(values, 1):
        yield value, number


def _lines(text: str) -> str:
    """The text with LF line ends, which JSON's strings never hold as they are."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _json(text: str) -> Any:
    """The value of a JSON text. Raises BadInput for a number that Python can't hold or an ambiguous
    object, ValueError for what is not JSON.

    `NaN` and `Infinity`, which Python's own json writes, are read as what they say.
    """
    return json.loads(text, object_pairs_hook=_object, parse_float=_json_float, parse_int=_json_int)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"an object that names “{plain(twice, 40)}” twice.")
    return made


def is_kept(text: str, number: float) -> bool:
    """True if the float has the value that the text says, but for rounding: it is neither infinite
    nor 0 instead.
    """
    mantissa = text.lower().partition("e")[0]
    return math.isfinite(number) and (
        number != 0 or not any(digit in "123456789" for digit in mantissa)
    )


def _json_float(text: str) -> float:
    number = float(text)
    if not is_kept(text, number):
        raise BadInput(
            f"the number {plain(text, 40)}, which a float can't hold; put it in quotation marks."
        )
    return number


def _json_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(
            f"a number of {len(text):,} digits, which is too long; put it in quotation marks."
        ) from None


_KINDS: dict[type, str] = {
    dict: "an object",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a Boolean",
    type(None): "null",
}


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        where = f"{_what(error)} at column {error.colno:,}"
        if error.lineno > 1:
            where += f" of line {error.lineno:,}"
        return where
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return plain(error, 120)


def _what(error: json.JSONDecodeError) -> str:
    rest, before = error.doc[error.pos : error.pos + 2], error.doc[: error.pos].rstrip()
    if (rest[:1] in ("]", "}") and before.endswith(",")) or "trailing comma" in error.msg:
        return "a comma follows the last item"
    if rest.startswith(("#", "//", "/*")):
        return "JSON has no comments"
    if rest.startswith("'"):
        return "JSON strings need double quotation marks"
    return plain(error.msg, 80)
