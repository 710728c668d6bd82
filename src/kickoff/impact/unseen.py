"""How many were hit and never seen as accounts? Each part by one method, with its 90 % range."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_INT, Fact
from kickoff.findings import Incident, Metric, Range
from kickoff.forecast import EarlierNight
from kickoff.impact.away import unseen_of
from kickoff.impact.losses import Losses, failures_of, met_in, unanswered
from kickoff.impact.rows import Rows
from kickoff.impact.silences import Silence, silence_of
from kickoff.night import Night
from kickoff.numbered import integers
from kickoff.units import US_PER_S, AtUs

Z90 = 1.645
OVERLAP_MIN = 10
"""Accounts on both lists, from which on two lists can be held against each other."""
TROUBLED = ("black_screen", "error", "sign_in", "buffering")
NOISE_REPORTED = 0.002
"""Of all who come, those who report trouble on an evening without any."""
DEPENDENCE = 2.0
"""By how much the error of two lists is widened: who fails complains more, and who complains was seen more often."""
EDGE_S = 90
"""Seconds before and after an incident whose failures may have been its own."""
HOMES = (0.86, 0.97, 1.0)
"""Households a device that failed and never became an account's: at least, about, at most, nine times in ten."""

MACHINES_MIN, MACHINES_PER_HOME = 5, 3
"""More failing devices than these from one network, and so many for each household's row there, are machines'."""

ONCE_FOR_AGAIN = 1.5
"""Devices that try once, for each that tries again: more than that are machines."""
MOST = 0.6
ONCE_MIN = 200
"""Where fewer devices failed, too many of one kind cannot be told."""

NOBODY = Range(low=0, mid=0, high=0)


class Part(Struct, frozen=True, kw_only=True):
    """One part of those who were not seen, and how it was found, for the sentence that is read aloud."""

    range: Range
    words: str
    of: Incident | None = None
    """The incident that shut them out, where it is one."""


class Known(Struct, frozen=True, kw_only=True):
    """What the parts are told from."""

    rows: Rows
    losses: Losses
    incidents: tuple[Incident, ...]
    night: Night
    earlier: Sequence[EarlierNight]
    until: AtUs


def unseen_parts(known: Known) -> list[Part]:
    """Every part that the journal allows to estimate; empty when there was no incident."""
    if not known.incidents:
        return []
    parts = [_nameless(known), *_silent(known), _unanswered(known), _at_the_edges(known), _recaptured(known)]
    return [part for part in parts if part.range.high > 0 or part.range.low < 0]


def hit_in_each(known: Known, parts: Sequence[Part]) -> tuple[int, ...]:
    """How many each incident hit: those seen to fail in it, and the middle of those whom its silence shut out.

    Of the devices those from machines' networks are left out, and of the others as many as try once too often in all.
    """
    losses, is_machine = known.losses, _are_machines(known.rows, known.losses)
    devices = int((~losses.is_account & ~is_machine).sum())
    people = 1 - max(0, _tried_once(known) - int(is_machine.sum())) / max(1, devices)
    found = []
    for incident in known.incidents:
        failed = np.isin(losses.account, np.concatenate([np.zeros(0, np.int32), *_failed_in(known, incident)]))
        accounts, others = failed & losses.is_account, failed & ~losses.is_account & ~is_machine
        silent = sum(part.range.mid for part in parts if part.of is incident)
        found.append(int(accounts.sum()) + round(people * int(others.sum())) + silent)
    return tuple(found)


def _failed_in(known: Known, incident: Incident) -> list[NDArray[np.int32]]:
    return [known.rows.account[failed] for _, failed, _ in met_in(known.rows, incident, known.until)]


def add(ranges: Sequence[Range]) -> Range:
    """Independent parts: middles add up, half-widths add in quadrature on each side."""
    mid = sum(one.mid for one in ranges)
    below = sqrt(sum((one.mid - one.low) ** 2 for one in ranges))
    above = sqrt(sum((one.high - one.mid) ** 2 for one in ranges))
    return Range(low=round(mid - below), mid=mid, high=round(mid + above))


def silences(known: Known) -> list[Silence]:
    """What is known of each silence."""
    return [one for _, one in _silences(known)]


