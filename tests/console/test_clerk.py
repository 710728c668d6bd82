from pathlib import Path

import msgspec
import pytest

from kickoff.clock import ManualClock
from kickoff.console.cases import (
    Answer,
    ApproveAsked,
    CaseAsked,
    CaseNow,
    DoneNow,
    ListAsked,
    ListNow,
    PostAsked,
    Question,
    Refused,
    ThenAsked,
    ThenNow,
)
from kickoff.console.clerk import Clerk
from kickoff.run_folder import RunFolder
from kickoff.units import AtUs, parse_iso
from tests.aftermath.played import HIT, STARTS_AT, lay_out

NOW = AtUs(parse_iso(STARTS_AT) + 3_600_000_000)


class Desk:
    """A clerk on a night whose gestures people approve."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._clerk = Clerk(folder, ManualClock(NOW))

    def ask(self, question: Question) -> Answer:
        """The answer, over the bytes of the line."""
        told = msgspec.json.encode(self._clerk.answer(msgspec.json.encode(question)))
        found: Answer = msgspec.json.decode(told, type=Answer)
        return found

    def list(self) -> ListNow:
        """The list as it stands."""
        found = self.ask(ListAsked())
        assert isinstance(found, ListNow), found
        return found

    def case(self, account: int) -> CaseNow:
        """One account's night."""
        found = self.ask(CaseAsked(account=account))
        assert isinstance(found, CaseNow), found
        return found


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A night on which a network failed, read by one clerk."""
    folder = lay_out(tmp_path_factory.mktemp("night") / "out")
    text = folder.night_file.read_text("utf-8")
    assert text.count('approval = "rule"') >= 1
    folder.night_file.write_text(text.replace('approval = "rule"', 'approval = "people"'), "utf-8")
    return Desk(folder)


@pytest.fixture
def desk(read_once: Desk) -> Desk:
    """The same night for all, with an empty ledger: reading it is what takes time."""
    for path in read_once.folder.state.glob("ledger.sqlite*"):
        path.unlink()
    return read_once


def test_a_list_is_approved_by_two_and_posted_once(desk: Desk) -> None:
    """From the preview to the ledger, each yes for exactly this list."""
    listed = desk.list()
    assert (listed.granted, listed.needed, listed.stands, listed.is_posted) == (len(HIT), 2, 0, False)
    assert desk.ask(ApproveAsked(digest="0" * 64, by="ana")) == Refused(code="gone")
    assert isinstance(desk.ask(ApproveAsked(digest=listed.digest, by="ana")), DoneNow)
    refused = desk.ask(PostAsked(digest=listed.digest))
    assert isinstance(refused, Refused)
    assert refused.code == "not_approved"
    assert desk.ask(ApproveAsked(digest=listed.digest, by="ben")) == DoneNow(about=listed.digest[:12], approvals=2)
    done = desk.ask(PostAsked(digest=listed.digest))
    assert done == DoneNow(about=listed.digest[:12], moved_cents=listed.total_cents)
    after = desk.list()
    assert [one.by for one in after.approvals] == ["ana", "ben"]
    assert (after.stands, after.stands_cents, after.is_posted) == (len(HIT), listed.total_cents, True)
    assert after.wrong == ()


def test_care_reads_a_night_fact_by_fact(desk: Desk) -> None:
    """Who was hit: what happened, what it comes to, what to say in each language."""
    found = desk.case(HIT[0])
    assert found.is_known
    assert {"joined", "leased", "start_failed"} <= {fact.fact for fact in found.facts}
    assert [fact.at for fact in found.facts] == sorted(fact.at for fact in found.facts)
    assert found.case is not None
    assert found.lines[0].key == "lost"
    assert found.lines[-1].key == "amount"
    assert "we are giving you" in found.letters["en"].body
    assert found.letters["fr"].spoken[-1].startswith("Pour la partie")


def test_who_was_not_hit_is_told_so(desk: Desk) -> None:
    """And nobody is offered money by mistake; a stranger is a stranger."""
    found = desk.case(7)
    assert (found.is_known, found.case, [line.key for line in found.lines]) == (True, None, ["not_hit"])
    assert found.watched
    assert (found.letters["en"].body, "no failed attempt" in found.letters["en"].spoken[0]) == ("", True)
    assert not desk.case(10**12).is_known


def test_a_past_night_is_seen_again_as_it_was_known(desk: Desk) -> None:
    """Before the fault nobody knew of one; nothing later is used."""
    early, late = (desk.ask(ThenAsked(second=second)) for second in (80.0, 150.0))
    assert isinstance(early, ThenNow)
    assert isinstance(late, ThenNow)
    assert (early.findings.incidents, early.said.incident) == ((), "")
    assert late.findings.incidents
    assert late.said.incident
    assert len(early.curves.line) == 81 < len(late.curves.line)
    assert early.curves.line == late.curves.line[:81]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A clerk without a journal answers, and so does one that is asked nonsense."""
    clerk = Clerk(RunFolder(tmp_path, "psg-juventus"), ManualClock(NOW))
    for line in (msgspec.json.encode(ListAsked()), b"{}", b"no"):
        found = clerk.answer(line)
        assert isinstance(found, Refused)
        assert found.code == "not_read"
