"""What happened to this one subscriber, what are they owed, and what do we say to them?"""

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from msgspec.structs import replace

from kickoff.aftermath.journal import JournalView
from kickoff.console.cases import CaseNow, FactLine, Letter, Watched
from kickoff.facts import Fact
from kickoff.findings import Case, Findings, Grant
from kickoff.gestures.explain import explained
from kickoff.gestures.policy import Allotment
from kickoff.gestures.sql import Ledger
from kickoff.night import Night
from kickoff.notices.html import tongues
from kickoff.notices.letters import letter, spoken
from kickoff.notices.words import notice
from kickoff.seals import account_subject
from kickoff.units import US_PER_S, AtUs, Subject

FACTS_MAX = 200
WATCHED_MAX = 100
TOGETHER_S = 3.0
"""A gap so short between two messages of a player is nothing that a subscriber saw."""
OWN = (Fact.JOINED, Fact.PASSED)
"""What a device does in the line before anybody knows whose it is."""
_COLUMNS = FactLine.__struct_fields__


class Told(Struct, frozen=True, kw_only=True):
    """The night as it was read."""

    view: JournalView
    findings: Findings
    cases: tuple[Case, ...]
    allotment: Allotment


def case_of(told: Told, account: int, ledger: Ledger, *, subject_key: bytes, at: AtUs) -> CaseNow:
    """The night of one account."""
    subject = Subject(account_subject(subject_key, account))
    view, allotment = told.view, told.allotment
    rows = facts_of(view.facts(), subject)
    case = next((one for one in told.cases if one.subject == subject), None)
    grant = next((one for one in allotment.granted if one.subject == subject), None)
    offer = _offer(view, subject, rows)
    return CaseNow(
        at=at,
        account=account,
        subject=subject,
        offer=offer,
        is_known=bool(offer or rows.num_rows),
        facts=tuple(_line(row) for row in rows.slice(0, FACTS_MAX).to_pylist()),
        more_facts=max(0, rows.num_rows - FACTS_MAX),
        watched=_watched(view.spans(), subject),
        case=case,
        lines=explained(case, view.night, allotment),
        entries=ledger.entries(allotment.scope, subject),
        letters=_letters(told.findings, grant, view.night, is_hit=case is not None),
    )


def facts_of(facts: pa.Table, subject: Subject) -> pa.Table:
    """The subject's facts by time, and those of the device that held their place before anybody knew whose it was."""
    mine = facts.filter(pc.equal(facts["subject"], subject))
    placed = mine.filter(pc.is_valid(mine["place"]))
    held = set(zip(placed["lane"].to_pylist(), placed["place"].to_pylist(), strict=True))
    early = facts.filter(pc.is_in(facts["fact"], pa.array([str(fact) for fact in OWN])))
    early = early.filter(pc.is_in(early["place"], pa.array([place for _, place in held], pa.int64())))
    keys = zip(early["lane"].to_pylist(), early["place"].to_pylist(), early["subject"].to_pylist(), strict=True)
    is_own = [_lane(lane, place, held) and who != subject for lane, place, who in keys]
    return pa.concat_tables([mine, early.filter(pa.array(is_own, pa.bool_()))]).sort_by("at")


def _lane(lane: str | None, place: int, held: set[tuple[str | None, int]]) -> bool:
    """Whether the place is held; a sign-in does not always say of which lane its place is."""
    return (lane, place) in held or (None, place) in held


def _offer(view: JournalView, subject: Subject, rows: pa.Table) -> str:
    """By the list of subscribers, else by what the night wrote down."""
    listed = view.subscribers()
    found = listed.filter(pc.equal(listed["subject"], subject))["offer"].to_pylist()
    found += [offer for offer in rows["offer"].to_pylist() if offer]
    return str(found[0]) if found else ""


def _line(row: dict[str, object]) -> FactLine:
    told = {name: row[name] for name in _COLUMNS if row.get(name) is not None}
    return FactLine(**told)  # type: ignore[arg-type]  # the columns have the types of the facts' schema


def _watched(spans: pa.Table, subject: Subject) -> tuple[Watched, ...]:
    own = spans.filter(pc.equal(spans["subject"], subject)).sort_by("begins_at")
    found: list[Watched] = []
    for row in own.filter(pc.is_valid(own["stalled"])).to_pylist():
        one = Watched(
            begins_at=row["begins_at"],
            ends_at=row["ends_at"],
            channel=row["channel"] or "",
            is_stalled=bool(row["stalled"]),
        )
        last = found[-1] if found else None
        goes_on = last and (last.channel, last.is_stalled) == (one.channel, one.is_stalled)
        if last and goes_on and one.begins_at - last.ends_at <= TOGETHER_S * US_PER_S:
            found[-1] = replace(last, ends_at=max(last.ends_at, one.ends_at))
        elif len(found) < WATCHED_MAX:
            found.append(one)
    return tuple(found)


def _letters(found: Findings, grant: Grant | None, night: Night, *, is_hit: bool) -> dict[str, Letter]:
    said = notice(found, night, tongues())
    bodies = letter(said, grant, night, tongues()) if grant else {}
    return {
        code: Letter(
            subject=said.texts[code].mail_subject,
            body=bodies.get(code, ""),
            spoken=spoken(said, grant, night, tongue, is_hit=is_hit),
        )
        for code, tongue in tongues().items()
    }
