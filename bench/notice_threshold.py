"""Which fixed threshold is a fair one? `python -m bench.notice_threshold` chooses it on seeds that are not judged.

A minute alarms when over a share of its attempts fail, of at least so many attempts. For each smallest number the share
is the least that gives no more than one false alarm in 1,000 hours of quiet nights, as Kickoff's own test promises. Of
the pairs that notice 1 % of a large cohort in 95 % of nights the one is chosen that comes nearest to the information
bound, at the median of cohorts of all sizes and troubles of all depths. It is written into `bench/notice.py` by hand.
"""

import numpy as np

from bench.notice import BATCH, SECONDS, delays, failing, play, threshold

TRIED_MIN = (25.0, 100.0, 400.0, 1_600.0, 6_400.0, 25_600.0)
TUNING_QUIET, TUNING_TROUBLES = 7, 8
BATCHES = 48
FALSE_ALARMS_PER_HOUR = 1 / 1_000


def shares() -> dict[float, float]:
    """The least share for each smallest number of attempts."""
    rng = np.random.default_rng(TUNING_QUIET)
    worst: dict[float, list[float]] = {tried_min: [] for tried_min in TRIED_MIN}
    for _ in range(BATCHES):
        nights = play(rng, BATCH)
        for tried_min in TRIED_MIN:
            worst[tried_min] += failing(nights, tried_min).max(axis=1).tolist()
    allowed = int(BATCHES * BATCH * SECONDS / 3600 * FALSE_ALARMS_PER_HOUR)
    # Each row of a night alarms once at most: with its worst minute.
    return {tried_min: sorted(found, reverse=True)[allowed] for tried_min, found in worst.items()}


if __name__ == "__main__":
    for attempts, least in shares().items():
        print(f"{attempts:8,.0f} {least:8.4%}", delays(threshold(least, attempts), TUNING_TROUBLES), flush=True)
