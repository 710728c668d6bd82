"""What does one more viewer cost each dependency, at the door and for as long as they watch?

*At the door*: calls per admission. For sign-in it is counted, for each lane by itself: sign-ins tried ÷ streams begun,
with the prior that everyone of the main lane signs in and hardly anybody of the known one, whose session may be
refused. *Inside*: calls a second and viewer. For every dependency but sign-in both are found together, from reports:

    load = utilisation · capacity = a · admissions a second + k · inside

by least squares, each report weighed by its own size (it strays by so many per cent, not by so many calls) and
forgotten by a share at the next. `a` begins at what the night file states, else at one call, and is soon overruled;
neither is ever below nothing. Reports of the way up tell `a`, those of a fuller house tell `k`: both are known before
they matter.

Nothing inside is learnt from an overloaded dependency: its utilisation is cut off at 1 and its calls are retries. A
baseline learnt there protects nothing afterwards. How far the reports stray from what was foretold is learnt with the
costs, and how far they go beyond it: the reserve (`reserve.py`) is as large as that.
"""

import math
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kickoff.admission.brake import is_failing
from kickoff.admission.ladder import carries_pictures
from kickoff.admission.orders import Reading
from kickoff.admission.signals import Sighting
from kickoff.facts import Lane

SIGN_IN = "sign_in"
PRIOR_ADMISSIONS = 30.0
"""Weight of the prior."""
FORGET_S = 60.0
COST_MIN = 0.02
PRIOR_SIGN_INS: dict[str, float] = {Lane.KNOWN: COST_MIN}
"""Lane → sign-ins of an admission, before any is seen; one for lanes that are not named."""
INSIDE_MIN = 20.0
"""Fewer inside than this say nothing about what one of them costs."""
KEEP_A_REPORT = 0.985
"""How much of a report's weight is left after the next: half of it after some 45 reports."""
KEEP_STRETCHED = 0.93
"""The same while messages are stretched: what those inside cost then changes within half a minute."""
SETTLED_REPORTS = 10.0
SETTLED_STRAY = 0.02
"""Once so many reports were seen, a stretch lets the calls of one admission move by this share at a report."""
PRIOR_CALLS = 1.0
"""Calls of one admission, where nobody states any."""
PRIOR_STRAY = 5.0
"""Standard deviation of that prior, in calls: it is hardly one."""
STATED_STRAY = 0.5
"""Of what is stated: half of it. Who states it counted it, on another night."""
INSIDE_STRAY_PER_S = 0.05
"""Standard deviation of what one viewer inside asks, before any report: a call in twenty seconds. While the house fills
ever faster, admissions and inside grow alike, and the load is then the door's."""
REPORT_STRAY = 0.04
"""Of a report about the truth, as a share of it."""
SMALL_SHARE = 0.05
"""Of capacity: loads below it are read no more exactly than this one."""
OVERLOADED_UTILISATION = 0.97
OVERLOADED_QUEUE_MS = 500.0
STRAY_PRIOR = 0.06
"""How far a report strays from what was foretold, as a share of capacity, before any was seen."""
STRAY_REPORTS = 4.0
"""Weight of that prior, in reports."""
KEEP_A_STRAY = 0.95


class Slope(Struct, frozen=True, kw_only=True):
    """Sums of the regression of load on admissions and inside, and what it gives."""

    door_door: float = 0.0
    door_inside: float = 0.0
    inside_inside: float = 0.0
    door_load: float = 0.0
    inside_load: float = 0.0
    reports: float = 0.0
    strays: float = 0.0
    """Sum of squared differences from what was foretold, as shares of capacity."""
    stray_reports: float = 0.0
    beyond: float = STRAY_REPORTS * STRAY_PRIOR**2 / 2
    """Sum of the squares of what came beyond what was foretold. The prior is forgotten with the reports."""
    beyond_reports: float = STRAY_REPORTS
    calls: float = PRIOR_CALLS
    """Of one admission."""
    value: float = 0.0
    """Calls a second of one viewer."""

    @property
    def stray(self) -> float:
        """Standard deviation of a report about its forecast, as a share of capacity."""
        return math.sqrt((self.strays + STRAY_REPORTS * STRAY_PRIOR**2) / (self.stray_reports + STRAY_REPORTS))

    @property
    def excess(self) -> float:
        """As `stray`, told from those reports that were above their forecast."""
        return math.sqrt(2 * self.beyond / self.beyond_reports)


