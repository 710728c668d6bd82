"""Which signs did the incident leave? Each a measure, in plain words with figures. The unrecorded leaves none."""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.causes.evening import BY_HOUSE, WRONG, Evening, Window, households_of
from kickoff.causes.kept import READ, kept_to, place_of, share_inside
from kickoff.facts import Fact
from kickoff.findings import Incident, Metric
from kickoff.units import US_PER_S

ENOUGH = 20
"""Fewer observations than this leave no sign."""

SURGE_S = 15
"""Seconds of the incident's beginning whose load is held against twice as many before it."""

PARTS_BEFORE = 4
"""The time before an incident is read in so many parts with as many successes each: in some it may be slow already."""

HEALTH_S = 5
"""Health is read from so many seconds before the first failures on: what came first counts."""

ABOUT_PASSWORDS = 0.5
"""Of the failures: where more are wrong passwords or unknown accounts, the incident is about these."""

WRONG_MIN = 0.4
"""Of the sign-ins that were answered: fewer wrong ones than these an evening of forgotten passwords has as well."""

RELEASE_MINUTES = 10
"""A release so many minutes of the match before the failures may be their reason."""


class Sign(Struct, frozen=True, kw_only=True):
    """One measure, by its name in `weights`."""

    name: str
    measure: float
    """What is weighed."""
    words: str
    value: float | None = None
    """The figure of the words, where it is not the measure itself."""
    expected: float | None = None
    """What that figure was before, or is elsewhere on the same night; None: what is usual on other nights."""


def signs_of(
    evening: Evening, incident: Incident, window: Window, *, minute_us: int, attack: NDArray[np.bool_]
) -> tuple[Sign, ...]:
    """Every sign that can be read off the facts of this incident. `attack`: rows held to be an attacker's."""
    # Whether passwords are right depends neither on load nor on where people are: then only who tries them tells. And
    # a flood has no more wrong ones than an ordinary evening: where they are not what fails, they speak for nobody.
    if _share(evening.holds("code", *WRONG), window.failed & window.now) > ABOUT_PASSWORDS:
        found = [*_wrong_credentials(evening, window)]
    else:
        found = [sign for read in _OF_THE_HOUSE for sign in read(evening, incident, window)]
        found += _released(evening, incident, window, minute_us)
    found += _attacked(evening, window, attack)
    return tuple(found)


