"""What do people of a bulk rehearsal write down, and read of the door's answers?"""

from array import array

import numpy as np
from numpy.typing import NDArray

from kickoff.accounts.roster import crowd_of
from kickoff.accounts.sessions import DEVICE_PURPOSE, SESSION_PURPOSE, SESSION_US, DeviceClaims, session_claims
from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_clock import VirtualNight
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.tickets import Client

NEVER = -1
_DAY_US = 86_400 * US_PER_S
_WORD = 2**64 - 1
WAS_HERE = 8
"""Of ten televisions whose session is over, so many were here on an earlier night all the same: assumed."""


class Diaries:
    """What each person writes down, in columns: microseconds UTC, `NEVER` where it did not happen."""

    def __init__(self, count: int) -> None:
        self.joined, self.stood, self.passed, self.pressed, self.picture, self.ended, self.failed = (
            array("q", [NEVER]) * count for _ in range(7)
        )
        """`joined`: the first place; `stood`: the last one, which they come in by; `pressed`: play, for the first time,
        with a pass and signed in."""
        self.stream = array("I", [0]) * count
        self.called, self.walked_off, self.signed_in = (array("b", [0]) * count for _ in range(3))
        self.came = self.sign_ins_failed = self.deferred = self.wrong_passwords = self.failed_starts = 0
        self.refused = 0
        """Joins that got no place, but for a channel that they do not pay for."""

    @staticmethod
    def note(column: "array[int]", person: int, at_us: int) -> None:
        """When something happened to this person for the first time."""
        if column[person] == NEVER:
            column[person] = at_us


def old_televisions(clock: VirtualNight, people: People) -> dict[int, str]:
    """Televisions without a session that were here on an earlier night → the token that they keep from it."""
    seals, before_us = clock.door.house.seals, clock.starts_at - _DAY_US
    expires_at = before_us + SESSION_US
    chosen = np.flatnonzero(may_stand_behind(people))
    return {
        person: seals.seal(DEVICE_PURPOSE, DeviceClaims(device=account, expires_at=expires_at))
        for person, account in zip(chosen.tolist(), people.accounts[chosen].tolist(), strict=True)
        if account % 10 < WAS_HERE
    }


def may_stand_behind(people: People) -> NDArray[np.bool_]:
    """Televisions without a session: where their network floods the door they stand beside somebody."""
    devices = tuple(crowd_of(people.night).devices)
    television = devices.index("tv") if "tv" in devices else -1
    found: NDArray[np.bool_] = ~people.holds_session & (people.device == television)
    return found


def earlier_session(clock: VirtualNight, people: People, person: int) -> str:
    """What a device keeps from the day before."""
    offer = tuple(people.night.offers)[people.offer[person]]
    claims = session_claims(
        int(people.accounts[person]),
        offer,
        people.night.offers[offer].streams_max,
        at_us=AtUs(clock.starts_at - _DAY_US),
    )
    return clock.door.house.seals.seal(SESSION_PURPOSE, claims)


def patient_until(people: People) -> NDArray[np.float64]:
    """Nobody loses patience before the doors open; at the whistle all do. Seconds from the start of the night."""
    times = people.night.schedule
    return np.minimum(np.maximum(people.arrives_s, times.doors) + people.patience_s, times.whistle)


class Dice:
    """Each person's own chance: what befalls others, or is asked of them, changes nobody's throws."""

    def __init__(self, count: int, *, seed: int) -> None:
        states = np.random.default_rng((seed, 4)).integers(0, 2**64, count, dtype=np.uint64)
        self._states = array("Q", states.tobytes())

    def of(self, person: int) -> float:
        """The next even draw from 0…1 (SplitMix64, Steele, Lea and Flood 2014)."""
        state = self._states[person] = (self._states[person] + 0x9E3779B97F4A7C15) & _WORD
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _WORD
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _WORD
        return (state ^ state >> 31) / 2**64

    def between(self, person: int, least: float, most: float) -> float:
        """As `of`, from a range."""
        return least + (most - least) * self.of(person)


class Clients:
    """What each person comes with."""

    def __init__(self, people: People) -> None:
        crowd = crowd_of(people.night)
        self._people = people
        self._names = (tuple(crowd.devices), tuple(crowd.apps), tuple(crowd.isps), tuple(crowd.regions))
        self._written: dict[Client, bytes] = {}

    def of(self, person: int) -> Client:
        """The class of the device, as the journal has it."""
        people = self._people
        positions = (people.device[person], people.app[person], people.isp[person], people.region[person])
        return Client(*(names[at] for names, at in zip(self._names, positions, strict=True)))

    def json(self, person: int) -> bytes:
        """What the page says of itself; people have few kinds of it."""
        client = self.of(person)
        found = self._written.get(client)
        if found is None:
            found = self._written[client] = b'{"device":"%b","app":"%b","isp":"%b","region":"%b"}' % tuple(
                name.encode() for name in client
            )
        return found


def text_of(body: bytes, mark: bytes) -> str:
    """The text after a mark in a JSON body of the door, up to the next quote: its tokens hold none."""
    begin = body.index(mark) + len(mark)
    return body[begin : body.index(b'"', begin)].decode()


def number_of(body: bytes, mark: bytes) -> int:
    """The number after a mark, up to the next comma."""
    begin = body.index(mark) + len(mark)
    return int(body[begin : body.index(b",", begin)])
