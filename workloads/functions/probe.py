"""Describes somebody else's function or workload without its code in the app: a process loads it.

The app asks (`probe`); the process answers in JSON on a descriptor of its own, as the code that it
loads may print.
"""

import contextlib
import fcntl
import inspect
import math
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec

from workloads.core.errors import BadInput, RaytasksError, plain, shortage
from workloads.core.task import EstimatedNumber, Parameter, Params, Value, Workload
from workloads.functions import finding, inputs
from workloads.functions import workload as function
from workloads.machine.places import settle

WITHIN_S = 120.0
"""Loading PyTorch takes a few seconds, on a busy machine many."""

CHECKED = 10_000
"""So many inputs are held against the function's signature before a race."""


class Described(msgspec.Struct):
    """The probing process's report: `error` if it can't be raced, else a function's first line of
    documentation as `help`, or a Workload's own words, parameters and presets.

    It holds none of our dataclasses: what msgspec notes on those that it decodes can't be pickled,
    and Ray's workers get them by value.
    """

    error: str = ""
    help: str = ""
    title: str = ""
    parameters: list[dict[str, Any]] | None = None
    presets: dict[str, dict[str, Value]] = {}
    waits: bool = False
    size: str | None = None
    estimate: tuple[str, float] | None = None
    picture: str = ""
    has_cost: bool = False


def probe(
    name: str, reference: str, sealed: str | None = None, within_s: float = WITHIN_S
) -> Workload:
    """The description of what `reference` (`module:NAME`) is, under that name; with a function's
    sealed inputs, the first of them are held against its signature. Raises BadInput if it can't be
    raced.
    """
    where, _, attribute = reference.rpartition(":")
    named = where and all(part.isidentifier() for part in attribute.split("."))
    if not named and not where.endswith(finding.BY_VALUE):
        raise BadInput(
            f"“{plain(name, 80)}” doesn't name a function. Expected module:function or "
            "file.py:function."
        )
    answered = _answer(reference, sealed, within_s)
    try:
        description = msgspec.json.decode(answered, type=Described)
    except msgspec.DecodeError:
        raise BadInput(
            f"The process that loaded {plain(where, 120)} ended: importing the module terminates "
            "Python."
        ) from None
    if description.error:
        raise BadInput(description.error)
    if description.parameters is None:
        count = msgspec.json.decode(sealed, type=inputs.Sealed).calls if sealed else inputs.MOST
        return replace(function.described(reference, count, description.help), name=name)
    return _workload(name, description)


_running: "dict[subprocess.Popen[bytes], threading.Event]" = {}
"""The processes that are asked now, in whatever thread, and whether their answer is still
wanted.
"""


def abandon() -> None:
    """End every process that is asked now; `probe` raises BadInput in the threads that wait. From
    any thread.
    """
    for process, abandoned in list(_running.items()):
        abandoned.set()
        _kill(process)


