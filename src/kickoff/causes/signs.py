"""Which signs did the incident leave? Each a measure, in plain words with figures. The unrecorded leaves none."""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.causes.evening import BY_HOUSE, WRONG, Evening, Window
from kickoff.facts import Fact
from kickoff.findings import Incident, Metric
from kickoff.units import US_PER_S

ENOUGH = 20
"""Fewer observations than this leave no sign."""

SURGE_S = 15
"""Seconds of the incident's beginning whose load is held against twice as many before it."""

HEALTH_S = 5
"""Health is read from so many seconds before the first failures on: what came first counts."""

STRANGERS_MIN = 2.0
"""Strangers that are not at least twice as many as before are no sign."""

DIMENSIONS = ("device", "app", "isp", "region", "cdn", "channel", "offer")
"""What could tell those who are hit from the others, where it is recorded."""
NETWORKS_MIN = 100
"""With fewer networks in the journal nothing can be said of how many took part."""


class Sign(Struct, frozen=True, kw_only=True):
    """One measure, by its name in `expectations`."""

    name: str
    measure: float
    words: str


def signs_of(evening: Evening, incident: Incident, window: Window) -> tuple[Sign, ...]:
    """Every sign that can be read off the facts of this incident."""
    # Whether passwords are right depends neither on load nor on where people are: then only who tries them tells.
    readers = _OF_PASSWORDS if _is_about_passwords(evening, window) else (*_OF_THE_HOUSE, *_OF_PASSWORDS)
    return tuple(sign for read in readers for sign in read(evening, incident, window))


def attempts_per_subject(evening: Evening, window: Window) -> tuple[float, int]:
    """(failed attempts of each, how many) of those who failed: a second attempt that succeeds is no storm."""
    failing = evening.integers("subject", 0)[window.failed & window.now]
    people = len(np.unique(failing))
    return len(failing) / max(1, people), people


