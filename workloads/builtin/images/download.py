"""Fetches pictures from the web into a folder; the engine of `raytasks-tui images download`,
without its screen.

Whatever a server does, a download ends in bounded time and size, and nothing but a whole picture of
a known format takes its place in the folder.
"""

import contextlib
import fcntl
import os
import queue
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import Image, UnidentifiedImageError
from urllib3 import BaseHTTPResponse
from urllib3.util import parse_url

from workloads.builtin.images.addresses import EXTENSIONS, OWN_EXTENSIONS, Address, name_of
from workloads.builtin.images.cache import make_folder
from workloads.builtin.images.library import MAX_PIXELS, silence_pillow
from workloads.builtin.images.web import DownloadFailed, answer, refusal
from workloads.core.errors import BadInput, plain

CHUNK = 65536  # bytes

_DECODING = threading.Lock()  # one picture at a time: the largest take half a gigabyte


@dataclass(frozen=True)
class Limits:
    """Limits of time, size and attempts. `whole_s` spans all attempts at a file and the pauses
    between them.
    """

    parallel: int = 4
    connect_s: float = 10.0
    silence_s: float = 20.0
    whole_s: float = 300.0
    size: int = 100_000_000  # bytes
    redirects: int = 5
    attempts: int = 4
    backoff_s: float = 0.5  # before the second attempt; doubles with each further one
    retry_after_s: float = 30.0  # the longest pause that a server can ask for


@dataclass(frozen=True)
class DownloadStep:
    """A download goes on: bytes `received` of `total` (None: unknown); `note` says why it begins
    again.
    """

    address: Address
    received: int
    total: int | None
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """A download's end: the picture was fetched (`size` bytes), was already there, or failed for
    `reason`.
    """

    address: Address
    state: Literal["fetched", "there", "failed"]
    path: Path | None = None
    size: int = 0
    reason: str = ""


Report = Callable[[DownloadStep | Outcome], None]


def fetch(
    addresses: Sequence[Address], folder: Path, report: Report, limits: Limits
) -> list[Outcome]:
    """Fetch what isn't in `folder` yet, which is made if need be; the outcomes in the order of
    `addresses`.

    `report` gets steps from several threads at once, and each outcome from this one, as they come.
    Raises BadInput if the folder can't be made or written. Whatever else is raised,
    KeyboardInterrupt above all, passes after the unfinished files are gone.
    """
    outcomes: dict[Address, Outcome] = {}
    missing = []

    def end(outcome: Outcome) -> None:
        outcomes[outcome.address] = outcome
        report(outcome)

    for address in dict.fromkeys(addresses):
        if path := _already(folder, address):
            end(Outcome(address, "there", path))
        else:
            missing.append(address)
    if missing:
        _prepare(folder)
    missing.reverse()
    ended: _Ends = queue.SimpleQueue()
    running: set[_Job] = set()
    try:
        while missing or running:
            while missing and len(running) < limits.parallel:
                job = _Job(missing.pop(), folder, limits, report, time.monotonic() + limits.whole_s)
                running.add(job)
                # A daemon, which an executor's threads are not: one that hangs in the look-up of a
                # name, or at a server whose header drips byte by byte, is left behind and holds up
                # neither us nor the exit.
                threading.Thread(target=_work, args=(job, ended), daemon=True).start()
            job, outcome = _next_end(ended, running)
            if job in running:
                job.give_up()
                running.remove(job)
                if isinstance(outcome, BaseException):
                    raise outcome
                end(outcome)
    finally:
        for job in running:
            job.give_up()
    return [outcomes[address] for address in addresses]


class _ReportBroke(Exception):
    """An exception of the caller's report, which is this one's cause."""


