"""How soon is an incident noticed, and how often is one noticed that is none? `make bench-notice`.

Nights are made of trials by second and cohort, by these laws (a seed of its own for each use):

    length          6,300 s, 105 minutes of match and interval
    attempts        everybody's level log-normal around 300 a second (sd 0.5; on a night with trouble as stated below),
    with a surge at kick-off (x 3, fading in five minutes) and after half-time (x 2), shared by twelve cohorts: five of
    one dimension, seven of another
    base failures   log-uniform from 0.02 % to 0.2 %; each cohort's own factor log-normal (sd 0.3); over the night a
    slow wave of a tenth
    trouble         begins between minutes 15 and 90 and lasts

    median_delay_s, p95_delay_s     one cohort of at least 200 attempts a second, of which 1 % begin to fail
    median_vs_bound, p95_vs_bound   trials until noticed over ln(gamma) / KL(p1, p0), or over one second's trials where
    those are more, cohorts of 1 to 60 attempts a second (in a surge up to thrice that), excess log-uniform from 0.5 %
    to 50 %
    false_alarms_per_1000_h         on quiet nights, over all cohorts together

Beside it on the same nights: a fixed threshold (over such a share of at least so many attempts in a minute fail, tuned
on other seeds to one false alarm in 1,000 hours: `bench/notice_threshold.py`) and a plain CUSUM (base of the first ten
minutes against 1 % more, same threshold). What is measured so far is the test of `starts`.

    silence     real evenings, as they were and with a cut-out (`bench/notice_evenings.py`)
    journals    what was noticed on the judged nights' whole journals, read as somebody else's would be

The first argument is the number of quiet match-hours, the second that of journals.
"""

import json
import sys
from collections.abc import Callable
from math import ceil, log

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.nights.noticed import noticed
from bench.notice_evenings import journal_figures, silence_figures
from kickoff.incidents.cohorts import Counts
from kickoff.incidents.sequential import EXCESS, FALSE_ALARM_S, Watch

Matrix = NDArray[np.float64]

SECONDS = 6_300
SHARES = np.array([1.0, 0.4, 0.25, 0.2, 0.1, 0.05, 0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])
"""Everybody, then the cohorts of two dimensions."""
BATCH = 24
BASE = (0.5, 100.0)
MATCH_HOURS = 3_000
JOURNALS = 1_700
FIRST_JOURNAL = 1_000
"""Seeds of whole journals: `bench-explain` judges others."""
DELAYS = 240
BEGINS_S = (15 * 60, 90 * 60)
JUDGED = 6_092_022
"""The seed of the judged troubles; the quiet nights have another, and what is tuned others again."""
WARM_S = 600
SHARE_MAX, TRIED_MIN = 0.008125, 1_600.0
"""The fixed threshold, as `bench/notice_threshold.py` chose it."""


class Nights(Struct, frozen=True, kw_only=True):
    """Several nights side by side: shape (nights x cohorts, seconds)."""

    tried: Matrix
    failed: Matrix

    def of(self, night: int) -> "Nights":
        """One of them."""
        rows = slice(night * len(SHARES), (night + 1) * len(SHARES))
        return Nights(tried=self.tried[rows], failed=self.failed[rows])


class Trouble(Struct, frozen=True, kw_only=True):
    """One cohort's attempts begin to fail."""

    cohort: int
    second: int
    excess: float


Figures = dict[str, float | None]
Detector = Callable[[Nights], list[tuple[int, int]]]
"""Nights → alarms as (row, second); at most one a row and night is needed."""


def main() -> None:
    """Print one JSON document."""
    journals = int(sys.argv[2]) if len(sys.argv) > 2 else JOURNALS
    judged = range(FIRST_JOURNAL, FIRST_JOURNAL + journals)
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else MATCH_HOURS
    quiet = dict.fromkeys(DETECTORS, 0)
    batches = max(1, ceil(hours * 3600 / SECONDS / BATCH))
    rng = np.random.default_rng(20220906)
    for _ in range(batches):
        nights = play(rng, BATCH)
        for name, detect in DETECTORS.items():
            quiet[name] += len(detect(nights))
    played = batches * BATCH * SECONDS / 3600
    figures = {name: delays(detect, JUDGED) for name, detect in DETECTORS.items()}
    alarms: dict[str, Figures] = {
        name: {"false_alarms_per_1000_h": round(1000 * count / played, 3)} for name, count in quiet.items()
    }
    rest = {name: figures[name] | alarms[name] for name in DETECTORS if name != "kickoff"}
    print(json.dumps(
        {"bench": "notice", **figures["kickoff"], **alarms["kickoff"], "match_hours": round(played), **rest,
         "silence": silence_figures(), "journals": journal_figures(noticed("judging", judged))}, indent=1
    ))  # fmt: skip


def delays(detect: Detector, seed: int) -> Figures:
    """Seconds on large cohorts, and trials over the information bound on all."""
    rng = np.random.default_rng(seed)
    large = [_episode(rng, detect, level=float(rng.uniform(800, 2_000)), cohort=1, excess=0.01) for _ in range(DELAYS)]
    small = [
        _episode(
            rng, detect, level=float(rng.uniform(20, 150)), cohort=int(rng.integers(1, len(SHARES))),
            excess=float(np.exp(rng.uniform(log(0.005), log(0.5)))),
        )
        for _ in range(DELAYS)
    ]  # fmt: skip
    return {
        "median_delay_s": _quantile([seconds for seconds, _ in large], 0.5),
        "p95_delay_s": _quantile([seconds for seconds, _ in large], 0.95),
        "median_vs_bound": _quantile([ratio for _, ratio in small], 0.5),
        "p95_vs_bound": _quantile([ratio for _, ratio in small], 0.95),
    }


