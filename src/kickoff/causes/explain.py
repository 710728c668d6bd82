"""Why did it happen, how sure is that, and what would settle it?"""

from collections.abc import Callable, Sequence
from math import exp

import pyarrow as pa
from msgspec import Struct, structs

from kickoff.causes.attacks import Stretch, stretches_of
from kickoff.causes.attacks import signs_of as signs_of_stretch
from kickoff.causes.bounds import MALICE_SURE, SURE
from kickoff.causes.complaints import complaint_evidence
from kickoff.causes.evening import Evening, Window, window_of
from kickoff.causes.kept import place_evidence
from kickoff.causes.signs import Sign, signs_of
from kickoff.causes.storms import attack_rows, storm_of
from kickoff.causes.weigh import Weighed, attack_chance, incident_chances, weighed, weighed_attack
from kickoff.causes.weights import CAUSES, UNNOTICED
from kickoff.causes.whereabouts import of_incident, of_stretch
from kickoff.findings import Cause, Evidence, Incident, Verdict
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

FAILURES_MIN = 15
"""Fewer failures than this bear no verdict."""
SECONDS_MIN = 10
"""Nor does an incident that has only just begun."""
MALICE_DOUBT = 0.02
"""A mixture with less malice than this is one of capacity and fault."""
MALICE_SIGNS = 2
"""So many signs must each favour malice by more than a factor of e before it is said, one of them of `WHO`."""
WHO = frozenset({"devices_per_network", "went_on", "alike"})
"""Signs of who is at work. That much is wrong, a broken check of passwords shows as well."""
OF_LOAD = frozenset({"queue_ms", "utilisation", "slower", "surge"})
"""Signs of load. That things run out of time, a broken line shows as well: one of these must favour capacity by more
than a factor of e in each incident before it is said."""
EVIDENCE_MAX = 24
"""So many pieces of evidence are told, the weightiest first."""
STATEMENT_MINUTES = 10
"""Minutes of the match until the next statement."""

SETTLES = {
    Cause.TOO_EARLY: "more attempts: the signs so far do not tell the causes apart",
    Cause.NONE: "nothing: there is nothing to explain",
    Cause.CAPACITY: "a load test at this night's arrival rate; the dependency's health once the crowd is gone",
    Cause.FAULT: "the change log and the error log of what the scope names, at the minute it began",
    Cause.MALICE: "the networks and accounts that took part, held against the account holders' own words",
    Cause.MIXED: "each incident by itself, in the order in which they began",
}


NOTHING_READ = "facts: nothing has been read up to this instant, so nothing was observed"
"""What would settle it before the first row."""


class Case(Struct, frozen=True, kw_only=True):
    """One incident with what was read from it."""

    incident: Incident
    window: Window
    signs: tuple[Sign, ...]


class Suspicion(Struct, frozen=True, kw_only=True):
    """One stretch with what was read from it."""

    stretch: Stretch
    signs: tuple[Sign, ...]


class Weighing(Struct, frozen=True, kw_only=True):
    """What the signs come to."""

    incidents: tuple[dict[Cause, float], ...]
    """The probability of each cause, for each incident."""
    noticed: bool
    """Whether there is any incident, also one of which it is too early to tell."""
    attack: float
    """That a stretch is an attack: the likeliest one's."""
    malice_signs: int
    """Signs that favour malice by more than a factor of e."""
    loaded: tuple[bool, ...] = ()
    """For each incident, whether there is a sign of load beside what the failures say of themselves."""
    observed: bool = True
    """Whether anything was read at all."""

    @property
    def malice(self) -> float:
        """The probability that malice has a part in it."""
        return max([self.attack, *(one[Cause.MALICE] for one in self.incidents)])


class Opinion(Struct, frozen=True, kw_only=True):
    """What was read from a night, and what it comes to."""

    suspicions: tuple[Suspicion, ...]
    cases: tuple[Case, ...]
    complained: tuple[Evidence, ...]
    weighing: Weighing
    probabilities: dict[Cause, float]


IsAttack = Callable[[Suspicion], bool]


