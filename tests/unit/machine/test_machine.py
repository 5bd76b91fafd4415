"""Machines where folders are missing, read-only or deep: a fallback or a sentence, never a
traceback.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workloads.builtin.images.cache import cache_folder, make_folder
from workloads.core.errors import BadInput, EngineFailed
from workloads.machine import places
from workloads.machine.places import private_folder

# Root passes over modes by capabilities; without these a folder of mode 0500 is closed to it too.
WEAKEN = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    hasattr(libc, "prctl") and libc.prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
MAIN = "import sys; from tui.cli.entry import main; sys.exit(main())"
LANES = "serial,threads,processes"
NOOP = ("race", "noop", "--tasks", "3", "--cpus", "2", "--headless", "--lanes")

IN_A_DELETED_FOLDER = """
import os, sys, tempfile
folder = tempfile.mkdtemp()
os.chdir(folder)
os.rmdir(folder)
"""
RACE = """
import asyncio
from workloads.lanes.coordinator import Coordinator, Plan
from workloads.engines import EngineOptions
events = []
async def race():
    coordinator = Coordinator(EngineOptions(cpus=2), [events.append])
    lanes = ("serial", "threads", "processes")
    status = await coordinator.race(Plan("noop", {"tasks": 3}, 1, lanes))
    await coordinator.close()
    print(status)
asyncio.run(race())
"""


def weakly(code: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python code in a process that modes of files hold for, also where the tests run
    as root.
    """
    return subprocess.run(
        [sys.executable, "-c", WEAKEN, "-c", code, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[str]:
    """A folder that can't be written to; skips where nothing can make one."""
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o500)
    if weakly(f"open({str(folder / 'x')!r}, 'w')").returncode == 0:
        pytest.skip("this system lets the process write to a folder of mode 0500")
    yield str(folder)
    folder.chmod(0o700)


def finishes(done: "subprocess.CompletedProcess[str]") -> None:
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 tasks" in done.stdout


def refuses(done: "subprocess.CompletedProcess[str]", words: str, status: int = 2) -> None:
    assert done.returncode == status
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_lanes_run_below_a_long_temporary_folder(tmp_path: Path):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    finishes(weakly(MAIN, *NOOP, LANES, TMPDIR=str(deep)))
    assert list(deep.iterdir()) == []


def test_lanes_run_without_folders_to_write_to(shut: str):
    names = (
        "TMPDIR",
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
    )
    finishes(weakly(MAIN, *NOOP, LANES, **dict.fromkeys(names, shut)))
    gone = f"{shut}/gone"
    finishes(
        weakly(f"import os; os.chdir({shut!r})\n{MAIN}", *NOOP, LANES, **dict.fromkeys(names, gone))
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (*NOOP, "serial"),
        ("race", "math:factorial", "--inputs", "range:3"),
        ("replay", "race.jsonl"),
        (),
    ],
)
def test_a_deleted_current_folder_is_named(arguments: tuple[str, ...]):
    refuses(
        weakly(IN_A_DELETED_FOLDER + MAIN, *arguments),
        "The current folder can't be used: No such file",
    )


def test_lanes_start_though_the_current_folder_is_deleted_meanwhile():
    done = weakly(IN_A_DELETED_FOLDER + RACE)
    assert (done.stdout, done.stderr) == ("finished\n", "")


def test_files_that_cannot_be_written_are_named(shut: str, tmp_path: Path):
    for option in ("--record", "--json", "--out"):
        refuses(
            weakly(MAIN, *NOOP, "serial", option, f"{shut}/x"),
            f"{shut}/x can't be written: Permission denied",
        )
    urls = tmp_path / "urls"
    urls.write_text("http://127.0.0.1:9/a.jpg\n")
    download = ("images", "download", "--urls", str(urls))
    refuses(
        weakly(MAIN, *download, RAYTASKS_CACHE=shut),
        f"Can't save images in {shut}/pictures: Permission",
    )
    refuses(
        weakly(MAIN, *download, HOME=shut, XDG_CACHE_HOME=""),
        "Permission denied; choose another folder",
    )


def test_a_cache_that_cannot_be_written_is_named(shut: str):
    race = ("race", "images", "--tasks", "1", "--lanes", "serial", "--headless")
    refuses(
        weakly(MAIN, *race, RAYTASKS_CACHE=shut),
        "name another folder in the environment variable RAYTASKS_CACHE",
        1,
    )


