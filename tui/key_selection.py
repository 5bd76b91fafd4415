"""The part of the table of keys for what is selected, and the part of it that is shown."""

from tui.key_meaning import Meaning, Use

FULL_TEXT = ("full_text", "Full text", "The summary and all errors at full length")

SELECTION = (
    Meaning(
        "up,k",
        "row above",
        (
            Use("timeline.up", "row(-1)", "Row above", where="race"),
            Use("tasks.up", "move(-1)", "Task above", where="tasks"),
            Use("compare.up", "lane(-1)", "Lane above", where="compare"),
            Use("code.up", "lines(-1)", "Line above", where="code"),
            Use("cluster.up", "move(-1)", "Node or worker above", where="cluster"),
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
            Use("timeline.down", "row(1)", "Row below", where="race"),
            Use("tasks.down", "move(1)", "Task below", where="tasks"),
            Use("compare.down", "lane(1)", "Lane below", where="compare"),
            Use("code.down", "lines(1)", "Line below", where="code"),
            Use("cluster.down", "move(1)", "Node or worker below", where="cluster"),
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
        (
            Use("timeline.left", "cursor(-1)", "Previous task of the worker", where="race"),
            Use("compare.left", "cursor(-1)", "Previous point", where="compare"),
        ),
    ),
    Meaning(
        "right,l",
        "forward in time or over points; in a replay: seek",
        (
            Use("timeline.right", "cursor(1)", "Next task of the worker", where="race"),
            Use("compare.right", "cursor(1)", "Next point", where="compare"),
        ),
    ),
    Meaning(
        "shift+left,shift+right,shift+up,shift+down",
        "pan",
        (
            Use("timeline.earlier", "pan(-1)", "Earlier", where="race", keys="shift+left"),
            Use("timeline.later", "pan(1)", "Later", where="race", keys="shift+right"),
            Use("timeline.rows-up", "rows(-1)", "Rows above", where="race", keys="shift+up"),
            Use("timeline.rows-down", "rows(1)", "Rows below", where="race", keys="shift+down"),
        ),
    ),
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
            Use(
                "cluster.task",
                "task",
                "Task",
                "The selected worker's task, among all tasks",
                where="cluster",
            ),
            Use("race.full-text", *FULL_TEXT, where="race"),
            Use("compare.full-text", *FULL_TEXT, where="compare"),
            Use("lanes.take", "take", "Apply", where="lanes", priority=True),
            Use("kill.confirm", "confirm", "Kill", where="kill"),
            Use("full-text.close", "dismiss", "Close", where="full text", show=False),
        ),
    ),
    Meaning(
        "f",
        "zoom to fit; follow the newest",
        (
            Use("select.follow", "follow", "Follow", "Follow the newest again"),
            Use(
                "timeline.follow",
                "follow",
                "Follow",
                "Keep the newest in view, with nothing selected",
                where="race",
            ),
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
            Use("timeline.zoom-in", "zoom(1)", "Zoom in", "A part of the race", where="race"),
        ),
    ),
    Meaning(
        "minus",
        "zoom out",
        (
            Use("image.zoom-out", "zoom(False)", "Zoom out", "The whole image again", where="view"),
            Use("timeline.zoom-out", "zoom(-1)", "Zoom out", "More of the race", where="race"),
        ),
    ),
    Meaning(
        "0",
        "zoom to fit",
        (Use("timeline.fit", "fit", "Fit", "All of the race", where="race"),),
    ),
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
            Use("timeline.lane", "lane(1)", "Same task, next lane", where="race"),
            Use("compare.lane", "lane(1)", "Lane below", where="compare"),
            Use("tasks.lane", "lane(1)", "Next lane", where="tasks"),
            Use("code.lane", "lane(1)", "Next lanes", where="code"),
            Use("cluster.lane", "lane(1)", "Next lane", where="cluster"),
        ),
    ),
    Meaning(
        "shift+tab",
        "previous lane or panel",
        (
            Use("timeline.lane-before", "lane(-1)", "Same task, previous lane", where="race"),
            Use("compare.lane-before", "lane(-1)", "Lane above", where="compare"),
            Use("tasks.lane-before", "lane(-1)", "Previous lane", where="tasks"),
            Use("code.lane-before", "lane(-1)", "Previous lanes", where="code"),
            Use("cluster.lane-before", "lane(-1)", "Previous lane", where="cluster"),
        ),
    ),
    Meaning(
        "escape",
        "out of the innermost thing; follow the newest",
        (
            Use("select.none", "back", "Follow", "Follow the newest again"),
            Use(
                "timeline.back",
                "back",
                "Back",
                "Out of the marks, the selection, the zoom, the large timeline",
                where="race",
            ),
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
)