def _confined(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    if incident.metric is Metric.SILENCE:
        yield Sign(name="confined", measure=1.0, words=f"only {_named(incident)} is silent; the others come as usual")
        return
    if not incident.scope.causes:
        if not any(evening.values(name) > 1 for name in DIMENSIONS):
            # Nothing was recorded that could have told them apart: that is no sign of anything.
            return
        words = "no recorded dimension tells those who are hit from the others"
        yield Sign(name="confined", measure=0.1, words=words)
        return
    inside = evening.inside(incident.scope)
    failures = _share(inside, window.failed & window.now)
    trials = _share(inside, window.tried & window.now)
    words = f"{failures:.0%} of the failures are in {_named(incident)}, which makes {trials:.0%} of the attempts"
    yield Sign(name="confined", measure=max(0.0, (failures - trials) / max(1 - trials, 1e-9)), words=words)


def _health(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    rows = evening.is_fact(Fact.HEALTH) & (evening.at >= window.began - HEALTH_S * US_PER_S)
    rows &= evening.at <= window.ended
    of_sign_in = evening.holds("dependency", "sign_in")
    rows &= of_sign_in if incident.metric is Metric.SIGN_IN_FAILURES else ~of_sign_in
    name = "the sign-in service" if incident.metric is Metric.SIGN_IN_FAILURES else "what serves the streams"
    if not rows.any():
        return
    queue = float(np.quantile(evening.integers("queue_ms", 0)[rows], 0.75))
    used = float(np.quantile(evening.integers("utilisation", 0)[rows], 0.75)) / 1e6
    yield Sign(name="queue_ms", measure=max(queue, 1.0), words=f"the queue before {name} stood at {queue:,.0f} ms")
    yield Sign(name="utilisation", measure=used, words=f"{name} was used to {used:.0%} of its capacity")


def _surge(evening: Evening, _incident: Incident, window: Window) -> Iterator[Sign]:
    """New subjects, not attempts: those who fail try again, and that is no load from outside."""
    subject = evening.integers("subject", 0)
    came = np.flatnonzero(evening.is_fact(Fact.JOINED, Fact.LEASED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED))
    _, first = np.unique(subject[came], return_index=True)
    at = evening.at[came[first]]
    length = min(SURGE_S * US_PER_S, window.ended - window.began)
    now = int(((at >= window.began) & (at < window.began + length)).sum())
    before = int(((at >= window.began - 2 * SURGE_S * US_PER_S) & (at < window.began)).sum())
    if before >= ENOUGH and length >= US_PER_S:
        ratio = (now / length) / (before / (2 * SURGE_S * US_PER_S))
        words = f"newcomers a second when it began were {ratio:.1f} times those of the half minute before"
        yield Sign(name="surge", measure=max(ratio, 0.1), words=words)


def _says_overloaded(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    codes = BY_HOUSE if incident.metric is Metric.SIGN_IN_FAILURES else ("manifest", "segment", "timeout", "forbidden")
    failed = window.failed & window.now & evening.holds("code", *codes)
    if failed.sum() >= ENOUGH:
        share = _share(evening.holds("code", "overloaded", "timeout"), failed)
        words = f"{share:.0%} of the failures were for want of room or of time"
        # An error says little: many a service answers "error" when it means "too much".
        if share > 0.5:
            yield Sign(name="says_overloaded", measure=share, words=words)


def _wrong_credentials(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    wrong = evening.is_fact(Fact.SIGN_IN_FAILED) & evening.holds("code", *WRONG)
    answered = wrong | evening.is_fact(Fact.SIGNED_IN)
    if incident.metric is Metric.SIGN_IN_FAILURES and (answered & window.now).sum() >= ENOUGH:
        share = _share(wrong, answered & window.now)
        words = f"{share:.0%} of the sign-ins that were answered had a wrong password or no such account"
        if (answered & window.before).sum() >= ENOUGH:
            words += f" ({_share(wrong, answered & window.before):.0%} before)"
        yield Sign(name="wrong_credentials", measure=share, words=words)


def _accounts_per_network(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    source, subject = evening.integers("source", 0), evening.integers("subject", 0)
    wrong = evening.is_fact(Fact.SIGN_IN_FAILED) & evening.holds("code", *WRONG) & (source != 0)
    seen = source[window.before & (source != 0)]
    # Where everybody comes from a few networks, as behind a gateway, networks say nothing.
    if incident.metric is not Metric.SIGN_IN_FAILURES or len(np.unique(seen)) < NETWORKS_MIN:
        return
    now = wrong & window.now
    if now.sum() >= ENOUGH:
        each = _neighbours(source[now], subject[now])
        words = f"a wrong sign-in came from a network that tried {each:.1f} accounts in vain meanwhile"
        yield Sign(name="accounts_per_network", measure=each, words=words)


def _strangers(evening: Evening, _incident: Incident, window: Window) -> Iterator[Sign]:
    joined = evening.is_fact(Fact.JOINED)
    device, household = joined & evening.holds("code", "device"), joined & evening.holds("code", "session")
    counts = [int((kind & time).sum()) for time in (window.now, window.before) for kind in (device, household)]
    if min(counts[0] + counts[1], counts[2] + counts[3]) >= 5 * ENOUGH and counts[3]:
        ratio = ((counts[0] + 1) / (counts[1] + 1)) / ((counts[2] + 1) / (counts[3] + 1))
        words = f"devices without an account joined {ratio:.1f} times as often, for each household, as before"
        # Their absence says nothing: not every attack joins the line.
        if ratio > STRANGERS_MIN:
            yield Sign(name="strangers", measure=ratio, words=words)


_Reader = Callable[[Evening, Incident, Window], Iterator[Sign]]
_OF_THE_HOUSE: tuple[_Reader, ...] = (_confined, _health, _surge, _says_overloaded)
_OF_PASSWORDS: tuple[_Reader, ...] = (_wrong_credentials, _accounts_per_network, _strangers)


def _is_about_passwords(evening: Evening, window: Window) -> bool:
    return _share(evening.holds("code", *WRONG), window.failed & window.now) > 0.5


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float((part & whole).sum()) / max(1, int(whole.sum()))


def _neighbours(source: NDArray[np.int64], subject: NDArray[np.int64]) -> float:
    """Distinct subjects of a network, averaged over those subjects."""
    pairs = np.unique(np.stack([source, subject], axis=1), axis=0)
    sizes = np.unique(pairs[:, 0], return_counts=True)[1]
    return float((sizes**2).sum() / max(1, sizes.sum()))


def _named(incident: Incident) -> str:
    causes = (" and ".join(f"{name} {value}" for name, value in cause.items()) for cause in incident.scope.causes)
    return ", and in ".join(causes)
