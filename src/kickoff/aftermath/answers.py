"""What does the journal say of a night as it stands? The stages one after the other, from audience to impact."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.aftermath.complaints import read_complaints
from kickoff.aftermath.journal import JournalView
from kickoff.audience import measure
from kickoff.causes import explain
from kickoff.facts import Fact
from kickoff.findings import Audience, Case, Findings, Impact, Incident, Verdict
from kickoff.forecast import FIRST_MINUTE, MINUTES, EarlierNight, usual_arrivals
from kickoff.impact import estimate
from kickoff.incidents import Sentry, notice
from kickoff.numbered import apart, numbered
from kickoff.units import US_PER_S, AtUs

COLUMNS = (
    "at", "fact", "subject", "stream", "offer", "channel", "device", "app", "isp", "region", "cdn", "source", "lane",
    "place", "duration_ms", "code", "dependency", "utilisation", "queue_ms",
)  # fmt: skip
"""What the stages read of a fact."""

STALLS_ROWS_MAX = 2_000_000
"""Beyond so many facts the beats, ten times as many, are not read for stalls: the night is answered without them."""

BEATS_MAX = 20_000_000
"""Nor are more beats than these: 60 bytes each, and a multiple while they are put in order."""

BEAT_COLUMNS = (
    "at",
    "fact",
    "subject",
    "stream",
    "stalled_ms",
    "cdn",
    "isp",
    "app",
    "device",
    "region",
    "channel",
    "offer",
)
"""What the search for stalls reads of a beat."""

COHORTS = ("isp", "region", "device", "app")
"""What a household brings along: its share of those who come hardly moves from night to night."""

CAME = (Fact.JOINED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED, Fact.LEASED)
"""Whoever left one of these has come."""


class Evening(Struct, frozen=True, kw_only=True):
    """A night's tables as of one instant: read once, used by every stage."""

    view: JournalView
    facts: pa.Table
    subscribers: pa.Table
    until: AtUs
    earlier: tuple[EarlierNight, ...] = ()
    complaints: pa.Table | None = None
    """Those made elsewhere, up to the same instant."""
    beats: pa.Table | None = None
    """`BEAT_COLUMNS` of all beats, where they are at hand; else they are read when they are needed. Empty where there
    are too many."""


def findings(view: JournalView) -> Findings:
    """All that can be said of the night up to the view's instant (without one: up to its last fact)."""
    return _findings(read(view))[0]


def cases(view: JournalView) -> tuple[Case, ...]:
    """Every account that was hit, with what it lost: what gestures are decided on."""
    return _findings(read(view))[1]


def findings_of(evening: Evening, *, audience: Audience, sentry: Sentry) -> Findings:
    """The same of an evening that is at hand, with an audience that was measured before."""
    return _findings(evening, audience=audience, sentry=sentry)[0]


def findings_and_cases(view: JournalView) -> tuple[Findings, tuple[Case, ...]]:
    """Both, from one reading."""
    return _findings(read(view))


def read(view: JournalView) -> Evening:
    """Read the facts and the subscribers, and fix the instant that the answers are about."""
    facts = numbered(view.facts(columns=COLUMNS, coded=True))
    until = view.until
    if until is None:
        until = AtUs(pc.max(facts["at"]).as_py() if len(facts) else view.night.at(0) if view.night.starts_at else 0)
    return Evening(
        view=view,
        facts=facts,
        subscribers=view.subscribers(),
        until=until,
        earlier=earlier_nights(view),
        complaints=read_complaints(view.folder, until=until, minute_s=view.night.match_minute_s),
    )


def incidents(evening: Evening, sentry: Sentry | None = None) -> tuple[Incident, ...]:
    """What was noticed, and from where a sentry goes on. Stalls stand in the beats, which nothing else here needs."""
    facts = evening.facts
    if len(facts) <= STALLS_ROWS_MAX:
        beats = evening.beats
        if beats is None and not evening.view.has_beats_over(BEATS_MAX):
            beats = evening.view.facts(columns=BEAT_COLUMNS, where=(Fact.BEAT,), coded=True)
        if beats is not None and len(beats):
            facts = numbered(pa.concat_tables([apart(facts), beats], promote_options="default"))
    usual = usual_arrivals(evening.earlier, len(evening.subscribers))
    return notice(facts, evening.view.night, evening.until, usual, sentry)


def verdict(evening: Evening, found: tuple[Incident, ...]) -> Verdict:
    """Why."""
    return explain(
        evening.facts, evening.subscribers, evening.view.night, found, evening.until, complaints=evening.complaints
    )


def impact(evening: Evening, found: tuple[Incident, ...]) -> tuple[Impact, tuple[Case, ...]]:
    """Who was hit."""
    return estimate(
        evening.facts,
        evening.subscribers,
        evening.view.night,
        found,
        earlier=evening.earlier,
        until=evening.until,
        complaints=evening.complaints,
    )


def watched(evening: Evening) -> Audience:
    """Who watched."""
    return measure(evening.view.spans(), apart(evening.facts), evening.view.night, evening.until)


def earlier_nights(view: JournalView) -> tuple[EarlierNight, ...]:
    """How many households had come, minute by minute of the match clock, on each earlier night under this root."""
    if not view.night.starts_at:
        return ()
    found = (_earlier_night(one) for one in view.earlier())
    return tuple(night for night in found if night is not None)


def _earlier_night(view: JournalView) -> EarlierNight | None:
    subscribers = len(view.subscribers())
    came = view.facts(columns=("at", "subject", *COHORTS), where=CAME)
    came = came.filter(pc.is_valid(came["subject"]))
    if not subscribers or not len(came):
        return None
    subject, at = came["subject"].to_numpy(), came["at"].to_numpy()
    # Rows lie by time: the first of each subject is when it came.
    _, first = np.unique(subject, return_index=True)
    night = view.night
    minute = (at[first] - night.at(night.schedule.kick_off)) / (US_PER_S * night.match_minute_s)
    slot = np.clip(np.floor(minute) - FIRST_MINUTE, 0, MINUTES - 1).astype(np.int64)
    arrivals = tuple(np.bincount(slot, minlength=MINUTES).tolist())
    return EarlierNight(subscribers=subscribers, arrivals=arrivals, cohorts=_cohorts(came.take(pa.array(first))))


def _cohorts(came: pa.Table) -> dict[str, dict[str, int]]:
    counted = {name: pc.value_counts(came[name].drop_null()).to_pylist() for name in COHORTS}
    return {name: {row["values"]: row["counts"] for row in rows} for name, rows in counted.items() if rows}


def _findings(
    evening: Evening, *, audience: Audience | None = None, sentry: Sentry | None = None
) -> tuple[Findings, tuple[Case, ...]]:
    found = incidents(evening, sentry)
    hit, those = impact(evening, found)
    answer = Findings(
        night=evening.view.night.name,
        until=evening.until,
        audience=audience or watched(evening),
        incidents=found,
        verdict=verdict(evening, found),
        impact=hit,
    )
    return answer, those
