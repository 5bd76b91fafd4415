"""The form of a figure's definition; see `workloads.figures.definitions`, which has them all."""

from typing import NamedTuple


class Definition(NamedTuple):
    """A figure: what it is, as a `formula` or a rule, its `unit`, where it is `given` or absent,
    and the `source` of its formula or measurement.

    `functions` are those of `workloads.figures` that compute it (`module.function`), `keys` those
    of the JSON reports that hold it.
    """

    name: str
    formula: str
    unit: str
    given: str
    source: str
    functions: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it but the name, as sentences."""
        return f"{self.formula}. Unit: {self.unit}. Available {self.given}. Source: {self.source}."