def test_without_any_folder_for_temporary_files_the_lane_says_so():
    # The project itself may lie below one of these folders; there it is mounted again.
    shut_all = """
        mount --bind "$ROOT" /mnt || exit 97
        for folder in /tmp /var/tmp /dev/shm /run; do
            mount -t tmpfs -o size=4k none $folder || exit 97
            case "$ROOT" in $folder/*) mkdir -p "$ROOT" && mount --bind /mnt "$ROOT";; esac
            mount -o remount,ro $folder || exit 97
        done
    """
    program = 'touch /tmp/x 2>/dev/null && exit 98; cd /; exec "$@"'
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare here")
    command = [
        unshare,
        "-m",
        "sh",
        "-c",
        f"{shut_all}{program}",
        "sh",
        sys.executable,
        "-c",
        MAIN,
    ]
    root = str(Path(sys.prefix).parent)
    unset = {"TMPDIR": "/tmp", "XDG_RUNTIME_DIR": "/run", "ROOT": root}
    done = subprocess.run(
        [*command, *NOOP, "processes,ray"],
        env={**os.environ, **unset},
        capture_output=True,
        text=True,
    )
    if done.returncode in (1, 97) and "unshare" in done.stderr + "mount" * (done.returncode == 97):
        pytest.skip(f"no mount namespace here: {done.stderr}")
    refuses(done, "Can't create a folder for temporary files", 1)
    assert "set TMPDIR to a writable folder" in done.stdout


def test_a_private_folder_is_private_short_and_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("x" * 60)))
    made = []
    for umask in (0, 0o777):
        before = os.umask(umask)
        try:
            made.append(Path(private_folder(42)))
        finally:
            os.umask(before)
    for folder in made:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder)) <= 42
        folder.rmdir()
    assert made[0] != made[1]


def test_folders_of_ended_processes_are_swept_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setattr(places, "_bases", lambda: [str(tmp_path)])
    swept = [f"raytasks-{ended.pid}-abc_1234", f"raytasks-{ended.pid}"]
    kept = [
        f"raytasks-{os.getpid()}-abc",
        "raytasks-1a",
        f"raytasks-kept-{ended.pid}",
        f"other-{ended.pid}",
    ]
    for name in (*swept, *kept):
        (tmp_path / name / "r").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "r").mkdir(parents=True)
    (tmp_path / f"raytasks-{ended.pid}-link").symlink_to(elsewhere)
    os.rmdir(private_folder(200))
    left = {path.name for path in tmp_path.iterdir()}
    assert left >= set(kept)
    assert not left & set(swept)
    assert (elsewhere / "r").is_dir()


def test_a_folder_that_a_process_elsewhere_holds_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(places, "_bases", lambda: [str(tmp_path)])
    held = private_folder(200)
    monkeypatch.setattr("psutil.pid_exists", lambda pid: False)  # as of one in another container
    os.rmdir(private_folder(200))
    assert [str(path) for path in tmp_path.iterdir()] == [held]


def test_a_private_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(places, "_bases", lambda: [str(tmp_path / "gone")])
    with pytest.raises(
        EngineFailed, match=r"Can't create a folder for temporary files .*gone: No such file"
    ):
        private_folder(200)
    with pytest.raises(EngineFailed, match="with a short path"):
        private_folder(10)


def test_a_cache_without_a_home(monkeypatch: pytest.MonkeyPatch):
    for name in ("HOME", "XDG_CACHE_HOME", "RAYTASKS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        "os.path.expanduser", lambda path: path
    )  # as for a user who isn't in the system's list
    with pytest.raises(BadInput, match="o home folder"):
        cache_folder()


def test_what_is_kept_in_the_cache_is_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("RAYTASKS_CACHE", str(tmp_path / "cache" / "mine"))
    make_folder(cache_folder() / "pictures")
    assert stat.S_IMODE((tmp_path / "cache" / "mine").stat().st_mode) == 0o700
    make_folder(tmp_path / "shared" / "pictures")
    (tmp_path / "nowhere").symlink_to("gone")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "nowhere")
    assert (tmp_path / "shared" / "pictures").is_dir()
