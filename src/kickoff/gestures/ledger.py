"""What has to be written so that the ledger says what the list says? The difference, as new entries, and nothing else.

What stands for a subscriber and a night is the sum of their entries. A list wants another sum: the difference is the
next entry, a correction the opposite one; where they agree there is nothing to write, and that is not an error. So a
list that is posted twice, or half before a crash and half after it, ends the same.

Every entry has two postings whose sum is zero: what the gesture costs (`expense:OFFER`) and what is owed (`payable`).

    LedgerError         its root: the ledger was left as it was
     ├─ NotApproved     the list lacks approvals; have it approved
     ├─ StaleRule       a newer version of the policy has been posted; make the list by that one
     ├─ NoLedger        there is no such database; name another
     └─ ListSuperseded  while this list was being posted another was begun; look at which one is meant
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from kickoff.findings import Grant
from kickoff.units import AtUs, Cents, Subject

PAYABLE = "payable"
APPROVALS_BY_PEOPLE = 2
"""Different people who must approve a list where no rule does."""


class LedgerError(Exception):
    """The ledger refuses, and nothing was written."""


class NoLedger(LedgerError):
    """Raised by opening a database that is not there or cannot be used."""


class NotApproved(LedgerError):
    """Raised by posting a list that has too few approvals."""


class StaleRule(LedgerError):
    """Raised by posting a list made by an older policy than what stands."""


class ListSuperseded(LedgerError):
    """Raised in the middle of posting, when another list has been begun since."""


class Standing(Struct, frozen=True, kw_only=True):
    """What stands for a subscriber under one offer and kind."""

    subject: Subject
    offer: str
    kind: str
    amount_cents: Cents
    number: int
    """Of the last entry of this kind."""


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the ledger: never edited. `number` counts a subscriber's entries for this scope from 1 on."""

    scope: str
    subject: Subject
    number: int
    version: int
    offer: str
    kind: str
    amount_cents: Cents
    """Positive: promised; negative: a promise taken back."""
    list_number: int
    at: AtUs
    why: str


class Posting(Struct, frozen=True, kw_only=True):
    """Half of an entry."""

    scope: str
    subject: Subject
    number: int
    account: str
    amount_cents: Cents


class Approval(Struct, frozen=True, kw_only=True):
    """One yes to one list."""

    by: str
    is_rule: bool
    total_cents: Cents
    """Of the list that was approved."""
    at: AtUs


class Posted(Struct, frozen=True, kw_only=True):
    """What posting a list has written."""

    list_number: int
    new: int
    """Subscribers who had nothing before."""
    revised: int
    """Entries that changed what stood."""
    unchanged: int
    """Gestures that stood already, to the cent."""
    moved_cents: Cents
    """The sum of the new entries: negative where more was taken back than given."""


class Audit(Struct, frozen=True, kw_only=True):
    """Whether the ledger of a scope holds what it must; `wrong` is empty when it does."""

    gestures: int
    total_cents: Cents
    by_offer: dict[str, tuple[int, int]]
    """offer → (subscribers, cents)."""
    entries: int
    lists: int
    wrong: tuple[str, ...]


def due(
    grants: Sequence[Grant],
    standing: Iterable[Standing],
    *,
    scope: str,
    version: int,
    list_number: int,
    at: AtUs,
) -> Iterator[Entry]:
    """The entries that bring what stands to what the grants say; who is not among the grants ends at nothing."""
    wanted = {(grant.subject, grant.offer, grant.kind): grant for grant in grants}
    stands: dict[tuple[Subject, str, str], Cents] = {}
    last: dict[Subject, int] = {}
    for one in standing:
        stands[one.subject, one.offer, one.kind] = one.amount_cents
        last[one.subject] = max(last.get(one.subject, 0), one.number)
    for key in _in_order(wanted, stands):
        subject, offer, kind = key
        grant = wanted.get(key)
        before = stands.get(key, 0)
        amount = (grant.amount_cents if grant else 0) - before
        if not amount:
            continue
        last[subject] = last.get(subject, 0) + 1
        yield Entry(
            scope=scope,
            subject=subject,
            number=last[subject],
            version=version,
            offer=offer,
            kind=kind,
            amount_cents=Cents(amount),
            list_number=list_number,
            at=at,
            why=_why(grant, before),
        )


def postings(entry: Entry) -> tuple[Posting, Posting]:
    """Both halves of an entry: what it costs, and what is owed for it."""
    halves = ((f"expense:{entry.offer}", entry.amount_cents), (PAYABLE, -entry.amount_cents))
    cost, owed = (
        Posting(
            scope=entry.scope,
            subject=entry.subject,
            number=entry.number,
            account=account,
            amount_cents=Cents(amount),
        )
        for account, amount in halves
    )
    return cost, owed


def digest(rows: Iterable[tuple[int, str, str, int]]) -> str:
    """The name of a list by what it says: SHA-256 over (subject, offer, kind, cents), sorted, zeros left out.

    The same function over what stands tells whether the ledger says exactly what a list says.
    """
    summed = hashlib.sha256()
    for subject, offer, kind, cents in sorted(rows):
        if cents:
            # Lengths keep the fields apart: no two lists share their bytes.
            summed.update(f"{subject} {len(offer)}:{offer} {len(kind)}:{kind} {cents}\n".encode())
    return summed.hexdigest()


def digest_of(grants: Iterable[Grant]) -> str:
    """The digest of a list of grants."""
    return digest((grant.subject, grant.offer, grant.kind, grant.amount_cents) for grant in grants)


def batches(grants: Sequence[Grant], size: int) -> Iterator[tuple[int | None, int | None, Sequence[Grant]]]:
    """Cut a list by subject into (subject after which, up to which, grants): ranges without gaps, open at both ends.

    Whoever stands in the ledger falls into exactly one range, on the list or not.
    """
    grants = sorted(grants, key=lambda grant: grant.subject)
    after: int | None = None
    start = 0
    while True:
        end = start + size
        # A subscriber's grants are never torn apart.
        while end < len(grants) and grants[end].subject == grants[end - 1].subject:
            end += 1
        if end >= len(grants):
            yield after, None, grants[start:]
            return
        upto = grants[end - 1].subject
        yield after, upto, grants[start:end]
        after, start = upto, end


def _in_order(
    wanted: Mapping[tuple[Subject, str, str], Grant], stands: Mapping[tuple[Subject, str, str], Cents]
) -> list[tuple[Subject, str, str]]:
    """By subscriber, what is taken back before what is given: who changes the offer is never promised twice."""
    return sorted(wanted.keys() | stands.keys(), key=lambda key: (key[0], key in wanted, key))


def _why(grant: Grant | None, before: int) -> str:
    if grant is None:
        return f"no longer on the list: {before} cents are taken back"
    if before:
        return f"revised from {before} to {grant.amount_cents} cents: {grant.why}"
    return grant.why
