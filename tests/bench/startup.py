"""How long the app takes from its start to its first paint, against a bare Textual app; and what
imports cost.

uv run python -m tests.bench.startup [--quick]
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.bench.figures import arguments, console, median, spread, table
from tests.bench.terminal import Terminal

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
PROGRAM = str(Path(PYTHON).parent / "raytasks-tui")
STARTS = {
    "bare Textual app": [PYTHON, "-m", "tests.bench.bare_textual"],
    "raytasks-tui": [PROGRAM],
    "raytasks-tui race pi": [PROGRAM, "race", "pi"],
}
FIRST, WHOLE = {"bare Textual app": b"Quit"}, b"Quit"
"""The first paint shows the top bar, the whole screen ends with its keys; the bare app does both at
once.
"""

HEAVY = ("ray", "torch", "torchvision")
FIRST_PATH = "import sys; import tui.cli; import tui.program"
WHOLE_PATH = FIRST_PATH + "; import tui.screens.race, tui.live, workloads.lanes.process"


def paints_of(command: list[str], first: bytes) -> tuple[float, float]:
    """Seconds from the start of the process to its first paint, and to the whole screen."""
    terminal = Terminal(command)
    terminal.listen()
    seen = [terminal.wait_for(marker, 60.0) for marker in (first, WHOLE)]
    terminal.kill()
    if seen[0] is None or seen[1] is None:
        raise SystemExit(f"{' '.join(command)} painted nothing:\n{terminal.heard()[-2000:]!r}")
    return seen[0] - terminal.spawned, seen[1] - terminal.spawned


def paints(rounds: int) -> None:
    """First paints and whole screens, interleaved."""
    firsts: dict[str, list[float]] = defaultdict(list)
    wholes: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for name, command in STARTS.items():
            first, whole = paints_of(command, FIRST.get(name, b"raytasks"))
            if number:  # the first round warms the file cache
                firsts[name].append(first)
                wholes[name].append(whole)
    bare = median(firsts["bare Textual app"])
    made = table(
        f"From the start in a terminal of 120×40, seconds; {rounds} starts each",
        "program",
        "first paint",
        "over bare",
        "target",
        "whole screen",
        "over bare",
        "target",
    )
    for name, first in firsts.items():
        made.add_row(
            name,
            spread(first),
            f"{median(first) - bare:+.3f}",
            "≤ +0.150" if name not in FIRST else "",
            spread(wholes[name]),
            f"{median(wholes[name]) - bare:+.3f}",
            "≤ +0.400" if name not in FIRST else "",
        )
    console.print(made)


def modules(code: str) -> list[tuple[str, float, float]]:
    """What the code imports: (module, own seconds, seconds with what it imported)."""
    done = subprocess.run(
        [PYTHON, "-X", "importtime", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)", done.stderr)
    return [(name, int(own) / 1e6, int(total) / 1e6) for own, total, name in lines]


def imports(rounds: int) -> None:
    """Whether anything forbidden is imported; what is imported beyond the bare app's for either
    paint.
    """
    code = f"{WHOLE_PATH}; print(*(name for name in {HEAVY} if name in sys.modules))"
    found = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    told = ", ".join(found) or "none"
    console.print(
        "In sys.modules after importing the app and its race screen, of "
        f"{', '.join(HEAVY)}: {told}\n"
    )
    for path, what in ((FIRST_PATH, "the first paint"), (WHOLE_PATH, "the whole screen")):
        dearest(path, what, rounds)


def dearest(path: str, what: str, rounds: int) -> None:
    """What the imports on this path cost beyond the bare app's."""
    bare_names: set[str] = set()
    ours: dict[str, list[tuple[float, float]]] = defaultdict(list)
    totals: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        bare = modules("import tests.bench.bare_textual")
        bare_names = {name for name, _, _ in bare}
        totals["bare"].append(sum(own for _, own, _ in bare))
        own_path = modules(path)
        totals["ours"].append(sum(own for _, own, _ in own_path))
        for name, own, total in own_path:
            ours[name].append((own, total))
    console.print(
        f"Imports for {what} (with -X importtime, which costs itself): bare "
        f"{median(totals['bare']):.3f} s, "
        f"ours {median(totals['ours']):.3f} s; the difference below.\n"
    )
    rows = {
        name: (median([o for o, _ in taken]), median([t for _, t in taken]))
        for name, taken in ours.items()
    }
    extra = {name: taken for name, taken in rows.items() if name not in bare_names}
    packages: dict[str, float] = defaultdict(float)
    for name, (own, _) in extra.items():
        packages[name.split(".")[0]] += own
    made = table("Imports beyond the bare app's, by package", "package", "ms")
    for name, own in sorted(packages.items(), key=lambda item: -item[1])[:8]:
        made.add_row(name, f"{own * 1000:.1f}")
    console.print(made)
    made = table(
        "… and by module: the 15 dearest with what they import",
        "module",
        "own ms",
        "with its imports ms",
    )
    for name, (own, total) in sorted(extra.items(), key=lambda item: -item[1][1])[:15]:
        made.add_row(name, f"{own * 1000:.1f}", f"{total * 1000:.1f}")
    console.print(made)


def main() -> None:
    """Both parts."""
    given = arguments(__doc__)
    if given.only in ("", "paint"):
        paints(3 if given.quick else 9)
    if given.only in ("", "imports"):
        imports(1 if given.quick else 5)


if __name__ == "__main__":
    main()
