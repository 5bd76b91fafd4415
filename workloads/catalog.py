"""Finds a workload by its name; the command line and the app list what is here."""

from workloads.errors import BadInput, plain
from workloads.pi import PI
from workloads.sleep import SLEEP
from workloads.task import Workload

WORKLOADS: tuple[Workload, ...] = (PI, SLEEP)


def find(name: str) -> Workload:
    """The workload called `name`; raises BadInput, naming those there are, if none is."""
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    known = ", ".join(w.name for w in WORKLOADS)
    raise BadInput(f"There is no workload “{plain(name, 60)}”; there are {known}.")
