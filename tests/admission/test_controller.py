"""The controller as a whole, on a small fluid house and on any reading at all."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission import controller
from kickoff.admission.flow import SHOW_UP_MIN
from kickoff.admission.gate import AHEAD_MAX
from kickoff.admission.orders import Health, Orders
from kickoff.admission.slew import slewed
from kickoff.units import US_PER_S, AtUs
from tests.admission.house import RULES, START, TICK_S, House, health, reading

NUMBER = st.floats(allow_nan=True, allow_infinity=True)


def test_a_line_is_let_in_at_the_target_share_of_the_capacity() -> None:
    """Less leaves the house empty for longer than it must; more breaks it."""
    house = House(RULES, capacity_per_s=45.0)
    house.run(60)
    before = house.passed
    house.run(60)

    assert 0.88 * 45 <= (house.passed - before) / 60 <= 45
    assert house.worst_queue_s < 0.5


def test_session_holders_cost_sign_in_nothing() -> None:
    """Where seven in ten hold a session, three times as many people fit through the same sign-in."""
    house = House(RULES, capacity_per_s=45.0, sign_in_share=0.3)
    house.run(120)
    before = house.passed
    house.run(60)

    assert 0.88 * 45 <= 0.3 * (house.passed - before) / 60 <= 45.01
    assert house.worst_queue_s < 1.0


def test_the_work_of_those_inside_comes_first() -> None:
    """Each viewer goes on costing calls: the door closes by itself before they ask for more than there is."""
    house = House(RULES, capacity_per_s=200.0, calls_inside_per_s=0.1)
    house.run(600)

    assert 0.88 * 200 <= house.inside * 0.1 <= 0.99 * 200
    assert house.worst_queue_s < 1.0


def test_a_lost_half_of_the_capacity_is_answered_within_seconds() -> None:
    """Nodes die at kick-off: the queue must not grow to a deadline, and the rate comes back with them."""
    house = House(RULES, capacity_per_s=100.0)
    house.run(60)
    house.capacity_per_s = 50.0
    house.worst_queue_s = 0.0
    house.run(60)
    assert house.worst_queue_s < 2.5
    assert 0.85 * 50 <= house.orders[-1].rate_per_s <= 50

    house.capacity_per_s = 100.0
    house.run(40)
    # Calls ahead breathe about what is let in.
    assert 0.85 * 100 <= house.orders[-1].rate_per_s <= 1.01 * 100


def test_free_slots_fill_though_half_of_those_called_never_come() -> None:
    """A thousand free slots and absent heads: others left 331 of 1,000 slots filled after 1,000 s."""
    rules = msgspec.structs.replace(RULES, inside_max=1000)
    house = House(rules, capacity_per_s=1e6, show_up=0.5)
    house.run(90)

    assert house.inside >= 990
    assert house.inside <= 1000


def test_slots_that_fall_free_are_filled_within_ten_seconds_though_half_never_come() -> None:
    """Fifty leave a full house at once: the show-up rate is known by then, and nobody waits for an absent head."""
    rules = msgspec.structs.replace(RULES, inside_max=1000)
    house = House(rules, capacity_per_s=1e6, show_up=0.5)
    house.run(90)
    for _ in range(5):
        house.inside -= 50
        house.run(10)
        assert 995 <= house.inside <= 1000


def test_half_absent_doubles_the_calls_not_the_load() -> None:
    """The rate that the back end sees stays what it carries."""
    house = House(RULES, capacity_per_s=45.0, show_up=0.5)
    house.run(120)
    before, called = house.passed, house.called
    house.run(60)

    assert 0.88 * 45 <= (house.passed - before) / 60 <= 45.01
    assert (house.called - called) / (house.passed - before) == pytest.approx(2.0, rel=0.1)


def test_lost_signals_are_held_and_then_decay_to_the_safe_rate() -> None:
    """Blind, the door neither shuts nor opens: it slows to what is safe anywhere."""
    house = House(RULES, capacity_per_s=100.0)
    house.run(60)
    seen = house.orders[-1].rate_per_s
    house.lost = True
    house.run(6)
    assert house.orders[-1].rate_per_s == pytest.approx(seen, rel=0.1)
    assert "is the tightest" in house.orders[-1].terms[0]

    house.run(60)
    assert house.orders[-1].rate_per_s == pytest.approx(RULES.safe_rate_per_s, rel=0.05)
    assert house.orders[-1].reason == "no_health"


def test_without_any_health_the_safe_rate_holds() -> None:
    """A back end that never reports is served carefully, not refused."""
    house = House(RULES)
    house.lost = True
    house.run(30)

    assert all(orders.rate_per_s == pytest.approx(RULES.safe_rate_per_s) for orders in house.orders)
    assert house.called == pytest.approx(300, abs=3)


def test_a_baseline_is_not_learnt_in_an_overload() -> None:
    """Started into a full back end, others take the overload for normal and protect nothing afterwards."""
    house = House(RULES, capacity_per_s=45.0)
    house.queue = 45.0 * 5
    house.report()
    house.run(20)
    assert house.queue / 45.0 < 0.5
    house.run(100)
    before = house.passed
    house.run(30)
    assert 0.88 * 45 <= (house.passed - before) / 30 <= 45.01


def test_deep_trouble_lengthens_heartbeats_and_calm_brings_them_back() -> None:
    """The first lever is the messages of those inside; it is given back step by step."""
    house = House(RULES, capacity_per_s=100.0, calls_inside_per_s=0.004)
    house.run(60)
    assert house.orders[-1].beat_s == 10.0
    house.queue = 300.0
    house.run(8)
    assert house.orders[-1].beat_s > 10.0
    house.run(150)
    assert house.state.stretch.in_trouble == 0
    assert house.orders[-1].beat_s <= 20.0, "one step may be left, for those in line"


def test_a_pause_calls_nobody_and_the_way_up_starts_low() -> None:
    """After a pause nobody knows the back end: its caches may be cold."""
    house = House(RULES, capacity_per_s=100.0)
    house.run(60)
    state, orders = controller.decide(house.state, msgspec.structs.replace(house.reading(), paused=True), RULES)
    assert (orders.call, orders.rate_per_s, orders.reason) == (0, 0.0, "paused")
    assert orders.eta == (math.inf, math.inf, math.inf)

    house.state = state
    house.run(1)
    assert house.orders[-1].rate_per_s < 3 * RULES.safe_rate_per_s


def test_the_operators_cap_is_never_exceeded() -> None:
    """Whoever runs the night has the last word, downwards."""
    house = House(RULES, capacity_per_s=100.0)
    house.run(30)
    _, orders = controller.decide(house.state, msgspec.structs.replace(house.reading(), cap_per_s=7.0), RULES)
    assert (orders.rate_per_s, orders.binding) == (7.0, "cap")


def test_a_cap_that_is_set_is_believed_at_once_and_told_as_what_it_is() -> None:
    """The time in line was told by the cap of before, for minutes, and the reason given was another."""
    house = House(RULES, joined=1_200)
    house.cap_per_s = 4.0
    house.run(60)
    house.cap_per_s = 1.0
    house.run(2)
    orders = house.orders[-1]
    low, middle, high = (each * (house.joined - house.called) for each in orders.eta)
    truth = house.joined - house.called
    assert low < truth < high
    assert middle == pytest.approx(truth, rel=0.02)
    assert orders.reason == "capped"


@given(low=st.floats(1, 1e5), more=st.floats(0, 1e5), inside=st.floats(0, 1e6), utilisation=st.floats(0, 1.2))
def test_less_capacity_never_calls_more(low: float, more: float, inside: float, utilisation: float) -> None:
    """The same house in the same second, with nodes missing, must not let in more people."""
    house = House(RULES, capacity_per_s=200.0)
    house.run(10)
    reading = msgspec.structs.replace(house.reading(), inside=inside, at=AtUs(house.at + US_PER_S))

    def rate(capacity_per_s: float) -> float:
        report = health(capacity_per_s, at=reading.at, utilisation=utilisation)
        told = msgspec.structs.replace(reading, health=(report,))
        return controller.decide(house.state, told, RULES)[1].rate_per_s

    assert rate(low) <= rate(low + more) * (1 + 1e-9) + 1e-9


@given(
    numbers=st.lists(
        st.one_of(
            st.tuples(NUMBER, NUMBER, NUMBER, st.integers(-10, 10**12)),
            # What is possible is believed, however much it is: beside the absurd alone nobody would ever be called.
            st.tuples(st.floats(0, 1), st.floats(0, 1_000), st.floats(1, 1e7), st.just(0)),
        ),
        min_size=6,
        max_size=12,
    ),
    inside=st.floats(0, 1e9) | st.just(0.0),
    steps=st.lists(st.integers(-2 * US_PER_S, 5 * US_PER_S), min_size=12, max_size=12),
)
def test_whatever_is_reported_the_rate_is_bounded(
    numbers: list[tuple[float, float, float, int]], inside: float, steps: list[int]
) -> None:
    """Not a number, infinite, negative, from the future, backwards: never an exception, never an open door."""
    state, at, called = controller.start(RULES), START, 0
    for (utilisation, queue_ms, capacity, errors), step in zip(numbers, steps, strict=False):
        at = AtUs(at + step)
        report = Health(
            dependency="sign_in",
            at=at,
            utilisation=utilisation,
            queue_ms=queue_ms,
            errors=errors,
            capacity_per_s=capacity,
        )
        # Before the first tick the rate is the safe one.
        before = state.rate_per_s if state.rates else RULES.safe_rate_per_s
        state, orders = controller.decide(state, reading(at, (report,), inside=inside, called=called), RULES)
        called += orders.call
        most = slewed(before, math.inf, tick_s=controller.TICK_S_MAX, safe_per_s=RULES.safe_rate_per_s)
        assert 0 <= orders.rate_per_s <= AHEAD_MAX / SHOW_UP_MIN * most
        assert math.isfinite(orders.rate_per_s)
        assert orders.call >= 0


@given(st.lists(st.tuples(st.floats(0.5, 500), st.floats(0, 3000)), min_size=30, max_size=60), st.integers(1, 20))
def test_called_in_any_window_is_at_most_what_was_published(weather: list[tuple[float, float]], window: int) -> None:
    """Nothing is saved up for a burst: in any window at most rate × time, and one person for the fraction."""
    state, called, history = controller.start(RULES), 0, list[Orders]()
    for number, (capacity, queue_ms) in enumerate(weather):
        at = AtUs(START + round(number * TICK_S * US_PER_S))
        told = reading(at, (health(capacity, at=at, queue_ms=queue_ms),), inside=0, called=called)
        state, orders = controller.decide(state, told, RULES)
        called += orders.call
        history.append(orders)
    for first in range(len(history) - window):
        part = history[first : first + window]
        assert sum(one.call for one in part) <= sum(one.rate_per_s for one in part) * TICK_S + 1


def test_nobody_waits_nobody_is_called_and_nothing_is_saved_up() -> None:
    """An empty hour must not become a burst when the first people come."""
    house = House(RULES, capacity_per_s=100.0, joined=0)
    house.run(120)
    house.joined = 1000
    house.run(1)
    assert house.called <= sum(orders.rate_per_s for orders in house.orders[-4:]) * TICK_S + 1


def test_a_dependency_that_was_never_measured_holds_the_rate_at_what_is_safe() -> None:
    """One that is measured says nothing about another: sign-in may be the weak one, and idle until the doors open."""
    told = (
        health(0.0, utilisation=0.0, queue_ms=0.0),
        msgspec.structs.replace(health(5000.0), dependency="playlist"),
    )
    state, _ = controller.decide(controller.start(RULES), reading(START, told, inside=0), RULES)
    at = AtUs(START + US_PER_S)
    fresh = tuple(msgspec.structs.replace(one, at=at) for one in told)
    _, orders = controller.decide(state, reading(at, fresh, inside=0), RULES)
    assert orders.rate_per_s == pytest.approx(RULES.safe_rate_per_s)
    assert any("not measured yet" in term for term in orders.terms)


def test_an_idle_dependency_does_not_hold_a_line_that_never_calls_it() -> None:
    """Where everyone holds a session nobody signs in, and sign-in stays unmeasured all night."""
    house = House(RULES, capacity_per_s=0.0, sign_in_share=0.0)
    house.capacity_per_s = 1e-9
    house.run(1)
    house.health = (health(0.0, at=house.at, utilisation=0.0, queue_ms=0.0),)
    house.lost = True
    house.run(240)
    assert house.orders[-1].rate_per_s > 20 * RULES.safe_rate_per_s
