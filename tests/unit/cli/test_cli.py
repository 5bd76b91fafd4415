"""The command line: every nonsense gets one line on standard error and exit status 2, and nothing
runs.
"""

import asyncio
import io
import re
import sys
from collections.abc import Coroutine
from pathlib import Path

import pytest

from tests.fabricate import fabricated_race
from tui.cli import entry as cli
from tui.cli.entry import main
from tui.cli.options import parse
from tui.cli.plans import plan_of
from tui.cli.sweeps import sweep_of
from workloads import catalog
from workloads.builtin.images.formats import TAKEN
from workloads.core import events as ev
from workloads.lanes.coordinator import Plan

RACE = ["race", "pi", "--headless"]


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this file may get as far as starting lanes or the screen."""

    def started(race: Coroutine[object, object, object]) -> None:
        race.close()
        raise AssertionError("a race was started")

    monkeypatch.setattr(asyncio, "run", started)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Streams:
    """Stands in for `sys` in the command line: pytest's own standard streams never are a
    terminal.
    """

    def __init__(self, stdin: io.StringIO, stdout: io.StringIO) -> None:
        self.stdin, self.stdout = stdin, stdout

    @property
    def stderr(self) -> object:
        return sys.stderr


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and output are a good terminal."""
    monkeypatch.setattr(cli, "sys", Streams(Terminal(), Terminal()))
    monkeypatch.setenv("TERM", "xterm-256color")


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that these arguments are answered with."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("raytasks-tui: ")
    assert "Traceback" not in said.err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said.err)
    return said.err.removeprefix("raytasks-tui: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--samples", "0"], "samples must be from 1 to 10,000,000,000; got 0."),
        (["--samples", "-3"], "samples must be from 1 to 10,000,000,000; got -3."),
        (["--samples", "1e30"], "samples must be from 1 to 10,000,000,000; got 1e+30."),
        (
            ["--samples", "ten"],
            "samples must be a whole number from 1 to 10,000,000,000; got “ten”.",
        ),
        (["--samples", ""], "samples must be a whole number"),
        (["--samples", "nan"], "samples must be a whole number"),
        (["--samples", "٣"], "samples must be a whole number"),
        (["--samples", "1.5"], "samples must be a whole number"),
        (["--samples"], "--samples"),
        (["--tasks"], "--tasks"),
        (["--tasks", "100001"], "tasks must be from 1 to 100,000; got 100,001."),
        (["--tasks", "\x1b[31m7"], "got “[31m7”."),
        (["--kernel", "fortran"], "kernel must be one of python, numpy, tutorial; got “fortran”."),
        (["--preset", "huge"], "pi has no preset “huge”; it has tutorial, weak."),
        (["--seed", "-1"], "seed must be from 0 to"),
        (["--seed", "x"], "seed must be a whole number from 0 to"),
        (["--seed", "1.5"], "seed must be a whole number from 0 to"),
        (["--seed", "1" * 19], "seed must be from 0 to"),
        (["--seed", "٣"], "seed must be a whole number from 0 to"),
        (["--seed", "²"], "seed must be a whole number from 0 to"),
        (["--cpus", "0"], "--cpus must be a whole number from 1 to 1,024; got “0”."),
        (["--cpus", "many"], "--cpus must be a whole number from 1 to 1,024; got “many”."),
        (["--cpus", "1025"], "--cpus must be a whole number from 1 to 1,024"),
        (["--cpus", ""], "--cpus must be a whole number from 1 to 1,024"),
        (["--cpus", "1.5"], "--cpus must be a whole number from 1 to 1,024"),
        (
            ["--lanes", "serial,warp"],
            "Unknown lane “warp”. Choose from serial, threads, processes, ray.",
        ),
        (["--lanes", ""], "Unknown lane “”. Choose from serial, threads, processes, ray."),
        (["--lanes", "serial,"], "Unknown lane “”. Choose from serial, threads, processes, ray."),
        (["--lanes", "serial,serial"], "Each lane can be listed only once."),
        (
            ["--schedule", "together"],
            "A headless race runs in turn or alternates: each lane has the whole machine.",
        ),
        (["--schedule", "whenever"], "whenever"),
        (["--task-cpus", "0"], "--task-cpus must be"),
        (["--task-cpus", "1.5"], "--task-cpus must be"),
        (["--task-cpus", "nan"], "--task-cpus must be"),
        (["--task-resources", "GPU"], "--task-resources must be NAME=AMOUNT"),
        (["--task-resources", "GPU=-1"], "--task-resources must be NAME=AMOUNT"),
        (["--task-resources", "=1"], "--task-resources must be NAME=AMOUNT"),
        (["--task-resources", "CPU=1"], "--task-resources must be NAME=AMOUNT"),
        (["--theme", "pink"], "pink"),
        (["--colour"], "--colour"),
        (["more"], "more"),
    ],
    ids=lambda value: (
        " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else ""
    ),
)
def test_nonsense_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert words in refused([*RACE, *arguments], capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["race"], "WORKLOAD"),
        (["race", "tau"], "tau"),
        (["race", "\x1b]0;x\x07tau"], "tau"),
        (["explode"], "explode"),
        (["replay"], "FILE"),
        (
            ["replay", "/nowhere/at/all.jsonl"],
            "The recording /nowhere/at/all.jsonl can't be read: No such file",
        ),
        (["--cpus", "0"], "--cpus must be a whole number from 1 to 1,024"),
        (["--theme", "pink"], "pink"),
        (
            ["race", "sleep", "--headless", "--seconds", "-0.5"],
            "seconds must be from 0 to 3,600; got -0.5.",
        ),
        (["race", "sleep", "--headless", "--samples", "5"], "--samples"),
    ],
    ids=lambda value: (
        " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else ""
    ),
)
@pytest.mark.usefixtures("terminal")
def test_a_bad_command_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert words in refused(arguments, capsys)


