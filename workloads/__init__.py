"""What is run, how it is run and what was measured: everything here works without a screen.

`from workloads import race` races a function from Python; see workloads.racing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workloads.racing import RaceResult, race

__all__ = ["RaceResult", "race"]


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: Ray's workers import this package, and need none of it.
    if name in __all__:
        from workloads import racing

        return getattr(racing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
