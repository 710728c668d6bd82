"""What is asked about gestures and subscribers, and what comes back? The words between the console and its clerk."""

from msgspec import Struct

from kickoff.console.curves import Curves
from kickoff.console.reports import Reported
from kickoff.findings import Case, Findings, Grant
from kickoff.gestures.explain import Line
from kickoff.gestures.ledger import Approval, Entry
from kickoff.notices.words import Notice
from kickoff.units import AtUs, Cents, Subject


class ListAsked(Struct, frozen=True, tag="list"):
    """What would be given to whom, and what stands."""


class CaseAsked(Struct, frozen=True, kw_only=True, tag="case"):
    """One subscriber, by the number of their account."""

    account: int


class ApproveAsked(Struct, frozen=True, kw_only=True, tag="approve"):
    """Say yes to the list of this name, and to no other."""

    digest: str
    by: str


class PostAsked(Struct, frozen=True, kw_only=True, tag="post"):
    """Post the list of this name, if it has been approved."""

    digest: str


class ThenAsked(Struct, frozen=True, kw_only=True, tag="then"):
    """The night as it was known at a second of it."""

    second: float


Question = ThenAsked | ListAsked | CaseAsked | ApproveAsked | PostAsked


class ListNow(Struct, frozen=True, kw_only=True, tag="list"):
    """The list of gestures as the journal gives it now, and what the ledger holds."""

    at: AtUs
    scope: str
    digest: str
    version: int
    granted: int
    total_cents: Cents
    asked_cents: Cents
    budget_cents: Cents
    by_offer: dict[str, tuple[int, int]]
    """offer → (subscribers, cents)"""
    largest: tuple[Grant, ...]
    left_out: int
    is_by_rule: bool
    """The night's policy lets its rule approve."""
    approvals: tuple[Approval, ...]
    needed: int
    """Approvals by different people that it takes; 0 where the rule approves."""
    stands: int
    """Subscribers who stand in the ledger."""
    stands_cents: Cents
    is_posted: bool
    """The ledger says exactly what this list says."""
    wrong: tuple[str, ...]
    """What an audit of the ledger finds."""


class FactLine(Struct, frozen=True, kw_only=True):
    """One thing that happened to the subscriber; empty and 0 where the fact does not say."""

    at: AtUs
    fact: str
    code: str = ""
    channel: str = ""
    device: str = ""
    app: str = ""
    isp: str = ""
    cdn: str = ""
    place: int = 0
    wait_ms: int = 0
    duration_ms: int = 0
    stalled_ms: int = 0


class Watched(Struct, frozen=True, kw_only=True):
    """A stretch of time in front of a picture, or of a picture that stood still."""

    begins_at: AtUs
    ends_at: AtUs
    channel: str
    is_stalled: bool


class Letter(Struct, frozen=True, kw_only=True):
    """What to write, and what to say on the telephone."""

    subject: str
    body: str
    spoken: tuple[str, ...]


class CaseNow(Struct, frozen=True, kw_only=True, tag="case"):
    """One subscriber's night, what they are owed, and what to say to them."""

    at: AtUs
    account: int
    subject: Subject
    offer: str
    is_known: bool
    """The list of subscribers, or the night itself, knows the account."""
    facts: tuple[FactLine, ...]
    more_facts: int
    """Further facts that are not shown."""
    watched: tuple[Watched, ...]
    case: Case | None
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]
    letters: dict[str, Letter]


class ThenNow(Struct, frozen=True, kw_only=True, tag="then"):
    """What the journal said at that second: no later row is used."""

    at: AtUs
    findings: Findings
    curves: Curves
    said: Notice
    reports: tuple[Reported, ...]


class DoneNow(Struct, frozen=True, kw_only=True, tag="done"):
    """It was done."""

    about: str
    approvals: int = 0
    moved_cents: int = 0


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """It was not, and why."""

    code: str
    """gone · not_approved · not_read · ledger"""
    why: str = ""


Answer = ThenNow | ListNow | CaseNow | DoneNow | Refused
