"""Has a stranger paid for a place with work? ALTCHA challenges (proof of work, version 2): made and checked.

A challenge is signed, bound to one device or household and over after `CHALLENGE_S`; nothing is kept of it here.
What is found once is good for that subject alone, which holds one place however often it asks: replaying gains nothing.
"""

from hashlib import blake2b

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


class Proofs:
    """Challenges of one night. `cost`: rounds of PBKDF2 in one try."""

    def __init__(self, key: bytes, *, cost: int) -> None:
        self._secret = blake2b(key=key, person=b"kickoff-proof", digest_size=32).digest()
        self._cost = cost

    def challenge(self, subject: int, network: Network, at_us: int) -> dict[str, object]:
        """A new challenge for this subject, as JSON."""
        dearer = min(DEARER_MAX, int(network.proved / DEARER_EACH))
        made = create_challenge(
            ALGORITHM,
            self._cost << dearer,
            key_prefix=PREFIX,
            data=_data(subject, at_us // US_PER_S + CHALLENGE_S),
            hmac_secret=self._secret,
        )
        return dict(made.to_dict())

    def is_shown(self, payload: str, subject: int, at_us: int) -> bool:
        """Whether this solves a challenge of this subject's that is not over. Costs one try where it is signed."""
        try:
            shown = Payload.from_base64(payload)
            data = shown.challenge.parameters.data or {}
            # The library would look at the machine's clock: the time that counts is the request's.
            until_s = int(data["until"])
            if data != _data(subject, until_s) or until_s < at_us // US_PER_S:
                return False
            return bool(verify_solution(shown, self._secret).verified)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return False


def _data(subject: int, until_s: int) -> dict[str, object]:
    return {"for": f"{subject & 0xFFFFFFFFFFFFFFFF:016x}", "until": until_s}
