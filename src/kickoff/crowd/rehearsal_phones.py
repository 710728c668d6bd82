"""Who fetches a phone for their television? Whoever is told on it that a phone signs in at once, within a minute.

Nobody's phone holds a session here: the household is signed out on all its devices, the worst case for it. The phone
works for the television and signs in by the code that is shown (`kickoff.door.pairing`).
"""

from collections.abc import Callable

import numpy as np

from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_clock import Happening, VirtualNight
from kickoff.crowd.rehearsal_paper import text_of
from kickoff.crowd.solving import SOLVE_S, work_in
from kickoff.door.seam import Reply

IN_HAND_S, SPREAD = 25.0, 0.6
"""Assumed: half of them have found and unlocked it, and have opened what the code says, within so long; the standard
deviation of its logarithm. One in twenty so takes more than a minute. Nobody measured it; it is what the hand does."""
NEVER = 0.05
"""Assumed: so many have none at hand, or do not want to. They go on trying with the remote control."""
TAKE_A_PHONE = b"a phone signs in at once"
"""By these words of the refusal."""

Post = Callable[[int, str, bytes], Reply]
"""What somebody of this household posts to this path."""


class Phones:
    """The phones of everybody's household."""

    def __init__(self, clock: VirtualNight, people: People, post: Post, *, seed: int) -> None:
        self._clock, self._post = clock, post
        self._path = f"/v1/{people.night.name}/devices"
        chance = np.random.default_rng((seed, 5))
        self._in_hand_s = IN_HAND_S * np.exp(SPREAD * chance.standard_normal(len(people)))
        self._in_hand_s[chance.random(len(people)) < NEVER] = np.inf
        self._full_s = chance.uniform(*SOLVE_S, len(people))
        self.taken: set[int] = set()
        """Whose household took one, or would not."""
        self.codes: dict[int, str] = {}
        """By which the phone of this household may sign in."""

    def take(self, person: int, ticket_pass: str, *, until_s: float, then: Happening) -> None:
        """Once a person: `then` follows when there is a code to sign in by, unless patience ends before."""
        at_s = self._clock.now_s + float(self._in_hand_s[person])
        if person not in self.taken and at_s <= until_s:
            self._clock.plan(at_s, self._scan, person, ticket_pass, then)
        self.taken.add(person)

    def _scan(self, person: int, ticket_pass: str, then: Happening) -> None:
        begun = self._post(person, self._path, b"pass=%b" % ticket_pass.encode())
        if begun.status >= 300:
            return
        code = text_of(begun.body, b'"user_code":"')
        work = work_in(self._post(person, f"{self._path}/proof", b'{"user_code":"%b"}' % code.encode()).body)
        took_s = work.share * float(self._full_s[person])
        self._clock.plan(self._clock.now_s + took_s, self._show, person, code, work.proof, then)

    def _show(self, person: int, code: str, proof: str, then: Happening) -> None:
        body = b'{"user_code":"%b","proof":"%b"}' % (code.encode(), proof.encode())
        self._post(person, f"{self._path}/proof", body)
        self.codes[person] = code
        then(person)