class Tried(Struct, frozen=True, kw_only=True):
    """Sign-ins and admissions of one lane, lately."""

    sign_ins: float = 0.0
    admissions: float = 0.0


class Costs(Struct, frozen=True, kw_only=True):
    """What is learnt so far."""

    lanes: dict[str, Tried] = {}
    slopes: dict[str, Slope] = {}
    """Dependency → what one viewer inside asks of it; of what carries pictures, one megabit a second of theirs."""
    picture_mbps: float = 1.0
    """Mean bitrate of those inside, as last told."""

    def sign_ins_per_admission(self, lane: str, *, standing: float = 0.0) -> float:
        """Sign-ins tried for each stream begun, lately.

        `standing`: calls of all lanes that stand before sign-in. Who needs none is inside at once: while ever more
        stand there, they are missing among both.
        """
        tried = self.lanes.get(lane, Tried())
        expected = PRIOR_ADMISSIONS * PRIOR_SIGN_INS.get(lane, 1.0)
        own = standing * tried.sign_ins / max(1.0, sum(one.sign_ins for one in self.lanes.values()))
        return max(COST_MIN, (tried.sign_ins + own + expected) / (tried.admissions + own + PRIOR_ADMISSIONS))

    def at_the_door(self, dependency: str, lane: str) -> float:
        """Calls of one admission."""
        if dependency == SIGN_IN:
            return self.sign_ins_per_admission(lane)
        known = self.slopes.get(dependency)
        return known.calls if known else PRIOR_CALLS

    def inside(self, dependency: str) -> float:
        """Calls a second of one viewer inside; 0 until learnt."""
        known = self.slopes.get(dependency)
        each = self.picture_mbps if carries_pictures(dependency) else 1.0
        return known.value * each if known else 0.0

    def is_learnt(self, dependency: str) -> bool:
        """Whether any sound report of this dependency was seen."""
        return dependency in self.slopes

    def stray(self, dependency: str) -> float:
        """How far the dependency's reports stray from what is foretold, as a share of its capacity."""
        return self.slopes.get(dependency, Slope()).stray

    def excess(self, dependency: str) -> float:
        """How far they go beyond it."""
        return self.slopes.get(dependency, Slope()).excess


def counted(costs: Costs, before: Reading, now: Reading, *, tick_s: float) -> Costs:
    """The costs at the door, one tick later."""
    keep = math.exp(-tick_s / FORGET_S)
    lanes = dict(costs.lanes)
    for lane, counts in now.by_lane.items():
        known, last = lanes.get(lane, Tried()), before.by_lane.get(lane, counts)
        lanes[lane] = Tried(
            sign_ins=known.sign_ins * keep + max(0, counts.sign_ins_total - last.sign_ins_total),
            admissions=known.admissions * keep + max(0, counts.leased_total - last.leased_total),
        )
    picture_mbps = now.bitrate_kbps / 1000 if now.bitrate_kbps > 0 else costs.picture_mbps
    return Costs(lanes=lanes, slopes=costs.slopes, picture_mbps=picture_mbps)


