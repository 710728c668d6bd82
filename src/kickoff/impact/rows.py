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

READ = (
    "at", "fact", "code", "subject", "stream", "lane", "place", "duration_ms", "source",
    "offer", "device", "app", "isp", "region", "cdn", "channel",
)  # fmt: skip

OF_ACCOUNTS = (Fact.SIGNED_IN, Fact.LEASED, Fact.STARTED, Fact.START_FAILED, Fact.ENDED, Fact.READMITTED, Fact.REPORTED)
"""Only an account that has signed in leaves these: their subject is an account's."""


class Rows(Struct, frozen=True, kw_only=True):
    """The facts up to an instant, in order of time."""

    table: pa.Table
    at: Integers
    account: Integers
    """The subject's account; the subject itself where its account never became known; `NULL_SUBJECT`: the house."""
    is_account: Mask
    """Whether `account` is an account's, not a device's."""
    duration_us: Integers
    masks: dict[tuple[str, ...], Mask]
    """What was asked before: most questions are asked for each incident."""

    def is_fact(self, *facts: Fact) -> Mask:
        """The rows of these kinds."""
        return self.holds("fact", *(str(fact) for fact in facts))

    def has_code(self, *codes: str) -> Mask:
        """The rows with one of these codes."""
        return self.holds("code", *codes)

    def holds(self, name: str, *values: str) -> Mask:
        """The rows whose column has one of these values."""
        key = (name, *values)
        if key not in self.masks:
            self.masks[key] = holds(self.table, name, *values)
        return self.masks[key]


def rows_of(facts: pa.Table, subscribers: pa.Table, until: AtUs) -> Rows:
    """Read the facts; rows later than `until` are left out."""
    kept = _by_time(facts.select([name for name in READ if name in facts.column_names]), until)
    subject = integers(kept, "subject", NULL_SUBJECT)
    # What the house says of places is nobody's place.
    place = np.where(subject == NULL_SUBJECT, NULL_INT, integers(kept, "place", NULL_INT))
    signed_in = holds(kept, "fact", Fact.SIGNED_IN)
    # Each lane has its own places: the links are made lane by lane.
    account = subject
    for lane in lanes_of(kept):
        account = _linked(subject, np.where(lane, place, NULL_INT), signed_in & lane & (place > 0), known=account)
    return Rows(
        table=kept,
        at=integers(kept, "at", 0),
        account=account,
        is_account=_is_in(account, _accounts(kept, subject, subscribers)),
        duration_us=np.maximum(integers(kept, "duration_ms", 0), 0) * 1000,
        masks={},
    )


def _by_time(facts: pa.Table, until: AtUs) -> pa.Table:
    """The rows up to `until` by time. PERF: a journal is read so already, and its copy costs seconds."""
    at = integers(facts, "at", 0)
    if len(at) and at.max() > until:
        facts = facts.filter(pc.less_equal(facts["at"], until))
        at = integers(facts, "at", 0)
    return facts if np.all(at[1:] >= at[:-1]) else facts.take(pc.sort_indices(facts["at"]))


def _is_in(values: Integers, known: Integers) -> Mask:
    """Which values are among the known ones, which rise."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    slot = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[slot] == values, np.bool_)


def integers(table: pa.Table, name: str, null: int) -> Integers:
    """A column of whole numbers; `null` where it is null or was not recorded."""
    if name not in table.column_names:
        return np.full(len(table), null, np.int64)
    return np.asarray(table[name].cast(pa.int64()).fill_null(null).to_numpy(), np.int64)


def holds(table: pa.Table, name: str, *values: str) -> Mask:
    """The rows whose column has one of these values; none where it was not recorded."""
    if name not in table.column_names:
        return np.zeros(len(table), np.bool_)
    column, wanted = table[name], [str(value) for value in values]
    if not pa.types.is_dictionary(column.type):
        found = pc.is_in(column.cast(pa.string()), value_set=pa.array(wanted, pa.string()))
        return np.asarray(found.to_numpy(), np.bool_)
    parts = []
    for chunk in column.chunks:
        is_wanted = np.array([*(text in wanted for text in chunk.dictionary.to_pylist()), False])
        parts.append(is_wanted[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])
    return np.concatenate([np.zeros(0, np.bool_), *parts])


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
