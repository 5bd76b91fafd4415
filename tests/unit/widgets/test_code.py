"""The rows of the Code screen: aligned, lit where they differ, and never wider than their room."""

from rich.cells import cell_len

from tui.drawing.page import Page
from tui.drawing.themes import CONTRAST, DARK, LIGHT, contrast
from tui.widgets.code.layout import LaneSource, compared_alone, lay_out
from tui.widgets.code.pane import DRIVER, FAILED, PaneView, draw_pane, gutter
from tui.widgets.code.places import driver_lines, failed_at
from workloads.core.events import Listing

SERIAL = """\
def run(tasks):
    for task in tasks:
        result = task.function(*task.args)
        yield result"""
RAY = """\
def run(tasks):
    refs = []
    for task in tasks:
        refs.append(remote.remote(*task.args))
    ready, _ = ray.wait(refs)  # not ray.get
    yield result"""
TASK = Listing("crunch", "task", "crunch.py", 7, "def crunch(x):\n    return x * 2")
WORKER = Listing("stream", "worker", "remote.py", 3, "def stream(): ...")


def source(engine: str, text: str, *more: Listing) -> LaneSource:
    return LaneSource(engine, (Listing("run", "driver", f"{engine}.py", 10, text), *more))


def texts(rows) -> list[str]:
    return ["".join(run.text for run in row.runs) for row in rows]


LANES = [source("serial", SERIAL, TASK), source("ray", RAY, WORKER, TASK)]


def test_lines_that_are_the_same_stand_at_the_same_height_and_others_are_lit():
    left, right = lay_out(LANES, (60, 60))
    assert len(left) == len(right)
    both = [(a, b) for a, b in zip(left, right, strict=True) if a.number and b.number]
    same = [(a, b) for a, b in both if not a.differs]
    assert all(a.runs == b.runs for a, b in same)
    shared = [texts([a])[0] for a, _ in same]
    assert "    for task in tasks:" in shared
    assert "    return x * 2" in shared
    lit = texts(row for row in right if row.differs)
    assert "    refs = []" in lit
    numbers = [row.number for row in right if row.number]
    assert numbers == [*range(10, 16), 3, 7, 8]


def test_a_part_that_only_one_lane_has_is_explained_on_the_other_side():
    left, right = lay_out(LANES, (60, 60))
    at = next(n for n, row in enumerate(right) if "stream" in texts([row])[0])
    assert "The driver itself runs the tasks" in texts([left[at]])[0]


def test_the_calls_of_the_engines_library_are_marked_but_not_in_comments():
    (rows,) = lay_out(LANES[1:], (60,))
    calls = [run.text for row in rows for run in row.runs if run.role == "call"]
    assert calls == [".remote", "ray.wait"]
    (rows,) = lay_out([source("serial", RAY)], (60,))
    assert not [run for row in rows for run in row.runs if run.role == "call"]


def test_a_long_line_is_continued_and_nothing_of_it_is_lost():
    line = f"    value = {' + '.join(f'part_{n}' for n in range(40))}"
    (rows,) = lay_out([source("serial", f"def long():\n{line}")], (40,))
    code = [row for row in rows if row.kind == "code"]
    assert [row.number for row in code if row.number] == [10, 11]
    assert all(cell_len(text) <= 40 for text in texts(code))
    rest = "".join(text.strip() + " " for text in texts(code)[1:])
    assert rest.split() == line.split()


def test_foreign_text_of_any_kind_keeps_to_its_cells():
    text = "def f():\n\treturn '\x1b[31m\x07\u202e\u2028世界'\x0c\n    # \x85end"
    rows = lay_out([source("serial", text)] * 2, (30, 30))
    numbers = [row.number for row in rows[0] if row.number]
    assert numbers == [10, 11, 12]
    view = PaneView(source("serial", text), rows[0])
    for ascii in (False, True):
        for line in draw_pane(view, Page(40, 12, DARK, ascii)):
            drawn = "".join(part.text for part in line)
            assert cell_len(drawn) == 40
            assert drawn.isprintable()


