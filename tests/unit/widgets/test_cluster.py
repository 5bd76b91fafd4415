"""What screen 5 draws of nodes, workers and objects."""

import msgspec
import pytest

from tests.fabricate import folded
from tests.fabricate_nodes import IDS, lost_node, nodes_race
from tui.drawing.page import Page
from tui.drawing.themes import DARK
from tui.widgets.cluster.load import draw_load
from tui.widgets.cluster.meters import BAR, Meter, put_meter
from tui.widgets.cluster.nodes import draw_nodes
from tui.widgets.cluster.objects import draw_objects
from tui.widgets.cluster.sentence import sentence
from tui.widgets.cluster.view import ClusterView
from workloads.core import events as ev

GO = 6.4


def view(
    seconds: float | None, *more: ev.AnyEvent, lane: str = "ray", **race: object
) -> ClusterView:
    """The lane so many seconds into its run; None: at its end."""
    until = None if seconds is None else GO + seconds
    ledger = folded([*nodes_race(until=until, **race), *more]).lane(lane)
    t = ledger.run_s or 0.0
    if seconds is not None:
        t = seconds
    return ClusterView(ledger, t, 0)


def texts(lines: list[list[object]]) -> list[str]:
    return ["".join(segment.text for segment in line).rstrip() for line in lines]  # type: ignore[attr-defined]


def test_a_node_shows_what_it_offers_what_is_held_and_its_workers() -> None:
    drawn = texts(draw_nodes(view(0.5), 0, Page(100, 30, DARK)))
    assert drawn[0] == (
        "  R  Ray  4 nodes · each task asks for 1 CPU, 1 camera · spread strategy · 4 workers"
    )
    assert drawn[2] == f"  node 0  driver  127.0.0.1  {IDS[0][:8]}"
    assert drawn[3].split() == [
        "CPU",
        "━" * BAR,
        *["1", "of", "1", "held", "camera"],
        "━━━━────",
        *["1", "of", "2", "held"],
    ]
    assert "0 of 500 MB" in drawn[4]
    assert drawn[5].split()[:6] == ["w0", "pid", "4001", "●", "task", "0"]


def test_what_a_worker_has_run_is_counted_the_latest_first() -> None:
    drawn = texts(draw_nodes(view(None), 0, Page(120, 30, DARK)))
    workers = [line for line in drawn if " pid " in line]
    ran = sorted(int(task) for line in workers for task in line.rpartition(": ")[2].split(", "))
    assert ran == list(range(10))
    assert all("○ idle" in line and "busy" in line for line in workers)


def test_a_lost_node_says_why_and_so_do_its_workers() -> None:
    seen = view(0.5, lost_node(GO + 0.4, 1))
    drawn = texts(draw_nodes(seen, 0, Page(100, 40, DARK)))
    assert any(line.startswith("  node 1  ✗ lost: its raylet died") for line in drawn)
    assert sum("✗ lost with its node" in line for line in drawn) == 1
    assert drawn[0].startswith("  R  Ray  3 nodes")
    assert sentence(seen).endswith("Lost: node 1 (its raylet died).")


def test_a_list_longer_than_its_room_has_no_gaps_and_starts_where_it_is_scrolled_to() -> None:
    seen = view(0.5, nodes=16)
    page = Page(80, 20, DARK)
    top = texts(draw_nodes(seen, 0, page))
    assert len(top) == 20
    assert "" not in top[2:]
    scrolled = texts(draw_nodes(seen, 4, page))
    assert scrolled[2:-4] == top[6:]


def test_while_ray_starts_its_phases_are_listed() -> None:
    seen = ClusterView(folded(nodes_race(until=3.0)).lane("ray"), 0.0, 0)
    drawn = texts(draw_nodes(seen, 0, Page(80, 20, DARK)))
    assert [line.split("  ")[1] for line in drawn[2:]] == ["✔ import ray", "● start Ray"]
    assert sentence(seen) == "Ray is starting."


@pytest.mark.parametrize(
    ("share", "others", "bar"),
    [
        (0, 0, "────────"),
        (0.001, 0, "━───────"),
        (0.5, 0, "━━━━────"),
        (0.999, 0, "━━━━━━━─"),
        (1, 0, "━━━━━━━━"),
        (0.5, 0.25, "━━━━╍╍──"),
        (0.5, 0.001, "━━━━╍───"),
        (0, 1, "╍╍╍╍╍╍╍╍"),
    ],
)
def test_a_bar_is_full_only_if_nothing_is_free_and_empty_only_if_all_is(
    share: float, others: float, bar: str
) -> None:
    page = Page(40, 1, DARK)
    cells = page.cells()
    put_meter(cells, 0, Meter("CPU", share, others, "x"), "ray", page)
    assert "".join(cells.chars)[8:16] == bar


