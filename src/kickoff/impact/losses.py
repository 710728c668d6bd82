"""How long was each account without a picture that it wanted?

An attempt that failed within an incident opens a loss, at the instant at which the attempt was made; the account's
next first frame closes it. Who never had one again is held to have wanted it until the incident's end, but no
longer. Only time between kick-off and the whistle is lost match.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Incident, Metric
from kickoff.impact.rows import Integers, Mask, Rows
from kickoff.numbered import stable_order
from kickoff.units import US_PER_S, AtUs

BY_HOUSE = ("overloaded", "timeout", "error")
WRONG = ("wrong_password", "unknown_account")
AWAY = ("unreachable", "full")

ANSWERED_S = 60
"""A player that was given a stream has said within so many seconds what became of it."""

MET = ("start_failed", "sign_in_failed", "refused", "expelled", "stalled")
"""What a case can have met first, in the order of the numbers in `Losses.met`."""


class Losses(Struct, frozen=True, kw_only=True):
    """One entry for each account, or device without a known account, that an incident hit; sorted by account."""

    account: NDArray[np.int32]
    """Numbers, as in `Rows`."""
    is_account: Mask
    lost_ms: Integers
    met: Integers
    """Number in `MET`."""
    first_row: Integers
    """The row of the facts with its first failure."""
    attempts: Integers
    """How often it failed."""


class _Events(Struct, frozen=True, kw_only=True):
    """Failures and first frames of those who were hit, sorted by account and time."""

    account: NDArray[np.int32]
    is_bad: Mask
    at: Integers
    opens: Integers
    """When the attempt was made."""
    closes: Integers
    """When the incident ended."""


def losses_of(rows: Rows, incidents: tuple[Incident, ...], *, kick_off: AtUs, whistle: AtUs, until: AtUs) -> Losses:
    """Everyone who met a failure of an incident. Instants in µs UTC."""
    met, closes = _failures(rows, incidents, until)
    bad = met >= 0
    hit = np.zeros(len(rows.subjects), np.bool_)
    hit[rows.account[bad]] = True
    events = np.flatnonzero((bad | rows.is_fact(Fact.STARTED)) & hit[rows.account])
    events = events[stable_order(rows.account[events])]
    account, is_bad = rows.account[events], bad[events]
    streaks = _streaks(
        _Events(
            account=account,
            is_bad=is_bad,
            at=rows.at[events],
            opens=rows.at[events] - rows.duration_us[events],
            closes=closes[events],
        )
    )
    lost = np.minimum(streaks.closed, whistle) - np.maximum(streaks.opened, kick_off)
    accounts, first, attempts = np.unique(account[is_bad], return_index=True, return_counts=True)
    first_row = events[is_bad][first]
    owner = np.searchsorted(accounts, account[streaks.begins])
    total = np.bincount(owner, weights=np.maximum(lost, 0), minlength=len(accounts))
    return Losses(
        account=accounts,
        is_account=rows.is_account[first_row],
        lost_ms=total.astype(np.int64) // 1000,
        met=met[first_row],
        first_row=first_row,
        attempts=attempts,
    )


def _failures(rows: Rows, incidents: tuple[Incident, ...], until: AtUs) -> tuple[Integers, Integers]:
    """For each row: number of what was met in an incident, else -1; and when that incident ended."""
    met, closes = np.full(len(rows.at), -1, np.int64), rows.at.copy()
    for incident in incidents:
        ended = until if incident.ended_at is None else incident.ended_at
        for number, failed, lasts in met_in(rows, incident, until):
            met[failed] = number
            if lasts:
                closes[failed] = np.maximum(closes[failed], ended)
    # Nobody who watches is put out by right: whoever was, was hit.
    expelled = rows.is_fact(Fact.EXPELLED)
    met[expelled] = MET.index("expelled")
    return met, closes


def met_in(rows: Rows, incident: Incident, until: AtUs) -> list[tuple[int, Mask, bool]]:
    """What an incident explains: (number in `MET`, rows, whether who has no picture after it lost until its end)."""
    ended = until if incident.ended_at is None else incident.ended_at
    inside = (rows.at >= incident.began_at) & (rows.at <= ended)
    if _holds(rows, incident, inside):
        return [(number, inside & failed, True) for number, failed in _failed_by(rows, incident.metric)]
    if _nobody_signs_in(rows, incident, inside):
        return [(MET.index("sign_in_failed"), inside & _refused_passwords(rows), False)]
    return []


def _failed_by(rows: Rows, metric: Metric) -> list[tuple[int, NDArray[np.bool_]]]:
    """Which rows an incident of this metric explains: (number in `MET`, rows)."""
    match metric:
        case Metric.SIGN_IN_FAILURES:
            return [(MET.index("sign_in_failed"), failures_of(rows, metric))]
        case Metric.START_FAILURES | Metric.EXITS_BEFORE_START | Metric.STALLS:
            return [
                (MET.index("start_failed"), failures_of(rows, metric)),
                (MET.index("stalled"), rows.is_fact(Fact.ENDED) & rows.has_code("failed")),
            ]
        case Metric.SILENCE:
            return [(MET.index("refused"), failures_of(rows, metric))]


def failures_of(rows: Rows, metric: Metric) -> Mask:
    """The attempts that failed in the way that this metric counts."""
    match metric:
        case Metric.SIGN_IN_FAILURES:
            # A wrong password is nobody's loss but the thief's.
            return rows.is_fact(Fact.SIGN_IN_FAILED) & rows.has_code(*BY_HOUSE)
        case Metric.SILENCE:
            return rows.is_fact(Fact.REFUSED) & rows.has_code(*AWAY)
        case _:
            return rows.is_fact(Fact.START_FAILED)


def unanswered(rows: Rows, until: AtUs) -> Mask:
    """Leases of which nothing more was heard, of those old enough to tell; over the rows."""
    told = rows.is_fact(Fact.LEASED, Fact.STARTED, Fact.START_FAILED, Fact.ENDED)
    chosen = np.flatnonzero(told)
    order = chosen[stable_order(rows.account[chosen])]
    leased, account = rows.is_fact(Fact.LEASED), rows.account[order]
    is_leased = leased[order]
    follows = np.append(account[1:] == account[:-1], False)
    again = follows & np.append(is_leased[1:], False)
    old = leased & (rows.at <= until - ANSWERED_S * US_PER_S)
    lost = np.zeros(len(rows.at), np.bool_)
    lost[order[is_leased & (again | ~follows)]] = True
    return lost & old


def _holds(rows: Rows, incident: Incident, inside: Mask) -> bool:
    """Whether the house failed at all in an incident of sign-ins: where passwords are wrong it may work as ever."""
    if incident.metric is not Metric.SIGN_IN_FAILURES:
        return True
    failed, tried = failures_of(rows, incident.metric), rows.is_fact(Fact.SIGNED_IN)
    before = rows.at < incident.began_at
    bad, good = int((failed & inside).sum()), int((tried & inside).sum())
    usual = ((failed & before).sum() + 1) / ((failed & before).sum() + (tried & before).sum() + 50)
    return bool(bad > 3 + 3 * usual * (bad + good))


def _refused_passwords(rows: Rows) -> Mask:
    return rows.is_fact(Fact.SIGN_IN_FAILED) & rows.has_code(*WRONG)


def _nobody_signs_in(rows: Rows, incident: Incident, inside: Mask) -> bool:
    """Whether sign-ins have all but ceased while passwords are refused: then the check is broken, not the passwords."""
    if incident.metric is not Metric.SIGN_IN_FAILURES:
        return False
    before, good, pressed = rows.at < incident.began_at, rows.is_fact(Fact.SIGNED_IN), rows.is_fact(Fact.LEASED)
    usual = float((good & before).sum()) / max(1.0, float((pressed & before).sum()))
    expected = usual * float((pressed & inside).sum())
    return bool(expected >= 20 and float((good & inside).sum()) < 0.3 * expected)


class _Streak(Struct, frozen=True, kw_only=True):
    """Failures of one account with no picture between them, from the first attempt on."""

    begins: Mask
    """The events that begin one."""
    opened: Integers
    closed: Integers


def _streaks(events: _Events) -> _Streak:
    """Every streak, closed by the account's next first frame, else by the last incident that it met."""
    account, is_bad = events.account, events.is_bad
    same = np.concatenate([[False], account[1:] == account[:-1]])
    begins = is_bad & ~(same & np.concatenate([[False], is_bad[:-1]]))
    number = np.cumsum(begins) - 1
    closed = np.zeros(int(begins.sum()), np.int64)
    np.maximum.at(closed, number[is_bad], events.closes[is_bad])
    good = np.flatnonzero(~is_bad & same)
    good = good[is_bad[good - 1]]
    closed[number[good]] = events.at[good]
    return _Streak(begins=begins, opened=events.opens[begins], closed=closed)
