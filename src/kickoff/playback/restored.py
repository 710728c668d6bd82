"""Which streams were there, and in which state? All of them at once, from what was recorded of each, in its order.

A stream begins with its first granted fact, which names its account; facts of the same number for another account are
not its own. What it is now is decided by what came last: granted again after its end it is open again, and a new
attempt to start forgets how the one before it went. `LeaseTable.restore` takes the answer over.

Streams are numbered from 1 on, with few gaps: what came last of each is written into a column at its number, in the
order in which it happened, so that nothing is sorted.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kickoff.playback.leases import FAILED, OPEN, STARTED, STOPPED, Restored

GRANTED, SHOWN, BROKEN, OVER, PUT_OUT = range(1, 6)
"""Kinds of `StreamFacts`: granted (again), first frame, failed start, ended, ended from another screen."""
_NEVER = -1


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
    stream, kind = facts.stream, facts.kind
    size = int(stream.max(initial=0)) + 1
    granted_at = np.flatnonzero(kind == GRANTED).astype(np.int32)
    first_granted = _last_of_each(stream, granted_at[::-1], size)
    first = np.sort(first_granted[first_granted != _NEVER])
    of = stream[first]
    own = _own(facts, first_granted)

    def last(*kinds: int) -> NDArray[np.int32]:
        rows = np.flatnonzero(np.isin(np.arange(256), kinds)[kind]).astype(np.int32)
        found: NDArray[np.int32] = _last_of_each(stream, rows if own is None else rows[own[rows]], size)[of]
        return found

    granted, shown = last(GRANTED), last(SHOWN)
    flags = (
        np.where(last(OVER, PUT_OUT) < granted, OPEN, 0)
        | np.where(shown > granted, STARTED, 0)
        | np.where(last(BROKEN) > np.maximum(granted, shown), FAILED, 0)
        | np.where(last(PUT_OUT) > granted, STOPPED, 0)
    )
    return Restored(
        row=of.astype(np.int64),
        subject=facts.subject[first],
        since_us=facts.at_us[first],
        granted_us=facts.at_us[granted],
        channel=facts.channel[granted],
        device=facts.device[first],
        flags=flags.astype(np.uint8),
    )


def _own(facts: StreamFacts, first_granted: NDArray[np.int32]) -> NDArray[np.bool_] | None:
    """Which rows are of the account that their stream's first granted fact names; None: all of granted streams are."""
    granted = first_granted[facts.stream]
    own: NDArray[np.bool_] = facts.subject[granted] == facts.subject
    # A stream that was never granted has no row of its own, and asks for none.
    return None if own.all() else own


def _last_of_each(stream: NDArray[np.uint32], rows: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Stream → the last of these rows that is its own; `_NEVER` where there is none."""
    found = np.full(size, _NEVER, np.int32)
    # Of several rows of one stream the last one stands.
    found[stream[rows]] = rows
    return found
