"""The files that a race is asked to write, and the check that none of them is another one of them
or a file that the race reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tui.outputs.places import is_same, is_stdout, partial_of
from workloads.core.errors import BadInput, plain
from workloads.lanes.coordinator import Plan


@dataclass(frozen=True)
class Outputs:
    """Where a race writes: its figures to `json`, its events to `record`, its tasks' results to
    `out`. `-` is standard output.
    """

    json: Path | None = None
    record: Path | None = None
    out: Path | None = None

    def check(self, plan: Plan) -> None:
        """Raises BadInput if two of them would end in the same place, or one in place of a file
        that the race reads.
        """
        named = (("--out", self.out), ("--json", self.json), ("--record", self.record))
        written = [(option, path) for option, path in named if path]
        for (option, path), (other, same) in combinations(written, 2):
            if is_same(path, same):
                raise BadInput(
                    f"{option} and {other} can't both write to {plain(path)}; choose another "
                    "place for one."
                )
            for one, first, second in ((option, path, same), (other, same, path)):
                if _is_partial(one, first, second):
                    raise BadInput(
                        f"{option} and {other} would use the same file, {plain(second)}; choose "
                        "another name."
                    )
        for option, path in written:
            for read in _files_read(plan):
                if is_same(path, read):
                    _refuse(option, path)
                if _is_partial(option, path, read):
                    _refuse(option, partial_of(path))


def _refuse(option: str, path: Path) -> None:
    raise BadInput(
        f"{option} would overwrite {plain(path)}, which the race reads; choose another file."
    )


def _is_partial(option: str, path: Path, other: Path) -> bool:
    """True if `other` is the partial file of `path`, which `option` may write."""
    return (
        option != "--record"
        and bool(path.name)
        and not is_stdout(path)
        and is_same(partial_of(path), other)
    )


def _files_read(plan: Plan) -> Iterator[Path]:
    """The files that a race reads: what its inputs come from, and a function's own."""
    from workloads.functions import inputs

    where = plan.workload.rpartition(":")[0]
    if where.endswith(".py"):
        yield Path(where)
    for given in plan.inputs:
        try:
            yield from map(Path, inputs.files(given))
        except BadInput:  # the path of a picture
            yield Path(given)
