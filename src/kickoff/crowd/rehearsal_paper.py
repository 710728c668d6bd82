"""What do people of a bulk rehearsal write down, and read of the door's answers?"""

from array import array

import numpy as np
from numpy.typing import NDArray

from kickoff.accounts.roster import crowd_of
from kickoff.accounts.sessions import DEVICE_PURPOSE, SESSION_US, DeviceClaims
from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_clock import VirtualNight
from kickoff.units import US_PER_S
from kickoff.waiting_room.tickets import Client

NEVER = -1
WAS_HERE = 8
"""Of ten televisions whose session is over, so many were here on an earlier night all the same: assumed."""


class Diaries:
    """What each person writes down, in columns: microseconds UTC, `NEVER` where it did not happen."""

    def __init__(self, count: int) -> None:
        self.joined, self.stood, self.passed, self.picture, self.ended, self.failed = (
            array("q", [NEVER]) * count for _ in range(6)
        )
        """`joined`: the first place; `stood`: the last one, which they come in by."""
        self.stream = array("I", [0]) * count
        self.called, self.walked_off, self.signed_in = (array("b", [0]) * count for _ in range(3))
        self.came = self.sign_ins_failed = self.deferred = self.wrong_passwords = self.failed_starts = 0
        self.refused = 0
        """Joins that got no place, but for a channel that they do not pay for."""


def old_televisions(clock: VirtualNight, people: People) -> dict[int, str]:
    """Televisions without a session that were here on an earlier night → the token that they keep from it."""
    devices = tuple(crowd_of(people.night).devices)
    if "tv" not in devices:
        return {}
    seals, before_us = clock.door.house.seals, clock.starts_at - 86_400 * US_PER_S
    expires_at = before_us + SESSION_US
    chosen = np.flatnonzero(~people.holds_session & (people.device == devices.index("tv")))
    return {
        person: seals.seal(DEVICE_PURPOSE, DeviceClaims(device=account, expires_at=expires_at))
        for person, account in zip(chosen.tolist(), people.accounts[chosen].tolist(), strict=True)
        if account % 10 < WAS_HERE
    }


def patient_until(people: People) -> NDArray[np.float64]:
    """Nobody loses patience before the doors open; at the whistle all do. Seconds from the start of the night."""
    times = people.night.schedule
    return np.minimum(np.maximum(people.arrives_s, times.doors) + people.patience_s, times.whistle)


class Clients:
    """What each person comes with. `phones`: who took the phone instead of what they came with."""

    def __init__(self, people: People) -> None:
        crowd = crowd_of(people.night)
        self.phones: set[int] = set()
        self._people = people
        self._names = (tuple(crowd.devices), tuple(crowd.apps), tuple(crowd.isps), tuple(crowd.regions))
        self._written: dict[Client, bytes] = {}

    def of(self, person: int) -> Client:
        """The class of the device, as the journal has it."""
        people = self._people
        positions = (people.device[person], people.app[person], people.isp[person], people.region[person])
        client = Client(*(names[at] for names, at in zip(self._names, positions, strict=True)))
        return client._replace(device="phone") if person in self.phones else client

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
