"""A process that a benchmark compares with, driven from outside: it reads lines of JSON from
standard input and answers each with the seconds that it took.
"""

import json
import subprocess
import sys
from typing import Any, Self


class Hosted:
    """The module run with these arguments; `with` ends it. What a `silent` one writes to standard
    error is dropped.
    """

    def __init__(self, module: str, *arguments: str, silent: bool = False) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr={True: subprocess.DEVNULL, False: None}[silent],
            text=True,
            start_new_session=True,
        )

    def ask(self, question: Any) -> float:
        """Seconds that it took. Raises SystemExit if the process has ended."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"The process of {self._module} ended; run it by hand to see why.")
        return float(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
