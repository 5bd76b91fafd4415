"""The argparse actions that store what is typed for a workload's parameters and for a sweep."""

import argparse
from typing import Any

from workloads.core.errors import BadInput
from workloads.core.task import Parameter


class StoreParameter(argparse.Action):
    """Stores a workload's parameter in the dict `parameters`: the program's own options may have
    the same names as parameters of other people's workloads.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        given: argparse.Namespace,
        values: Any,
        option: str | None = None,
    ) -> None:
        """Store the text under the parameter's name, which is `dest`."""
        given.parameters = {**getattr(given, "parameters", {}), self.dest: values}


class StoreSweep(StoreParameter):
    """Stores the values of a kind of sweep in the list `kinds`; a single number sets the
    workload's parameter of that name, where it has one.
    """

    def __init__(self, *names: Any, parameter: Parameter | None = None, **more: Any) -> None:
        super().__init__(*names, **more)
        self._parameter = parameter

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        given: argparse.Namespace,
        values: Any,
        option: str | None = None,
    ) -> None:
        """Store the kind with its values, None for the usual ones."""
        if self._parameter and values is not None and _is_one_value(self._parameter, values):
            super().__call__(parser, given, values, option)
        else:
            given.kinds = [*getattr(given, "kinds", ()), (self.dest, values)]


def _is_one_value(parameter: Parameter, text: str) -> bool:
    """True if the text is a value of the parameter, or is neither that nor a range of values."""
    try:
        parameter.parse(text)
    except BadInput:
        return not any(sign in text.lstrip("-–") for sign in ",-–")
    return True
