"""The events of one task, as a lane's ledger keeps them."""

import math
from collections.abc import Sequence

import msgspec
import pytest

from tests.fabricate import at
from tui.widgets.tasks.life import BLOCKED, life
from workloads.core import events as ev
from workloads.core.draining import Drain
from workloads.core.execution import Execution
from workloads.ledger.lane import Lane
from workloads.ledger.task_events import task_events
from workloads.ledger.task_figures import LaneTasks

SUBMITTED = ev.Submitted(t=at(1), task=0, ref="ab" * 28)
STARTED = ev.Started(t=at(2), task=0, worker=0)
LOST = ev.Retried(t=at(3), task=0, attempt=1, reason="SIGKILL")
AGAIN = (
    ev.Submitted(t=at(4), task=0, attempt=1, ref="cd" * 28),
    ev.Started(t=at(5), task=0, worker=1, attempt=1),
)
RETURNED = ev.Finished(
    t=at(6), task=0, worker=1, start=at(5), cpu_s=1, attempt=1, fetch_s=0.5, result_bytes=183
)


def lane(*events: ev.AnyEvent, drain: Drain = "wait") -> LaneTasks:
    """Ray's lane after these events, 10 s into its run."""
    made = Lane("ray")
    made.apply(ev.LaneReady(t=at(0), lane="ray", run=1, tasks=2, workers=2, startup_s=0))
    for worker in (0, 1):
        made.apply(ev.WorkerJoined(t=at(0), lane="ray", worker=worker, pid=4000, node="c0ffee00"))
    made.apply(ev.RunStarted(t=at(0), lane="ray", run=1, tasks=2, workers=2, drain=drain))
    for event in events:
        made.apply(event)
    return LaneTasks(made, {}, 10.0)


def told(of: LaneTasks, *printed: ev.Logged) -> list[tuple[float | None, str]]:
    """The events of task 0, None for an unknown time."""
    return [
        (None if math.isnan(event.at) else event.at, event.text)
        for event in task_events(of, 0, printed)
    ]


def test_every_attempt_stands_with_its_own_times():
    of = lane(SUBMITTED, STARTED, LOST, *AGAIN, RETURNED)
    node = of.node_text(0)
    assert told(of) == [
        (1.0, "attempt 1 submitted"),
        (2.0, f"attempt 1 started on w0, node {node}"),
        (3.0, "attempt 1 lost: SIGKILL"),
        (4.0, "attempt 2 submitted"),
        (5.0, f"attempt 2 started on w1, node {node}"),
        (6.0, "returned"),
        (6.5, "fetched by the lane, 183 B"),
    ]
    assert [attempt.ref[:2] for attempt in of.tasks.attempts(0)] == ["ab", "cd"]


def test_a_task_that_waits_to_run_again_is_not_submitted_twice():
    of = lane(SUBMITTED, STARTED, LOST)
    assert [text for _, text in told(of)][-1] == "attempt 1 lost: SIGKILL"
    last = of.tasks.attempts(0)[1]
    assert math.isnan(last.submitted)
    assert (last.worker, last.ref) == (-1, "")


def test_what_was_printed_and_what_a_person_did_stand_among_the_events():
    killed = ev.Intervened(t=at(2.75), action="kill-worker", worker=0)
    other = ev.Intervened(t=at(5.5), action="kill-worker", worker=0)
    refused = ev.Intervened(t=at(5.75), action="cancel-task", task=0, refused="it has ended")
    of = lane(SUBMITTED, STARTED, killed, LOST, *AGAIN, other, refused, RETURNED)
    texts = told(of, ev.Logged(t=at(2.5), lane="ray", text="half", task=0))
    assert (2.5, "printed half") in texts
    assert (2.75, "its worker w0 killed by hand") in texts
    assert (5.75, "cancelled by hand, which was refused: it has ended") in texts
    assert [at for at, text in texts if "by hand" in text] == [2.75, 5.75]
    assert [at for at, _ in texts] == sorted(at for at, _ in texts if at is not None)


def test_an_error_and_a_fetch_that_no_event_dated():
    failed = ev.Failed(
        t=at(3), task=0, error="ValueError", message="no\x1b[31m", worker=0, start=at(2)
    )
    assert told(lane(SUBMITTED, STARTED, failed))[-2:] == [
        (3.0, "raised ValueError: no[31m"),
        (None, "fetched by the lane"),
    ]


@pytest.mark.parametrize(
    ("drain", "waiting", "ready"),
    [
        ("wait", "9.00 s for its inputs and a free worker", "`ray.wait` waits for it."),
        ("get", BLOCKED, "One `ray.get` of all refs waits for it."),
        (
            "get-each",
            "9.00 s for its inputs and a free worker",
            "`ray.get` waits for it before the next task is submitted.",
        ),
    ],
)
def test_the_life_of_an_objectref_says_how_the_driver_waits(drain: Drain, waiting: str, ready: str):
    stages: Sequence[str] = [stage.text for stage in life(lane(SUBMITTED, drain=drain), 0)]
    assert stages[1] == waiting
    assert stages[3] == ready


PUT = ev.Stored(
    t=at(0.5), task=0, ref="ef" * 28, bytes=64_000_000, load_s=0, put_s=0.03, readers=[(0, 1)]
)


def test_what_was_put_for_all_tasks_stands_at_each_of_them():
    of = lane(PUT)
    text = "input of 64 MB put into the object store, once for 2 tasks"
    for task in (0, 1):
        assert [event.text for event in task_events(of, task)] == [text]
    assert of.lane.stored.of(1) == [PUT]
    assert of.lane.store.puts == 1


@pytest.mark.parametrize("readers", [[(0, 2)], [(1, 0)], [(-1, 1)]])
def test_readers_that_there_are_not_have_nothing_put_for_them(readers: list[tuple[int, int]]):
    assert lane(msgspec.structs.replace(PUT, readers=readers)).lane.store.puts == 0


def test_what_was_pickled_with_a_call_stands_there_and_is_added_up():
    sent = ev.Submitted(t=at(1), task=0, sent_bytes=64_000_000, pickle_s=0.02)
    of = lane(sent, msgspec.structs.replace(sent, t=at(2), attempt=1))
    assert (2.0, "pickled with its arguments: 64 MB") in told(of)
    assert (of.lane.sent.calls, of.lane.sent.bytes) == (2, 128_000_000)
    assert of.lane.sent.pickle_s == pytest.approx(0.04)
    assert lane(msgspec.structs.replace(sent, sent_bytes=-1)).lane.sent.calls == 0


def test_an_objectref_of_a_batch_is_shared_until_a_task_is_tried_again():
    of = lane(SUBMITTED, STARTED)
    of.lane.execution = Execution(batch=4)
    assert life(of, 0)[0].text.endswith("Up to 4 tasks travel in one call and share its ObjectRef.")
    of = lane(SUBMITTED, STARTED, LOST, *AGAIN)
    of.lane.execution = Execution(batch=4)
    assert "share" not in life(of, 0)[0].text
