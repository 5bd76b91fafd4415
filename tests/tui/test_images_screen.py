"""The pictures of an image race on the screens: galleries, portrait and object store, and the keys that select."""

from collections.abc import Collection
from typing import Any

import msgspec

from tests.fabricate import fabricated_race
from tests.fabricate_images import STAGES, result
from tests.tui.staged import HOST
from workloads import events as ev
from workloads.images.workload import IMAGES

CAPACITY = 2_000_000_000
PUT = 36_000_000


def image_race(tasks: int = 12, failures: Collection[int] = (), **more: Any) -> list[ev.AnyEvent]:
    """A fabricated race in turn whose tasks transform pictures; those in `failures` can't be used."""
    pictures = [None if task in failures else {"name": result(task)["name"]} for task in range(tasks)]
    answer = {"pictures": tasks - len(failures), "unusable": len(failures), "per_picture": pictures}
    params = {**IMAGES.complete({}), "tasks": tasks}
    told: list[ev.AnyEvent] = []
    for event in fabricated_race(
        tasks=tasks, seconds=tasks * 1.2, failures=failures, schedule="in-turn", reports=len(STAGES), **more
    ):
        if isinstance(event, ev.RaceOpened):
            event = msgspec.structs.replace(event, workload="images", params=params, seed=7, host=HOST)
        elif isinstance(event, ev.Progressed):
            event = msgspec.structs.replace(event, stage=list(STAGES)[event.done - 1])
        elif isinstance(event, ev.Finished):
            event = msgspec.structs.replace(event, result=result(event.task))
        elif isinstance(event, ev.Failed):
            message = f"IMG_{2041 + event.task}.jpg is cut short."
            event = msgspec.structs.replace(event, error="PictureError", message=message)
        elif isinstance(event, ev.RunEnded) and event.status != "cancelled":
            event = msgspec.structs.replace(event, answer=answer)
        elif isinstance(event, ev.Started) and event.lane == "ray":
            told += _stored(event)
        told.append(event)
    return told


def _stored(event: ev.Started) -> list[ev.AnyEvent]:
    """A picture is put into the object store as its task begins; four at most are there at a time."""
    return [
        ev.Stored(
            t=event.t, lane=event.lane, task=event.task, ref=f"{event.task:056x}", bytes=PUT, load_s=0.11, put_s=0.02
        ),
        ev.StoreFilled(t=event.t, lane=event.lane, used=PUT * min(event.task + 1, 4), capacity=CAPACITY),
    ]
