"""How the tests are shared out: those with real lanes run in one process, which has one Ray; the others in another."""

import signal

import pytest
from xdist.scheduler import LoadScopeScheduling

WITH_RAY = ("tests/lanes/", "tests/tui/test_terminal.py")


def pytest_configure() -> None:
    # In the background of a shell ^C is ignored, also by the programs that tests start and interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole files, and all that have a Ray as if they were one."""

    def _split_scope(self, nodeid: str) -> str:
        return "ray" if nodeid.startswith(WITH_RAY) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    return Sharing(config, log)
