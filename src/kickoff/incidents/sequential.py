"""Have failures become more frequent? A sequential test whose false alarms are bounded whatever the rate of trials.

For each cohort the failures of each second are held against the cohort's own past. With p0 the rate so far and p1
one of the worse rates of a grid, the log likelihood ratio of k failures in n trials is k ln(p1/p0) + (n-k)
ln((1-p1)/(1-p0)); Page's cumulative sum restarts it at 0 (Page 1954). The mean over the grid of exp(sum) is an
e-detector: while nothing is wrong it reaches gamma no sooner, on average, than after gamma steps (Lorden 1971; Shin,
Ramdas and Rinaldo 2022, Theorem 2.4). So the alarm stands at ln gamma: gamma the seconds between false alarms that
are allowed, times the cohorts that are watched at once (the mean over cohorts is an e-detector too). Nothing else is
set.

p0 is not known but learnt. The test uses its posterior mean plus one standard deviation, so that little past means
slow suspicion, and learns only from seconds that are not under suspicion.
"""

from collections.abc import Callable
from math import log, log1p

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.cohorts import Counts

Matrix = NDArray[np.float64]

FALSE_ALARM_S = 3_600_000.0
"""One false alarm in 1,000 hours of match, over all cohorts and kinds together."""

EXCESS = np.array([0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.9])
"""The grid of worse rates: p1 = p0 + (1 - p0) · excess."""

CALM = log(1_000.0)
"""The end of an incident is believed at 1,000 to 1."""

SUSPICION = 1.0
"""Log evidence from which on seconds are no longer learnt from."""

RATE_MAX = 0.999
"""No base is certain failure."""

RUN_S = 60
FOLD_S = 10

POOLED = 200.0
"""Trials of everybody's past that a cohort's own past begins with."""


class Alarm(Struct, frozen=True, kw_only=True):
    """Failures of a cohort have become more frequent. Seconds are numbered from the start of the counts."""

    cohort: int
    second: int
    """At the end of this second it was known."""
    since: int
    """At the beginning of this second it began, as far as can be told."""
    base: float
    """The rate of failures held for normal."""


class Watch:
    """Reads the seconds of all cohorts one by one and stops at each alarm.

    base: Beta(failures, successes) believed before anything is seen · excess: the grid of worse rates · streams:
    cohorts of all kinds watched at once · pooled: a cohort's past begins with everybody's, else with `base` ·
    learns_first: so many trials of a cohort are its past whatever they say · everybody: for each row the row that is
    everybody of its night, when several nights are read at once; else the first · fold: see `steps_of`.
    """

    def __init__(
        self,
        counts: Counts,
        base: tuple[float, float],
        *,
        excess: Matrix,
        streams: int,
        pooled: bool = True,
        learns_first: float = 0.0,
        everybody: NDArray[np.int64] | None = None,
        fold: float = 0.0,
    ) -> None:
        cohorts = len(counts.names)
        self._counts = counts
        self._prior = np.array([base[0], sum(base)])  # failures, trials
        self._excess = excess
        self._threshold = log(FALSE_ALARM_S * streams)
        self._pooled = POOLED if pooled else 0.0
        self._learns_first = learns_first
        self._everybody = np.zeros(cohorts, np.int64) if everybody is None else everybody
        self._fold = fold
        self._is_everybody = self._everybody == np.arange(cohorts)
        self._learnt = np.zeros((cohorts, 2))  # failures, trials
        self._pending = np.zeros((cohorts, 2))
        self._sums = np.zeros((cohorts, len(excess)))
        self._learns_from = 0

    def next_alarm(self, *, after: int, learns_from: int = 0) -> Alarm | None:
        """The first alarm in or after this second; earlier suspicion is forgotten, the base is kept.

        learns_from: seconds before it do not change the base.
        """
        self._learns_from = learns_from
        self._pending[:] = 0.0
        self._sums[:] = 0.0
        begins = steps_of(self._counts, after=after, fold=self._fold)
        if not len(begins):
            return None
        tried = np.add.reduceat(self._counts.tried, begins, axis=1).T.copy()
        failed = np.add.reduceat(self._counts.failed, begins, axis=1).T.copy()
        ends = [*begins[1:].tolist(), self._counts.tried.shape[1]]
        for step, end in enumerate(ends):
            if alarm := self._read(tried[step], failed[step], end - 1, after):
                return alarm
        return None

    def _read(self, tried: Matrix, failed: Matrix, second: int, after: int) -> Alarm | None:
        base = self._base()
        evidence = self._evidence(tried, failed, base)
        if evidence.max() >= self._threshold:
            cohort = int(evidence.argmax())
            span = slice(after, second + 1)
            since = after + began(
                self._counts.tried[cohort, span], self._counts.failed[cohort, span], float(base[cohort])
            )
            return Alarm(cohort=cohort, second=second, since=since, base=float(base[cohort]))
        if second >= self._learns_from:
            self._learn(tried, failed, evidence)
        return None

    def _base(self) -> Matrix:
        """Posterior mean plus one standard deviation: everybody's rate by the prior, a cohort's by everybody's."""
        bad, tried = self._learnt[:, 0] + self._prior[0], self._learnt[:, 1] + self._prior[1]
        if self._pooled:
            rate = (bad / tried)[self._everybody]
            bad = np.where(self._is_everybody, bad, self._learnt[:, 0] + self._pooled * rate)
            tried = np.where(self._is_everybody, tried, self._learnt[:, 1] + self._pooled)
        # One failure more than were seen: four thousand successes do not prove that nothing ever fails.
        mean = (bad + 1.0) / (tried + 1.0)
        return np.asarray(np.minimum(RATE_MAX, mean + np.sqrt(mean * (1 - mean) / (tried + 1))))

    def _learn(self, tried: Matrix, failed: Matrix, evidence: Matrix) -> None:
        self._pending[:, 0] += failed
        self._pending[:, 1] += tried
        trusted: NDArray[np.bool_] = (evidence < SUSPICION).reshape(-1, 1)
        self._learnt += self._pending * trusted
        self._pending *= ~trusted

    def reads_on(self, tried: Matrix, failed: Matrix) -> bool:
        """Read one second that follows the counts; whether it raises an alarm. For whoever asks no more than that."""
        evidence = self._evidence(tried, failed, self._base())
        self._learn(tried, failed, evidence)
        return bool(evidence.max() >= self._threshold)

    def _evidence(self, tried: Matrix, failed: Matrix, base: Matrix) -> Matrix:
        self._sums = np.maximum(0.0, self._sums + _log_ratio(tried, failed, base, self._excess))
        if self._learns_first:
            self._sums[self._learnt[:, 1] < self._learns_first] = 0.0
        return _log_mean_exp(self._sums)


