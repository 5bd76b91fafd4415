"""Figures of the code's structure: `python -m tests.structure`.

A room is a package or a module directly below `workloads` or `tui`; an arrow says that one imports
from another, within functions too. Which room lies above which stands in pyproject.toml, as the
layers that import-linter checks.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

PACKAGES = ("workloads", "tui")

LONG_MODULE = 350

Arrow = tuple[str, str]


class Module(NamedTuple):
    """A file with its dotted name, its lines and its syntax tree."""

    name: str
    lines: int
    tree: ast.Module

    @property
    def room(self) -> str:
        """`workloads.ledger` of all in it; `workloads` of the package's own file."""
        return room(self.name)


class Function(NamedTuple):
    """A function and its length in lines."""

    lines: int
    name: str


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


@cache
def modules(package: str) -> list[Module]:
    """All of a package, by name."""
    read = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        text = path.read_text()
        read.append(Module(name, len(text.splitlines()), ast.parse(text)))
    return read


def imports(module: Module, names: set[str]) -> Iterator[str]:
    """The modules, of those with these names, that a module imports anywhere in it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in names:
                    yield whole
                else:
                    yield node.module


def arrows(package: str) -> set[Arrow]:
    """Which room imports from which. The package's own file, which only re-exports, is none."""
    names = {module.name for module in modules(package)}
    pairs = {
        (module.room, room(imported))
        for module in modules(package)
        if module.name != package
        for imported in imports(module, names)
        if imported.startswith(f"{package}.") or imported == package
    }
    return {(importer, imported) for importer, imported in pairs if importer != imported}


def rooms(package: str) -> set[str]:
    return {module.room for module in modules(package)} - {package}


def levels() -> dict[str, int]:
    """The level of each room of `workloads`, from 0 at the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {
        f"workloads.{name.strip()}": level
        for level, layer in enumerate(layers)
        for name in layer.split("|")
    }


def upward(package: str) -> list[Arrow]:
    """The arrows of `workloads` that point to a room on the same level or above."""
    level = levels()
    return sorted(
        (importer, imported)
        for importer, imported in arrows(package)
        if level.get(importer, 0) >= level.get(imported, -1)
    )


def conditionals(package: str) -> dict[str, float]:
    """Conditional expressions per 100 lines of each room, and of the whole under its own name."""
    lines: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for module in modules(package):
        inside = sum(isinstance(node, ast.IfExp) for node in ast.walk(module.tree))
        for name in {module.room, package}:
            lines[name] += module.lines
            count[name] += inside
    return {name: 100 * count[name] / lines[name] for name in sorted(lines) if lines[name]}


def functions(package: str) -> list[Function]:
    """All functions, longest first."""
    lengths = []
    for module in modules(package):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                lengths.append(Function(lines, f"{module.name}.{node.name}"))
    return sorted(lengths, reverse=True)


def repeated_classes() -> dict[str, list[str]]:
    """The names that more than one class has, over all packages, with the modules of each."""
    places: dict[str, list[str]] = {}
    for package in PACKAGES:
        for module in modules(package):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    places.setdefault(node.name, []).append(module.name)
    return {name: sorted(places[name]) for name in sorted(places) if len(places[name]) > 1}


def main() -> None:
    for package in PACKAGES:
        print(f"{package}: {len(rooms(package))} rooms, {len(arrows(package))} arrows")
        if package == "workloads":
            print("  upward:", ", ".join(map(" → ".join, upward(package))) or "none")
        print("  conditional expressions per 100 lines:")
        for name, density in conditionals(package).items():
            print(f"    {name:28} {density:.2f}")
        longest = functions(package)[0]
        largest = max(modules(package), key=lambda module: module.lines)
        print(f"  longest function: {longest.name}, {longest.lines} lines")
        print(f"  longest module: {largest.name}, {largest.lines} lines")
        long = [module for module in modules(package) if module.lines > LONG_MODULE]
        print(f"  modules over {LONG_MODULE} lines: {len(long)}")
        for module in sorted(long, key=lambda module: -module.lines):
            print(f"    {module.name:40} {module.lines}")
    repeated = repeated_classes()
    print("classes that share a name:", ", ".join(repeated) or "none")
    for name, places in repeated.items():
        print(f"    {name:28} {', '.join(places)}")


if __name__ == "__main__":
    main()
