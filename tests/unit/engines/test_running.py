"""Which tasks a lane was at when its process ended."""

from pathlib import Path

from workloads.core import events as ev
from workloads.engines.running import SLOTS, Running, last
from workloads.ledger.race import Race


def test_what_is_running_outlives_the_process(tmp_path: Path) -> None:
    running = Running(tmp_path)
    assert last(tmp_path) == []
    for worker, task in ((1, 7), (0, 0), (2, 9), (SLOTS, 5)):
        running.enter(worker, task)
    running.leave(2)
    assert last(tmp_path) == [0, 7]


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "gone"):
        running = Running(folder)
        running.enter(0, 1)
        running.leave(0)
        assert last(folder) == []


def test_the_end_of_a_lane_names_its_tasks() -> None:
    for tasks, words in (
        ([], "exited with status 7."),
        ([3], "exited with status 7 while it ran task 3."),
        ([3, 4], "exited with status 7 while it ran tasks 3 and 4."),
        (list(range(8)), "exited with status 7 while it ran tasks 0, 1, 2, 3, 4 and 3 more."),
    ):
        race = Race()
        race.apply(ev.LaneOpened(t=0, lane="threads", engine="threads", pid=1))
        race.apply(ev.EngineStarted(t=0, lane="threads"))
        race.apply(ev.LaneExited(t=1, lane="threads", status=7, tasks=tasks))
        assert race.lane("threads").reason == f"The lane's process {words}"