@dataclass(eq=False)
class _Job:
    """One download: a thread does it, until the caller gives it up at its deadline (of the
    monotonic clock).
    """

    address: Address
    folder: Path
    limits: Limits
    report: Report
    deadline: float
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _path: Path | None = None

    def give_up(self) -> None:
        """From now on the thread neither reports nor leaves anything in the folder."""
        with self._lock:
            self.over.set()
            if self._path:
                with contextlib.suppress(OSError):  # mostly it is gone already
                    self._path.unlink()

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Hold up `give_up` meanwhile. Raises DownloadFailed if the job was given up before."""
        with self._lock:
            if self.over.is_set():
                raise DownloadFailed("cancelled")
            yield

    def step(self, received: int, total: int | None, note: str = "") -> None:
        """Report a step. Raises DownloadFailed after the job was given up, and _ReportBroke."""
        with self.alive():
            try:
                self.report(DownloadStep(self.address, received, total, note))
            except Exception as error:  # not to be taken for what a server or a disk does
                raise _ReportBroke from error

    @contextlib.contextmanager
    def part(self) -> Iterator[BinaryIO]:
        """The unfinished file: hidden, locked so that no other run sweeps it, gone at the end
        unless renamed.
        """
        with self.alive():
            while True:
                self._path = self.folder / f".raytasks-{secrets.token_hex(8)}.part"
                file = self._path.open("xb")
                with contextlib.suppress(OSError):  # some file systems have no locks
                    fcntl.flock(file, fcntl.LOCK_EX)
                if self._path.exists():
                    break
                file.close()  # swept before it was locked
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):  # of a full disk, which was reported before
                file.close()
            with contextlib.suppress(OSError):  # renamed, or given up
                self._path.unlink()


_Ends = queue.SimpleQueue[tuple[_Job, Outcome | BaseException]]


def _next_end(ended: _Ends, running: set[_Job]) -> tuple[_Job, Outcome | BaseException]:
    """Wait until a job ends or reaches its deadline; return it with its outcome or error."""
    first = min(running, key=lambda job: job.deadline)
    try:
        return ended.get(timeout=max(0.0, first.deadline - time.monotonic()))
    except queue.Empty:
        reason = f"it took longer than {first.limits.whole_s:g} s"
        return first, Outcome(first.address, "failed", reason=reason)


def _work(job: _Job, ended: _Ends) -> None:
    try:
        ended.put((job, _download(job)))
    except _ReportBroke as broken:
        ended.put((job, broken.__cause__ or broken))
    except BaseException as error:  # whatever it is, the caller must not wait in vain
        ended.put((job, error))


def _download(job: _Job) -> Outcome:
    """As many attempts as make sense."""
    backoff = job.limits.backoff_s
    job.step(0, None)
    for attempt in range(1, job.limits.attempts + 1):
        try:
            return _tried(job)
        except DownloadFailed as failed:
            reason = failed.reason if attempt == 1 else f"{failed.reason} (tried {attempt} times)"
            if not failed.again or attempt == job.limits.attempts or job.over.is_set():
                break
            pause = backoff if failed.pause is None else min(failed.pause, job.limits.retry_after_s)
            job.step(0, None, f"{failed.reason}; again in {pause:.1f} s")
            job.over.wait(pause)
            backoff *= 2
    return Outcome(job.address, "failed", reason=reason)


def _tried(job: _Job) -> Outcome:
    """One attempt, of which only DownloadFailed and what broke in the report come out."""
    try:
        return _attempt(job)
    except (DownloadFailed, _ReportBroke):
        raise
    except Exception as error:  # one picture's trouble, whatever it is, must not end the others
        # Its text is left out: it may hold a password.
        raise DownloadFailed(f"an unexpected {type(error).__name__} occurred") from error


def _attempt(job: _Job) -> Outcome:
    limits = job.limits
    with answer(job.address.url, limits.redirects, limits.connect_s, limits.silence_s) as response:
        if response.status != 200:
            raise refusal(response)
        # Without a length, a connection that broke looks like the end, and only the picture tells.
        framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        try:
            with job.part() as file:
                size = _receive(response, file, job)
                format = _checked(file.name, again=not framed)
                ending = name_of(parse_url(job.address.url))[1].lower()
                if ending not in EXTENSIONS[format]:
                    ending = EXTENSIONS[format][0]
                path = job.folder / (job.address.stem + ending)
                with job.alive():
                    os.replace(file.name, path)
        except OSError as error:
            raise DownloadFailed(
                f"it can't be saved: {error.strerror or plain(error, 200)}"
            ) from None
    return Outcome(job.address, "fetched", path, size)


def _receive(response: BaseHTTPResponse, file: BinaryIO, job: _Job) -> int:
    """Write the body to the file; its size in bytes."""
    # A coded body's length isn't the file's.
    total = None if "Content-Encoding" in response.headers else response.length_remaining
    size = 0
    while True:
        if max(size, total or 0) > job.limits.size:
            raise DownloadFailed(f"it is larger than {job.limits.size / 1e6:g} MB")
        job.step(size, total)
        if not (chunk := response.read1(CHUNK)):
            file.flush()
            return size
        size += len(chunk)
        file.write(chunk)


def _checked(path: str, again: bool) -> str:
    """The format, one of EXTENSIONS, of the picture in this file.

    Raises DownloadFailed if it isn't one, or not whole.
    """
    silence_pillow()  # which would print across the progress bars
    with _DECODING:
        try:
            with Image.open(path, formats=tuple(EXTENSIONS)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                # A JPEG with further pictures in it goes by a name of its own.
                format = "JPEG" if picture.format == "MPO" else str(picture.format)
                picture.verify()
            # Only decoding it shows that all of it is there; JPEGs can do it at an eighth of the
            # size.
            with Image.open(path, formats=[format]) as picture:
                picture.draft(None, (1, 1))
                picture.load()
        except UnidentifiedImageError:
            with open(path, "rb") as file:
                start = file.read(CHUNK).lstrip()[:1]
            reasons = {b"<": "is a web page, not an image", b"": "is empty"}
            what = reasons.get(start, "is not a JPEG, PNG, WebP or TIFF image")
            raise DownloadFailed(f"the download {what}", again) from None
        except Image.DecompressionBombError:
            raise DownloadFailed(
                f"the image has more than {MAX_PIXELS // 10**6} million pixels"
            ) from None
        except Exception:  # a damaged file has Pillow raise all sorts
            raise DownloadFailed("the image is damaged or incomplete", again) from None
    return format


def _already(folder: Path, address: Address) -> Path | None:
    for ending in OWN_EXTENSIONS:
        path = folder / (address.stem + ending)
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_size:
                return path
    return None


def _prepare(folder: Path) -> None:
    """Make the folder, see that it can be written, and sweep what killed runs left in it."""
    try:
        make_folder(folder)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        name = plain(folder, 200)
        raise BadInput(
            f"Can't save images in {name}: {error.strerror}; choose another folder."
        ) from None
    for path in folder.glob(".raytasks-*.part"):
        with contextlib.suppress(OSError):
            if path.is_file():
                with path.open("r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its run lives
                    path.unlink()
