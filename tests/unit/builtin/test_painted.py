"""Painted pictures: the same every time, made once by however many at once, whole whatever is
killed meanwhile.
"""

import contextlib
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from workloads.builtin.images import painted, scenes
from workloads.builtin.images.painted import COUNT, folder, paint_all
from workloads.core.errors import BadInput, RaytasksError

SMALL = (64, 48)
SLOW = (1600, 1200)
"""A size that takes a painter long enough to be met at work."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the small images, in a cache of its own."""
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path / "cache"))
    return folder() / "64x48"


def paint(
    count: int,
    report: Callable[[int, int], None] = lambda done, count: None,
    stop: Callable[[], bool] = lambda: False,
    size: tuple[int, int] = SMALL,
) -> list[Path]:
    return [Path(path) for path in paint_all(count, report, stop, size, workers=2)]


def started(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """A Python process that runs `code`, with pipes to it."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def names(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def painters() -> list[psutil.Process]:
    """The processes that paint for this one."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has just ended
            if painted.__name__ in process.cmdline():
                found.append(process)
    return found


PAINTING = """
import sys
from workloads.builtin.images.painted import paint_all
count, width, height = map(int, sys.argv[1:])
paint_all(count, lambda done, count: print(done, flush=True), size=(width, height), workers=2)
"""
"""A caller without a main guard, which must not be needed."""


# What is painted


@pytest.mark.parametrize("number", range(8))
def test_a_number_gives_one_picture(number: int):
    first, again, other = (
        np.asarray(scenes.paint(n, *SMALL)) for n in (number, number, number + 4)
    )
    assert first.shape == (48, 64, 3)
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("size", [(16, 16), (33, 21), (21, 80), (200, 16)])
def test_any_size_is_painted(size: tuple[int, int]):
    for number in range(4):
        picture = scenes.paint(number, *size)
        assert (picture.size, picture.mode) == (size, "RGB")


def test_no_two_pictures_are_alike_and_none_is_flat():
    seen = {scenes.paint(number, *SMALL).tobytes() for number in range(COUNT)}
    assert len(seen) == COUNT >= 50
    assert all(np.frombuffer(pixels, np.uint8).std() > 10 for pixels in seen)


# Where and which


def test_the_folder_lies_in_the_cache_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path))
    assert folder() == tmp_path / f"painted-{painted.VERSION}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAYTASKS_CACHE", "here")
    assert folder() == tmp_path / "here" / f"painted-{painted.VERSION}"
    monkeypatch.setenv("RAYTASKS_CACHE", "")
    assert folder().is_absolute()
    assert folder().parent.name == "raytasks-tui"


def test_pictures_are_painted_and_reported(home: Path):
    reports: list[tuple[int, int]] = []
    paths = paint(6, lambda done, count: reports.append((done, count)))
    assert [path.name for path in paths] == [
        "01-mountains.jpg",
        "02-fractal.jpg",
        "03-nebula.jpg",
        "04-sea.jpg",
        "05-mountains.jpg",
        "06-fractal.jpg",
    ]
    assert reports == [(done, 6) for done in range(7)]
    for number, path in enumerate(paths):
        assert path.parent == home
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("JPEG", SMALL)
            pixels = np.asarray(picture).astype(int)
        assert np.abs(pixels - np.asarray(scenes.paint(number, *SMALL))).mean() < 12
    assert names(home) == [".lock", *sorted(path.name for path in paths)]
    assert not painters()


def test_only_what_is_missing_is_painted(home: Path):
    first = {path: path.stat() for path in paint(3)}
    reports: list[int] = []
    paths = paint(5, lambda done, count: reports.append(done))
    assert reports == [3, 4, 5]
    assert paths[:3] == list(first)
    assert all(path.stat().st_mtime_ns == info.st_mtime_ns for path, info in first.items())
    assert paint(2) == paths[:2]


def test_the_full_size_needs_no_folder_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(painted, "WIDTH", 64)
    monkeypatch.setattr(painted, "HEIGHT", 48)
    assert paint(1) == [home.parent / "01-mountains.jpg"]


