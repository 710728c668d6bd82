"""What do the facts say of each account? Rows as NumPy arrays; a device stands as the account it turned out to be."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_INT, NULL_SUBJECT, Fact, Lane
from kickoff.numbered import HOUSE, People, coded, integers, people_of
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
    account: NDArray[np.int32]
    """Number of the subject's account; the subject's own where its account never became known; `HOUSE`: nobody's."""
    subjects: Integers
    """Who each number stands for, rising with it."""
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
    people = people_of(kept)
    # What the house says of places is nobody's place.
    place = np.where(people.number == HOUSE, NULL_INT, integers(kept, "place", NULL_INT))
    signed_in = holds(kept, "fact", Fact.SIGNED_IN)
    account = np.arange(len(people.subjects), dtype=np.int32)
    # Each lane has its own places: the links are made lane by lane.
    for lane in lanes_of(kept):
        _link(account, people.number, place, at_places=lane & (place > 0), signed_in=signed_in)
    own = account[people.number]
    return Rows(
        table=kept,
        at=integers(kept, "at", 0),
        account=own,
        subjects=people.subjects,
        is_account=_are_accounts(kept, people, subscribers)[own],
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


def holds(table: pa.Table, name: str, *values: str) -> Mask:
    """The rows whose column has one of these values; none where it was not recorded."""
    return coded(table, name).is_any(*(str(value) for value in values))


def lanes_of(table: pa.Table) -> tuple[Mask, ...]:
    """The rows of each lane; all rows where lanes were not recorded. Grace is of the main one."""
    if "lane" not in table.column_names:
        return (np.ones(len(table), np.bool_),)
    known = holds(table, "lane", Lane.KNOWN)
    return (~known, known)


def _link(
    account: NDArray[np.int32], number: NDArray[np.int32], place: Integers, *, at_places: Mask, signed_in: Mask
) -> None:
    """Who signs in first from a place of the line is the account of the device that took it: noted in `account`."""
    rows = np.flatnonzero(at_places)
    came = rows[signed_in[rows]]
    if not len(came):
        return
    places, slot = _slots(place[came], place[rows])
    owner = np.full(len(places), -1, np.int32)
    # Read from the end, the first assignment to a place is the last one, and counts.
    owner[_slots(place[came], place[came])[1][::-1]] = number[came][::-1]
    taken = slot >= 0
    rows, owners = rows[taken], owner[slot[taken]]
    account[number[rows][::-1]] = owners[::-1]


def _slots(known: Integers, places: Integers) -> tuple[Integers, Integers]:
    """(the different places known, which of them each place is; -1: none). PERF: places are counted from 1 on."""
    if known.max() < 4 * len(known) + 1_000_000:
        found = np.flatnonzero(np.bincount(known))
        slot = np.full(int(found[-1]) + 2, -1, np.int64)
        slot[found] = np.arange(len(found))
        return found, slot[np.minimum(places, int(found[-1]) + 1)]
    found = np.unique(known)
    slot = np.minimum(np.searchsorted(found, places), len(found) - 1)
    return found, np.where(found[slot] == places, slot, -1)


def _are_accounts(table: pa.Table, people: People, subscribers: pa.Table) -> Mask:
    """For each number, whether it is an account's: a subscriber's, or of one who did what only accounts can."""
    acted = holds(table, "fact", *OF_ACCOUNTS)
    acted |= holds(table, "fact", Fact.JOINED) & holds(table, "code", "session")
    found = np.zeros(len(people.subjects), np.bool_)
    found[people.number[acted]] = True
    # PERF: searched in their order they are found in a tenth of the time.
    known = np.sort(integers(subscribers, "subject", NULL_SUBJECT))
    slot = np.minimum(np.searchsorted(people.subjects, known), len(people.subjects) - 1)
    found[slot[people.subjects[slot] == known]] = True
    return found
