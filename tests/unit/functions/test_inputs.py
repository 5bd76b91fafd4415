"""What --inputs must be becomes calls; what can't be read is told with file and line."""

import json
from pathlib import Path

import msgspec
import pytest

from workloads.core.errors import BadInput
from workloads.functions import inputs
from workloads.functions.inputs import Call, calls, cell_value, place, seal


def read(text: str) -> list[Call]:
    return calls(seal(text)[0])


def refused(text: str) -> str:
    with pytest.raises(BadInput) as told:
        seal(text)
    return str(told.value)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("range:3", [0, 1, 2]),
        ("range:2,5", [2, 3, 4]),
        ("range: 0, 10 ,4", [0, 4, 8]),
        ("range:5,0,-2", [5, 3, 1]),
        ("range:-2,1", [-2, -1, 0]),
    ],
)
def test_a_range_is_a_number_a_call(text: str, numbers: list[int]) -> None:
    assert [call.args for call in read(text)] == [(n,) for n in numbers]
    assert not any(call.named for call in read(text))


def test_json_lines_give_arguments_by_keyword_by_position_or_one(here: Path) -> None:
    (here / "data.jsonl").write_text('\ufeff{"x": 1}\n\n[2, "b"]\n"three"\nnull\n[[4]]\n')
    assert read("data.jsonl") == [
        Call((), {"x": 1}, 1, True),
        Call((2, "b"), {}, 3),
        Call(("three",), {}, 4),
        Call((None,), {}, 5),
        Call(([4],), {}, 6),
    ]
    assert place(seal("data.jsonl")[0], read("data.jsonl")[1]) == "line 3 of data.jsonl"


def test_a_json_array_is_an_item_a_call(here: Path) -> None:
    (here / "data.json").write_text('[{"x": 1},\n [2], 3]')
    assert read("data.json") == [Call((), {"x": 1}, 1, True), Call((2,), {}, 2), Call((3,), {}, 3)]
    assert place(seal("data.json")[0], read("data.json")[1]) == "input 2 of data.json"


def test_a_table_gives_arguments_by_column(here: Path) -> None:
    (here / "data.csv").write_text('name, size\n"a, b",3\n\n"two\nlines",1e3\n')
    assert read("data.csv") == [
        Call((), {"name": "a, b", "size": 3}, 2, True),
        Call((), {"name": "two\nlines", "size": 1000.0}, 5, True),
    ]


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\f", "\v", "\x1c", "\u2029"])
def test_only_line_ends_end_a_row(here: Path, mark: str) -> None:
    (here / "data.csv").write_bytes(f'name,size\r\na{mark}b,1\n"c{mark}\r\nd",2\r\n'.encode())
    assert [(call.named["name"], call.line) for call in read("data.csv")] == [
        (f"a{mark}b", 2),
        (f"c{mark}\r\nd", 4),
    ]
    (here / "data.csv").write_text(f"name,size\na{mark}b,1\nc\n", newline="")
    assert refused("data.csv") == "Line 3 of data.csv has 1 cell; the header has 2."


def test_what_was_given_is_known_from_the_call(here: Path) -> None:
    (here / "data.jsonl").write_text('{}\n[]\n[1]\n2\n{"x": 1}\n[1, 2]\n')
    assert [call.given for call in read("data.jsonl")] == [{}, [], 1, 2, {"x": 1}, [1, 2]]


def test_the_files_that_inputs_come_from_are_known(here: Path) -> None:
    (here / "data.csv").write_text("x\n1\n")
    assert inputs.files(seal("data.csv")[0]) == [str(here / "data.csv")]
    assert inputs.files(seal("glob:*.csv")[0]) == [str(here / "data.csv")]
    assert inputs.files(seal("range:3")[0]) == []
    with pytest.raises(BadInput, match="These aren't a function's inputs"):
        inputs.files("/a/picture.jpg")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+4", 4),
        (" 5 ", 5),
        ("0", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-2e-3", -0.002),
        ("007", "007"),
        ("1_000", "1_000"),
        ("", ""),
        ("nan", "nan"),
        ("inf", "inf"),
        ("٣", "٣"),
        ("1.2.3", "1.2.3"),
        ("1e", "1e"),
        ("0x10", "0x10"),
        ("9" * 400, "9" * 400),
    ],
)
def test_cells_that_read_as_numbers_are_numbers(cell: str, value: object) -> None:
    assert cell_value(cell) == value
    assert type(cell_value(cell)) is type(value)