def test_nothing_is_started_or_loaded_when_nothing_is_missing(home: Path):
    paint(4)
    code = """
import sys, subprocess
from workloads.builtin.images.painted import paint_all
subprocess.Popen = None
print(len(paint_all(4, lambda done, count: print(done, count), size=(64, 48))))
print({"numpy", "PIL", "psutil", "multiprocessing", "concurrent.futures"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4 4\n4\nset()\n"


@pytest.mark.parametrize("count", [0, -1, COUNT + 1])
def test_there_are_so_many_pictures(home: Path, count: int):
    with pytest.raises(BadInput, match=f"1 to {COUNT} generated images; got {count}"):
        paint(count)


# Damage


def test_torn_files_are_painted_anew(home: Path):
    paths = paint(6)
    whole = [path.read_bytes() for path in paths]
    for path, torn in zip(
        paths, (b"", b"\xff", b"\xff\xd8 and no more", b"\0" * 5000, b"\xff\xd9"), strict=False
    ):
        path.write_bytes(torn)
    reports: list[int] = []
    assert paint(6, lambda done, count: reports.append(done)) == paths
    assert reports == [1, 2, 3, 4, 5, 6]
    assert [path.read_bytes() for path in paths] == whole


def test_what_a_killed_painter_had_begun_is_removed(home: Path):
    home.mkdir(parents=True)
    (home / ".01-mountains.jpg.99.part").write_bytes(b"\xff\xd8")
    (home / ".41-mountains.jpg.99.part").write_bytes(b"\xff\xd8")
    paint(1)
    assert names(home) == [".lock", "01-mountains.jpg"]


# Several at once


def holding(home: Path, number: int) -> "subprocess.Popen[str]":
    """A process that has the lock on a picture, as one that paints it would."""
    code = (
        "import sys; from pathlib import Path; from workloads.builtin.images.painted import "
        "_locks, _take\n"
    )
    code += (
        "locks = _locks(Path(sys.argv[1])); print(_take(locks, int(sys.argv[2])), "
        "flush=True); sys.stdin.read()"
    )
    process = started(code, home, number)
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    return process


def test_what_another_is_painting_is_left_to_it_and_waited_for_last(home: Path):
    home.mkdir(parents=True)
    (home / ".01-mountains.jpg.99.part").write_bytes(b"it is being written")
    with holding(home, 0) as other:
        met: list[list[str]] = []

        def report(done: int, count: int) -> None:
            if done == 3:
                met.append(names(home))
                other.kill()

        assert len(paint(4, report)) == 4
        assert met == [
            [".01-mountains.jpg.99.part", ".lock", "02-fractal.jpg", "03-nebula.jpg", "04-sea.jpg"]
        ]
    assert names(home) == [
        ".lock",
        "01-mountains.jpg",
        "02-fractal.jpg",
        "03-nebula.jpg",
        "04-sea.jpg",
    ]


def test_no_picture_is_painted_twice_by_painters_of_several_runs(home: Path, tmp_path: Path):
    """Four painting processes that have nothing in common but the folder; each notes what it paints
    itself.
    """
    home.mkdir(parents=True)
    code = """
import os, sys
from workloads.builtin.images import painted, scenes
paint, log = scenes.paint, os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def noted(number, width, height):
    os.write(log, f"{number}\\n".encode())
    return paint(number, width, height)