def _silences(known: Known) -> list[tuple[Incident, Silence]]:
    found = [
        (incident, silence_of(known.rows, incident, known.night, known.earlier, known.until))
        for incident in known.incidents
        if incident.metric is Metric.SILENCE
    ]
    return [(incident, one) for incident, one in found if one is not None]


def _nameless(known: Known) -> Part:
    """Devices that failed and are tied to no account: an account each, or fewer where a household tried with several.

    With no line there is no place to tie them by. Then those accounts that were seen to be hit later in the evening
    may be the same households, and the lower end leaves them out. Devices that come by the dozen from a network
    without households are a machine's.
    """
    rows, losses = known.rows, known.losses
    devices = int((~losses.is_account).sum())
    machines = max(int(_are_machines(rows, losses).sum()), _tried_once(known))
    untied = np.zeros(len(rows.subjects), np.bool_)
    untied[rows.account[rows.is_fact(Fact.SIGNED_IN) & (integers(rows.table, "place", NULL_INT) < 0)]] = True
    twice = min(devices, int(untied[losses.account[losses.is_account]].sum()))
    low, mid, high = (round(share * (devices - machines)) for share in HOMES)
    words = f"{devices - machines:,} devices failed before their account was known" if devices > machines else ""
    if machines:
        words += f"{' and ' if words else ''}{machines:,} that look like machines' are not counted"
    return Part(range=Range(low=max(0, low - twice), mid=max(0, mid - twice // 2), high=high), words=words)


def _are_machines(rows: Rows, losses: Losses) -> NDArray[np.bool_]:
    """Devices that failed from networks with many of their kind and next to no household; over the losses."""
    source, devices = integers(rows.table, "source", 0), np.flatnonzero(~losses.is_account)
    networks, number = np.unique(source[losses.first_row[devices]], return_inverse=True)
    homes = np.unique(source[rows.is_account & (source != 0)], return_counts=True)
    slot = np.minimum(np.searchsorted(homes[0], networks), max(0, len(homes[0]) - 1))
    there = np.where(homes[0][slot] == networks, homes[1][slot], 0) if len(homes[0]) else np.zeros(len(networks))
    failed = np.bincount(number, minlength=len(networks))
    of_machines = (networks != 0) & (failed > MACHINES_MIN) & (failed > MACHINES_PER_HOME * there)
    found = np.zeros(len(losses.account), np.bool_)
    found[devices] = of_machines[number]
    return found


def _tried_once(known: Known) -> int:
    """Devices too many that failed once and were not seen again.

    Where most attempts fail, people fail again, more than one in two of them; where few do, the next one succeeds.
    """
    rows, attempts = known.rows, known.losses.attempts[~known.losses.is_account]
    held = np.zeros(len(rows.at), np.bool_)
    for incident in known.incidents:
        ended = known.until if incident.ended_at is None else incident.ended_at
        held |= (rows.at >= incident.began_at) & (rows.at <= ended)
    good = int((held & rows.is_fact(Fact.SIGNED_IN)).sum())
    if attempts.sum() < MOST * (attempts.sum() + good):
        return 0
    once, again = int((attempts == 1).sum()), int((attempts > 1).sum())
    return max(0, once - round(ONCE_FOR_AGAIN * again)) if once + again > ONCE_MIN else 0


def _unanswered(known: Known) -> Part:
    """Who pressed play, and of whom nothing more was heard: a player that fails cannot always say so.

    Some of those stand in any evening's journal; so many are taken off.
    """
    rows, parts = known.rows, []
    lost, hit = unanswered(rows, known.until), known.losses.account
    began = rows.is_fact(Fact.STARTED)
    for incident in known.incidents:
        if incident.metric not in {Metric.START_FAILURES, Metric.EXITS_BEFORE_START}:
            continue
        ended = known.until if incident.ended_at is None else incident.ended_at
        now, before = (rows.at >= incident.began_at) & (rows.at <= ended), rows.at < incident.began_at
        rate = float((lost & before).sum() + 0.5) / float((began & before).sum() + 100)
        usual = rate * float((began & now).sum())
        more = len(np.setdiff1d(rows.account[lost & now], hit))
        spread = Z90 * sqrt(more + usual**2 / ((lost & before).sum() + 0.5))
        mid = max(0.0, more - usual)
        parts.append(Range(low=round(max(0.0, mid - spread)), mid=round(mid), high=round(min(mid + spread, more + 1))))
    whole = add(parts) if parts else NOBODY
    words = f"some {whole.mid:,} pressed play, and nothing more was heard of them" if whole.mid else ""
    return Part(range=whole, words=words)


def _silent(known: Known) -> list[Part]:
    """Those who met no door and never told."""
    found = []
    for incident, one in _silences(known):
        shut_out = one.shut_out
        words = (
            f"{shut_out.expected:,.0f} of those who fell silent were expected meanwhile and {one.came:,} came, "
            f"{one.told:,} told of it later"
        )
        found.append(Part(range=unseen_of(shut_out, one.told), words=words, of=incident))
    return found


def _at_the_edges(known: Known) -> Part:
    """Failures just outside an incident may be its own, some inside it an ordinary evening's: by so many each way."""
    rows, inside, outside = known.rows, 0, 0
    edge_us = min(EDGE_S * US_PER_S, round(1.5 * known.night.match_minute_s * US_PER_S))
    hit = known.losses.account
    for incident in known.incidents:
        failed = failures_of(rows, incident.metric)
        ended = known.until if incident.ended_at is None else incident.ended_at
        early = (rows.at < incident.began_at) & (rows.at >= incident.began_at - edge_us)
        late = (rows.at > ended) & (rows.at <= ended + edge_us)
        others = np.unique(rows.account[failed & (early | late)])
        outside += int((~np.isin(others, hit)).sum())
        inside += _ordinary(rows, incident, ended)
    words = f"{outside:,} more failed within moments of it, and some {inside:,} would have failed on any evening"
    return Part(range=Range(low=-inside, mid=0, high=outside), words=words if outside or inside else "")


def _ordinary(rows: Rows, incident: Incident, ended: AtUs) -> int:
    """Failures of an ordinary evening as long as this incident, at most."""
    failed, tried = failures_of(rows, incident.metric), rows.is_fact(Fact.STARTED, Fact.SIGNED_IN)
    before = rows.at < incident.began_at
    now = (rows.at >= incident.began_at) & (rows.at <= ended)
    rate = float((failed & before).sum() + 0.5) / float((tried & before).sum() + 50)
    usual = rate * float((tried & now).sum())
    return round(min(usual + Z90 * sqrt(usual), float((failed & now).sum())))


def _recaptured(known: Known) -> Part:
    """Two lists, those seen to fail and those who complained: Chapman's estimator (1951) of all who were hit.

    Some complain of nothing, as on any evening, and are taken off. Where the lists agree that nearly all were seen,
    they say nothing more; else the upper end is raised, by an error that is widened for the lists' dependence.
    """
    rows, losses = known.rows, known.losses
    held = np.zeros(len(rows.at), np.bool_)
    for incident in known.incidents:
        held |= (rows.at >= incident.began_at) & (rows.at <= known.until)
    reported = np.unique(rows.account[rows.is_fact(Fact.REPORTED) & rows.has_code(*TROUBLED) & held])
    both = int(np.isin(reported, losses.account).sum())
    one, told = len(losses.account), len(reported)
    if both < OVERLAP_MIN:
        return Part(range=NOBODY, words="")
    other = max(both, round(told - NOISE_REPORTED * np.count_nonzero(np.bincount(rows.account[rows.is_account]))))
    if one < 10 * int((~losses.is_account).sum()):
        # Complaints are an account's: a list of devices that failed shares none with them.
        return Part(range=NOBODY, words="")
    if other - both <= 2 * sqrt(other):
        return Part(range=NOBODY, words="")
    hit = (one + 1) * (other + 1) / (both + 1) - 1
    spread = sqrt((one + 1) * (other + 1) * (one - both) * (other - both) / ((both + 1) ** 2 * (both + 2)))
    high = max(0, round(hit + Z90 * DEPENDENCE * spread) - one)
    words = f"of {told:,} who complained {both:,} had been seen to fail, so up to {high:,} more may have left no trace"
    return Part(range=Range(low=0, mid=0, high=high), words=words)
