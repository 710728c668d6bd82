"""What does a director ask the morning after, and what is the answer in a sentence? Findings in, plain words out.

No sentence claims a cause that the verdict does not carry, and every number stands with its unit.
"""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from kickoff.aftermath.outcomes import Outcome
from kickoff.aftermath.report_series import Curves, Floats
from kickoff.aftermath.summary import Answers
from kickoff.aftermath.tomorrow import Tomorrow
from kickoff.findings import Cause, Impact, Incident, Metric, Scope
from kickoff.night import Channel, Night, Offer
from kickoff.notices.words import main_incident
from kickoff.units import US_PER_S, AtUs, Cents, euros

CAUSES = {
    Cause.CAPACITY: "Capacity",
    Cause.MALICE: "Malice",
    Cause.FAULT: "A fault",
    Cause.MIXED: "More than one cause",
    Cause.NONE: "Nothing was wrong",
    Cause.TOO_EARLY: "Too early to say",
}
METRICS = {
    Metric.START_FAILURES: "starts failed",
    Metric.SIGN_IN_FAILURES: "sign-ins failed",
    Metric.EXITS_BEFORE_START: "people left before the picture came",
    Metric.STALLS: "pictures stopped",
    Metric.SILENCE: "streams fell silent",
}
DIMENSIONS = {
    "cdn": "delivery network",
    "isp": "access provider",
    "app": "application version",
    "device": "device",
    "region": "region",
    "channel": "channel",
    "offer": "offer",
    "met": "what they met first",
    "lost": "match lost, minutes",
}
MET = {
    "start_failed": "a failed start",
    "sign_in_failed": "a failed sign-in",
    "refused": "a refusal",
    "expelled": "being put out",
    "stalled": "a stopped picture",
}
LOST = {"0": "none", "<1": "less than 1", "1-5": "1 to 5", "5-15": "5 to 15", "more": "15 or more"}
OUTCOMES = (
    ("pictures_10s", "households with a picture 10 s after kick-off", True),
    ("pictures_60s", "households with a picture 60 s after kick-off", True),
    ("sign_ins_failed", "sign-ins that failed", False),
    ("black_screens", "households with a black screen", False),
    ("without_picture", "households that came and never had a picture", False),
    ("expelled", "households thrown out while watching", False),
)
"""Key of an `Outcome`, its words, and whether more is better."""
RUSH_S = 10
"""The rush is measured over so many seconds."""


class Answer(Struct, frozen=True, kw_only=True):
    """One question of the day after."""

    question: str
    figure: str
    words: str


def answers(found: Answers, curves: Curves) -> tuple[Answer, ...]:
    """The first page: each question with its answer."""
    return (_watched(found), _hit(found), _why(found), _owed(found), _door(found), _tomorrow(found, curves))


def headline(found: Answers) -> str:
    """The evening in one sentence or two."""
    audience, incident = found.findings.audience, main_incident(found.findings)
    watched = f"{audience.average:,} households watched on average, {audience.peak:,} at the peak."
    if incident is None:
        return f"{watched} No incident was noticed."
    low, high = _hit_between(found.findings.impact)
    return (
        f"{watched} {_from_to(incident, found.night)} {METRICS[incident.metric]}: "
        f"{_between(low, high)} households were hit."
    )


def clock(at: AtUs | None, night: Night) -> str:
    """An instant by the match clock."""
    return "" if at is None else night.match_clock((at - night.at(0)) / US_PER_S)


def where(scope: Scope) -> str:
    """A scope in words."""
    if scope.verdict == "located" and not scope.causes:
        return "everywhere"
    if scope.verdict != "located":
        told = {"cannot_tell": "it cannot be told where", "outside": "in nothing that the journal records"}
        return told.get(scope.verdict, scope.verdict)
    return " and ".join(
        ", ".join(f"{DIMENSIONS.get(dimension, dimension)} {value}" for dimension, value in cause.items())
        for cause in scope.causes
    )


def sides(found: Answers) -> list[tuple[str, int | None, int | None, bool]]:
    """(what, with the door, without, more is better): the night played twice."""
    return [
        (words, _figure(found.with_door, key), _figure(found.without_door, key), good)
        for key, words, good in OUTCOMES
        if key != "pictures_60s" or _lasts_a_minute(found.night)
    ]


