"""How does one subscriber's night read? Facts, losses, sums and letters in words of one language."""

from collections.abc import Iterator

from msgspec import Struct

from kickoff.console.cases import CaseNow, FactLine, Watched
from kickoff.console.evening import Evening
from kickoff.console.spelling import local_time, match_clock, money
from kickoff.console.told import told
from kickoff.findings import Case
from kickoff.gestures.explain import Blank, Line
from kickoff.gestures.policy import minutes_lost
from kickoff.night import Night
from kickoff.notices.words import State
from kickoff.units import US_PER_S, AtUs
from kickoff.web.words import Words

_MONEY = ("cents", "cents_per_minute")
_CODED = frozenset({"refused", "start_failed", "sign_in_failed", "ended", "reported"})
"""Facts whose code says what a person would ask next."""


class Moment(Struct, frozen=True, kw_only=True):
    """One line of the night."""

    time: str
    clock: str
    words: str
    kind: str
    """`bad`, `good` or nothing."""


class Story(Struct, frozen=True, kw_only=True):
    """The page for care."""

    account: str
    offer: str
    subject: str
    moments: tuple[Moment, ...]
    more: str
    headline: str
    lines: tuple[str, ...]
    entries: tuple[tuple[str, str, tuple[str, str]], ...]
    """(when, amount, (why, the language that it is in))"""
    stands: str
    spoken: tuple[tuple[str, tuple[str, ...]], ...]
    letters: tuple[tuple[str, str, str], ...]
    """(language, subject, body)"""


class MyEvening(Struct, frozen=True, kw_only=True):
    """The page for the subscriber."""

    what: tuple[str, ...]
    """The last word on the night, in paragraphs."""
    mine: tuple[str, ...]
    gestures: tuple[tuple[str, str], ...]
    """(amount, what for)"""
    gesture_words: str


def case_of(found: CaseNow, night: Night, t: Words) -> Story:
    """The page of one account."""
    stands = sum(entry.amount_cents for entry in found.entries)
    offer = night.offers[found.offer].title if found.offer in night.offers else found.offer
    ordered = sorted(found.letters, key=lambda code: (code != t.code, code))
    return Story(
        account=str(found.account),
        offer=offer or t("care.no_offer"),
        subject=f"{found.subject & 0xFFFF_FFFF_FFFF_FFFF:016x}",
        moments=tuple(moment for _, moment in sorted(_moments(found, night, t), key=lambda one: one[0])),
        more=t("care.more", n=found.more_facts) if found.more_facts else "",
        headline=_headline(found.case, night, t),
        lines=tuple(_line(line, t) for line in found.lines),
        entries=tuple(
            (local_time(night, entry.at), money(entry.amount_cents, t), told(entry.why, t.code))
            for entry in found.entries
        ),
        stands=t("care.stands", total=money(stands, t)) if found.entries else t("care.stands_nothing"),
        spoken=tuple((code, found.letters[code].spoken) for code in ordered),
        letters=tuple(
            (code, found.letters[code].subject, found.letters[code].body)
            for code in ordered
            if found.letters[code].body
        ),
    )


def evening_of(evening: Evening, night: Night, t: Words) -> MyEvening:
    """The page of a subscriber's own evening."""
    said = evening.said
    what: tuple[str, ...] = ()
    if said and said.state is not State.CALM and t.code in said.texts:
        what = tuple(said.texts[t.code].status_page.split("\n\n"))
    gestures = tuple(
        (money(cents, t), t(f"kind.{kind}") if t.has(f"kind.{kind}") else kind)
        for kind, cents in sorted(evening.gestures.items())
    )
    if gestures:
        words = t("evening.given")
    elif evening.case is None:
        words = t("evening.nothing_failed" if evening.is_counted else "evening.not_yet")
    else:
        words = t("evening.not_yet" if minutes_lost(evening.case, night) > 0 else "evening.nothing_lost")
    return MyEvening(
        what=what or (_nothing_said(evening, night, t),),
        mine=_mine(evening, night, t),
        gestures=gestures,
        gesture_words=words,
    )


