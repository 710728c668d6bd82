"""What came of an evening of millions? The truth, computed from the columns of their diaries.

The definitions are those of `truth.py`, for whole columns at once.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_bulk import BulkStage
from kickoff.crowd.rehearsal_paper import NEVER, Diaries
from kickoff.crowd.truth import MENDED_S, SHOWN_S, Quantiles, Truth
from kickoff.units import US_PER_S

Ints = NDArray[np.int64]


def truth_of(stage: BulkStage, people: People) -> Truth:
    """What the crowd lived through until the end of the night."""
    diaries, night = stage.diaries, people.night
    joined, passed, picture, failed = (
        _ints(one) for one in (diaries.joined, diaries.passed, diaries.picture, diaries.failed)
    )
    begins, ends = shown(diaries, end_us=night.at(night.schedule.end))
    walked = np.frombuffer(diaries.walked_off, np.int8) != 0
    has = picture != NEVER
    watching = watching_each_second(begins, ends, start_us=night.at(0), seconds=math.ceil(night.schedule.end) + 1)
    tens, sixties = (watching[min(round(night.schedule.kick_off + after_s), len(watching) - 1)] for after_s in SHOWN_S)
    in_time = has & (picture - failed <= MENDED_S * US_PER_S)
    return Truth(
        came=diaries.came,
        joined=int(np.count_nonzero(joined != NEVER)),
        called_seen=sum(diaries.called),
        passed=int(np.count_nonzero(passed != NEVER)),
        signed_in=sum(diaries.signed_in),
        sign_ins_failed=diaries.sign_ins_failed,
        sign_ins_deferred=diaries.deferred,
        wrong_passwords=diaries.wrong_passwords,
        failed_starts=diaries.failed_starts,
        wanted_picture=diaries.came - int(np.count_nonzero(walked)),
        got_picture=int(np.count_nonzero(has)),
        walked_off=int(np.count_nonzero(walked)),
        black_screens=int(np.count_nonzero((passed != NEVER) & (failed != NEVER) & ~in_time & ~walked)),
        thrown_out=0,
        gave_up=diaries.came - int(np.count_nonzero(has | walked)),
        expelled=0,
        pictures_10s=tens,
        pictures_60s=sixties,
        per_second_watching=tuple(watching),
        waits_ms=_quantiles(joined, passed),
        to_picture_ms=_quantiles(_arrivals(people), picture),
        account_minutes_ms=int((ends - begins).sum()) // 1000,
    )


def shown(diaries: Diaries, *, end_us: int) -> tuple[Ints, Ints]:
    """(from, until) of each person's picture; both 0 for those who had none. Who has not left watches to the end."""
    begins, ends = _ints(diaries.picture), _ints(diaries.ended)
    has = begins != NEVER
    until = np.where(ends == NEVER, end_us, ends)
    return np.where(has, begins, 0), np.where(has, until, 0)


def watching_each_second(begins: Ints, ends: Ints, *, start_us: int, seconds: int) -> list[int]:
    """How many had a picture at second 0, 1, 2 … of the night."""
    has = ends > begins
    first, last = (
        np.clip(-((start_us - column[has]) // US_PER_S), 0, seconds).astype(np.int64) for column in (begins, ends)
    )
    change = np.bincount(first, minlength=seconds + 1) - np.bincount(last, minlength=seconds + 1)
    return [int(count) for count in np.cumsum(change)[:seconds]]


def _arrivals(people: People) -> Ints:
    return people.night.at(0) + np.round(people.arrives_s * US_PER_S).astype(np.int64)


def _quantiles(begins: Ints, ends: Ints) -> Quantiles:
    both = (begins != NEVER) & (ends != NEVER)
    if not both.any():
        return Quantiles(p50=None, p95=None)
    took_ms = (ends[both] - begins[both]) / 1000
    half, most = np.quantile(took_ms, (0.5, 0.95), method="inverted_cdf").tolist()
    return Quantiles(p50=round(half), p95=round(most))


def _ints(column: Sequence[int]) -> Ints:
    return np.asarray(column, dtype=np.int64)
