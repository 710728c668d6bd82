"""Is something wrong? Since when, does it last, and where?"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from msgspec import Struct, structs
from numpy.typing import NDArray

from kickoff.findings import Incident, Metric, Scope
from kickoff.incidents import silence
from kickoff.incidents.attempts import Attempts, attempts_of
from kickoff.incidents.cohorts import Counts, count
from kickoff.incidents.columns import Columns, read_columns
from kickoff.incidents.expected import Expected
from kickoff.incidents.leaves import group
from kickoff.incidents.locate import LOCATED, OUTSIDE, locate
from kickoff.incidents.lull import ACTIVITY, NEWCOMERS, lulls
from kickoff.incidents.replaced import is_replaced
from kickoff.incidents.sentry import Sentry
from kickoff.incidents.sequential import EXCESS, Alarm, Watch, calm
from kickoff.incidents.states import Span, incidents_of
from kickoff.incidents.turned_away import Told, Turned, told_of, turned_away
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

SILENT_CONFIDENCE = 0.9
"""A cohort whose own test alarms is what is missing, unless something unrecorded is behind it."""

ECHO_RELAPSES = 4
"""So many times as long as a relapse may take, those who were shut out come back."""
COMES_BACK_RELAPSES = 4
"""So many times as long as a relapse may take, before the first alarm, somebody who tells may have been turned away."""

BEFORE_FIRST = 3
"""So many times as long as lies between two who tell, a silence may have begun before the first was turned away."""

LEAVES_LIVE = 3_000
"""A live answer looks at so many combinations; beyond them a dimension that tells nothing is given up."""

RELAPSE_MINUTES = 5
"""Minutes of the match within which failures that come back are the same incident again."""


class Clock(Struct, frozen=True, kw_only=True):
    """When the counts begin and end, how many are watched at once, and when what comes back is another incident."""

    start: AtUs
    until: AtUs
    streams: int
    relapse_s: float


def notice(
    facts: pa.Table, night: Night, until: AtUs, usual: Sequence[float] = (), sentry: Sentry | None = None
) -> tuple[Incident, ...]:
    """All incidents that the facts up to `until` (µs UTC) give evidence of, by when they were noticed.

    `usual`: arrivals in each minute of the match clock as earlier nights lead one to expect them (`forecast`) ·
    `sentry`: takes over from here.
    """
    # After the whistle nobody waits for a picture: who leaves then, or does not come, is no sign of anything.
    whistle = night.at(night.schedule.whistle) if night.starts_at else until
    until = AtUs(min(until, whistle))
    columns = read_columns(facts, until)
    if not len(columns.at):
        return ()
    start = night.at(0) if night.starts_at else AtUs(int(columns.at[0]) // US_PER_S * US_PER_S)
    kinds = [(attempts, count(attempts, start=start, until=until)) for attempts in attempts_of(columns)]
    arrivals = silence.count_arrivals(columns, start=start, until=until)
    turned = turned_away(columns)
    told = count(turned.attempts, start=start, until=until)
    streams = sum(len(counts.names) for _, counts in kinds) + len(told.names)
    streams += len(arrivals.names) if arrivals else 0
    relapse_s = RELAPSE_MINUTES * night.match_minute_s
    clock = Clock(start=start, until=until, streams=streams, relapse_s=relapse_s)
    # Most evenings nobody is missing: one look at all cohorts together tells.
    shares = _watched(arrivals, streams) if arrivals else None
    is_missing = shares is not None and shares.next_alarm(after=0) is not None
    found = [_as_told(one, turned, relapse_s) for one in _silences(arrivals, clock)] if arrivals and is_missing else []
    found = _with_told(found, _told(turned, told, clock, sentry), relapse_s)
    if sentry is not None and arrivals and shares and not is_missing:
        sentry.expect(Expected.of(columns, night, usual, shares=shares, names=arrivals.names, streams=clock.streams))
    for attempts, counts in kinds:
        scopes = _spans(attempts, counts, start, streams, sentry)
        found += [
            _incident(attempts.metric, spans, scopes[spans[0]], start, until)
            for spans in incidents_of(list(scopes), relapse_s=relapse_s)
        ]
    if night.starts_at:
        found = _with_lulls(found, _of_everybody(columns, night, until, usual, streams), relapse_s)
    return tuple(sorted(listed(found), key=lambda incident: (incident.noticed_at, incident.metric)))


def listed(found: Sequence[Incident]) -> list[Incident]:
    """Each trouble once: of one metric, at the same time, and in no cohort, it is the same that two tests noticed.

    Where the house fails under a flood, wrong passwords and errors alarm within a second of each other.
    """
    kept: list[Incident] = []
    for incident in sorted(found, key=lambda one: (one.noticed_at, one.began_at)):
        same = next((number for number, one in enumerate(kept) if _is_same(one, incident)), None)
        if same is None:
            kept.append(incident)
        else:
            began, ended = _both(kept[same], incident)
            kept[same] = structs.replace(kept[same], began_at=began, ended_at=ended)
    return kept


def _is_same(one: Incident, other: Incident) -> bool:
    is_placed = any(either.scope.verdict == LOCATED and either.scope.causes for either in (one, other))
    return one.metric is other.metric and not is_placed and _overlap(one, other, 0)


def _with_lulls(found: list[Incident], lulls_found: list[Incident], relapse_s: float) -> list[Incident]:
    """With the silences of everybody that those who are inside leave; one that people tell of besides is the same."""
    echo_us = round(ECHO_RELAPSES * relapse_s * US_PER_S)
    for lull in lulls_found:
        same = next((number for number, one in enumerate(found) if _is_everybodys(one) and _touch(one, lull)), None)
        if same is not None:
            noticed = min(found[same].noticed_at, lull.noticed_at)
            found[same] = structs.replace(found[same], noticed_at=noticed)
        elif not any(one.began_at <= lull.noticed_at and _is_near(one, lull, echo_us) for one in found):
            found.append(lull)
    return found


def _is_everybodys(one: Incident) -> bool:
    return one.metric is Metric.SILENCE and not one.scope.causes


def _touch(one: Incident, other: Incident) -> bool:
    return _overlap(one, other, 0)


def _is_near(one: Incident, lull: Incident, echo_us: int) -> bool:
    """Whether an incident lasted into this silence, or ended so shortly before that its backlog may still be felt."""
    return one.ended_at is None or lull.began_at < one.ended_at + echo_us


def _spans(attempts: Attempts, counts: Counts, start: AtUs, streams: int, sentry: Sentry | None) -> dict[Span, Scope]:
    """Every stretch of failures of one kind, with where it was."""
    watch = Watch(counts, attempts.base, excess=EXCESS, streams=streams)
    second = (attempts.at - start) // US_PER_S
    normal = np.ones(len(second), np.bool_)
    found: dict[Span, Scope] = {}
    after = 0
    while alarm := watch.next_alarm(after=after):
        span, known, scope = _follow(attempts, counts, alarm, second, normal)
        found[span] = scope
        if span.ended is None:
            break
        normal &= (second < span.began) | (second >= span.ended)
        after = max(known, alarm.second) + 1
    if sentry is not None:
        sentry.take_over(attempts, counts, watch, is_open=alarm is not None)
    return found


def _follow(
    attempts: Attempts, counts: Counts, alarm: Alarm, second: NDArray[np.int64], normal: NDArray[np.bool_]
) -> tuple[Span, int, Scope]:
    """Where it is, and how long it lasts there: (span, second in which its end was known, scope).

    Its end is sought in the scope by itself, where the failures are thickest and the end shows soonest; else in the
    cohort that raised the alarm, else in everybody.
    """
    since, seconds = alarm.since, counts.tried.shape[1]
    rows = [(counts.tried[row, since:], counts.failed[row, since:]) for row in (alarm.cohort, 0)]
    ends = [end for tried, failed in rows if (end := calm(tried, failed, alarm.base))]
    last = since + max(ends[0][1], 1) if ends else seconds
    now = (second >= since) & (second < last)
    scope = _where(attempts, now | (normal & (second < since)), now)
    if scope.causes:
        held = _holds(attempts, scope) & (second >= since)
        tried = np.bincount(second[held] - since, minlength=seconds - since).astype(np.float64)
        failed = np.bincount(second[held & attempts.failed] - since, minlength=seconds - since).astype(np.float64)
        ends = [end for end in (calm(tried, failed, alarm.base), *ends) if end]
    ended = since + max(ends[0][1], 1) if ends else None
    known = since + ends[0][0] if ends else seconds
    return Span(noticed=alarm.second + 1, began=since, ended=ended), known, scope


def _where(attempts: Attempts, chosen: NDArray[np.bool_], now: NDArray[np.bool_]) -> Scope:
    """Hold the trials of the incident (`now`) against the other chosen ones."""
    names = list(attempts.dimensions)
    leaves = group(
        names,
        [attempts.dimensions[name].numbers[chosen].astype(np.int64) for name in names],
        [attempts.dimensions[name].names for name in names],
        tried=np.ones(int(chosen.sum())),
        failed=attempts.failed[chosen].astype(np.float64),
        is_now=now[chosen],
        most=LEAVES_LIVE,
    )
    return locate(leaves).scope()


def _holds(attempts: Attempts, scope: Scope) -> NDArray[np.bool_]:
    """The trials that the scope names; all where it names none."""
    held = np.full(len(attempts.at), not scope.causes)
    for cause in scope.causes:
        inside = np.ones(len(held), np.bool_)
        for name, value in cause.items():
            column = attempts.dimensions[name]
            inside &= column.numbers == column.number(value)
        held |= inside
    return held


def _silences(arrivals: Counts, clock: Clock) -> list[Incident]:
    """A silent cohort is its own scope; each is followed until it comes back."""
    found: list[Incident] = []
    start, until, relapse_s = clock.start, clock.until, clock.relapse_s
    for cohort, (dimension, value) in enumerate(arrivals.names):
        spans = _silent_spans(arrivals, cohort, clock.streams, echo_s=round(ECHO_RELAPSES * relapse_s))
        scope = Scope(verdict=LOCATED, causes=({dimension: value},), confidence=SILENT_CONFIDENCE)
        found += [
            _incident(Metric.SILENCE, several, scope, start, until)
            for several in incidents_of(spans, relapse_s=relapse_s)
        ]
    return told_apart(found, echo_us=round(ECHO_RELAPSES * relapse_s * US_PER_S))


def _told(turned: Turned, counts: Counts, clock: Clock, sentry: Sentry | None) -> list[Incident]:
    """Silences that those tell of who were turned away and came at last.

    Each is said as soon as it is known: where it was, and since when, may be clear only once more have come.
    """
    attempts, relapse_s = turned.attempts, clock.relapse_s
    second = (attempts.at - clock.start) // US_PER_S
    found: list[Incident] = []
    after, is_open = 0, False
    watch = Watch(counts, attempts.base, excess=EXCESS, streams=clock.streams)
    while alarm := watch.next_alarm(after=after):
        now = (second >= alarm.since) & (second <= alarm.second + relapse_s)
        scope = _where(attempts, now | ((second >= after) & ~attempts.failed), now)
        since = clock.start + US_PER_S * (alarm.since - COMES_BACK_RELAPSES * relapse_s)
        told = told_of(turned, _holds(attempts, scope), since=since, relapse_s=relapse_s)
        found.append(_incident_told(told, scope, alarm, clock))
        is_open = told is None or not told.is_over
        if told is None or not told.is_over:
            break
        # Who comes back still tells of what is over.
        attempts = structs.replace(attempts, failed=attempts.failed & (turned.last > told.last))
        counts = count(attempts, start=clock.start, until=clock.until)
        watch = Watch(counts, attempts.base, excess=EXCESS, streams=clock.streams)
        after = alarm.second + 1
    if sentry is not None:
        sentry.take_over(attempts, counts, watch, is_open=is_open)
    return found


def _incident_told(told: Told | None, scope: Scope, alarm: Alarm, clock: Clock) -> Incident:
    began = clock.start + alarm.since * US_PER_S if told is None else told.first - told.apart
    ended = None if told is None or not told.is_over else AtUs(min(told.last + told.apart, clock.until))
    return Incident(
        metric=Metric.SILENCE,
        noticed_at=AtUs(min(clock.start + (alarm.second + 1) * US_PER_S, clock.until)),
        began_at=AtUs(max(began, clock.start)),
        ended_at=ended,
        scope=scope,
    )


def _as_told(one: Incident, turned: Turned, relapse_s: float) -> Incident:
    """A silent cohort's incident with its times as those tell who were turned away, where enough of them do."""
    since = one.began_at - relapse_s * US_PER_S
    told = told_of(turned, _holds(turned.attempts, one.scope), since=since, relapse_s=relapse_s)
    if told is None or (one.ended_at is not None and told.first > one.ended_at):
        return one
    ended = one.ended_at
    if told.is_over or (ended is not None and ended < told.last):
        # Its share is back before the last of them are let in, where few tell.
        ended = AtUs(told.last + told.apart)
    began = min(max(one.began_at, told.first - BEFORE_FIRST * told.apart), told.first)
    return structs.replace(one, began_at=AtUs(began), ended_at=ended)