scenes.paint = noted
painted.main()
"""
    log = tmp_path / "log"
    runs = [started(code, log, home, *SMALL, *range(COUNT)) for _ in range(4)]
    for run in runs:
        assert run.stdout
        told = run.stdout.read().splitlines()
        assert sorted(told) == sorted(f"there {number}" for number in range(COUNT))
        run.communicate()
    assert Counter(map(int, log.read_text().split())) == dict.fromkeys(range(COUNT), 1)
    assert names(home) == sorted([".lock", *(path.name for path in paint(COUNT))])


def test_two_runs_at_once_give_the_same_pictures(home: Path):
    with started(PAINTING, 12, *SMALL) as other:
        paths = paint(12)
        assert other.stdout
        assert other.stdout.read().split()[-1] == "12"
    assert other.returncode == 0
    assert names(home) == [".lock", *(path.name for path in paths)]


# Ending


def test_a_killed_run_leaves_no_process_and_nothing_in_the_way(home: Path):
    run = started(PAINTING, COUNT, *SLOW)
    assert run.stdout
    assert [run.stdout.readline(), run.stdout.readline()] == ["0\n", "1\n"]
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) == 2
    run.kill()
    run.communicate()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (2, [])
    paths = paint(8, size=SLOW)
    assert not any(name.endswith(".part") for name in names(paths[0].parent))
    for path in paths:
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == SLOW


def test_painters_that_die_are_told_when_none_is_left(home: Path):
    def report(done: int, count: int) -> None:
        if done == 1:
            for process in painters():
                process.kill()

    with pytest.raises(RaytasksError, match="ended before they had finished"):
        paint(COUNT, report, size=SLOW)
    assert not painters()


def test_a_painter_that_dies_leaves_its_work_to_the_others(home: Path):
    def report(done: int, count: int) -> None:
        if done == 1:
            for process in painters()[:1]:
                process.kill()

    assert len(paint(12, report, size=SLOW)) == 12


def test_it_stops_when_told(home: Path):
    reports: list[int] = []
    paths = paint(COUNT, lambda done, count: reports.append(done), lambda: len(reports) > 2, SLOW)
    assert not painters()
    # More may have been written than was told, never less.
    assert {path.name for path in paths} <= set(names(home.parent / "1600x1200")) - {".lock"}
    assert 2 <= len(paths) == reports[-1] < COUNT
    assert not any(name.endswith(".part") for name in names(home.parent / "1600x1200"))


def test_it_stops_while_another_paints_the_last(home: Path):
    home.mkdir(parents=True)
    with holding(home, 1) as other:
        reports: list[int] = []
        paths = paint(2, lambda done, count: reports.append(done), lambda: reports == [0, 1])
        assert [path.name for path in paths] == ["01-mountains.jpg"]
        other.kill()
    assert not painters()


def test_it_does_not_begin_when_told_to_stop_before(home: Path):
    assert paint(3, stop=lambda: True) == []
    assert not home.exists()


def test_an_exception_of_the_caller_ends_the_painters(home: Path):
    def report(done: int, count: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(COUNT, report, size=SLOW)
    assert not painters()
    assert not any(name.endswith(".part") for name in names(home.parent / "1600x1200"))


def test_the_commands_of_a_lane_are_left_alone(home: Path):
    """What waits on the caller's standard input is still there, its handlers too, and nothing is
    printed.
    """
    code = """
import signal, sys
handler = lambda number, frame: None
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD): signal.signal(number, handler)
from workloads.builtin.images.painted import paint_all
paint_all(3, lambda done, count: None, size=(64, 48))
assert all(signal.getsignal(n) is handler for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD))
print(sys.stdin.read())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input="go", capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("go\n", "")


# What can't be kept


def refused() -> str:
    with pytest.raises(BadInput) as told:
        paint(2)
    assert "RAYTASKS_CACHE" in str(told.value)
    assert str(folder()) in str(told.value)
    assert not painters()
    return str(told.value)


def test_a_cache_that_can_not_be_made(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path / "file"))
    assert "Not a directory" in refused()


def test_a_cache_that_takes_no_more(home: Path):
    """A bound on the size of files fails as a full disk does, in the painters too: they
    inherit it.
    """
    bound = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, bound[1]))
    try:
        assert "File too large" in refused()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, bound)
    assert names(home) == [".lock"]


def test_something_that_is_in_the_way(home: Path):
    (home / "02-fractal.jpg").mkdir(parents=True)
    assert "Is a directory" in refused()


def test_a_picture_that_can_not_be_painted_is_told(home: Path):
    with pytest.raises(RaytasksError, match="Can't generate an image: "):
        paint(1, size=(0, 0))
    assert not painters()