@pytest.mark.parametrize(
    "streams", [(io.StringIO(), Terminal()), (Terminal(), io.StringIO())], ids=["in", "out"]
)
@pytest.mark.parametrize(
    "arguments", [[], ["race", "pi"], ["race", "sleep", "--record", "x"]], ids=" ".join
)
def test_the_screen_needs_a_terminal(
    arguments: list[str],
    streams: tuple[io.StringIO, io.StringIO],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "sys", Streams(*streams))
    assert (
        refused(arguments, capsys)
        == "The screen needs a terminal. Without one, use race … --headless."
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
@pytest.mark.parametrize("arguments", [[], ["race", "pi"]])
@pytest.mark.usefixtures("terminal")
def test_a_terminal_that_cannot_draw_is_told(
    term: str,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("TERM", term)
    assert refused(arguments, capsys).startswith(f"This terminal (TERM={term}) can't draw a screen")


@pytest.mark.usefixtures("terminal")
def test_json_goes_with_headless(capsys: pytest.CaptureFixture[str]):
    assert refused(["race", "pi", "--json", "-"], capsys) == "--json requires --headless."


@pytest.mark.parametrize("more", [["--headless"], []])
@pytest.mark.usefixtures("terminal")
def test_no_recording_is_overwritten(
    more: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    file = tmp_path / "race.jsonl"
    file.write_text("precious")
    assert "exists already" in refused(["race", "sleep", "--record", str(file), *more], capsys)
    assert file.read_text() == "precious"


def test_a_file_that_cannot_be_written_is_told_before_the_race(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert "can't be written: No such file" in refused(
        [*RACE, "--json", str(tmp_path / "no" / "x")], capsys
    )
    assert "can't be written: Is a directory" in refused([*RACE, "--json", str(tmp_path)], capsys)
    assert "can't be written: No such file" in refused(
        [*RACE, "--record", str(tmp_path / "no" / "x")], capsys
    )


def test_figures_of_an_earlier_race_survive_a_refusal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    figures = tmp_path / "figures.json"
    figures.write_text("precious")
    refused([*RACE, "--json", str(figures), "--record", str(tmp_path / "no" / "x")], capsys)
    assert figures.read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"garbage", b'{"event":"logged","t":1,"text":"\xff"}\n'])
@pytest.mark.usefixtures("terminal")
def test_what_is_no_recording_is_told(
    content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    file = tmp_path / "race.jsonl"
    file.write_bytes(content)
    assert "race.jsonl" in refused(["replay", str(file)], capsys)


@pytest.mark.usefixtures("terminal")
def test_a_recording_of_a_workload_that_is_not_here_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    file = tmp_path / "race.jsonl"
    opened = ev.RaceOpened(
        t=1, workload="tau", params={}, seed=1, schedule="in-turn", lanes=["serial"]
    )
    file.write_bytes(ev.encode([opened]))
    assert "nknown workload “tau”" in refused(["replay", str(file)], capsys)


def test_a_replay_needs_a_terminal_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "race.jsonl"
    file.write_bytes(ev.encode(fabricated_race(tasks=2)))
    monkeypatch.setattr(cli, "sys", Streams(io.StringIO(), Terminal()))
    assert "needs a terminal" in refused(["replay", str(file)], capsys)


def test_good_arguments_get_as_far_as_the_race():
    for more in (
        ["--samples", "2M", "--tasks", "1_000"],
        ["--preset", "tutorial"],
        ["--task-cpus", "0.5"],
    ):
        with pytest.raises(AssertionError, match="a race was started"):
            main([*RACE, *more])


# -- help ------------------------------------------------------------------------------------------


def helped(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert said.err == ""
    return re.sub(r"\x1b\[[0-9;]*m", "", said.out)


@pytest.mark.parametrize("workload", catalog.WORKLOADS, ids=lambda w: w.name)
def test_help_of_a_workload_names_every_parameter(workload, capsys: pytest.CaptureFixture[str]):
    text = helped(["race", workload.name, "--help"], capsys)
    for parameter in workload.parameters:
        assert f"--{parameter.name} " in text
        assert (
            f"{parameter.default:,}" if not parameter.choices else str(parameter.default)
        ) in text
    for option in (
        "--seed",
        "--lanes",
        "--schedule",
        "--headless",
        "--json",
        "--record",
        "--cpus",
        "--address",
        "--ascii",
    ):
        assert option in text


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]):
    text = helped(["--help"], capsys)
    assert all(
        command in text
        for command in ("race", "sweep", "replay", "images", "workloads", "--theme", "--cpus")
    )
    assert all(w.name in helped(["race", "--help"], capsys) for w in catalog.WORKLOADS)
    assert "FILE" in helped(["replay", "--help"], capsys)
    helped(["workloads", "--help"], capsys)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]):
    assert re.fullmatch(r"\d+\.\d+\S*\n", helped(["--version"], capsys))