def named(dimension: str, value: str, night: Night) -> str:
    """A value of a dimension as one says it."""
    if dimension == "met":
        return MET.get(value, value)
    if dimension == "lost":
        return LOST.get(value, value)
    titles: Mapping[str, Offer | Channel] = night.offers if dimension == "offer" else night.channels
    is_titled = dimension in {"offer", "channel"} and value in titles
    return titles[value].title if is_titled else value or "not known"


def measured(value: float) -> str:
    """A number of the evidence: three figures, grouped where it is large."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(share: float) -> str:
    """`93 %`, unbreakable; never a full 100 or a bare 0 where some doubt is left."""
    if 0.995 <= share < 1:
        return "over 99\u00a0%"
    return "under 1\u00a0%" if 0 < share < 0.005 else f"{100 * share:.0f}\u00a0%"


def _watched(found: Answers) -> Answer:
    audience = found.findings.audience
    minutes = audience.reach_threshold_s / found.night.match_minute_s
    channels = "; ".join(
        f"{found.night.channels[name].title if name in found.night.channels else name} {channel.average:,}"
        for name, channel in audience.by_channel.items()
    )
    return Answer(
        question="How many watched?",
        figure=f"{audience.average:,}",
        words=f"households on average between kick-off and whistle; {audience.peak:,} at the peak"
        f"{_at_clock(audience.peak_at, found.night)}. {audience.reach:,} watched for at least "
        f"{minutes:.0f} min of the match. On average: {channels}.",
    )


def _hit(found: Answers) -> Answer:
    impact, incident = found.findings.impact, main_incident(found.findings)
    low, high = _hit_between(impact)
    if not high:
        return Answer(question="Who was hit?", figure="Nobody", words="No household was seen without a picture.")
    rest = "nothing points to others" if low == high else "the range holds the true number nine times in ten"
    are = "All" if impact.seen == high else f"{impact.seen:,}"
    words = f"households. {are} of them are in the journal; {rest}."
    if incident is not None:
        is_told = incident.scope.verdict == "located" and incident.scope.causes
        sure = f" ({percent(incident.scope.confidence)} sure)" if is_told else ""
        words += f" Where: {where(incident.scope)}{sure}."
    return Answer(question="Who was hit?", figure=f"{low:,}" if low == high else f"{low:,} – {high:,}", words=words)


def _why(found: Answers) -> Answer:
    verdict = found.findings.verdict
    probability = verdict.probabilities.get(verdict.verdict)
    sure = f", {percent(probability)}" if probability is not None and verdict.verdict in _NAMED else ""
    others = ", ".join(
        f"{name} {percent(value)}"
        for name, value in sorted(verdict.probabilities.items(), key=lambda item: -item[1])
        if name != verdict.verdict
    )
    settles = f" What would settle it: {verdict.settles.rstrip('.')}." if verdict.settles else ""
    told = "The other causes" if verdict.verdict in _NAMED else "So far"
    return Answer(
        question="Why, and how sure are we?",
        figure=f"{CAUSES[verdict.verdict]}{sure}",
        words=f"{told}: {others}.{settles}",
    )


def _owed(found: Answers) -> Answer:
    allotment = found.allotment
    if not allotment.granted:
        return Answer(question="What do we owe?", figure="Nothing", words=allotment.how)
    each = "; ".join(
        f"{_offer(offer, found.night)} {count:,}\u00a0×\u00a0{euros_of(cents / count)}"
        for offer, (count, cents) in allotment.by_offer().items()
    )
    state = "Granted, each once." if found.posted else "Not granted yet: the list waits for approval by two people."
    return Answer(
        question="What do we owe?",
        figure=euros(allotment.total_cents),
        words=f"to {len(allotment.granted):,} subscribers, on average by offer: {each}. {state}",
    )


def _door(found: Answers) -> Answer:
    question = "What did the door change?"
    if found.with_door is None or found.without_door is None:
        alone = "with the door open to all" if found.with_door is None else "with the door"
        words = f"The night was played {alone} only; played both ways, this page sets them side by side."
        return Answer(question=question, figure="–", words=words)
    with_door, without = found.with_door, found.without_door
    pictures, later = (
        ((with_door.pictures_60s, without.pictures_60s), "a minute")
        if _lasts_a_minute(found.night)
        else ((with_door.pictures_10s, without.pictures_10s), "10 seconds")
    )
    return Answer(
        question=question,
        figure=f"{pictures[0]:,} / {pictures[1]:,}",
        words=f"households with a picture {later} after kick-off, with the door and without it. "
        f"Black screens: {with_door.black_screens:,} against {without.black_screens:,}; came and never had a picture: "
        f"{with_door.without_picture:,} against {without.without_picture:,}; thrown out while watching: "
        f"{with_door.expelled:,} against {without.expelled:,}.",
    )


def _tomorrow(found: Answers, curves: Curves) -> Answer:
    longest = int(np.argmax(curves.waiting)) if len(curves.waiting) else 0
    waiting = int(curves.waiting[longest]) if len(curves.waiting) else 0
    if found.tomorrow is not None:
        return _rehearsed(found.tomorrow)
    if not waiting:
        return Answer(
            question="And the next match?",
            figure="No line",
            words="Nobody had to wait tonight. A crowd like this one is carried by the same servers.",
        )
    rush, served = _most(curves.joins_per_s), _most(np.diff(curves.passed, prepend=0.0))
    words = (
        f"households stood in line when it was longest, at {_clock_of(longest, found.night)}. In the rush "
        f"{rush:.0f} a second came and {served:.0f} a second were let in: to take such a crowd without a line, "
        f"capacity has to be {rush / max(served, 0.1):.1f} times tonight's."
    )
    return Answer(question="And the next match?", figure=f"{waiting:,}", words=f"{words}{_tightest(curves)}")


def _rehearsed(tomorrow: Tomorrow) -> Answer:
    """The next match, as it was rehearsed with tonight's faults."""
    named = "tonight's match once more" if tomorrow.is_tonight_again else tomorrow.title
    tightest = max(tomorrow.binding, key=lambda one: tomorrow.binding[one], default="")
    held = f" What holds the line is {tightest.replace('_', '-')}." if tightest and tomorrow.line_peak else ""
    kept = "No rule of the door breaks" if not tomorrow.broken else f"{len(tomorrow.broken)} rules of the door break"
    return Answer(
        question="And the next match?",
        figure=f"{tomorrow.line_peak:,} in line" if tomorrow.line_peak else "No line",
        words=f"at the worst, of {tomorrow.came:,} who come: {named}, rehearsed with tonight's faults on servers that "
        f"carry what tonight's did. Half wait at most {tomorrow.waited_p50_s:.0f} s, one in twenty more than "
        f"{tomorrow.waited_p95_s:.0f} s; {tomorrow.thrown_out:,} are thrown out. {kept}.{held}",
    )


