"""How does a person watch? Presses play, keeps the picture, changes channel now and then, leaves."""

import math
from collections.abc import Generator

from kickoff.crowd import calls
from kickoff.crowd.acts import Act, Answer, Ask, Pause, Step
from kickoff.crowd.complaints import complain
from kickoff.crowd.diary import Signal
from kickoff.crowd.entry import is_not_in_offer, redeem, take_another_channel
from kickoff.crowd.player import Outcome, Player
from kickoff.crowd.viewer import Viewer

SAMPLE_S = 60.0
"""A playing player's playlist is sampled once in so long, on average."""
SWITCH_S = 300.0
"""Who has more than one channel changes once in so long, on average."""
LOOK_S = 3.0
"""Whoever gets a picture only after they meant to leave has a look, for so long."""
PUT_OUT = frozenset({401, 403, 404})
"""A beat answered so has been told: you are no longer inside."""
ENDED = 410
"""The stream was ended, from another screen or by a failure told twice: the player resumes it, as the page does."""

Wish = dict[str, object]
Playing = Generator[Act, Answer, Player | None]
"""Ends with a player whose picture is there, or None: left."""


def press_play(viewer: Viewer) -> Playing:
    """From a session to the first picture, as long as patience and tries last."""
    wish: Wish = {"pass": viewer.ticket_pass} if viewer.ticket_pass else {}
    player: Player | None = None
    for _ in range(viewer.person.tries_max):
        answer = yield calls.lease(viewer.night.name, _whole(viewer, wish), viewer.who)
        stream = calls.read(answer, calls.Stream) if answer.is_good else None
        if stream is not None:
            player = Player(viewer, stream)
            if not (yield from player.start()):
                if viewer.diary.failed_starts:
                    yield from complain(viewer, "error")
                return player
            wish = {"resume": stream.lease}
            yield from complain(viewer, "black_screen")
        elif is_not_in_offer(answer):
            if not take_another_channel(viewer, answer):
                viewer.leave(of_own_will=True)
                return None
        else:
            wish = yield from _other_wish(viewer, wish, answer)
        yield viewer.before_the_next_try(told_s=answer.retry_after_s)
        if not viewer.has_patience:
            break
    viewer.leave()
    if player is not None:
        yield _end(viewer, player, code="quit")
    return None


def watch(viewer: Viewer, player: Player) -> Generator[Act, Answer, None]:
    """From the first picture to leaving."""
    leaves_s = max(viewer.person.leaves_s, viewer.at_s + LOOK_S)
    while code := (yield from _play(viewer, player, until_s=leaves_s)):
        viewer.note(Signal.LOST_PICTURE)
        yield from player.beat("f", ec=code)
        player.is_showing = False
        yield from complain(viewer, "black_screen")
        if not (yield from _get_it_back(viewer, player, until_s=leaves_s)):
            break
    viewer.leave()
    yield _end(viewer, player, code="whistle" if leaves_s >= viewer.night.schedule.whistle else "quit")


def _other_wish(viewer: Viewer, wish: Wish, answer: Answer) -> Generator[Act, Answer, Wish]:
    """What to ask for after a refused stream, with what has to happen before."""
    if answer.status == 409:
        # A stream of our own whose answer never reached us stands in the way: it makes room.
        refusal = calls.read(answer, calls.Refusal)
        own = refusal.streams[0].name if refusal and refusal.streams else ""
        return {**wish, "end": own}
    if answer.status in (401, 403) and viewer.place is not None and "pass" in wish:
        # The pass has run out; it is given again for the same place.
        yield from redeem(viewer)
        return {"pass": viewer.ticket_pass}
    viewer.diary.note_failure(viewer.at_s)
    return wish


def _play(viewer: Viewer, player: Player, *, until_s: float) -> Outcome:
    """Watch until it is time to go (""), or until the stream breaks (why)."""
    chance = viewer.chance
    can_switch = len(player.stream.channels) > 1
    beat_s, sample_s = viewer.at_s + player.beat_s, viewer.at_s + chance.exponential(SAMPLE_S)
    switch_s = viewer.at_s + chance.exponential(SWITCH_S) if can_switch else math.inf
    while (soonest_s := min(beat_s, sample_s, switch_s)) < until_s:
        yield Pause(soonest_s - viewer.at_s)
        code = ""
        if soonest_s == beat_s:
            code = yield from _beat(viewer, player)
            beat_s = viewer.at_s + player.beat_s
        elif soonest_s == sample_s:
            code = yield from player.sample()
            yield from complain(viewer, "buffering" if player.stalled_s else "sound")
            sample_s = viewer.at_s + chance.exponential(SAMPLE_S)
        else:
            code = yield from _switch(viewer, player)
            switch_s = viewer.at_s + chance.exponential(SWITCH_S)
        if code:
            return code
    yield Pause(until_s - viewer.at_s)
    return ""


def _beat(viewer: Viewer, player: Player) -> Outcome:
    """Report. A door that does not answer stops nothing: the picture does not come from it."""
    answer = yield from player.beat("p")
    if answer.status in PUT_OUT:
        viewer.diary.expelled += 1
        return "forbidden"
    return "other" if answer.status == ENDED else ""


def _switch(viewer: Viewer, player: Player) -> Outcome:
    """Another channel of the offer."""
    others = [name for name in player.stream.channels if name != player.stream.channel]
    wanted = others[int(viewer.chance.integers(len(others)))]
    answer = yield calls.switch(viewer.night.name, player.stream.lease, wanted, viewer.who)
    stream = calls.read(answer, calls.Stream) if answer.is_good else None
    if stream is None:
        return ""
    viewer.channel = wanted
    player.stream = stream
    return (yield from player.start(is_new=False))


def _get_it_back(viewer: Viewer, player: Player, *, until_s: float) -> Step:
    """Come back through re-entry, which is open all night, and start again. False: given up."""
    patient_until_s = min(until_s, viewer.at_s + viewer.person.patience_s)
    for _ in range(viewer.person.tries_max):
        answer = yield calls.lease(viewer.night.name, _whole(viewer, {"resume": player.stream.lease}), viewer.who)
        stream = calls.read(answer, calls.Stream) if answer.is_good else None
        if stream is not None:
            player.stream = stream
            if not (yield from player.start()):
                return True
        yield viewer.before_the_next_try(told_s=answer.retry_after_s)
        if viewer.at_s > patient_until_s:
            break
    return False


def _whole(viewer: Viewer, wish: Wish) -> Wish:
    return {"channel": viewer.channel, "client": viewer.client, **wish}


def _end(viewer: Viewer, player: Player, *, code: str) -> Ask:
    return calls.end(viewer.night.name, player.stream.lease, {**player.report(), "code": code}, viewer.who)
