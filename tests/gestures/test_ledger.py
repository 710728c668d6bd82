from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kickoff.findings import Grant
from kickoff.gestures.ledger import Entry, Standing, batches, digest, digest_of, due, postings
from kickoff.units import AtUs, Cents, Subject


def grant(subject: int, cents: int, *, offer: str = "sport", kind: str = "credit") -> Grant:
    """A gesture of so many cents."""
    return Grant(
        key=f"night/{subject}/v1",
        subject=Subject(subject),
        offer=offer,
        kind=kind,
        amount_cents=Cents(cents),
        why="sum",
    )


lists = st.lists(
    st.builds(grant, st.integers(1, 9), st.integers(1, 999), offer=st.sampled_from(["essential", "sport"])),
    max_size=12,
    unique_by=lambda one: one.subject,
)


def entries_for(grants: list[Grant], before: list[Entry]) -> list[Entry]:
    """The entries due after those that stand already."""
    return list(due(grants, stands(before), scope="night", version=1, list_number=1, at=AtUs(1)))


def stands(entries: list[Entry]) -> list[Standing]:
    """What entries sum up to."""
    sums: Counter[tuple[Subject, str, str]] = Counter()
    last: dict[tuple[Subject, str, str], int] = {}
    for entry in entries:
        key = (entry.subject, entry.offer, entry.kind)
        sums[key] += entry.amount_cents
        last[key] = entry.number
    return [
        Standing(subject=key[0], offer=key[1], kind=key[2], amount_cents=Cents(cents), number=last[key])
        for key, cents in sums.items()
    ]


def test_the_same_gesture_again_is_neither_new_nor_an_error() -> None:
    """A list that is posted twice pays once."""
    first = entries_for([grant(1, 500)], [])
    assert entries_for([grant(1, 500)], first) == []


def test_a_revised_amount_is_the_difference_and_says_from_what() -> None:
    """A correction can be read: from how much to how much, and why."""
    first = entries_for([grant(1, 500)], [])
    (entry,) = entries_for([grant(1, 350)], first)
    assert (entry.amount_cents, entry.number) == (-150, 2)
    assert entry.why == "revised from 500 to 350 cents: sum"


def test_who_is_no_longer_on_the_list_ends_at_nothing() -> None:
    """The last list is what is owed, whole."""
    first = entries_for([grant(1, 500), grant(2, 100)], [])
    (entry,) = entries_for([grant(2, 100)], first)
    assert (entry.subject, entry.amount_cents) == (1, -500)


def test_a_changed_offer_is_taken_back_before_it_is_given_anew() -> None:
    """Totals by offer stay right, and nobody is promised twice in between."""
    first = entries_for([grant(1, 500, offer="essential")], [])
    moves = [(entry.offer, entry.amount_cents) for entry in entries_for([grant(1, 600, offer="sport")], first)]
    assert moves == [("essential", -500), ("sport", 600)]


@given(st.lists(lists, max_size=6))
def test_after_any_revisions_the_ledger_says_what_the_last_list_says(revisions: list[list[Grant]]) -> None:
    """Up, down, off the list and back: the sum is always the last word."""
    entries: list[Entry] = []
    for revision in revisions:
        entries += entries_for(revision, entries)
    last = revisions[-1] if revisions else []
    assert digest((one.subject, one.offer, one.kind, one.amount_cents) for one in stands(entries)) == digest_of(last)
    numbers = [entry.number for entry in entries if entry.subject == 1]
    assert numbers == list(range(1, len(numbers) + 1))


@given(lists)
def test_every_entry_balances(grants: list[Grant]) -> None:
    """Double entry: what is owed and what it costs are one thing seen twice."""
    for entry in entries_for(grants, []):
        halves = postings(entry)
        assert sum(half.amount_cents for half in halves) == 0
        assert {half.account for half in halves} == {f"expense:{entry.offer}", "payable"}


@given(lists, st.integers(1, 5))
def test_batches_cover_everybody_once_and_leave_no_gap(grants: list[Grant], size: int) -> None:
    """Who left the list is found in a batch too: the ranges meet, and are open at both ends."""
    parts = list(batches(grants, size))
    assert sorted(one.subject for _, _, part in parts for one in part) == sorted(one.subject for one in grants)
    assert parts[0][0] is None
    assert parts[-1][1] is None
    assert [upto for _, upto, _ in parts[:-1]] == [after for after, _, _ in parts[1:]]
    for after, upto, part in parts:
        assert all((after is None or one.subject > after) and (upto is None or one.subject <= upto) for one in part)


def test_digests_keep_the_fields_apart() -> None:
    """Two lists that read alike without separators are two lists."""
    assert digest([(1, "ab", "c", 1)]) != digest([(1, "a", "bc", 1)])
    assert digest([(1, "a", "b", 0)]) == digest([])
