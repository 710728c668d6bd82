"""When is it whose turn? For each lane a curve: so many places ahead, seconds until they are called, three quantiles.

Three courses (`course.py`) are taken from the same limits with three beliefs about capacity, each in calls a second:

    best    what it was at best in the last minutes, rising on where it rises: nodes that were lost may come back
    mean    its average over `MEAN_S`, times what the lane really got of it: pauses and brakes are in that ratio.
            The more it went one way, the more it is what it is now: how far it came ÷ the way it made is the share
            of that (the efficiency ratio of P. Kaufman, Smarter Trading, 1995)
    worst   what it is now, falling on where it falls

On a quiet night the three are one, and the interval is narrow: some ten per cent in all. After a fall they lie far
apart, and so do the ends of the interval. What only fills or empties the queue before sign-in is no capacity: it is
over in seconds (`Term.lasting_per_s`), and so is the calling of fewer because too many are on the way (`_excess`). How
well the costs are known is measured too (`Costs.stray`): where reports stray from what was foretold, the work of those
inside is not extrapolated, the measured rate counts instead, and both ends widen. Widths were fitted on seeds that are
not judged; `make bench-eta` scores what is shown first.

No time is told before the line has moved for `TELL_AFTER_S`: nobody knows then what an admission costs.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from kickoff.admission.course import Knot, Slope, course, seconds_until
from kickoff.admission.gate import SETTLE_S
from kickoff.units import US_PER_S, AtUs

SAFE = "safe"
"""The term of whatever was not measured yet: what holds the lane now, and tells nothing of what it will be like."""
CAP = "cap"
"""The term of the operator's cap: it is what was said, from the moment it was, and nothing is remembered of another."""
TELL_AFTER_S = 20.0
TELL_KNOWN_AFTER_S = 1.0
NOW_S = 3.0
MEAN_S = 20.0
BEST_HALVES_S = 180.0
GOT_S = 15.0
"""Memory of what the lane really got."""
GOT_PRIOR_S = 5.0
GOT_BOUNDS = (0.25, 1.15)
BEST_GOT = 1.04
RISE_ON, FALL_ON = 2.0, 1.6
"""How far a change goes on, as multiples of how far the average lags behind it."""
FALL_MOST = 0.65
RESUMED_SHARE = 0.02
RESUMED_BEST = 1.9
"""Who begins while people are inside knows nothing of before: the house may have been so much better."""
PRIOR_SHARE = 0.3
"""Of its capacity, what a house that is sized for its crowd spends on it once everybody is inside."""
PRIOR_S = 10.0
"""Weight of that prior: so many seconds' admissions."""
STRAY_QUIET = 0.035
STRAY_TRUSTED, STRAY_DOUBTED = 0.04, 0.07
"""Between them trust in the learnt work of those inside falls from 1 to 0."""
STRAY_BLENDED, STRAY_MEASURED = 0.038, 0.06
"""Between them the measured rate takes over from the course."""
LOW, HIGH = 0.015, 0.012
LOW_A_STRAY, HIGH_A_STRAY = 1.2, 1.0
MEASURED_HIGH = 1.1
HIGH_MOST = 1.7
"""The far end lies at most so many times beyond the middle."""
CAPPED = 0.5
"""Logarithmic half-width where a hard cap binds: it opens as people leave, which nobody foretells."""
TOLD_AT_S = (5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 2400.0, 3600.0)

Row = tuple[float, float, float, float]
"""(places ahead, seconds: 0.1, 0.5 and 0.9 quantiles)."""


class Term(Struct, frozen=True, kw_only=True):
    """One limit that holds the lane, without the brake of the moment."""

    name: str
    free_per_s: float
    allowed_per_s: float
    """Admissions, were the lane alone; with the brake."""
    could_per_s: float
    """The same without the brake."""
    cost: float
    lasting_per_s: float | None = None
    """Of the same, what is left when the queue before it is neither filled nor emptied; None: all of it."""
    inside_per_s: float = 0.0
    """As learnt: calls a second of one viewer inside."""
    stray: float = 0.0

    @property
    def for_good_per_s(self) -> float:
        """Calls a second for admissions, as they go on."""
        return self.free_per_s if self.lasting_per_s is None else self.lasting_per_s


class Situation(Struct, frozen=True, kw_only=True):
    """One lane at one tick."""

    at: AtUs
    terms: tuple[Term, ...]
    rate_per_s: float
    """Its admissions."""
    allowed_per_s: float
    """What its limits would allow it, before slew and the operator's cap."""
    show_up: float
    waiting: int
    coming: float | None = None
    """Called, on their way, and will come; None: nobody is called ahead."""
    arrive_s: float = 0.0
    """From being called to coming."""
    inside: float
    line: float
    """People who will come in yet, of all lanes."""
    safe_per_s: float
    is_capped: bool
    """A hard cap binds."""
    is_known: bool = False
    """The operator's cap binds: the rate is as it was said."""


