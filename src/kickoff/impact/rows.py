"""What do the facts say of each account? Rows as NumPy arrays; a device stands as the account it turned out to be."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_INT, NULL_SUBJECT, Fact, Lane
from kickoff.units import AtUs

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

OF_ACCOUNTS = (Fact.SIGNED_IN, Fact.LEASED, Fact.STARTED, Fact.START_FAILED, Fact.ENDED, Fact.READMITTED, Fact.REPORTED)
"""Only an account that has signed in leaves these: their subject is an account's."""


class Rows(Struct, frozen=True, kw_only=True):
    """The facts of viewers up to an instant, in order of time."""

    table: pa.Table
    at: Integers
    account: Integers
    """The subject's account; the subject itself where its account never became known."""
    is_account: Mask
    """Whether `account` is an account's, not a device's."""
    duration_us: Integers

    def is_fact(self, *facts: Fact) -> Mask:
        """The rows of these kinds."""
        return holds(self.table, "fact", *(str(fact) for fact in facts))

    def has_code(self, *codes: str) -> Mask:
        """The rows with one of these codes."""
        return holds(self.table, "code", *codes)


def rows_of(facts: pa.Table, subscribers: pa.Table, until: AtUs) -> Rows:
    """Read the facts; rows later than `until` and rows of the house are left out."""
    kept = facts.filter(pc.and_(pc.less_equal(facts["at"], until), pc.is_valid(facts["subject"])))
    kept = kept.take(pc.sort_indices(kept["at"]))
    subject, place = integers(kept, "subject", NULL_SUBJECT), integers(kept, "place", NULL_INT)
    signed_in = holds(kept, "fact", Fact.SIGNED_IN)
    # Each lane has its own places: the links are made lane by lane.
    account = subject
    for lane in lanes_of(kept):
        account = _linked(subject, np.where(lane, place, NULL_INT), signed_in & lane & (place > 0), known=account)
    return Rows(
        table=kept,
        at=integers(kept, "at", 0),
        account=account,
        is_account=np.isin(account, _accounts(kept, subject, subscribers)),
        duration_us=np.maximum(integers(kept, "duration_ms", 0), 0) * 1000,
    )


def integers(table: pa.Table, name: str, null: int) -> Integers:
    """A column of whole numbers; `null` where it is null or was not recorded."""
    if name not in table.column_names:
        return np.full(len(table), null, np.int64)
    return np.asarray(table[name].cast(pa.int64()).fill_null(null).to_numpy(), np.int64)


def holds(table: pa.Table, name: str, *values: str) -> Mask:
    """The rows whose column has one of these values; none where it was not recorded."""
    if name not in table.column_names:
        return np.zeros(len(table), np.bool_)
    found = pc.is_in(table[name].cast(pa.string()), value_set=pa.array([str(value) for value in values], pa.string()))
    return np.asarray(found.to_numpy(), np.bool_)


def lanes_of(table: pa.Table) -> tuple[Mask, ...]:
    """The rows of each lane; all rows where lanes were not recorded. Grace is of the main one."""
    if "lane" not in table.column_names:
        return (np.ones(len(table), np.bool_),)
    known = holds(table, "lane", Lane.KNOWN)
    return (~known, known)


def _linked(subject: Integers, place: Integers, links: Mask, *, known: Integers) -> Integers:
    """Who signs in from a place of the line is the account of the device that took it; `known`: found so far."""
    places, first = np.unique(place[links], return_index=True)
    if not len(places):
        return known
    accounts = subject[links][first]
    where = np.minimum(np.searchsorted(places, place), len(places) - 1)
    by_place = (place > 0) & (places[where] == place)
    devices, rows = np.unique(subject[by_place], return_index=True)
    owners = accounts[where[by_place]][rows]
    slot = np.minimum(np.searchsorted(devices, subject), len(devices) - 1)
    return np.where(devices[slot] == subject, owners[slot], known)


def _accounts(table: pa.Table, subject: Integers, subscribers: pa.Table) -> Integers:
    known = integers(subscribers, "subject", NULL_SUBJECT)
    acted = holds(table, "fact", *OF_ACCOUNTS)
    joined = holds(table, "fact", Fact.JOINED) & holds(table, "code", "session")
    return np.unique(np.concatenate([known, subject[acted | joined]]))