def explain(
    facts: pa.Table,
    subscribers: pa.Table,
    night: Night,
    incidents: tuple[Incident, ...],
    until: AtUs,
    *,
    complaints: pa.Table | None = None,
) -> Verdict:
    """Weigh the signs of each incident, and of what looks like an attack; one verdict for the night.

    facts, subscribers: the journal's tables, columns may be missing · until: µs UTC, no later row is used ·
    complaints: those made elsewhere (at, source, count), evidence that something is wrong and no more.
    """
    evening = Evening(facts, until)
    opinion = weigh(evening, night, incidents, complaints)
    told = [*evidence_of(opinion), *_unweighed(evening, opinion, subscribers), *opinion.complained]
    over = bool(night.starts_at) and until >= night.at(night.schedule.end)
    pause_us = round(STATEMENT_MINUTES * night.match_minute_s * US_PER_S)
    verdict = said(opinion.probabilities, opinion.weighing)
    return Verdict(
        verdict=verdict,
        probabilities={str(cause): round(chance, 4) for cause, chance in opinion.probabilities.items()},
        evidence=tuple(told),
        settles=SETTLES[verdict] if opinion.weighing.observed else NOTHING_READ,
        next_statement_at=None if over else AtUs(until + pause_us),
    )


def weigh(evening: Evening, night: Night, incidents: Sequence[Incident], complaints: pa.Table | None) -> Opinion:
    """Read every sign, and add up what they are worth."""
    suspicions, cases = read(evening, night, incidents, is_likely_attack)
    ripe = [case for case in cases if _is_ripe(case)]
    weighing = Weighing(
        incidents=tuple(incident_chances(case.signs) for case in ripe),
        noticed=bool(cases),
        attack=max((attack_chance(one.stretch.kind, one.signs) for one in suspicions), default=0.0),
        malice_signs=_malice_signs(ripe, suspicions),
        loaded=tuple(_is_loaded(case) for case in ripe),
        observed=bool(len(evening.at)),
    )
    complained = complaint_evidence(complaints, night, evening.until)
    return Opinion(
        suspicions=suspicions,
        cases=cases,
        complained=tuple(complained),
        weighing=weighing,
        probabilities=combined(weighing, complaints=sum(one.weight for one in complained)),
    )


def read(
    evening: Evening, night: Night, incidents: Sequence[Incident], is_attack: IsAttack
) -> tuple[tuple[Suspicion, ...], tuple[Case, ...]]:
    """Every sign that the evening holds. `is_attack` says whose rows count as an attacker's load."""
    if not len(evening.at):
        return (), ()
    minute_us = max(1, round(night.match_minute_s * US_PER_S))
    suspicions = tuple(
        Suspicion(stretch=stretch, signs=tuple(signs_of_stretch(evening, stretch)))
        for stretch in stretches_of(evening, minute_us=minute_us)
    )
    # What the door refuses burdens nothing behind it.
    burdens = (one.stretch.rows for one in suspicions if one.stretch.kind != "refusals" and is_attack(one))
    attack = attack_rows(evening, burdens)
    windows = [(incident, window_of(evening, incident)) for incident in incidents]
    cases = tuple(
        Case(
            incident=incident,
            window=window,
            signs=signs_of(evening, incident, window, minute_us=minute_us, attack=attack),
        )
        for incident, window in windows
    )
    return suspicions, cases


def is_likely_attack(suspicion: Suspicion) -> bool:
    """Whether a stretch is rather an attack than not."""
    return attack_chance(suspicion.stretch.kind, suspicion.signs) > 0.5


def _is_ripe(case: Case) -> bool:
    window = case.window
    long_enough = case.incident.ended_at is not None or window.ended - window.began >= SECONDS_MIN * US_PER_S
    # A silence is made of those who are not there: its own test has counted them.
    return long_enough and (window.failures >= FAILURES_MIN or case.incident.metric == "silence")


def combined(weighing: Weighing, *, complaints: float = 0.0) -> dict[Cause, float]:
    """The probability of each verdict; they add up to one.

    One cause alone is as likely as it is for the incident that it explains least; what is left over is a mixture. An
    attack beside incidents of another cause is one, too. Where nothing was noticed something may be at work all the
    same: `UNNOTICED` of the nights, by cause; `complaints` is the log likelihood ratio of what is said elsewhere, for
    something over nothing. Where nothing was read each is as likely as the others.
    """
    attack = weighing.attack
    if not weighing.observed:
        return dict.fromkeys((*CAUSES, Cause.MIXED, Cause.NONE), 0.2)
    if weighing.incidents:
        alone = {cause: min(one[cause] for one in weighing.incidents) for cause in CAUSES}
        found = {cause: alone[cause] * (1.0 if cause is Cause.MALICE else 1 - attack) for cause in CAUSES}
        return {**found, Cause.MIXED: max(0.0, 1 - sum(found.values())), Cause.NONE: 0.0}
    if weighing.noticed:
        # Too few failures to weigh: what is usual.
        return {**incident_chances(()), Cause.MIXED: 0.0, Cause.NONE: 0.0}
    likelier = exp(complaints)
    hidden = {cause: share * likelier / (1 + share * (likelier - 1)) for cause, share in UNNOTICED.items()}
    still = max(0.0, 1 - sum(hidden.values()))
    found = {cause: (1 - attack) * hidden[cause] for cause in CAUSES}
    found[Cause.MALICE] += attack * (still + hidden[Cause.MALICE])
    found[Cause.MIXED] = attack * (hidden[Cause.CAPACITY] + hidden[Cause.FAULT])
    found[Cause.NONE] = (1 - attack) * still
    total = sum(found.values())
    return {cause: chance / total for cause, chance in found.items()}


