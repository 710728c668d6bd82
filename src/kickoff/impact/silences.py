"""What does the journal know of a silence? Who came before it, during it, after it, of the silent and of the others."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Incident
from kickoff.forecast import EarlierNight
from kickoff.impact.away import Evidence, Floats, ShutOut, shut_out
from kickoff.impact.rows import Integers, Mask, Rows
from kickoff.impact.usual import Usual, usual_by_clock, usual_by_share
from kickoff.night import Night
from kickoff.numbered import first_of
from kickoff.units import US_PER_S, AtUs

MINUTES = (0, 1, 2, 4, 7, 11, 16, 22, 30, 40, 60, 90, 130)
"""Intervals are counted from these minutes of the match before it began, after it began and after it ended: there
levels change soonest."""
SHORTEST = 0.3
"""Minutes that the last interval of each kind lasts at least, where the one before does not take it in."""
NOTICED_AFTER_MINUTES = 3.0
"""After so many minutes of the match most silences have been noticed."""
CAME = (Fact.JOINED, Fact.SIGNED_IN, Fact.LEASED)
BEFORE_MIN = 20
"""Where everybody is silent, households that must have come before it: else no level is known."""
UNCLEAR = "cannot_tell"
"""A scope that several cohorts fit as well."""

NEVER = np.iinfo(np.int64).max


class Silence(Struct, frozen=True, kw_only=True):
    """What is known of one silence."""

    evidence: Evidence
    edges: Floats
    """Instants in µs UTC between which the evidence was counted: one more than this evening's intervals."""
    came: int
    """Of the silent, those who came while it lasted."""
    told: int
    """Accounts or devices that told of an attempt while it lasted."""

    @property
    def shut_out(self) -> ShutOut:
        """Those who met no door, told or not."""
        return shut_out(self.evidence)


def silence_of(
    rows: Rows, incident: Incident, night: Night, earlier: Sequence[EarlierNight], until: AtUs
) -> Silence | None:
    """What is known of this silence; None where too few had come before it, or where whom it hit is not clear yet."""
    if incident.scope.verdict == UNCLEAR:
        return None
    minute_us = night.match_minute_s * US_PER_S
    began, ended = _span(incident, minute_us, until)
    arrivals, inside = _Arrivals(rows), _inside(rows, incident)
    edges = _edges(arrivals, (began, ended), max(ended, min(until, night.at(night.schedule.whistle))), minute_us)
    own, others = arrivals.counts(inside, edges), arrivals.counts(~inside, edges)
    is_before = edges[1:] <= began
    told = rows.is_fact(Fact.REFUSED) & rows.has_code("unreachable") & inside
    tellers = np.unique(rows.account[told & (rows.at >= began) & (rows.at <= ended)])
    at = arrivals.at_of(tellers)
    # Whoever tells has come. Where no place in a line ties a device to an account, it came when the others did.
    alike = len(tellers) / max(1, int((at < NEVER).sum()))
    telling = np.where(is_before, 0.0, alike * np.histogram(at[at < NEVER], edges)[0])
    if incident.scope.causes:
        usual = usual_by_share(own, others, is_before, incident, earlier)
    else:
        minutes = (edges - night.at(night.schedule.kick_off)) / minute_us
        usual = usual_by_clock(own, minutes, is_before, earlier)
    if own[is_before].sum() + usual.came_earlier.sum() < (1 if incident.scope.causes else BEFORE_MIN):
        return None
    is_silent = (edges[:-1] >= began) & (edges[1:] <= ended + 1)
    return Silence(
        edges=edges,
        evidence=_evidence(usual, np.maximum(own - telling, 0.0), telling, is_silent),
        came=round(own[is_silent].sum()),
        told=len(tellers),
    )


def _span(incident: Incident, minute_us: float, until: AtUs) -> tuple[float, float]:
    """Since when and until when nobody got through; while none of those has told, the first is told too late."""
    ended = min(until if incident.ended_at is None else incident.ended_at, until)
    if incident.began_at <= incident.noticed_at:
        return float(incident.began_at), float(ended)
    return incident.noticed_at - NOTICED_AFTER_MINUTES * minute_us, float(ended)


def _evidence(usual: Usual, came: Floats, told: Floats, silent: Mask) -> Evidence:
    """Intervals that earlier nights stand for follow this evening's: nobody is shut out of them."""
    more = np.zeros(len(usual.came_earlier))
    return Evidence(
        came=np.concatenate([came, usual.came_earlier]),
        told=np.concatenate([told, more]),
        silent=np.concatenate([silent, more > 0]),
        usual=usual.count,
        level=usual.level,
        unsure=usual.unsure,
    )


def _edges(arrivals: "_Arrivals", silent: tuple[float, float], until: float, minute_us: float) -> Floats:
    """Instants that part the evening: from the first arrival to the end of what is known."""
    began, ended = silent
    first, away = min(float(arrivals.at.min(initial=began)), began - 1.0), np.array(MINUTES) * minute_us
    last = [end - SHORTEST * minute_us for end in (ended, until)]
    before = (began - away)[began - away > first]
    within, after = (began + away)[began + away < last[0]], (ended + 1 + away)[ended + away < last[1]]
    known = [ended + 1, until + 1] if until > ended else [ended + 1]
    return np.unique(np.concatenate([[first, began], before, within, after, known]))


class _Arrivals:
    """When each household came: the first row of an account that is not word of an attempt elsewhere or of trouble.

    Devices that never became an account's are left out: a machine may bring any number of them.
    """

    def __init__(self, rows: Rows) -> None:
        here = np.flatnonzero(rows.is_fact(*CAME) & rows.is_account)
        self.row = first_of(rows.account[here], here, len(rows.subjects))
        self.account = rows.account[self.row]
        self.at = rows.at[self.row]

    def counts(self, inside: Mask, edges: Floats) -> Floats:
        """Those whose first row is one of these, between each two instants."""
        return np.histogram(self.at[inside[self.row]], edges)[0].astype(np.float64)

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
