"""Places in the source that is shown: the line where a task failed."""

import re
from collections.abc import Sequence

from workloads.core.events import Listing

_FRAME = re.compile(r'^ *File "(.+)", line (\d{1,9}), in ', re.MULTILINE)


def failed_at(listings: Sequence[Listing], traceback: str) -> tuple[int, int] | None:
    """The innermost line of a Python traceback that lies in one of the listings: that listing's
    place, and the line's number in its file; None if none does.
    """
    for file, number in reversed(_FRAME.findall(traceback)):
        for at, listing in enumerate(listings):
            lines = listing.text.count("\n") + 1
            within = listing.line <= int(number) < listing.line + lines
            if listing.text and within and _same_file(file, listing.file):
                return at, int(number)
    return None


def _same_file(loaded: str, shown: str) -> bool:
    """True if the path that Python names ends with the one that is shown."""
    return loaded == shown or loaded.endswith(f"/{shown}")
