"""How does a person get from the door to a pass? Takes a place, waits for the call, answers it."""

import math

from kickoff.crowd import calls
from kickoff.crowd.acts import Answer, Pause, Step, Told
from kickoff.crowd.diary import Signal
from kickoff.crowd.solving import SOLVE_S, solution_in
from kickoff.crowd.viewer import Viewer

TICKETS_MAX = 3
"""A ticket that the door does not accept is taken anew; so often."""
COME_BACK = 0.3
"""Of those who leave the line, so many try once more, after `AWAY_S`."""
AWAY_S = (10.0, 30.0)
PAGE_RETRY_S = (1.0, 3.0)
"""How soon the waiting page asks again by itself when no answer came."""
SOON_S = (0.5, 1.0)
"""After the time by which they should be called, who is nearly there looks again, as the page does (`client.js`)."""
FINAL = frozenset({400, 401, 404, 410})
"""Statuses that say: this ticket is no good."""


def enter(viewer: Viewer) -> Step:
    """Take a place, wait, be let in. False: left."""
    for _ in range(TICKETS_MAX):
        if not (yield from _take_place(viewer)) or not (yield from _wait(viewer)):
            return False
        answer = yield from redeem(viewer)
        if answer.is_good:
            return True
        if answer.status not in FINAL:
            break
    return viewer.leave()


def redeem(viewer: Viewer) -> Told:
    """Ask for the pass until there is a final word or patience ends. Ends with the last answer."""
    assert viewer.place is not None, "who redeems has a ticket"
    proof = ""
    while True:
        answer = yield calls.redeem(viewer.night.name, viewer.place.ticket, viewer.who, proof=proof)
        found = calls.read(answer, calls.Pass) if answer.is_good else None
        if found is not None:
            viewer.ticket_pass = found.text
            viewer.note(Signal.LET_IN)
        if answer.is_good or answer.status in FINAL or not viewer.has_patience:
            return answer
        if answer.status == 403 and not proof and (proof := solution_in(answer.body)):
            yield Pause(viewer.chance.uniform(*SOLVE_S))
            continue
        refusal = calls.read(answer, calls.Refusal)
        told_s = max(answer.retry_after_s, refusal.ask_again_s if refusal else 0.0)
        yield Pause(max(told_s, viewer.chance.uniform(*PAGE_RETRY_S)))


def _take_place(viewer: Viewer) -> Step:
    """Join; what failed is tried again by habit, as long as patience lasts; what is asked for, is worked for."""
    proof = ""
    while True:
        answer = yield calls.join(
            viewer.night.name,
            client=viewer.client,
            channel=viewer.channel,
            attempts=tuple(viewer.attempts),
            proof=proof,
            who=viewer.who,
        )
        place = calls.read(answer, calls.Place) if answer.is_good else None
        if place is not None:
            viewer.place, viewer.device = place, answer.device or viewer.device
            viewer.attempts.clear()
            viewer.note(Signal.JOINED)
            if proof or not (proof := solution_in(answer.body)):
                return True
            yield Pause(viewer.chance.uniform(*SOLVE_S))
            continue
        if is_not_in_offer(answer):
            # Told before the wait.
            if not take_another_channel(viewer, answer):
                return viewer.leave(of_own_will=True)
        else:
            viewer.remember("unreachable")
        yield viewer.before_the_next_try(told_s=answer.retry_after_s)
        if not viewer.has_patience:
            return viewer.leave()


def _come_back(viewer: Viewer) -> Step:
    """Out of patience: most leave for good, some come back after a while, to the same place. False: left."""
    if viewer.has_returned or viewer.chance.random() >= COME_BACK:
        return viewer.leave()
    viewer.has_returned = True
    viewer.remember("gave_up")
    yield Pause(viewer.chance.uniform(*AWAY_S))
    viewer.patient_from_s = viewer.at_s
    return (yield from _take_place(viewer))


def is_not_in_offer(answer: Answer) -> bool:
    """Whether waiting would not help: the offer does not hold the channel."""
    refusal = calls.read(answer, calls.Refusal) if answer.status == 403 else None
    return refusal is not None and refusal.code == "not_in_offer"


def take_another_channel(viewer: Viewer, answer: Answer) -> bool:
    """Refused what the offer does not hold, a person watches what it holds. False: it holds nothing else."""
    refusal = calls.read(answer, calls.Refusal)
    others = [channel for channel in (refusal.channels if refusal else ()) if channel != viewer.channel]
    viewer.channel = others[0] if others else viewer.channel
    return bool(others)


def _wait(viewer: Viewer) -> Step:
    """Look at the status object now and then, as the page does, until the place is called."""
    assert viewer.place is not None, "who waits has a place"
    while True:
        told = viewer.scene.status
        due_s = told.due_s(viewer.place) if told else math.inf
        within_s = told.poll_s if told else viewer.night.door.poll_s
        if due_s + SOON_S[1] < within_s[0]:
            within_s = (due_s + SOON_S[0], due_s + SOON_S[1])
        yield Pause(viewer.chance.uniform(*within_s))
        status = viewer.scene.status
        if status is not None and status.has_called(viewer.place):
            break
        if not viewer.has_patience and not (yield from _come_back(viewer)):
            return False
    viewer.note(Signal.CALLED)
    if math.isinf(viewer.person.called_after_s):
        return viewer.leave(of_own_will=True)
    if viewer.person.called_after_s > 0:
        yield Pause(viewer.person.called_after_s)
    return True
