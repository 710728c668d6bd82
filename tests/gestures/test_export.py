import csv
import re

from hypothesis import given
from hypothesis import strategies as st

from kickoff.gestures.export import beancount_lines, csv_lines
from kickoff.gestures.ledger import Entry
from kickoff.units import Cents, Subject, parse_iso

AT = parse_iso("2022-09-07T08:00:00Z")


def entry(cents: int = 500, *, subject: int = 1, number: int = 1, offer: str = "sport", why: str = "a sum") -> Entry:
    """One line of the ledger."""
    return Entry(
        scope="psg-juventus@2022-09-06T19:00:00Z", subject=Subject(subject), number=number, version=1, offer=offer,
        kind="credit", amount_cents=Cents(cents), list_number=1, at=AT, why=why,
    )  # fmt: skip


@given(st.text(max_size=40), st.integers(-(2**62), 2**62))
def test_csv_reads_back_what_was_written(why: str, cents: int) -> None:
    """Whatever a reason holds, commas and quotes included, stays in its column."""
    plain = why.replace("\r", " ").replace("\n", " ").replace("\0", " ")
    header, row = csv.reader([line.rstrip("\r\n") for line in csv_lines([entry(cents, why=plain)])])
    found = dict(zip(header, row, strict=True))
    assert (found["why"], found["amount_cents"], found["at"]) == (plain, str(cents), "2022-09-07T08:00:00+00:00")


@given(st.lists(st.integers(-99_999, 99_999), max_size=8))
def test_beancount_balances_and_opens_each_account_once(amounts: list[int]) -> None:
    """A bookkeeper's program refuses what does not."""
    text = "".join(beancount_lines(entry(cents, number=at) for at, cents in enumerate(amounts, 1)))
    opened = re.findall(r"open (\S+) EUR", text)
    assert len(opened) == len(set(opened)) == (2 if amounts else 0)
    moved = [round(float(found) * 100) for found in re.findall(r"(-?\d+\.\d\d) EUR", text)]
    assert sum(moved) == 0
    assert sorted(moved[::2]) == sorted(amounts)


def test_a_correction_is_an_opposite_transaction() -> None:
    """Minus on the expense, plus on what is owed."""
    text = "".join(beancount_lines([entry(-150, why='revised "down"')]))
    assert '"revised \\"down\\""' in text
    assert re.search(r"Expenses:Gestures:Sport +-1\.50 EUR", text)
    assert re.search(r"Liabilities:Subscribers +1\.50 EUR", text)


def test_an_offers_name_becomes_an_account() -> None:
    """Accounts hold letters, digits and dashes, and begin with a capital."""
    assert "Expenses:Gestures:Rat-plus " in "".join(beancount_lines([entry(offer="rat plus")]))