def test_an_input_says_where_it_lies_and_who_reads_it() -> None:
    drawn = "\n".join(texts(draw_objects(view(0.5, puts=10), Page(44, 20, DARK))))
    assert "ray.put: 10 objects, 300 MB, 10 ms each." in drawn
    assert "node 0, w0 in place" in drawn
    assert "node 0, copied to node 1" in drawn
    assert "node 0, task 9 waits" in drawn
    ended = "\n".join(texts(draw_objects(view(None, puts=6), Page(44, 20, DARK))))
    assert "freed with task 0" in ended
    assert "waits" not in ended


def test_an_input_of_many_tasks_says_how_many_have_read_it() -> None:
    def drawn(seen: ClusterView) -> str:
        lane = seen.lane
        tasks = lane.tasks.count
        lane.stored.take(
            ev.Stored(
                t=0,
                task=0,
                ref="ab" * 28,
                bytes=64_000_000,
                load_s=0,
                put_s=0.03,
                readers=[(0, tasks - 1)],
            )
        )
        lane.store.puts, lane.store.put_bytes, lane.store.put_s = 1, 64_000_000, 0.03
        return "\n".join(texts(draw_objects(seen, Page(60, 20, DARK))))

    running, over = view(0.5), view(None)
    tasks = over.lane.tasks.count
    assert "ray.put: 1 object, 64 MB, 30 ms each." in drawn(running)
    assert f"node 0, {running.lane.done} of {tasks} read it" in drawn(running)
    assert f"{tasks} tasks read it; freed" in drawn(over)


def test_results_are_inline_or_came_through_the_store() -> None:
    events = [
        msgspec.structs.replace(
            event,
            fetch_s=0.001,
            result_bytes=(200, 1_000_000)[event.task == 3],
            in_store=event.task == 3,
        )
        if isinstance(event, ev.Finished)
        else event
        for event in nodes_race()
    ]
    lane = folded(events).lane("ray")
    drawn = " ".join(texts(draw_objects(ClusterView(lane, 9.0, 0), Page(60, 20, DARK))))
    assert "Results: 9 inline in the driver (2 kB in all)." in drawn
    assert "Results: 1 through the object store (1 MB in all)." in drawn


def test_an_engine_without_an_object_store_says_so() -> None:
    drawn = " ".join(texts(draw_objects(view(0.5, lane="serial"), Page(44, 20, DARK))))
    assert "This engine has no object store" in drawn


def test_the_charts_show_who_ran_when() -> None:
    drawn = texts(draw_load(view(None), Page(60, 12, DARK)))
    assert [line.split()[0] for line in drawn if "node" in line[:8]] == ["node"] * 4
    assert all("█" in line for line in drawn if "node" in line[:8])
    assert drawn[-1].split()[:2] == ["0", "s"]
    assert texts(draw_load(view(-1.0), Page(60, 12, DARK)))[-1].strip() == "Nothing runs yet."


def test_nodes_without_room_for_a_chart_are_counted() -> None:
    drawn = texts(draw_load(view(None, nodes=16), Page(60, 10, DARK)))
    assert len(drawn) == 10
    assert drawn[-2].strip() == "and 9 more nodes"


def test_ascii_draws_nothing_else() -> None:
    for seen in (view(0.5, puts=4), view(None, lost_node(GO + 0.4, 1))):
        page = Page(80, 24, DARK, ascii=True)
        lines = [*draw_nodes(seen, 0, page), *draw_objects(seen, page), *draw_load(seen, page)]
        assert "".join(texts(lines)).isascii()


def test_the_sentence_counts_the_tasks_on_each_node() -> None:
    assert sentence(view(0.5)) == "Ray runs 4 tasks on 4 nodes: 1 + 1 + 1 + 1."
    ended = sentence(view(None))
    assert ended.startswith("Ray ran 10 tasks on 4 nodes: ")
    assert sum(map(int, ended.rstrip(".").rpartition(": ")[2].split(" + "))) == 10
    assert sentence(view(-1.0)) == "Ray has 4 nodes; no task runs yet."
    assert sentence(view(0.5, lane="serial")) == "Serial runs 1 task."
