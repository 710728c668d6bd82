"""What does each cause lead one to expect? One row a sign: where its measure lies under each cause, and how widely.

The measure is taken on the scale named (`log` of a ratio or of milliseconds, `logit` of a share) and is normal on
it, so that the weight of a sign is a likelihood ratio that can be redone by hand. A measure beyond the outermost
cause counts as that cause's own, and no density is held for less than `FLOOR` of its peak: no single sign is worth
more than a factor of twenty.

The numbers are judgements about live services, not fits: a queue in front of a full service is a second or more, one
in front of an idle service some milliseconds; a person mistypes one password in twenty; a thief is wrong nineteen
times in twenty.
"""

from math import exp, log

from msgspec import Struct

from kickoff.findings import Cause

CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)


class Expectation(Struct, frozen=True, kw_only=True):
    """Where a sign's measure lies under each cause, in the measure's own unit; None where a cause leaves it open."""

    scale: str
    """log · logit"""
    spread: float
    """Standard deviation on the scale."""
    capacity: float
    malice: float | None
    fault: float
    floor: float = 0.05
    """Least density, as a share of the peak: how often a sign lies."""

    def centre(self, cause: Cause) -> float | None:
        """What is expected under a cause."""
        return {Cause.CAPACITY: self.capacity, Cause.MALICE: self.malice, Cause.FAULT: self.fault}[cause]


EXPECTATIONS: dict[str, Expectation] = {
    # How far the failures keep to the sets that `where` names: 0 as far as the attempts do, 1 wholly.
    "confined": Expectation(scale="logit", spread=1.6, capacity=0.1, malice=None, fault=0.9),
    # Milliseconds of queue at the dependency that failed, before and while it failed.
    "queue_ms": Expectation(scale="log", spread=1.3, capacity=1_500, malice=None, fault=25),
    # Share of the dependency's capacity in use, before and while it failed.
    "utilisation": Expectation(scale="logit", spread=1.5, capacity=0.98, malice=None, fault=0.45),
    # Newcomers a second in the incident's beginning over those before it.
    "surge": Expectation(scale="log", spread=0.9, capacity=2.0, malice=2.0, fault=1.0),
    # Share of failures by which a service says that it has too much to do: overloaded, timeout.
    "says_overloaded": Expectation(scale="logit", spread=1.8, capacity=0.9, malice=None, fault=0.15),
    # Share of answered sign-ins that were refused for a wrong password or an unknown account. A broken password check
    # looks the same, and is rare.
    "wrong_credentials": Expectation(scale="logit", spread=1.0, capacity=0.06, malice=0.7, fault=0.06, floor=0.002),
    # Accounts that were tried in vain from one network, as such an attempt sees it. Households share no network.
    "accounts_per_network": Expectation(scale="log", spread=0.9, capacity=1.2, malice=15.0, fault=1.2),
    # Joins by devices without an account over joins by households, against the same before.
    "strangers": Expectation(scale="log", spread=0.7, capacity=1.1, malice=6.0, fault=1.0, floor=0.02),
}


class Hypothesis(Struct, frozen=True, kw_only=True):
    """One way in which a cause works. What its cause leaves open, it expects as `like` does."""

    cause: Cause
    like: Cause
    prior: float


HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(cause=Cause.CAPACITY, like=Cause.CAPACITY, prior=0.45),
    Hypothesis(cause=Cause.FAULT, like=Cause.FAULT, prior=0.5),
    # Harm is done by overload, or by breaking one thing: either looks like an honest trouble but for its own signs.
    Hypothesis(cause=Cause.MALICE, like=Cause.CAPACITY, prior=0.025),
    Hypothesis(cause=Cause.MALICE, like=Cause.FAULT, prior=0.025),
)
"""Of incidents of live services that were explained afterwards, few were done on purpose."""


def weights(sign: str, measure: float) -> tuple[float, ...]:
    """Log likelihood of a measure under each of `HYPOTHESES`, up to a constant that all share."""
    expected = EXPECTATIONS[sign]
    centres = []
    for one in HYPOTHESES:
        centre = expected.centre(one.cause)
        centres.append(_scaled(expected.centre(one.like) or 0.0 if centre is None else centre, expected.scale))
    place = min(max(_scaled(measure, expected.scale), min(centres)), max(centres))
    distances = ((place - centre) / expected.spread for centre in centres)
    return tuple(log(expected.floor + (1 - expected.floor) * exp(-0.5 * distance**2)) for distance in distances)


def is_open(sign: str, cause: Cause) -> bool:
    """Whether a cause says nothing of a sign."""
    return EXPECTATIONS[sign].centre(cause) is None


def expected_instead(sign: str, favoured: Cause) -> float:
    """What the sign's measure would be under the other causes: the centre farthest from the favoured one's."""
    expected = EXPECTATIONS[sign]
    own = expected.centre(favoured)
    others = [centre for cause in CAUSES if cause is not favoured and (centre := expected.centre(cause)) is not None]
    return max(others, key=lambda centre: 0.0 if own is None else abs(centre - own))


def _scaled(measure: float, scale: str) -> float:
    if scale == "log":
        return log(max(measure, 1e-3))
    share = min(max(measure, 0.002), 0.998)
    return log(share / (1 - share))
