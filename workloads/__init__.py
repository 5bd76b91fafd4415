"""Everything that works without a screen. What is imported from here is the public interface.

`race` races a function from Python. A package that adds a workload needs `Workload`, `Task`,
`Parameter` and `Progress`; `events` has the types of what happens in a race, and `read_recording`
gives those of a file. The modules below are internal: they change without notice.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workloads.core import events
    from workloads.core.engine_info import EngineInfo
    from workloads.core.errors import BadInput, RaytasksError
    from workloads.core.task import (
        Extra,
        Inputs,
        Large,
        Parameter,
        Progress,
        Task,
        Workload,
        opened,
    )
    from workloads.ledger.recording import Recording
    from workloads.ledger.recording import scan as read_recording
    from workloads.racing import LaneResult, RaceResult, race

__all__ = [
    "BadInput",
    "EngineInfo",
    "Extra",
    "Inputs",
    "LaneResult",
    "Large",
    "Parameter",
    "Progress",
    "RaceResult",
    "RaytasksError",
    "Recording",
    "Task",
    "Workload",
    "events",
    "opened",
    "race",
    "read_recording",
]

_PLACES = {
    "BadInput": "core.errors:BadInput",
    "EngineInfo": "core.engine_info:EngineInfo",
    "Extra": "core.task:Extra",
    "Inputs": "core.task:Inputs",
    "LaneResult": "racing:LaneResult",
    "Large": "core.task:Large",
    "Parameter": "core.task:Parameter",
    "Progress": "core.task:Progress",
    "RaceResult": "racing:RaceResult",
    "RaytasksError": "core.errors:RaytasksError",
    "Recording": "ledger.recording:Recording",
    "Task": "core.task:Task",
    "Workload": "core.task:Workload",
    "events": "core.events",
    "opened": "core.task:opened",
    "race": "racing:race",
    "read_recording": "ledger.recording:scan",
}


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: Ray's workers import this package, and need none of it.
    if name in _PLACES:
        from pkgutil import resolve_name

        return resolve_name(f"workloads.{_PLACES[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
