"""Does a silent stream still watch? The chance is learnt from the silences of the night itself.

A silence is counted in beats that did not come. Of all the silences that got as far as k beats, those that ended with a
new sign of life are the share that was watching: so the chance that a stream silent for k beats still watches is

    w(k) = (returned after ≥ k + WEIGHT · prior(k)) ÷ (returned after ≥ k + silent now for ≥ k + WEIGHT)

with a prior that halves each beat down to `PRIOR_MIN`: before anything is learnt, most of the long silent have gone,
but never all of them (a television that talks only to its delivery network is silent for the whole match).
"""

import numpy as np
from numpy.typing import NDArray

BUCKETS = 32
WEIGHT = 20.0
PRIOR_MIN = 0.02
ALIVE_BEATS = 1.5
"""A beat later than one and a half intervals is a missed one."""

_PRIOR = np.maximum(PRIOR_MIN, 0.5 ** np.maximum(0, np.arange(BUCKETS) - 1))


class Silences:
    """How the silences of this night ended."""

    __slots__ = ("_returned",)

    def __init__(self) -> None:
        self._returned = [0] * BUCKETS

    def returned(self, silent_ms: int, beat_ms: int) -> None:
        """A stream gave a sign of life after so long."""
        self._returned[min(BUCKETS - 1, silent_ms // beat_ms)] += 1

    def returned_many(self, silent_ms: NDArray[np.int64], beat_ms: int) -> None:
        """So many streams gave a sign of life at once."""
        counts = np.bincount(np.minimum(silent_ms // beat_ms, BUCKETS - 1), minlength=BUCKETS)
        self._returned = [known + more for known, more in zip(self._returned, counts.tolist(), strict=True)]

    def restore(self, returned: NDArray[np.int64]) -> None:
        """Take over what was learnt before. `returned`: silences that ended, by whole beats missed."""
        counts = np.bincount(np.minimum(np.arange(len(returned)), BUCKETS - 1), weights=returned, minlength=BUCKETS)
        self._returned = counts.astype(np.int64).tolist()

    def inside(self, silent_ms: NDArray[np.int64], beat_ms: int) -> float:
        """Streams weighted by the chance that each still watches. `silent_ms`: one number for each open lease."""
        counts = np.bincount(np.minimum(silent_ms // beat_ms, BUCKETS - 1), minlength=BUCKETS)
        alive = int(np.count_nonzero(silent_ms < ALIVE_BEATS * beat_ms))
        weights = self.weights(counts)
        # Everyone within one and a half beats counts whole: nothing has been missed yet.
        return alive + float(np.dot(weights[2:], counts[2:])) + float(weights[1] * max(0, counts[:2].sum() - alive))

    def weights(self, silent_now: NDArray[np.int64]) -> NDArray[np.float64]:
        """The chance by whole beats missed; falls with them. `silent_now`: open leases by beats missed."""
        returned = np.cumsum(self._returned[::-1])[::-1]
        silent = np.cumsum(silent_now[::-1])[::-1]
        chance = (returned + WEIGHT * _PRIOR) / (returned + silent + WEIGHT)
        return np.minimum.accumulate(chance)
