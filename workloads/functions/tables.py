"""Reads tables of inputs (CSV and its dialects): a call per row."""

import contextlib
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from workloads.core.errors import BadInput, plain
from workloads.functions.input_files import Note, Values, decoded, is_kept

LONGEST_CELL = (1 << 31) - 1
"""Characters of a cell; csv's own limit of 131,072 is below what a sequence or a document has."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

SAMPLED = 50
"""Rows by which the separator is recognised."""

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})?\.?\d{1,300}(?:[eE][+-]?\d{1,3})?", re.ASCII)
_RULE = re.compile(r"\s*(:?-{2,}:?)?\s*")  # below the header of a Markdown table
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)


def table_rows(name: str, data: bytes, note: Note) -> Values:
    """A dict per row of a table with a header, a list per row of one of numbers without.

    What reads as a number is one. Cells are separated by what the header is (see SEPARATORS).
    """
    text = decoded(name, data, note)
    separator, skipped = _separator(name, text, note)
    rows = _cells(name, text, separator)
    head, line = next(((cells, line) for cells, line in rows if cells and line > skipped), ([], 0))
    if not head:
        return
    _refuse_other_formats(name, head[0].lstrip())
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
            raise _misfit(f"Line {line:,} of {name}", cells, header, head)
        if separator == ";" and any(map(_DECIMAL_COMMA.fullmatch, cells)):
            commas += 1
        yield _arguments(name, header, cells, line), line
    if commas == 1:
        note(f"1 row of {name} has numbers with a decimal comma; they stay text.")
    elif commas:
        note(f"{commas:,} rows of {name} have numbers with a decimal comma; they stay text.")


def _refuse_other_formats(name: str, begin: str) -> None:
    if begin.startswith("<"):
        raise BadInput(f"{name} is not a table: it starts like HTML or XML.")
    if begin.startswith(("{", "[")):
        raise BadInput(
            f"{name} is not a table: it starts like JSON, whose files end in .json or .jsonl."
        )


def _misfit(row: str, cells: list[str], header: Sequence[str] | None, head: list[str]) -> BadInput:
    """Describe the fault of a row that has more or fewer cells than the first."""
    count, first = f"{len(cells)} cells", "header"
    if len(cells) == 1:
        count = "1 cell"
    if header is None:
        first = "first"
    return BadInput(f"{row} has {count}; the {first} has {len(head)}.")


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


def _separator(name: str, text: str, note: Note) -> tuple[str, int]:
    """Return the separator of the cells: what a first line `sep=;` names, as Excel writes it, else
    what is recognised; and the number of such lines.
    """
    if first := re.match(r"sep=(.)\r?\n", text):
        return first[1], 1
    separator = _recognised(text)
    if separator != ",":
        note(f"The cells of {name} are separated by {SEPARATORS[separator]}.")
    return separator, 0


def _recognised(text: str) -> str:
    """The separator by which the first rows have the best header and the same number of cells; a
    comma if none has.
    """

    def fits(separator: str) -> tuple[bool, bool, int]:
        rows: list[list[str]] = []
        with contextlib.suppress(BadInput):  # what is read next says where
            rows.extend(cells for cells, _ in islice(_cells("", text, separator), SAMPLED) if cells)
        if not rows:
            return False, False, 0
        columns = len(rows[0])
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
                f"Line {reader.line_num:,} of {name} is not valid CSV: {plain(error, 120)}."
            ) from None
        finally:
            csv.field_size_limit(usual)
        yield cells, reader.line_num


def _header(name: str, header: list[str], note: Note) -> list[str]:
    """The names of the columns; an empty one stands for a column that isn't passed on."""
    if len(header) > 1 and header[0] in ("", "Unnamed: 0"):
        if header[-1]:
            note(
                f"The first column of {name} has no name, like an index written by pandas; it is "
                "left out."
            )
        header = ["", *header[1:]]
    named = [column for column in header if column]
    if not named:
        raise BadInput(f"The header of {name} names no column.")
    if header[1:].count("") and header[-1]:
        raise BadInput(f"Column {header.index('', 1) + 1} of {name} has no name in the header.")
    for column in named:
        if not column.isidentifier():
            renamed, better = re.sub(r"\W+", "_", column).strip("_"), ""
            if renamed.isidentifier():
                better = f", as {plain(renamed, 40)}"
            if not column.isprintable():
                column = ascii(column)[1:-1]
            raise BadInput(
                f"“{plain(column, 40)}” in the header of {name} can't name an argument; every "
                f"column needs a name{better}."
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
        if is_kept(text, number):
            return number
    return cell
