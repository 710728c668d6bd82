"""How many come, of those who are called; and how fast?

Who is called hears of it at their next poll and comes then, or does not come at all. `on_way` holds the called people
who would still be on their way if everybody came, in `STAGES` of equal length that empty into each other: nobody comes
at once, hardly anybody after twice a poll. What left the last one is compared with the passes really redeemed: their
ratio is the show-up rate. Both are forgotten with a
half-life, so that the rate follows the night. Nothing is learnt while people are held back at the door: they did
come.
"""

import math

from msgspec import Struct

from kickoff.admission.orders import LaneCounts

STAGES = 4
"""A chain of four strays from its mean by half of it, as what is left of a poll does (an Erlang distribution)."""
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

    on_way: tuple[float, ...] = (0.0,) * STAGES
    """Called and still expected, if everybody came; the last stage is about to come, or at the door."""
    entering: float = 0.0
    """Redeemed a pass and not yet inside."""
    expected: float = 0.0
    """Would have come lately, if everybody came."""
    came: float = 0.0
    """Came lately."""
    passed_per_s: float = 0.0

    @property
    def coming(self) -> float:
        """Called and still expected, if everybody came."""
        return sum(self.on_way)

    def coming_per_s(self, arrive_s: float) -> float:
        """People who come in the next moment, a second. `arrive_s`: mean time from a call to coming."""
        return self.on_way[-1] * self.show_up * STAGES / arrive_s

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
    leaving, on_way = _moved(flow.on_way, called, share=min(1.0, tick_s * STAGES / arrive_s(poll_s)))
    if gated:
        # Who is held back at the door is still on the way: only those who came in have left.
        held = max(0.0, leaving - passed / flow.show_up)
        leaving, on_way = leaving - held, (*on_way[:-1], on_way[-1] + held)
    keep = 1.0 if gated else math.exp(-tick_s / FORGET_S)
    learns = 0.0 if gated else 1.0
    weight = 1 - math.exp(-tick_s / RATE_S)
    return Flow(
        on_way=on_way,
        entering=max(0.0, flow.entering * math.exp(-tick_s / ENTER_S) + passed - leased),
        expected=flow.expected * keep + leaving * learns,
        came=flow.came * keep + passed * learns,
        passed_per_s=flow.passed_per_s + (passed / tick_s - flow.passed_per_s) * weight,
    )


def _moved(on_way: tuple[float, ...], called: float, *, share: float) -> tuple[float, tuple[float, ...]]:
    """(those who leave the last stage, the stages after the others have moved on)."""
    moving = [stage * share for stage in on_way]
    coming_in = [called, *moving[:-1]]
    return moving[-1], tuple(stage - out + come for stage, out, come in zip(on_way, moving, coming_in, strict=True))


def arrive_s(poll_s: tuple[float, float]) -> float:
    """Mean seconds from being called to redeeming: half a poll, and a second for the page."""
    return (poll_s[0] + poll_s[1]) / 4 + 1.0
