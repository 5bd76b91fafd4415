"""Amounts of resources as they are typed."""

import contextlib

from workloads.core.errors import BadInput, plain

OWN_OPTIONS = ("CPU", "memory", "object_store_memory")
"""Resources that Ray takes by other means than its table of resources."""


def amounts_of(option: str, text: str) -> dict[str, float]:
    """The amounts of resources by name that an option has, as `NAME=AMOUNT,…`; raises BadInput."""
    amounts = {}
    for part in filter(None, text.split(",")):
        name, _, amount = part.partition("=")
        number = positive(amount)
        if (
            not name.strip()
            or number is None
            or not name.isprintable()
            or name.strip() in OWN_OPTIONS
        ):
            raise BadInput(
                f"{option} must be NAME=AMOUNT, separated by commas; got “{plain(part, 60)}”."
            )
        amounts[name.strip()] = number
    return amounts


def positive(text: str) -> float | None:
    """The amount of a resource that was typed; None if it is none."""
    with contextlib.suppress(ValueError):
        number = float(text)
        if 0.0001 <= number <= 1e9:
            return number
    return None
