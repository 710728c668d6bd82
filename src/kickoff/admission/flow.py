"""How many come, of those who are called; and how fast?

Who is called hears of it at their next poll and comes then, or does not come at all. `coming` is the pool of called
people who would still be on their way if everybody came; it empties with the time constant of a poll. What left the
pool is compared with the passes really redeemed: their ratio is the show-up rate. Both are forgotten with a
half-life, so that the rate follows the night. Nothing is learnt while people are held back at the door: they did
come.
"""

import math

from msgspec import Struct

from kickoff.admission.orders import LaneCounts

SHOW_UP_MIN = 0.1
"""Never call more than ten for one: who comes late through the grace lane must still fit."""
PRIOR_CALLS = 20.0
"""Weight of the belief, before anything is seen, that everybody comes: the careful side."""
FORGET_S = 30.0
RATE_S = 2.0
"""Time constant of the measured rate of admissions: that of the health reports it is compared with."""
ENTER_S = 60.0
"""Who has a pass and no stream is forgotten slowly: after ten seconds of mistyped passwords they still come in, and who
is forgotten too soon has given their slot to another (20 s let 603 into a house for 600)."""


class Flow(Struct, frozen=True, kw_only=True):
    """Counts of people on their way, and what is learnt of them."""

    coming: float = 0.0
    """Called and still expected, if everybody came."""
    entering: float = 0.0
    """Redeemed a pass and not yet inside."""
    expected: float = 0.0
    """Would have come lately, if everybody came."""
    came: float = 0.0
    """Came lately."""
    passed_per_s: float = 0.0

    @property
    def on_the_way(self) -> float:
        """People who will want a place inside and have none yet."""
        return self.entering + self.coming * self.show_up

    @property
    def show_up(self) -> float:
        """Share of the called who come: `SHOW_UP_MIN` … 1."""
        return max(SHOW_UP_MIN, min(1.0, (self.came + PRIOR_CALLS) / (self.expected + PRIOR_CALLS)))


def flowed(
    flow: Flow, before: LaneCounts, now: LaneCounts, *, tick_s: float, poll_s: tuple[float, float], gated: bool
) -> Flow:
    """The flow of one lane, one tick later. `gated`: people who came were held back by a hard cap."""
    called = max(0, now.called_total - before.called_total)
    passed = max(0, now.passed_total - before.passed_total)
    leased = max(0, now.leased_total - before.leased_total)
    leaving = flow.coming * (1 - math.exp(-tick_s / arrive_s(poll_s)))
    keep = 1.0 if gated else math.exp(-tick_s / FORGET_S)
    learns = 0.0 if gated else 1.0
    weight = 1 - math.exp(-tick_s / RATE_S)
    return Flow(
        coming=flow.coming - leaving + called,
        entering=max(0.0, flow.entering * math.exp(-tick_s / ENTER_S) + passed - leased),
        expected=flow.expected * keep + leaving * learns,
        came=flow.came * keep + passed * learns,
        passed_per_s=flow.passed_per_s + (passed / tick_s - flow.passed_per_s) * weight,
    )


def arrive_s(poll_s: tuple[float, float]) -> float:
    """Mean seconds from being called to redeeming: half a poll, and a second for the page."""
    return (poll_s[0] + poll_s[1]) / 4 + 1.0