def test_a_pattern_is_a_path_a_call_in_order(here: Path) -> None:
    for name in ("b.csv", "a.csv", "below/c.csv"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).touch()
    assert [call.args[0] for call in read("glob:*.csv")] == [
        str(here / "a.csv"),
        str(here / "b.csv"),
    ]
    assert len(read("glob:**/*.csv")) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.jsonl",
            '{"x": 1}\n{"x" 1}\n',
            "Line 2 of a.jsonl is not valid JSON: Expecting ':' delimiter at column 6.",
        ),
        ("a.jsonl", "[" * 100_000, "Line 1 of a.jsonl is not valid JSON: it is nested too deeply."),
        ("a.jsonl", "\n\n", "a.jsonl holds no inputs."),
        ("a.json", '{"x": 1}', "a.json holds an object, not an array of inputs."),
        (
            "a.json",
            "[1,\n2",
            "a.json is not valid JSON: Expecting ',' delimiter at column 2 of line 2.",
        ),
        ("a.json", "[]", "a.json holds no inputs."),
        ("a.csv", "x,y\n1,2\n3\n", "Line 3 of a.csv has 1 cell; the header has 2."),
        ("a.csv", "x,x\n1,2\n", "The header of a.csv names x twice."),
        (
            "a.csv",
            "x,my size\n",
            "“my size” in the header of a.csv can't name an argument; every column needs a name, "
            "as my_size.",
        ),
        ("a.csv", 'x\n"1" 2\n', "Line 2 of a.csv is not valid CSV: "),
        ("a.csv", "x\n", "a.csv holds no inputs."),
        ("a.csv", b"x\n\xc3\xa9\n\xff\n", "Line 3 of a.csv is not UTF-8 text."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    here: Path, name: str, content: str | bytes, said: str
) -> None:
    (here / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert refused(name).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data.xml", "--inputs must be FILE.jsonl, FILE.json, FILE.csv, range:N"),
        ("", "--inputs must be"),
        ("code.pickle", "--inputs must be"),
        ("none.csv", "none.csv can't be read: No such file or directory."),
        ("range:", "range: needs whole numbers, as in range:100"),
        ("range:1.5", "range: needs whole numbers"),
        ("range:1,2,3,4", "range: needs whole numbers"),
        ("range:٣", "range: needs whole numbers"),
        ("range:5,5", "range:5,5 holds no inputs."),
        ("range:0,9,0", "The step of a range can't be 0."),
        (
            "range:1000001",
            "range:1000001 holds more than 1,000,000 inputs; give each call more work.",
        ),
        ("range:999999999999999999", "holds more than 1,000,000"),
        ("glob:", "matches no file."),
        ("glob:*.nothing", "*.nothing matches no file."),
        ("\x1b[31m.csv", "[31m.csv can't be read: "),
    ],
)
@pytest.mark.usefixtures("here")
def test_nonsense_is_told_in_a_sentence(text: str, said: str) -> None:
    assert said in refused(text)
    assert "\x1b" not in refused(text)


def test_a_file_that_changed_after_it_was_read_is_noticed(here: Path) -> None:
    (here / "data.csv").write_text("x\n1\n")
    sealed, count = seal("data.csv")
    assert count == 1
    assert msgspec.json.decode(sealed)["inputs"] == str(here / "data.csv")
    (here / "data.csv").write_text("x\n2\n")
    with pytest.raises(
        BadInput, match=r"data\.csv has changed since the race was set up; start the race again\."
    ):
        calls(sealed)


@pytest.mark.parametrize(
    "text",
    ["", "range:3", '{"inputs": "range:3"}', json.dumps({"inputs": 1, "calls": 2, "digest": ""})],
)
def test_what_was_never_sealed_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="These aren't a function's inputs"):
        calls(text)


def test_inputs_from_python_that_cannot_be_unpickled_are_told(here: Path) -> None:
    path = here / f"{inputs.GIVEN}{inputs.PICKLED}"
    path.write_bytes(b"\x80\x04garbage")
    with pytest.raises(BadInput, match="The inputs can't be read in a lane: "):
        inputs.seal_source(str(path))


@pytest.mark.parametrize(
    "cell", ["1e400", "-1e400", "1e309", "1e999", "1e-400", "0.1e-330", "9" * 400, "007", "1_000"]
)
def test_a_cell_that_a_number_cannot_hold_stays_text(cell: str):
    assert cell_value(cell) == cell


@pytest.mark.parametrize(
    ("cell", "number"), [("0e999", 0.0), ("1e-300", 1e-300), ("-0.0", -0.0), ("1e308", 1e308)]
)
def test_a_cell_that_a_number_holds_is_one(cell: str, number: float):
    assert repr(cell_value(cell)) == repr(number)


@pytest.mark.parametrize("number", ["1e400", "-1E400", "1e-400", "9" * 5000])
@pytest.mark.parametrize("form", ["{}", '{{"x": [{}]}}'])
def test_a_number_that_python_cannot_hold_is_refused_with_its_line(
    here: Path, number: str, form: str
):
    (here / "in.jsonl").write_text(f"1\n\n{form.format(number)}\n")
    (here / "in.json").write_text(f"[1,\n{form.format(number)}]")
    assert refused("in.jsonl").startswith("Line 3 of in.jsonl has ")
    assert refused("in.json").startswith("in.json has ")
    assert refused("in.json").endswith("put it in quotation marks.")


def test_numbers_in_json_keep_their_values(here: Path):
    written = [10**400, -(10**25), 0.1, 1e-320, 1e308, 0.0]
    (here / "in.json").write_text(json.dumps(written))
    assert [call.given for call in read("in.json")] == written
