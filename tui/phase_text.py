"""The phases of a lane's start-up in words, on screen and in headless runs."""

from typing import TYPE_CHECKING

from workloads.core.errors import plain

if TYPE_CHECKING:
    from workloads.ledger.tables import Phase

NAMES = {
    "import": "import ray",
    "init": "start Ray",
    "init again": "start Ray again",
    "nodes": "start nodes",
    "workers": "warm workers",
    "modules": "load modules",
    "pictures": "generate images",
}


def name_of(phase: "Phase") -> str:
    """A word or two on what goes on in it."""
    return plain(NAMES.get(phase.name, phase.name), 40)


def counted(phase: "Phase") -> str:
    """Its name, and how much of it is over where that can be counted: `generate images 3/10`."""
    if not phase.total:
        return name_of(phase)
    return f"{name_of(phase)} {phase.done}/{phase.total}"
