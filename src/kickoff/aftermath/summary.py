"""What are the night's answers, for machines? `summary.json`: later keys are added, none is renamed or taken away."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from kickoff.aftermath.outcomes import LineFigures, Outcome
from kickoff.aftermath.tomorrow import Tomorrow
from kickoff.findings import Findings, Incident
from kickoff.gestures.policy import Allotment
from kickoff.night import Night
from kickoff.notices.words import main_incident
from kickoff.units import US_PER_S, iso

Json = dict[str, Any]


class Answers(Struct, frozen=True, kw_only=True):
    """All that the closing of a night has found out and decided."""

    night: Night
    findings: Findings
    line: LineFigures
    with_door: Outcome | None
    """None: the night was played with the door open to all."""
    without_door: Outcome | None
    """None: it was not played so."""
    allotment: Allotment
    tomorrow: Tomorrow | None = None
    """None: the next match was not rehearsed."""
    posted: bool
    """Whether the ledger holds the gestures; else they wait for approval."""


def summary(answers: Answers) -> Json:
    """The document, in the order people ask."""
    found, night = answers.findings, answers.night
    return {
        "night": night.name,
        "title": night.title,
        "starts_at": night.starts_at,
        "until": iso(found.until),
        "audience": _audience(found),
        "door": _plain(answers.line),
        "with_door": _plain(answers.with_door),
        "without_door": _plain(answers.without_door),
        "incident": _incident(found, main_incident(found)),
        "impact": {
            "seen": found.impact.seen,
            "low": found.impact.total.low,
            "high": found.impact.total.high,
            "mid": found.impact.total.mid,
            "user_hours": round(found.impact.user_hours, 3),
            "by": found.impact.by,
            "how": found.impact.how,
        },
        "gestures": _gestures(answers.allotment, posted=answers.posted),
        "tomorrow": _plain(answers.tomorrow),
    }


def _audience(found: Findings) -> Json:
    audience = found.audience
    return {
        "unit": audience.unit,
        "average": audience.average,
        "peak": audience.peak,
        "peak_at": None if audience.peak_at is None else iso(audience.peak_at),
        "reach": audience.reach,
        "reach_threshold_s": round(audience.reach_threshold_s, 3),
        "by_channel": {name: _plain(channel) for name, channel in audience.by_channel.items()},
    }


def _incident(found: Findings, incident: Incident | None) -> Json:
    verdict = found.verdict
    told: Mapping[str, Any] = {"noticed_after_s": None, "scope": None}
    if incident is not None:
        told = {
            "noticed_after_s": (incident.noticed_at - incident.began_at) / US_PER_S,
            "scope": msgspec.to_builtins(incident.scope),
            "metric": str(incident.metric),
            "began_at": iso(incident.began_at),
            "noticed_at": iso(incident.noticed_at),
            "ended_at": None if incident.ended_at is None else iso(incident.ended_at),
        }
    return {
        **told,
        "cause": str(verdict.verdict),
        "probabilities": {name: round(value, 6) for name, value in verdict.probabilities.items()},
        "incidents": len(found.incidents),
    }


def _gestures(allotment: Allotment, *, posted: bool) -> Json:
    return {
        "granted": len(allotment.granted),
        "total_cents": allotment.total_cents,
        "by_offer": {
            offer: {"granted": count, "total_cents": cents} for offer, (count, cents) in allotment.by_offer().items()
        },
        "left_out": len(allotment.left_out),
        "budget_cents": allotment.budget_cents,
        "how": allotment.how,
        "posted": posted,
    }


def _plain(found: Struct | None) -> Json | None:
    return None if found is None else msgspec.structs.asdict(found)
