"""The filter of the table of tasks: words that each listed task must suit.

A word is one of these; whatever is none of them is text that the task's result or exception must
contain:

    lane:ray, lane:r         the lane, by its letter or the beginning of its name
    failed, state:failed     a state; its first letters are enough
    retried                  the second attempt or a later one
    w3, worker:3             the worker of the last attempt
    node:0, node:c0ff        the node, by its number in the lane or the beginning of its id
    ref:00ffb2               the beginning of the id of its ObjectRef
    17, 10-20, task:10-20    numbers of tasks
    attempt:2, attempt>1     the attempt, counted from 1
    ran>0.5s, queued<=20ms   how long it ran; the time from its submission to its start
    fetched>1ms              the time from its end until the lane had its result
    cpu<90%                  the CPU time as a share of the time that it ran
    size>100kB               the size of its result
    "no such file"           text with blanks, or text that would have another meaning

Case doesn't matter. All is computed over the ledger's columns, so that 100,000 tasks take
milliseconds.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workloads.core.engine_info import engine_info
from workloads.core.errors import plain
from workloads.ledger import task_figures as figures
from workloads.ledger.outcomes import exception_line
from workloads.ledger.tables import REF, State
from workloads.ledger.task_figures import LaneTasks

Mask = NDArray[np.bool_]
Term = Callable[[LaneTasks], Mask]

RETRIED = "retried"
MIN_LETTERS = 3
"""Letters of a state's name that are enough to choose it."""

STATES = {state.name.lower(): state for state in State}

MOST_LETTERS = 500
"""Letters of a filter that are read; nobody types more, but one can paste more."""

TOO_LONG = f"Only the first {MOST_LETTERS} characters of the filter are read."

# A quote within a word, as JSON has them, is a part of its text.
_TOKEN = re.compile(r'"([^"]*)(?:"(?=\s|$)|$)|(\S+)')
_WORKER = re.compile(r"w(\d{1,9})")
# With a dash as the screen writes ranges.
_NUMBERS = re.compile(r"(\d{1,9})(?:(?:-|–|:|\.\.)(\d{1,9}))?")
_KEYED = re.compile(r"(lane|state|worker|task|node|ref):(.*)")
_COMPARED = re.compile(r"(ran|queued|waited|fetched|cpu|attempt|size)(>=|<=|>|<|=|:)(.*)")
_RAN = re.compile(r"ran[<>=:]")
_QUANTITY = re.compile(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(\D*)")
_HEX = re.compile(r"[0-9a-f]+")

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
}

SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "min": 60.0, "m": 60.0, "h": 3600}
SHARES = {"": 0.01, "%": 0.01}
COUNTS = {"": 1.0}
BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2**10, "mib": 2**20}


class Filter(NamedTuple):
    """The terms that a task must suit, and what is wrong with the others, a sentence each.

    `moves` is True where running tasks can come to suit it without an event.
    """

    terms: tuple[Term, ...] = ()
    errors: tuple[str, ...] = ()
    moves: bool = False

    def matching(self, of: LaneTasks) -> Mask:
        """True for each task of the lane that suits all terms."""
        suits = np.ones(of.tasks.count, bool)
        for term in self.terms:
            suits &= term(of)
        return suits


class FilterError(ValueError):
    """A word of a filter that says nothing; its text is a sentence that names the word."""


@lru_cache(maxsize=64)
def parse_filter(words: str, lanes: tuple[str, ...] = ()) -> Filter:
    """The filter that `words` describe, for tasks of the lanes of these names; a word that says
    nothing is left out, with a sentence.
    """
    terms, errors, moves = [], [], False
    for quoted, word in _TOKEN.findall(words[:MOST_LETTERS]):
        try:
            terms.append(_term(word, lanes) if word else partial(_contains, quoted.lower()))
        except FilterError as error:
            errors.append(str(error))
        moves = moves or bool(_RAN.match(word.lower()))
    if len(words) > MOST_LETTERS:
        errors.append(TOO_LONG)
    return Filter(tuple(terms), tuple(errors), moves)


def _term(typed: str, lanes: tuple[str, ...]) -> Term:
    word = typed.lower()
    if word == RETRIED:
        return _retried
    if word in STATES:
        return partial(_in_states, (STATES[word],))
    if worker := _WORKER.fullmatch(word):
        return partial(_on_worker, int(worker[1]))
    if numbers := _NUMBERS.fullmatch(word):
        return _numbered(numbers)
    if keyed := _KEYED.fullmatch(word):
        if keyed[1] == "lane":
            return _of_lane(typed, keyed[2], lanes)
        return _KEYS[keyed[1]](typed, keyed[2])
    if compared := _COMPARED.fullmatch(word):
        return _compared(typed, *compared.groups())
    return partial(_in_state_or_contains, word)


def _of_lane(typed: str, value: str, lanes: tuple[str, ...]) -> Term:
    chosen = [lane for lane in lanes if value and _is_named(lane, value)]
    if not chosen:
        names = ", ".join(plain(lane, 40) for lane in lanes) or "none"
        raise FilterError(f"“{plain(typed)}”: the lanes are {names}.")
    return partial(_on_lanes, frozenset(chosen))


def _is_named(lane: str, value: str) -> bool:
    """True if a lane is meant by a letter or the beginning of a name, in lower case."""
    return lane.lower().startswith(value) or engine_info(lane).letter.lower() == value


def _of_state(typed: str, value: str) -> Term:
    states = _states(value)
    if not states:
        raise FilterError(f"“{plain(typed)}”: the states are {', '.join(STATES)}.")
    return partial(_in_states, states)


