"""The commands that the app sends to a lane, as JSON, one a line; the lane answers with events."""

import msgspec

from workloads.core.draining import Drain
from workloads.core.execution import USUAL, Execution
from workloads.core.faults import NO_FAULTS, Faults
from workloads.core.placement import Strategy


class Prepare(msgspec.Struct, frozen=True, tag="prepare", tag_field="command", omit_defaults=True):
    """Make the workload's tasks and warm the workers; answered by LaneReady or LaneFailed.

    `workers` bounds how many tasks run at once (None: what the engine has); `num_cpus` and
    `resources` are what each task asks of Ray, which picks its node by `strategy`. `faults` are put
    into the tasks; `drain` is how their results are taken, `execution` how they are executed.
    """

    run: int
    workload: str
    params: dict[str, int | float | str]
    seed: int
    workers: int | None = None
    num_cpus: float = 1
    resources: dict[str, float] = {}
    inputs: list[str] = []
    faults: Faults = NO_FAULTS
    strategy: Strategy = "default"
    drain: Drain = "wait"
    execution: Execution = USUAL


class Go(msgspec.Struct, frozen=True, tag="go", tag_field="command", omit_defaults=True):
    """Start the prepared run at `at` (ns since the epoch; at once if that is past). If it takes
    turns with others (`alternates`), its events have the real times: see ledger.own_clock.
    """

    run: int
    at: int = 0
    alternates: bool = False


class Cancel(msgspec.Struct, frozen=True, tag="cancel", tag_field="command"):
    """End the current run, prepared or going; answered by RunEnded."""


class Hold(msgspec.Struct, frozen=True, tag="hold", tag_field="command"):
    """Hand out no more tasks of the current run, or (not `held`) resume; answered by Intervened."""

    held: bool


class CancelTask(msgspec.Struct, frozen=True, tag="cancel-task", tag_field="command"):
    """End one task of the current run; answered by Intervened, then by its Failed if it hasn't
    ended before.
    """

    task: int


class KillWorker(msgspec.Struct, frozen=True, tag="kill-worker", tag_field="command"):
    """Kill the process of the worker that joined with that `pid`, if it is still the same process;
    answered by Intervened.
    """

    pid: int


class Shutdown(msgspec.Struct, frozen=True, tag="shutdown", tag_field="command"):
    """Stop the engine and exit; the end of standard input means the same."""


Intervention = Hold | CancelTask | KillWorker
AnyCommand = Prepare | Go | Cancel | Intervention | Shutdown

_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


def decode_command(line: bytes) -> AnyCommand:
    """Decode the command that a line holds. Raises msgspec.DecodeError if it holds none."""
    try:
        return _commands.decode(line)
    except UnicodeDecodeError as error:  # msgspec lets this one through as it is
        raise msgspec.DecodeError(str(error)) from None
