"""The test alarms as rarely as it promises, and nearly as early as any test can."""

from math import log

import numpy as np

from kickoff.incidents.cohorts import Counts
from kickoff.incidents.sequential import EXCESS, FALSE_ALARM_S, Watch, began, calm


def counts_of(rng: np.random.Generator, rates: np.ndarray, per_s: int) -> Counts:
    """One cohort with so many trials a second, failing at these rates."""
    tried = np.full((1, len(rates)), float(per_s))
    return Counts(names=(("", ""),), tried=tried, failed=rng.binomial(per_s, rates)[None, :].astype(np.float64))


def test_no_alarm_in_many_hours_of_normal_failures() -> None:
    """Who is woken by chance stops listening."""
    rng = np.random.default_rng(7)
    for base in (0.0005, 0.002, 0.02):
        for per_s in (1, 20, 400):
            watch = Watch(counts_of(rng, np.full(4_000, base), per_s), (0.5, 100.0), excess=EXCESS, streams=50)
            assert watch.next_alarm(after=0) is None, (base, per_s)


def test_the_delay_stays_near_the_information_bound() -> None:
    """No test with so few false alarms can be faster than ln(gamma) / KL trials (Lorden 1971)."""
    rng = np.random.default_rng(8)
    before, worse, per_s = 0.002, 0.012, 50
    bound = log(FALSE_ALARM_S * 50) / (worse * log(worse / before) + (1 - worse) * log((1 - worse) / (1 - before)))
    delays = []
    for _ in range(40):
        rates = np.concatenate([np.full(1_000, before), np.full(400, worse)])
        alarm = Watch(counts_of(rng, rates, per_s), (0.5, 100.0), excess=EXCESS, streams=50).next_alarm(after=0)
        assert alarm is not None
        delays.append((alarm.second + 1 - 1_000) * per_s / bound)
    assert np.median(delays) <= 1.5
    assert np.quantile(delays, 0.95) <= 3


def test_the_beginning_and_the_end_are_found_to_the_second() -> None:
    """Minutes lost are paid for: an incident that seems longer than it was costs money, a shorter one trust."""
    failed = np.concatenate([np.zeros(50), np.full(20, 30.0), np.zeros(50)])
    tried = np.full(120, 40.0)

    assert began(tried[:60], failed[:60], 0.002) == 50
    end = calm(tried[50:], failed[50:], 0.002)
    assert end is not None
    assert end[1] == 20
    assert calm(tried[50:69], failed[50:69], 0.002) is None
