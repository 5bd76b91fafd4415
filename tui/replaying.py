"""Gets a recording ready to be shown: a small one before the screen opens, a large one while the
screen says so.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workloads import catalog
from workloads.core.errors import BadInput, plain, shortage
from workloads.core.wording import percent
from workloads.ledger.recording import CHUNK, Recording, scan
from workloads.machine.background import in_background

if TYPE_CHECKING:
    from tui.app import RaytasksApp

LOOK_EVERY_S = 0.1


def load(
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Recording:
    """The whole recording, with its workloads known to the catalog; `progress` and `stopped` as for
    `scan`.

    Raises BadInput for what can't be shown.
    """
    recording = scan(path, progress, stopped)
    catalog.describe_recorded(recording.opened)
    for opened in recording.opened:
        catalog.find(opened.workload)
    return recording


def first_look(path: Path) -> Recording | None:
    """The recording if it is small, None if it is large and its beginning can be shown. Raises
    BadInput.
    """
    with suppress(OSError):
        if path.is_file() and path.stat().st_size > CHUNK:
            seen: list[float] = []
            scan(path, seen.append, lambda: bool(seen))
            return None
    return load(path)


class RecordingLoader:
    """Reads a large recording in a thread while the app is open and its keys are heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recording: Recording | None = None
        self.failed: BadInput | None = None
        self._share = 0.0

    async def __call__(self, app: "RaytasksApp") -> bool:
        """Read it, with the share that is read at the top of the screen; the app ends if it can't
        be shown.
        """
        left = threading.Event()
        reading = asyncio.ensure_future(in_background(load, self.path, self._progress, left.is_set))
        try:
            while not (await asyncio.wait([reading], timeout=LOOK_EVERY_S))[0]:
                app.show_loading(
                    f"Reading {plain(self.path.name, 40)}: {percent(self._share)}. "
                    f"Press {app.keys.name('quit')} to quit."
                )
            self.recording = await reading
        except BadInput as error:
            self.failed = error
        except (OSError, MemoryError, RuntimeError) as error:
            why = shortage(error) or (isinstance(error, OSError) and (error.strerror or str(error)))
            if not why:
                raise
            self.failed = BadInput(f"{plain(self.path)} can't be read: {why}.")
        finally:
            left.set()
            reading.cancel()
        if self.failed:
            app.exit(2)
        return not self.failed

    def _progress(self, share: float) -> None:
        self._share = share