def test_the_workloads_are_listed_with_their_parameters(capsys: pytest.CaptureFixture[str]):
    assert main(["workloads"]) == 0
    text = capsys.readouterr().out
    for workload in catalog.WORKLOADS:
        assert f"{workload.name}: " in text
        assert all(parameter.name in text for parameter in workload.parameters)


# -- sweeps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["pi", "--batches", ""],
            "Batches must be 1 to 100 numbers of tasks such as 10,20,30; got “”.",
        ),
        (
            ["pi", "--batches", "ten"],
            "tasks must be a whole number from 1 to 100,000; got “ten”.",
        ),
        (
            ["pi", "--batches", "10;20"],
            "tasks must be a whole number from 1 to 100,000; got “10;20”.",
        ),
        (["images", "--batches", "10,20000"], "tasks must be from 1 to 10,000; got 20,000."),
        (["sleep", "--batches", "5,0"], "tasks must be from"),
        (
            ["pi", "--batches", "10,20,10"],
            "Each batch can be listed only once; got “10,20,10”.",
        ),
        (["pi", "--batches", "\x1b[31m7"], "got “[31m7”."),
        (["pi", "--batches"], "--batches"),
        (["pi", "--tasks", "10"], "--tasks"),
        (["pi", "--schedule", "together"], "--schedule"),
        (["pi", "--samples", "0"], "samples must be from"),
        (["pi", "--lanes", "serial,warp"], "Unknown lane “warp”"),
        (["tau"], "tau"),
        ([], "WORKLOAD"),
    ],
    ids=lambda value: (
        " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else ""
    ),
)
def test_a_bad_sweep_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert words in refused(["sweep", *arguments, *(["--headless"] if arguments else [])], capsys)


def test_a_sweep_on_the_screen_needs_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli, "sys", Streams(io.StringIO(), Terminal()))
    said = refused(["sweep", "pi", "--batches", "1,2"], capsys)
    assert said == "The screen needs a terminal. Without one, use sweep … --headless."


@pytest.mark.usefixtures("terminal")
def test_json_of_a_sweep_goes_with_headless(capsys: pytest.CaptureFixture[str]):
    assert refused(["sweep", "pi", "--json", "-"], capsys) == "--json requires --headless."