def _with_told(found: list[Incident], told: list[Incident], relapse_s: float) -> list[Incident]:
    """What was missed by its share and told of is one incident, noticed by whichever was sooner."""
    for one in told:
        same = [number for number, other in enumerate(found) if _overlap(other, one, round(relapse_s * US_PER_S))]
        for number in same:
            noticed = max(found[number].began_at, min(found[number].noticed_at, one.noticed_at))
            found[number] = structs.replace(found[number], noticed_at=AtUs(noticed))
        if not same:
            found.append(one)
    return found


def _of_everybody(columns: Columns, night: Night, until: AtUs, usual: Sequence[float], streams: int) -> list[Incident]:
    """Nobody does anything: it names no cohort."""
    start = night.at(0)
    spans = lulls(silence.activity(columns, start=start, until=until), ACTIVITY, night, usual, streams=streams)
    if usual and not spans:
        newcomers = silence.newcomers(columns, start=start, until=until)
        spans = lulls(newcomers, NEWCOMERS, night, usual, streams=streams)
    scope = Scope(verdict=OUTSIDE)
    return [
        _incident(Metric.SILENCE, several, scope, start, until)
        for several in incidents_of(spans, relapse_s=RELAPSE_MINUTES * night.match_minute_s)
    ]


def _watched(arrivals: Counts, streams: int) -> Watch:
    return Watch(
        arrivals, silence.BASE, excess=silence.EXCESS, streams=streams, pooled=False,
        learns_first=silence.LEARNS_FIRST, fold=silence.FOLD,
    )  # fmt: skip


