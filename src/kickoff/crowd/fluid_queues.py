"""How do calls wait for a dependency? Queues in order of arrival, of all nights at once, a tick at a time.

Three kinds of call wait in one queue: of somebody entering, of somebody inside, and the one retry of the latter. A call
is given up by its caller when it is `deadline_s` old. Where the deadline is carried it is then dropped; elsewhere the
server works on it all the same, for nobody.
"""

import numpy as np
from msgspec import Struct

from kickoff.crowd.fluid_world import DEPENDENCIES, TICK_S, Floats, Nights

ENTERING, INSIDE, RETRIED = range(3)
FIRST_TRY = np.array([1.0, 1.0, 0.0])
CARRIED = (True, True, True)
"""A player that gives up hangs up, and nginx and Envoy drop what waits for nobody; a sign-in carries the deadline."""
NOT_CARRIED = (False, True, True)
"""Without a door: sign-ins are worked on in a pool of threads that does not know who still waits."""


class Done(Struct, frozen=True, kw_only=True):
    """One tick of all queues. Arrays are [kind, dependency, night] or [dependency, night], in calls."""

    served: Floats
    """Answered in time."""
    failed: Floats
    """Given up, refused, or answered with an error."""
    dropped: Floats
    """[dependency, night] all that failed."""
    work: Floats
    """[dependency, night] calls that were worked on, those of nobody too."""
    busy: Floats
    """[dependency, night] share of the tick."""
    waited_s: Floats
    """[dependency, night] mean of those whose turn came; where none's did, the work that waits ÷ capacity."""


class Queues:
    """The queues of one simulation."""

    def __init__(self, nights: Nights, *, carried: tuple[bool, ...] = CARRIED) -> None:
        """`carried`: of each dependency, whether it knows the deadlines of its calls."""
        of = nights.parameters
        self._nights = nights
        self._ages = round(of.deadline_s / TICK_S)
        # The oldest first: what is served first is what a cumulative sum meets first.
        self.calls = np.zeros((3, len(DEPENDENCIES), len(nights.seeds), self._ages))
        self.for_nobody = np.zeros((len(DEPENDENCIES), len(nights.seeds)))
        self._carried = np.array(carried)[:, None]
        self._most = of.queue_s * nights.capacity.max(axis=0)
        self._age_s = np.arange(self._ages - 1, -1, -1) * TICK_S

    @property
    def waiting(self) -> Floats:
        """[dependency, night] calls, those of nobody too."""
        waiting: Floats = self.for_nobody + self.calls.sum(axis=(0, 3))
        return waiting

    def tick(self, tick: int, arriving: Floats) -> Done:
        """Take in `arriving` [kind, dependency, night], work for a tick, and let the oldest give up."""
        capacity, errors = self._nights.capacity[tick], self._nights.errors[tick]
        room = np.maximum(0.0, self._most - self.waiting)
        asked = arriving.sum(axis=0)
        strays = self._nights.strays[tick] * FIRST_TRY[:, None, None]
        taken = np.minimum(1.0, room / np.maximum(asked, 1e-9)) * (1 - errors) * (1 - strays)
        self.calls[..., -1] += arriving * taken
        budget = capacity * TICK_S
        for_nobody = np.minimum(self.for_nobody, budget)
        self.for_nobody -= for_nobody
        served, waited_s = self._serve(budget - for_nobody)
        given_up = self._grow_older()
        failed = arriving * (1 - taken) + given_up
        work = served.sum(axis=0) + for_nobody
        # Who waits behind work for nobody waits longer than anybody who is still there.
        waits = np.where(work > 0.01 * budget, waited_s, self.waiting / np.maximum(capacity, 1.0))
        waits = np.where(for_nobody > 0, self._nights.parameters.deadline_s + self.for_nobody / capacity, waits)
        return Done(
            served=served,
            failed=failed,
            dropped=failed.sum(axis=0),
            work=work,
            busy=work / budget,
            waited_s=np.minimum(waits, self._nights.parameters.queue_s),
        )

    def _serve(self, budget: Floats) -> tuple[Floats, Floats]:
        together = self.calls.sum(axis=0)
        before = np.cumsum(together, axis=-1) - together
        share = np.clip((budget[..., None] - before) / np.maximum(together, 1e-9), 0.0, 1.0)
        taken = self.calls * share
        self.calls -= taken
        turned = (together * share).sum(axis=-1)
        waited = (together * share * self._age_s).sum(axis=-1) / np.maximum(turned, 1e-9)
        return taken.sum(axis=-1), waited

    def _grow_older(self) -> Floats:
        given_up = self.calls[..., 0].copy()
        self.calls[..., :-1] = self.calls[..., 1:]
        self.calls[..., -1] = 0.0
        self.for_nobody += np.where(self._carried, 0.0, given_up.sum(axis=0))
        return given_up
