"""Files of inputs as programs and people write them: each dialect is read, and named where it could
be another.
"""

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from workloads.core.errors import BadInput
from workloads.functions.inputs import calls, seal


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(name: str, content: str | bytes) -> tuple[list[Any], list[str]]:
    """What the calls are given, and the notes on how the file is read."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    notes: list[str] = []
    return [call.given for call in calls(seal(name, notes.append)[0])], notes


def refused(name: str, content: str | bytes) -> str:
    with pytest.raises(BadInput) as error:
        read(name, content)
    assert str(error.value).isprintable()
    return str(error.value)


ROWS = [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("x,y\n1,a\n2,b\n", ""),
        ("x;y\n1;a\n2;b\n", "separated by semicolons"),
        ("x\ty\n1\ta\n2\tb\n", "separated by tabs"),
        ("x|y\n1|a\n2|b\n", "separated by vertical bars"),
        ("sep=;\r\nx;y\r\n1;a\r\n2;b\r\n", ""),
        ("x,y\r1,a\r2,b\r", ""),
        ('\ufeff"x","y"\n1,a\n2,b', ""),
        (",x,y\n0,1,a\n1,2,b\n", "index written by pandas; it is left out"),
        ("Unnamed: 0,x,y\n0,1,a\n1,2,b\n", "index written by pandas; it is left out"),
        ("x,y,\n1,a,\n2,b, \n", ""),
        ("|x|y|\n|---|:--|\n|1|a|\n|2|b|\n", "separated by vertical bars"),
        ("\ufeff\ufeffx,y\n1,a\n2,b\n\x1a", ""),
        ("\n\r\n x , y \n\n1,a\n\n2,b\n\n", ""),
        ("x,y\n1,a\n2,b".encode("utf-16"), ""),
        (b"\xfe\xff" + "x,y\n1,a\n2,b".encode("utf-16-be"), ""),
        ("x,y\n1,a\n2,b".encode("utf-16-le"), "read as UTF-16"),
        ("x,y\n1,a\n2,b".encode("utf-16-be"), "read as UTF-16"),
        ("x,y\n1,a\n2,b".encode("utf-32"), ""),
    ],
)
def test_every_dialect_gives_the_same_rows(content: str | bytes, note: str):
    rows, notes = read("a.csv", content)
    assert rows == ROWS
    assert len(notes) == bool(note)
    assert note in "".join(notes)


@pytest.mark.parametrize("size", [131_073, 3_000_000])
def test_a_cell_may_be_long(size: int):
    before = csv.field_size_limit()
    rows, _ = read("a.csv", f"x,y\n1,{'é' * size}\n")
    assert len(rows[0]["y"]) == size
    assert csv.field_size_limit() == before


def test_text_of_the_west_is_read_and_said():
    rows, notes = read("a.csv", "name\ncafé\n“5 €”\n".encode("cp1252"))
    assert rows == [{"name": "café"}, {"name": "“5 €”"}]
    assert notes == [
        (
            "a.csv is read as Windows-1252 (Latin-1), as line 2 is not UTF-8; convert the file if "
            "that is wrong."
        )
    ]
    assert read("a.jsonl", '{"x": "é"}'.encode("latin-1"))[0] == [{"x": "é"}]


def test_a_table_of_numbers_needs_no_header():
    rows, notes = read("a.csv", "1,2.5\n-3,4e1\n")
    assert rows == [[1, 2.5], [-3, 40.0]]
    assert notes == [
        "a.csv has no header: the cells of a row are the function's arguments by position."
    ]
    assert read("a.csv", "1;2\n3;4\n")[0] == [[1, 2], [3, 4]]


def test_a_separator_within_quotes_is_none():
    assert read("a.csv", 'x,y\n"1;2;3",a\n"4;5;6",b\n')[0][0] == {"x": "1;2;3", "y": "a"}
    assert read("a.csv", "x\na;b\nc;d\n") == ([{"x": "a;b"}, {"x": "c;d"}], [])
    assert (
        read("a.csv", 'x;y\n"1,5";2\n')[1][-1]
        == "1 row of a.csv has numbers with a decimal comma; they stay text."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x,y\n1,a\n2,b,c\n", "Line 3 of a.csv has 3 cells; the header has 2."),
        ("1,2\n3\n", "Line 2 of a.csv has 1 cell; the first has 2."),
        ("x,,y\n1,2,3\n", "Column 2 of a.csv has no name in the header."),
        ("x,y,\n1,2,3\n", "Line 2 of a.csv has “3” in a column that has no name."),
        ("x,y,x\n1,2,3\n", "The header of a.csv names x twice."),
        ("my size,y\n1,2\n", "“my size” in the header of a.csv can't name an argument"),
        (
            "hello world\nhow are you\n",
            "“hello world” in the header of a.csv can't name an argument",
        ),
        ('x,y\n1,a\n2,"b\n3,c\n', "A quotation mark in line 3 of a.csv is never closed."),
        ("x,y\n1,a\0b\n", "Line 2 of a.csv has a NUL byte, which isn't valid in text."),
        (b"\0" * 50, "Line 1 of a.csv has a NUL byte"),
        ("x,y\n1,é\n".encode() + b"2,\xe9\n", "Line 3 of a.csv is not UTF-8 text."),
        (b"x\n\x81\x8d\n", "Line 2 of a.csv is not UTF-8 text."),
        ("x,y\n1,2".encode("utf-16")[:-1], "a.csv is truncated or damaged"),
        (b"\x1f\x8b\x08\x00abc", "a.csv is compressed (gzip); unpack it first."),
        (
            b"PK\x03\x04\x14\0",
            "a.csv is a spreadsheet workbook or an archive; save the table as CSV.",
        ),
        (b"PAR1\x15", "a.csv is a Parquet file; write it as CSV or JSON lines."),
        (
            '[{"x": 1}]',
            "a.csv is not a table: it starts like JSON, whose files end in .json or .jsonl.",
        ),
        ("<!DOCTYPE html>\n", "a.csv is not a table: it starts like HTML or XML."),
        ("x\u200b,y\n1,2\n", "“x\\u200b” in the header of a.csv can't name an argument"),
        ("", "a.csv holds no inputs."),
        ("\ufeff", "a.csv holds no inputs."),
        ("\n\n \n", "The header of a.csv names no column."),
        ('""\n5\n', "The header of a.csv names no column."),
    ],
)
def test_a_table_that_cannot_be_read_is_told_with_its_line(content: str | bytes, said: str):
    assert refused("a.csv", content).startswith(said)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.jsonl",
            '{"x": 1}\n{"x": 1,}\n',
            "Line 2 of a.jsonl is not valid JSON: a comma follows the last item at column 9.",
        ),
        (
            "a.json",
            "[1,\n2,\n]",
            "a.json is not valid JSON: a comma follows the last item at column 1 of line 3.",
        ),
        ("a.jsonl", '{"x": 1, "x": 2}', "Line 1 of a.jsonl has an object that names “x” twice."),
        ("a.json", '[{"a": {"x": 1, "x": 2}}]', "a.json has an object that names “x” twice."),
        (
            "a.jsonl",
            "// two\n2\n",
            "Line 1 of a.jsonl is not valid JSON: JSON has no comments at column 1.",
        ),
        ("a.jsonl", "{'x': 1}", "Line 1 of a.jsonl is not valid JSON: "),
        (
            "a.json",
            '{"x": 1}\n{"x": 2}\n',
            "a.json is not valid JSON: Extra data at column 1 of line 2; for a JSON value per",
        ),
        (
            "a.json",
            "[1][2]",
            "a.json is not valid JSON: Extra data at column 4; for a JSON value per line",
        ),
        (
            "a.jsonl",
            "[\n1,\n2]\n",
            "Line 1 of a.jsonl is not valid JSON: Expecting value at column 2; a .jsonl file ",
        ),
        ("a.json", "[1] // one", "a.json is not valid JSON: JSON has no comments at column 5."),
        ("a.json", "3", "a.json holds a number, not an array of inputs."),
        ("a.json", "null", "a.json holds null, not an array of inputs."),
        ("a.json", "true", "a.json holds a Boolean, not an array of inputs."),
        ("a.json", "", "a.json holds no inputs."),
        ("a.json", " \n", "a.json holds no inputs."),
        (
            "a.json",
            "[" * 100_000 + "]" * 100_000,
            "a.json is not valid JSON: it is nested too deeply.",
        ),
        ("a.jsonl", "9" * 5000, "Line 1 of a.jsonl has a number of 5,000 digits"),
        ("a.jsonl", '{"x": "a\0b"}', "Line 1 of a.jsonl has a NUL byte"),
        ("a.jsonl", '{"x":\n1}\n', "Line 1 of a.jsonl is not valid JSON: "),
    ],
)
def test_json_that_cannot_be_read_is_told_with_its_line(name: str, content: str, said: str):
    assert refused(name, content).startswith(said)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_json_in_any_encoding_with_any_line_ends(encoding: str, end: str):
    lines = ['{"x": "é\u2028b"}', "", "[1, 2]"]
    assert read("a.jsonl", end.join(lines).encode(encoding))[0] == [{"x": "é\u2028b"}, [1, 2]]
    assert read("a.json", f"[{end}1,{end}2]{end}".encode(encoding))[0] == [1, 2]


def test_a_name_is_read_as_python_reads_it_in_a_program():
    assert read("a.csv", "\u00b5,gro\u0308ße\n1,2\n")[0] == [{"\u03bc": 1, "größe": 2}]
    assert read("a.jsonl", '{"\u00b5": 1}\n{"\u00b5": 1, "\u03bc": 2}')[0] == [
        {"\u03bc": 1},
        {"\u00b5": 1, "\u03bc": 2},
    ]


def test_what_is_no_file_is_refused_at_once():
    os.mkfifo("pipe.csv")
    with pytest.raises(BadInput, match=r"pipe\.csv is a device or a pipe"):
        seal("pipe.csv")
    os.mkdir("folder.csv")
    with pytest.raises(BadInput, match=r"folder\.csv can't be read: Is a directory"):
        seal("folder.csv")
    os.symlink("loop.csv", "loop.csv")
    with pytest.raises(BadInput, match=r"loop\.csv can't be read: Too many levels"):
        seal("loop.csv")
    with pytest.raises(BadInput, match="can't be read"):
        seal("a\0b.csv")


def test_too_many_rows_are_refused_without_reading_them_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workloads.functions.inputs.MOST", 10)
    assert refused("a.csv", "x\n" + "1\n" * 11).startswith("a.csv holds more than 10 inputs")
    read("a.csv", "x\n" + "1\n" * 10)
    assert seal("a.csv")[1] == 10