def _silent_spans(arrivals: Counts, cohort: int, streams: int, *, echo_s: int) -> list[Span]:
    """Every silence of one cohort. While its people come back its share is no usual one, and nothing to miss it by."""
    names, tried, failed = (arrivals.names[cohort],), arrivals.tried[[cohort]], arrivals.failed[[cohort]]
    own = Counts(names=names, tried=tried, failed=failed)
    watch = _watched(own, streams)
    spans: list[Span] = []
    after = learns_from = learnt_from = 0
    while alarm := watch.next_alarm(after=after, learns_from=learns_from):
        end = calm(tried[0, alarm.since :], failed[0, alarm.since :], alarm.base, between=silence.halfway)
        ended = None if end is None else alarm.since + max(end[1], 1)
        if is_replaced(arrivals, cohort, alarm, learnt_from=learnt_from, until=ended or tried.shape[1]):
            # Those who still have it are another cohort, known once they, too, have mostly been replaced.
            watch = _watched(own, streams)
            after, learns_from = alarm.second + 1, alarm.second + echo_s
            learnt_from = learns_from
            continue
        spans.append(Span(noticed=alarm.second + 1, began=alarm.since, ended=ended))
        if end is None:
            break
        after = alarm.since + end[0] + 1
        learns_from = spans[-1].began + end[1] + echo_s
    return spans


