"""What did the log say? The door's state, read back after a crash: places, calls, passes, leases and totals.

`told.py` reads the log in one pass; here each part of the house takes over what concerns it, all at once.
"""

import numpy as np
from numpy.typing import NDArray

from kickoff.door import operator_acts
from kickoff.door.state import House
from kickoff.door.told import Told
from kickoff.facts import FACT_NUMBER, LANE_NAMES, LANE_NUMBER, Fact, Lane
from kickoff.playback.restored import BROKEN, GRANTED, OVER, PUT_OUT, SHOWN, StreamFacts, restored
from kickoff.units import US_PER_MS, AtUs
from kickoff.waiting_room.calls import ToldCalls
from kickoff.waiting_room.draw import draw_told
from kickoff.waiting_room.line import lines
from kickoff.waiting_room.places import JOINED_BITS, PLACE_BITS

_COUNTED = {
    Fact.JOINED: "joined",
    Fact.PASSED: "passed",
    Fact.LEASED: "leased",
    Fact.SIGNED_IN: "signed_in",
    Fact.SIGN_IN_FAILED: "sign_in_failed",
    Fact.STARTED: "started",
    Fact.START_FAILED: "start_failed",
    Fact.ENDED: "ended",
    Fact.READMITTED: "readmitted",
    Fact.REPORTED: "reported",
    Fact.BEAT: "beats",
}
_KINDS = {
    Fact.LEASED: GRANTED,
    Fact.READMITTED: GRANTED,
    Fact.STARTED: SHOWN,
    Fact.START_FAILED: BROKEN,
    Fact.ENDED: OVER,
}


def recover(house: House, told: Told, *, last_given: dict[str, int]) -> set[tuple[int, str]]:
    """Bring an empty house to where the log left it; the instants of the match (at, code) that the log has told."""
    house.lines = lines(house.places, last_given=last_given)
    _recover_draw(house, told)
    _recover_index(house, told)
    _recover_calls(house, told)
    _recover_streams(house, told)
    for fact, name in _COUNTED.items():
        setattr(house.counts, name, told.counts[fact])
    house.refused.update(told.refused)
    if not house.is_shared:
        # Of many doors the others know what the operator wants by now, and tell.
        operator_acts.restore(house, told.acts.values(), at=AtUs(told.last_at))
    return told.match


def _recover_draw(house: House, told: Told) -> None:
    """The order that was drawn; or, before the doors, the list as it stood."""
    lottery = house.lottery
    draw = draw_told(told.drawn)
    # A power cut may have left the facts of some lanes: then it is as if nothing had been drawn yet.
    if draw is not None and draw.counts.keys() >= house.lines.keys():
        lottery.take_up(draw, house.lines)
    elif told.places(Fact.CALLED).size:
        # People were called before anybody thought of a draw: there is none any more.
        lottery.forgo()
    elif lottery.keeps_list:
        joined = told.places(Fact.JOINED)
        for lane in np.unique(joined["lane"]).tolist():
            rows = joined[joined["lane"] == lane]
            rows = rows[np.argsort(rows["place"])]
            lottery.add_all(LANE_NAMES[lane], rows["place"].tolist(), rows["subject"].tolist())


def _recover_index(house: House, told: Told) -> None:
    """All holders at once: who joined, but of those whom another place let in, that place; of several the last.

    Where devices and their households are more than the line may hold, those that joined are kept: they are the line.
    """
    joined, leased = told.places(Fact.JOINED), told.places(Fact.LEASED)
    # Who left the slow lane holds the place that came later; and bots are the first that a full index leaves out.
    is_slow = joined["lane"] == LANE_NUMBER[Lane.SLOW]
    if is_slow.any():
        joined = np.concatenate([joined[~is_slow], joined[is_slow]])
    leased = leased[_holders(joined, leased) != leased["subject"]][::-1]
    kept = [leased, joined]
    if len(joined) + len(leased) > house.rules.line_max:
        also_joined = np.isin(leased["subject"], joined["subject"])
        kept = [leased[also_joined], joined, leased[~also_joined]]
    subject, at, lane, place = (
        np.concatenate([rows[name] for rows in kept]) for name in ("subject", "at", "lane", "place")
    )
    at_ms = np.maximum(0, at - house.starts_at) // US_PER_MS & ((1 << JOINED_BITS) - 1)
    words = (lane.astype(np.int64) << (PLACE_BITS + JOINED_BITS)) | (place.astype(np.int64) << JOINED_BITS) | at_ms
    house.index.bulk(subject, words)


def _holders(joined: NDArray[np.void], leased: NDArray[np.void]) -> NDArray[np.int64]:
    """Who joined on the place that let each of these in; 0 where nobody did."""
    found = np.zeros(len(leased), np.int64)
    for lane in np.unique(leased["lane"]).tolist():
        held, asked = joined["lane"] == lane, leased["lane"] == lane
        places, wanted = joined["place"][held], leased["place"][asked]
        holder = np.zeros(max(int(places.max(initial=0)), int(wanted.max())) + 1, np.int64)
        holder[places] = joined["subject"][held]
        found[asked] = holder[wanted]
    return found


def _recover_calls(house: House, told: Told) -> None:
    """Who was called, who came and who was let in, lane by lane."""
    called, passed, leased = (told.places(fact) for fact in (Fact.CALLED, Fact.PASSED, Fact.LEASED))
    for line in house.lines.values():
        lane = LANE_NUMBER[line.lane]
        steps, came, used = (rows[rows["lane"] == lane] for rows in (called, passed, leased))
        steps = steps[np.diff(np.maximum.accumulate(steps["place"]), prepend=0) > 0]
        calls = ToldCalls(
            upto=steps["place"], called_at=steps["at"], passed=came["place"], passed_at=came["at"], used=used["place"]
        )
        line.calls.restore(calls, until=told.last_at, call_s=house.rules.call_s)
        line.leased = len(used)
        line.sign_ins = told.sign_ins[lane]


def _recover_streams(house: House, told: Told) -> None:
    rows = told.streams()
    kind = np.zeros(256, np.uint8)
    for fact, number in _KINDS.items():
        kind[FACT_NUMBER[fact]] = number
    facts = StreamFacts(
        stream=np.ascontiguousarray(rows["stream"]),
        subject=np.ascontiguousarray(rows["subject"]),
        at_us=np.ascontiguousarray(rows["at"]),
        kind=np.where(rows["stopped"] > 0, PUT_OUT, kind[rows["fact"]]).astype(np.uint8),
        channel=rows["channel"],
        device=rows["device"],
    )
    streams = restored(facts)
    seen_us = told.seen_ms[streams.row] * US_PER_MS
    house.leases.restore(streams, seen_us=seen_us, channels=told.channels.words, devices=told.devices.words)
    house.leases.silences.restore(told.silences)
    granted = facts.kind == GRANTED
    house.kinds.restore(facts.stream[granted], rows["kind"][granted], told.kinds.words)
