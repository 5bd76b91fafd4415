"""How the tests are shared out: those with real lanes one by one, so that both processes have work to the end.

Each process has a Ray of its own for the lanes. What runs longest begins first: files are collected in the order
of their names, and those with lanes come before all others.
"""

import signal

import pytest
from xdist.scheduler import LoadScopeScheduling

WITH_LANES = ("tests/lanes/", "tests/tui/test_terminal.py")


def pytest_configure() -> None:
    # In the background of a shell ^C is ignored, also by the programs that tests start and interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(WITH_LANES))


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out tests with lanes one by one, then whole files of the others, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(WITH_LANES) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    config.option.loadscopereorder = False
    return Sharing(config, log)