def test_what_a_sweep_cannot_write_is_told_before_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    sweep = ["sweep", "pi", "--headless"]
    assert "can't be written: No such file" in refused(
        [*sweep, "--json", str(tmp_path / "no" / "x")], capsys
    )
    (tmp_path / "sweep.jsonl").write_text("precious")
    assert "exists already" in refused([*sweep, "--record", str(tmp_path / "sweep.jsonl")], capsys)
    assert (tmp_path / "sweep.jsonl").read_text() == "precious"


def test_a_sweep_takes_the_options_of_its_races():
    given = parse(
        ["sweep", "pi", "--batches", "2,4k", "--samples", "2M", "--seed", "5", "--lanes", "ray"]
    )
    sweep = sweep_of(given, plan_of(given))
    assert sweep.values == (2, 4000)
    plan = sweep.at(4000)
    assert plan.params == {"tasks": 4000, "samples": 2_000_000, "kernel": "python"}
    assert (plan.seed, plan.lanes, plan.schedule) == (5, ("ray",), "alternate")
    headless = parse(["sweep", "pi", "--headless"])
    assert sweep_of(headless, plan_of(headless)).at(10).schedule == "in-turn"
    headless = parse(["sweep", "pi", "--headless", "--schedule", "alternate"])
    assert sweep_of(headless, plan_of(headless)).at(10).schedule == "alternate"
    usual = parse(["sweep", "images"])
    assert sweep_of(usual, plan_of(usual)).values == (10, 20, 30, 40, 50)
    with pytest.raises(AssertionError, match="a race was started"):
        main(["sweep", "pi", "--batches", "2,4", "--headless"])


@pytest.mark.parametrize("workload", catalog.WORKLOADS, ids=lambda w: w.name)
def test_help_of_a_sweep_has_what_to_vary(
    workload, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "80")
    text = helped(["sweep", workload.name, "--help"], capsys)
    assert "--batches N,N,…" in text
    assert "tasks of each race (default 10,20,30,40,50)" in text
    assert "{auto,alternate,in-turn}" in text
    assert all(f"--{parameter.name} " in text for parameter in workload.parameters)
    assert len(max(text.splitlines(), key=len)) <= 80


