"""Reads files of inputs: text in any common encoding, as JSON, JSON lines or a table (CSV).

Each reader yields a value and the line (or item) that it comes from, counted from 1; `note` gets a
sentence wherever the file could have been read in another way. Whatever can't be read raises
BadInput with the line.
"""

import codecs
import contextlib
import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from workloads.core.errors import BadInput, plain

Note = Callable[[str], None]
Values = Iterator[tuple[Any, int]]

LONGEST_CELL = (1 << 31) - 1
"""Characters of a cell; csv's own limit of 131,072 is below what a sequence or a document has."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

SAMPLED = 50
"""Rows by which the separator is recognised."""

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})?\.?\d{1,300}(?:[eE][+-]?\d{1,3})?", re.ASCII)
_RULE = re.compile(r"\s*(:?-{2,}:?)?\s*")  # below the header of a Markdown table
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)

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
    (b"PK\x03\x04", "a workbook of a spreadsheet, or an archive; save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "a workbook of a spreadsheet; save the table as CSV"),
    (b"PAR1", "a Parquet file; write it as CSV or JSON lines"),
    (b"SQLite format 3\0", "a database; write a table of it as CSV"),
)
"""How files begin that are no text, and what they are."""


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
            raise BadInput(f"{name} is cut short or damaged: it isn't {kind} to the end.") from None
        text = _western(name, data, data.count(b"\n", 0, error.start) + 1, note)
    text = text.removesuffix("\x1a")  # DOS ended texts so
    if (at := text.find("\0")) >= 0:
        raise BadInput(
            f"Line {text.count(chr(10), 0, at) + 1:,} of {name} holds a NUL byte; text has none."
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
        f"{name} is read as Windows-1252 (Latin-1), as line {line:,} is not UTF-8; convert it if "
        "that is wrong."
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
            open_end = line.lstrip()[:1] in "[{" and getattr(error, "pos", 0) >= len(line.rstrip())
            hint = (
                "; a .jsonl file has a JSON value in each line, a .json file one array"
                if open_end
                else ""
            )
            raise BadInput(f"Line {number:,} of {name} is no JSON: {_why(error)}{hint}.") from None


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
        extra = _why(error).startswith("Extra data") and text.lstrip()[:1] in "[{"
        hint = "; for a JSON value per line, call the file .jsonl" if extra else ""
        raise BadInput(f"{name} is no JSON: {_why(error)}{hint}.") from None
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


def _is_kept(text: str, number: float) -> bool:
    """True if the float has the value that the text says, but for rounding: it is neither infinite
    nor 0 instead.
    """
    mantissa = text.lower().partition("e")[0]
    return math.isfinite(number) and (
        number != 0 or not any(digit in "123456789" for digit in mantissa)
    )


def _json_float(text: str) -> float:
    number = float(text)
    if not _is_kept(text, number):
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
    bool: "a truth value",
    type(None): "null",
}


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        where = f" at column {error.colno:,}" + (
            f" of line {error.lineno:,}" if error.lineno > 1 else ""
        )
        return f"{_what(error)}{where}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else plain(error, 120)


def _what(error: json.JSONDecodeError) -> str:
    rest, before = error.doc[error.pos : error.pos + 2], error.doc[: error.pos].rstrip()
    if (rest[:1] in ("]", "}") and before.endswith(",")) or "trailing comma" in error.msg:
        return "a comma follows the last item"
    if rest.startswith(("#", "//", "/*")):
        return "JSON has no comments"
    if rest.startswith("'"):
        return "JSON's strings stand in double quotation marks"
    return plain(error.msg, 80)


# -- tables ----------------------------------------------------------------------------------------


def table_rows(name: str, data: bytes, note: Note) -> Values:
    """A dict per row of a table with a header, a list per row of one of numbers without.

    What reads as a number is one. Cells are separated by what the header is (see SEPARATORS).
    """
    text = decoded(name, data, note)
    separator, skipped = _announced(text)
    if not separator:
        separator = _recognised(text)
        if separator != ",":
            note(f"The cells of {name} are separated by {SEPARATORS[separator]}.")
    rows = _cells(name, text, separator)
    head, line = next(((cells, line) for cells, line in rows if cells and line > skipped), ([], 0))
    if not head:
        return
    if head[0].lstrip().startswith(("{", "[", "<")):
        kind = (
            "HTML or XML"
            if head[0].lstrip().startswith("<")
            else "JSON, whose files end in .json or .jsonl"
        )
        raise BadInput(f"{name} is no table: it begins as {kind}.")
    if all(not isinstance(cell_value(cell), str) for cell in head):
        note(f"{name} has no header: the cells of a row are the function's arguments by position.")
        yield [cell_value(cell) for cell in head], line
        header: Sequence[str] | None = None
    else:
        # As Python reads names in a program: µ (U+00B5) is the parameter μ (U+03BC).
        header = _header(
            name, [unicodedata.normalize("NFKC", cell.strip(" \t\ufeff")) for cell in head], note
        )
    commas = 0
    for cells, line in rows:
        if not cells or (separator == "|" and all(map(_RULE.fullmatch, cells))):
            continue
        if len(cells) != len(head):
            there = "header" if header else "first"
            count = f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}"
            raise BadInput(f"Line {line:,} of {name} has {count}; the {there} has {len(head)}.")
        commas += separator == ";" and any(map(_DECIMAL_COMMA.fullmatch, cells))
        yield _arguments(name, header, cells, line), line
    if commas:
        rows_have = "1 row of {} has" if commas == 1 else f"{commas:,} rows of {{}} have"
        note(f"{rows_have.format(name)} numbers with a decimal comma; they stay text.")


def _arguments(
    name: str, header: Sequence[str] | None, cells: list[str], line: int
) -> dict[str, Any] | list[Any]:
    if header is None:
        return [cell_value(cell) for cell in cells]
    unnamed = [
        cell
        for column, cell in zip(header[1:], cells[1:], strict=True)
        if not column and cell.strip()
    ]
    if unnamed:
        raise BadInput(
            f"Line {line:,} of {name} has “{plain(unnamed[0], 40)}” in a column that has no name."
        )
    return {column: cell_value(cell) for column, cell in zip(header, cells, strict=True) if column}


def _announced(text: str) -> tuple[str, int]:
    """The separator that a first line `sep=;` names, as Excel writes it, and the number of such
    lines.
    """
    first = re.match(r"sep=(.)\r?\n", text)
    return (first[1], 1) if first else ("", 0)


def _recognised(text: str) -> str:
    """The separator by which the first rows have the best header and the same number of cells; a
    comma if none has.
    """

    def fits(separator: str) -> tuple[bool, bool, int]:
        rows: list[list[str]] = []
        with contextlib.suppress(BadInput):  # what is read next says where
            rows.extend(cells for cells, _ in islice(_cells("", text, separator), SAMPLED) if cells)
        columns = len(rows[0]) if rows else 0
        header = columns > 1 and all(
            cell.strip().isidentifier() or not cell.strip() for cell in rows[0]
        )
        return header, columns > 1 and all(len(cells) == columns for cells in rows), columns

    return max(SEPARATORS, key=fits)


def _cells(name: str, text: str, separator: str) -> Iterator[tuple[list[str], int]]:
    """Each record's cells and the number of its last line."""
    # Not str.splitlines: that also breaks lines where a cell holds a form feed or U+2028.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    usual = csv.field_size_limit()
    while True:
        begins = reader.line_num + 1
        csv.field_size_limit(LONGEST_CELL)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise BadInput(
                    f"A quotation mark in line {begins:,} of {name} is never closed."
                ) from None
            raise BadInput(
                f"Line {reader.line_num:,} of {name} is no CSV: {plain(error, 120)}."
            ) from None
        finally:
            csv.field_size_limit(usual)
        yield cells, reader.line_num


