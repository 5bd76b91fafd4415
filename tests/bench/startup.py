"""How long the app takes from its start to its first paint, against a bare Textual app; and what imports cost.

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
    "bare Textual app": ([PYTHON, "-m", "tests.bench.bare_textual"], b"Quit"),
    "raytasks-tui": ([PROGRAM], b"Quit"),
    "raytasks-tui race pi": ([PROGRAM, "race", "pi"], b"Quit"),
}
HEAVY = ("ray", "torch", "torchvision")
OUR_PATH = "import sys; import tui.cli; import tui.app"


def first_paint(command: list[str], marker: bytes) -> float:
    """Seconds from the start of the process to the text in its terminal."""
    terminal = Terminal(command)
    terminal.listen()
    seen = terminal.wait_for(marker, 60.0)
    terminal.kill()
    if seen is None:
        raise SystemExit(f"{' '.join(command)} painted nothing:\n{terminal.heard()[-2000:]!r}")
    return seen - terminal.spawned


def paints(rounds: int) -> None:
    """First paints, interleaved."""
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for name, (command, marker) in STARTS.items():
            seconds = first_paint(command, marker)
            if number:  # the first round warms the file cache
                taken[name].append(seconds)
    bare = taken["bare Textual app"]
    made = table("First paint in a terminal of 120×40, seconds", "program", "median (range)", "n", "over bare", "target")
    for name, seconds in taken.items():
        over = f"{median(seconds) - median(bare):+.3f}"
        made.add_row(name, spread(seconds), str(len(seconds)), over, "≤ +0.150" if seconds is not bare else "")
    console.print(made)


def modules(code: str) -> list[tuple[str, float, float]]:
    """What the code imports: (module, own seconds, seconds with what it imported)."""
    done = subprocess.run([PYTHON, "-X", "importtime", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)", done.stderr)
    return [(name, int(own) / 1e6, int(total) / 1e6) for own, total, name in lines]


def imports(rounds: int) -> None:
    """What our own start path imports beyond the bare app's, and whether any of it is forbidden."""
    code = f"{OUR_PATH}; print(*(name for name in {HEAVY} if name in sys.modules))"
    found = subprocess.run([PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    console.print(f"In sys.modules after importing tui.app, of {', '.join(HEAVY)}: {', '.join(found) or 'none'}\n")
    bare_names: set[str] = set()
    ours: dict[str, list[tuple[float, float]]] = defaultdict(list)
    totals: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        bare = modules("import tests.bench.bare_textual")
        bare_names = {name for name, _, _ in bare}
        totals["bare"].append(sum(own for _, own, _ in bare))
        own_path = modules(OUR_PATH)
        totals["ours"].append(sum(own for _, own, _ in own_path))
        for name, own, total in own_path:
            ours[name].append((own, total))
    console.print(
        f"Imports in all (with -X importtime, which costs itself): bare {median(totals['bare']):.3f} s, "
        f"ours {median(totals['ours']):.3f} s; the difference below.\n"
    )
    rows = {name: (median([o for o, _ in taken]), median([t for _, t in taken])) for name, taken in ours.items()}
    extra = {name: taken for name, taken in rows.items() if name not in bare_names}
    packages: dict[str, float] = defaultdict(float)
    for name, (own, _) in extra.items():
        packages[name.split(".")[0]] += own
    made = table("Imports beyond the bare app's, by package", "package", "ms")
    for name, own in sorted(packages.items(), key=lambda item: -item[1])[:15]:
        made.add_row(name, f"{own * 1000:.1f}")
    console.print(made)
    made = table("… and by module: the 15 dearest with what they import", "module", "own ms", "with its imports ms")
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
