"""Lists the workloads with their parameters: `raytasks-tui workloads`."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workloads import catalog
from workloads.core import plugins
from workloads.core.errors import BadInput, plain
from workloads.core.task import Workload

ADDING = """Your own function, unchanged:
  raytasks-tui race mypackage.module:function --inputs data.csv
An installed package adds a workload by an entry point; it is raced by its name or as module:NAME:
  [project.entry-points."raytasks.workloads"]
  mine = "mypackage.module:WORKLOAD"        # a workloads.core.task.Workload
"""


def list_workloads() -> int:
    """Print the built-in workloads, those that packages add, and how to add one; returns 0."""
    console = Console()
    for workload in catalog.WORKLOADS:
        _list_workload(console, workload)
    for point in catalog.added():
        try:
            _list_workload(console, catalog.describe(point.name))
        except BadInput as error:
            console.print(
                f"{plain(point.name, 60)}, from {plain(point.package, 60)}: {error}\n", markup=False
            )
    for sentence in plugins.unreadable():
        console.print(f"{sentence}\n", markup=False)
    console.print(ADDING, markup=False, highlight=False)
    return 0


def _list_workload(console: Console, workload: Workload) -> None:
    table = Table(
        "parameter",
        "default",
        "limits",
        "what it is",
        title=Text(f"{workload.name}: {workload.help}"),
    )
    table.title_justify = "left"
    for p in workload.parameters:
        default = str(p.default)
        if not p.choices:
            default = f"{p.default:,}"
        table.add_row(p.name, *(Text(cell) for cell in (f"{default} {p.unit}", p.limits(), p.help)))
    console.print(table)
    if missing := workload.missing():
        console.print(f"{missing}\n", markup=False, highlight=False, soft_wrap=True)
    for name, preset in workload.presets.items():
        values = ", ".join(f"{k} {v}" for k, v in preset().items())
        console.print(f"preset {name}: {values}\n", markup=False)
