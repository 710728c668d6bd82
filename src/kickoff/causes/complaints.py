"""What do complaints made elsewhere say? That something is wrong for people, and since when; never for how many."""

from math import log

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.findings import Cause, Evidence
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

LATELY_MINUTES = 15
"""Minutes of the match that are held against the time before."""
COUNT_MIN = 5
"""Fewer complaints than these are an ordinary evening's."""
WEIGHT_MAX = 3.0
"""A crowd that complains of nothing exists too: complaints alone are never worth more than a factor of twenty."""


def complaint_evidence(complaints: pa.Table | None, night: Night, until: AtUs) -> list[Evidence]:
    """One piece of evidence where more complain than before. It favours no cause: only that it is not nothing."""
    if complaints is None or not len(complaints):
        return []
    known = complaints.filter(pc.less_equal(complaints["at"], until))
    at = np.asarray(known["at"].to_numpy(), np.int64)
    count = np.asarray(known["count"].to_numpy(), np.int64)
    if not len(at):
        return []
    minute_us = night.match_minute_s * US_PER_S
    since = until - round(LATELY_MINUTES * minute_us)
    lately = int(count[at > since].sum())
    begins = night.at(0) if night.starts_at else int(at.min())
    before_minutes = max(1.0, (since - begins) / minute_us)
    usual = LATELY_MINUTES * (float(count[at <= since].sum()) + 0.5) / (before_minutes + LATELY_MINUTES)
    if lately < max(COUNT_MIN, 2 * usual):
        return []
    weight = min(WEIGHT_MAX, lately * log(lately / usual) - (lately - usual))
    words = (
        f"{lately:,} complaints elsewhere within {LATELY_MINUTES} minutes, {usual:.0f} as usual: people are hit; "
        "how many cannot be told from this"
    )
    return [
        Evidence(fact=words, value=lately, expected=round(usual, 1), favours=Cause.TOO_EARLY, weight=round(weight, 3))
    ]
