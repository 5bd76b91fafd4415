"""The table of all keys: one meaning each in the whole program, and the bindings that come from it.

Footer, help, palette and the README's table read it. A key without a binding is reserved: what it
is for doesn't exist yet, and nothing else may take it.
"""

from tui.key_meaning import Meaning, Use
from tui.key_selection import SELECTION

PALETTE = "ctrl+p"  # a binding of Textual's own

TABLE = (
    # -- the race
    Meaning(
        "space",
        "start; freeze or resume the view; pause or play a replay; toggle in a sheet",
        (
            Use("race.go", "go", "Start / freeze", "Start a race; freeze its view; pause a replay"),
            Use("lanes.choose", "choose", "Toggle", where="lanes", priority=True),
        ),
    ),
    Meaning("x", "cancel the race", (Use("race.cancel", "cancel", "Cancel", "Cancel the race"),)),
    Meaning(
        "X",
        "cancel the selected task",
        (Use("race.cancel-task", "cancel_task", "Cancel task", "Cancel the selected task alone"),),
    ),
    Meaning(
        "r",
        "again, same seed",
        (Use("race.again", "again", "Again", "Race again with the same seed"),),
    ),
    Meaning("n", "fewer tasks", (Use("race.fewer", "fewer", "Fewer tasks", "Half as many tasks"),)),
    Meaning("N", "more tasks", (Use("race.more", "more", "More tasks", "Twice as many tasks"),)),
    Meaning(
        "left_square_bracket",
        "smaller tasks",
        (Use("race.smaller", "smaller", "Smaller tasks", "Half the work per task"),),
    ),
    Meaning(
        "right_square_bracket",
        "larger tasks",
        (Use("race.larger", "larger", "Larger tasks", "Twice the work per task"),),
    ),
    Meaning(
        "s",
        "settings",
        (Use("race.settings", "settings", "Settings", "All parameters of the workload"),),
    ),
    Meaning(
        "w",
        "workload",
        (Use("race.workload", "workload", "Choose workload", "Choose what to race"),),
    ),
    Meaning("e", "lanes", (Use("race.lanes", "lanes", "Lanes", "Choose which engines race"),)),
    Meaning(
        "v",
        "sweep",
        (Use("race.sweep", "sweep", "Sweep", "Race once for each of many values, and compare"),),
    ),
    Meaning(
        "b",
        "repeat ×5",
        (Use("race.best", "best", "Repeat ×5", "Run the same race five times: median and spread"),),
    ),
    Meaning(
        "t",
        "schedule",
        (
            Use(
                "race.schedule",
                "schedule",
                "Alternating / in turn / together",
                "Lanes in short slices, one by one, or at the same time",
            ),
        ),
    ),
    Meaning(
        "u",
        "count start-up",
        (Use("race.startup", "startup", "Start-up", "Count start-up time, or leave it out"),),
    ),
    Meaning(
        "P",
        "hold or resume submission",
        (
            Use(
                "race.hold",
                "hold_submission",
                "Hold / resume",
                "Hand out no more tasks; running ones finish",
            ),
        ),
    ),
    Meaning(
        "K",
        "kill the selected task's worker",
        (Use("race.kill", "kill_worker", "Kill worker", "Kill the process that runs the task"),),
    ),
    Meaning(
        "d",
        "drain: wait, get, get each",
        (
            Use(
                "race.drain",
                "drain",
                "ray.wait / ray.get",
                "Take results as they come, all at a time, or each before the next task",
            ),
        ),
    ),
    *SELECTION,
    # -- lists
    Meaning(
        "i",
        "sort by another column",
        (Use("tasks.sort", "sort", "Sort", "By the next column", where="tasks"),),
    ),
    Meaning(
        "I",
        "sort in the other direction",
        (Use("tasks.reverse", "reverse", "Reverse", "Reverse the order", where="tasks"),),
    ),
    Meaning(
        "slash",
        "filter",
        (Use("tasks.filter", "filter", "Filter", "Show only matching tasks", where="tasks"),),
    ),
    Meaning(
        "pageup",
        "page up",
        (
            Use("tasks.pageup", "page(-1)", "Page up", where="tasks"),
            Use("code.pageup", "page(-1)", "Page up", where="code"),
        ),
    ),
    Meaning(
        "pagedown",
        "page down",
        (
            Use("tasks.pagedown", "page(1)", "Page down", where="tasks"),
            Use("code.pagedown", "page(1)", "Page down", where="code"),
        ),
    ),
    Meaning(
        "home",
        "first row",
        (
            Use("tasks.first", "end(0)", "First task", where="tasks"),
            Use("code.first", "end(0)", "First line", where="code"),
        ),
    ),
    Meaning(
        "end",
        "last row",
        (
            Use("tasks.last", "end(-1)", "Last task", where="tasks"),
            Use("code.last", "end(-1)", "Last line", where="code"),
        ),
    ),
    # -- Compare
    Meaning(
        "y",
        "other view: by worker or by task; Compare: times or sweep",
        (
            Use(
                "timeline.order",
                "order",
                "By worker / by task",
                "A row for each worker, or for each task in the order of submission",
                where="race",
            ),
            Use(
                "compare.view",
                "view",
                "Times / sweep",
                "Where the time went, or the sweep",
                where="compare",
            ),
        ),
    ),
    Meaning(
        "z",
        "Compare: an axis of its own",
        (
            Use(
                "compare.zoom",
                "zoom",
                "Own axis",
                "The steps on an axis of their own, or on the lanes' axis",
                where="compare",
            ),
        ),
    ),
    # -- screens and the program
    Meaning("1", "Race", (Use("screen.race", "switch_mode('race')", "Race"),)),
    Meaning("2", "Workload", (Use("screen.picture", "switch_mode('picture')", "Workload"),)),
    Meaning("3", "Tasks", (Use("screen.tasks", "switch_mode('tasks')", "Tasks"),)),
    Meaning("4", "Compare", (Use("screen.compare", "switch_mode('compare')", "Compare"),)),
    Meaning("5", "Cluster", (Use("screen.cluster", "switch_mode('cluster')", "Cluster"),)),
    Meaning("6", "Code", (Use("screen.code", "switch_mode('code')", "Code"),)),
    Meaning("7", "Log", (Use("screen.log", "switch_mode('log')", "Log"),)),
    Meaning("8", "Learn"),
    Meaning(
        "c",
        "the code of what you look at",
        (Use("code.open", "code", "Show code", "The source of what you look at"),),
    ),
    Meaning("exclamation_mark", "the coach's findings"),
    Meaning("o", "kept races and recordings"),
    Meaning("E", "export"),
    Meaning(
        "M",
        "mark, to measure an interval",
        (
            Use(
                "timeline.mark",
                "mark",
                "Mark",
                "Where the selected task starts; then, where one ends",
                where="race",
            ),
        ),
    ),
    Meaning(
        "m",
        "largest panel alone, and back",
        (
            Use(
                "timeline.alone",
                "alone",
                "Large timeline",
                "The timeline alone, and back",
                where="race",
            ),
            Use(
                "cluster.alone",
                "alone",
                "Objects alone",
                "The objects alone, and back",
                where="cluster",
            ),
        ),
    ),
    Meaning("left_curly_bracket", "replay slower"),
    Meaning("right_curly_bracket", "replay faster"),
    Meaning("less_than_sign", "replay: previous event"),
    Meaning("greater_than_sign", "replay: next event"),
    Meaning("T", "theme", (Use("look.theme", "next_theme", "Theme", "Dark, light, contrast"),)),
    Meaning("p", "projector"),
    Meaning("C", "captions"),
    Meaning("B", "blank screen"),
    Meaning(
        "f1,question_mark",
        "help",
        (Use("help", "help", "Help", "What this screen shows, its keys, marks and terms"),),
    ),
    Meaning(
        "f2",
        "next preset in a sheet",
        (Use("settings.preset", "preset", "Preset", "", "settings"),),
    ),
    Meaning(PALETTE, "the palette: everything by name"),
    Meaning("ctrl+c", "copy the selection"),
    Meaning(
        "ctrl+z",
        "suspend",
        (
            Use(
                "suspend",
                "suspend",
                "Suspend",
                "Stop the program and its lanes; fg continues",
                priority=True,  # also in a sheet
            ),
        ),
    ),
    Meaning("q,ctrl+q", "quit", (Use("quit", "quit", "Quit", "Stop all lanes and quit"),)),
)
