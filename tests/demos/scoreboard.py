"""The scoreboard of an invented race."""

from tests.demos import Demo
from tests.fabricate import at, fabricated_race, folded
from tui.widgets.race.scoreboard import LaneScore, Score, Scoreboard


def score(now: float) -> Score:
    """The score of the race as it stands after `now` seconds."""
    race = folded(fabricated_race(until=now))
    lanes = tuple(
        LaneScore(lane.engine, lane.elapsed(at(now)), lane.wall_s, startup_s=lane.startup_s)
        for lane in race.raced()
    )
    first, last = (lane.wall for lane in lanes)
    speedup = None
    if first and last:
        speedup = first / last
    return Score(speedup=speedup, efficiency=speedup and speedup / 2, workers=2, lanes=lanes)


def demo() -> Demo:
    board = Scoreboard()
    return Demo(board, lambda now: board.update(score(now)))


if __name__ == "__main__":
    demo().play()
