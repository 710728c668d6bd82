"""What do the failures keep to? Of those who failed and of those who tried, how many are of a version, or of a place.

People are counted, not tries: who tries again and again until they give up would make their own place the busiest.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.causes.evening import Evening, Mask, Window
from kickoff.findings import Cause, Evidence, Incident, Metric, Scope
from kickoff.numbered import HOUSE

READ = frozenset({Metric.SIGN_IN_FAILURES, Metric.START_FAILURES})
"""What rows say who failed at. Of stalls and exits they say who left: that, many do whom nothing failed."""
OF_EXCESS = 0.9
"""So much of what fails beyond the time before lies inside, or it does not keep to it."""
TIMES = 2.0
"""And inside they fail so many times as often as outside: where everybody is inside, nothing keeps to it."""
OUTSIDE_MIN = 20
"""With fewer people outside it cannot be told."""
FAILED_MIN = 20
"""Of fewer people who failed no share is told."""


class Kept(Struct, frozen=True, kw_only=True):
    """How far the failures of an incident keep to some of the rows."""

    failures: int
    """People who failed."""
    failed: float
    """Share of those who failed who did so inside."""
    tried: float
    """Share of those who tried who did so inside."""
    keeps: bool
    """Whether nearly all that fails beyond the time before lies inside, and not because everybody does."""


def kept_to(evening: Evening, window: Window, inside: Mask, known: Mask) -> Kept:
    """The failures of an incident inside these rows, among those of which it is `known`."""
    # PERF: an incident is a small part of a night of millions: its rows are taken out first.
    now = np.flatnonzero(window.tried & window.now & known)
    who, failed, own = evening.people().number[now], window.failed[now], inside[now]
    everybody, failures = _people(who), _people(who[failed])
    insiders, inside_failures = _people(who[own]), _people(who[failed & own])
    others, other_failures = _people(who[~own]), _people(who[failed & ~own])
    usual = _usual(evening, window, known)
    return Kept(
        failures=failures,
        failed=inside_failures / max(1, failures),
        tried=insiders / max(1, everybody),
        keeps=others >= OUTSIDE_MIN
        and inside_failures - usual * insiders >= OF_EXCESS * max(1.0, failures - usual * everybody)
        and inside_failures * others >= TIMES * other_failures * insiders,
    )


def _usual(evening: Evening, window: Window, known: Mask) -> float:
    """Share of those who tried before who failed."""
    before = np.flatnonzero(window.tried & window.before & known)
    who = evening.people().number[before]
    return _people(who[window.failed[before]]) / max(1, _people(who))


def place_evidence(evening: Evening, incident: Incident, window: Window) -> list[Evidence]:
    """That the failures keep to the place that was found, in figures.

    It weighs nothing: on the nights that were learnt from a full delivery network keeps to a place as a broken one
    does, and beside the other signs the fit leaves it no weight. Of a silence its own sign tells the place.
    """
    place = place_of(evening, incident.scope)
    if place is None or incident.metric not in READ:
        return []
    kept = kept_to(evening, window, place.inside, place.known)
    if kept.failures < FAILED_MIN:
        return []
    words = f"of those who failed {kept.failed:.0%} are on {place.name}, of those who tried {kept.tried:.0%}"
    value, expected = round(kept.failed, 4), round(kept.tried, 4)
    return [Evidence(fact=words, value=value, expected=expected, favours=Cause.TOO_EARLY, weight=0.0)]


class Place(Struct, frozen=True, kw_only=True):
    """The sets of dimension = value that were found, over the rows of an evening."""

    name: str
    inside: Mask
    known: Mask
    """Rows that say where they are."""


def place_of(evening: Evening, scope: Scope) -> Place | None:
    """The place of an incident; None where none was found, or it cannot be told."""
    if scope.verdict != "located" or not scope.causes:
        return None
    inside, known = np.zeros(len(evening.at), np.bool_), np.ones(len(evening.at), np.bool_)
    for cause in scope.causes:
        one = np.ones(len(evening.at), np.bool_)
        for dimension, value in cause.items():
            texts = evening.texts(dimension)
            one &= texts.numbers == texts.number(value)
            known &= texts.numbers >= 0
        inside |= one
    # Signs for "and" and "or": a place is said alike in every language.
    names = (", ".join(f"{dimension} = {value}" for dimension, value in cause.items()) for cause in scope.causes)
    return Place(name=" / ".join(names), inside=inside, known=known)


def share_inside(evening: Evening, rows: Mask, place: Place) -> float:
    """Of the people of these rows who say where they are, those inside."""
    chosen = np.flatnonzero(rows & place.known)
    who = evening.people().number[chosen]
    return _people(who[place.inside[chosen]]) / max(1, _people(who))


def _people(number: NDArray[np.int32]) -> int:
    """How many there are; who is not named is somebody each time."""
    seen = np.zeros(int(number.max(initial=HOUSE)) + 1, np.bool_)
    seen[number] = True
    return int(seen[HOUSE + 1 :].sum()) + int((number == HOUSE).sum())
