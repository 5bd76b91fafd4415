"""Functions that don't mind what they were given, found by lanes as `tests.lanes.rude:NAME`."""

import multiprocessing
import os
import subprocess
import sys


def double(n: int) -> int:
    return 2 * n


def pools(n: int) -> list[int]:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(double, [n, n + 1])


def reads(n: int) -> str:
    return subprocess.run(["cat"], capture_output=True, text=True, check=True).stdout + str(n)


def asks(n: int) -> str:
    return input() + str(n)


class WordlessError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def wordless(n: int) -> int:
    if n == 1:
        raise WordlessError
    return n


def interrupts(n: int) -> int:
    if n == 1:
        raise KeyboardInterrupt
    return n


def silences(n: int) -> int:
    if n % 2:
        sys.stdout = None  # type: ignore[assignment]
    else:
        sys.stdout.close()
    return n


def hangs_up(n: int) -> int:
    os.closerange(3, 200)
    return n