def _tightest(curves: Curves) -> str:
    """What held the line back: the dependency that was busiest when people waited."""
    is_waiting = curves.waiting > 0
    busy = {name: float(np.mean(used[is_waiting])) for name, used in curves.utilisation.items() if np.any(is_waiting)}
    if not busy:
        return ""
    name = max(busy, key=lambda one: busy[one])
    return (
        f" Tightest: {name.replace('_', '-')}, {busy[name]:.0f} % busy while people waited, measured to carry "
        f"{curves.capacity_per_s[name]:,.0f} a second."
    )


_NAMED = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)


def _lasts_a_minute(night: Night) -> bool:
    """Whether there is an instant a minute after kick-off to look at."""
    return night.schedule.kick_off + 60 <= night.schedule.end


def _most(per_s: Floats) -> float:
    """The most a second, over `RUSH_S` seconds."""
    if len(per_s) < RUSH_S:
        return float(np.max(per_s, initial=0.0))
    return float(np.max(np.convolve(per_s, np.ones(RUSH_S), mode="valid"))) / RUSH_S


def _from_to(incident: Incident, night: Night) -> str:
    began = clock(incident.began_at, night)
    return f"From {began}" + (f" to {clock(incident.ended_at, night)}" if incident.ended_at is not None else "")


def _hit_between(impact: Impact) -> tuple[int, int]:
    """The range of all who were hit, in words: what was counted is no guess, so it begins no lower."""
    return max(impact.total.low, impact.seen), max(impact.total.high, impact.seen)


def _between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"between {low:,} and {high:,}"


def _clock_of(second: int, night: Night) -> str:
    return night.match_clock(float(second))


def _at_clock(at: AtUs | None, night: Night) -> str:
    return "" if at is None else f" ({clock(at, night)})"


def _offer(offer: str, night: Night) -> str:
    return night.offers[offer].title if offer in night.offers else offer


def euros_of(cents: float) -> str:
    """An average amount."""
    return euros(Cents(round(cents)))


def _figure(outcome: Outcome | None, key: str) -> int | None:
    found: Mapping[str, int] = {} if outcome is None else {name: getattr(outcome, name) for name, _, _ in OUTCOMES}
    return found.get(key)
