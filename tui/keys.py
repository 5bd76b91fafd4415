"""The app's keys: each has an id, so that a keymap can move it, and a tooltip that help and palette
show.
"""

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding(
        "space",
        "go",
        "Start / pause",
        tooltip="Start a race; hold the picture while it runs",
        id="race.go",
    ),
    Binding("x", "cancel", "Cancel", tooltip="End the race", id="race.cancel"),
    Binding("r", "again", "Again", tooltip="Race again with the same seed", id="race.again"),
    Binding("n", "fewer", "Fewer tasks", tooltip="Half as many tasks", id="race.fewer"),
    Binding("N", "more", "More tasks", tooltip="Twice as many tasks", id="race.more"),
    Binding(
        "left_square_bracket",
        "smaller",
        "Smaller",
        tooltip="Half the work a task",
        id="race.smaller",
    ),
    Binding(
        "right_square_bracket",
        "larger",
        "Larger",
        tooltip="Twice the work a task",
        id="race.larger",
    ),
    Binding(
        "s", "settings", "Settings", tooltip="All parameters of the workload", id="race.settings"
    ),
    Binding("w", "workload", "Workload", tooltip="Choose what to race", id="race.workload"),
    Binding("e", "lanes", "Lanes", tooltip="Choose which engines race", id="race.lanes"),
    Binding(
        "v",
        "sweep",
        "Sweep",
        tooltip="Race once for each of many values, and compare",
        id="race.sweep",
    ),
    Binding(
        "b",
        "best",
        "Best of 5",
        tooltip="The same race five times: median and spread",
        id="race.best",
    ),
    Binding(
        "t",
        "schedule",
        "Together / in turn",
        tooltip="Lanes at once, or one by one",
        id="race.schedule",
    ),
    Binding("u", "startup", "Start-up", tooltip="Count the start-up, or not", id="race.startup"),
    Binding(
        "comma", "select(-1)", "Previous", tooltip="Select the picture before", id="select.previous"
    ),
    Binding("full_stop", "select(1)", "Next", tooltip="Select the next picture", id="select.next"),
    Binding(
        "escape", "follow", "Follow", tooltip="Follow the newest picture again", id="select.none"
    ),
    Binding(
        "enter", "large", "Large", tooltip="The selected picture alone, or not", id="select.large"
    ),
    Binding("1", "switch_mode('race')", "Race", id="screen.race"),
    Binding("2", "switch_mode('picture')", "Picture", id="screen.picture"),
    Binding("3", "switch_mode('tasks')", "Tasks", id="screen.tasks"),
    Binding("4", "switch_mode('compare')", "Compare", id="screen.compare"),
    Binding("7", "switch_mode('log')", "Log", id="screen.log"),
    Binding("T", "next_theme", "Theme", tooltip="Dark, light, contrast", id="look.theme"),
    Binding(
        "f1,question_mark",
        "help",
        "Help",
        tooltip="What this screen shows, and all keys",
        id="help",
    ),
    Binding(
        "ctrl+z",
        "suspend",
        "Suspend",
        tooltip="Stop the program and its lanes; fg continues",
        id="suspend",
        priority=True,  # also in a sheet
    ),
    Binding("q,ctrl+q", "quit", "Quit", tooltip="End Ray and leave", id="quit"),
]
