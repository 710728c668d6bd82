"""How does the ledger leave the house? As CSV for the billing system, as plain-text double entry for bookkeepers."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import msgspec

from kickoff.gestures.ledger import Entry, postings
from kickoff.units import instant

_NOT_IN_ACCOUNTS = re.compile(r"[^A-Za-z0-9-]+")


def csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """RFC 4180, a header first; one line an entry, amounts in cents, instants in RFC 3339."""
    names = Entry.__struct_fields__
    yield _csv(names)
    for entry in entries:
        row = msgspec.structs.asdict(entry) | {"at": instant(entry.at).isoformat()}
        yield _csv(row[name] for name in names)


def beancount_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Beancount's syntax, version 2 and later: an account for each offer, one transaction an entry, in euros.

    2022-09-07 * "psg-juventus@2022-09-06T19:00:00Z" "12.5 min × 40 cents = 500 cents"
      subscriber: "81"
      Expenses:Gestures:Sport          5.00 EUR
      Liabilities:Subscribers         -5.00 EUR
    """
    opened: set[str] = set()
    for entry in sorted(entries, key=lambda one: (one.at, one.subject, one.number)):
        day = f"{instant(entry.at):%Y-%m-%d}"
        halves = [(_account(half.account), half.amount_cents) for half in postings(entry)]
        for account, _ in halves:
            if account not in opened:
                opened.add(account)
                yield f"{day} open {account} EUR\n"
        yield f'{day} * "{_quoted(entry.scope)}" "{_quoted(entry.why)}"\n  subscriber: "{entry.subject}"\n'
        for account, cents in halves:
            sign = "-" if cents < 0 else ""
            yield f"  {account:<40}{sign}{abs(cents) // 100}.{abs(cents) % 100:02d} EUR\n"
        yield "\n"


def _csv(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _account(name: str) -> str:
    """`expense:sport` → `Expenses:Gestures:Sport`. An offer's name is made of what accounts may hold."""
    kind, _, offer = name.partition(":")
    if kind != "expense":
        return "Liabilities:Subscribers"
    safe = _NOT_IN_ACCOUNTS.sub("-", offer).strip("-")
    return f"Expenses:Gestures:{(safe[:1].upper() + safe[1:]) or 'Other'}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
