"""The timeline alone: `python -m tests.demos.timeline [SECONDS TO BEGIN AT] [THEME]`."""

from tests.fabricate import at, demo, fabricated_race, folded
from tui.widgets.race.timeline import LaneView, Timeline


def views(now: float) -> list[LaneView]:
    """A fabricated race as it stood after `now` seconds."""
    race = folded(fabricated_race(tasks=24, failures=[9], retries=[4], until=now))
    return [
        LaneView(lane, lane.elapsed(at(now)), now=at(now), running=lane.live)
        for lane in race.raced()
    ]


if __name__ == "__main__":
    timeline = Timeline()
    demo(timeline, lambda now: timeline.update(views(now)))
