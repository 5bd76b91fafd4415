"""The sentences of the Compare screen on a sweep: what runs, and what came of it."""

from tui.keys import Keys
from tui.session import Session
from tui.waits import waiting
from workloads.sweeps.progress import progress
from workloads.sweeps.remaining import remaining_s, time_left
from workloads.sweeps.verdict import verdict


def progress_text(session: Session, keys: Keys) -> str:
    """The points that are done, the one being measured, and the time left, once a point is done;
    or the lane that it waits for.
    """
    text = progress(session.sweep)
    if session.replayed and session.still:
        return f"{text}; the recording ends here."
    if session.replayed:
        return f"{text}."
    if any(lane.state == "starting" for lane in session.race.raced()):
        return f"{text}. {waiting(session, keys)}"
    left = remaining_s(session.sweep, session.clock())
    if left is not None:
        text += f"; {time_left(left)}"
    return f"{text}. {keys.opening('race.cancel')} cancels it."


def result_text(session: Session, keys: Keys) -> str:
    """The verdict on the whole sweep."""
    text, plan, opened = verdict(session.sweep), session.plan, session.sweep.opened
    swept = opened and opened.params and (opened.params, tuple(opened.lanes))
    if swept and not session.replayed and swept != (plan.params, plan.lanes):
        text = f"Last sweep, before the settings changed. {text}"
    if session.count_startup:
        text += " Start-up is not counted in sweeps."
    if session.replayed:
        return text
    return f"{text} {keys.opening('race.sweep')} starts another sweep."
