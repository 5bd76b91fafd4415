"""What each call of a user's function gets: the forms that --inputs takes, read into arguments.

The app and a lane read the same text: `seal` makes of it one string that is light to send and to record and that
says what was read, so that a lane notices when a file has changed in between.
"""

import csv
import glob
import hashlib
import io
import json
import math
import os
import pickle
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from workloads.errors import BadInput, plain

MOST = 1_000_000

FORMS = "FILE.jsonl, FILE.json, FILE.csv, range:N, range:A,B[,STEP] or glob:PATTERN"

GIVEN = "the inputs"
"""The name without suffix of the file that `workloads.race` writes what it is given to."""

PICKLED = ".pickle"
"""What `workloads.race` writes where JSON can't hold the inputs; never taken from the command line."""

_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,299})?\.?\d{1,300}(?:[eE][+-]?\d{1,3})?", re.ASCII)


class Call(NamedTuple):
    """One call's arguments, by position and by keyword, and the line (or item) they come from, counted from 1.

    `by_name` says that they were given by keyword, if any were.
    """

    args: tuple[Any, ...]
    named: dict[str, Any]
    line: int
    by_name: bool = False

    @property
    def given(self) -> Any:
        """The input: the arguments by keyword, or by position, the one argument as it is."""
        if self.by_name:
            return self.named
        return self.args[0] if len(self.args) == 1 else list(self.args)


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inputs that were read once: where from, how many calls they make, and a digest of what was there."""

    inputs: str
    calls: int
    digest: str


def seal(text: str) -> tuple[str, int]:
    """The sealed form of what a person typed after --inputs, and the number of calls; see FORMS.

    Raises BadInput, naming file and line, for whatever can't be read.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind == "range":
        source = text
    elif colon and kind == "glob":
        source = f"glob:{os.path.abspath(os.path.expanduser(rest))}" if rest else text
    elif Path(text).suffix.lower() in _READERS:
        source = os.path.abspath(os.path.expanduser(text))
    else:
        raise BadInput(f"--inputs takes {FORMS}, not “{plain(text, 60)}”.")
    return seal_source(source)


def seal_source(source: str) -> tuple[str, int]:
    """As `seal`, for a source whose path is absolute; it may be pickled. Raises BadInput."""
    found, digest = _read(source)
    sealed = Sealed(source, sum(1 for _ in found), digest)
    try:
        return msgspec.json.encode(sealed).decode(), sealed.calls
    except UnicodeEncodeError:
        raise BadInput(f"The path of {plain(source, 300)} isn't UTF-8; rename it.") from None


def _unsealed(sealed: str) -> Sealed:
    try:
        return msgspec.json.decode(sealed, type=Sealed)
    except msgspec.DecodeError as error:
        raise BadInput(f"These are no inputs of a function: {plain(error, 200)}.") from None


def calls(sealed: str) -> list[Call]:
    """The calls that sealed inputs make. Raises BadInput if they aren't what they were when sealed."""
    known = _unsealed(sealed)
    found, digest = _read(known.inputs)
    if digest != known.digest:
        raise BadInput(f"{shown(known.inputs)} changed since the race was set up; start it again.")
    return list(found)


def place(sealed: str, call: Call) -> str:
    """Where a call's arguments come from, in words: `line 3 of data.csv`."""
    source = _unsealed(sealed).inputs
    what = "line" if Path(source).suffix.lower() in (".jsonl", ".ndjson", ".csv") else "input"
    return f"{what} {call.line:,} of {shown(source)}"


def files(sealed: str) -> list[str]:
    """The files that the inputs come from: the one that was read, or those that a pattern matches. Raises BadInput."""
    source = _unsealed(sealed).inputs
    kind, _, pattern = source.partition(":")
    if kind == "range":
        return []
    return glob.glob(pattern, recursive=True) if kind == "glob" else [source]


def shown(source: str) -> str:
    """A source as a person would name it: a range or pattern as it is, a file by its name."""
    if Path(source).stem == GIVEN:
        return GIVEN
    return plain(source if source.startswith(("range:", "glob:")) else Path(source).name, 120)


# -- reading -------------------------------------------------------------------------------------------


def _read(source: str) -> tuple[Iterable[Call], str]:
    """The calls and the digest of what they are made from; 1 to MOST calls. Raises BadInput."""
    kind, colon, rest = source.partition(":")
    found: Iterable[Call]
    if colon and kind == "range":
        numbers = _range(rest)
        found, count = (Call((n,), {}, at) for at, n in enumerate(numbers, 1)), len(numbers)
        digest = _digest(repr(numbers).encode())
    elif colon and kind == "glob":
        paths = sorted(glob.glob(rest, recursive=True))
        found, count = [Call((path,), {}, at) for at, path in enumerate(paths, 1)], len(paths)
        digest = _digest("\0".join(paths).encode("utf-8", "surrogateescape"))
    else:
        path = Path(source)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{plain(source, 300)} can't be read: {error.strerror}.") from None
        reader = _pickled if path.suffix == PICKLED else _READERS[path.suffix.lower()]
        found = list(reader(shown(source), data))
        count, digest = len(found), _digest(data)
    if not count:
        nothing = "matches no file" if kind == "glob" else "holds no inputs"
        raise BadInput(f"{shown(source)} {nothing}.")
    if count > MOST:
        raise BadInput(f"{shown(source)} holds more than {MOST:,} inputs; give each call more to do.")
    return found, digest


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _range(text: str) -> range:
    words = [word.strip() for word in text.split(",")]
    if not 1 <= len(words) <= 3 or not all(re.fullmatch(r"[+-]?\d{1,18}", word, re.ASCII) for word in words):
        raise BadInput(
            f"range: takes whole numbers, as range:100, range:1,101 or range:0,100,5, not “{plain(text, 60)}”."
        )
    numbers = [int(word) for word in words]
    if len(numbers) == 3 and numbers[2] == 0:
        raise BadInput("The step of a range can't be 0.")
    made = range(*numbers)
    if abs(numbers[0]) >= 1 << 62 or (len(numbers) > 1 and abs(numbers[1]) >= 1 << 62):
        raise BadInput("range: takes numbers below 2**62.")
    return made


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"Line {line:,} of {name} is not UTF-8 text.") from None


