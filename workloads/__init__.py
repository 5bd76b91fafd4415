"""Everything that works without a screen. What is imported from here is the public interface.

`race` races a function from Python. A package that adds a workload needs `Workload`, `Task`,
`Parameter` and `Progress`. One that adds an engine describes it with `EngineInfo` and implements
`Engine`: `records` or `last_record` runs a task in a worker, `record_to_event` turns what comes
back, and how it was `Fetched`, into an event. `events` has the types of what happens in a race, and
`read_recording` gives those of a file. The modules below are internal: they change without notice.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workloads.core import events
    from workloads.core.engine_info import EngineInfo
    from workloads.core.errors import BadInput, EngineFailed, RaytasksError
    from workloads.core.task import (
        EstimatedNumber,
        Extra,
        Inputs,
        Large,
        Parameter,
        Progress,
        Shared,
        Task,
        Workload,
        opened,
    )
    from workloads.engines import (
        Demand,
        Emit,
        Engine,
        EngineOptions,
        ReadyWorkers,
        Stop,
        WarmUp,
    )
    from workloads.engines.measure import (
        Fetched,
        Record,
        last_record,
        record_to_event,
        records,
    )
    from workloads.ledger.recording import Recording
    from workloads.ledger.recording import scan as read_recording
    from workloads.racing import LaneResult, RaceResult, race

__all__ = [
    "BadInput",
    "Demand",
    "Emit",
    "Engine",
    "EngineFailed",
    "EngineInfo",
    "EngineOptions",
    "EstimatedNumber",
    "Extra",
    "Fetched",
    "Inputs",
    "LaneResult",
    "Large",
    "Parameter",
    "Progress",
    "RaceResult",
    "RaytasksError",
    "ReadyWorkers",
    "Record",
    "Recording",
    "Shared",
    "Stop",
    "Task",
    "WarmUp",
    "Workload",
    "events",
    "last_record",
    "opened",
    "race",
    "read_recording",
    "record_to_event",
    "records",
]

_PLACES = {
    "BadInput": "core.errors:BadInput",
    "Demand": "engines:Demand",
    "Emit": "engines:Emit",
    "Engine": "engines:Engine",
    "EngineFailed": "core.errors:EngineFailed",
    "EngineInfo": "core.engine_info:EngineInfo",
    "EngineOptions": "engines:EngineOptions",
    "EstimatedNumber": "core.task:EstimatedNumber",
    "Extra": "core.task:Extra",
    "Fetched": "engines.measure:Fetched",
    "Inputs": "core.task:Inputs",
    "LaneResult": "racing:LaneResult",
    "Large": "core.task:Large",
    "Parameter": "core.task:Parameter",
    "Progress": "core.task:Progress",
    "RaceResult": "racing:RaceResult",
    "RaytasksError": "core.errors:RaytasksError",
    "ReadyWorkers": "engines:ReadyWorkers",
    "Record": "engines.measure:Record",
    "Recording": "ledger.recording:Recording",
    "Shared": "core.task:Shared",
    "Stop": "engines:Stop",
    "Task": "core.task:Task",
    "WarmUp": "engines:WarmUp",
    "Workload": "core.task:Workload",
    "events": "core.events",
    "last_record": "engines.measure:last_record",
    "opened": "core.task:opened",
    "race": "racing:race",
    "read_recording": "ledger.recording:scan",
    "record_to_event": "engines.measure:record_to_event",
    "records": "engines.measure:records",
}


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: Ray's workers import this package, and need none of it.
    if name in _PLACES:
        from pkgutil import resolve_name

        return resolve_name(f"workloads.{_PLACES[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