def test_marks_stand_before_their_lines():
    (rows,) = lay_out(LANES[1:], (60,))
    view = PaneView(LANES[1], rows, marks={(0, 14): DRIVER, (2, 8): FAILED}, state="waits")
    lines = ["".join(part.text for part in line) for line in draw_pane(view, Page(70, 30, DARK))]
    assert "waits" in lines[0]
    (driver,) = (line for line in lines if "▶" in line)
    assert "ray.wait" in driver
    (failed,) = (line for line in lines if "✗" in line)
    assert "return x * 2" in failed


def test_every_character_can_be_read_in_every_theme():
    for colors in (DARK, LIGHT, CONTRAST):
        for lane, rows in zip(LANES, lay_out(LANES, (60, 60)), strict=True):
            view = PaneView(lane, rows, marks={(0, 11): DRIVER, (0, 12): FAILED})
            for line in draw_pane(view, Page(60 + gutter(rows), 40, colors)):
                for part in line:
                    style = part.style
                    if style and style.color and part.text.strip(" ▎"):
                        ground = style.bgcolor.name if style.bgcolor else colors.background
                        assert contrast(style.color.name, ground) >= colors.least - 0.01, part


def test_a_failed_task_points_at_the_innermost_line_of_what_is_shown():
    traceback = (
        'Traceback (most recent call last):\n  File "/home/x/crunch.py", line 8, in crunch\n'
        '    return x * 2\n  File "/usr/lib/random.py", line 8, in other\nTypeError: no\n'
    )
    listings = LANES[1].listings
    assert failed_at(listings, traceback) == (2, 8)
    assert failed_at(listings, traceback.replace("line 8, in crunch", "line 9, in crunch")) is None
    assert failed_at(listings, "") is None


def test_the_line_of_a_state_is_the_one_after_it_is_entered():
    driver = """\
def drive(run):
    while run.unfinished:
        yield from run.driver.enter("submitting")
        ref = run_task.remote()
        began = now()
        yield from run.driver.enter("getting", 3, lasting=True)
        try:
            return ray.get(ref)
        except TimeoutError:
            pass
    run.driver.enter("nowhere")
    yield from run.driver.enter("waiting")"""
    listings = (TASK, Listing("drive", "driver", "ray.py", 100, driver))
    assert driver_lines(listings) == {"submitting": (1, 103), "getting": (1, 107)}
    broken = Listing("drive", "driver", "ray.py", 1, "def drive(:\x00")
    assert driver_lines((broken, TASK)) == {}


def test_a_lane_that_stands_alone_has_the_same_lines_lit_and_no_gaps():
    _, beside = lay_out(LANES, (60, 60))
    alone = compared_alone(LANES[1], LANES[0], 60)
    shown = [row for row in beside if row.listing >= 0]
    assert [row for row in alone if row.listing >= 0] == shown
    assert [row.kind for row in alone if row.listing < 0] == ["code", "code"]
    assert any(row.differs for row in alone)


def test_what_lanes_print_is_not_compared_line_by_line():
    printed = [Listing("out", "output", text=text) for text in ("one two " * 12, "a\nb\nc")]
    lanes = [LaneSource(*each) for each in (("serial", (printed[0],)), ("ray", (printed[1],)))]
    left, right = lay_out(lanes, (30, 30))
    assert texts(right)[:4] == ["output  out", "a", "b", "c"]
    assert len(left) == len(right)
    assert not any(row.differs for row in (*left, *right))


def test_a_recording_of_any_size_is_drawn_as_far_as_there_is_room():
    huge = source("serial", "x = 1\n" * 50_000), source("ray", "y" * 3_000_000)
    left, right = lay_out(huge, (60, 60))
    assert len(left) == len(right) < 1100
    assert driver_lines((Listing("deep", "driver", text="-" * 90_000 + "1"),)) == {}
    same = "\n".join(["pass"] * 900)
    left, right = lay_out((source("serial", same), source("ray", same)), (60, 60))
    assert not any(row.differs for row in left)
