"""What is recorded of a task, whatever it raises; how many threads it computes with, in every lane
alike.
"""

import os
from collections.abc import Generator

import pytest

from workloads.core import events as ev
from workloads.core.errors import TaskInterrupted
from workloads.core.task import Comparison, Progress, Returned
from workloads.engines.measure import (
    BEGAN,
    RAISED,
    REPORTED,
    RETURNED,
    THREADS,
    Fetched,
    last_record,
    record_to_event,
    records,
    use_threads,
)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    "before", [{}, {"OMP_NUM_THREADS": "1"}, {"MKL_NUM_THREADS": "8"}, {"OMP_NUM_THREADS": "3"}]
)
def test_every_library_gets_as_many_threads(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str], threads: int
):
    monkeypatch.setattr(os, "environ", dict(before))
    use_threads(threads)
    assert os.environ == dict.fromkeys(THREADS, f"{threads}")


class Wordless(Exception):
    def __str__(self) -> str:
        raise SystemExit("no words")


class Nameless(
    Exception, metaclass=type("Meta", (type,), {"__name__": property(lambda kind: 1 / 0)})
):  # type: ignore[misc]
    pass


class NoTraceback(Exception):
    __traceback__ = property(lambda error: 1 / 0)  # type: ignore[assignment]


class Text(str):
    def __getitem__(self, key: object) -> str:
        raise ValueError("no part of me")


class OddText(Exception):
    def __str__(self) -> str:
        return Text("odd")


RAISED_BY_TASKS = [
    (GeneratorExit("done"), "GeneratorExit", "done"),
    (KeyboardInterrupt(), "KeyboardInterrupt", ""),
    (SystemExit(3), "SystemExit", "3"),
    (
        BaseExceptionGroup("two", [SystemExit(), ValueError()]),
        "BaseExceptionGroup",
        "two (2 sub-exceptions)",
    ),
    (Wordless(), "Wordless", "its __str__ raised SystemExit"),
    (Nameless(), "Nameless", ""),
    (NoTraceback(), "NoTraceback", ""),
    (OddText(), "OddText", "odd"),
    (ValueError("a\ud800"), "ValueError", r"a\ud800"),
    (type("L" * 500, (Exception,), {})(), "L" * 100, ""),
]


def test_how_the_last_record_of_a_task_came_stands_in_its_event():
    returned = record_to_event(3, 1, 0, (RETURNED, 10, 20, 1e-9, "x"), Fetched(1020, 7, True))
    assert isinstance(returned, ev.Finished)
    assert (returned.fetch_s, returned.result_bytes, returned.in_store) == (1e-6, 7, True)
    raised = record_to_event(3, 1, 0, (RAISED, 10, 20, 0.0, "E", "no", ""), Fetched(1020, 7))
    assert isinstance(raised, ev.Failed)
    assert raised.fetch_s == 1e-6


@pytest.mark.parametrize("at", [0, 19])
def test_what_never_left_the_lane_and_what_came_before_its_end_has_no_time_of_fetching(at: int):
    event = record_to_event(3, 1, 0, (RETURNED, 10, 20, 1e-9, "x"), Fetched(at))
    assert isinstance(event, ev.Finished)
    assert event.fetch_s == 0


@pytest.mark.parametrize("raised", RAISED_BY_TASKS, ids=lambda raised: raised[1][:20])
@pytest.mark.parametrize("generator", [False, True])
def test_whatever_a_task_raises_is_its_last_record(
    raised: tuple[BaseException, str, str], generator: bool
):
    error, name, message = raised

    def task() -> object:
        raise error

    def reports() -> Generator[Progress, None, object]:
        yield Progress(1, 2)
        raise error

    made = list(records(reports if generator else task, (), ()))
    assert [record[0] for record in made] == [BEGAN, *([REPORTED] if generator else []), RAISED]
    assert made[-1][4:6] == (name, message)
    assert isinstance(made[-1][6], str)


def test_a_plain_function_may_raise_stop_iteration_and_return_what_lies_about_its_class():
    class Liar:
        __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]

    def ends() -> object:
        return next(iter(()))

    assert list(records(ends, (), ()))[-1][4] == "StopIteration"
    assert list(records(Liar, (), ()))[-1][0] == RETURNED


def test_what_an_engine_raises_to_end_a_task_passes_through():
    def task() -> None:
        raise TaskInterrupted

    with pytest.raises(TaskInterrupted):
        list(records(task, (), (TaskInterrupted,)))


def test_records_that_are_given_up_end_the_task():
    ended = []

    def task() -> Generator[Progress, None, None]:
        try:
            yield Progress(1, 2)
        finally:
            ended.append(True)

    steps = records(task, (), ())
    assert [next(steps)[0], next(steps)[0]] == [BEGAN, REPORTED]
    steps.close()
    assert ended == [True]


def test_a_record_that_ray_sends_by_value_holds_no_class_of_this_package() -> None:
    record = last_record(lambda: Returned(lambda seconds: (1, Comparison("digest"))), ())
    assert type(record[5]) is tuple
    assert record[4:] == (1, ("digest", "", record[5][2]))
