"""How well did it play? The quality of experience, counted from the journal.

The definitions are those of CTA-2066 (Streaming Quality of Experience Events, Properties and Metrics, 2020):

- *Attempts*: pressed play, or chose another channel. Granted (LEASED) or refused for a reason of business.
- *Video start failure*, technical: a fatal error before the first frame (START_FAILED). Business: the attempt was not
  allowed (REFUSED by the offer or its stream limit; START_FAILED because the playback token was refused).
- *Exit before video start*: the stream ended without first frame and without error.
- *Start-up time*: from pressing play to the first frame; median and 95th percentile of those that started.
- *Stalled ratio*: time stalled ÷ (time stalled + time watched), over streams.
- *Interruption*: a stretch of stalling of one stream.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.audience.intervals import as_ints, numbered, union
from kickoff.facts import Fact
from kickoff.findings import Quality

BUSINESS_REFUSALS = ("not_in_offer", "too_many_streams")
BUSINESS_FAILURES = ("forbidden",)
_STREAM = ["subject", "stream"]


def quality(spans: pa.Table, facts: pa.Table) -> Quality:
    """Counts and times of one night; every ratio is of whole numbers."""
    leased = _of(facts, Fact.LEASED)
    failed = _of(facts, Fact.START_FAILED)
    failed_by_business = _of(facts, Fact.START_FAILED, among=BUSINESS_FAILURES)
    refused = _of(facts, Fact.REFUSED, among=BUSINESS_REFUSALS)
    started = _of(facts, Fact.STARTED)
    times = np.sort(as_ints(started["duration_ms"].drop_null()))
    watched_us, stalled_us, interruptions = _stalling(spans)
    return Quality(
        attempts=leased.num_rows + refused.num_rows,
        starts=started.num_rows,
        start_failures_technical=failed.num_rows - failed_by_business.num_rows,
        start_failures_business=failed_by_business.num_rows + refused.num_rows,
        exits_before_start=_exits_before_start(facts),
        start_up_p50_ms=_percentile(times, 50),
        start_up_p95_ms=_percentile(times, 95),
        watched_s=watched_us // 1_000_000,
        stalled_s=stalled_us // 1_000_000,
        stalled_ppm=1_000_000 * stalled_us // max(1, watched_us + stalled_us),
        interruptions=interruptions,
    )


def _of(facts: pa.Table, fact: Fact, *, among: tuple[str | None, ...] = ()) -> pa.Table:
    found = facts.filter(pc.field("fact") == str(fact))
    return found.filter(pc.is_in(found["code"], value_set=pa.array(among, pa.string()))) if among else found


def _exits_before_start(facts: pa.Table) -> int:
    """Streams that ended and of which neither a first frame nor a failure to start is known."""
    ended = _of(facts, Fact.ENDED).select(_STREAM).group_by(_STREAM).aggregate([])
    met = pc.is_in(facts["fact"], value_set=pa.array([str(Fact.STARTED), str(Fact.START_FAILED)]))
    began = facts.filter(met).select(_STREAM)
    return int(ended.join(began, keys=_STREAM, join_type="left anti").num_rows)


def _stalling(spans: pa.Table) -> tuple[int, int, int]:
    """Microseconds watched and stalled summed over streams, and in how many stretches the stalling came."""
    found = []
    for stalled in (False, True):
        part = spans.filter(pc.field("stalled") == stalled)
        keys = [numbered(part[name]) for name in _STREAM]
        found.append(union(keys, as_ints(part["begins_at"]), as_ints(part["ends_at"])))
    watched, stood = found
    return int((watched.ends - watched.begins).sum()), int((stood.ends - stood.begins).sum()), int(stood.row.size)


def _percentile(ordered: "np.ndarray[tuple[int], np.dtype[np.int64]]", percent: int) -> int | None:
    """The smallest value that at least so many percent do not exceed; None where there is no value."""
    if ordered.size == 0:
        return None
    return int(ordered[-(-percent * ordered.size // 100) - 1])
