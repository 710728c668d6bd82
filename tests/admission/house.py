"""A small fluid house to try the controller on: a back end with a queue, called people of whom some come.

It is not the rehearsal: no people, no door, just the arithmetic that a term of the controller must survive.
"""

from kickoff.admission import controller
from kickoff.admission.orders import Health, Orders, Reading
from kickoff.night import DoorRules
from kickoff.units import US_PER_S, AtUs

TICK_S = 0.25
START = AtUs(1_000_000 * US_PER_S)
RULES = DoorRules(safe_rate_per_s=10.0, poll_s=(2.0, 4.0), call_s=15.0, beat_s=10.0, beat_s_max=40.0)


def health(capacity_per_s: float, *, at: AtUs = START, utilisation: float = 0.5, queue_ms: float = 20.0) -> Health:
    """One report of sign-in."""
    return Health(
        dependency="sign_in", at=at, utilisation=utilisation, queue_ms=queue_ms, errors=0, capacity_per_s=capacity_per_s
    )


def reading(at: AtUs, reports: tuple[Health, ...], *, inside: float, called: int = 0) -> Reading:
    """A house with a million in line."""
    return Reading(
        at=at,
        health=reports,
        inside=inside,
        joined_total=1_000_000,
        called_total=called,
        passed_total=called,
        lapsed_total=0,
        leased_total=called,
        signed_in_total=called,
        sign_in_failed_total=0,
    )


class House:
    """Fluid: fractions of people flow, reports come each second."""

    def __init__(
        self,
        rules: DoorRules,
        *,
        capacity_per_s: float = 45.0,
        joined: int = 100_000,
        show_up: float = 1.0,
        sign_in_share: float = 1.0,
        calls_inside_per_s: float = 0.0,
    ) -> None:
        self.rules, self.capacity_per_s, self.show_up = rules, capacity_per_s, show_up
        self.sign_in_share, self.calls_inside_per_s = sign_in_share, calls_inside_per_s
        self.joined, self.seconds, self.queue = joined, 0.0, 0.0
        self.called, self.passed, self.inside, self.coming, self.sign_ins = 0, 0.0, 0.0, 0.0, 0.0
        self.lost, self.worst_queue_s, self.busy = False, 0.0, 0.0
        self.health: tuple[Health, ...] = ()
        self.cap_per_s: float | None = None
        self.state = controller.start(rules)
        self.orders: list[Orders] = []

    @property
    def at(self) -> AtUs:
        """The instant."""
        return AtUs(START + round(self.seconds * US_PER_S))

    def reading(self) -> Reading:
        """What the door would count."""
        return Reading(
            at=self.at,
            health=self.health,
            inside=self.inside,
            joined_total=self.joined,
            called_total=self.called,
            passed_total=int(self.passed),
            lapsed_total=0,
            leased_total=int(self.passed),
            signed_in_total=int(self.sign_ins),
            sign_in_failed_total=0,
            cap_per_s=self.cap_per_s,
        )

    def run(self, seconds: float) -> None:
        """Let so many seconds pass."""
        for _ in range(round(seconds / TICK_S)):
            self.tick()

    def tick(self) -> None:
        """One tick: decide, then people and work flow."""
        self.state, orders = controller.decide(self.state, self.reading(), self.rules)
        self.orders.append(orders)
        self.called += orders.call
        self.coming += orders.call * self.show_up
        arriving = self.coming * min(1.0, TICK_S / 3.0)
        if orders.admit_max is not None:
            # Whoever is called beyond it waits at the door of a full house.
            arriving = min(arriving, max(0.0, orders.admit_max - self.passed))
        self.coming -= arriving
        self.passed += arriving
        self.inside += arriving
        self.sign_ins += arriving * self.sign_in_share
        work = arriving * self.sign_in_share + self.inside * self.calls_inside_per_s * TICK_S
        done = min(self.queue + work, self.capacity_per_s * TICK_S)
        self.busy = 0.5 * self.busy + 0.5 * done / (self.capacity_per_s * TICK_S)
        self.queue += work - done
        self.worst_queue_s = max(self.worst_queue_s, self.queue / self.capacity_per_s)
        self.seconds += TICK_S
        if self.seconds % 1.0 == 0 and not self.lost:
            self.report()

    def report(self) -> None:
        """The back end's health, as of now."""
        self.health = (
            Health(
                dependency="sign_in",
                at=self.at,
                utilisation=self.busy,
                queue_ms=self.queue / self.capacity_per_s * 1000,
                errors=0,
                capacity_per_s=self.capacity_per_s,
            ),
        )