def _nothing_said(evening: Evening, night: Night, t: Words) -> str:
    """That all was well is said only once it was counted, and never in the place of people who say nothing."""
    is_calm = evening.is_counted and evening.case is None and night.notices.approval == "rule"
    return t("evening.calm" if is_calm else "evening.unsaid", title=night.title)


def _mine(evening: Evening, night: Night, t: Words) -> tuple[str, ...]:
    case = evening.case
    if case is None:
        return (t("evening.no_case" if evening.is_counted else "evening.counting"),)
    first = t(f"met.{case.met}", clock=local_time(night, case.first_at))
    return first, t("evening.lost", minutes=_decimal(round(minutes_lost(case, night), 1), t))


def _headline(case: Case | None, night: Night, t: Words) -> str:
    if case is None:
        return t("care.not_hit")
    return t("care.hit", minutes=_decimal(round(minutes_lost(case, night), 1), t))


def _moments(found: CaseNow, night: Night, t: Words) -> Iterator[tuple[int, Moment]]:
    for fact in found.facts:
        yield fact.at, _moment(fact.at, _fact(fact, night, t), _kind(fact), night, t)
    streams = [(fact.at, fact.fact == "started") for fact in found.facts if fact.fact in {"started", "ended"}]
    for one in found.watched:
        words = t(
            "fact.stalled" if one.is_stalled else "fact.watched",
            channel=_channel(one.channel, night),
            until=local_time(night, one.ends_at),
            n=_seconds(one),
        )
        at = _shown_from(one, streams)
        yield at, _moment(at, words, "bad" if one.is_stalled else "good", night, t)


def _shown_from(one: Watched, streams: list[tuple[AtUs, bool]]) -> AtUs:
    """From when a span is shown: not before the first image of its stream. `streams`: (when, whether one began).

    A beat tells of whole seconds, and may reach back before the image that they showed.
    """
    is_running = [began for at, began in streams if at <= one.begins_at][-1:] == [True]
    if is_running:
        return one.begins_at
    return next((AtUs(at + 1) for at, began in streams if began and one.begins_at < at < one.ends_at), one.begins_at)


def _moment(at: AtUs, words: str, kind: str, night: Night, t: Words) -> Moment:
    clock = match_clock(night, (at - night.at(0)) / US_PER_S, t)
    return Moment(time=local_time(night, at), clock=clock, words=words, kind=kind)


def _fact(fact: FactLine, night: Night, t: Words) -> str:
    key = f"fact.{fact.fact}"
    if not t.has(key):
        return f"{fact.fact} {fact.code}"
    why = ""
    if fact.fact in _CODED and fact.code:
        why = t(f"code.{fact.code}") if t.has(f"code.{fact.code}") else fact.code
    blanks: dict[str, object] = {
        "place": fact.place,
        "wait": _decimal(round(fact.wait_ms / 1000, 1), t),
        "took": _decimal(round(fact.duration_ms / 1000, 1), t),
        "channel": _channel(fact.channel, night),
        "device": t(f"device.{fact.device}") if t.has(f"device.{fact.device}") else fact.device or "?",
        "cdn": fact.cdn or "?",
        "why": why,
    }
    return t(key, **blanks)


def _kind(fact: FactLine) -> str:
    if fact.fact in {"start_failed", "sign_in_failed", "refused", "expelled"} or fact.code == "failed":
        return "bad"
    return "good" if fact.fact in {"started", "signed_in", "passed"} else ""


def _line(line: Line, t: Words) -> str:
    return t(f"owed.{line.key}", **{name: _blank(name, value, t) for name, value in line.blanks.items()})


def _blank(name: str, value: Blank, t: Words) -> str:
    if name in _MONEY and not isinstance(value, str):
        return money(round(value), t)
    if name == "kind":
        return t(f"kind.{value}") if t.has(f"kind.{value}") else str(value)
    return _decimal(value, t) if isinstance(value, float) else str(value)


def _decimal(value: float, t: Words) -> str:
    return f"{value:g}".replace(".", t("format.point"))


def _channel(channel: str, night: Night) -> str:
    return night.channels[channel].title if channel in night.channels else channel or "?"


def _seconds(one: Watched) -> int:
    return round((one.ends_at - one.begins_at) / US_PER_S)
