"""The chance that a silent stream still watches is learnt."""

import itertools

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from kickoff.playback.silence import BUCKETS, PRIOR_MIN, Silences

BEAT_MS = 10_000


def weights(silences: Silences, silent_now: dict[int, int]) -> list[float]:
    """The chances by beats missed."""
    counts = np.zeros(BUCKETS, np.int64)
    for beats, count in silent_now.items():
        counts[beats] = count
    return [float(weight) for weight in silences.weights(counts)]


def test_a_night_whose_silent_come_back_keeps_them_inside() -> None:
    """Televisions that talk only to their delivery network for 45 minutes are watching."""
    faithful, gone = Silences(), Silences()
    for _ in range(2_000):
        faithful.returned(20 * BEAT_MS, BEAT_MS)
        gone.returned(BEAT_MS, BEAT_MS)
    silent = {20: 500}
    assert weights(faithful, silent)[20] > 0.75
    assert weights(gone, silent)[20] < 0.05


def test_the_long_silent_never_count_for_nothing() -> None:
    """They keep some weight: a house that thought itself empty would let too many in at once."""
    assert weights(Silences(), {})[BUCKETS - 1] >= PRIOR_MIN * 0.99


@given(
    st.lists(st.integers(0, 400_000), max_size=60),
    st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(0, 1_000), max_size=8),
)
def test_the_chance_falls_with_silence(returned_ms: list[int], silent_now: dict[int, int]) -> None:
    """However the night went: between 0 and 1, and longer silence never speaks for watching."""
    silences = Silences()
    for silent_ms in returned_ms:
        silences.returned(silent_ms, BEAT_MS)
    chances = weights(silences, silent_now)
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(later <= earlier for earlier, later in itertools.pairwise(chances))
