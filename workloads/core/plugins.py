"""Entry points of installed packages, read without importing any of the packages."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from workloads.core.errors import BadInput, plain

if TYPE_CHECKING:
    from importlib.metadata import Distribution

T = TypeVar("T")


class Added(NamedTuple):
    """Something that an installed package adds: the entry point's name, what it stands for
    (`module:NAME`), and the package.
    """

    name: str
    value: str
    package: str
    group: str = ""


@cache
def installed() -> tuple[Added | str, ...]:
    """The entry points of all packages, and a sentence for each whose can't be read. The first call
    takes some 30 ms.
    """
    from importlib.metadata import distributions  # 20 ms that the first paint can do without

    return tuple(point for package in distributions() for point in _points(package))


def _points(package: "Distribution") -> Iterator[Added | str]:
    """The entry points of a package, or what is wrong with it: one broken package must not cost the
    rest.
    """
    name = _name(package)
    try:
        points = [p for p in package.entry_points if p.group.startswith("raytasks.")]
    except Exception as error:  # whatever is in its files
        why = f"{type(error).__name__}: {plain(error, 200)}"
        yield f"The entry points of {name} can't be read: {why}."
        return
    yield from (Added(p.name, p.value, name, p.group) for p in points)


def _name(package: "Distribution") -> str:
    """Its name; that of its folder if its metadata are broken or missing."""
    try:
        name = package.name
    except Exception:
        name = None
    folder = Path(str(getattr(package, "_path", ""))).name
    return plain(name or folder or "a package without a name", 60)


def entry_points(group: str) -> tuple[Added, ...]:
    """The entry points of packages in that group, by name; as in imports, the first on the path
    counts.
    """
    points = [p for p in installed() if isinstance(p, Added) and p.group == group]
    first = {point.name: point for point in reversed(points)}
    return tuple(first[name] for name in sorted(first))


def entry_point(group: str, name: str) -> Added | None:
    """The one of that name in that group, if there is one."""
    return next((point for point in entry_points(group) if point.name == name), None)


def unreadable() -> list[str]:
    """A sentence for each installed package whose entry points can't be read."""
    return [sentence for sentence in installed() if isinstance(sentence, str)]


def load(point: Added, kind: type[T]) -> T:
    """Import what the entry point stands for; raises BadInput if that fails or is no `kind`."""
    where = f"The plugin {plain(point.name, 60)} of {point.package}"
    try:
        added = resolve_name(point.value)
    except BaseException as error:  # whatever somebody's module does
        if isinstance(error, KeyboardInterrupt):
            raise
        why = f"{type(error).__name__}: {plain(error, 200)}"
        raise BadInput(f"{where} can't be imported: {why}") from error
    if not isinstance(added, kind):
        raise BadInput(f"{where} is not a {kind.__name__}:  {plain(point.value, 100)}")
    return added
