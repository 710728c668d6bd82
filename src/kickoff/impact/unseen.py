"""How many were hit and never seen as accounts? Each part by one method, with its 90 % range."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from msgspec import Struct
from scipy.stats import truncnorm

from kickoff.facts import NULL_INT, Fact
from kickoff.findings import Incident, Metric, Range
from kickoff.impact.losses import Losses
from kickoff.impact.rows import Mask, Rows, holds, integers
from kickoff.units import AtUs

Z90 = 1.645
FORECAST_SPREAD_MIN = 0.05
"""Relative: so well, at best, is known beforehand how many come."""
OVERLAP_MIN = 10
"""Accounts on both lists, from which on two lists can be held against each other."""
TROUBLED = ("black_screen", "error", "sign_in", "buffering")

NOBODY = Range(low=0, mid=0, high=0)


class Came(Struct, frozen=True, kw_only=True):
    """An earlier night, at the same point of its match clock."""

    subscribers: int
    came: int


class Part(Struct, frozen=True, kw_only=True):
    """One part of those who were not seen, and how it was found, for the sentence that is read aloud."""

    range: Range
    words: str


def unseen_parts(
    rows: Rows,
    losses: Losses,
    incidents: tuple[Incident, ...],
    *,
    subscribers: int,
    earlier: Sequence[Came],
    until: AtUs,
) -> list[Part]:
    """Every part that the journal allows to estimate; empty when there was no incident."""
    if not incidents:
        return []
    parts = [_nameless(rows, losses)]
    silences = [incident for incident in incidents if incident.metric is Metric.SILENCE]
    parts += [_silent(rows, incident, until) for incident in silences]
    keeps_away = silences or any(incident.metric is Metric.SIGN_IN_FAILURES for incident in incidents)
    if keeps_away and earlier and subscribers:
        parts.append(_fewer_than_forecast(rows, subscribers, earlier))
    parts.append(_recaptured(rows, losses, incidents, until))
    return [part for part in parts if part.range.high > 0]


def add(ranges: Sequence[Range]) -> Range:
    """Independent parts: middles add up, half-widths add in quadrature on each side."""
    mid = sum(one.mid for one in ranges)
    below = sqrt(sum((one.mid - one.low) ** 2 for one in ranges))
    above = sqrt(sum((one.high - one.mid) ** 2 for one in ranges))
    return Range(low=max(0, round(mid - below)), mid=mid, high=round(mid + above))


def _nameless(rows: Rows, losses: Losses) -> Part:
    """Devices that failed and are tied to no account: an account each, or fewer where a household tried with several.

    With no line there is no place to tie them by. Then those accounts that were seen to be hit later in the evening
    may be the same households, and the lower end leaves them out.
    """
    devices = int((~losses.is_account).sum())
    untied = rows.account[rows.is_fact(Fact.SIGNED_IN) & (integers(rows.table, "place", NULL_INT) < 0)]
    twice = min(devices, int(np.isin(losses.account[losses.is_account], untied).sum()))
    low, mid = max(0, round(0.8 * devices) - twice), max(0, round(0.95 * devices) - twice // 2)
    words = f"{devices:,} devices failed before their account was known"
    return Part(range=Range(low=low, mid=mid, high=devices), words=words)


def _silent(rows: Rows, incident: Incident, until: AtUs) -> Part:
    """The silent cohort's usual share of those who came, less those of it who came all the same, then or afterwards."""
    came = _first_appearances(rows)
    inside = np.zeros(len(rows.at), np.bool_)
    for cause in incident.scope.causes:
        inside |= np.logical_and.reduce([holds(rows.table, name, value) for name, value in cause.items()])
    before = came & (rows.at < incident.began_at)
    since = came & (rows.at >= incident.began_at) & (rows.at <= until)
    own, others = int((before & inside).sum()), int((before & ~inside).sum())
    if not own or not others:
        return Part(range=NOBODY, words="")
    expected = own / others * float((since & ~inside).sum())
    missing = max(0.0, expected - float((since & inside).sum()))
    spread = sqrt(expected + expected**2 * (1 / own + 1 / others))
    words = f"{missing:,.0f} fewer came of the silent cohort than its share until then leads one to expect"
    return Part(range=_around(missing, spread), words=words)


def _fewer_than_forecast(rows: Rows, subscribers: int, earlier: Sequence[Came]) -> Part:
    shares = np.array([night.came / night.subscribers for night in earlier if night.subscribers])
    if not len(shares):
        return Part(range=NOBODY, words="")
    expected = subscribers * float(shares.mean())
    came = int(_first_appearances(rows).sum())
    own = float(shares.std(ddof=1)) / float(shares.mean()) if len(shares) > 2 else 0.15
    spread = expected * sqrt(max(own, FORECAST_SPREAD_MIN) ** 2 * (1 + 1 / len(shares)))
    # Nobody can have stayed away less than not at all: a normal error, cut off at nought.
    left = (0 - (expected - came)) / spread
    low, mid, high = (
        float(truncnorm.ppf(share, left, np.inf, loc=expected - came, scale=spread)) for share in (0.05, 0.5, 0.95)
    )
    words = f"{came:,} came where earlier nights lead one to expect {expected:,.0f}"
    return Part(range=Range(low=round(low), mid=round(mid), high=round(high)), words=words)


def _recaptured(rows: Rows, losses: Losses, incidents: tuple[Incident, ...], until: AtUs) -> Part:
    """Two lists, those seen to fail and those who complained: Chapman's estimator (1951) of all who were hit.

    People who fail complain more, and people who complain have been seen: the lists depend on each other, which makes
    the estimate too small. So it only ever raises the upper end.
    """
    held = np.zeros(len(rows.at), np.bool_)
    for incident in incidents:
        held |= (rows.at >= incident.began_at) & (rows.at <= until)
    reported = np.unique(rows.account[rows.is_fact(Fact.REPORTED) & rows.has_code(*TROUBLED) & held])
    seen = losses.account[losses.is_account]
    both = int(np.isin(reported, seen).sum())
    one, other = len(seen), len(reported)
    if both < OVERLAP_MIN:
        return Part(range=NOBODY, words="")
    hit = (one + 1) * (other + 1) / (both + 1) - 1
    spread = sqrt((one + 1) * (other + 1) * (one - both) * (other - both) / ((both + 1) ** 2 * (both + 2)))
    high = max(0, round(hit + Z90 * spread) - one)
    words = f"of {other:,} who complained {both:,} had been seen to fail, so up to {high:,} more may have left no trace"
    return Part(range=Range(low=0, mid=0, high=high), words=words)


def _first_appearances(rows: Rows) -> Mask:
    _, first = np.unique(rows.account, return_index=True)
    found = np.zeros(len(rows.at), np.bool_)
    found[first] = True
    return found


def _around(mid: float, spread: float) -> Range:
    return Range(low=max(0, round(mid - Z90 * spread)), mid=round(mid), high=round(mid + Z90 * spread))
