"""Has everybody fallen silent? All that households do, held against what they did just before.

Shares cannot tell when all stay away alike. How many come cannot be known to within a tenth, but it does not halve from
one minute to the next while the match clock says nothing: on fourteen evenings of the 1998 World Cup no minute from
half an hour before kick-off to the whistle fell below 0.8 of the five before it. So counts are held against
`floor` times the level of the last minutes (less where the match clock leads one to expect it), and `gone` of it is
tested for. Where earlier nights tell how the level goes on from here, they do.

Counts scatter more than by chance: they are held to be negative binomial, whose size bounds what one step can
say. Two steps of nothing are the least that can alarm.
"""

from collections.abc import Sequence
from math import exp, log, log1p

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.forecast import minute_of
from kickoff.incidents.sequential import CALM, FALSE_ALARM_S
from kickoff.incidents.states import Span
from kickoff.night import Night

Vector = NDArray[np.float64]

STEP_MINUTES = 0.25
"""Minutes of the match in which counts are read."""
STEADY = 0.8
"""The last two fifths of those minutes have so much of the first two, or there is no level to fall from."""
COUNT_MIN = 3.0
"""Where less is expected of a step, nothing can be missed within minutes."""
SINCE_MINUTES = -35.0
"""Before so many minutes to kick-off an evening has no level yet."""

LEFT_MAX = 0.6
"""Of what one expects, so much may still come in a silence."""
QUIETENS_MINUTES = 20.0
"""After so many minutes of the match an evening may have half the level that it had."""

FALLS = {"kick_off": 0.7, "half_time": 0.7, "second_half": 0.6, "goal": 0.8, "penalties": 0.6}
"""By how much more the level may fall within `FALL_MINUTES` of an instant of the match."""
FALL_MINUTES = 6.0


class Series(Struct, frozen=True, kw_only=True):
    """One kind of counts by second, and what is known of how they vary."""

    floor: float
    """They do not fall below so much of their level within minutes."""
    gone: tuple[float, ...]
    """Shares of the level that are tested for."""
    size: float
    """1 ÷ squared coefficient of variation of a step's count around its level, beyond chance."""
    level_minutes: float
    steps_max: int
    """What takes longer is no silence but an evening that quietens."""


ACTIVITY = Series(floor=0.6, gone=(0.05, 0.15, 0.3), size=8.0, level_minutes=5.0, steps_max=10)
"""All that households do."""
NEWCOMERS = Series(floor=0.62, gone=(0.1, 0.25, 0.4), size=40.0, level_minutes=3.0, steps_max=12)
"""Households that come first: they fall silent also while those who are inside go on. Only where earlier nights tell
how many come at this point: an evening's growth may end from one minute to the next."""


