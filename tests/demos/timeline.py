"""The timeline of an invented race in which tasks fail and are tried again."""

from tests.demos import Demo
from tests.fabricate import at, fabricated_race, folded
from tui.widgets.race.lane_view import LaneView
from tui.widgets.race.timeline_panel import Timeline


def lanes(now: float) -> list[LaneView]:
    """The race as it stands after `now` seconds."""
    race = folded(fabricated_race(tasks=24, failures=[9], retries=[4], until=now))
    return [
        LaneView(lane, lane.elapsed(at(now)), now=at(now), running=lane.live)
        for lane in race.raced()
    ]


def demo() -> Demo:
    timeline = Timeline()
    return Demo(timeline, lambda now: timeline.update(lanes(now)))


if __name__ == "__main__":
    demo().play()
