"""What the house can do, shared between the lanes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.limits import Limit
from kickoff.admission.sharing import REST_SLOW, SHARE_FLOOR, SHARE_MIN, SHARE_SLOW, Demand, longest, shared, shares

LANES = ("main", "known")
AMOUNT = st.floats(0.1, 1e5)


def limit(name: str, free_per_s: float, main: float = 1.0, known: float = 1.0) -> Limit:
    """A limit of so many calls a second."""
    return Limit(name=name, free_per_s=free_per_s, costs={"main": main, "known": known}, words="")


def demand(waiting: int, *, most_per_s: float = 1e9) -> Demand:
    """A lane with so many people."""
    return Demand(waiting=waiting, most_per_s=most_per_s, useful_per_s=waiting * 4.0)


def rates(limits: tuple[Limit, ...], main: Demand, known: Demand) -> tuple[float, float]:
    """The rates of both lanes."""
    found = shared(limits, {"main": main, "known": known})
    return found["main"].rate_per_s, found["known"].rate_per_s


def test_what_binds_both_is_shared_by_the_people_who_wait() -> None:
    """A third of the people, a share near a third; nobody is starved by a crowd a thousand times theirs."""
    main, known = rates((limit("playlist", 100.0),), demand(1000), demand(3000))
    assert main + known == pytest.approx(100.0)
    assert main == pytest.approx(100 * (SHARE_MIN + 0.6 / 4))
    assert rates((limit("playlist", 100.0),), demand(10), demand(10_000_000))[0] >= 100 * SHARE_MIN


def test_who_costs_a_dependency_nothing_is_not_held_by_it() -> None:
    """Sign-in is the bottleneck of those who sign in; the others are held by what they do use."""
    main, known = rates((limit("sign_in", 40.0, known=0.02), limit("playlist", 1000.0)), demand(5000), demand(5000))
    assert known == pytest.approx(1000 - main)
    assert main == pytest.approx(40 - 0.02 * 500)
    braked = rates((limit("sign_in", 2.0, known=0.02), limit("playlist", 1000.0)), demand(5000), demand(5000))
    assert braked[1] >= known
    assert braked[0] > 0


def test_known_people_who_sign_in_all_the_same_are_held_by_sign_in() -> None:
    """Sessions that a back end refuses cost what they cost."""
    main, known = rates((limit("sign_in", 40.0, known=0.9), limit("playlist", 1000.0)), demand(5000), demand(5000))
    assert main + 0.9 * known == pytest.approx(40.0)


def test_where_no_other_dependency_is_known_the_one_there_is_holds_all() -> None:
    """No lane is ever let in without any bound but the licence."""
    assert rates((limit("sign_in", 40.0, known=0.02), limit("inside_max", 1e8)), demand(0), demand(500))[1] <= 40 / 0.02


@pytest.mark.parametrize(("guaranteed", "least"), [(0.6, 0.6), (0.0, SHARE_FLOOR), (-3.0, SHARE_FLOOR), (9.0, 0.8)])
def test_the_operator_guarantees_a_lane_its_share_and_starves_none(guaranteed: float, least: float) -> None:
    """A thousand people before ten millions: what is promised them is theirs, and the others go on."""
    demands = {"main": demand(1000), "known": demand(10_000_000)}
    found = shared((limit("playlist", 100.0),), demands, {"main": guaranteed})
    first = shares({"main": 1000, "known": 10_000_000}, {"main": guaranteed})
    assert first["main"] == pytest.approx(least, abs=1e-3)
    assert sum(first.values()) == pytest.approx(1.0)
    assert found["main"].rate_per_s >= 100 * least * 0.99
    assert sum(one.rate_per_s for one in found.values()) <= 100 * 1.01


@given(st.dictionaries(st.sampled_from(LANES), st.floats(allow_nan=True)), st.integers(1, 10**7), st.integers(1, 10**7))
def test_whatever_is_guaranteed_each_lane_has_something_and_all_have_no_more_than_there_is(
    guaranteed: dict[str, float], main: int, known: int
) -> None:
    """Of any numbers at all, those that are none included."""
    found = shares({"main": main, "known": known}, guaranteed)
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found.values()) >= SHARE_FLOOR / 2


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_lane_without_people_gives_its_share_to_the_other(waiting: int) -> None:
    """Nothing lies idle while somebody waits; its own first comers are still promised a share."""
    main, known = rates((limit("playlist", 100.0),), demand(waiting), demand(5000))
    assert known == pytest.approx(100.0 - 4 * waiting)
    assert main >= 100 * SHARE_MIN * 0.99


def test_what_the_slew_holds_back_goes_to_the_other() -> None:
    """A lane on its way up does not keep the other waiting for it."""
    main, known = rates((limit("playlist", 100.0),), demand(5000), demand(5000, most_per_s=10.0))
    assert main == pytest.approx(90.0)
    assert known == pytest.approx(50.0)


@given(
    free=st.tuples(AMOUNT, AMOUNT),
    costs=st.tuples(st.floats(0.06, 3), st.floats(0.06, 3)),
    people=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    most=st.tuples(AMOUNT, AMOUNT),
)
def test_no_limit_is_broken_and_no_lane_starved(
    free: tuple[float, float], costs: tuple[float, float], people: tuple[int, int], most: tuple[float, float]
) -> None:
    """Whatever waits and whatever it costs: used together they fit, and each has its least share."""
    limits = (limit("sign_in", free[0], *costs), limit("playlist", free[1]))
    demands = {lane: demand(people[at], most_per_s=most[at]) for at, lane in enumerate(LANES)}
    found = shared(limits, demands)
    for one in limits:
        used = sum(
            one.costs[lane] * min(found[lane].rate_per_s, demands[lane].most_per_s, demands[lane].useful_per_s)
            for lane in LANES
        )
        assert used <= one.free_per_s * (1 + 1e-9)
    for lane in LANES:
        least = min(SHARE_MIN * one.free_per_s / one.costs[lane] for one in limits)
        assert found[lane].rate_per_s >= least * (1 - 1e-9)


@given(
    free=AMOUNT, more=AMOUNT, cost=st.floats(0.001, 3), people=st.tuples(st.integers(1, 10**6), st.integers(1, 10**6))
)
def test_less_of_one_dependency_lets_in_no_more(free: float, more: float, cost: float, people: tuple[int, int]) -> None:
    """In no lane while it is the only one that binds."""

    def found(amount: float) -> tuple[float, float]:
        one = (limit("sign_in", amount, known=cost),)
        endless = (Demand(waiting=count, most_per_s=1e12, useful_per_s=1e12) for count in people)
        return rates(one, *endless)

    for less, rest in zip(found(free), found(free + more), strict=True):
        assert less <= rest * (1 + 1e-9)


@given(st.dictionaries(st.sampled_from(LANES), st.integers(0, 10**7), min_size=1))
def test_the_shares_of_those_who_wait_are_one_whole(waiting: dict[str, int]) -> None:
    """And none is below the least."""
    found = shares(waiting)
    standing = [share for lane, share in found.items() if waiting[lane]] or list(found.values())
    assert sum(standing) == pytest.approx(1.0)
    assert all(share >= SHARE_MIN * (1 - 1e-9) for share in found.values())


FOUR = ("main", "known", "slow", "operator")


def four(free_per_s: float) -> Limit:
    """A limit that holds all four lanes alike."""
    return Limit(name="playlist", free_per_s=free_per_s, costs=dict.fromkeys(FOUR, 1.0), words="")


def rates_of(free_per_s: float, **people: int) -> dict[str, float]:
    """The rate of each of the four lanes."""
    found = shared((four(free_per_s),), {lane: demand(people.get(lane, 0)) for lane in FOUR})
    return {lane: one.rate_per_s for lane, one in found.items()}


def test_however_many_bots_stand_in_the_slow_lane_they_take_a_hundredth() -> None:
    """A hundred thousand of them, and their number does not count; nor are they starved, nor is anybody slowed."""
    calm, wild = (rates_of(100.0, main=3000, known=7000, slow=bots) for bots in (0, 100_000))
    assert wild["slow"] == pytest.approx(100 * SHARE_SLOW)
    for lane in ("main", "known"):
        assert wild[lane] == calm[lane]


@given(st.integers(1, 10**6), st.floats(1, 1e4))
def test_what_the_slow_lane_is_given_while_nobody_else_waits_lowers_nobodys_rate(bots: int, free: float) -> None:
    """Whoever comes next is called at the rate at which they would have been called without any bots."""
    calm, wild = rates_of(free), rates_of(free, slow=bots)
    assert free * SHARE_SLOW <= wild["slow"] <= REST_SLOW * free * (1 + 1e-9)
    assert {**wild, "slow": 0} == {**calm, "slow": 0}


def test_idle_lanes_change_nothing_for_those_in_use() -> None:
    """Two lanes more, in which nobody stands: the shares are those of two."""
    assert (
        shares({"main": 10, "known": 30, "slow": 0, "operator": 0})["main"] == shares({"main": 10, "known": 30})["main"]
    )
    nobody = shares(dict.fromkeys(FOUR, 0))
    assert (nobody["main"], nobody["known"]) == (0.5, 0.5)


def test_the_operators_guests_have_their_part_beside_any_crowd() -> None:
    """Ten people of the press before a million: a fifth of what there is, until they are in."""
    found = rates_of(100.0, main=500_000, known=500_000, operator=10)
    assert found["operator"] >= 100 * SHARE_MIN
    assert found["main"] + found["known"] >= 60 - 1e-9


@given(st.dictionaries(st.sampled_from(FOUR), st.integers(0, 10**6), min_size=4))
def test_four_lanes_together_get_no_more_than_there_is_and_none_is_starved(people: dict[str, int]) -> None:
    """Whoever stands where."""
    demands = {lane: demand(count) for lane, count in people.items()}
    found = shared((four(100.0),), demands)
    used = {lane: min(one.rate_per_s, demands[lane].useful_per_s) for lane, one in found.items()}
    assert sum(used.values()) <= 100 * (1 + SHARE_SLOW + 1e-9)
    for lane, one in found.items():
        assert one.rate_per_s >= (SHARE_SLOW if lane == "slow" else SHARE_FLOOR) * 100 * (1 - 1e-9)


def test_one_lane_stands_for_all_and_it_is_not_that_of_the_bots() -> None:
    """What the page says of the line is said of people's."""
    assert longest({"main": 3, "known": 2, "slow": 90_000, "operator": 0}) == "main"
    assert longest({"main": 0, "known": 0, "slow": 5, "operator": 0}) == "slow"
    assert longest(dict.fromkeys(FOUR, 0)) == "main"