def lulls(
    counts_by_second: Vector,
    series: Series,
    night: Night,
    usual: Sequence[float],
    *,
    streams: int,
    since_s: float = 0.0,
) -> list[Span]:
    """Every stretch, of those that begin in or after this second, in which nobody comes who should."""
    step_s = max(1, round(STEP_MINUTES * night.match_minute_s))
    counts = _steps(counts_by_second, step_s)
    level_steps = max(4, round(series.level_minutes * night.match_minute_s / step_s))
    since_s = max(since_s, night.schedule.kick_off + SINCE_MINUTES * night.match_minute_s)
    first = max(level_steps, round(since_s / step_s))
    # Late in a match nobody need come any more: only earlier nights can tell that they would.
    judged_s = night.schedule.whistle if len(usual) else night.schedule.half_time
    last = min(len(counts), int(judged_s // step_s))
    expects = _Expectation(series, night, usual, step_s)
    threshold = log(FALSE_ALARM_S * max(1, streams) / step_s)
    spans: list[Span] = []
    number = first
    while number < last:
        level = _level(counts[number - level_steps : number], is_forecast=bool(len(usual)))
        found = _silent_from(counts, (number, last), level, expects, threshold)
        if found is None:
            number += 1
            continue
        noticed, ended = found
        began = number * step_s
        spans.append(Span(noticed=(noticed + 1) * step_s, began=began, ended=None if ended is None else ended * step_s))
        if ended is None:
            break
        # The level has to be learnt anew.
        number = ended + level_steps
    return spans


def _level(lately: Vector, *, is_forecast: bool) -> float:
    """The mean of the last minutes; nought where they fall by themselves and no earlier night tells how far."""
    part = max(1, len(lately) * 2 // 5)
    if not is_forecast and lately[-part:].sum() < STEADY * lately[:part].sum():
        return 0.0
    return float(lately.mean())


class _Expectation:
    """What share of the level before a step is the least that one expects of it."""

    def __init__(self, series: Series, night: Night, usual: Sequence[float], step_s: int) -> None:
        self.series = series
        self._minute_s, self._kick_off, self._step_s = night.match_minute_s, night.schedule.kick_off, step_s
        self._usual = usual
        self._falls = [(code, at) for code, at in night.match_events() if code in FALLS]

    def floor(self, before: int, step: int) -> float:
        """Of a level learnt just before one step, for another one."""
        at = step * self._step_s
        share = self.series.floor * min(
            (FALLS[code] for code, instant in self._falls if 0 <= at - instant < FALL_MINUTES * self._minute_s),
            default=1.0,
        )
        return share * min(1.0, self._trend(before, step))

    def usual(self, before: int, step: int) -> float:
        """Of a level learnt just before one step, what there is at another one if nobody is missing.

        Where no earlier night tells, an evening quietens by and by.
        """
        if self._usual:
            return STEADY * self._trend(before, step)
        minutes = (step - before) * self._step_s / self._minute_s
        return float(STEADY * 0.5 ** (minutes / QUIETENS_MINUTES))

    def _trend(self, before: int, step: int) -> float:
        """How the level went on at this point of earlier nights."""
        if not self._usual:
            return 1.0
        now = sum(self._usual[max(0, self._minute(step) - 1) : self._minute(step) + 2]) / 3
        then = self._usual[max(0, self._minute(before) - round(self.series.level_minutes)) : self._minute(before) + 1]
        level = sum(then) / max(1, len(then))
        return max(0.05, now / level) if level > 0 else 1.0

    def _minute(self, step: int) -> int:
        return minute_of((step * self._step_s - self._kick_off) / self._minute_s)


def _silent_from(
    counts: Vector, steps: tuple[int, int], level: float, expects: _Expectation, threshold: float
) -> tuple[int, int | None] | None:
    """(step in which it was known, step in which it was over) of a silence that begins with the first; else None."""
    first, last = steps
    if level * expects.floor(first, first) < COUNT_MIN:
        return None
    series = expects.series
    sums = [0.0] * len(series.gone)
    for step in range(first, min(last, first + series.steps_max)):
        least = level * expects.floor(first, step)
        for number, gone in enumerate(series.gone):
            sums[number] += _gain(float(counts[step]), least, min(least, level * gone), series.size)
        highest = max(sums)
        if highest <= 0:
            return None
        if highest + log(sum(exp(one - highest) for one in sums) / len(sums)) >= threshold:
            return step, _back(counts, (step + 1, last), level, expects, first)
    return None


def _back(counts: Vector, steps: tuple[int, int], level: float, expects: _Expectation, first: int) -> int | None:
    """The step from which on people come again; None while they do not.

    Page's sum the other way round: is it what one expects, rather than what lies halfway between that and what the
    silence has had? Who was shut out tries again and again: a silence of four in five lets in more and more of them,
    and is no smaller for it.
    """
    had = float(counts[first : steps[0]].sum())
    usual = sum(level * expects.usual(first, step) for step in range(first, steps[0]))
    total, since = 0.0, steps[0]
    for step in range(*steps):
        normal = level * expects.usual(first, step)
        still = normal * 0.5 * (1.0 + min(had / usual, LEFT_MAX))
        total += _gain(float(counts[step]), still, normal, expects.series.size)
        if total <= 0.0:
            total, since = 0.0, step + 1
            had, usual = had + float(counts[step]), usual + normal
        if total >= CALM:
            return since
    return None


def _gain(count: float, least: float, gone: float, size: float) -> float:
    """Log likelihood ratio of two negative binomial laws of the same size."""
    return count * (log(gone / least) - log((size + gone) / (size + least))) + size * (
        log1p(least / size) - log1p(gone / size)
    )


def _steps(activity: Vector, step_s: int) -> Vector:
    whole = len(activity) // step_s * step_s
    return np.asarray(activity[:whole].reshape(-1, step_s).sum(axis=1), np.float64)