class View(Struct, frozen=True, kw_only=True):
    """What a dependency can do for admissions and those inside together. Calls a second."""

    now: float
    mean: float
    best: float
    seconds: float
    gone: float = 0.0
    """How far `now` has come lately."""
    way: float = 0.0
    """The same, to and fro: all steps of it, whichever way they went."""

    @property
    def believed(self) -> float:
        """The average of what goes to and fro; what goes one way is believed to stay where it is now."""
        steady = abs(self.gone) / self.way if self.way else 0.0
        return self.mean + steady * (self.now - self.mean)


class Forecast(Struct, frozen=True, kw_only=True):
    """What is remembered of one lane, and what is told."""

    views: dict[str, View] = {}
    got: float = 0.0
    could: float = 0.0
    """Admissions that the lane got, and could have got, lately; without those that only fill the queue before it."""
    got_s: float = 0.0
    has_climbed: bool = False
    seconds_seen: float = 0.0
    due_at: AtUs = AtUs(0)
    rows: tuple[Row, ...] = ()
    """Told for this second; empty: no time can be named."""


def foreseen(forecast: Forecast, now: Situation, *, tick_s: float) -> Forecast:
    """The forecast after a tick in which people waited; looked at once a second."""
    seen_s = forecast.seconds_seen + tick_s
    if now.at < forecast.due_at:
        return msgspec.structs.replace(forecast, seconds_seen=seen_s)
    passed_s = 1.0 if forecast.due_at else tick_s
    resumed = now.inside > RESUMED_SHARE * now.line and not forecast.has_climbed
    views = {
        one.name: _viewed(
            forecast.views.get(one.name), one, now.inside, passed_s, hope=RESUMED_BEST if resumed else 1.0
        )
        if one.name != CAP
        else View(now=one.free_per_s, mean=one.free_per_s, best=one.free_per_s, seconds=0.0)
        for one in now.terms
    }
    could = max(0.0, min(one.could_per_s for one in now.terms))
    lasts = max(0.0, min(one.for_good_per_s / one.cost for one in now.terms))
    climbed = forecast.has_climbed or (
        now.rate_per_s >= 0.9 * min(could, now.allowed_per_s) and all(one.name != SAFE for one in now.terms)
    )
    keep = math.exp(-passed_s / GOT_S) if climbed else 0.0
    learnt = Forecast(
        views=views,
        got=forecast.got * keep + (now.rate_per_s * lasts / max(could, 1e-3) if climbed else 0.0),
        could=forecast.could * keep + (lasts * _share(now) if climbed else 0.0),
        got_s=forecast.got_s * keep + (1.0 if climbed else 0.0),
        has_climbed=climbed,
        seconds_seen=seen_s,
        due_at=AtUs(now.at + US_PER_S),
    )
    return msgspec.structs.replace(learnt, rows=_rows(learnt, now, lasts))


def _viewed(view: View | None, term: Term, inside: float, passed_s: float, *, hope: float) -> View:
    able = term.for_good_per_s + term.inside_per_s * inside
    if view is None:
        return View(now=able, mean=able, best=able * hope, seconds=passed_s)
    seconds = view.seconds + passed_s
    now = view.now + (able - view.now) * (1 - math.exp(-passed_s / NOW_S))
    mean = view.mean + (able - view.mean) * max(1 - math.exp(-passed_s / MEAN_S), passed_s / seconds)
    keep = math.exp(-passed_s / MEAN_S)
    return View(
        now=now,
        mean=mean,
        best=max(now, view.best * 0.5 ** (passed_s / BEST_HALVES_S)),
        seconds=seconds,
        gone=view.gone * keep + now - view.now,
        way=view.way * keep + abs(now - view.now),
    )


def _slope(term: Term, able_per_s: float, now: Situation, pulled: float, got: float = 1.0) -> Slope:
    """The limit with so much capacity. The work of those inside is pulled to the prior by `pulled` people."""
    free = able_per_s - term.inside_per_s * now.inside
    each = 0.0
    if term.inside_per_s:
        prior = PRIOR_SHARE * able_per_s / max(1.0, now.inside + now.line)
        trust = _between(STRAY_TRUSTED, STRAY_DOUBTED, term.stray)
        believed = trust * term.inside_per_s + (1 - trust) * min(term.inside_per_s, prior)
        each = (believed * now.inside + prior * pulled) / max(1.0, now.inside + pulled)
    return Slope(free_per_s=free * got, cost=term.cost, inside_per_s=each * got)


def _share(now: Situation) -> float:
    """What the lane gets of its limits while others wait too."""
    return share_of(now.terms, now.allowed_per_s)


def share_of(terms: Sequence[Term], allowed_per_s: float) -> float:
    """The same of these limits."""
    alone = min((one.allowed_per_s for one in terms), default=0.0)
    return max(0.01, min(1.0, allowed_per_s / alone)) if alone > 0 else 1.0


