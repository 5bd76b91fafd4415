"""The table of all keys: one meaning each in the whole program, and the bindings that come from it.

Footer, help, palette and the README's table read it. A key without a binding is reserved: what it
is for doesn't exist yet, and nothing else may take it.
"""

from tui.key_meaning import Meaning, Use

PALETTE = "ctrl+p"  # a binding of Textual's own

FULL_TEXT = ("full_text", "Full text", "The summary and all errors at full length")

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
    Meaning("X", "cancel the selected task"),
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
    Meaning("P", "hold or resume submission"),
    Meaning("K", "kill the selected task's worker"),
    Meaning("d", "drain: wait, get, get each"),
    # -- the selection
    Meaning(
        "up,k",
        "row above",
        (
            Use("tasks.up", "move(-1)", "Task above", where="tasks"),
            Use("compare.up", "lane(-1)", "Lane above", where="compare"),
            Use("help.up", "scroll_up", "Scroll up", where="help", show=False),
            Use(
                "settings.previous",
                "app.focus_previous",
                "Previous",
                where="settings",
                show=False,
                keys="up",
            ),
            Use(
                "sweep.previous",
                "choose(-1)",
                "Previous kind",
                where="sweep",
                show=False,
                keys="up",
            ),
        ),
    ),
    Meaning(
        "down,j",
        "row below",
        (
            Use("tasks.down", "move(1)", "Task below", where="tasks"),
            Use("compare.down", "lane(1)", "Lane below", where="compare"),
            Use("help.down", "scroll_down", "Scroll down", where="help", show=False),
            Use(
                "settings.next", "app.focus_next", "Next", where="settings", show=False, keys="down"
            ),
            Use("sweep.next", "choose(1)", "Next kind", where="sweep", show=False, keys="down"),
        ),
    ),
    Meaning(
        "left,h",
        "back in time or over points; in a replay: seek",
        (Use("compare.left", "cursor(-1)", "Previous point", where="compare"),),
    ),
    Meaning(
        "right,l",
        "forward in time or over points; in a replay: seek",
        (Use("compare.right", "cursor(1)", "Next point", where="compare"),),
    ),
    Meaning("shift+left,shift+right,shift+up,shift+down", "pan"),
    Meaning(
        "comma",
        "previous task or image",
        (
            Use("select.previous", "select(-1)", "Previous image", "Select the previous image"),
            Use("tasks.previous", "move(-1)", "Task above", where="tasks"),
        ),
    ),
    Meaning(
        "full_stop",
        "next task or image",
        (
            Use("select.next", "select(1)", "Next image", "Select the next image"),
            Use("tasks.next", "move(1)", "Task below", where="tasks"),
        ),
    ),
    Meaning(
        "enter",
        "details of the selection; apply a sheet",
        (
            Use("select.large", "large", "Large image", "The selected image alone, and back"),
            Use(
                "tasks.details",
                "details",
                "Details",
                "Everything recorded about the task",
                where="tasks",
            ),
            Use("race.full-text", *FULL_TEXT, where="race"),
            Use("compare.full-text", *FULL_TEXT, where="compare"),
            Use("lanes.take", "take", "Apply", where="lanes", priority=True),
            Use("full-text.close", "dismiss", "Close", where="full text", show=False),
        ),
    ),
    Meaning(
        "f",
        "zoom to fit; follow the newest",
        (
            Use("select.follow", "follow", "Follow", "Follow the newest again"),
            Use("tasks.follow", "follow", "Follow", "Follow the newest task again", where="tasks"),
        ),
    ),
    Meaning(
        "plus",
        "zoom in",
        (
            Use(
                "image.zoom-in",
                "zoom(True)",
                "Zoom in",
                "A part of the image in its own pixels",
                where="view",
            ),
        ),
    ),
    Meaning(
        "minus",
        "zoom out",
        (Use("image.zoom-out", "zoom(False)", "Zoom out", "The whole image again", where="view"),),
    ),
    Meaning("0", "zoom to fit"),
    Meaning(
        "g",
        "next failed task",
        (Use("select.failed", "next_failed", "Next failed", "Select the next task that failed"),),
    ),
    Meaning(
        "G",
        "slowest task",
        (
            Use("select.slowest", "slowest", "Slowest", "Select the next slowest task"),
            Use(
                "race.slowest",
                "slowest",
                "Slowest task",
                "Select the next of the slowest tasks",
                where="race",
            ),
        ),
    ),
    Meaning(
        "tab",
        "next lane or panel",
        (
            Use("compare.lane", "lane(1)", "Lane below", where="compare"),
            Use("tasks.lane", "lane(1)", "Next lane", where="tasks"),
        ),
    ),
    Meaning(
        "shift+tab",
        "previous lane or panel",
        (
            Use("compare.lane-before", "lane(-1)", "Lane above", where="compare"),
            Use("tasks.lane-before", "lane(-1)", "Previous lane", where="tasks"),
        ),
    ),
    Meaning(
        "escape",
        "out of the innermost thing; follow the newest",
        (
            Use("select.none", "follow", "Follow", "Follow the newest again"),
            Use(
                "tasks.back", "back", "Back", "Clear the filter, then the selection", where="tasks"
            ),
            Use("help.close", "close", "Close", where="help", show=False),
            Use(
                "help.close",
                "close_help",
                "Close help",
                where="under help",
                show=False,
                priority=True,
            ),
            Use("sheet.leave", "dismiss", "Cancel", where="sheet"),
        ),
    ),
    # -- lists
    Meaning(
        "i",
        "sort by another column",
        (Use("tasks.sort", "sort", "Sort", "By number, time, waiting, state", where="tasks"),),
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
    Meaning("pageup", "page up", (Use("tasks.pageup", "page(-1)", "Page up", where="tasks"),)),
    Meaning(
        "pagedown", "page down", (Use("tasks.pagedown", "page(1)", "Page down", where="tasks"),)
    ),
    Meaning("home", "first row", (Use("tasks.first", "end(0)", "First task", where="tasks"),)),
    Meaning("end", "last row", (Use("tasks.last", "end(-1)", "Last task", where="tasks"),)),
    # -- Compare
    Meaning(
        "y",
        "Compare: times or sweep",
        (
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
    Meaning("5", "Cluster"),
    Meaning("6", "Code"),
    Meaning("7", "Log", (Use("screen.log", "switch_mode('log')", "Log"),)),
    Meaning("8", "Learn"),
    Meaning("c", "the code of what you look at"),
    Meaning("exclamation_mark", "the coach's findings"),
    Meaning("o", "kept races and recordings"),
    Meaning("E", "export"),
    Meaning("m", "largest panel alone, and back"),
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
