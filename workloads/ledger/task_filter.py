"""The filter of the table of tasks: words that each listed task must suit.

A word is one of these; whatever is none of them is text that the task's result or exception must
contain:

    failed, state:failed     a state; its first letters are enough
    retried                  the second attempt or a later one
    w3, worker:3             the worker of the last attempt
    17, 10-20, task:10-20    numbers of tasks
    attempt:2, attempt>1     the attempt, counted from 1
    ran>0.5s, waited<=20ms   how long it ran; the time from its submission to its start
    cpu<90%                  the CPU time as a share of the time that it ran
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

from workloads.ledger.tables import State, TaskTable

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp] | slice
ALL = slice(None)

RETRIED = "retried"
MIN_LETTERS = 3
"""Letters of a state's name that are enough to choose it."""

STATES = {state.name.lower(): state for state in State}

MOST_LETTERS = 500
"""Letters of a filter that are read; nobody types more, but one can paste more."""

# A quote within a word, as JSON has them, is a part of its text.
_TOKEN = re.compile(r'"([^"]*)(?:"(?=\s|$)|$)|(\S+)')
_WORKER = re.compile(r"w(\d{1,9})")
# With a dash as the screen writes ranges.
_NUMBERS = re.compile(r"(\d{1,9})(?:(?:-|–|:|\.\.)(\d{1,9}))?")
_KEYED = re.compile(r"(state|worker|task):(.*)")
_COMPARED = re.compile(r"(ran|waited|cpu|attempt)(>=|<=|>|<|=|:)(.*)")
_RAN = re.compile(r"ran[<>=:]")
_QUANTITY = re.compile(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(\D*)")

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


class TaskTexts(NamedTuple):
    """What a filter reads of a lane: its table, the texts of results and exceptions by task, and
    the seconds since the run's zero.
    """

    tasks: TaskTable
    outcomes: Mapping[int, str]
    t: float


class Filter(NamedTuple):
    """The terms that a task must suit, and what is wrong with the others, a sentence each.

    `moves` is True where running tasks can come to suit it without an event.
    """

    terms: tuple[Callable[[TaskTexts], Mask], ...] = ()
    errors: tuple[str, ...] = ()
    moves: bool = False

    def matching(self, texts: TaskTexts) -> Mask:
        """True for each task that suits all terms."""
        suits = np.ones(texts.tasks.count, bool)
        for term in self.terms:
            suits &= term(texts)
        return suits


class FilterError(ValueError):
    """A word of a filter that says nothing; its text is a sentence that names the word."""


@lru_cache(maxsize=64)
def parse_filter(words: str) -> Filter:
    """The filter that `words` describe; a word that says nothing is left out, with a sentence."""
    terms, errors, moves = [], [], False
    for quoted, word in _TOKEN.findall(words[:MOST_LETTERS]):
        try:
            terms.append(_term(word) if word else partial(_contains, quoted.lower()))
        except FilterError as error:
            errors.append(str(error))
        moves = moves or bool(_RAN.match(word.lower()))
    return Filter(tuple(terms), tuple(errors), moves)


def _term(typed: str) -> Callable[[TaskTexts], Mask]:
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
        return _keyed(typed, keyed[1], keyed[2])
    if compared := _COMPARED.fullmatch(word):
        return _compared(typed, *compared.groups())
    return partial(_in_state_or_contains, word)


def _keyed(typed: str, key: str, value: str) -> Callable[[TaskTexts], Mask]:
    if key == "state":
        states = _states(value)
        if not states:
            raise FilterError(f"“{typed}”: the states are {', '.join(STATES)}.")
        return partial(_in_states, states)
    if key == "worker":
        worker = _WORKER.fullmatch(f"w{value.removeprefix('w')}")
        if worker is None:
            raise FilterError(f"“{typed}”: a worker is a number, such as worker:3.")
        return partial(_on_worker, int(worker[1]))
    numbers = _NUMBERS.fullmatch(value)
    if numbers is None:
        raise FilterError(f"“{typed}”: tasks are numbers, such as task:17 or task:10-20.")
    return _numbered(numbers)


def _compared(typed: str, key: str, sign: str, value: str) -> Callable[[TaskTexts], Mask]:
    quantity, found = QUANTITIES[key], _QUANTITY.fullmatch(value)
    if found is None or found[2] not in quantity.units:
        raise FilterError(f"“{typed}”: {key} is compared with {quantity.example}.")
    bound = float(found[1]) * quantity.units[found[2]]
    return partial(_compares, quantity.of, _OPERATORS[sign], bound)


def _states(letters: str) -> tuple[State, ...]:
    """The states whose names start with these letters, as while they are being typed."""
    return tuple(state for name, state in STATES.items() if letters and name.startswith(letters))


# -- terms -----------------------------------------------------------------------------------------


def _retried(texts: TaskTexts) -> Mask:
    return np.asarray(texts.tasks.attempt > 0)


def _in_states(states: tuple[State, ...], texts: TaskTexts) -> Mask:
    return np.isin(texts.tasks.state, states)


def _on_worker(worker: int, texts: TaskTexts) -> Mask:
    return np.asarray(texts.tasks.worker == worker)


def _numbered(numbers: re.Match[str]) -> Callable[[TaskTexts], Mask]:
    first = int(numbers[1])
    return partial(_within, first, int(numbers[2] or first))


def _within(first: int, last: int, texts: TaskTexts) -> Mask:
    suits = np.zeros(texts.tasks.count, bool)
    suits[first : last + 1] = True
    return suits


def _compares(
    figure: Callable[[TaskTexts], NDArray[np.float64]],
    compare: Callable[[Any, Any], Any],
    bound: float,
    texts: TaskTexts,
) -> Mask:
    """A task without that figure suits none."""
    return np.asarray(compare(figure(texts), bound), bool)


def _contains(text: str, texts: TaskTexts) -> Mask:
    suits = np.zeros(texts.tasks.count, bool)
    for task, outcome in texts.outcomes.items():
        if task < len(suits) and text in outcome.lower():
            suits[task] = True
    return suits


def _in_state_or_contains(word: str, texts: TaskTexts) -> Mask:
    suits = _contains(word, texts)
    if len(word) >= MIN_LETTERS:
        suits |= _in_states(_states(word), texts)
    return suits


# -- what is compared ------------------------------------------------------------------------------


def ran_s(tasks: TaskTable, t: float, of: Rows = ALL) -> NDArray[np.float64]:
    """Seconds that each of these tasks ran, or has run by `t`; NaN for those that haven't begun."""
    start, end = tasks.start[of], tasks.end[of]
    return np.asarray(np.where(np.isfinite(end), end, np.maximum(t, start)) - start)


def waited_s(tasks: TaskTable, of: Rows = ALL) -> NDArray[np.float64]:
    """Seconds from the submission of each of these tasks to its start; NaN without either."""
    return np.asarray(np.maximum(tasks.start[of] - tasks.submitted[of], 0))


def _cpu_share(texts: TaskTexts) -> NDArray[np.float64]:
    tasks = texts.tasks
    ended = tasks.state == State.FINISHED
    with np.errstate(divide="ignore", invalid="ignore"):
        share = tasks.cpu / ran_s(tasks, texts.t)
    return np.where(ended & np.isfinite(share), share, np.nan).astype(np.float64)


class Quantity(NamedTuple):
    """A figure to compare: of each task (NaN without it), the factors of the units in which a bound
    is typed, and what to type, as an example.
    """

    of: Callable[[TaskTexts], NDArray[np.float64]]
    units: Mapping[str, float]
    example: str


TIME = "a time such as 0.5s or 20ms"

QUANTITIES = {
    "ran": Quantity(lambda texts: ran_s(texts.tasks, texts.t), SECONDS, TIME),
    "waited": Quantity(lambda texts: waited_s(texts.tasks), SECONDS, TIME),
    "cpu": Quantity(_cpu_share, SHARES, "a percentage such as 90%"),
    "attempt": Quantity(
        lambda texts: texts.tasks.attempt.astype(np.float64) + 1, COUNTS, "a number such as 2"
    ),
}