def call_of(value: Any, line: int) -> Call:
    """A dict gives arguments by keyword, a list or tuple by position, anything else is the one argument."""
    if isinstance(value, dict):
        return Call((), value, line, True)
    return Call(tuple(value) if isinstance(value, list | tuple) else (value,), {}, line)


def _json_lines(name: str, data: bytes) -> Iterator[Call]:
    for number, line in enumerate(_text(name, data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield call_of(_json(line), number)
        except BadInput as error:
            raise BadInput(f"Line {number:,} of {name} has {error}") from None
        except (ValueError, RecursionError) as error:
            raise BadInput(f"Line {number:,} of {name} is no JSON: {_why(error)}.") from None


def _json_array(name: str, data: bytes) -> Iterator[Call]:
    try:
        values = _json(_text(name, data))
    except BadInput as error:
        raise BadInput(f"{name} has {error}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is no JSON: {_why(error)}.") from None
    if not isinstance(values, list):
        raise BadInput(f"{name} holds {_JSON_KINDS.get(type(values), 'a value')}, not an array of inputs.")
    for number, value in enumerate(values, 1):
        yield call_of(value, number)


_JSON_KINDS: dict[type, str] = {dict: "an object", str: "a string", int: "a number", float: "a number"}


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{plain(error.msg, 80)} at column {error.colno:,}" + (
            f" of line {error.lineno:,}" if error.lineno > 1 else ""
        )
    return "it is nested too deeply" if isinstance(error, RecursionError) else plain(error, 120)


def _rows(name: str, data: bytes) -> Iterator[Call]:
    """A call a row: its arguments are called as the header's columns; what reads as a number is one."""
    # Not str.splitlines: that also breaks lines where a cell holds a form feed or U+2028.
    reader = csv.reader(io.StringIO(_text(name, data), newline=""), strict=True)
    header: list[str] = []
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"Line {reader.line_num:,} of {name} is no CSV: {plain(error, 120)}.") from None
        if not cells:
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            _check_header(name, header)
            continue
        if len(cells) != len(header):
            raise BadInput(f"Line {reader.line_num:,} of {name} has {len(cells)} cells; the header has {len(header)}.")
        named = {column: cell_value(cell) for column, cell in zip(header, cells, strict=True)}
        yield Call((), named, reader.line_num, True)


def _check_header(name: str, header: list[str]) -> None:
    for column in header:
        if not column.isidentifier():
            raise BadInput(
                f"“{plain(column, 40)}” in the header of {name} can't name an argument; each column has a name there."
            )
        if header.count(column) > 1:
            raise BadInput(f"The header of {name} names {plain(column, 40)} twice.")


def cell_value(cell: str) -> int | float | str:
    """A cell as a number where it reads as one: `12`, `-3.5`, `1e-6`. `007`, `1_000` and the empty cell stay text,
    and so does what a float can't hold: `1e400`, `1e-400`.
    """
    text = cell.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and ("." in text or "e" in text.lower()):
        number = float(text)
        return number if _is_kept(text, number) else cell
    return cell


def _is_kept(text: str, number: float) -> bool:
    """True if the float has the value that the text says, but for rounding: it is neither infinite nor 0 instead."""
    mantissa = text.lower().partition("e")[0]
    return math.isfinite(number) and (number != 0 or not any(digit in "123456789" for digit in mantissa))


def _json(text: str) -> Any:
    """The value of a JSON text. Raises BadInput for a number that Python can't hold, ValueError for what is not JSON.

    `NaN` and `Infinity`, which Python's own json writes, are read as what they say.
    """
    return json.loads(text, parse_float=_json_float, parse_int=_json_int)


def _json_float(text: str) -> float:
    number = float(text)
    if not _is_kept(text, number):
        raise BadInput(f"the number {plain(text, 40)}, which a float can't hold; put it in quotation marks.")
    return number


def _json_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"a number of {len(text):,} digits, which is too long; put it in quotation marks.") from None


def _pickled(name: str, data: bytes) -> Iterator[Call]:
    try:
        values = pickle.loads(data)
    except Exception as error:  # a class that can't be imported here, or whatever its own code raises
        raise BadInput(f"The inputs can't be read in a lane: {type(error).__name__}: {plain(error, 200)}") from None
    for number, value in enumerate(values, 1):
        yield call_of(value, number)


_READERS = {".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json_array, ".csv": _rows}
