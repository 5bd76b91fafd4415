"""The wheel, installed without the extra `images`: it runs, and the picture workload says what it
lacks.
"""

import json
import os
import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.conftest import ROOT
from tests.schema import FILE, check
from tests.tui.terminal import Terminal

MISSING = "images needs torch and torchvision. Install with: pip install 'raytasks-tui[images]'"


def run(light: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed program, away from the sources."""
    return subprocess.run(
        [light / "raytasks-tui", *arguments], cwd=folder, capture_output=True, text=True
    )


def test_both_archives_have_all_that_is_read_at_run_time(dist: Path, wheel: Path):
    files = {"tui/styles/raytasks.tcss", "tui/py.typed", "workloads/py.typed"}
    files.add(f"tui/outputs/{FILE}")
    names = set(zipfile.ZipFile(wheel).namelist())
    assets = {"race-pi.jsonl", "race.svg"}
    assert assets <= {name.rpartition("share/raytasks-tui/")[2] for name in names}
    assert files <= names
    assert not [name for name in names if name.startswith("tests/")]
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    recordings = {f"tests/recordings/{path.name}" for path in ROOT.glob("tests/recordings/*")}
    assert {*files, *recordings, "assets/race-pi.jsonl", "LICENSE", "README.md"} <= names


def test_the_metadata_say_what_it_is(wheel: Path):
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("dist-info/METADATA"))
    fields = message_from_bytes(archive.read(name))
    assert fields.get_all("Provides-Extra") == ["images"]
    plain = [line for line in fields.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert not [line for line in plain if line.startswith("torch")]
    assert "Typing :: Typed" in fields.get_all("Classifier", [])
    assert fields["Keywords"]
    assert len(fields.get_all("Project-URL", [])) == 3
    assert "](https://" in fields.get_payload()
    assert "](assets/" not in fields.get_payload()


def installed_size(name: str, counted: set[str]) -> int:
    """Bytes of a distribution's files and of those it requires, extras of its own left out."""
    counted.add(canonicalize_name(name))
    distribution = metadata.distribution(name)
    paths = [Path(str(file.locate())) for file in distribution.files or ()]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    for line in distribution.requires or ():
        requirement = Requirement(line)
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if needed and canonicalize_name(requirement.name) not in counted:
            size += installed_size(requirement.name, counted)
    return size


def test_a_plain_installation_takes_less_than_800_mb():
    counted: set[str] = set()
    size = installed_size("raytasks-tui", counted)
    assert {"ray", "numpy", "textual"} <= counted
    assert not counted & {"torch", "torchvision"}
    assert size < 800_000_000


def test_headless_races_run_without_torch(light: Path, tmp_path: Path):
    done = run(
        light,
        tmp_path,
        *("race", "pi", "--tasks", "2", "--samples", "1000", "--lanes", "serial,processes,ray"),
        *("--headless", "--json", "-"),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    check(report, "race")
    assert [lane["status"] for lane in report["lanes"]] == ["finished"] * 3


def test_pictures_are_refused_with_the_command_that_installs_them(light: Path, tmp_path: Path):
    for command in (["race", "images"], ["sweep", "images", "--batches", "1,2"]):
        done = run(light, tmp_path, *command, "--headless")
        assert done.returncode == 2
        assert done.stderr == f"raytasks-tui: {MISSING}\n"
    listed = run(light, tmp_path, "workloads")
    assert listed.returncode == 0
    assert MISSING in listed.stdout


def test_recordings_of_pictures_play_without_torch(light: Path):
    recording = str(ROOT / "tests/recordings/images-1.jsonl")
    program = [str(light / "raytasks-tui")]
    with Terminal("replay", recording, program=program) as terminal:
        terminal.wait_for("REPLAY")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_the_sheet_on_screen_greys_pictures_out(light: Path):
    with Terminal(program=[str(light / "raytasks-tui")], columns=100) as terminal:
        terminal.wait_for("○ READY")
        terminal.press("w")
        terminal.wait_for("Transform images", MISSING.partition(".")[0])
        terminal.press("\x1b[B\r")  # down passes over it
        terminal.wait_for("Tasks that wait")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mypy's cache, in which the second program finds what the first has loaded of the wheel."""
    return tmp_path_factory.mktemp("types")


@pytest.mark.parametrize("name", ["program", "engine"])
def test_a_users_program_type_checks_against_the_wheel(
    light: Path, types: Path, tmp_path: Path, name: str
):
    program = tmp_path / f"{name}.py"
    program.write_text(PROGRAMS[name])
    done = subprocess.run(
        [light / "python", "-m", "mypy", "--strict", "--cache-dir", types, program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "MYPYPATH": ""},
    )
    assert done.returncode == 0, done.stdout


PROGRAM = """
from collections.abc import Generator
from pathlib import Path

from workloads import (
    Parameter,
    Progress,
    RaceResult,
    Recording,
    Task,
    Workload,
    race,
    read_recording,
)


def crunch(n: int) -> Generator[Progress, None, int]:
    yield Progress(1, 2)
    return n * n


def answer(results: object) -> object:
    return results


MINE = Workload(
    name="mine",
    title="Mine",
    help="Square numbers.",
    parameters=(Parameter("tasks", 3, "how many tasks", 1, 100),),
    make_tasks=lambda params, seed, files: [
        Task(n, crunch, (n,)) for n in range(int(params["tasks"]))
    ],
    combine=answer,
)

if __name__ == "__main__":
    result: RaceResult = race(crunch, [1, 2, 3], lanes=("serial", "processes"), timeout=60.0)
    print(result.speedup.get("processes", 0.0) + 1.0, result.report.lanes[0].wall_s)
    recording: Recording = read_recording(Path("race.jsonl"))
    print(len(recording), [event.t for event in recording[:3]])
"""

ENGINE = """
import os
import time
from collections.abc import Iterator, Sequence

from workloads import (
    BadInput,
    Demand,
    Emit,
    Engine,
    EngineFailed,
    EngineInfo,
    EngineOptions,
    ReadyWorkers,
    Record,
    Stop,
    Task,
    WarmUp,
    events,
    record_to_event,
    records,
)


class Here:
    def __init__(self, options: EngineOptions) -> None:
        self.cpus: int | None = options.cpus

    def open(self, emit: Emit) -> None:
        emit(events.WorkerJoined(t=time.time_ns(), worker=0, pid=os.getpid()))

    def prepare(
        self, tasks: Sequence[Task], warm_up: WarmUp, demand: Demand, stop: Stop
    ) -> ReadyWorkers:
        if demand.resources:
            raise BadInput("This engine has no such resource.")
        try:
            warm_up()
        except ImportError as error:
            raise EngineFailed("What the tasks need can't be imported.") from error
        return ReadyWorkers(1, [0])

    def run(self, tasks: Sequence[Task], stop: Stop) -> Iterator[events.AnyEvent]:
        for task in tasks:
            if stop.requested:
                yield events.Cancelled(t=time.time_ns(), task=task.number)
                continue
            record: Record
            for record in records(task.function, task.args):
                yield record_to_event(task.number, 0, 0, record)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


ENGINE: Engine = Here(EngineOptions(cpus=1))
INFO = EngineInfo(
    "here", "engine:Here", "in the lane's process", has_workers=False, can_alternate=False
)
"""

PROGRAMS = {"program": PROGRAM, "engine": ENGINE}
