"""`raytasks-tui images download`: reads the list of addresses, shows the downloads' progress, and
sums up.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from tui.outputs.streams import complain
from workloads.builtin.images.addresses import Address, on_the_web, pictures_folder
from workloads.builtin.images.download import DownloadStep, Limits, Outcome, fetch
from workloads.core.errors import BadInput, plain

TUTORIAL = tuple(
    f"https://images.pexels.com/photos/{n}/pexels-photo-{n}.jpeg"
    for n in (305821, 509922, 325812, 1252814)
)
"""The addresses that Ray's tutorial on image processing prints."""

LONGEST_LIST = 10_000_000  # bytes


def run(urls_file: str | None, to: str | None) -> int:
    """Fetch the listed pictures (None: the tutorial's) into the folder `to` (None:
    `pictures_folder()`).

    Returns the exit status: 0 all are there, 1 some failed. Raises BadInput for a list or a folder
    that can't be used; KeyboardInterrupt passes.
    """
    if to == "":
        raise BadInput("--to needs a folder name.")
    addresses = read_list(urls_file)
    folder = Path(to) if to else pictures_folder()
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        with _Bars(console, len(addresses)) as show:
            outcomes = fetch(addresses, folder, show, Limits())
    else:
        outcomes = fetch(addresses, folder, _say, Limits())
    print("\n".join(_summary(outcomes, folder)))
    return int(any(outcome.state == "failed" for outcome in outcomes))


def read_list(source: str | None) -> list[Address]:
    """The addresses in the file `source` (`-`: standard input; None: the tutorial's), each of them
    once.

    One a line; blank lines and those that begin with # are skipped. Raises BadInput if the file
    can't be read, for the first line that is no http or https URL, and if there is none.
    """
    if source is None:
        return [Address(url) for url in TUTORIAL]
    name = "Standard input" if source == "-" else plain(source, 200)
    try:
        with open(0 if source == "-" else source, "rb", closefd=source != "-") as file:
            data = file.read(LONGEST_LIST + 1)
    except OSError as error:
        raise BadInput(f"{name} can't be read: {error.strerror}.") from None
    if len(data) > LONGEST_LIST:
        raise BadInput(
            f"{name} is too long for a list of addresses: the limit is {decimal(LONGEST_LIST)}."
        )
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text; the list has one address per line.") from None
    addresses: dict[str, Address] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if " " in text or not text.isprintable() or not on_the_web(text):
            # Even half an address may hold a password: what stands before an @ or after a ? isn't
            # shown.
            safe = plain(text.rpartition("@")[2].partition("?")[0], 80)
            raise BadInput(f"{name}, line {number}: “{safe}” is not an http or https address.")
        address = Address(text, number)
        addresses.setdefault(address.stem, address)
    if not addresses:
        raise BadInput(f"{name} has no addresses; the list has one http or https address per line.")
    return list(addresses.values())


def _result(outcome: Outcome) -> str:
    if outcome.state == "fetched":
        return f"fetched, {decimal(outcome.size)}"
    return "already there" if outcome.state == "there" else f"failed: {outcome.reason}"


def _say(update: DownloadStep | Outcome) -> None:
    """A line a file, and one a further attempt, for a log."""
    if isinstance(update, Outcome):
        complain(_result(update), f"{update.address.label}: ")
    elif update.note:
        complain(update.note, f"{update.address.label}: ")


def _summary(outcomes: Sequence[Outcome], folder: Path) -> list[str]:
    """A line for each failure, and one in all."""
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    lines = []
    for outcome in failed:
        place = f"line {outcome.address.line}, " if outcome.address.line else ""
        lines.append(f"Not fetched: {place}{outcome.address.label}: {outcome.reason}.")
    fetched = [outcome for outcome in outcomes if outcome.state == "fetched"]
    there = len(outcomes) - len(fetched) - len(failed)
    parts = []
    if fetched:
        size = sum(outcome.size for outcome in fetched)
        parts.append(f"{len(fetched)} fetched ({decimal(size)})")
    if there:
        parts.append(f"{there} already there")
    if failed:
        parts.append(f"{len(failed)} failed")
    counts = ", ".join(parts)
    if there == len(outcomes):
        counts += "; nothing to fetch"
    return [*lines, f"Images: {counts}. The folder is {plain(folder)}."]


class _Bars:
    """A bar a file and one in all; of a list longer than the screen, only the running ones."""

    def __init__(self, console: Console, count: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(20),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
        )
        self._keep = count + 2 <= console.height
        self._bars: dict[Address, TaskID] = {}
        self._all = self._progress.add_task("all images", total=count, note=f"0/{count}")
        self._count, self._ended = count, 0

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, update: DownloadStep | Outcome) -> None:
        """Bring the bar of the update's address up to date; called from many threads, one an
        address.
        """
        address = update.address
        if address not in self._bars:
            name = plain(address.stem, 40)
            self._bars[address] = self._progress.add_task(name, total=None, note="")
        bar = self._bars[address]
        if isinstance(update, DownloadStep):
            total = f" of {decimal(update.total)}" if update.total else ""
            note = update.note or (
                f"{decimal(update.received)}{total}" if update.received else "connecting"
            )
            self._progress.update(bar, completed=update.received, total=update.total, note=note)
            return
        self._ended += 1
        self._progress.update(self._all, completed=self._ended, note=f"{self._ended}/{self._count}")
        if self._keep:
            done = 0 if update.state == "failed" else 1
            self._progress.update(bar, completed=done, total=1, note=_result(update))
        else:
            self._progress.remove_task(bar)
            if update.state == "failed":
                self._progress.console.print(
                    f"{address.label}: {_result(update)}",
                    markup=False,
                    highlight=False,
                    emoji=False,
                )
