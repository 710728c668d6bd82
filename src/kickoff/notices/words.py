"""Which sentences say what was found, and no more? Findings in, words in each language out.

    what happened · since when · whom it concerns · how many · why, as far as the verdict goes · what is next

A cause is named only when the verdict is that cause, and then with how sure it is. `mixed`, `none` and `too_early` name
none. Where it happened is said only when it has been located with more than even odds.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from kickoff.findings import Cause, Findings, Incident
from kickoff.night import Night
from kickoff.units import AtUs, instant

Tongue = Mapping[str, Any]
"""Every sentence of one language: the tree of `words/LANGUAGE.toml`."""

POST_MAX = 280
"""Characters that a post holds."""
LARGE_SHARE = 0.25
"""An incident is large when it hits so many of those who watched or wanted to."""
LOCATED_FROM = 0.5
SHORT_MINUTE_S = 30.0
"""A match whose minutes are shorter than this is told by the second."""
ALMOST_FROM, FAIRLY_FROM = 0.95, 0.75
"""Probabilities of the cause from which its words grow firmer."""
CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)
"""The verdicts that name a cause."""


class State(StrEnum):
    """How things stand."""

    CALM = "calm"
    OPEN = "open"
    MENDED = "mended"


class Texts(Struct, frozen=True, kw_only=True):
    """One notice in one language, for each place where it stands."""

    title: str
    waiting_page: str
    player: str
    status_page: str
    """Paragraphs, an empty line between them."""
    post: str
    """At most `POST_MAX` characters."""
    mail_subject: str
    mail_body: str


class Notice(Struct, frozen=True, kw_only=True):
    """What is to be said now. Empty texts of waiting page and player: nothing is wrong, nothing is said there."""

    state: State
    cause: Cause
    at: AtUs
    corrects: Cause | None
    """The cause that was named before and is not any more."""
    incident: str
    """What the incident is called: stays the same from the first word to the last; empty when calm."""
    metric: str
    is_large: bool = False
    """A large share of all is hit."""
    texts: dict[str, Texts]


def notice(findings: Findings, night: Night, tongues: Mapping[str, Tongue], before: Sequence[Notice] = ()) -> Notice:
    """What to say of these findings in each language. `before`: what was said already, oldest first."""
    incident = main_incident(findings)
    cause = findings.verdict.verdict if incident else Cause.NONE
    named = next((said for said in reversed(before) if said.incident == _name_of(incident, night)), None)
    corrected = named if incident and named and named.cause in CAUSES and named.cause is not cause else None
    return Notice(
        state=State.CALM if incident is None else State.MENDED if incident.ended_at is not None else State.OPEN,
        cause=cause,
        at=findings.until,
        corrects=corrected.cause if corrected else None,
        incident=_name_of(incident, night),
        metric=incident.metric if incident else "",
        is_large=findings.impact.total.mid >= LARGE_SHARE * max(1, findings.audience.reach),
        texts={
            code: _Speaker(findings, night, tongue, incident, corrected).texts() for code, tongue in tongues.items()
        },
    )


def unsaid(night: Night, tongues: Mapping[str, Tongue], at: AtUs, *, then: AtUs | None = None) -> Notice:
    """Where people publish: the page before anybody has. `then`: when they said what they have taken back since."""
    return Notice(
        state=State.CALM, cause=Cause.NONE, at=at, corrects=None, incident="", metric="",
        texts={code: _unsaid(night, tongue, then) for code, tongue in tongues.items()},
    )  # fmt: skip


def main_incident(findings: Findings) -> Incident | None:
    """The one that is spoken of: of those that last, else of all, the one that hit most; on a tie the first noticed."""
    hit = findings.impact.by_incident or (0,) * len(findings.incidents)
    ranked = zip(findings.incidents, hit, strict=True)
    first = min(ranked, key=lambda one: (one[0].ended_at is not None, -one[1], one[0].noticed_at), default=None)
    return first[0] if first else None


def clock(at: AtUs, night: Night, tongue: Tongue) -> str:
    """The wall clock of where the night is played, as the language writes it: `21:04`, `21 h 04`."""
    local = instant(at).astimezone(ZoneInfo(night.time_zone))
    # On a night of a few minutes, hours and minutes alone would say nothing.
    kind = "clock" if night.match_minute_s >= SHORT_MINUTE_S else "clock_short_night"
    return str(tongue[kind]).format(hour=local.hour, minute=local.minute, second=local.second)


def number(value: int, tongue: Tongue) -> str:
    """A whole number as the language groups it."""
    return f"{value:,}".replace(",", tongue["thousands"])


class _Speaker:
    """Speaks one language about one state of things."""

    def __init__(
        self, findings: Findings, night: Night, tongue: Tongue, incident: Incident | None, corrected: Notice | None
    ) -> None:
        self._findings = findings
        self._night = night
        self._tongue = tongue
        self._incident = incident
        self._corrected = corrected

    def texts(self) -> Texts:
        if self._incident is None:
            return self._calm()
        what, why, following = self._what(self._incident), self._why(), self._next(self._incident)
        where, who, correction = self._where(self._incident), self._who(), self._correction()
        title, do = self._title(self._incident), self._tongue["do"]
        is_open = self._incident.ended_at is None
        keep, stay = (do["waiting_page"], do["player"]) if is_open else ("", "")
        other_ways = self._alternatives() if is_open else ""
        owed = self._tongue["next"]["gesture"] if self._night.gestures else ""
        return Texts(
            title=title,
            waiting_page=_joined(what, why, keep, other_ways),
            player=_joined(what, why, following, stay, other_ways),
            status_page=_paragraphs(correction, _joined(what, where, who), why, _joined(following, other_ways)),
            post=_short([what, correction, why, following]),
            mail_subject=title,
            mail_body=self._letter([correction, _joined(what, where, who), why, _joined(following, owed), other_ways]),
        )

    def _calm(self) -> Texts:
        calm = self._tongue["calm"]
        body = calm["body"].format(title=self._night.title)
        return Texts(
            title=calm["title"], waiting_page="", player="", status_page=body, post=_short([body]),
            mail_subject=calm["title"], mail_body=self._letter([body], sorry=False),
        )  # fmt: skip

    def _title(self, incident: Incident) -> str:
        short = self._tongue["what_short"][incident.metric]
        kind = "open" if incident.ended_at is None else "mended"
        return str(self._tongue["title"][kind]).format(title=self._night.title, what_short=short)

    def _what(self, incident: Incident) -> str:
        blanks = {"title": self._night.title, "began": self._clock(incident.began_at)}
        if incident.ended_at is None:
            return str(self._tongue["what"][incident.metric]).format(**blanks)
        return str(self._tongue["what_past"][incident.metric]).format(ended=self._clock(incident.ended_at), **blanks)

    def _where(self, incident: Incident) -> str:
        scope, words = incident.scope, self._tongue["where"]
        if scope.verdict != "located" or not scope.causes or scope.confidence <= LOCATED_FROM:
            return ""
        places = dict.fromkeys(self._place(cause) for cause in scope.causes)
        return str(words["sentence"]).format(places=self._tongue["and"].join(places))

    def _place(self, cause: Mapping[str, str]) -> str:
        """One set of dimension = value. A delivery network's name says nothing to those who are served by it."""
        words, parts = self._tongue["where"], []
        for dimension, value in cause.items():
            said = self._tongue["device"].get(value, value) if dimension == "device" else value
            parts.append(words.get(dimension, words["other"]).format(value=said))
        return str(self._tongue["comma"]).join(parts)

    def _who(self) -> str:
        impact, words = self._findings.impact, self._tongue["who"]
        if not impact.total.high:
            return ""
        # What was counted is no guess: a range around it begins there, and one that ends there says no more than it.
        low, high = max(impact.total.low, impact.seen), max(impact.total.high, impact.seen)
        kind = "some" if low < high else "counted" if impact.seen == high else "about"
        counts = {"low": low, "high": high, "seen": impact.seen}
        return str(words[kind]).format(**{name: number(count, self._tongue) for name, count in counts.items()})

    def _why(self) -> str:
        verdict = self._findings.verdict
        probability = verdict.probabilities.get(verdict.verdict, 0.0)
        sure = "almost" if probability >= ALMOST_FROM else "fairly" if probability >= FAIRLY_FROM else "barely"
        return str(self._tongue["why"][verdict.verdict]).format(sure=self._tongue["sure"][sure])

    def _correction(self) -> str:
        if self._corrected is None:
            return ""
        before = self._tongue["why_short"][self._corrected.cause]
        return str(self._tongue["correction"]["cause"]).format(then=self._clock(self._corrected.at), before=before)

    def _next(self, incident: Incident) -> str:
        if incident.ended_at is not None:
            return str(self._tongue["next"]["mended"])
        following = self._findings.verdict.next_statement_at
        return str(self._tongue["next"]["open"]).format(next=self._clock(following)) if following else ""

    def _alternatives(self) -> str:
        # The night file names them in French and English; another language falls back on English.
        is_french = self._tongue["name"] == "Français"
        return _joined(*(other.fr if is_french else other.en for other in self._night.alternatives))

    def _letter(self, parts: Sequence[str], *, sorry: bool = True) -> str:
        words = self._tongue["mail"]
        closing = words["closing"].format(service=self._night.notices.service)
        return _paragraphs(words["greeting"], *parts, words["sorry"] if sorry else "", closing)

    def _clock(self, at: AtUs) -> str:
        return clock(at, self._night, self._tongue)


def _unsaid(night: Night, tongue: Tongue, then: AtUs | None) -> Texts:
    words = tongue["unsaid"]
    blanks = {"title": night.title, "then": clock(then, night, tongue) if then is not None else ""}
    title = str(words["title"])
    body = str(words["body" if then is None else "taken_back"]).format(**blanks)
    return Texts(
        title=title,
        waiting_page="",
        player="",
        status_page=body,
        post=_short([body]),
        mail_subject=title,
        mail_body=body,
    )


def _name_of(incident: Incident | None, night: Night) -> str:
    return f"{night.name}-{incident.metric}-{incident.noticed_at}" if incident else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _short(sentences: Sequence[str]) -> str:
    """As many whole sentences as a post holds, the first always; cut where even that is too long."""
    first, *others = sentences
    text = first if len(first) <= POST_MAX else f"{first[: POST_MAX - 1]}…"
    for sentence in others:
        if len(longer := _joined(text, sentence)) <= POST_MAX:
            text = longer
    return text