def _health(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    """Of the dependency that stands worst: one delivery network may be full beside others that idle."""
    if incident.metric is Metric.SILENCE:
        return
    rows = evening.is_fact(Fact.HEALTH) & (evening.at >= window.began - HEALTH_S * US_PER_S)
    rows &= evening.at <= window.ended
    of_sign_in = evening.holds("dependency", "sign_in")
    rows &= of_sign_in if incident.metric is Metric.SIGN_IN_FAILURES else ~of_sign_in
    if not rows.any():
        return
    of = evening.texts("dependency")
    queues, used = evening.integers("queue_ms", 0), evening.integers("utilisation", 0)
    worst = max(
        (
            float(np.quantile(queues[rows & (of.numbers == one)], 0.75)),
            float(np.quantile(used[rows & (of.numbers == one)], 0.75)),
            int(one),
        )
        for one in np.unique(of.numbers[rows])
    )
    name = of.names[worst[2]] if worst[2] >= 0 else "the service"
    yield Sign(
        name="queue_ms", measure=max(worst[0], 1.0), words=f"the queue before {name} stood at {worst[0]:,.0f} ms"
    )
    share = worst[1] / 1e6
    yield Sign(name="utilisation", measure=share, words=f"{name} was used to {share:.0%} of its capacity")


def _surge(evening: Evening, _incident: Incident, window: Window) -> Iterator[Sign]:
    """New households, not attempts: those who fail try again, and that is no load from outside."""
    at = evening.at[evening.newcomers()]
    length = min(SURGE_S * US_PER_S, window.ended - window.began)
    now = int(((at >= window.began) & (at < window.began + length)).sum())
    before = int(((at >= window.began - 2 * SURGE_S * US_PER_S) & (at < window.began)).sum())
    if before >= ENOUGH and length >= US_PER_S:
        ratio = (now / length) / (before / (2 * SURGE_S * US_PER_S))
        words = f"newcomers a second when it began were {ratio:.1f} times those of the half minute before"
        yield Sign(name="surge", measure=max(ratio, 0.1), words=words)


def _silent(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    tried = int((window.tried & window.now).sum())
    if incident.metric is Metric.SILENCE:
        yield _silence(evening, incident, window)
        return
    words = f"people arrive, and {window.failures:,} of their {tried:,} attempts failed"
    before = _share(window.failed, window.tried & window.before)
    yield Sign(name="silent", measure=0.0, words=words, value=window.failures / max(1, tried), expected=before)


def _silence(evening: Evening, incident: Incident, window: Window) -> Sign:
    place = place_of(evening, incident.scope)
    before = window.tried & window.before
    if place is None or (before & place.known).sum() < ENOUGH:
        return Sign(name="silent", measure=1.0, words="people are not refused: they do not arrive")
    now, usual = share_inside(evening, window.tried & window.now, place), share_inside(evening, before, place)
    words = (
        f"people are not refused, they do not arrive: of those who come {now:.0%} are on {place.name}, "
        f"of those who came before {usual:.0%}"
    )
    return Sign(name="silent", measure=1.0, words=words, value=now, expected=usual)


def _slower(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    """A full service is slow also for those whom it serves; a broken one often is not.

    It grows slow before the first fails: that is no measure of what is usual, so the quickest part of the time before
    is.
    """
    if incident.metric is Metric.SILENCE:
        return
    durations = evening.integers("duration_ms", -1)
    good = window.tried & ~window.failed & (durations >= 0)
    now, before = durations[good & window.now], durations[good & window.before]
    if min(len(now), len(before)) >= ENOUGH:
        parts = np.array_split(before, max(1, min(PARTS_BEFORE, len(before) // ENOUGH)))
        usual = min(float(np.quantile(part, 0.75)) for part in parts)
        ratio = (float(np.quantile(now, 0.75)) + 1) / (usual + 1)
        words = f"what still succeeded took {ratio:.1f} times as long as when it was quickest before"
        yield Sign(name="slower", measure=ratio, words=words)


def _says_overloaded(evening: Evening, incident: Incident, window: Window) -> Iterator[Sign]:
    codes = BY_HOUSE if incident.metric is Metric.SIGN_IN_FAILURES else ("manifest", "segment", "timeout", "forbidden")
    failed = window.failed & window.now & evening.holds("code", *codes)
    if failed.sum() >= ENOUGH:
        share = _share(evening.holds("code", "overloaded", "timeout"), failed)
        words = f"{share:.0%} of the failures were for want of room or of time"
        yield Sign(name="says_overloaded", measure=share, words=words)


def _wrong_credentials(evening: Evening, window: Window) -> Iterator[Sign]:
    wrong = evening.is_fact(Fact.SIGN_IN_FAILED) & evening.holds("code", *WRONG)
    answered = wrong | evening.is_fact(Fact.SIGNED_IN)
    share = _share(wrong, answered & window.now)
    if (answered & window.now).sum() >= ENOUGH and share >= WRONG_MIN:
        words = f"{share:.0%} of the sign-ins that were answered had a wrong password or no such account"
        before = None
        if (answered & window.before).sum() >= ENOUGH:
            before = _share(wrong, answered & window.before)
            words += f" ({before:.0%} before)"
        yield Sign(name="wrong_credentials", measure=share, words=words, expected=before)


def _released(evening: Evening, incident: Incident, window: Window, minute_us: int) -> Iterator[Sign]:
    """A release shortly before, where the failures keep to one version: the new one, or one that it broke.

    Weighed as 0 or 1: a sign that is only read where it holds is the same under each cause and can be worth nothing.
    """
    apps = evening.texts("app")
    if incident.metric not in READ or not apps.names:
        return
    lately = (evening.at > window.began - RELEASE_MINUTES * minute_us) & (evening.at <= window.began)
    released = apps.numbers[evening.is_fact(Fact.RELEASED) & lately & (apps.numbers >= 0)].tolist()
    if not released:
        came = (evening.is_fact(Fact.RELEASED) & lately).any()
        words = "a release came just before, and nothing says of what" if came else "no release came just before"
        yield Sign(name="released", measure=0.0, words=words)
        return
    failing = apps.numbers[window.failed & window.now & (apps.numbers >= 0)]
    versions = {*released, int(np.bincount(failing, minlength=1).argmax())}
    found = [(kept_to(evening, window, apps.numbers == one, apps.numbers >= 0), one) for one in sorted(versions)]
    kept, version = max(found, key=lambda one: (one[0].keeps, one[1] in released, one[0].failed - one[0].tried))
    if kept.failures < ENOUGH:
        words = "a release came just before, and whether only one version fails cannot be told yet"
        yield Sign(name="released", measure=0.0, words=words)
        return
    name = apps.names[version if version in released else released[-1]]
    words = (
        f"a release of {name} came just before: of those who failed {kept.failed:.0%} are on version "
        f"{apps.names[version]}, of those who tried {kept.tried:.0%}"
    )
    yield Sign(name="released", measure=float(kept.keeps), words=words, value=kept.failed, expected=kept.tried)


def _attacked(evening: Evening, window: Window, attack: NDArray[np.bool_]) -> Iterator[Sign]:
    """What an attack asked of the house over what households did, while the failures lasted."""
    own, homes = int((attack & window.now).sum()), int((households_of(evening) & window.now).sum())
    load = own / max(1, homes) if own >= ENOUGH else 0.0
    words = f"for each thing that a household did, what looks like an attack did {load:.1f} meanwhile"
    yield Sign(name="attacked", measure=load, words=words if load else "nothing that looks like an attack was seen")


_Reader = Callable[[Evening, Incident, Window], Iterator[Sign]]
_OF_THE_HOUSE: tuple[_Reader, ...] = (_silent, _health, _surge, _slower, _says_overloaded)


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float((part & whole).sum()) / max(1, int(whole.sum()))
