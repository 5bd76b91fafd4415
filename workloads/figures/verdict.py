"""The verdict on a race that is over, in a few sentences, for the screens and a headless run."""

from workloads.core.wording import (
    as_sentence,
    faster,
    is_slower,
    lane_name,
    more_than,
    percent,
    plural,
    seconds,
    times,
    times_range,
)
from workloads.figures import speedup
from workloads.figures.draining import drain_costs
from workloads.figures.gain import Gain, contended, gains, suspended, without_speedup
from workloads.figures.paired import speedup_interval
from workloads.figures.reliability import unreliable_reason
from workloads.figures.startup import startup_text
from workloads.ledger.actors import restart_texts
from workloads.ledger.lane import Lane
from workloads.ledger.race import Race, same_tasks


def verdict(race: Race, startup: bool = False) -> str:
    """A few sentences on how the race ended, counting start-up if `startup`; empty while it is
    running.
    """
    if race.ended is None or race.opened is None:
        return ""
    if race.ended.status == "cancelled":
        completed = [_completed(lane) for lane in race.raced()]
        return " ".join(["Cancelled.", *completed, *_injected(race)])
    for lane in race.raced():
        if lane.wall_s is None:
            reasons = filter(None, [as_sentence(lane.reason), *_injected(race)])
            return " ".join([_without_answer(lane), *reasons])
    sentences = _times(race, gains(race, startup), startup)
    sentences += _failures(race)
    if why := suspended(race):
        sentences.append(f"{why.capitalize()}: its times aren't meaningful.")
    else:
        missing = without_speedup(race, startup)
        sentences += [_no_speedup(race.lanes[name], why) for name, why in missing.items()]
        sentences += filter(None, [unreliable_reason(race)])
    sentences += [*drain_costs(race), *_killed(race), *_restarted(race), *_injected(race)]
    compared = _compared(race)
    if race.same_answer() is False:
        # Whoever reads no further must not take the times for those of the same results.
        return " ".join([*compared, *sentences])
    return " ".join([*sentences, *compared])


def _injected(race: Race) -> list[str]:
    """A sentence on the faults that were put into the tasks; none where there are none."""
    if race.opened is None or not (text := race.opened.faults.text()):
        return []
    return [f"Faults were injected on every lane: {text}."]


def _killed(race: Race) -> list[str]:
    """A sentence on each lane of which workers were killed by hand: its time includes what that
    cost.
    """
    sentences = []
    for lane in race.raced():
        if count := lane.interventions.count("kill-worker"):
            killed = f"{title(lane)} had {count:,} {plural('worker', count)} killed by hand"
            again = f"repeated {lane.retried:,} {plural('attempt', lane.retried)}"
            sentences.append(f"{killed} and {again}: its time includes that.")
    return sentences


def _restarted(race: Race) -> list[str]:
    """A sentence on each actor that lost its state."""
    return [text for lane in race.raced() for text in restart_texts(lane.engine, lane.actors)]


def _completed(lane: Lane) -> str:
    count = lane.tasks.count
    return f"{title(lane)} completed {lane.done:,} of {count:,} {plural('task', count)}."


def _without_answer(lane: Lane) -> str:
    """That the lane didn't finish, or that tasks failed without which there is no answer."""
    count = lane.tasks.count
    if lane.ended is None or lane.stopped or lane.done + lane.failed < max(count, 1):
        return f"{title(lane)} didn't finish."
    failed = f"{lane.failed:,} of {count:,} {plural('task', count)}"
    return f"{title(lane)} has no answer: {failed} failed."


def _failures(race: Race) -> list[str]:
    """How many tasks failed, on which lane, and the first one's reason; empty if none did."""
    lanes = race.raced()
    # A recording may name no lane.
    worst = max(lanes, key=lambda lane: lane.failed, default=None)
    if worst is None or not worst.failed:
        return []
    where = lane_name(worst.engine)
    if len(lanes) > 1 and all(same_tasks(worst, lane) for lane in lanes):
        where = "every lane"
    count = worst.tasks.count
    failed = f"{worst.failed:,} of {count:,} {plural('task', count)} failed on {where}."
    return [f"{failed} {as_sentence(worst.reason)}".rstrip()]


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
        return (
            f"{title(lane)} and serial failed on different tasks, so there is no speedup to report."
        )
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
    took = {lane.name: _took_s(lane, startup) for lane in race.raced()}
    lanes = sorted((race.lanes[name] for name in gained), key=lambda lane: took[lane.name])
    each = [
        f"{lane_name(lane.engine)} {seconds(took[lane.name])} "
        f"({about}{_speedup_text(gained[lane.name])}"
        f"{_interval(race, lane, gained[lane.name], startup)}{_beyond(gained[lane.name], ', ')})"
        for lane in lanes
    ]
    tasks = f"{serial.tasks.count:,} {plural('task', serial.tasks.count)}"
    fewest, *more = {lane.workers for lane in lanes}
    if fewest > 1 and not more:
        tasks += f" with {fewest} workers"
    counted = "excluding"
    if startup:
        counted = "including"
    serial_time = seconds(took[serial.name])
    return f"{tasks}: serial {serial_time}, {', '.join(each)}{shared}; {counted} start-up."


def _took_s(lane: Lane, startup: bool) -> float:
    """The seconds of a lane that has a time, with start-up if that counts."""
    return (lane.wall_s or 0.0) + lane.startup_s * startup


def _speedup_text(gained: Gain) -> str:
    """`1.92×`, or in words where the lane was slower than serial."""
    if is_slower(gained.speedup):
        return faster(gained.speedup)
    return times(gained.speedup)


def _interval(race: Race, lane: Lane, gained: Gain, startup: bool) -> str:
    """The 95% interval of a speedup, ` (3.66–3.79×)`; empty where there is none."""
    bounds = speedup_interval(race, lane, gained)
    if bounds is None or startup or is_slower(gained.speedup):
        return ""
    return f" ({times_range(*bounds)})"


def _sharing(race: Race) -> tuple[str, str]:
    """The text before and after speedups of lanes that shared cores; empty for others."""
    if contended(race):
        return "≈ ", " (shared cores)"
    return "", ""


def _gain(race: Race, lane: Lane, gained: Gain, startup: bool) -> str:
    about, shared = _sharing(race)
    took = seconds(_took_s(lane, startup))
    text = f"{title(lane)} {_finished(lane)} in {took}"
    if startup:
        text += f" including {_startup(lane)}"
    text += f": {about}{faster(gained.speedup)}"
    text += _interval(race, lane, gained, startup)
    text += f" with {lane.workers} {plural('worker', lane.workers)}"
    text += _beyond(gained, ", ") or f" ({percent(gained.efficiency)} efficiency)"
    text += shared
    if lane.startup_s and not startup:
        text += f", excluding {_startup(lane)}"
    return text + "."


def _startup(lane: Lane) -> str:
    """`5.90 s start-up`; `start-up (warm; first start-up 5.90 s)`."""
    if lane.warm:
        return f"start-up ({startup_text(lane, 0)})"
    return f"{seconds(lane.startup_s)} start-up"


def _beyond(gained: Gain, before: str) -> str:
    """That the speedup is more than workers can give, and why; empty where it isn't."""
    if not gained.beyond:
        return ""
    return f"{before}{more_than(gained.workers)} ({gained.beyond})"


def title(lane: Lane) -> str:
    """The lane's name as a word: Serial, Ray."""
    return lane.engine.capitalize()
