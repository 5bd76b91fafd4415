"""Actors: objects whose state is kept between the tasks that call them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """An object that tasks call: `make()` creates it, without state.

    An engine keeps one object for each name in a run, on one worker, which carries out its calls
    one after the other in the order of their tasks. An object that dies with its worker is created
    again: its state is lost. None outlives its run.
    """

    name: str
    make: Callable[[], Any]
