"""What does the journal say of a night as it stands? The stages one after the other, from audience to impact."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.aftermath.journal import JournalView
from kickoff.audience import measure
from kickoff.causes import explain
from kickoff.facts import Fact
from kickoff.findings import Case, Findings, Impact, Incident, Verdict
from kickoff.impact import Came, estimate
from kickoff.incidents import notice
from kickoff.units import US_PER_S, AtUs

STALLS_ROWS_MAX = 2_000_000
"""Beyond so many facts the beats, ten times as many, are not read for stalls: the night is answered without them."""

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

CAME = (Fact.JOINED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED, Fact.LEASED)
"""Whoever left one of these has come."""


class Evening(Struct, frozen=True, kw_only=True):
    """A night's tables as of one instant: read once, used by every stage."""

    view: JournalView
    facts: pa.Table
    subscribers: pa.Table
    until: AtUs


def findings(view: JournalView) -> Findings:
    """All that can be said of the night up to the view's instant (without one: up to its last fact)."""
    return _findings(read(view))[0]


def cases(view: JournalView) -> tuple[Case, ...]:
    """Every account that was hit, with what it lost: what gestures are decided on."""
    return _findings(read(view))[1]


def findings_and_cases(view: JournalView) -> tuple[Findings, tuple[Case, ...]]:
    """Both, from one reading."""
    return _findings(read(view))


def read(view: JournalView) -> Evening:
    """Read the facts and the subscribers, and fix the instant that the answers are about."""
    facts = view.facts()
    until = view.until
    if until is None:
        until = AtUs(pc.max(facts["at"]).as_py() if len(facts) else view.night.at(0) if view.night.starts_at else 0)
    return Evening(view=view, facts=facts, subscribers=view.subscribers(), until=until)


def incidents(evening: Evening) -> tuple[Incident, ...]:
    """What was noticed. Stalls stand in the beats, which nothing else here needs."""
    facts = evening.facts
    if len(facts) <= STALLS_ROWS_MAX:
        beats = evening.view.facts(columns=BEAT_COLUMNS, where=(Fact.BEAT,))
        facts = pa.concat_tables([facts, beats], promote_options="default")
    return notice(facts, evening.view.night, evening.until)


def verdict(evening: Evening, found: tuple[Incident, ...]) -> Verdict:
    """Why."""
    return explain(evening.facts, evening.subscribers, evening.view.night, found, evening.until)


def impact(evening: Evening, found: tuple[Incident, ...]) -> tuple[Impact, tuple[Case, ...]]:
    """Who was hit."""
    return estimate(
        evening.facts,
        evening.subscribers,
        evening.view.night,
        found,
        earlier=came_before(evening) if found else (),
        until=evening.until,
    )


def came_before(evening: Evening) -> Sequence[Came]:
    """How many had come on each earlier night by the same point of its match clock."""
    night = evening.view.night
    if not night.starts_at:
        return ()
    minutes = (evening.until - night.at(night.schedule.kick_off)) / US_PER_S / night.match_minute_s
    found = []
    for earlier in evening.view.earlier():
        then = earlier.night.at(earlier.night.schedule.kick_off + minutes * earlier.night.match_minute_s)
        came = earlier.facts(columns=("at", "subject"), where=CAME)
        subjects = came.filter(pc.less_equal(came["at"], then))["subject"]
        subscribers = len(earlier.subscribers())
        if subscribers:
            found.append(Came(subscribers=subscribers, came=len(pc.unique(subjects))))
    return tuple(found)


def _findings(evening: Evening) -> tuple[Findings, tuple[Case, ...]]:
    view = evening.view
    found = incidents(evening)
    hit, those = impact(evening, found)
    answer = Findings(
        night=view.night.name,
        until=evening.until,
        audience=measure(view.spans(), evening.facts, view.night, evening.until),
        incidents=found,
        verdict=verdict(evening, found),
        impact=hit,
    )
    return answer, those
