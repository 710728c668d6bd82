"""What does the journal know of a silence? Who came before it, during it, after it, of the silent and of the others."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Incident
from kickoff.forecast import EarlierNight
from kickoff.impact.away import DRIFT, EARLY_MINUTES, Silence, tells_of
from kickoff.impact.rows import Integers, Mask, Rows
from kickoff.night import Night
from kickoff.numbered import first_of
from kickoff.units import US_PER_S, AtUs

AFTER_MINUTES = 15
"""Minutes of the match after a silence in which those who were shut out come back."""
CAME = (Fact.JOINED, Fact.SIGNED_IN, Fact.LEASED)
BEFORE_MINUTES = 10
"""Where no earlier night tells how an evening goes on, its last minutes do, to within `BLIND`."""
BLIND = 0.4
UNCLEAR = "cannot_tell"
"""A scope that several cohorts fit as well."""

NEVER = np.iinfo(np.int64).max
SHAPE_MIN = 0.06
"""Relative: no evening goes on exactly as the others did."""


def silence_of(
    rows: Rows, incident: Incident, night: Night, earlier: Sequence[EarlierNight], until: AtUs
) -> Silence | None:
    """What is known of this silence; None where nobody had come before it, or where whom it hit is not clear yet."""
    if incident.scope.verdict == UNCLEAR:
        return None
    ended = AtUs(min(until if incident.ended_at is None else incident.ended_at, until))
    early = AtUs(min(ended, incident.began_at + round(EARLY_MINUTES * night.match_minute_s * US_PER_S)))
    arrivals, inside = _Arrivals(rows), _inside(rows, incident)

    def expect(instant: AtUs) -> tuple[float, float] | None:
        if incident.scope.causes:
            return _by_share(arrivals, inside, incident, instant, earlier)
        return _by_clock(arrivals, night, earlier, incident.began_at, instant)

    expected, at_first = expect(ended), expect(early)
    if expected is None or at_first is None:
        return None
    told = rows.is_fact(Fact.REFUSED) & rows.has_code("unreachable") & inside
    told &= (rows.at >= incident.began_at) & (rows.at <= ended)
    tellers = np.unique(rows.account[told])
    came_at = arrivals.at_of(tellers)
    # Whoever tells has come. Where no place in a line ties a device to an account, it came when the others did.
    alike = len(tellers) / max(1, int((came_at < NEVER).sum()))
    after = AtUs(min(until, ended + round(AFTER_MINUTES * night.match_minute_s * US_PER_S)))
    tells = _tells(arrivals, inside, incident, (ended, after), alike * ((came_at > ended) & (came_at <= after)).sum())
    return Silence(
        expected=expected[0],
        spread=expected[1],
        came=arrivals.count(inside, incident.began_at, ended),
        told=len(tellers),
        told_and_came=round(alike * (came_at <= ended).sum()),
        early_expected=at_first[0],
        early_came=max(0, arrivals.count(inside, incident.began_at, early) - round(alike * (came_at <= early).sum())),
        tells=tells[0],
        tells_spread=tells[1],
    )


class _Arrivals:
    """When each household came: the first row of an account that is not word of an attempt elsewhere or of trouble.

    Devices that never became an account's are left out: a machine may bring any number of them.
    """

    def __init__(self, rows: Rows) -> None:
        here = np.flatnonzero(rows.is_fact(*CAME) & rows.is_account)
        self.row = first_of(rows.account[here], here, len(rows.subjects))
        self.account = rows.account[self.row]
        self.at = rows.at[self.row]

    def count(self, inside: Mask, since: int, until: int) -> int:
        """Those whose first row is one of these, within this time."""
        return int((inside[self.row] & (self.at >= since) & (self.at <= until)).sum())

    def at_of(self, accounts: NDArray[np.int32]) -> Integers:
        """When each of these came; never for who did not."""
        if not len(self.account):
            return np.full(len(accounts), NEVER)
        slot = np.minimum(np.searchsorted(self.account, accounts), len(self.account) - 1)
        return np.where(self.account[slot] == accounts, self.at[slot], NEVER)


def _inside(rows: Rows, incident: Incident) -> Mask:
    if not incident.scope.causes:
        return np.ones(len(rows.at), np.bool_)
    inside = np.zeros(len(rows.at), np.bool_)
    for cause in incident.scope.causes:
        inside |= np.logical_and.reduce([rows.holds(name, value) for name, value in cause.items()])
    return inside


def _by_share(
    arrivals: _Arrivals, inside: Mask, incident: Incident, ended: AtUs, earlier: Sequence[EarlierNight]
) -> tuple[float, float] | None:
    """The silent ones' share, of those who came since: Poisson error, and that of the share.

    The share is that of this evening until then and of earlier nights, which weigh no more than their drift allows.
    """
    began = incident.began_at
    own, others = (float(arrivals.count(mask, 0, began - 1)) for mask in (inside, ~inside))
    before = [counts for night in earlier if (counts := _cohort(night, incident))]
    if before:
        usual, usual_others = (float(sum(one[index] for one in before)) for index in (0, 1))
        weight = min(1.0, 1 / DRIFT**2 / max(usual, 1.0))
        own, others = own + weight * usual, others + weight * usual_others
    if own < 1 or others < 1:
        return None
    now = arrivals.count(~inside, began, ended)
    expected = now * own / others
    spread = sqrt(expected + expected**2 * (1 / own + 1 / others + 1 / max(1, now)))
    return expected, spread


def _cohort(night: EarlierNight, incident: Incident) -> tuple[int, int] | None:
    """(households of the silent cohorts, of the others) on an earlier night; None where it cannot tell."""
    names = [name for cause in incident.scope.causes for name in cause]
    counts = night.cohorts.get(names[0], {}) if len(set(names)) == 1 else {}
    if not counts:
        return None
    values = {value for cause in incident.scope.causes for value in cause.values()}
    own = sum(count for value, count in counts.items() if value in values)
    return own, sum(counts.values()) - own


def _by_clock(
    arrivals: _Arrivals, night: Night, earlier: Sequence[EarlierNight], began: AtUs, ended: AtUs
) -> tuple[float, float] | None:
    """As many as came on earlier nights between these minutes for each who had come before them."""
    everybody = np.ones(int(arrivals.row.max()) + 1 if len(arrivals.row) else 1, np.bool_)
    before = arrivals.count(everybody, 0, began - 1)
    kick_off, minute_us = night.at(night.schedule.kick_off), night.match_minute_s * US_PER_S
    since, until = (began - kick_off) / minute_us, (ended - kick_off) / minute_us
    ratios = [
        night_before.between(since, until) / night_before.between(-1e9, since)
        for night_before in earlier
        if night_before.between(-1e9, since) >= 20
    ]
    if before < 20:
        return None
    if not ratios:
        lately = arrivals.count(everybody, round(began - BEFORE_MINUTES * minute_us), began - 1)
        expected = lately / BEFORE_MINUTES * (until - since)
        return expected, sqrt(expected + (BLIND * expected) ** 2)
    mean = float(np.mean(ratios))
    own = float(np.std(ratios, ddof=1)) / max(mean, 1e-9) if len(ratios) > 2 else 2.5 * SHAPE_MIN
    expected = before * mean
    spread = max(own, SHAPE_MIN) * sqrt(1 + 1 / len(ratios))
    return expected, sqrt(expected + expected**2 * (1 / before + spread**2))


def _tells(
    arrivals: _Arrivals, inside: Mask, incident: Incident, span: tuple[AtUs, AtUs], told_after: float
) -> tuple[float, float]:
    ended, after = span
    own, others = (arrivals.count(mask, 0, incident.began_at - 1) for mask in (inside, ~inside))
    if not incident.scope.causes or not own or not others or after <= ended:
        return tells_of(0, 0.0, 1.0)
    usual = arrivals.count(~inside, ended + 1, after) * own / others
    more = arrivals.count(inside, ended + 1, after) - usual
    return tells_of(told_after, more, sqrt(usual + usual**2 * (1 / own + 1 / others) + 1))