def _answer(reference: str, sealed: str | None, within_s: float) -> bytes:
    called = plain(reference, 120)
    descriptors: list[int] = []
    try:
        descriptors += os.pipe()
        descriptors += os.pipe()
        read, write, leash, held = descriptors
        command = [
            sys.executable,
            "-P",
            "-m",
            "workloads.functions.probe",
            str(write),
            str(leash),
            reference,
        ]
        process = subprocess.Popen(
            [*command, *([sealed] if sealed else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(write, leash),
            start_new_session=True,
        )
    except OSError as error:
        for descriptor in descriptors:
            os.close(descriptor)
        raise BadInput(
            f"{called} can't be inspected: {shortage(error) or error.strerror}."
        ) from None
    os.close(write)
    os.close(leash)
    abandoned = _running[process] = threading.Event()
    try:
        answered = _read(read, time.monotonic() + within_s)
    finally:
        _kill(process)  # also if somebody's module started threads or processes that go on
        process.wait()
        del _running[process]
        os.close(read)
        os.close(held)
    if abandoned.is_set():
        raise BadInput(f"Loading {called} was cancelled.")
    if answered is None:
        raise BadInput(f"Loading {called} took more than {within_s:.0f} s.")
    return answered


def _read(descriptor: int, deadline: float) -> bytes | None:
    """Read everything before the pipe's end; None if that isn't reached before the deadline
    (monotonic seconds).
    """
    answered = b""
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        data = os.read(descriptor, 1 << 16)
        if not data:
            return answered
        answered += data
    return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _workload(name: str, description: Described) -> Workload:
    def elsewhere(*given: object) -> Any:
        raise RaytasksError(f"{plain(name, 80)} runs only in lanes.")

    parameters = tuple(
        Parameter(
            **{
                **p,
                "maximum": math.inf if p["maximum"] is None else p["maximum"],
                "choices": tuple(p["choices"]),
            }
        )
        for p in description.parameters or ()
    )
    presets = {
        key: (lambda values=values: dict(values)) for key, values in description.presets.items()
    }
    cost = None
    if description.has_cost:
        cost = elsewhere
    return Workload(
        name,
        description.title,
        description.help,
        parameters,
        elsewhere,
        elsewhere,
        presets,
        waits=description.waits,
        size=description.size,
        estimate=description.estimate and EstimatedNumber(*description.estimate),
        picture=description.picture,
        cost=cost,
    )


# -- in the process --------------------------------------------------------------------------------


def look(reference: str, sealed: str | None) -> Described:
    """Load it and say what it is."""
    try:
        target = finding.load_named(reference)
        if isinstance(target, Workload):
            return _of_workload(target)
        wrong = _first_misfit(target, reference.rpartition(":")[2], sealed) if sealed else ""
    except RaytasksError as error:
        return Described(error=str(error))
    return Described(
        error=wrong, help=plain((inspect.getdoc(target) or "").partition("\n")[0], 200)
    )


def _first_misfit(target: Any, name: str, sealed: str) -> str:
    for call in islice(inputs.calls(sealed), CHECKED):
        if wrong := finding.mismatch(target, name, call):
            return f"{wrong} ({inputs.place(sealed, call)})."
    return ""


def _of_workload(workload: Workload) -> Described:
    try:
        estimate = None
        if workload.estimate is not None:
            estimate = (workload.estimate.key, workload.estimate.exact)
        described = Described(
            title=plain(workload.title, 80),
            help=plain(workload.help, 300),
            parameters=[
                {
                    "name": p.name,
                    "default": p.default,
                    "help": plain(p.help, 200),
                    "minimum": p.minimum,
                    "maximum": None if math.isinf(p.maximum) else p.maximum,
                    "choices": list(p.choices),
                    "unit": p.unit,
                }
                for p in workload.parameters
            ],
            presets={
                name: _checked(workload, preset()) for name, preset in workload.presets.items()
            },
            waits=workload.waits,
            size=workload.size,
            estimate=estimate,
            picture=workload.picture,
            has_cost=workload.cost is not None,
        )
        check_parameters(workload)
        if workload.size is not None:
            workload.parameter(workload.size)
        msgspec.json.decode(msgspec.json.encode(described), type=Described)
    except BadInput as error:
        return Described(
            error=f"The workload {plain(workload.name, 60)} can't be raced: {plain(error, 200)}"
        )
    except Exception as error:  # somebody's own code, or fields of wrong types
        return Described(
            error=f"The workload {plain(workload.name, 60)} can't be described: {plain(error, 200)}"
        )
    return described


def _checked(workload: Workload, preset: Params) -> dict[str, Value]:
    """The values that a preset sets, within their limits; raises BadInput. The others keep what
    they have.
    """
    values = workload.complete(preset)
    return {name: values[name] for name in preset}


NAME = re.compile(r"[^\W\d][\w.-]{0,39}")
"""Pattern of a parameter's name: it is typed as an option and stands before its field in the
settings.
"""


def check_parameters(workload: Workload) -> None:
    """Raise BadInput for the first parameter that can't be typed: by its name, or as its default
    has no kind.
    """
    seen = set()
    for parameter in workload.parameters:
        name = parameter.name
        which = f"its parameter “{plain(name, 60)}”"
        if not NAME.fullmatch(name):
            raise BadInput(
                f"{which} must consist of letters, digits, “_”, “-” and “.”, and start with a "
                "letter."
            )
        if name in seen:
            raise BadInput(f"{which} appears twice.")
        seen.add(name)
        if isinstance(parameter.default, bool) or (
            isinstance(parameter.default, str) and not parameter.choices
        ):
            raise BadInput(f"{which} needs a number as its default, or choices.")
        parameter.check(parameter.default)


def _tie(leash: int) -> None:
    """Have this process and its group end with whoever holds the other end of that pipe, however
    that ends.

    The kernel does it where it can (Linux): a module can loop in C without giving up the
    interpreter's lock. Where it can't, a thread does.
    """
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(leash, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(leash, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(leash, fcntl.F_SETFL, fcntl.fcntl(leash, fcntl.F_GETFL) | os.O_ASYNC)


def _end_with(leash: int) -> None:
    os.read(leash, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """The process: `python -m workloads.functions.probe DESCRIPTOR LEASH MODULE:NAME [INPUTS]`; it
    ends without any clean-up.
    """
    descriptor, leash, reference, *sealed = sys.argv[1:]
    _tie(os.dup(int(leash)))
    os.close(int(leash))
    channel = os.dup(int(descriptor))  # not inherited by what the module starts
    os.close(int(descriptor))
    sys.path.append(settle())
    answer = msgspec.json.encode(look(reference, sealed[0] if sealed else None))
    while answer:
        answer = answer[os.write(channel, answer) :]
    os._exit(0)  # threads that the module left would keep Python from ending


if __name__ == "__main__":
    main()
