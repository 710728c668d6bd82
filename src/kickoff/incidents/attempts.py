"""What was attempted, and did it go well? The trials that the sequential tests count, one kind for each way to fail.

kind           a trial                              it failed when
starts         started or start_failed              start_failed                                (CTA-2066)
exits          a stream that started, or ended      ended by its viewer without a first frame
sign_ins       signed_in or sign_in_failed          overloaded, timeout, error: the house failed
credentials    the same, answered by the house      wrong password, unknown account: against their own base rate
stalls         a beat                               the picture stood still for `STALL_MS` or more
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Metric
from kickoff.incidents.columns import Columns, is_fact
from kickoff.numbered import Coded
from kickoff.units import US_PER_S

STALL_MS = 1_000
"""A picture that stands still for a second within one beat is a stall that a person remembers."""

RETRY_S = 30
"""One subject's failures within so long are one trial: a person who tries ten times is not ten people."""

HOUSE_FAILED = ("overloaded", "timeout", "error")
WRONG = ("wrong_password", "unknown_account")


class Attempts(Struct, frozen=True, kw_only=True):
    """Trials of one kind, in order of time."""

    kind: str
    metric: Metric
    base: tuple[float, float]
    """What is believed before anything is seen: Beta(failures, successes), in trials."""
    at: NDArray[np.int64]
    number: NDArray[np.int32]
    """Whose each is: its number in the columns' `people`."""
    failed: NDArray[np.bool_]
    dimensions: dict[str, Coded]


def attempts_of(columns: Columns) -> tuple[Attempts, ...]:
    """Every kind of trial that the facts hold."""
    return (_starts(columns), _exits(columns), *_sign_ins(columns), _stalls(columns))


def _starts(columns: Columns) -> Attempts:
    failed = is_fact(columns, Fact.START_FAILED)
    chosen = failed | is_fact(columns, Fact.STARTED)
    return _attempts(columns, chosen, failed, kind="starts", metric=Metric.START_FAILURES, base=(0.5, 100.0))


def _exits(columns: Columns) -> Attempts:
    """A stream is known by subject and stream; where several attempts share one, the first frame counts for all."""
    # A stream has a 32-bit number.
    key = (columns.people.number.astype(np.int64) << 32) + columns.stream
    settled = is_fact(columns, Fact.STARTED, Fact.START_FAILED)
    ended = is_fact(columns, Fact.ENDED) & columns.code.is_any("quit", "stopped")
    leased = is_fact(columns, Fact.LEASED)
    enders = np.zeros(len(columns.people.subjects), np.bool_)
    enders[columns.people.number[ended]] = True
    near = enders[columns.people.number]
    left = _without_first_frame(key, ended, settled=settled & near, leased=leased & near)
    chosen = left | is_fact(columns, Fact.STARTED)
    return _attempts(columns, chosen, left, kind="exits", metric=Metric.EXITS_BEFORE_START, base=(0.5, 25.0))


def _without_first_frame(
    key: NDArray[np.int64], ended: NDArray[np.bool_], *, settled: NDArray[np.bool_], leased: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Ends of streams that were granted and never settled. PERF: few are ended by hand, so they are searched in."""
    left = np.zeros(len(key), np.bool_)
    rows = np.flatnonzero(ended)
    if len(rows):
        streams = np.unique(key[rows])
        was = []
        for chosen in (settled, leased):
            own = key[chosen]
            slot = np.minimum(np.searchsorted(streams, own), len(streams) - 1)
            met = np.zeros(len(streams), np.bool_)
            met[slot[streams[slot] == own]] = True
            was.append(met)
        left[rows] = (~was[0] & was[1])[np.searchsorted(streams, key[rows])]
    return left


def _sign_ins(columns: Columns) -> tuple[Attempts, Attempts]:
    failed = is_fact(columns, Fact.SIGN_IN_FAILED)
    passed = is_fact(columns, Fact.SIGNED_IN)
    by_house = failed & columns.code.is_any(*HOUSE_FAILED)
    wrong = failed & columns.code.is_any(*WRONG)
    metric = Metric.SIGN_IN_FAILURES
    return (
        _attempts(columns, by_house | passed, by_house, kind="sign_ins", metric=metric, base=(0.5, 100.0)),
        _attempts(columns, wrong | passed, wrong, kind="credentials", metric=metric, base=(0.5, 2.5)),
    )


def _stalls(columns: Columns) -> Attempts:
    beats = is_fact(columns, Fact.BEAT)
    stalled = beats & (columns.stalled_ms >= STALL_MS)
    return _attempts(columns, beats, stalled, kind="stalls", metric=Metric.STALLS, base=(1.0, 30.0))


def _attempts(
    columns: Columns,
    chosen: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    *,
    kind: str,
    metric: Metric,
    base: tuple[float, float],
) -> Attempts:
    rows = np.flatnonzero(chosen)
    rows = rows[~_is_retry(columns.people.number[rows], columns.at[rows], failed[rows])]
    return Attempts(
        kind=kind,
        metric=metric,
        base=base,
        at=columns.at[rows],
        number=columns.people.number[rows],
        failed=failed[rows],
        dimensions={name: column.at(rows) for name, column in columns.dimensions.items()},
    )


def _is_retry(subject: NDArray[np.int32], at: NDArray[np.int64], failed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Failures of a subject in a block of `RETRY_S` in which it has failed before."""
    bad = np.flatnonzero(failed)
    block = at[bad] // (RETRY_S * US_PER_S)
    order = np.lexsort((bad, block, subject[bad]))
    who, when = subject[bad][order], block[order]
    same = np.append(False, (who[1:] == who[:-1]) & (when[1:] == when[:-1])) if len(order) else np.zeros(0, np.bool_)
    again = np.zeros(len(subject), np.bool_)
    again[bad[order[same]]] = True
    return again
