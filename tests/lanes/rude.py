"""Functions that don't mind what they were given, found by lanes as `tests.lanes.rude:NAME`."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator

from workloads.core.errors import TaskInterrupted


def double(n: int) -> int:
    return 2 * n


def pools(n: int) -> list[int]:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(double, [n, n + 1])


def ends_at_once(n: int) -> list[int]:
    """Forks twenty processes and ends each before it has done anything; returns how they ended."""
    ends = []
    for _ in range(20):
        child = os.fork()
        if not child:
            time.sleep(1)
            os._exit(7)
        os.kill(child, signal.SIGTERM)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return ends


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


def catches(n: int) -> int:
    """Goes on for ever, also after the first exception of whatever kind."""
    try:
        while True:
            pass
    except BaseException:
        while True:
            pass


def leaves_a_child(n: int) -> int:
    """Forks a process that holds everything that this one had open, and ends this one."""
    if not os.fork():
        time.sleep(1000)
    os.kill(os.getpid(), signal.SIGKILL)
    return n


def talks(n: int) -> int:
    """Prints in every way there is: 7 lines, one of them without an end, one drawn five times."""
    helper = threading.Thread(target=print, args=(f"{n} from a thread",))
    helper.start()
    helper.join()
    print(f"{n} plain\n{n} second")
    os.write(1, f"{n} written\n".encode())
    ctypes.CDLL(None).puts(f"{n} from C".encode())
    for step in range(5):
        print(f"\r{n} step {step}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{n} no end", end="")
    return n


def floods(n: int) -> int:
    print("x" * 30_000_000)
    for _ in range(300):
        print("y" * 99_999)
    print("last words")
    return n


def comes_back_twice(n: int) -> int:
    """Forks, and lets the child return, raise or exit as its parent does."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    elif n == 1:
        raise ValueError("from the child")
    elif n == 2:
        sys.exit(3)
    return n


def reports_twice(n: int) -> Generator[tuple[int, int], None, int]:
    yield 1, 2
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    yield 2, 2
    return n


def dies(n: int) -> int:
    if n == 1:
        print("last words")
        ctypes.string_at(0)
    if n == 2:
        os._exit(7)
    return n


class OwnInterrupt(KeyboardInterrupt):
    pass


def raises_anything(n: int) -> int:
    kinds = [GeneratorExit, StopIteration, OwnInterrupt, SystemExit, BaseException, WordlessError]
    if n < len(kinds):
        raise kinds[n]("odd")
    return n


def interrupts_itself(n: int) -> int:
    if n == 1:
        raise TaskInterrupted
    return n