def learnt_inside(
    costs: Costs,
    news: Mapping[str, Sighting],
    *,
    inside: float,
    admitted_per_s: float,
    sign_ins_per_s: float,
    stated: Mapping[str, float],
    is_stretched: bool = False,
) -> Costs:
    """The costs, learnt from this tick's new reports, but not from overloaded dependencies.

    `admitted_per_s`, `sign_ins_per_s`: streams begun and sign-ins tried since the last report. `stated`: dependency →
    calls of one admission.
    """
    slopes = dict(costs.slopes)
    for name, sighting in news.items():
        if is_overloaded(sighting) or not sighting.capacity_per_s:
            continue
        known = slopes.get(name)
        if carries_pictures(name):
            slopes[name] = _with_pictures(known or Slope(), sighting, shown_mbps=inside * costs.picture_mbps)
            continue
        prior = stated.get(name, PRIOR_CALLS)
        stray = STATED_STRAY * prior if name in stated else PRIOR_STRAY
        if is_stretched and known and known.reports >= SETTLED_REPORTS:
            # What an admission costs is not stretched: only what those inside cost is learnt anew.
            prior, stray = known.calls, SETTLED_STRAY * known.calls
        asked = admitted_per_s
        if name == SIGN_IN:
            # What it is asked is counted: a sign-in is one call.
            prior, stray, asked = 1.0, 0.0, sign_ins_per_s
        if inside < INSIDE_MIN and asked <= 0:
            continue
        slopes[name] = _with_report(
            known or Slope(calls=prior),
            sighting,
            asked=asked,
            inside=inside if inside >= INSIDE_MIN else 0.0,
            prior=prior,
            prior_weight=(REPORT_STRAY / max(stray, 1e-3)) ** 2,
            keep=KEEP_STRETCHED if is_stretched else KEEP_A_REPORT,
        )
    return msgspec.structs.replace(costs, slopes=slopes)


def _with_pictures(known: Slope, sighting: Sighting, *, shown_mbps: float) -> Slope:
    """What carries pictures is asked nothing at the door, and by those inside as much as they show.

    In whatever unit it reports: a megabit, a gigabit or a segment; nothing is assumed of that.
    """
    return _with_report(
        known,
        sighting,
        asked=0.0,
        inside=shown_mbps,
        prior=0.0,
        prior_weight=1.0,
        inside_prior=0.0,
        keep=KEEP_A_REPORT,
    )


def _with_report(
    known: Slope,
    sighting: Sighting,
    *,
    asked: float,
    inside: float,
    prior: float,
    prior_weight: float,
    keep: float,
    inside_prior: float = (REPORT_STRAY / INSIDE_STRAY_PER_S) ** 2,
) -> Slope:
    """The sums after one more report, and the two costs that fit them best."""
    capacity = sighting.capacity_per_s
    load = min(sighting.health.utilisation, 1.0) * capacity
    stray = (load - known.calls * asked - known.value * inside) / capacity
    weight = 1.0 / (load + SMALL_SHARE * capacity) ** 2
    door_door = known.door_door * keep + weight * asked**2
    door_inside = known.door_inside * keep + weight * asked * inside
    inside_inside = known.inside_inside * keep + weight * inside**2
    door_load = known.door_load * keep + weight * asked * load
    inside_load = known.inside_load * keep + weight * inside * load
    reports = known.reports * keep + 1.0
    calls, value = _solved(
        door_door + prior_weight,
        door_inside,
        inside_inside + inside_prior,
        door_load + prior_weight * prior,
        inside_load,
    )
    return Slope(
        door_door=door_door,
        door_inside=door_inside,
        inside_inside=inside_inside,
        door_load=door_load,
        inside_load=inside_load,
        reports=reports,
        strays=known.strays * KEEP_A_STRAY + min(stray**2, 1.0),
        stray_reports=known.stray_reports * KEEP_A_STRAY + 1.0,
        beyond=known.beyond * KEEP_A_STRAY + min(max(0.0, stray) ** 2, 1.0),
        beyond_reports=known.beyond_reports * KEEP_A_STRAY + 1.0,
        calls=calls,
        value=value,
    )


def _solved(aa: float, ai: float, ii: float, ay: float, iy: float) -> tuple[float, float]:
    """(calls of one admission, calls a second of one inside), neither below nothing."""
    determinant = aa * ii - ai * ai
    if determinant <= 1e-12 * aa * ii or ii <= 0:
        return max(COST_MIN, ay / aa), 0.0
    calls, value = (ay * ii - iy * ai) / determinant, (iy * aa - ay * ai) / determinant
    if value < 0:
        return max(COST_MIN, ay / aa), 0.0
    if calls < COST_MIN:
        return COST_MIN, max(0.0, (iy - COST_MIN * ai) / ii)
    return calls, value


def is_overloaded(sighting: Sighting) -> bool:
    """Whether nothing may be learnt from this report."""
    health = sighting.health
    return health.utilisation >= OVERLOADED_UTILISATION or health.queue_ms >= OVERLOADED_QUEUE_MS or is_failing(health)