def _rows(learnt: Forecast, now: Situation, lasts: float) -> tuple[Row, ...]:
    if not now.terms or learnt.seconds_seen < (TELL_KNOWN_AFTER_S if now.is_known else TELL_AFTER_S):
        return ()
    is_measured = learnt.got_s >= GOT_PRIOR_S and not now.is_known
    measured = (learnt.got / learnt.got_s if is_measured else now.rate_per_s) / now.show_up
    if now.is_capped:
        return _steady(measured)
    share = _share(now)
    prior = GOT_PRIOR_S * max(lasts * share, 1.0)
    got = max(GOT_BOUNDS[0], min(GOT_BOUNDS[1], (learnt.got + prior) / (learnt.could + prior)))
    views = learnt.views
    best = {
        name: max(one.best, one.mean, one.now + RISE_ON * max(0.0, one.now - one.mean)) for name, one in views.items()
    }
    worst = {
        name: max(FALL_MOST * one.now, min(one.now, one.believed) - FALL_ON * max(0.0, one.mean - one.now))
        for name, one in views.items()
    }
    knots = (
        _course(now, best, got=max(BEST_GOT, got), share=share),
        _course(now, {name: one.believed for name, one in views.items()}, got=got, share=share),
        _course(now, worst, got=got, share=share),
    )
    stray = max((term.stray for term in now.terms), default=0.0)
    rows = (_row(places, knots, measured=measured, stray=stray) for places in _told_places(knots[1], now.waiting))
    return tuple(row for row in rows if math.isfinite(row[3]))


def _course(now: Situation, able: Mapping[str, float], *, got: float, share: float) -> tuple[Knot, ...]:
    pulled = PRIOR_S * now.rate_per_s
    slopes = tuple(_slope(term, able[term.name], now, pulled, 1.0 if term.name == CAP else got) for term in now.terms)
    return course(
        slopes,
        excess=_excess(now, share * max(0.0, min(one.rate_per_s(0.0) for one in slopes)), share=share),
        rate_per_s=now.rate_per_s,
        share=share,
        show_up=now.show_up,
        safe_per_s=now.safe_per_s,
        places=now.waiting + 1,
    )


def _excess(now: Situation, rate_per_s: float, *, share: float) -> float:
    """Admissions that were called already beyond what such a rate keeps on the way, and standing before sign-in."""
    if now.coming is None:
        return 0.0
    now_per_s = min(one.free_per_s / one.cost for one in now.terms)
    for_good_per_s = min(one.for_good_per_s / one.cost for one in now.terms)
    return now.coming - now.arrive_s * rate_per_s + SETTLE_S * share * (for_good_per_s - now_per_s)


def _told_places(middle: tuple[Knot, ...], waiting: int) -> list[float]:
    """The distances that are told: where the middle course is at certain times, and the end of the line."""
    places = [_places_at(middle, seconds) for seconds in TOLD_AT_S if seconds < middle[-1][1]]
    return [*(one for one in places if 1 <= one < waiting), float(max(1, waiting))]


def _places_at(knots: tuple[Knot, ...], seconds: float) -> float:
    before = knots[0]
    for knot in knots[1:]:
        if seconds <= knot[1]:
            return before[0] + (knot[0] - before[0]) * (seconds - before[1]) / (knot[1] - before[1])
        before = knot
    return before[0]


def _row(places: float, knots: tuple[tuple[Knot, ...], ...], *, measured: float, stray: float) -> Row:
    best, middle, worst = (seconds_until(one, places) for one in knots)
    if stray > STRAY_BLENDED and measured > 0:
        trust, steady = _between(STRAY_BLENDED, STRAY_MEASURED, stray), places / measured
        best = min(best, steady)
        middle, worst = (_blended(one, steady, trust) for one in (middle, worst))
    rough = max(0.0, stray - STRAY_QUIET)
    low = min(best, middle) * math.exp(-LOW - LOW_A_STRAY * rough)
    high = min(max(worst, middle) * math.exp(HIGH + HIGH_A_STRAY * rough), HIGH_MOST * middle)
    return places, low, middle, high


def _blended(seconds: float, steady: float, trust: float) -> float:
    """Between the course and the measured rate, in logarithms; the course never far beyond the rate."""
    seconds = min(seconds, 1e5)
    return math.exp(trust * math.log(seconds) + (1 - trust) * math.log(min(seconds, MEASURED_HIGH * steady)))


def _between(full: float, none: float, value: float) -> float:
    """1 up to `full`, 0 from `none` on, linear between."""
    return max(0.0, min(1.0, (none - value) / (none - full)))


def _steady(places_per_s: float) -> tuple[Row, ...]:
    """At a rate that nobody can foretell better than by going on."""
    if places_per_s <= 1e-3:
        return ()
    return ((1.0, math.exp(-CAPPED) / places_per_s, 1 / places_per_s, math.exp(CAPPED) / places_per_s),)


def per_place(rows: tuple[Row, ...]) -> tuple[float, float, float]:
    """Seconds per place at the end of the line; infinite where no time can be named."""
    if not rows:
        return (math.inf, math.inf, math.inf)
    places, low, middle, high = rows[-1]
    return (low / places, middle / places, high / places)