def _of_worker(typed: str, value: str) -> Term:
    worker = _WORKER.fullmatch(f"w{value.removeprefix('w')}")
    if worker is None:
        raise FilterError(f"“{plain(typed)}”: a worker is a number, such as worker:3.")
    return partial(_on_worker, int(worker[1]))


def _of_number(typed: str, value: str) -> Term:
    numbers = _NUMBERS.fullmatch(value)
    if numbers is None:
        raise FilterError(f"“{plain(typed)}”: tasks are numbers, such as task:17 or task:10-20.")
    return _numbered(numbers)


def _of_node(typed: str, value: str) -> Term:
    if not value:
        raise FilterError(
            f"“{plain(typed)}”: a node is a number or the start of its id, such as node:0."
        )
    return partial(_on_node, value)


def _of_ref(typed: str, value: str) -> Term:
    if not _HEX.fullmatch(value):
        raise FilterError(
            f"“{plain(typed)}”: an ObjectRef is hexadecimal digits, such as ref:00ffb2."
        )
    return partial(_has_ref, value)


_KEYS = {
    "state": _of_state,
    "worker": _of_worker,
    "task": _of_number,
    "node": _of_node,
    "ref": _of_ref,
}


def _compared(typed: str, key: str, sign: str, value: str) -> Term:
    quantity, found = QUANTITIES[key], _QUANTITY.fullmatch(value)
    if found is None or found[2] not in quantity.units:
        raise FilterError(f"“{plain(typed)}”: {key} is compared with {quantity.example}.")
    bound = float(found[1]) * quantity.units[found[2]]
    return partial(_compares, quantity.of, _OPERATORS[sign], bound)


def _states(letters: str) -> tuple[State, ...]:
    """The states whose names start with these letters, as while they are being typed."""
    return tuple(state for name, state in STATES.items() if letters and name.startswith(letters))


# -- terms -----------------------------------------------------------------------------------------


def _retried(of: LaneTasks) -> Mask:
    return np.asarray(of.tasks.attempt > 0)


def _on_lanes(names: frozenset[str], of: LaneTasks) -> Mask:
    return np.full(of.tasks.count, of.lane.name in names)


def _in_states(states: tuple[State, ...], of: LaneTasks) -> Mask:
    return np.isin(of.tasks.state, states)


def _on_worker(worker: int, of: LaneTasks) -> Mask:
    return np.asarray(of.tasks.worker == worker)


def _on_node(letters: str, of: LaneTasks) -> Mask:
    numbers = {str(row.number): row.id for row in of.lane.nodes.rows.values()}
    workers = [
        row.worker
        for row in of.lane.rows.values()
        if row.node and (row.node == numbers.get(letters) or row.node.lower().startswith(letters))
    ]
    return np.isin(of.tasks.worker, workers)


def _has_ref(digits: str, of: LaneTasks) -> Mask:
    refs = of.tasks.ref.view(np.uint8).reshape(of.tasks.count, REF.itemsize)
    suits = np.asarray(refs.any(axis=1))
    for at, digit in enumerate(digits):
        byte, shift = at // 2, 4 * (1 - at % 2)
        if byte >= REF.itemsize:
            return np.zeros(of.tasks.count, bool)
        suits &= np.asarray((refs[:, byte] >> shift) & 15 == int(digit, 16))
    return np.asarray(suits)


def _numbered(numbers: re.Match[str]) -> Term:
    first = int(numbers[1])
    return partial(_within, first, int(numbers[2] or first))


def _within(first: int, last: int, of: LaneTasks) -> Mask:
    suits = np.zeros(of.tasks.count, bool)
    suits[first : last + 1] = True
    return suits


def _compares(
    figure: Callable[[LaneTasks], figures.Figures],
    compare: Callable[[Any, Any], Any],
    bound: float,
    of: LaneTasks,
) -> Mask:
    """A task without that figure suits none."""
    return np.asarray(compare(figure(of), bound), bool)


def _contains(text: str, of: LaneTasks) -> Mask:
    suits = np.zeros(of.tasks.count, bool)
    for task, outcome in of.outcomes.items():
        if task < len(suits) and text in outcome.lower():
            suits[task] = True
    for task, error in of.lane.errors.items():
        if task not in of.outcomes and text in exception_line(error).lower():
            suits[task] = True
    return suits


def _in_state_or_contains(word: str, of: LaneTasks) -> Mask:
    suits = _contains(word, of)
    if len(word) >= MIN_LETTERS:
        suits |= _in_states(_states(word), of)
    return suits


# -- what is compared ------------------------------------------------------------------------------


class Quantity(NamedTuple):
    """A figure to compare: of each task (NaN without it), the factors of the units in which a bound
    is typed, and what to type, as an example.
    """

    of: Callable[[LaneTasks], figures.Figures]
    units: Mapping[str, float]
    example: str


TIME = "a time such as 0.5s or 20ms"

QUANTITIES = {
    "ran": Quantity(figures.ran_s, SECONDS, TIME),
    "queued": Quantity(figures.queued_s, SECONDS, TIME),
    "waited": Quantity(figures.queued_s, SECONDS, TIME),
    "fetched": Quantity(figures.fetched_s, SECONDS, TIME),
    "cpu": Quantity(figures.cpu_share, SHARES, "a percentage such as 90%"),
    "attempt": Quantity(figures.attempts, COUNTS, "a number such as 2"),
    "size": Quantity(figures.result_bytes, BYTES, "a size such as 100kB or 2MB"),
}
