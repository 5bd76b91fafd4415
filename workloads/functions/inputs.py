"""Inputs of a user's function: the forms that --inputs takes, read into arguments.

The app and a lane read the same text: `seal` makes of it one string that is light to send and to
record and that says what was read, so that a lane notices when a file has changed in between.
"""

import glob
import hashlib
import os
import pickle
import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from workloads.core.errors import BadInput, plain
from workloads.functions.input_files import Note, Values, json_array, json_lines
from workloads.functions.tables import cell_value as cell_value
from workloads.functions.tables import table_rows
from workloads.machine.places import absolute

MOST = 1_000_000

FORMS = "FILE.jsonl, FILE.json, FILE.csv, range:N, range:A,B[,STEP] or glob:PATTERN"

GIVEN = "the inputs"
"""The name without suffix of the file that `workloads.race` writes what it is given to."""

PICKLED = ".pickle"
"""Written by `workloads.race` where JSON can't hold the inputs; never taken from the
command line.
"""

BY_LINE = (".jsonl", ".ndjson", ".csv", ".tsv")
"""Suffixes of the files whose inputs are named by their line."""

LARGEST = 1 << 30
"""Bytes of a file of inputs."""


class Call(NamedTuple):
    """One call's arguments, by position and by keyword, and the line (or item) they come from,
    counted from 1.

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
        if len(self.args) == 1:
            return self.args[0]
        return list(self.args)


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inputs that were read once: where from, how many calls they make, and a digest of what was
    there.
    """

    inputs: str
    calls: int
    digest: str


def _no_note(sentence: str) -> None:
    """For readers who were told before how a file is read."""


def seal(text: str, note: Note = _no_note) -> tuple[str, int]:
    """The sealed form of what a person typed after --inputs, and the number of calls; see FORMS.

    `note` gets a sentence on each way in which a file is read that it could also not have been.
    Raises BadInput, naming file and line, for whatever can't be read.
    """
    kind, colon, rest = text.partition(":")
    if (colon and kind == "range") or text == "glob:":
        source = text
    elif colon and kind == "glob":
        source = f"glob:{absolute(os.path.expanduser(rest))}"
    elif Path(text).suffix.lower() in _READERS and not text.endswith(PICKLED):
        source = absolute(os.path.expanduser(text))
    else:
        raise BadInput(f"--inputs must be {FORMS}; got “{plain(text, 60)}”.")
    return seal_source(source, note)


def seal_source(source: str, note: Note = _no_note) -> tuple[str, int]:
    """As `seal`, for a source whose path is absolute; it may be pickled. Raises BadInput."""
    read, digest = _read(source, note)
    sealed = Sealed(source, sum(1 for _ in read), digest)
    try:
        return msgspec.json.encode(sealed).decode(), sealed.calls
    except UnicodeEncodeError:
        raise BadInput(f"The path of {plain(source, 300)} isn't UTF-8; rename it.") from None


def _unsealed(sealed: str) -> Sealed:
    try:
        return msgspec.json.decode(sealed, type=Sealed)
    except msgspec.DecodeError as error:
        raise BadInput(f"These aren't a function's inputs: {plain(error, 200)}.") from None


def calls(sealed: str) -> list[Call]:
    """The calls that sealed inputs make. Raises BadInput if they aren't what they were
    when sealed.
    """
    expected = _unsealed(sealed)
    read, digest = _read(expected.inputs)
    if digest != expected.digest:
        raise BadInput(
            f"{source_name(expected.inputs)} has changed since the race was set up; start the "
            "race again."
        )
    return list(read)


def place(sealed: str, call: Call) -> str:
    """Where a call's arguments come from, in words: `line 3 of data.csv`."""
    source = _unsealed(sealed).inputs
    what = "line" if Path(source).suffix.lower() in BY_LINE else "input"
    return f"{what} {call.line:,} of {source_name(source)}"


def files(sealed: str) -> list[str]:
    """The files that the inputs come from: the one that was read, or those that a pattern matches.
    Raises BadInput.
    """
    source = _unsealed(sealed).inputs
    kind, _, pattern = source.partition(":")
    if kind == "range":
        return []
    if kind == "glob":
        return glob.glob(pattern, recursive=True)
    return [source]


