"""What a process that runs tasks prints: whole lines, whatever its threads do and PYTHONUNBUFFERED says."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, os, sys, threading
from workloads.engines import streams
streams.own((b":task_name:",))
{body}
"""

THREADS = """
def talk(name):
    for _ in range(200):
        print(name, "one", flush=True)
        print(name + " two\\n" + name, "three")
        sys.stderr.write(name + " fo"); sys.stderr.write("ur\\n")
talkers = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
for talker in talkers: talker.start()
for talker in talkers: talker.join()
"""


def printed(body: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"}, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


def test_lines_of_threads_stay_whole() -> None:
    lines = printed(THREADS).splitlines()
    assert {line: lines.count(line) for line in set(lines)} == {
        f"{name} {word}": 200 for name in "abcd" for word in ("one", "two", "three", "four")
    }


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("print('a'); os._exit(1)", "a\n"),
        ("print('a', end=''); streams.end_lines(); streams.end_lines(); print('b')", "a\nb\n"),
        ("print('a', end='', flush=True); streams.end_lines(); print('b')", "a\nb\n"),
        ("print('a'); streams.end_lines(); print('b')", "a\nb\n"),
        ("print('a', end='')", "a"),
        ("sys.stdout.buffer.write(b'a'); streams.end_lines(); print('b')", "a\nb\n"),
        ("sys.stdout.close(); streams.end_lines(); print('b')", "b\n"),
        ("sys.stdout = None; streams.end_lines(); print('b')", "b\n"),
        ("sys.stdout = 5; streams.end_lines(); print('b')", "b\n"),
        ("sys.stdout.write(':task_name:f\\n'); print('b')", "b\n"),
        ("sys.stdout.close(); streams.end_lines(); sys.stdout.write(':task_name:f\\n'); print('b')", "b\n"),
        ("ctypes.CDLL(None).printf(b'from C\\n'); os.kill(os.getpid(), 9)", "from C\n"),
        ("print('x' * 1_000_000); print('y', end='')", "x" * 1_000_000 + "\ny"),
        ("threading.Thread(target=lambda: (print('a', end=''), streams.end_lines())).start()", "a\n"),
    ],
)
def test_what_is_printed_arrives(body: str, shown: str) -> None:
    assert printed(body) == shown
