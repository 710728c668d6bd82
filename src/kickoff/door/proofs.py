"""Has a stranger paid for a place with work? ALTCHA challenges (proof of work, version 2): made and checked.

A challenge is signed, bound to one device or household and over after `CHALLENGE_S`; nothing is kept of it here: who
asks again is given the same one, made anew. What is found once is good for that subject alone, which holds one place
however often it asks: replaying gains nothing.

*The price* of a network follows the proofs that were shown there lately: `FULL_AT` of them make it the full one, half
as many half of it, and so on from a thirty-second of it to eight times as much. The few people of a network that bots
flood pay next to nothing, so that nobody notices it where no line stands, however many tries a challenge takes; who
sends thousands pays eightfold. What is cheap takes few tries that are dear, not many cheap ones: each is two calls of
a browser, and 256 of these alone are a twentieth of the full price. A challenge is good while the price is at most one
step above its own: who asks for thousands while they are cheap cannot show them all.
"""

import hmac
import math
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from altcha import Challenge, ChallengeParameters, Payload, verify_solution

from kickoff.door.networks import Network
from kickoff.units import US_PER_S

ALGORITHM = "PBKDF2/SHA-256"
PREFIX = "00"
"""One byte: 256 tries in the mean, of which each costs `cost` rounds."""
PREFIX_OF_FEW, FEWER = "0", 16
"""Half of it: so many times fewer tries, of which each costs so many times as much."""
CHALLENGE_S = 600
FULL_AT = 256
HALVED, DOUBLED = 5, 3
"""So many times the price is halved or doubled, at most. At an eighth an old phone that had bad luck worked for more
than a second."""
_SAME_US = CHALLENGE_S // 2 * US_PER_S
"""So long is the same one given, and as long at least it is good afterwards."""


class Shown(NamedTuple):
    """A challenge that was solved."""

    asked_at: int
    """When it was first asked for, µs UTC."""


class Proofs:
    """Challenges of one night. `cost`: rounds of PBKDF2 in one try, at the full price."""

    def __init__(self, key: bytes, *, cost: int) -> None:
        self._secret = blake2b(key=key, person=b"kickoff-proof", digest_size=32).digest()
        self._cost = cost

    def challenge(self, subject: int, network: Network, at_us: int, *, since_us: int) -> dict[str, object]:
        """The challenge of this subject, as JSON. `since_us`: when it took the place that it asks for another one."""
        asked_at = at_us - (at_us - since_us) % _SAME_US
        cost = self._price(network, at_us)
        is_cheap = cost * FEWER <= self._cost + FEWER
        drawn = blake2b(b"%d %d %d" % (subject, asked_at, cost), key=self._secret, digest_size=32).hexdigest()
        asked = ChallengeParameters(
            algorithm=ALGORITHM,
            nonce=drawn[:32],
            salt=drawn[32:],
            cost=cost * FEWER if is_cheap else cost,
            key_prefix=PREFIX_OF_FEW if is_cheap else PREFIX,
            data={"for": _name(subject), "at": asked_at},
        )
        # The library's own function draws nonce and salt by chance: then the same one could not be made again.
        text = msgspec.json.encode(asked.to_dict(), order="deterministic")
        made = Challenge(asked, hmac.digest(self._secret, text, "sha256").hex())
        return dict(made.to_dict())

    def shown(self, payload: str, subject: int, network: Network, at_us: int) -> Shown | None:
        """What this solves, where it is a challenge of this subject's; None also where its network is too wrong."""
        if not network.may_be_wrong(at_us):
            return None
        found = self._found(payload, subject, network, at_us)
        network.tries -= found is None
        return found

    def _found(self, payload: str, subject: int, network: Network, at_us: int) -> Shown | None:
        """Costs one try where the challenge is not over."""
        try:
            found = Payload.from_base64(payload)
            asked = found.challenge.parameters
            data = asked.data or {}
            # The library would look at the machine's clock: the time that counts is the request's.
            asked_at = int(data["at"])
            if data["for"] != _name(subject) or not 0 <= at_us - asked_at <= CHALLENGE_S * US_PER_S:
                return None
            cost = asked.cost // FEWER if asked.key_prefix == PREFIX_OF_FEW else asked.cost
            if cost * 2 < self._price(network, at_us):
                return None
            return Shown(asked_at) if verify_solution(found, self._secret).verified else None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
            return None

    def _price(self, network: Network, at_us: int) -> int:
        """Rounds of PBKDF2 in one of 256 tries of the next proof in this network."""
        steps = math.floor(math.log2(max(1.0, network.proved_lately(at_us)) / FULL_AT))
        # Rounded up: one step is never more than twice the one below, which is still taken.
        return math.ceil(self._cost * 2.0 ** min(DOUBLED, max(-HALVED, steps)))


def _name(subject: int) -> str:
    return f"{subject & 0xFFFFFFFFFFFFFFFF:016x}"
