"""The verdict on a race that is over, in a few sentences, for the screens and a headless run."""

from workloads.core.wording import lane_name, more_than, plural, seconds
from workloads.figures import speedup
from workloads.figures.gain import Gain, contended, gains, suspended, without_speedup
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race, same_tasks


def verdict(race: Race, startup: bool = False) -> str:
    """One sentence on how the race came out, counting start-up if `startup`; empty while it goes
    on.
    """
    if race.ended is None or race.opened is None:
        return ""
    if race.ended.status == "cancelled":
        done = [
            f"{title(lane)} had done {lane.done} of {lane.tasks.count} tasks"
            for lane in race.raced()
        ]
        return f"Cancelled; {', '.join(done)}."
    for lane in race.raced():
        if lane.wall_s is None:
            return f"{title(lane)} didn't finish. {lane.reason}"
    sentences = _times(race, gains(race, startup), startup)
    # A recording may name no lane.
    failed = max(race.raced(), key=lambda lane: lane.failed, default=None)
    if failed and failed.failed:
        sentences.append(f"{failed.failed} of {failed.tasks.count:,} failed: {failed.reason}")
    if why := suspended(race):
        sentences.append(f"{why.capitalize()}: its times say nothing.")
    else:
        missing = without_speedup(race, startup)
        sentences += [_no_speedup(race.lanes[name], why) for name, why in missing.items()]
    compared = _compared(race)
    if race.same_answer() is False:
        # Whoever reads no further must not take the times for those of the same results.
        return " ".join([*compared, *sentences])
    return " ".join([*sentences, *compared])


def _times(race: Race, gained: dict[str, Gain], startup: bool) -> list[str]:
    """A sentence on the speedups, or one for each lane on its time where there is no speedup."""
    if len(gained) > 1:
        return [_gains(race, gained, startup)]
    if gained:
        return [_gain(race, race.lanes[name], gain, startup) for name, gain in gained.items()]
    return [
        f"{title(lane)} {_finished(lane)} in {seconds(lane.wall_s or 0.0)}."
        for lane in race.raced()
    ]


def _compared(race: Race) -> list[str]:
    """A sentence on whether every lane computed the same; none where nothing can be compared."""
    same, reason = race.agreement()
    if same:
        return ["Every lane computed the same answer."]
    if same is False:
        return [f"The lanes computed different answers: {reason}."]
    finished = [lane for lane in race.raced() if lane.ended and lane.wall_s is not None]
    if len(finished) < 2 or not all(same_tasks(finished[0], lane) for lane in finished):
        return []
    return [f"Results were not compared: {reason}."]


def _no_speedup(lane: Lane, why: str) -> str:
    if why == speedup.OTHER_TASKS:
        return f"{title(lane)} failed other tasks than serial: their times can't be compared."
    return f"{title(lane)} has no speedup: {why}."


def _finished(lane: Lane) -> str:
    """`finished 16 tasks`, `finished 14 of 16 tasks`."""
    count = lane.tasks.count
    tasks = f"{count:,} {plural('task', count)}"
    if lane.failed:
        return f"finished {count - lane.failed:,} of {tasks}"
    return f"finished {tasks}"


def _gains(race: Race, gained: dict[str, Gain], startup: bool) -> str:
    """Several lanes in one sentence, the fastest first."""
    serial = race.serial
    assert serial is not None, "gains are over serial"
    about, shared = _sharing(race)
    took = {lane.name: (lane.wall_s or 0.0) + lane.startup_s * startup for lane in race.raced()}
    lanes = sorted((race.lanes[name] for name in gained), key=lambda lane: took[lane.name])
    each = [
        f"{lane_name(lane.engine)} {seconds(took[lane.name])} "
        f"({about}{gained[lane.name].speedup:.2f}×{_beyond(gained[lane.name], ', ')})"
        for lane in lanes
    ]
    tasks = f"{serial.tasks.count:,} tasks"
    fewest, *more = {lane.workers for lane in lanes}
    if fewest > 1 and not more:
        tasks += f" on {fewest} workers"
    counted = "not counted"
    if startup:
        counted = "counted"
    serial_time = seconds(took[serial.name])
    return f"{tasks}: {', '.join(each)}; serial {serial_time}{shared}, start-up {counted}."


def _sharing(race: Race) -> tuple[str, str]:
    """What stands before and after speedups of lanes that shared cores; empty for others."""
    if contended(race):
        return "≈ ", " (shared cores)"
    return "", ""


def _gain(race: Race, lane: Lane, gained: Gain, startup: bool) -> str:
    serial = race.serial
    assert serial is not None, "gains are over serial"
    about, shared = _sharing(race)
    took = seconds((lane.wall_s or 0.0) + lane.startup_s * startup)
    text = f"{title(lane)} {_finished(lane)} in {took}, {about}{gained.speedup:.2f}× serial"
    text += f" on {lane.workers} {plural('worker', lane.workers)}"
    text += _beyond(gained, ": ") or f", {gained.efficiency:.0%} of the ideal"
    text += shared
    if startup:
        text += f"; with start-up: {seconds(lane.startup_s)}, serial {seconds(serial.startup_s)}"
    elif lane.startup_s:
        text += f"; start-up {seconds(lane.startup_s)} not counted"
    return text + "."


def _beyond(gained: Gain, before: str) -> str:
    """That the speedup is more than workers can give, and why; empty where it isn't."""
    if not gained.beyond:
        return ""
    return f"{before}{more_than(gained.workers)} ({gained.beyond})"


def title(lane: Lane) -> str:
    """The lane's name as a word: Serial, Ray."""
    return lane.engine.capitalize()
