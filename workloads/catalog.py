"""Finds a workload by its name; the command line and the app list what is here.

A workload of somebody else's is found as `module:NAME`, where NAME is a Workload of that module.
"""

import importlib

from workloads.errors import BadInput, plain
from workloads.images.workload import IMAGES
from workloads.pi import PI
from workloads.sleep import SLEEP
from workloads.task import Workload

WORKLOADS: tuple[Workload, ...] = (PI, IMAGES, SLEEP)


def find(name: str) -> Workload:
    """The workload called `name`; raises BadInput, naming those there are, if none is."""
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    module, colon, attribute = name.partition(":")
    if colon:
        return _load(module, attribute)
    known = ", ".join(w.name for w in WORKLOADS)
    raise BadInput(f"There is no workload “{plain(name, 60)}”; there are {known}.")


def _load(module: str, attribute: str) -> Workload:
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # importing somebody's module may raise anything
        why = f"{type(error).__name__}: {plain(error, 200)}"
        raise BadInput(f"The workload {plain(module, 60)}:{plain(attribute, 60)} can't be loaded: {why}") from error
    if not isinstance(found, Workload):
        raise BadInput(f"{plain(module, 60)}:{plain(attribute, 60)} is no Workload.")
    return found
