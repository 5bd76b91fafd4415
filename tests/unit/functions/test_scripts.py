"""A user's module finds what it would if Python had been started with its file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import argparse, os, pickle, sys
import __main__
import beside
options = argparse.ArgumentParser()
options.add_argument("--size", type=int, default=3)
SIZE = options.parse_args().size
class Model: pass
if __name__ == "__main__":
    raise SystemExit("the guard is true")
def seen(n):
    import statistics
    made = pickle.loads(b"c__main__\\nModel\\n.")
    return [sys.argv, sys.path[0], os.getcwd(), SIZE, __main__.SIZE, __main__.__name__,
            __main__.__file__, made is Model, beside.HERE, statistics.mean([1, 3])]
"""

PROGRAM = """
import json, sys
from workloads.functions import finding, workload as function
for name in sys.argv[1].split():
    found = finding.absolute(name, finding.STARTED_IN)
    print(json.dumps(function.Target(found, finding.STARTED_IN).load()(1)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MODULE)
    (tmp_path / "beside.py").write_text("HERE = 'beside'")
    (tmp_path / "other.py").write_text("import sys\ndef argv(n): return sys.argv")
    # Python's own comes first, also where a library loads it later.
    (tmp_path / "statistics.py").write_text("raise ImportError")
    (tmp_path / "random.py").write_text("def f(n): return n")
    return tmp_path


def run(folder: Path, *names: str) -> tuple[list[object], str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, " ".join(names)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return [
        json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")
    ], done.stdout + done.stderr


@pytest.mark.parametrize("name", ["mine.py:seen", "mine:seen", "./mine.py:seen"])
def test_a_module_finds_what_python_would_give_its_script(folder: Path, name: str) -> None:
    here, file = str(folder), str(folder / "mine.py")
    found, said = run(folder, name)
    assert found == [[[file], here, here, 3, 3, "__main__", file, True, "beside", 2]], said


def test_each_function_of_a_process_has_its_own_again(folder: Path) -> None:
    found, said = run(folder, "other:argv", "mine:seen", "other:argv")
    assert [found[0], found[2]] == [[str(folder / "other.py")]] * 2, said


def test_a_file_whose_name_python_has_already_is_named_with_its_path(folder: Path) -> None:
    _, said = run(folder, "random:f")
    assert "random has no “f”: it is the module " in said
    assert "for the file in this folder, write ./random.py:f." in said
    _, said = run(folder, "random:randrange")
    assert "the file in this folder is ./random.py." in said
    assert run(folder, "./random.py:f")[1] == "1\n"