def _header(name: str, header: list[str], note: Note) -> list[str]:
    """The names of the columns; an empty one stands for a column that isn't passed on."""
    if len(header) > 1 and header[0] in ("", "Unnamed: 0"):
        if header[-1]:
            note(
                f"The first column of {name} has no name, as an index that pandas wrote; it "
                "is left out."
            )
        header = ["", *header[1:]]
    named = [column for column in header if column]
    if not named:
        raise BadInput(f"The header of {name} names no column.")
    if header[1:].count("") and header[-1]:
        raise BadInput(f"Column {header.index('', 1) + 1} of {name} has no name in the header.")
    for column in named:
        if not column.isidentifier():
            renamed = re.sub(r"\W+", "_", column).strip("_")
            better = f", as {plain(renamed, 40)}" if renamed.isidentifier() else ""
            shown = plain(column if column.isprintable() else ascii(column)[1:-1], 40)
            raise BadInput(
                f"“{shown}” in the header of {name} can't name an argument; each column has a "
                f"name there{better}."
            )
        if named.count(column) > 1:
            raise BadInput(f"The header of {name} names {plain(column, 40)} twice.")
    return header


def cell_value(cell: str) -> int | float | str:
    """A cell as a number where it reads as one: `12`, `-3.5`, `1e-6`. `007`, `1_000` and the empty
    cell stay text, and so does what a float can't hold: `1e400`, `1e-400`.
    """
    text = cell.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and ("." in text or "e" in text.lower()):
        number = float(text)
        return number if _is_kept(text, number) else cell
    return cell
