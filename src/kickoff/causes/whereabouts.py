"""Where is a sign to be seen? The facts it was read from, and from when to when they lie in the journal (UTC)."""

from collections.abc import Callable

from kickoff.facts import Fact
from kickoff.findings import Metric
from kickoff.units import AtUs, instant

Whereabouts = Callable[[str], str]
"""The name of a sign → where it is to be seen."""

FAILED = {Metric.SIGN_IN_FAILURES: (Fact.SIGN_IN_FAILED,), Metric.START_FAILURES: (Fact.START_FAILED,)}
GOOD = {Metric.SIGN_IN_FAILURES: (Fact.SIGNED_IN,)}
ARRIVALS = (Fact.JOINED, Fact.SIGNED_IN, Fact.LEASED)
OF_SIGN: dict[str, tuple[Fact, ...]] = {
    "queue_ms": (Fact.HEALTH,),
    "utilisation": (Fact.HEALTH,),
    "surge": ARRIVALS,
    "wrong_credentials": (Fact.SIGN_IN_FAILED, Fact.SIGNED_IN),
    "attacked": (Fact.JOINED, Fact.SIGN_IN_FAILED),
    "households": (Fact.SIGNED_IN,),
}
"""Signs that are read from the same facts whatever failed."""
OF_STRETCH = {
    "strangers": (Fact.JOINED,),
    "passwords": (Fact.SIGN_IN_FAILED,),
    "refusals": (Fact.REFUSED, Fact.START_FAILED),
}


def of_incident(metric: Metric, began: int, ended: int) -> Whereabouts:
    """Of the signs of an incident. Instants in µs UTC."""

    def where(sign: str) -> str:
        failed = FAILED.get(metric, ARRIVALS if metric is Metric.SILENCE else (Fact.ENDED,))
        good = GOOD.get(metric, () if metric is Metric.SILENCE else (Fact.STARTED,))
        tried = {
            "failed": failed, "says_overloaded": failed, "slower": good, "silent": (*failed, *good),
            "place": (*failed, *good), "released": (Fact.RELEASED, *failed, *good),
        }  # fmt: skip
        return _between(tried.get(sign) or OF_SIGN.get(sign, failed), began, ended)

    return where


def of_stretch(kind: str, began: int, ended: int) -> Whereabouts:
    """Of the signs of a stretch of strangers, passwords or refusals. Instants in µs UTC."""
    return lambda sign: _between(OF_SIGN.get(sign, OF_STRETCH[kind]), began, ended)


def _between(facts: tuple[Fact, ...], began: int, ended: int) -> str:
    return f"{', '.join(facts)}, {_clock(began)}-{_clock(ended)} UTC"


def _clock(at: int) -> str:
    return f"{instant(AtUs(at)):%H:%M:%S}"