def source_name(source: str) -> str:
    """A source as a person would name it: a range or pattern as it is, a file by its name."""
    if Path(source).stem == GIVEN:
        return GIVEN
    if not source.startswith(("range:", "glob:")):
        source = Path(source).name
    return plain(source, 120)


# -- reading ---------------------------------------------------------------------------------------


def _read(source: str, note: Note = _no_note) -> tuple[Iterable[Call], str]:
    """The calls and the digest of what they are made from; 1 to MOST calls. Raises BadInput."""
    kind, colon, rest = source.partition(":")
    calls: Iterable[Call]
    if colon and kind == "range":
        numbers = _range(rest)
        calls, count = (Call((n,), {}, at) for at, n in enumerate(numbers, 1)), len(numbers)
        digest = _digest(repr(numbers).encode())
    elif colon and kind == "glob":
        paths = sorted(glob.glob(rest, recursive=True))
        calls, count = [Call((path,), {}, at) for at, path in enumerate(paths, 1)], len(paths)
        digest = _digest("\0".join(paths).encode("utf-8", "surrogateescape"))
    else:
        data = _content(source)
        values = _READERS[Path(source).suffix.lower()](source_name(source), data, note)
        calls = [call_of(value, line) for value, line in islice(values, MOST + 1)]
        count, digest = len(calls), _digest(data)
    if not count:
        nothing = "matches no file" if kind == "glob" else "holds no inputs"
        raise BadInput(f"{source_name(source)} {nothing}.")
    if count > MOST:
        raise BadInput(
            f"{source_name(source)} holds more than {MOST:,} inputs; give each call more work."
        )
    return calls, digest


def _content(source: str) -> bytes:
    path = Path(source)
    try:
        if (
            not path.is_dir() and path.exists() and not path.is_file()
        ):  # a FIFO could keep us waiting for ever
            raise BadInput(
                f"{plain(source, 300)} is a device or a pipe; write its content to a file."
            )
        if path.stat().st_size > LARGEST:
            raise BadInput(
                f"{plain(source, 300)} is larger than 1 GB; split it, or let the function read "
                "the files itself."
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{plain(source, 300)} can't be read: {getattr(error, 'strerror', error)}."
        ) from None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _range(text: str) -> range:
    words = [word.strip() for word in text.split(",")]
    if not 1 <= len(words) <= 3 or not all(
        re.fullmatch(r"[+-]?\d{1,18}", word, re.ASCII) for word in words
    ):
        raise BadInput(
            "range: needs whole numbers, as in range:100, range:1,101 or range:0,100,5; got "
            f"“{plain(text, 60)}”."
        )
    numbers = [int(word) for word in words]
    if len(numbers) == 3 and numbers[2] == 0:
        raise BadInput("The step of a range can't be 0.")
    made = range(*numbers)
    if abs(numbers[0]) >= 1 << 62 or (len(numbers) > 1 and abs(numbers[1]) >= 1 << 62):
        raise BadInput("range: numbers must be below 2**62.")
    return made


def call_of(value: Any, line: int) -> Call:
    """A dict gives arguments by keyword, a list or tuple by position, anything else is the one
    argument.
    """
    if isinstance(value, dict):
        return Call((), _named(value), line, True)
    if isinstance(value, list | tuple):
        return Call(tuple(value), {}, line)
    return Call((value,), {}, line)


def _named(value: dict[Any, Any]) -> dict[Any, Any]:
    """Arguments by keyword, called as Python reads names in a program: µ (U+00B5) is the parameter
    μ (U+03BC).
    """
    if all(isinstance(name, str) and name.isascii() for name in value):
        return value
    named = {
        unicodedata.normalize("NFKC", name) if isinstance(name, str) else name: v
        for name, v in value.items()
    }
    if len(named) < len(value):
        return value
    return named


def _pickled(name: str, data: bytes, note: Note) -> Values:
    try:
        values = pickle.loads(data)
    except (
        Exception
    ) as error:  # a class that can't be imported here, or whatever its own code raises
        raise BadInput(
            f"The inputs can't be read in a lane: {type(error).__name__}: {plain(error, 200)}"
        ) from None
    for number, value in enumerate(values, 1):
        yield value, number


_READERS = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".json": json_array,
    ".csv": table_rows,
    ".tsv": table_rows,
    PICKLED: _pickled,
}
