"""Two lanes before one house: how fast each is called, and what the other has to do with it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission import controller
from kickoff.admission.orders import Health, LaneCounts, Orders, Reading
from kickoff.units import US_PER_S, AtUs
from tests.admission.house import RULES, START, TICK_S, health, reading


class Lanes:
    """Two lanes before a house in which everybody who is called comes at once; only the main lane signs in."""

    def __init__(self, **joined: int) -> None:
        self.joined, self.called = joined, dict.fromkeys(joined, 0)
        self.state = controller.start(RULES)
        self.orders: list[Orders] = []

    def run(self, seconds: float, *, sign_in_queue_ms: float = 20.0, playlists_per_s: float = 300.0) -> None:
        """Let so many seconds pass."""
        for _ in range(round(seconds / TICK_S)):
            at = AtUs(START + round(len(self.orders) * TICK_S * US_PER_S))
            main_per_s, all_per_s = self.rate("main"), sum(map(self.rate, self.joined))
            told = (
                health(45.0, at=at, utilisation=min(1.0, main_per_s / 45.0), queue_ms=sign_in_queue_ms),
                msgspec.structs.replace(
                    health(playlists_per_s, at=at, utilisation=min(1.0, all_per_s / playlists_per_s)),
                    dependency="playlist",
                ),
            )
            self.state, orders = controller.decide(self.state, self.reading(at, told), RULES)
            self.orders.append(orders)
            for lane, own in orders.lanes.items():
                self.called[lane] += own.call

    def reading(self, at: AtUs, told: tuple[Health, ...]) -> Reading:
        """What the door would count."""
        lanes = {
            lane: LaneCounts(
                joined_total=joined,
                called_total=self.called[lane],
                passed_total=self.called[lane],
                lapsed_total=0,
                leased_total=self.called[lane],
                sign_ins_total=self.called[lane] if lane == "main" else 0,
            )
            for lane, joined in self.joined.items()
        }
        whole = sum(self.called.values())
        return msgspec.structs.replace(
            reading(at, told, inside=0, called=whole), joined_total=sum(self.joined.values()), lanes=lanes
        )

    def rate(self, lane: str) -> float:
        """As last ordered."""
        return self.orders[-1].lanes[lane].rate_per_s if self.orders else 0.0


def test_who_is_known_does_not_wait_for_sign_in() -> None:
    """Each lane is as fast as what it uses allows: sign-in for the one, playlists for the other."""
    house = Lanes(main=100_000, known=100_000)
    house.run(60)
    assert house.rate("main") == pytest.approx(0.94 * 45, rel=0.15)
    assert house.rate("main") + house.rate("known") == pytest.approx(0.95 * 300, rel=0.08)
    assert house.orders[-1].rate_per_s == pytest.approx(house.rate("main") + house.rate("known"))
    assert any(term.startswith("main: ") and "; sign-in is the tightest: " in term for term in house.orders[-1].terms)
    assert any(term.startswith("known: ") and "; playlist is the tightest: " in term for term in house.orders[-1].terms)


def test_a_brake_on_sign_in_does_not_hold_back_those_who_are_known() -> None:
    """A flood of passwords is no reason to keep a household out that needs none."""
    house = Lanes(main=100_000, known=100_000)
    house.run(60)
    before = house.rate("known")
    house.run(5, sign_in_queue_ms=5_000.0)
    assert house.rate("main") < 5
    assert house.rate("known") >= before * 0.99


def test_what_binds_both_starves_neither() -> None:
    """A hundred thousand behind ten million have their fifth."""
    house = Lanes(main=100_000, known=10_000_000)
    house.run(60, playlists_per_s=50.0)
    assert house.rate("main") >= 0.2 * 0.88 * 50 * 0.99
    assert house.rate("main") + house.rate("known") == pytest.approx(0.97 * 50, rel=0.1)


def test_the_operators_cap_holds_for_both_lanes_together() -> None:
    """Whoever runs the night caps the house, not a lane."""
    house = Lanes(main=100_000, known=100_000)
    house.run(60)
    told = msgspec.structs.replace(house.reading(AtUs(START + 61 * US_PER_S), ()), cap_per_s=10.0)
    _, orders = controller.decide(house.state, told, RULES)
    assert orders.rate_per_s == pytest.approx(10.0)
    assert min(own.rate_per_s for own in orders.lanes.values()) >= 2.0


def test_blind_both_lanes_together_go_to_the_safe_rate() -> None:
    """Who costs the silent sign-in nothing is not let in without bound either."""
    house = Lanes(main=100_000, known=100_000)
    house.run(30)
    state, seen = house.state, list[Orders]()
    for tick in range(240):
        at = AtUs(START + round((30 + tick * TICK_S) * US_PER_S))
        state, orders = controller.decide(state, house.reading(at, ()), RULES)
        seen.append(orders)
    assert seen[-1].rate_per_s == pytest.approx(RULES.safe_rate_per_s, rel=0.06)


WEATHER = st.tuples(st.floats(0.5, 500), st.floats(0, 3000), st.integers(0, 300), st.integers(0, 300))


@given(st.lists(WEATHER, min_size=20, max_size=40), st.integers(1, 20))
def test_no_lane_is_called_more_than_was_published_for_it(
    weather: list[tuple[float, float, int, int]], window: int
) -> None:
    """People come to both lanes as they like: in any window at most rate × time, and one person for the fraction."""
    house = Lanes(main=0, known=0)
    for capacity, queue_ms, *come in weather:
        for lane, people in zip(("main", "known"), come, strict=True):
            house.joined[lane] += people
        house.run(TICK_S, sign_in_queue_ms=queue_ms, playlists_per_s=capacity)
    for lane in ("main", "known"):
        own = [orders.lanes[lane] for orders in house.orders]
        for first in range(len(own) - window):
            part = own[first : first + window]
            assert sum(one.call for one in part) <= sum(one.rate_per_s for one in part) * TICK_S + 1 + 1e-9
        assert house.called[lane] <= house.joined[lane]
