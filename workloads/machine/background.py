"""Work that may take long (a folder, a probe, an import), done in a thread so that the keys are
heard meanwhile.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def in_background(function: Callable[..., T], *arguments: Any) -> T:
    """Return `function(*arguments)`, which runs in a thread of its own, or raise what it raises.

    Whoever waits can be cancelled at any moment: the thread is left behind. It is a daemon, unlike
    those of `asyncio.to_thread`, for which Python would wait at exit, for ever if a file system
    hangs.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            done = partial(_settle, result, function(*arguments), None)
        except BaseException as error:
            done = partial(_settle, result, None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(done)

    threading.Thread(
        target=run, name=f"raytasks-{getattr(function, '__name__', 'work')}", daemon=True
    ).start()
    return await result


def _settle(future: "asyncio.Future[Any]", value: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        future.set_exception(error)
    else:  # what a future can't hold, or what would end the event loop
        future.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))