def said(
    probabilities: dict[Cause, float], weighing: Weighing, *, sure: float = SURE, malice_sure: float = MALICE_SURE
) -> Cause:
    """The likeliest where it is likely enough. Malice, alone or in a mixture, must be surer and have two signs.

    Capacity must have a sign of load: failures that ran out of time are one sign, and a broken line's as well.
    """
    if not weighing.observed or (weighing.noticed and not weighing.incidents):
        return Cause.TOO_EARLY
    best = max(probabilities, key=lambda cause: probabilities[cause])
    if best in {Cause.MALICE, Cause.MIXED} and weighing.malice > MALICE_DOUBT:
        is_sure = weighing.malice >= malice_sure and weighing.malice_signs >= MALICE_SIGNS
        if not is_sure:
            return Cause.TOO_EARLY
    if best is Cause.CAPACITY and not all(weighing.loaded):
        return Cause.TOO_EARLY
    return best if probabilities[best] >= sure else Cause.TOO_EARLY


def _is_loaded(case: Case) -> bool:
    found = [weighed(sign) for sign in case.signs if sign.name in OF_LOAD]
    return any(one.favours is Cause.CAPACITY and one.weight > 1 for one in found)


def _malice_signs(cases: Sequence[Case], suspicions: Sequence[Suspicion]) -> int:
    found = [weighed(sign) for case in cases for sign in case.signs]
    found += [weighed_attack(sign, Cause.CAPACITY) for one in suspicions for sign in one.signs]
    speaking = {one.sign.name for one in found if one.favours is Cause.MALICE and one.weight > 1}
    return len(speaking) if speaking & WHO else 0


def evidence_of(opinion: Opinion) -> list[Evidence]:
    """Strongest first, each with where to see it; what weighs nothing is none.

    Where there are several incidents, or several stretches, each says of which it speaks.
    """
    cases, chances = opinion.cases, opinion.probabilities
    otherwise = max((cause for cause in CAUSES if cause is not Cause.MALICE), key=lambda cause: chances[cause])
    found = []
    for case in cases:
        name = _named(case, cases)
        where = of_incident(case.incident.metric, case.window.began, case.window.ended)
        found += [_told(name, weighed(sign), where(sign.name)) for sign in case.signs]
    for one in opinion.suspicions:
        name = f"{one.stretch.kind}: " if len(opinion.suspicions) > 1 else ""
        where = of_stretch(one.stretch.kind, one.stretch.began, one.stretch.ended)
        found += [_told(name, weighed_attack(sign, otherwise), where(sign.name)) for sign in one.signs]
    return sorted((one for one in found if one.weight > 0), key=lambda one: (-one.weight, one.fact))[:EVIDENCE_MAX]


def _told(name: str, one: Weighed, where: str) -> Evidence:
    """In the figures of its sentence: what was weighed is the model's own."""
    sign = one.sign
    return Evidence(
        fact=f"{name}{sign.words} ({where})",
        value=round(sign.measure if sign.value is None else sign.value, 4),
        expected=round(one.expected if sign.expected is None else sign.expected, 4),
        favours=one.favours,
        weight=round(one.weight, 3),
    )


def _unweighed(evening: Evening, opinion: Opinion, subscribers: pa.Table) -> list[Evidence]:
    """What tells no cause and yet has to be known of each incident: where it is, and who tries again and again.

    Genuine people who do look like a flood; they are counted and called what they are.
    """
    attack = attack_rows(evening, (one.stretch.rows for one in opinion.suspicions if is_likely_attack(one)))
    found = []
    for case in opinion.cases:
        name, where = (
            _named(case, opinion.cases),
            of_incident(case.incident.metric, case.window.began, case.window.ended),
        )
        places = place_evidence(evening, case.incident, case.window)
        storm = storm_of(evening, case.window, subscribers, attack=attack)
        found += [structs.replace(one, fact=f"{name}{one.fact} ({where('place')})") for one in places]
        found += [structs.replace(one, fact=f"{name}{one.fact} ({where('failed')})") for one in storm]
    return found


def _named(case: Case, cases: Sequence[Case]) -> str:
    return f"{str(case.incident.metric).replace('_', ' ')}: " if len(cases) > 1 else ""
