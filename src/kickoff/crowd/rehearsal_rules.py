"""Did the door keep its seven rules? Looked at from outside: the journal's own records, and what the crowd wrote down.

A broken rule is a defect, never a bad night: the rehearsal then names the rule, the seed and the command to replay it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.conductor.tick import TICK_S
from kickoff.crowd.rehearsal_clock import Pace, VirtualNight
from kickoff.facts import FACT_NUMBER, KIND_FACT, LANE_NUMBER, Fact
from kickoff.night import Night
from kickoff.waiting_room.index import PackedIndex

INDEX_BYTES_MAX = 32
"""For each place, beyond what an empty index has: a night of fewer than some 33,000 places says little of it."""
FILL_S = 5.0
"""A free slot is filled within seconds: so long may nobody be called while a line stands and the rate allows some."""
TROUBLE_S = 5.0
"""Called nobody for so long because of the work of those inside: their messages must have been stretched by then."""
CAPS = frozenset({"paused", "cap", "inside_max", "egress"})


Log = tuple[NDArray[np.void], ...]
"""The records of each log file, in the order in which they were written."""


class Broken(Struct, frozen=True):
    """A rule that did not hold."""

    rule: int
    what: str


class LivedThrough(Struct, frozen=True, kw_only=True):
    """What the crowd says of the rules, by its own count."""

    joined: int
    expelled: int


def broken_rules(clock: VirtualNight, log: Log, lived: LivedThrough) -> tuple[Broken, ...]:
    """Every rule that did not hold on this night; `log`: all that the door recorded."""
    night, house = clock.world.night, clock.door.house
    found = [
        *_places(log, lived, {LANE_NUMBER[line.lane]: line.calls.positions for line in house.lines.values()}),
        *_watching(log, lived),
        *_waiting(house.index.bytes_used, len(house.index)),
        *_filling(clock.paces, night),
        *(
            [Broken(5, f"{len(clock.dishonest)} refusals without a word: {clock.dishonest[0]}")]
            if clock.dishonest
            else []
        ),
        *_levers(clock.paces, night),
        *_memory(clock, log),
    ]
    return tuple(found)


def rows(log: Log, fact: Fact) -> NDArray[np.void]:
    """The records of one fact, in the order of the log."""
    number = FACT_NUMBER[fact]
    return np.concatenate([part[(part["kind"] == KIND_FACT) & (part["fact"] == number)] for part in log])


def duplicate_places(log: Log) -> int:
    """Places that were given more than once in their lane."""
    places = rows(log, Fact.JOINED)[["lane", "place"]]
    return int(places.size - np.unique(places).size)


def overtakes(log: Log) -> int:
    """People who joined after somebody of their lane and hold a lower place: they would be called before them."""
    found = 0
    for joined in by_lane(rows(log, Fact.JOINED)).values():
        places = joined["place"][np.argsort(joined["at"], kind="stable")]
        found += int(np.count_nonzero(places[1:] < np.maximum.accumulate(places)[:-1]))
    return found


def by_lane(facts: NDArray[np.void]) -> dict[int, NDArray[np.void]]:
    """The records of each lane by its number."""
    return {int(lane): facts[facts["lane"] == lane] for lane in np.unique(facts["lane"])}


Positions = Callable[[NDArray[np.int32]], NDArray[np.int64]]
"""Where places stand in the order of calling."""


def _places(log: Log, lived: LivedThrough, drawn: Mapping[int, Positions]) -> list[Broken]:
    """1: no place twice, no ticket lost, nobody overtakes, nobody let in before they were called."""
    twice, passed_by = duplicate_places(log), overtakes(log)
    joined, passed, called = rows(log, Fact.JOINED), rows(log, Fact.PASSED), rows(log, Fact.CALLED)
    found = [Broken(1, f"{twice} places were given twice")] if twice else []
    found += [Broken(1, f"{passed_by} overtook somebody")] if passed_by else []
    if joined.size < lived.joined:
        found.append(Broken(1, f"{lived.joined - joined.size} tickets are not in the journal"))
    steps = by_lane(called)
    if any(np.any(np.diff(own["place"]) <= 0) for own in steps.values()):
        found.append(Broken(1, "the serving number went back"))
    early = sum(
        _let_in_early(own, drawn[lane](own["place"]) if lane in drawn else own["place"], steps.get(lane, called[:0]))
        for lane, own in by_lane(passed).items()
    )
    return [*found, *([Broken(1, f"{early} were let in before their call")] if early else [])]


def _let_in_early(passed: NDArray[np.void], positions: NDArray[np.int64], called: NDArray[np.void]) -> int:
    step = np.searchsorted(called["place"], positions)
    known = step < called.size
    return int(np.count_nonzero(~known) + np.count_nonzero(passed["at"][known] < called["at"][step[known]]))


def _watching(log: Log, lived: LivedThrough) -> list[Broken]:
    """2: nobody who is watching is thrown out."""
    expelled = rows(log, Fact.EXPELLED).size
    return [
        *([Broken(2, f"the journal holds {expelled} expelled")] if expelled else []),
        *([Broken(2, f"{lived.expelled} people were put out while watching")] if lived.expelled else []),
    ]


def _waiting(index_bytes: int, places: int) -> list[Broken]:
    """3: to wait costs a place in the index and nothing else."""
    allowed = max(PackedIndex(entries_max=1).bytes_used, INDEX_BYTES_MAX * places)
    return [Broken(3, f"{index_bytes:,} bytes for {places:,} places")] if index_bytes > allowed else []


def _filling(paces: list[Pace], night: Night) -> list[Broken]:
    """4: while a line stands and the rate allows somebody, somebody is called within seconds."""
    lanes = sorted({name for pace in paces for name in pace.lanes})
    opened = [pace for pace in paces if pace.at_s > night.schedule.doors + FILL_S]
    return [broken for lane in lanes for broken in _idle(lane, opened)]


def _idle(lane: str, paces: list[Pace]) -> list[Broken]:
    quiet_s = owed = 0.0
    for pace in paces:
        own = pace.lanes[lane]
        idle = own.waiting > 0 and own.binding not in CAPS and not own.called
        quiet_s, owed = (quiet_s + TICK_S, owed + own.rate_per_s * TICK_S) if idle else (0.0, 0.0)
        if quiet_s >= FILL_S and owed >= 2:
            words = f"nobody of lane {lane} had been called for {quiet_s:.0f} s at {own.rate_per_s:.1f}/s"
            return [Broken(4, f"at {pace.at_s:.0f} s {words}")]
    return []


def _levers(paces: list[Pace], night: Night) -> list[Broken]:
    """6: before anybody is kept out for long by those inside, their messages are stretched; never beyond the most."""
    rules = night.door
    if rules.beat_s >= rules.beat_s_max:
        return []
    if any(not rules.beat_s <= pace.beat_s <= rules.beat_s_max for pace in paces):
        return [Broken(6, "a heartbeat interval lies outside of its bounds")]
    shut_s = 0.0
    for pace in paces:
        shut = pace.waiting > 0 and pace.rate_per_s == 0 and pace.binding not in CAPS
        shut_s = shut_s + TICK_S if shut else 0.0
        if shut_s > TROUBLE_S and pace.beat_s <= rules.beat_s:
            return [
                Broken(6, f"at {pace.at_s:.0f} s the door was shut for {shut_s:.0f} s and no message was stretched")
            ]
    return []


def _memory(clock: VirtualNight, log: Log) -> list[Broken]:
    """7: what the door counted is what the log tells again."""
    counts, found = clock.door.house.counts, []
    for fact, counted in (
        (Fact.JOINED, counts.joined),
        (Fact.PASSED, counts.passed),
        (Fact.LEASED, counts.leased),
        (Fact.STARTED, counts.started),
        (Fact.ENDED, counts.ended),
        (Fact.SIGNED_IN, counts.signed_in),
    ):
        logged = rows(log, fact).size
        if logged != counted:
            found.append(Broken(7, f"the door counts {counted} {fact}, its log {logged}"))
    return found
