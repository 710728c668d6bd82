"""Has a stranger paid for a place with work? ALTCHA challenges (proof of work, version 2): made and checked.

A challenge is signed, bound to one device or household and over after `CHALLENGE_S`; nothing is kept of it here.
What is found once is good for that subject alone, which holds one place however often it asks: replaying gains nothing.
"""

from hashlib import blake2b
from typing import NamedTuple

from altcha import Payload, create_challenge, verify_solution

from kickoff.door.networks import Network
from kickoff.units import US_PER_S

ALGORITHM = "PBKDF2/SHA-256"
PREFIX = "00"
"""One byte: 256 tries in the mean, of which each costs `cost` rounds."""
CHALLENGE_S = 600
DEARER_EACH = 500
"""With so many who have shown work in one network, the next one there costs twice as much, `DEARER_MAX` times over."""
DEARER_MAX = 3


class Shown(NamedTuple):
    """A challenge that was solved."""

    asked_at: int
    """When it was made, µs UTC."""
    spare: int


class Proofs:
    """Challenges of one night. `cost`: rounds of PBKDF2 in one try."""

    def __init__(self, key: bytes, *, cost: int) -> None:
        self._secret = blake2b(key=key, person=b"kickoff-proof", digest_size=32).digest()
        self._cost = cost

    def challenge(self, subject: int, network: Network, at_us: int, *, spare: int = 0) -> dict[str, object]:
        """A new challenge for this subject, as JSON. `spare`: the place that is kept back for who solves it."""
        dearer = min(DEARER_MAX, int(network.proved / DEARER_EACH))
        made = create_challenge(
            ALGORITHM,
            self._cost << dearer,
            key_prefix=PREFIX,
            data={"for": _name(subject), "at": at_us, "spare": spare},
            hmac_secret=self._secret,
        )
        return dict(made.to_dict())

    def shown(self, payload: str, subject: int, network: Network, at_us: int) -> Shown | None:
        """What this solves, where it is a challenge of this subject's; None also where its network is too wrong."""
        if not network.may_be_wrong(at_us):
            return None
        found = self._found(payload, subject, at_us)
        network.tries -= found is None
        return found

    def _found(self, payload: str, subject: int, at_us: int) -> Shown | None:
        """Costs one try where the challenge is not over."""
        try:
            found = Payload.from_base64(payload)
            data = found.challenge.parameters.data or {}
            # The library would look at the machine's clock: the time that counts is the request's.
            asked_at, spare = int(data["at"]), int(data["spare"])
            if data["for"] != _name(subject) or not 0 <= at_us - asked_at <= CHALLENGE_S * US_PER_S:
                return None
            return Shown(asked_at, spare) if verify_solution(found, self._secret).verified else None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
            return None


def _name(subject: int) -> str:
    return f"{subject & 0xFFFFFFFFFFFFFFFF:016x}"