# -- pictures --------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with three files that are called pictures, one of them in a folder below."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    for name in ("2.jpg", "10.png", "below/a.webp", "notes.txt"):
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    "command", [["race", "images"], ["sweep", "images"]], ids=lambda command: command[0]
)
def test_files_that_are_not_there_are_told_before_the_race(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    headless = [*command, "--headless"]
    said = refused([*headless, str(tmp_path / "empty")], capsys)
    assert said == f"No images in the folder {tmp_path}/empty: {TAKEN}."
    assert refused([*headless, "/no\x1bwhere"], capsys) == "No such file or folder: “/nowhere”."
    assert refused([*headless, ""], capsys) == "No such file or folder: “”."
    assert refused([*headless, str(tmp_path / "no"), str(tmp_path / "no2")], capsys).endswith(
        "/no”."
    )


def planned(*arguments: str) -> Plan:
    return plan_of(parse(["race", "images", *arguments]))


def test_a_folder_is_raced_with_a_task_a_picture(pictures: Path):
    plan = planned(str(pictures))
    assert plan.inputs == tuple(
        str(pictures / name) for name in ("2.jpg", "10.png", "below/a.webp")
    )
    assert plan.params["tasks"] == 3
    assert planned(str(pictures / "10.png"), str(pictures / "2.jpg")).params["tasks"] == 2
    assert planned(str(pictures), str(pictures / "2.jpg")).params["tasks"] == 3
    assert planned(str(pictures), "--tasks", "7").params["tasks"] == 7
    assert planned(str(pictures), "--preset", "tutorial").params["tasks"] == 50
    assert planned().params["tasks"] == 10
    assert planned().inputs == ()


def test_one_bad_file_among_good_ones_is_raced_too(
    pictures: Path, capsys: pytest.CaptureFixture[str]
):
    (pictures / "a.gif").touch()
    plan = planned(str(pictures / "gone.jpg"), str(pictures))
    names = ("2.jpg", "10.png", "a.gif", "below/a.webp", "gone.jpg")
    assert plan.inputs == tuple(str(pictures / name) for name in names)
    assert plan.params["tasks"] == 5
    assert capsys.readouterr() == ("", "")


def test_what_is_left_out_of_a_race_is_told(pictures: Path, capsys: pytest.CaptureFixture[str]):
    (pictures / "empty").mkdir()
    plan = planned(str(pictures), str(pictures / "empty"))
    assert len(plan.inputs) == 3
    sentence = f"No images in the folder {pictures}/empty: {TAKEN}."
    assert capsys.readouterr() == ("", f"raytasks-tui: {sentence}\n")
    notes: list[str] = []
    plan_of(
        parse(["race", "images", str(pictures), str(pictures / "empty")]),
        notes.append,
    )
    assert notes == [sentence]
    assert capsys.readouterr() == ("", "")


def test_a_sweep_of_pictures_takes_the_batches_it_is_given(pictures: Path):
    given = parse(["sweep", "images", str(pictures), "--batches", "2,9"])
    sweep = sweep_of(given, plan_of(given))
    assert [sweep.at(value).params["tasks"] for value in sweep.values] == [2, 9]
    assert len(sweep.at(9).inputs) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "ACTION"),
        (["upload"], "upload"),
        (["download", "more"], "more"),
        (["download", "--to", ""], "--to needs a folder name."),
        (
            ["download", "--urls", "/nowhere/at/all.txt"],
            "/nowhere/at/all.txt can't be read: No such file or directory.",
        ),
        (["download", "--urls"], "--urls"),
        (["download", "--to"], "--to"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_download_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert words in refused(["images", *arguments], capsys)


def test_a_list_without_addresses_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    urls = tmp_path / "urls.txt"
    urls.write_text("# none yet\n\n")
    said = refused(
        ["images", "download", "--urls", str(urls), "--to", str(tmp_path / "to")], capsys
    )
    assert said == f"{urls} has no addresses; the list has one http or https address per line."
    urls.write_text("https://user:secret@127.0.0.1/a.jpg\nfile:///etc/passwd?token=secret\n")
    said = refused(
        ["images", "download", "--urls", str(urls), "--to", str(tmp_path / "to")], capsys
    )
    assert said == f"{urls}, line 2: “file:///etc/passwd” is not an http or https address."
    assert not (tmp_path / "to").exists()


def test_help_on_pictures_says_where_they_come_from_and_go(capsys: pytest.CaptureFixture[str]):
    assert "download" in helped(["images", "--help"], capsys)
    text = " ".join(helped(["images", "download", "--help"], capsys).split())
    assert (
        "--urls FILE file with one address per line (- is standard input; default: the addresses "
        "in Ray's tutorial)" in text
    )
    assert "--to DIR folder to save them in (default: your cache folder)" in text
    text = " ".join(helped(["race", "images", "--help"], capsys).split())
    assert "FILE image files or folders (JPEG, PNG, WebP, TIFF, …)" in text
    assert "default 10, or one per file given" in text


# -- a function of one's own -----------------------------------------------------------------------

FUNCTION = ["race", "math:factorial", "--headless"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["race", "math:factorial"],
            "math:factorial is a function; use --inputs to say what each call gets: FILE.jsonl",
        ),
        (["race", "math:factorial", "--inputs"], "--inputs"),
        (
            ["race", "math:factorial", "--inputs", "numbers"],
            "--inputs must be FILE.jsonl, FILE.json, FILE.csv, range:N",
        ),
        (
            ["race", "math:factorial", "--inputs", "range:5", "--tasks", "6"],
            "tasks must be from 1 to 5; got 6.",
        ),
        (["race", "math:factorial", "--inputs", "range:5", "--samples", "6"], "--samples"),
        (["race", "math:pi", "--inputs", "range:5"], "pi is a float, not a function."),
        (
            ["race", "math:factorail", "--inputs", "range:5"],
            "math has no “factorail”; did you mean factorial?",
        ),
        (
            ["race", "no\x1bwhere:f", "--inputs", "range:5"],
            "nowhere can't be loaded: ModuleNotFoundError",
        ),
        (["race", ":", "--inputs", "range:5"], "doesn't name a function"),
        (
            ["race", "tests.lanes.faulty:FAULTY", "--inputs", "range:5"],
            "is a workload that makes its own tasks",
        ),
        (
            ["race", "tests.lanes.faulty:FAULTY", "--how", "well"],
            "how must be one of raise, exit, die, print, chatter, hang on Ray; got",
        ),
        (["race", "pi", "--inputs", "range:5"], "--inputs"),
        (["sweep", "math:factorial"], "math:factorial is a function; use --inputs"),
    ],
    ids=lambda value: (
        " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else ""
    ),
)
def test_a_function_that_cannot_be_raced_is_told_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    assert words in refused([*arguments, "--headless"], capsys)


