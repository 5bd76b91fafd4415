"""The scoreboard alone: `python -m tests.demos.scoreboard [SECONDS TO BEGIN AT] [THEME]`."""

from tests.fabricate import at, demo, fabricated_race, folded
from tui.widgets.race.scoreboard import LaneScore, Score, Scoreboard


def score(now: float) -> Score:
    """The score of a fabricated race as it stood after `now` seconds."""
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


if __name__ == "__main__":
    board = Scoreboard()
    demo(board, lambda now: board.update(score(now)))
