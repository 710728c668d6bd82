"""Who was hit, how long, and how many were never seen?"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.findings import Case, Impact, Incident, Range
from kickoff.forecast import EarlierNight
from kickoff.impact.losses import MET, Losses, losses_of
from kickoff.impact.rows import Integers, Rows, rows_of
from kickoff.impact.unseen import Known, Part, add, hit_in_each, unseen_parts
from kickoff.night import Night
from kickoff.units import AtUs, Subject

BY = ("offer", "device", "isp", "region", "cdn")
UNRECORDED = "unrecorded"
LOST_MINUTES = (1, 5, 15)
LOST = ("0", "<1", "1-5", "5-15", "more")
"""Classes of minutes of the match lost, between these edges."""


def estimate(
    facts: pa.Table,
    subscribers: pa.Table,
    night: Night,
    incidents: tuple[Incident, ...],
    *,
    earlier: Sequence[EarlierNight],
    until: AtUs,
    complaints: pa.Table | None = None,
) -> tuple[Impact, tuple[Case, ...]]:
    """Count the accounts that were hit up to `until` (µs UTC), and say how many more there may be.

    earlier: who came when on earlier nights, by the match clock · complaints: those made elsewhere (at, source,
    count), told as evidence and never counted as people.
    """
    if not incidents or not night.starts_at:
        return _nobody(is_read=_holds_anything(facts, until)), ()
    rows = rows_of(facts, subscribers, until)
    kick_off, whistle = night.at(night.schedule.kick_off), night.at(night.schedule.whistle)
    losses = losses_of(rows, incidents, kick_off=kick_off, whistle=AtUs(min(whistle, until)), until=until)
    cases = _cases(rows, losses, subscribers)
    known = Known(rows=rows, losses=losses, incidents=incidents, night=night, earlier=earlier, until=until)
    parts = unseen_parts(known)
    more, seen = add([part.range for part in parts]), len(cases)
    impact = Impact(
        seen=seen,
        unseen=Range(low=max(0, more.low), mid=max(0, more.mid), high=max(0, more.high)),
        total=Range(low=max(0, seen + more.low), mid=max(0, seen + more.mid), high=max(0, seen + more.high)),
        user_hours=round(sum(case.lost_ms for case in cases) / 1000 / night.match_minute_s / 60, 3),
        by=_by(rows, losses, cases, night),
        how=_how(seen, parts, _complained(complaints, incidents, until)),
        by_incident=hit_in_each(known, parts),
    )
    return impact, cases


def _holds_anything(facts: pa.Table, until: AtUs) -> bool:
    return bool(len(facts)) and bool(pc.min(facts["at"]).as_py() <= until)


def _nobody(*, is_read: bool) -> Impact:
    nobody = Range(low=0, mid=0, high=0)
    noticed = "No incident was noticed." if is_read else "Nothing has been read yet: no incident can have been noticed."
    return Impact(
        seen=0,
        unseen=nobody,
        total=nobody,
        user_hours=0.0,
        by={},
        how=f"{noticed} So nobody is counted as hit. Failures of every evening are not counted.",
    )


def _cases(rows: Rows, losses: Losses, subscribers: pa.Table) -> tuple[Case, ...]:
    """One case for each account, in the order of their numbers."""
    named = np.flatnonzero(losses.is_account)
    accounts = rows.subjects[losses.account[named]]
    offers = _offers(rows, accounts, losses.first_row[named], subscribers)
    at = rows.at[losses.first_row]
    return tuple(
        Case(
            subject=Subject(account),
            offer=offer,
            lost_ms=int(losses.lost_ms[entry]),
            met=MET[int(losses.met[entry])],
            first_at=AtUs(int(at[entry])),
        )
        for entry, account, offer in zip(named, accounts.tolist(), offers, strict=True)
    )


def _offers(rows: Rows, accounts: Integers, first: Integers, subscribers: pa.Table) -> list[str]:
    """What the subscribers' list says, else what the failed attempt said, else ""."""
    written = [""] * len(accounts)
    if {"subject", "offer"} <= set(subscribers.column_names):
        found = pc.index_in(pa.array(accounts), value_set=subscribers["subject"])
        written = [offer or "" for offer in subscribers["offer"].take(found).to_pylist()]
    said = _texts(rows, "offer", first)
    return [one or other for one, other in zip(written, said, strict=True)]


def _texts(rows: Rows, name: str, chosen: Integers) -> list[str]:
    if name not in rows.table.column_names:
        return [""] * len(chosen)
    return [text or "" for text in rows.table[name].take(pa.array(chosen)).to_pylist()]


def _by(rows: Rows, losses: Losses, cases: tuple[Case, ...], night: Night) -> dict[str, dict[str, int]]:
    """Dimension → value → accounts seen; each account by the attempt that failed first, and by all that it lost."""
    first = losses.first_row[losses.is_account]
    values = {name: _texts(rows, name, first) for name in BY if name != "offer"}
    values = {"offer": [case.offer for case in cases], **values, "met": [case.met for case in cases]}
    counted = {name: _counted(texts) for name, texts in values.items()} | {"lost": _by_loss(cases, night)}
    return {name: counts for name, counts in counted.items() if set(counts) - {UNRECORDED}}


def _by_loss(cases: tuple[Case, ...], night: Night) -> dict[str, int]:
    """Minutes of the match lost → accounts seen, from none to the most."""
    minutes = np.array([case.lost_ms for case in cases], np.float64) / 1000 / night.match_minute_s
    # Of no loss at all is who had a picture before kick-off or at once.
    classes = np.where(minutes > 0, 1 + np.searchsorted(LOST_MINUTES, minutes, side="right"), 0)
    counts = np.bincount(classes, minlength=len(LOST)).tolist()
    return {name: count for name, count in zip(LOST, counts, strict=True) if count}


def _counted(texts: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        found[text or UNRECORDED] = found.get(text or UNRECORDED, 0) + 1
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


def _complained(complaints: pa.Table | None, incidents: tuple[Incident, ...], until: AtUs) -> str:
    """What was said elsewhere since the first incident began: all of it, an evening's usual complaints as well."""
    if complaints is None:
        return ""
    since = min(incident.began_at for incident in incidents)
    lately = complaints.filter((pc.field("at") >= since) & (pc.field("at") <= until))
    count = pc.sum(lately["count"]).as_py() or 0
    return f"; {count:,} complaints were made elsewhere meanwhile and are no count of people" if count else ""


def _how(seen: int, parts: list[Part], complained: str) -> str:
    first = (
        f"{seen:,} accounts were seen to fail while an incident held, each counted once and with the time from its "
        "first failed attempt to its next picture, or to the incident's end, between kick-off and the whistle."
    )
    told = [part.words for part in parts if part.words]
    if not told:
        nothing = "Nothing points to people who were hit and never seen"
        return f"{first} {nothing}{complained}. Waiting in line is not counted."
    more = add([part.range for part in parts])
    second = f"Besides, {'; '.join(told)}{complained}."
    low, high = max(0, seen + more.low), max(0, seen + more.high)
    third = f"Together that makes {low:,} to {high:,} in all, nine times in ten; waiting in line is not counted."
    if not high:
        third = "Waiting in line is not counted."
    return f"{first} {second} {third}"