def test_a_function_is_raced_with_a_task_an_input(tmp_path: Path):
    def planned(*more: str) -> Plan:
        return plan_of(parse([*FUNCTION, "--inputs", "range:5", *more]))

    plan = planned()
    assert (plan.workload, plan.params, len(plan.inputs)) == ("math:factorial", {"tasks": 5}, 1)
    assert '"inputs":"range:5"' in plan.inputs[0]
    assert planned("--tasks", "2").params == {"tasks": 2}
    with pytest.raises(AssertionError, match="a race was started"):
        main([*FUNCTION, "--inputs", "range:5", "--out", str(tmp_path / "out.jsonl")])


def test_help_of_a_function_has_its_inputs(capsys: pytest.CaptureFixture[str]):
    text = " ".join(helped(["race", "math:factorial", "--help"], capsys).split())
    assert "Find n!" in text
    assert all(option in text for option in ("--inputs", "--tasks", "--lanes", "--out", "range:N"))
    assert "--how" in helped(["race", "tests.lanes.faulty:FAULTY", "--help"], capsys)
    assert "Your function: MODULE:FUNCTION" in " ".join(helped(["race", "--help"], capsys).split())


def test_where_results_cannot_be_written_is_told_before_the_race(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert "can't be written: No such file" in refused(
        [*RACE, "--out", str(tmp_path / "no" / "x")], capsys
    )
    assert "can't be written: Is a directory" in refused([*RACE, "--out", str(tmp_path)], capsys)
    assert "--out" in refused(["sweep", "pi", "--headless", "--out", "x"], capsys)


@pytest.mark.usefixtures("terminal")
def test_a_recorded_function_is_shown_without_loading_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    file = tmp_path / "race.jsonl"
    opened = ev.RaceOpened(
        t=1,
        workload="this_would_be:loaded",
        params={"tasks": 2},
        seed=1,
        schedule="in-turn",
        lanes=["serial"],
    )
    file.write_bytes(ev.encode([opened]))
    with pytest.raises(AssertionError, match="a race was started"):
        main(["replay", str(file)])
    assert catalog.find("this_would_be:loaded").complete({}) == {"tasks": 2}


def test_what_a_race_writes_has_a_place_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.json").write_text("[1, 2]")
    (tmp_path / "link").symlink_to("in.json")
    for more, words in (
        (
            ["--json", "x", "--out", "./x"],
            "--out and --json can't both write to x; choose another place for one.",
        ),
        (["--json", "-", "--out", "-"], "--out and --json can't both write to -;"),
        (["--record", "x", "--out", "x"], "--out and --record can't both write to x;"),
        (
            ["--out", "x", "--json", "x.partial"],
            "--out and --json would use the same file, x.partial; choose another name.",
        ),
        (
            ["--out", "x.partial", "--json", "x"],
            "--out and --json would use the same file, x.partial; choose another name.",
        ),
        (
            ["--record", "x.partial", "--out", "x"],
            "--out and --record would use the same file, x.partial; choose another name.",
        ),
        (["--json", "/dev/stdout", "--out", "-"], "--out and --json can't both write to -;"),
        (
            ["--out", "in.json"],
            "--out would overwrite in.json, which the race reads; choose another file.",
        ),
        (["--out", "link"], "--out would overwrite link, which the race reads"),
        (["--json", "in.json"], "--json would overwrite in.json, which the race reads"),
    ):
        assert words in refused([*FUNCTION, "--inputs", "in.json", *more], capsys)
    assert "--out would overwrite in.json" in refused(
        [*RACE[:1], "builtins:len", "--headless", "--inputs", "glob:*.json", "--out", "in.json"],
        capsys,
    )
    assert (tmp_path / "in.json").read_text() == "[1, 2]"
    assert not (tmp_path / "x").exists()
    with pytest.raises(AssertionError, match="a race was started"):
        main([*FUNCTION, "--inputs", "in.json", "--json", "/dev/null", "--out", "/dev/null"])
