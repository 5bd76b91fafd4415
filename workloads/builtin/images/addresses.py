"""Where pictures are on the web, and the names they get here; read by the downloads and by their
command.
"""

import hashlib
import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from urllib3 import exceptions as http
from urllib3.util import Url, parse_url

from workloads.builtin.images.cache import cache_folder
from workloads.core.errors import plain

EXTENSIONS = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
}
"""The formats that are taken, and the endings a name may have; the first is given where its own
doesn't fit.
"""

OWN_EXTENSIONS = tuple(ending for endings in EXTENSIONS.values() for ending in endings)
OTHER_EXTENSIONS = (".jpe", ".jfif", ".gif", ".bmp", ".avif", ".heic")

NAME_BYTES = 200  # file systems take 255, but tools that append to names want some of it


@dataclass(frozen=True)
class Address:
    """Where a picture is on the web; `line` is its place in the list, 0 if it stood in none.

    The URL may hold credentials: show `label` instead.
    """

    url: str = field(repr=False)
    line: int = 0

    @property
    def label(self) -> str:
        """The URL safe to print: without credentials, and without the query, which may
        hold a key.
        """
        parts = parse_url(self.url)
        label = plain(parts._replace(auth=None, query=None, fragment=None).url, 200)
        if parts.query:
            label += "?…"
        return label

    @property
    def stem(self) -> str:
        """The file's name without its ending: it depends on nothing but the URL, and ends in a hash
        of it.

        So a picture is found again without the network, and no two addresses share a name.
        """
        parts = parse_url(self.url)
        mark = (
            "-"
            + hashlib.sha256(parts._replace(auth=None, fragment=None).url.encode()).hexdigest()[:10]
        )
        name, ending = name_of(parts)
        if ending.lower() not in OWN_EXTENSIONS + OTHER_EXTENSIONS:
            name += ending
        name = name.strip(" .-")
        room = NAME_BYTES - len(mark) - len(".jpeg")
        return (name.encode()[:room].decode(errors="ignore").rstrip(" .") or "picture") + mark


def pictures_folder() -> Path:
    """Where pictures go by default; the environment variable RAYTASKS_CACHE moves it."""
    return cache_folder() / "pictures"


def on_the_web(url: str) -> bool:
    """True if this is an http or https URL."""
    try:
        parts = parse_url(url)
    except http.HTTPError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.host)


def name_of(parts: Url) -> tuple[str, str]:
    """The last part of the URL's path and its ending, with nothing in it that a file system or
    terminal minds.
    """
    last = unicodedata.normalize("NFC", unquote((parts.path or "").rstrip("/").rpartition("/")[2]))
    name = " ".join(plain(last).split())
    return os.path.splitext(
        "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in name)
    )