def told_apart(silences: list[Incident], *, echo_us: int = 0) -> list[Incident]:
    """Silences at the same time are one: who is missing from a provider is missing from its regions too.

    The first to be noticed names the dimension; another cohort of that dimension joins its causes, one of another
    dimension is held for its shadow. When it is over those who were shut out come back at once, and the others' share
    falls: what is noticed within `echo_us` of the end is such an echo.
    """
    kept: list[Incident] = []
    for incident in sorted(silences, key=lambda one: (one.noticed_at, one.began_at)):
        first = next((number for number, one in enumerate(kept) if _overlap(one, incident, echo_us)), None)
        if first is None or (incident.scope.causes == kept[first].scope.causes and _is_after(incident, kept[first])):
            kept.append(incident)
        elif _is_after(incident, kept[first]):
            continue
        elif set(kept[first].scope.causes[0]) == set(incident.scope.causes[0]):
            kept[first] = _joined(kept[first], incident)
    return kept


def _is_after(incident: Incident, first: Incident) -> bool:
    return first.ended_at is not None and incident.noticed_at > first.ended_at


def _overlap(one: Incident, other: Incident, echo_us: int) -> bool:
    return (one.ended_at is None or other.began_at < one.ended_at + echo_us) and (
        other.ended_at is None or one.began_at < other.ended_at
    )


def _joined(one: Incident, other: Incident) -> Incident:
    began, ended = _both(one, other)
    causes = (*one.scope.causes, *(cause for cause in other.scope.causes if cause not in one.scope.causes))
    return Incident(
        metric=one.metric,
        noticed_at=one.noticed_at,
        began_at=began,
        ended_at=ended,
        scope=Scope(verdict=LOCATED, causes=causes, confidence=one.scope.confidence),
    )


def _both(one: Incident, other: Incident) -> tuple[AtUs, AtUs | None]:
    """When the first of two began, and when the last ended; None while one lasts."""
    lasts = one.ended_at is None or other.ended_at is None
    ended = None if lasts else max(one.ended_at or other.began_at, other.ended_at or one.began_at)
    return min(one.began_at, other.began_at), ended


def _incident(metric: Metric, spans: tuple[Span, ...], scope: Scope, start: AtUs, until: AtUs) -> Incident:
    """One incident with its relapses: noticed and begun with the first, ended with the last."""
    ended = spans[-1].ended
    return Incident(
        metric=metric,
        noticed_at=AtUs(min(start + spans[0].noticed * US_PER_S, until)),
        began_at=AtUs(start + spans[0].began * US_PER_S),
        ended_at=None if ended is None else AtUs(min(start + ended * US_PER_S, until)),
        scope=scope,
    )
