"""Describes somebody else's function or workload without its code in the app: `python -m workloads.probe` loads it.

The app asks (`probe`); the process answers in JSON on a descriptor of its own, as the code that it loads may print.
"""

import contextlib
import inspect
import math
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec

from workloads import finding, function, inputs
from workloads.errors import BadInput, RaytasksError, plain
from workloads.task import Parameter, Value, Workload

WITHIN_S = 120.0
"""Loading PyTorch takes a few seconds, on a busy machine many."""

CHECKED = 10_000
"""So many inputs are held against the function's signature before a race."""


class Described(msgspec.Struct):
    """What the process found: `error` if it can't be raced, else a function's first line of documentation as `help`,
    or a Workload's own words, parameters and presets.
    """

    error: str = ""
    help: str = ""
    title: str = ""
    parameters: list[dict[str, Any]] | None = None
    presets: dict[str, dict[str, Value]] = {}


def probe(name: str, reference: str, sealed: str | None = None, within_s: float = WITHIN_S) -> Workload:
    """The description of what `reference` (`module:NAME`) is, under that name; with a function's sealed inputs, the
    first of them are held against its signature. Raises BadInput if it can't be raced.
    """
    where, _, attribute = reference.rpartition(":")
    named = where and all(part.isidentifier() for part in attribute.split("."))
    if not named and not where.endswith(finding.BY_VALUE):
        raise BadInput(f"“{plain(name, 80)}” names no function: give module:function or file.py:function.")
    answered = _answer(reference, sealed, within_s)
    try:
        told = msgspec.json.decode(answered, type=Described)
    except msgspec.DecodeError:
        raise BadInput(
            f"The process that loaded {plain(where, 120)} ended; what that module does ends Python."
        ) from None
    if told.error:
        raise BadInput(told.error)
    if told.parameters is None:
        count = msgspec.json.decode(sealed, type=inputs.Sealed).calls if sealed else inputs.MOST
        return replace(function.described(reference, count, told.help), name=name)
    return _workload(name, told)


def _answer(reference: str, sealed: str | None, within_s: float) -> bytes:
    read, write = os.pipe()
    command = [sys.executable, "-P", "-m", "workloads.probe", str(write), reference, *([sealed] if sealed else [])]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(write,), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        os.close(read)
        raise BadInput(f"{plain(reference, 120)} can't be looked at: {error.strerror}.") from None
    finally:
        os.close(write)
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(within_s, end)
    timer.start()
    try:
        with open(read, "rb") as answer:
            answered = answer.read()
    finally:
        timer.cancel()
        _kill(process)  # also if somebody's module started threads or processes that go on
        process.wait()
    if late.is_set():
        raise BadInput(f"Loading {plain(reference, 120)} took more than {within_s:.0f} s.")
    return answered


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _workload(name: str, told: Described) -> Workload:
    def elsewhere(*given: object) -> Any:
        raise RaytasksError(f"{plain(name, 80)} runs in lanes only.")

    parameters = tuple(
        Parameter(
            **{**p, "maximum": math.inf if p["maximum"] is None else p["maximum"], "choices": tuple(p["choices"])}
        )
        for p in told.parameters or ()
    )
    presets = {key: (lambda values=values: dict(values)) for key, values in told.presets.items()}
    return Workload(name, told.title, told.help, parameters, elsewhere, elsewhere, presets)


# -- in the process ------------------------------------------------------------------------------------


def look(reference: str, sealed: str | None) -> Described:
    """Load it and say what it is."""
    try:
        target = finding.found(reference)
        if isinstance(target, Workload):
            return _of_workload(target)
        wrong = _first_misfit(target, reference.rpartition(":")[2], sealed) if sealed else ""
    except RaytasksError as error:
        return Described(error=str(error))
    return Described(error=wrong, help=plain((inspect.getdoc(target) or "").partition("\n")[0], 200))


def _first_misfit(target: Any, name: str, sealed: str) -> str:
    for call in islice(inputs.calls(sealed), CHECKED):
        if wrong := finding.mismatch(target, name, call):
            return f"{wrong} ({inputs.place(sealed, call)})."
    return ""


def _of_workload(found: Workload) -> Described:
    try:
        described = Described(
            title=plain(found.title, 80), help=plain(found.help, 300),
            parameters=[
                {
                    "name": p.name, "default": p.default, "help": plain(p.help, 200), "minimum": p.minimum,
                    "maximum": None if math.isinf(p.maximum) else p.maximum, "choices": list(p.choices), "unit": p.unit,
                }
                for p in found.parameters
            ],
            presets={name: dict(preset()) for name, preset in found.presets.items()},
        )  # fmt: skip
        msgspec.json.decode(msgspec.json.encode(described), type=Described)
    except Exception as error:  # somebody's own code, or fields of wrong types
        return Described(error=f"The workload {plain(found.name, 60)} can't be described: {plain(error, 200)}")
    return described


def main() -> None:
    """The process: `python -m workloads.probe DESCRIPTOR MODULE:NAME [INPUTS]`; it ends without any clean-up."""
    descriptor, reference, *sealed = sys.argv[1:]
    channel = os.dup(int(descriptor))  # not inherited by what the module starts
    os.close(int(descriptor))
    sys.path.append(os.getcwd())
    answer = msgspec.json.encode(look(reference, sealed[0] if sealed else None))
    while answer:
        answer = answer[os.write(channel, answer) :]
    os._exit(0)  # threads that the module left would keep Python from ending


if __name__ == "__main__":
    main()
