"""How is the night told to those who were not there? One self-contained page, for the screen and for paper.

The first page answers what a director asks; what follows shows how it is known.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from msgspec import Struct

from kickoff.aftermath import report_words as say
from kickoff.aftermath.calibration import calibrated
from kickoff.aftermath.outcomes import ANSWER_MS, MENDED_S
from kickoff.aftermath.report_acts import acts
from kickoff.aftermath.report_plots import plots
from kickoff.aftermath.report_series import Curves, curves
from kickoff.aftermath.summary import Answers
from kickoff.facts import Fact
from kickoff.findings import Evidence, Incident
from kickoff.night import Gesture, Night
from kickoff.notices.words import Notice
from kickoff.units import US_PER_S, AtUs, Cents, euros, instant
from kickoff.web.assets import FOLDER as WEB

FOLDER = Path(__file__).parent / "templates"
BARS_MAX = 8
"""Values of a dimension that are shown; the rest is one bar."""
EVENTS = {
    "kick_off": "Kick-off",
    "goal": "Goal",
    "half_time": "Half-time",
    "second_half": "Second half",
    "penalties": "Penalties",
    "whistle": "Final whistle",
}
EVENTS_MAX = 60
REASONS_MAX = 5
EVIDENCE_MAX = 15
CLOCKS = {"Half-time": "45'", "Final whistle": "90'"}
"""What the match clock says at these, however long the halves of this night were."""
_MINUTES = re.compile(r"[\d.]+ min, ")


class Event(Struct, frozen=True, kw_only=True):
    """One line of the timeline."""

    at: AtUs
    clock: str
    time: str
    what: str
    kind: str = ""


def story(found: Answers, facts: pa.Table, said: Notice, *, open_seconds: Sequence[int] | None) -> dict[str, Any]:
    """All that the report says, by the names that its templates use.

    `facts`: `report_series.FACTS` of the night; `open_seconds`: the audience with the door open to all.
    """
    night, findings, moved = found.night, found.findings, curves(facts, found.night)
    return {
        "night": night,
        "kind": _kind(found),
        "zone": f"time ({night.time_zone})",
        "headline": say.headline(found),
        "answers": say.answers(found, moved),
        "both": found.with_door is not None and found.without_door is not None,
        "sides": say.sides(found),
        "plots": plots(findings, moved, night, open_seconds),
        "timeline": _timeline(found, facts, moved),
        "channels": _channels(found),
        "reach_minutes": f"{findings.audience.reach_threshold_s / night.match_minute_s:.0f}",
        "line": found.line,
        "calibration": calibrated(facts),
        "incidents": [_incident(one, night) for one in findings.incidents],
        "hit_by": [
            (say.DIMENSIONS.get(name, name), _bars(name, counts, night)) for name, counts in findings.impact.by.items()
        ],
        "measured": say.measured,
        "impact": findings.impact,
        "probabilities": sorted(findings.verdict.probabilities.items(), key=lambda item: -item[1]),
        "percent": say.percent,
        "evidence": _strongest(findings.verdict.evidence),
        "settles": findings.verdict.settles.rstrip("."),
        "offers": list(_offers(found)),
        "allotment": found.allotment,
        "left_out": _left_out(found),
        "tomorrow": found.tomorrow,
        "said": said.texts,
        "until": f"{_local(findings.until, night):%H:%M:%S}",
        "facts_read": facts.num_rows,
        "mended_s": MENDED_S,
        "answer_s": ANSWER_MS // 1000,
    }


def page(told: Mapping[str, Any]) -> bytes:
    """The report as one page with everything in it."""
    style = "\n".join(path.read_text("utf-8") for path in (WEB / "design.css", FOLDER / "report.css"))
    return _template().render(style=style, **told).encode()


def _kind(found: Answers) -> str:
    """The line above the title."""
    night = found.night
    kind = f"{night.notices.service} · the night's report · {_local(night.at(0), night):%-d %B %Y}"
    return kind if found.with_door is not None else f"{kind} · played with the door open to all"


def _timeline(found: Answers, facts: pa.Table, moved: Curves) -> list[Event]:
    """What happened when: the match, the line, the incidents, what people did about it."""
    night = found.night
    told = [(night.at(night.schedule.doors), "The doors open", "")]
    told += _match(facts, night)
    if len(moved.waiting) and moved.waiting.max() > 0:
        longest = int(moved.waiting.argmax())
        told.append((night.at(longest), f"The line is longest: {int(moved.waiting[longest]):,} waiting", ""))
    audience = found.findings.audience
    if audience.peak_at is not None:
        told.append((audience.peak_at, f"Most watch at once: {audience.peak:,} households", ""))
    for one in found.findings.incidents:
        told += _told(one)
    told += [(at, what, "") for at, what in acts(facts)]
    events = [
        Event(
            at=at,
            clock=CLOCKS.get(what) or night.match_clock((at - night.at(0)) / US_PER_S),
            time=f"{_local(at, night):%H:%M:%S}",
            what=what,
            kind=kind,
        )
        for at, what, kind in told
    ]
    return sorted(events, key=lambda event: event.at)[:EVENTS_MAX]


def _match(facts: pa.Table, night: Night) -> list[tuple[AtUs, str, str]]:
    """The instants of the match as they were told; where nobody told them, as they were planned."""
    rows = facts.filter(pc.field("fact") == str(Fact.MATCH)).to_pylist()
    told = [(AtUs(row["at"]), str(row["code"])) for row in rows]
    planned = [(night.at(at), code) for code, at in night.match_events()]
    return [(at, EVENTS.get(code, code), "match") for at, code in told or planned]


def _told(one: Incident) -> Iterator[tuple[AtUs, str, str]]:
    what = say.METRICS[one.metric]
    yield one.began_at, f"An incident begins: {what}", "incident"
    after = f"{(one.noticed_at - one.began_at) / US_PER_S:.1f} s"
    yield one.noticed_at, f"It is noticed, after {after}: {say.where(one.scope)}", "incident"
    if one.ended_at is not None:
        yield one.ended_at, f"It is over ({what})", "incident"


def _incident(one: Incident, night: Night) -> dict[str, str]:
    return {
        "what": say.METRICS[one.metric],
        "began": say.clock(one.began_at, night),
        "noticed_after": f"{(one.noticed_at - one.began_at) / US_PER_S:.1f} s",
        "ended": say.clock(one.ended_at, night) or "lasts",
        "where": say.where(one.scope),
    }


def _channels(found: Answers) -> list[tuple[str, object]]:
    titles = {name: channel.title for name, channel in found.night.channels.items()}
    by_channel = found.findings.audience.by_channel
    return [
        ("all channels", found.findings.audience),
        *((titles.get(name, name), one) for name, one in by_channel.items()),
    ]


def _strongest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that weighs most; of the same words only the weightiest."""
    ranked = sorted(evidence, key=lambda one: -abs(one.weight))
    return list({one.fact: one for one in reversed(ranked)}.values())[::-1][:EVIDENCE_MAX]


