"""How many were hit, on nights whose truth is known? `make bench-impact`; ARGS=20 judges so many nights.

The nights and the two statements of `bench-explain`. Hit is whoever wanted to watch and met the trouble: a start or a
sign-in that failed while it held, or no door at all.

    coverage_90                 of statements on nights on which somebody had been hit: the 90 % range of the total
                                holds the truth
    median_half_width_touched   half the range ÷ truth, where at least 80 % of those hit left a trace in the journal
    coverage_90_hidden          coverage elsewhere, where anything was noticed
    coverage_90_hidden_all      the same with those of which nothing was noticed, whose range is nought
    width_vs_ideal              elsewhere, where a silence was noticed: width of the range of those shut out ÷ that of
                                the same posterior given the world's true parameters, the median; beside it that of
                                silences of cohorts and that of everybody's
    coverage_90_ideal           of these, the range of that posterior holds the truth, with all that else is counted at
                                its middle: it is told the world, but since when and until when as the product told
    first_range_s               seconds from notice to the first range whose upper end is more than nought, the largest
                                of a sample: that something is said, not how well (how many are hit at each of these
                                seconds is not kept with a night)
    median_error                |middle ÷ truth - 1|, beside "accounts with an error" and "forecast less seen"
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.nights.answers import Answered, Stated, answers
from bench.nights.store import night
from kickoff.aftermath.answers import impact, incidents, read
from kickoff.aftermath.journal import JournalView
from kickoff.findings import Metric, Range
from kickoff.units import US_PER_S, AtUs

NIGHTS = 520
SAMPLE = 40
"""Nights whose first range is looked for, second by second of `LOOKS_S` after notice."""
LOOKS_S = (1, 10, 30, 60, 90, 120, 180, 300)
TOUCHED = 0.8


def main() -> None:
    """Print one JSON document."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS
    nights = answers("judging", range(count))
    found = {"bench": "impact", "nights": len(nights), **report(nights), **first_ranges(nights)}
    print(json.dumps(found, indent=1))


def report(nights: list[Answered]) -> dict[str, object]:
    """Every figure but the first range."""
    stated = [one for night in nights for one in (night.first, night.whole)]
    hit = [one for one in stated if one.hit > 0]
    nobody = [one for one in stated if one.hit == 0]
    noticed = [one for one in hit if one.impact.total.high > 0]
    touched = [one for one in noticed if one.touched >= TOUCHED]
    hidden = [one for one in noticed if one.touched < TOUCHED]
    silences = [one for one in hidden if one.shut_out and _width(one.shut_out[1]) > 0]
    everybody = [one for one in silences if _is_everybodys(one)]
    return {
        "statements_with_hit": len(hit),
        "coverage_90": _share([_holds(one) for one in hit]),
        "coverage_90_noticed": _share([_holds(one) for one in noticed]),
        "coverage_90_touched": _share([_holds(one) for one in touched]),
        "coverage_90_hidden": _share([_holds(one) for one in hidden]),
        "coverage_90_hidden_all": _share([_holds(one) for one in hit if one.touched < TOUCHED]),
        "below": _share([one.hit < one.impact.total.low for one in noticed]),
        "above": _share([one.hit > one.impact.total.high for one in noticed]),
        "not_noticed": len(hit) - len(noticed),
        "nobody_hit_and_nought_said": _share([one.impact.total.low == 0 for one in nobody]),
        "median_half_width_touched": _median(touched, _half_width),
        "hidden": len(hidden),
        "hidden_with_silence": len(silences),
        "width_vs_ideal": _median(silences, _vs_ideal),
        "coverage_90_ideal": _share([_ideal_holds(one) for one in silences]),
        "width_vs_ideal_cohorts": _median([one for one in silences if not _is_everybodys(one)], _vs_ideal),
        "hidden_with_silence_of_everybody": len(everybody),
        "width_vs_ideal_everybody": _median(everybody, _vs_ideal),
        "median_error": _median(noticed, lambda one: abs(one.impact.total.mid / one.hit - 1)),
        "median_error_hidden": _median(hidden, lambda one: abs(one.impact.total.mid / one.hit - 1)),
        "median_error_with_an_error": _median(noticed, lambda one: abs(one.baselines["with_an_error"] / one.hit - 1)),
        "median_error_forecast_less_seen": _median(
            noticed, lambda one: abs(one.baselines["forecast_less_seen"] / one.hit - 1)
        ),
    }  # fmt: skip


def first_ranges(nights: list[Answered]) -> dict[str, object]:
    """How long after notice there is a range, on the first nights of those on which anybody was hit."""
    found = []
    for one in [one for one in nights if one.whole.hit > 0 and one.whole.impact.total.high > 0][:SAMPLE]:
        folder, _ = night("judging", int(one.name.rpartition("-")[2]))
        noticed = min(incident.noticed_at for incident in one.whole.incidents)
        found.append(next((s for s in LOOKS_S if _has_range(folder / "whole", one.name, noticed, s)), np.inf))
    return {
        "first_range_s": _seconds(max(found, default=np.inf)),
        "first_range_median_s": _seconds(float(np.median(found))) if found else None,
        "first_range_within_120_s": _share([one <= 120 for one in found]),
    }


def _seconds(value: float) -> float | None:
    """JSON knows no infinity: null where nothing was said within the longest look."""
    return value if np.isfinite(value) else None


def _has_range(root: Path, name: str, noticed: AtUs, after_s: int) -> bool:
    evening = read(JournalView(root, name, until=AtUs(noticed + after_s * US_PER_S)))
    counted, _ = impact(evening, incidents(evening))
    return counted.total.high > 0


def _holds(one: Stated) -> bool:
    return one.impact.total.low <= one.hit <= one.impact.total.high


def _half_width(one: Stated) -> float:
    return (one.impact.total.high - one.impact.total.low) / 2 / one.hit


def _is_everybodys(one: Stated) -> bool:
    return any(incident.metric is Metric.SILENCE and not incident.scope.causes for incident in one.incidents)


def _vs_ideal(one: Stated) -> float:
    return _width(one.shut_out[0]) / _width(one.shut_out[1]) if one.shut_out else 0.0


def _width(known: Range) -> float:
    return float(known.high - known.low)


def _ideal_holds(one: Stated) -> bool:
    """With all that else is counted at its middle."""
    if not one.shut_out:
        return False
    own, ideal = one.shut_out
    return ideal.low <= one.hit - (one.impact.total.mid - own.mid) <= ideal.high


def _share(values: list[bool]) -> float:
    return round(sum(values) / max(1, len(values)), 4)


def _median(statements: list[Stated], figure: Callable[[Stated], float]) -> float | None:
    return round(float(np.median([figure(one) for one in statements])), 4) if statements else None


if __name__ == "__main__":
    main()