def play(
    rng: np.random.Generator, nights: int, *, level: float | None = None, trouble: Trouble | None = None
) -> Nights:
    """Nights by the laws above; `level` and `trouble` for judged ones."""
    tried, failed = [], []
    second = np.arange(SECONDS)
    shape = 1 + 2 * np.exp(-second / 300) + np.where(second > 3_600, np.exp(-(second - 3_600) / 300), 0)
    for _ in range(nights):
        attempts = (level or 300 * np.exp(rng.normal(0, 0.5))) * shape
        base = np.exp(rng.uniform(log(0.0002), log(0.002))) * (
            1 + 0.1 * np.sin(second / SECONDS * 6 + rng.uniform(0, 6))
        )
        own = np.minimum(np.exp(rng.normal(0, 0.3, len(SHARES))), 0.002 / base.mean())
        for number, share in enumerate(SHARES):
            trials = rng.poisson(attempts * share)
            rate = base * (own[number] if number else 1.0)
            if trouble is not None and trouble.cohort == number:
                rate = np.where(second >= trouble.second, rate + (1 - rate) * trouble.excess, rate)
            tried.append(trials.astype(np.float64))
            failed.append(rng.binomial(trials, np.minimum(rate, 1)).astype(np.float64))
    return Nights(tried=np.stack(tried), failed=np.stack(failed))


def kickoff_alarms(nights: Nights) -> list[tuple[int, int]]:
    """The product's own test; after an alarm it goes on."""
    rows = len(nights.tried)
    counts = Counts(names=tuple(("row", str(row)) for row in range(rows)), tried=nights.tried, failed=nights.failed)
    everybody = np.arange(rows) // len(SHARES) * len(SHARES)
    watch = Watch(counts, BASE, excess=EXCESS, streams=len(SHARES), everybody=everybody)
    found, after = [], 0
    while alarm := watch.next_alarm(after=after):
        found.append((alarm.cohort, alarm.second))
        after = alarm.second + 1
        if len(nights.tried) == len(SHARES):
            break
    return found


def threshold(share_max: float, tried_min: float) -> Detector:
    """Over this share of at least so many attempts of the last minute fail."""
    return lambda nights: _first_of_each(failing(nights, tried_min) > share_max)


def failing(nights: Nights, tried_min: float) -> Matrix:
    """Share of the last minute's attempts that failed, as if they were no fewer than so many."""
    return _last_minute(nights.failed) / np.maximum(_last_minute(nights.tried), tried_min)


def cusum_alarms(nights: Nights) -> list[tuple[int, int]]:
    """One alternative, a base fixed after ten minutes, the product's threshold."""
    base = (nights.failed[:, :WARM_S].sum(axis=1) + 0.5) / (nights.tried[:, :WARM_S].sum(axis=1) + 100)
    worse = base + 0.01
    gain = nights.failed * np.log(worse / base)[:, None]
    gain += (nights.tried - nights.failed) * np.log((1 - worse) / (1 - base))[:, None]
    gain[:, :WARM_S] = 0.0
    walk = np.cumsum(gain, axis=1)
    return _first_of_each(walk - np.minimum.accumulate(walk, axis=1) >= log(FALSE_ALARM_S * len(SHARES)))


DETECTORS: dict[str, Detector] = {
    "kickoff": kickoff_alarms, "fixed_threshold": threshold(SHARE_MAX, TRIED_MIN), "cusum": cusum_alarms,
}  # fmt: skip


def _episode(
    rng: np.random.Generator, detect: Detector, *, level: float, cohort: int, excess: float
) -> tuple[float, float]:
    """(seconds, trials over the information bound) until noticed; infinite when never, or when alarmed before."""
    trouble = Trouble(cohort=cohort, second=int(rng.integers(*BEGINS_S)), excess=excess)
    night = play(rng, 1, level=level, trouble=trouble)
    alarms = [second for _, second in detect(night)]
    if not alarms or min(alarms) < trouble.second:
        return np.inf, np.inf
    tried, failed = night.tried[cohort], night.failed[cohort]
    before = (failed[: trouble.second].sum() + 0.5) / (tried[: trouble.second].sum() + 1)
    worse = before + (1 - before) * excess
    divergence = worse * log(worse / before) + (1 - worse) * log((1 - worse) / (1 - before))
    trials = tried[trouble.second : min(alarms) + 1].sum()
    # Trials come by the second: a bound below one second's trials cannot be met by anybody.
    bound = max(log(FALSE_ALARM_S * len(SHARES)) / divergence, tried[trouble.second])
    return float(min(alarms) + 1 - trouble.second), float(trials / max(bound, 1.0))


def _last_minute(values: Matrix) -> Matrix:
    sums = np.cumsum(values, axis=1)
    sums[:, 60:] -= sums[:, :-60].copy()
    return sums


def _first_of_each(alarm: NDArray[np.bool_]) -> list[tuple[int, int]]:
    rows = np.flatnonzero(alarm.any(axis=1))
    return [(int(row), int(alarm[row].argmax())) for row in rows]


def _quantile(values: list[float], share: float) -> float | None:
    found = float(np.quantile(values, share, method="higher"))
    return round(found, 3) if np.isfinite(found) else None


if __name__ == "__main__":
    main()
