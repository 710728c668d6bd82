"""Which streams were there, and in which state? All of them at once, from what was recorded of each, in its order.

A stream begins with its first granted fact, which names its account; facts of the same number for another account are
not its own. What it is now is decided by what came last: granted again after its end it is open again, and a new
attempt to start forgets how the one before it went. `LeaseTable.restore` takes the answer over.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kickoff.playback.leases import FAILED, OPEN, STARTED, STOPPED, Restored

GRANTED, SHOWN, BROKEN, OVER, PUT_OUT = range(1, 6)
"""Kinds of `StreamFacts`: granted (again), first frame, failed start, ended, ended from another screen."""


class StreamFacts(NamedTuple):
    """Columns, a row a fact, in the order in which they happened."""

    stream: NDArray[np.uint32]
    subject: NDArray[np.int64]
    at_us: NDArray[np.int64]
    kind: NDArray[np.uint8]
    channel: NDArray[np.uint16]
    device: NDArray[np.uint16]


def restored(facts: StreamFacts) -> Restored:
    """One row a stream that was granted, in the order in which they were granted first."""
    order = by_stream(facts.stream)
    own = _own(facts, order)
    order = order if own.all() else order[own]
    starts, kind = _starts(facts.stream[order]), facts.kind[order]
    place = np.arange(len(order), dtype=np.int32)

    def last(*kinds: int) -> NDArray[np.int32]:
        wanted = np.isin(np.arange(256), kinds)[kind]
        return _largest(np.where(wanted, place, np.int32(-1)), starts)

    granted, shown = last(GRANTED), last(SHOWN)
    flags = (
        np.where(last(OVER, PUT_OUT) < granted, OPEN, 0)
        | np.where(shown > granted, STARTED, 0)
        | np.where(last(BROKEN) > np.maximum(granted, shown), FAILED, 0)
        | np.where(last(PUT_OUT) > granted, STOPPED, 0)
    )
    first = order[_first_granted(kind, starts)]
    by_time = np.argsort(first)
    first, last_granted = first[by_time], order[granted][by_time]
    return Restored(
        row=facts.stream[first].astype(np.int64),
        subject=facts.subject[first],
        since_us=facts.at_us[first],
        granted_us=facts.at_us[last_granted],
        channel=facts.channel[last_granted],
        device=facts.device[first],
        flags=flags[by_time].astype(np.uint8),
    )


def _own(facts: StreamFacts, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of the rows by stream, those of the account that the stream's first granted fact names."""
    starts = _starts(facts.stream[order])
    kind, subject = facts.kind[order], facts.subject[order]
    first = _first_granted(kind, starts)
    sizes = np.diff(starts, append=len(order))
    # Where nothing was granted, `first` lies beyond the run: none of its rows is anybody's.
    is_granted = first < starts + sizes
    owner = np.where(is_granted, subject[np.minimum(first, len(order) - 1)], 0) if len(order) else subject
    own: NDArray[np.bool_] = (subject == np.repeat(owner, sizes)) & np.repeat(is_granted, sizes)
    return own


def _first_granted(kind: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each run's first granted fact stands; beyond all rows where there is none."""
    places = np.arange(0, -len(kind), -1, dtype=np.int32)
    return -_largest(np.where(kind == GRANTED, places, np.int32(-len(kind))), starts)


def by_stream(stream: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The order of rows by stream, within a stream as they came."""
    # PERF: the row's number in the low half makes any sort a stable one, and this sort is the fastest there is
    # (make bench-rush: `restart_s`).
    keys = (stream.astype(np.int64) << 32) | np.arange(len(stream))
    keys.sort()
    return keys & 0xFFFFFFFF


def _starts(ordered: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(ordered.astype(np.int64), prepend=-1))


def _largest(places: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The largest number of each run."""
    found: NDArray[np.int32] = np.maximum.reduceat(places, starts) if len(starts) else places
    return found
