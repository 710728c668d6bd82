"""Who reads the journal for gestures and care? A process of its own: a question a line, an answer a line, both JSON.

Reading an evening takes longer than a screen may stand still: as with `answerer.py`, it is done at a lower priority in
another process. What was read is kept until the journal has grown.
"""

import os
import sys
import traceback
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.aftermath.answers import findings, findings_and_cases
from kickoff.aftermath.closing import approve_by_rule, ledger_of
from kickoff.aftermath.evenings import keep
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.clock import Clock, WallClock
from kickoff.console import care
from kickoff.console.cases import (
    Answer,
    ApproveAsked,
    CaseAsked,
    DoneNow,
    ListAsked,
    ListNow,
    PostAsked,
    Question,
    Refused,
    ThenAsked,
    ThenNow,
)
from kickoff.console.curves import COLUMNS, FACTS, curves_of
from kickoff.console.reports import COLUMNS as REPORT_COLUMNS
from kickoff.console.reports import recent
from kickoff.facts import Fact
from kickoff.findings import Case, Findings
from kickoff.gestures.ledger import APPROVALS_BY_PEOPLE, LedgerError, NotApproved, digest, digest_of
from kickoff.gestures.policy import Allotment, allot
from kickoff.gestures.sql import Ledger
from kickoff.notices.html import tongues
from kickoff.notices.words import notice
from kickoff.plumbing.key_files import load_or_create
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, Cents

NICE = 10
LARGEST = 10
"""Gestures that are shown one by one."""
_QUESTION = msgspec.json.Decoder(Question)


class Read(Struct, frozen=True, kw_only=True):
    """The night as it was read last."""

    mark: int
    """Changes whenever the journal grows."""
    view: JournalView
    findings: Findings
    cases: tuple[Case, ...]
    allotment: Allotment


def main() -> None:
    """`python -m kickoff.console.clerk FOLDER NIGHT`: an answer for each line on standard input, until its end."""
    root, night = sys.argv[1:]
    os.nice(NICE)
    clerk = Clerk(RunFolder(Path(root), night), WallClock())
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(clerk.answer(line)) + b"\n")
        sys.stdout.buffer.flush()


class Clerk:
    """Answers from one run folder."""

    def __init__(self, folder: RunFolder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._read: Read | None = None

    def answer(self, line: bytes) -> Answer:
        """The answer to one question; whatever fails is an answer too."""
        try:
            question = _QUESTION.decode(line)
            if isinstance(question, ThenAsked):
                return self._then(question.second)
            ledger = ledger_of(self._folder)
            try:
                return self._of(question, self._now(), ledger)
            finally:
                ledger.close()
        except NotApproved as error:
            return Refused(code="not_approved", why=str(error))
        except LedgerError as error:
            return Refused(code="ledger", why=str(error))
        except JournalError as error:
            return Refused(code="not_read", why=str(error))
        except Exception as error:  # noqa: BLE001 - the person at the screen is told, and may ask again
            traceback.print_exc()
            return Refused(code="not_read", why=f"{type(error).__name__}: {error}")

    def _then(self, second: float) -> ThenNow:
        """The night again, up to an instant of it."""
        night = JournalView(self._folder.journals, self._folder.night).night
        at = night.at(max(0.0, min(second, night.schedule.end)))
        view = JournalView(self._folder.journals, self._folder.night, until=at)
        found = findings(view)
        return ThenNow(
            at=at,
            findings=found,
            curves=curves_of(view.facts(columns=COLUMNS, where=FACTS), night, until_s=(at - night.at(0)) / US_PER_S),
            said=notice(found, night, tongues()),
            reports=recent(view.facts(columns=REPORT_COLUMNS, where=(Fact.REPORTED,)), at=at),
        )

    def _of(self, question: ListAsked | CaseAsked | ApproveAsked | PostAsked, read: Read, ledger: Ledger) -> Answer:
        match question:
            case ListAsked():
                return self._list(read, ledger)
            case CaseAsked(account=account):
                key = load_or_create(self._folder.root).subject_key
                told = care.Told(view=read.view, findings=read.findings, cases=read.cases, allotment=read.allotment)
                return care.case_of(told, account, ledger, subject_key=key, at=self._clock.now())
            case ApproveAsked(digest=wanted, by=by):
                if wanted != digest_of(read.allotment.granted):
                    return Refused(code="gone")
                return DoneNow(about=wanted[:12], approvals=ledger.approve(read.allotment, by=by, at=self._clock.now()))
            case PostAsked(digest=wanted):
                return self._post(wanted, read, ledger)

    def _post(self, wanted: str, read: Read, ledger: Ledger) -> Answer:
        if wanted != digest_of(read.allotment.granted):
            return Refused(code="gone")
        approve_by_rule(ledger, read.allotment, read.view.night, at=self._clock.now())
        posted = ledger.post(read.allotment, at=self._clock.now())
        keep(self._folder, read.allotment.scope, read.cases)
        return DoneNow(about=wanted[:12], moved_cents=posted.moved_cents)

    def _list(self, read: Read, ledger: Ledger) -> ListNow:
        allotment, night = read.allotment, read.view.night
        wanted = digest_of(allotment.granted)
        stands = [one for one in ledger.standing(allotment.scope) if one.amount_cents]
        standing = digest((one.subject, one.offer, one.kind, one.amount_cents) for one in stands)
        is_by_rule = night.gestures is not None and night.gestures.approval == "rule"
        largest = sorted(allotment.granted, key=lambda grant: (-grant.amount_cents, grant.subject))[:LARGEST]
        return ListNow(
            at=read.findings.until,
            scope=allotment.scope,
            digest=wanted,
            version=allotment.version,
            granted=len(allotment.granted),
            total_cents=allotment.total_cents,
            asked_cents=allotment.asked_cents,
            budget_cents=allotment.budget_cents,
            by_offer={offer: (count, cents) for offer, (count, cents) in allotment.by_offer().items()},
            largest=tuple(largest),
            left_out=len(allotment.left_out),
            is_by_rule=is_by_rule,
            approvals=ledger.approvals(allotment.scope, wanted),
            needed=0 if is_by_rule else APPROVALS_BY_PEOPLE,
            stands=len({one.subject for one in stands}),
            stands_cents=Cents(sum(one.amount_cents for one in stands)),
            is_posted=bool(stands) and standing == wanted,
            wrong=ledger.audit(allotment.scope).wrong if stands else (),
        )

    def _now(self) -> Read:
        mark = _mark(self._folder.journal)
        if self._read is None or self._read.mark != mark:
            view = JournalView(self._folder.journals, self._folder.night)
            found, cases = findings_and_cases(view)
            allotment = allot(cases, view.night)
            self._read = Read(mark=mark, view=view, findings=found, cases=cases, allotment=allotment)
        return self._read


def _mark(journal: Path) -> int:
    """A number that changes when a file of the journal is added or grows."""
    files = [path for part in ("log", "facts") for path in (journal / part).rglob("*") if path.is_file()]
    return hash(tuple(sorted((str(path), path.stat().st_size) for path in files)))


if __name__ == "__main__":
    main()