def _bars(dimension: str, counts: Mapping[str, int], night: Night) -> list[tuple[str, int, float]]:
    """(value, count, share of the largest): the largest first, the small ones together."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, rest = ranked[:BARS_MAX], sum(count for _, count in ranked[BARS_MAX:])
    shown += [("others", rest)] if rest else []
    top = max((count for _, count in shown), default=0) or 1
    return [(say.named(dimension, name, night), count, count / top) for name, count in shown]


def _offers(found: Answers) -> Iterator[dict[str, object]]:
    policy = found.night.gestures
    for offer, (count, cents) in found.allotment.by_offer().items():
        rule = policy.offers.get(offer) if policy else None
        yield {
            "offer": found.night.offers[offer].title if offer in found.night.offers else offer,
            "rule": _rule(rule) if rule else "",
            "count": count,
            "average": say.euros_of(cents / count),
            "total": euros(cents),
        }


def _rule(rule: Gesture) -> str:
    floor, cap = euros(Cents(rule.floor_cents)), euros(Cents(rule.cap_cents))
    return f"{rule.kind}, {rule.cents_per_minute} cents a minute lost, {floor} to {cap}"


def _left_out(found: Answers) -> str:
    """Why some get nothing: each reason with how many, without the minutes of each."""
    reasons = Counter(_MINUTES.sub("", one.why) for one in found.allotment.left_out)
    return "; ".join(f"{why} ({count:,})" for why, count in reasons.most_common(REASONS_MAX))


def _local(at: AtUs, night: Night) -> datetime:
    return instant(at).astimezone(ZoneInfo(night.time_zone))


def _template() -> Template:
    return _environment().get_template("report.html")


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
