"""Is silence noticed on real evenings, and on whole journals what is noticed? Two parts of `make bench-notice`.

Evenings: requests to the 1998 World Cup site from 20 June on, as arrivals. Each evening is scaled to a level drawn
log-uniformly from 1 to 30 arrivals a second and played by chance within its minutes (Poisson). As they were, nothing
may be noticed. Then all but a tenth are cut out for eight minutes, beginning between 25 minutes before kick-off and
half-time. Once by what the evening itself shows (`ACTIVITY`), once with evenings of other days known (`NEWCOMERS`).

Journals: judged nights by the laws of `bench-explain`, of other seeds, asked at their end. An incident is explained
where it lies between two minutes before a trouble and twenty minutes of the match after it.
"""

from math import exp, log

import numpy as np
from numpy.typing import NDArray

from bench.nights import curves
from bench.nights.noticed import Noticed
from bench.nights.plans import WHISTLE_MIN
from kickoff.forecast import FIRST_MINUTE, MINUTES
from kickoff.incidents.lull import ACTIVITY, NEWCOMERS, Series, lulls
from kickoff.night import Channel, Night, Offer, Schedule
from kickoff.units import US_PER_S

Floats = NDArray[np.float64]

PLAYS = 8
"""Each evening is played so often, each time at another level."""
CUT_MINUTES, LEFT = 8, 0.1
NEAR_S = 120.0
ECHO_MIN = 20


def silence_figures() -> dict[str, object]:
    """Both series on all evenings, as they were and cut."""
    return {
        "evenings": len(curves.evenings("judging")) * PLAYS,
        "from_the_evening_alone": _figures(ACTIVITY, by_others=False),
        "with_other_evenings_known": _figures(NEWCOMERS, by_others=True),
    }


def _figures(series: Series, *, by_others: bool) -> dict[str, object]:
    rng = np.random.default_rng(19980630)
    false_alarms, delays, evenings = 0, [], curves.evenings("judging")
    for number, (_, requests) in enumerate(evenings):
        others = [other for index, (_, other) in enumerate(evenings) if index != number]
        for _ in range(PLAYS):
            level = exp(rng.uniform(log(1.0), log(30.0))) / float(requests.mean())
            usual = _usual(others, level) if by_others else ()
            whole = rng.poisson(np.repeat(requests * level, 60)).astype(np.float64)
            false_alarms += len(lulls(whole, series, _night(), usual, streams=60))
            cut_s = 60 * int(rng.integers(curves.BEFORE_MIN - 25, curves.BEFORE_MIN + 45 - CUT_MINUTES))
            cut = whole.copy()
            span = slice(cut_s, cut_s + 60 * CUT_MINUTES)
            cut[span] = rng.binomial(whole[span].astype(np.int64), LEFT)
            noticed = [found.noticed for found in lulls(cut, series, _night(), usual, streams=60)]
            delays.append(min((one - cut_s for one in noticed if one > cut_s), default=np.inf))
    return {
        "false_alarms": false_alarms,
        "hours": round(len(delays) * (curves.BEFORE_MIN + 107) / 60),
        "cuts_noticed": round(float(np.mean(np.isfinite(delays))), 3),
        "median_delay_s": float(np.median(delays)),
        "p95_delay_s": float(np.quantile(delays, 0.95, method="higher")),
    }


def _usual(others: list[Floats], level: float) -> tuple[float, ...]:
    usual = np.zeros(MINUTES)
    first = -curves.BEFORE_MIN - FIRST_MINUTE
    mean = np.mean(others, axis=0) * level * 60
    usual[first : first + len(mean)] = mean[: MINUTES - first]
    return tuple(usual.tolist())


def _night() -> Night:
    """An evening whose first second is the curve's first."""
    start = 60.0 * curves.BEFORE_MIN
    return Night(
        name="evening", title="evening", starts_at="2026-02-03T19:00:00Z",
        schedule=Schedule(
            doors=0.0, kick_off=start, half_time=start + 2760, second_half=start + 3660, whistle=start + 6480,
            end=start + 7200,
        ),
        channels={"main": Channel(title="main")},
        offers={"all": Offer(title="all", channels=("main",), streams_max=1, price_cents=0, share=1.0)},
    )  # fmt: skip


def journal_figures(nights: list[Noticed]) -> dict[str, object]:
    """What was noticed on whole journals: how soon after it was felt, and what was no trouble."""
    delays: list[float] = []
    unexplained, hours, calm_hours = 0, 0.0, 0.0
    for night in nights:
        hours += WHISTLE_MIN * night.minute_s / 3600
        calm_hours += WHISTLE_MIN * night.minute_s / 3600 - _shadow_s(night) / 3600
        found = [
            (
                (one.noticed_at - night.start) / US_PER_S,
                (one.began_at - night.start) / US_PER_S,
                ((one.ended_at or night.until) - night.start) / US_PER_S,
            )
            for one in night.incidents
        ]
        for cause, begins, ends in night.spans:
            if cause != "malice":
                own = [noticed - begins for noticed, began, ended in found if began < ends + NEAR_S and ended > begins]
                delays.append(max(0.0, min(own, default=np.inf)))
        shadows = _shadows(night)
        unexplained += sum(
            not any(began < until and ended > since for since, until in shadows) for _, began, ended in found
        )
    return {
        "nights": len(nights),
        "troubles": len(delays),
        "noticed": round(float(np.mean(np.isfinite(delays))), 4),
        "median_delay_s": round(float(np.median(delays)), 1),
        "p90_delay_s": round(float(np.quantile(delays, 0.9, method="higher")), 1),
        "silences": _silence_delays(nights),
        "unexplained_incidents": unexplained,
        "match_hours": round(hours),
        "match_hours_without_trouble": round(calm_hours),
        "unexplained_per_1000_h": round(1000 * unexplained / hours, 3),
        "unexplained_per_1000_h_without_trouble": round(1000 * unexplained / calm_hours, 3),
    }


def _silence_delays(nights: list[Noticed]) -> dict[str, object]:
    """How soon those who reach nothing are missed, in minutes of the match."""
    delays = []
    for night in nights:
        for kind, (_, begins, ends) in zip(night.kinds, night.spans, strict=True):
            if kind == "silence":
                own = [
                    (one.noticed_at - night.start) / US_PER_S - begins
                    for one in night.incidents
                    if (one.began_at - night.start) / US_PER_S < ends + NEAR_S
                    and ((one.ended_at or night.until) - night.start) / US_PER_S > begins
                ]
                delays.append(max(0.0, min(own, default=np.inf)) / night.minute_s)
    found = [delay for delay in delays if np.isfinite(delay)]
    return {
        "troubles": len(delays),
        "noticed": round(len(found) / max(1, len(delays)), 4),
        "median_delay_min_of_those": round(float(np.median(found)), 2) if found else None,
    }


def _shadows(night: Noticed) -> list[tuple[float, float]]:
    """When what is noticed is a trouble's doing: from shortly before it until its backlog has gone."""
    return [(begins - NEAR_S, ends + ECHO_MIN * night.minute_s) for _, begins, ends in night.spans]


def _shadow_s(night: Noticed) -> float:
    """Seconds of the match that lie in any shadow."""
    whistle = WHISTLE_MIN * night.minute_s
    found, covered = 0.0, 0.0
    for since, until in sorted(_shadows(night)):
        found += max(0.0, min(until, whistle) - max(since, covered))
        covered = max(covered, until)
    return found
