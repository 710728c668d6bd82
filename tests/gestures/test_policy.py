import random

from hypothesis import given
from hypothesis import strategies as st

from kickoff.findings import Case
from kickoff.gestures.policy import allot, key_of
from kickoff.night import Night
from kickoff.units import Subject
from tests.gestures.nights import OFFERS, case, cases, night_with

lists = st.lists(
    st.builds(
        case,
        st.integers(-(2**63), 2**63 - 1),
        minutes=st.floats(0, 200),
        offer=st.sampled_from([*OFFERS, "unheard-of"]),
    ),
    max_size=30,
)


def test_a_gesture_is_minutes_times_the_rate_and_says_so() -> None:
    """A care agent reads the sum to the subscriber, line by line."""
    (grant,) = allot([case(7, minutes=12.5)], night_with()).granted
    assert grant.amount_cents == 500
    assert grant.why == "12.5 min × 40 cents = 500 cents"


def test_minutes_are_those_of_the_match_clock() -> None:
    """A short night on which a minute lasts a second owes the same for the same share of the match."""
    night = night_with()
    assert night.match_minute_s < 2
    lost = Case(subject=Subject(1), offer="sport", lost_ms=round(20_000 * night.match_minute_s), met="", first_at=0)  # type: ignore[arg-type]
    assert allot([lost], night).granted[0].amount_cents == 800


def test_floor_and_cap_hold_and_are_named() -> None:
    """What differs from minutes times rate must be explained by the one who pays it."""
    small, large = allot([case(1, minutes=1), case(2, minutes=80)], night_with()).granted
    assert (small.amount_cents, large.amount_cents) == (200, 1000)
    assert "floor" in small.why
    assert "cap" in large.why


def test_less_than_the_least_earns_nothing_with_a_reason() -> None:
    """Left out is an answer that care has to give too."""
    found = allot([case(1, minutes=1)], night_with(minutes_min=2))
    assert found.granted == ()
    assert "less than the 2 min" in found.left_out[0].why


def test_who_stands_on_the_list_twice_is_paid_once() -> None:
    """A list joined from two sources must not pay twice."""
    found = allot([case(1), case(1)], night_with())
    assert len(found.granted) == 1
    assert found.left_out[0].why == "is on the list already"


def test_a_budget_too_small_gives_each_the_same_share() -> None:
    """Nobody gains by standing first; what was done is said in the list's own words."""
    night = night_with(budget_cents=700)
    found = allot([case(1, minutes=10), case(2, minutes=25)], night)
    assert [grant.amount_cents for grant in found.granted] == [200, 500]
    assert found.bound
    assert "50.0 %" in found.how
    assert "the share of all that the budget allows" in found.granted[0].why


def test_a_night_without_a_policy_owes_nothing_and_says_why() -> None:
    """The absence of a policy is not an error of the night."""
    night = night_with()
    bare = Night(**{name: getattr(night, name) for name in night.__struct_fields__ if name != "gestures"})
    assert allot([case(1)], bare).left_out[0].why == "the night has no policy"


def test_keys_differ_by_night_subscriber_and_version() -> None:
    """A gesture's key lives for ever, so two gestures never share one."""
    keys = {key_of(scope, Subject(who), version) for scope in "ab" for who in (-1, 1) for version in (1, 2)}
    assert len(keys) == 8


@given(lists, st.integers(0, 5_000))
def test_no_list_is_over_budget_or_over_cap(found: list[Case], budget: int) -> None:
    """Money is bounded whatever comes in, and everybody is either granted or left out, once."""
    night = night_with(budget_cents=budget)
    allotment = allot(found, night)
    assert allotment.total_cents == sum(grant.amount_cents for grant in allotment.granted) <= budget
    assert all(0 < grant.amount_cents <= 1000 for grant in allotment.granted)
    assert len(allotment.granted) + len(allotment.left_out) == len(found)


@given(lists, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_changes_nothing(found: list[Case], dice: random.Random) -> None:
    """The same journal gives the same gestures, to the byte."""
    shuffled = list(found)
    dice.shuffle(shuffled)
    night = night_with(budget_cents=3_000)
    assert allot(shuffled, night) == allot(found, night)


@given(st.floats(0, 90), st.floats(0, 90))
def test_who_lost_more_never_gets_less(one: float, other: float) -> None:
    """Fair by the clock: the rule is monotone."""
    less, more = sorted((one, other))
    night = night_with()
    amounts = {
        grant.subject: grant.amount_cents
        for grant in allot([case(1, minutes=less), case(2, minutes=more)], night).granted
    }
    assert amounts.get(Subject(1), 0) <= amounts.get(Subject(2), 0)


def test_totals_by_offer_add_up() -> None:
    """What the report shows by offer is what the ledger will hold."""
    allotment = allot(cases(200, seed=3), night_with())
    assert sum(cents for _, cents in allotment.by_offer().values()) == allotment.total_cents
    assert sum(count for count, _ in allotment.by_offer().values()) == len(allotment.granted)
