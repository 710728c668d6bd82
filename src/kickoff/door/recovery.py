"""What did the log say? The door's state, read back after a crash: places, calls, passes, leases and totals."""

import numpy as np
from numpy.typing import NDArray

from kickoff.door.state import House
from kickoff.facts import FACT_NUMBER, LANE_NAMES, LANE_NUMBER, Fact, Lane, Records
from kickoff.playback.kinds import Kind
from kickoff.playback.leases import FAILED, STARTED, STOPPED
from kickoff.units import US_PER_MS
from kickoff.waiting_room.calls import USED
from kickoff.waiting_room.line import Line, lines
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
_HOLDING = (Fact.LEASED, Fact.SIGNED_IN, Fact.JOINED)
"""Facts that say which place a household holds: the first that there is decides."""
_STREAM_FACTS = (Fact.LEASED, Fact.STARTED, Fact.START_FAILED, Fact.ENDED, Fact.READMITTED)


def last_logged_place(records: list[Records], lane: str) -> int:
    """The highest place that any joined fact of the lane names; 0 when nobody has joined."""
    number = LANE_NUMBER[Lane(lane)]
    places = (part.facts["place"][_is(part, Fact.JOINED) & (part.facts["lane"] == number)] for part in records)
    return max((int(one.max(initial=0)) for one in places), default=0)


def recover(house: House, records: list[Records], *, last_given: dict[str, int]) -> set[tuple[int, str]]:
    """Bring an empty house to where the log left it; the instants of the match (at, code) that the log has told.

    `records`: the files in the order in which they were written.
    """
    house.lines = lines(house.places, last_given=last_given)
    _recover_index(house, records)
    _recover_calls(house, records)
    for line in house.lines.values():
        line.sign_ins = sum(_sign_ins(part, line.lane) for part in records)
    for part in records:
        _recover_streams(house, part)
        for fact, name in _COUNTED.items():
            setattr(house.counts, name, getattr(house.counts, name) + int(np.count_nonzero(_is(part, fact))))
        _recover_refusals(house, part)
    return {
        (int(row["at"]), part.texts["code"][int(row["code"])])
        for part in records
        for row in part.facts[_is(part, Fact.MATCH)]
    }


def _is(part: Records, *facts: Fact) -> NDArray[np.bool_]:
    return np.isin(part.facts["fact"], [FACT_NUMBER[fact] for fact in facts])


def _sign_ins(part: Records, lane: Lane) -> int:
    tried = _is(part, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED) & (part.facts["lane"] == LANE_NUMBER[lane])
    return int(np.count_nonzero(tried))


def _recover_index(house: House, records: list[Records]) -> None:
    """All holders at once.

    Of several places of a household the one that let it in stands, then the one it signed in from, then the lower.
    Where devices and their households are more than the line may hold, those that joined are kept: they are the line.
    """
    facts = [part.facts[_is(part, *_HOLDING) & (part.facts["place"] > 0)] for part in records]
    if not facts:
        return
    rows = np.concatenate(facts)
    rank = np.select([rows["fact"] == FACT_NUMBER[fact] for fact in _HOLDING], range(len(_HOLDING)))
    joined_it = np.isin(rows["subject"], rows["subject"][rows["fact"] == FACT_NUMBER[Fact.JOINED]])
    rows = rows[np.lexsort((rows["place"], rank, ~joined_it))]
    joined = np.maximum(0, rows["at"] - house.starts_at) // US_PER_MS & ((1 << JOINED_BITS) - 1)
    lane = rows["lane"].astype(np.int64) << (PLACE_BITS + JOINED_BITS)
    house.index.bulk(rows["subject"].astype(np.int64), lane | (rows["place"] << JOINED_BITS) | joined)


def _recover_calls(house: House, records: list[Records]) -> None:
    """Calls and redemptions in the order in which they happened, so that those who let a call lapse are counted."""
    for part in records:
        chosen = part.facts[_is(part, Fact.CALLED, Fact.PASSED, Fact.LEASED) & (part.facts["place"] > 0)]
        columns = (chosen[name].tolist() for name in ("lane", "fact", "place", "at"))
        for lane, fact, place, at in zip(*columns, strict=True):
            if line := house.lines.get(LANE_NAMES[lane]):
                _apply_to_line(line, fact, place, at, call_s=house.rules.call_s)


def _apply_to_line(line: Line, fact: int, place: int, at: int, *, call_s: float) -> None:
    calls = line.calls
    if fact == FACT_NUMBER[Fact.CALLED]:
        calls.lapse(at=at, call_s=call_s)
        calls.call(place, at=at)
    elif fact == FACT_NUMBER[Fact.LEASED]:
        line.leased += 1
        calls.mark(place, USED)
    elif calls.is_called(place):
        calls.passed(place)


def _recover_streams(house: House, part: Records) -> None:
    chosen = part.facts[np.isin(part.facts["fact"], [FACT_NUMBER[fact] for fact in _STREAM_FACTS])]
    chosen = chosen[chosen["stream"] > 0]
    channels, devices, codes = part.texts["channel"], part.texts["device"], part.texts["code"]
    granting = {FACT_NUMBER[Fact.LEASED], FACT_NUMBER[Fact.READMITTED]}
    names = ("stream", "subject", "at", "fact", "channel", "device", "code")
    for stream, subject, at, fact, channel, device, code in zip(
        *(chosen[name].tolist() for name in names), strict=True
    ):
        if fact in granting:
            shown = channels[channel]
            if house.leases.reinstate(stream, subject, channel=shown, device=devices[device], at_us=at):
                house.leases.switch(stream, shown)
                house.leases.unmark(stream, STARTED | FAILED | STOPPED)
        elif house.leases.is_known(stream, subject):
            _apply(house, stream, fact, codes[code])
    _recover_kinds(house, part, chosen)
    _recover_signs_of_life(house, part)


def _recover_kinds(house: House, part: Records, facts: NDArray[np.void]) -> None:
    """With what each stream is watched, as far as the table of leases reaches."""
    texts = [part.texts[name] for name in Kind._fields]
    for stream, *numbers in zip(*(facts[name].tolist() for name in ("stream", *Kind._fields)), strict=True):
        if stream <= len(house.leases):
            house.kinds.put(stream, Kind(*(book[number] for book, number in zip(texts, numbers, strict=True))))


def _apply(house: House, stream: int, fact: int, code: str) -> None:
    if fact == FACT_NUMBER[Fact.STARTED]:
        house.leases.mark(stream, STARTED)
    elif fact == FACT_NUMBER[Fact.START_FAILED]:
        house.leases.mark(stream, FAILED)
    else:
        house.leases.end(stream)
        if code == "stopped":
            house.leases.mark(stream, STOPPED)


def _recover_signs_of_life(house: House, part: Records) -> None:
    """The last beat of each stream; the silence of the crash itself teaches nothing."""
    beats = part.facts[_is(part, Fact.BEAT) | _is(part, Fact.STARTED)]
    streams, last = np.unique(beats["stream"][::-1], return_index=True)
    times = beats["at"][::-1][last]
    for stream, at in zip(streams.tolist(), times.tolist(), strict=True):
        house.leases.set_seen(stream, at_us=at)


def _recover_refusals(house: House, part: Records) -> None:
    codes, counts = np.unique(part.facts["code"][_is(part, Fact.REFUSED)], return_counts=True)
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        house.refused[part.texts["code"][code]] += count