def steps_of(counts: Counts, *, after: int, fold: float) -> NDArray[np.int64]:
    """First seconds of the steps in which counts are read, from `after` on; none where nothing was tried.

    Each second in which something failed is a step. Between them nothing can alarm, and what succeeds adds up: such
    seconds are read at once, at most `RUN_S` of them, so that the base is learnt on the way. With `fold`, failures
    are no rarity: then a step holds so many trials of everybody, or `FOLD_S` seconds of fewer.
    """
    tried = counts.tried.max(axis=0)
    if not tried[after:].any():
        return np.zeros(0, np.int64)
    second = np.arange(len(tried) - after)
    if fold:
        whole = np.floor(np.cumsum(tried[after:]) / fold)
        begins = (np.diff(whole, prepend=-1.0) > 0) | (second % FOLD_S == 0)
    else:
        failing = counts.failed[:, after:].any(axis=0)
        begins = failing | np.roll(failing, 1) | (second % RUN_S == 0)
    return np.asarray(after + np.flatnonzero(begins), np.int64)


def began(tried: Matrix, failed: Matrix, base: float) -> int:
    """The second from which on a worse rate explains the failures best: the maximum likelihood change point."""
    trials, bad = np.cumsum(tried[::-1])[::-1], np.cumsum(failed[::-1])[::-1]
    worse = np.maximum(base, (bad + 0.5) / (trials + 1.0))
    return int(np.argmax(_binomial(trials, bad, worse) - _binomial(trials, bad, base)))


def a_third(base: float, rate: float) -> float:
    """A third of what an incident's rate has been."""
    return max(1.5 * base, rate / 3)


def calm(
    tried: Matrix, failed: Matrix, base: float, *, between: Callable[[float, float], float] = a_third
) -> tuple[int, int] | None:
    """When the trials of an incident, from its first second on, are normal again: (known by, since), or None.

    Page's sum the other way round: is the rate the base, rather than what lies `between` it and the incident's?
    """
    trials, bad, total, lowest = 0.5, 0.5, 0.0, 0
    for second, (more, worse) in enumerate(zip(tried.tolist(), failed.tolist(), strict=True)):
        if more == 0.0:
            continue
        trials += more
        bad += worse
        still = min(RATE_MAX, between(base, bad / trials))
        total += worse * log(base / still) + (more - worse) * (log1p(-base) - log1p(-still))
        if total <= 0.0:
            total, lowest = 0.0, second + 1
        if total >= CALM:
            return second, lowest
    return None


def _log_ratio(tried: Matrix, failed: Matrix, base: Matrix, excess: Matrix) -> Matrix:
    """Shape (cohorts, grid): the log likelihood ratio of this second for each worse rate."""
    worse = base[:, None] + (1.0 - base[:, None]) * excess
    return np.asarray(_binomial(tried[:, None], failed[:, None], worse) - _binomial(tried, failed, base)[:, None])


def _binomial(tried: Matrix | float, failed: Matrix | float, rate: Matrix | float) -> Matrix:
    """Log likelihood of so many failures, without the binomial coefficient, which every comparison cancels."""
    return np.asarray(failed * np.log(rate) + (tried - failed) * np.log1p(-np.asarray(rate)))


def _log_mean_exp(sums: Matrix) -> Matrix:
    highest = sums.max(axis=1)
    return np.asarray(highest + np.log(np.exp(sums - highest[:, None]).sum(axis=1) / sums.shape[1]))
