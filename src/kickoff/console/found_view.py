"""What is wrong, since when, where, why, how many, what is there to do? The findings in the words of one language."""

from collections.abc import Sequence

from msgspec import Struct

from kickoff.console.spelling import local_of_utc, local_time
from kickoff.console.told import parted, told, told_in_parts
from kickoff.findings import Findings, Impact, Incident, Metric, Verdict
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs
from kickoff.web.words import Words

EVIDENCE_MAX = 4
BESIDE_MAX = 2
_SHARE_MIN = 1
"""Percent: a cause that is less likely takes a line of the screen for nothing."""


class Trouble(Struct, frozen=True, kw_only=True):
    """One incident."""

    headline: str
    """What, and where."""
    when: str
    """Since when, when it was noticed, and how long it has lasted or when it ended."""
    is_on: bool


class Share(Struct, frozen=True, kw_only=True):
    """One cause with its probability."""

    name: str
    percent: int


class Sign(Struct, frozen=True, kw_only=True):
    """One piece of evidence."""

    words: str
    language: str
    facts: str
    """The facts it was read from, by their names in the journal."""
    when: str
    """From when to when they lie there: `21:42:24–21:59:03`."""


class Found(Struct, frozen=True, kw_only=True):
    """Incidents, verdict and impact in words."""

    incidents: tuple[Trouble, ...]
    """Those that go on first."""
    verdict: str
    shares: tuple[Share, ...]
    evidence: tuple[Sign, ...]
    settles: tuple[str, str]
    todo: str
    """What an operator does about this cause; empty where nothing goes on."""
    hit: str
    how: tuple[str, str]
    """How that was counted, and its language."""

    @property
    def is_on(self) -> bool:
        """Whether something goes on now."""
        return any(one.is_on for one in self.incidents)


def found_of(findings: Findings | None, night: Night, t: Words) -> Found | None:
    """The part of the screen; None before the journal was read."""
    if findings is None:
        return None
    verdict, impact = findings.verdict, findings.impact
    incidents = sorted(findings.incidents, key=lambda one: one.ended_at is not None)
    is_on = any(one.ended_at is None for one in incidents)
    weighed = sorted((one for one in verdict.evidence if one.weight), key=lambda one: -one.weight)
    # What weighs nothing says where, and what only looks like an attack: that is asked first all the same.
    likely = [*weighed[:EVIDENCE_MAX], *[one for one in verdict.evidence if not one.weight][:BESIDE_MAX]]
    return Found(
        incidents=tuple(_trouble(one, night, findings.until, t) for one in incidents),
        verdict=t(f"verdict.{verdict.verdict}"),
        shares=_shares(verdict, t) if incidents else (),
        evidence=tuple(_sign(one.fact, night, findings.until, t) for one in likely),
        settles=told(verdict.settles, t.code),
        todo=t(f"todo.{verdict.verdict}") if is_on else "",
        hit=_hit(impact, t),
        how=told_in_parts(impact.how, t.code) if impact.total.high else ("", t.code),
    )


def troubled(findings: Findings | None, metrics: Sequence[Metric]) -> bool:
    """Whether an incident of one of these kinds goes on: some fail on any night, and are nobody's alarm."""
    return any(one.ended_at is None and one.metric in metrics for one in (findings.incidents if findings else ()))


def _hit(impact: Impact, t: Words) -> str:
    total = impact.total
    if total.high == 0:
        return ""
    low, high = max(total.low, impact.seen), max(total.high, impact.seen)
    key = "hit.words" if low < high else "hit.all_seen" if impact.seen == high else "hit.about"
    return t(key, n=impact.seen, seen=impact.seen, low=low, high=high)


def _shares(verdict: Verdict, t: Words) -> tuple[Share, ...]:
    likely = sorted(verdict.probabilities.items(), key=lambda pair: -pair[1])
    shares = [Share(name=_word(t, "cause", name), percent=round(share * 100)) for name, share in likely]
    return tuple(one for one in shares if one.percent >= _SHARE_MIN)


def _sign(fact: str, night: Night, until: AtUs, t: Words) -> Sign:
    said, seen = parted(fact)
    words, language = told(said, t.code)
    clocks = [local_of_utc(night, clock, near=until) for clock in (seen.began, seen.ended) if clock]
    return Sign(words=words, language=language, facts=seen.facts, when="–".join(dict.fromkeys(clocks)))


def _trouble(incident: Incident, night: Night, until: AtUs, t: Words) -> Trouble:
    began, noticed = local_time(night, incident.began_at), local_time(night, incident.noticed_at)
    if incident.ended_at is None:
        state = t("incident.on", lasted=_lasted((until - incident.began_at) / US_PER_S, t))
    else:
        state = t("incident.until", clock=local_time(night, incident.ended_at))
    return Trouble(
        headline=t("incident.headline", what=_word(t, "metric", str(incident.metric)), where=_where(incident, t)),
        when=t("incident.when", began=began, noticed=noticed, state=state),
        is_on=incident.ended_at is None,
    )


def _lasted(seconds: float, t: Words) -> str:
    """42 s, 3 min 20 s."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return t("incident.minutes", minutes=minutes, seconds=rest) if minutes else t("incident.seconds", seconds=rest)


def _where(incident: Incident, t: Words) -> str:
    scope = incident.scope
    if scope.verdict != "located":
        return _word(t, "scope", scope.verdict)
    causes = [" + ".join(_part(name, value, t) for name, value in cause.items()) for cause in scope.causes]
    return "; ".join(causes) or t("scope.everywhere")


def _part(dimension: str, value: str, t: Words) -> str:
    said = _word(t, "device", value) if dimension == "device" else value
    return t(f"where.{dimension}", value=said) if t.has(f"where.{dimension}") else f"{dimension} = {value}"


def _word(t: Words, table: str, name: str) -> str:
    return t(f"{table}.{name}") if name and t.has(f"{table}.{name}") else name
