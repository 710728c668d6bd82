"""What is done when the night is over? Everything is answered from the journal, and what is owed is promised.

`close_night` may run at any time and any number of times: it reads, and writes whole files; the ledger takes a gesture
once. `write_status` keeps the public page true while the night still runs.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from kickoff.accounts.roster import login_of
from kickoff.aftermath import outcomes
from kickoff.aftermath.answers import findings_and_cases
from kickoff.aftermath.draw_sheet import shown_draw
from kickoff.aftermath.evenings import keep
from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.outcomes import LineFigures, Outcome, line_figures, outcome
from kickoff.aftermath.report import page, story
from kickoff.aftermath.report_pdf import pdf
from kickoff.aftermath.report_series import FACTS, curves
from kickoff.aftermath.summary import Answers, Json, summary
from kickoff.aftermath.tomorrow import Tomorrow, kept, rehearse_tomorrow
from kickoff.audience import measure
from kickoff.facts import Fact
from kickoff.findings import Findings
from kickoff.gestures.policy import Allotment, allot
from kickoff.gestures.sql import Ledger, open_ledger
from kickoff.night import Night
from kickoff.notices.history import announce, remember
from kickoff.notices.html import pages, tongues
from kickoff.notices.words import Notice, State, notice, unsaid
from kickoff.plumbing.key_files import KEYS_FILE, load
from kickoff.run_folder import RunFolder
from kickoff.seals import account_subject, keyed_hash64
from kickoff.units import AtUs

LINKS_MAX = 1_000_000
"""Simulated accounts whose logins are known; on a larger night failed sign-ins stay devices."""
LEDGER = "ledger.sqlite"
SAID = "notices.json"


def close_night(folder: RunFolder) -> Json:
    """Answer the night: ledger, status page, report.html, report.pdf, summary.json. Returns the summary."""
    view = JournalView(folder.journals, folder.night)
    found, cases = findings_and_cases(view)
    facts = view.facts(where=FACTS)
    line = line_figures(facts, view.spans())
    own = _outcome(view, facts, found.audience.seconds, folder)
    was_open = _was_open(facts, line)
    other, open_seconds = (None, None) if was_open else _door_open(folder)
    allotment = allot(cases, view.night)
    answers = Answers(
        night=view.night,
        findings=found,
        line=line,
        with_door=None if was_open else own,
        without_door=own if was_open else other,
        allotment=allotment,
        tomorrow=kept(folder),
        posted=_promise(folder, allotment, view.night, found.until),
    )
    keep(folder, allotment.scope, cases)
    said = write_status(folder, found)
    told = story(answers, facts, said, open_seconds=open_seconds)
    write_whole(folder.report, page(told))
    write_whole(folder.report.with_suffix(".pdf"), pdf(told))
    document = summary(answers)
    write_whole(folder.summary, msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    return document


def look_ahead(folder: RunFolder, following: Path | None = None) -> Tomorrow | None:
    """Rehearse the next match, or tonight's once more, with tonight's faults; None where there is no crowd to play.

    Raises `NightError`, `BadInput` and `CurveError` for a night file that cannot be rehearsed.
    """
    view = JournalView(folder.journals, folder.night)
    night = view.night
    if night.crowd is None or not (following or (folder.journal / night.crowd.arrivals.file).is_file()):
        return None
    carried = curves(view.facts(where=(Fact.HEALTH,)), night).capacity_per_s
    measured = msgspec.structs.replace(
        night.servers,
        sign_ins_per_s=carried.get("sign_in") or night.servers.sign_ins_per_s,
        playlists_per_s=carried.get("playlist") or night.servers.playlists_per_s,
    )
    return rehearse_tomorrow(folder, night, measured=measured, following=following)


def write_status(folder: RunFolder, found: Findings) -> Notice:
    """Write the public page and its JSON for these findings, and remember what was said. Returns the notice.

    Where people publish, the notice is a draft: the page keeps to what they have said.
    """
    night = JournalView(folder.journals, folder.night).night
    with _alone(folder):
        history = said_so_far(folder)
        said = notice(found, night, tongues(), _but_this(history, found))
        if night.notices.approval == "rule":
            _tell(folder, night, remember(history, said), said)
        else:
            _tell(folder, night, history, history[-1] if history else unsaid(night, tongues(), found.until))
    return said


def announce_notice(folder: RunFolder, night: Night, said: Notice, *, at: AtUs) -> None:
    """What a person has published stands on the public page from now on."""
    with _alone(folder):
        told = msgspec.structs.replace(said, at=at)
        _tell(folder, night, announce(said_so_far(folder), told), told)


def take_notice_back(folder: RunFolder, night: Night, *, at: AtUs) -> None:
    """A person has taken back what stood: the page says that, and keeps what was said below."""
    with _alone(folder):
        history = said_so_far(folder)
        if history and history[-1].state is not State.CALM:
            told = unsaid(night, tongues(), at, then=history[-1].at)
            _tell(folder, night, announce(history, told), told)


def said_so_far(folder: RunFolder) -> tuple[Notice, ...]:
    """Every statement of the night, oldest first."""
    book = folder.state / SAID
    return msgspec.json.decode(book.read_bytes(), type=tuple[Notice, ...]) if book.is_file() else ()


def _tell(folder: RunFolder, night: Night, history: tuple[Notice, ...], now: Notice) -> None:
    write_whole(folder.state / SAID, msgspec.json.encode(history))
    for path, content in pages(history, now, night, shown_draw(folder, night)).items():
        write_whole(folder.root / "status" / path, content)


@contextlib.contextmanager
def _alone(folder: RunFolder) -> Iterator[None]:
    """One writer at a time: the console's answerer and the closing of the night keep one history between them."""
    folder.state.mkdir(parents=True, exist_ok=True)
    with (folder.state / f"{SAID}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never half; an unchanged file is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def ledger_of(folder: RunFolder) -> Ledger:
    """The ledger of a run folder."""
    return open_ledger(folder.state / LEDGER)


def approve_by_rule(ledger: Ledger, allotment: Allotment, night: Night, *, at: AtUs) -> bool:
    """Record the rule's approval, where the night's policy has the rule approve. Whether it does."""
    if night.gestures is None or night.gestures.approval != "rule":
        return False
    rule = f"rule v{allotment.version}: within the budget of {allotment.budget_cents} cents"
    ledger.approve(allotment, by=rule, at=at, rule=True)
    return True


def _but_this(history: Sequence[Notice], found: Findings) -> Sequence[Notice]:
    """What was said before these findings: said again, a statement does not correct itself."""
    return [said for said in history if said.at < found.until]


def _promise(folder: RunFolder, allotment: Allotment, night: Night, at: AtUs) -> bool:
    """Post the gestures where the night's policy lets its rule approve them. False: people have to."""
    ledger = ledger_of(folder)
    try:
        is_approved = approve_by_rule(ledger, allotment, night, at=at)
        if is_approved:
            ledger.post(allotment, at=at)
    finally:
        ledger.close()
    return is_approved


def _outcome(view: JournalView, facts: pa.Table, seconds: Sequence[int], folder: RunFolder) -> Outcome:
    return outcome(facts, view.spans(), seconds, view.night, _links(folder, view.night))


def _door_open(folder: RunFolder) -> tuple[Outcome | None, Sequence[int] | None]:
    """The same night with the door open to all, where it was played: its figures and its audience by the second."""
    other = RunFolder(folder.door_open, folder.night)
    if not other.journal.is_dir():
        return None, None
    view = JournalView(other.journals, other.night)
    facts = view.facts(where=outcomes.FACTS)
    seconds = measure(view.spans(), facts, view.night).seconds
    return _outcome(view, facts, seconds, other), seconds


def _was_open(facts: pa.Table, line: LineFigures) -> bool:
    """Whether people watched without anybody having taken a place."""
    return not line.joined and str(Fact.LEASED) in facts["fact"].unique().to_pylist()


def _links(folder: RunFolder, night: Night) -> Mapping[int, int]:
    """Whose login it was: subject of a failed sign-in → subject of the account. Only simulated nights know.

    With the door open to all a failed sign-in is told under a hash of the login (`door/sessions.py`): it has no place.
    """
    if night.crowd is None or night.crowd.subscribers > LINKS_MAX or not (folder.root / KEYS_FILE).is_file():
        return {}
    key = load(folder.root).subject_key
    return {
        keyed_hash64(key, b"login:" + login_of(account).encode()): account_subject(key, account)
        for account in range(1, night.crowd.subscribers + 1)
    }
