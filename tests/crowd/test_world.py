"""The simulated back end."""

import numpy as np
import pytest

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.crowd.world import Queue, World
from kickoff.door.seam import SignInOutcome
from kickoff.night import Fault, Night, Servers
from tests.crowd.nights import short_night


@pytest.fixture
def night() -> Night:
    """A short night whose back end carries ten sign-ins a second."""
    return short_night(servers=Servers(sign_ins_per_s=10.0, playlists_per_s=100.0, calls_inside_per_s=0.1))


def world_of(night: Night) -> World:
    """Its back end, seeded."""
    return World(night, np.random.default_rng(1))


def test_calls_are_answered_one_after_the_other() -> None:
    """A core does one thing at a time: the tenth call of an instant waits for nine."""
    queue = Queue("sign_in", 10.0)
    assert [queue.ask(5.0) for _ in range(3)] == pytest.approx([5.1, 5.2, 5.3])
    assert queue.ask(20.0) == pytest.approx(20.1)


def test_what_would_come_too_late_is_dropped_at_no_cost() -> None:
    """Work that nobody waits for any more must not delay work that somebody waits for."""
    queue = Queue("sign_in", 10.0)
    for _ in range(20):
        queue.ask(0.0)
    assert queue.ask(0.0, wait_max_s=1.0) is None
    assert queue.failed == 1
    assert queue.waiting_s(0.0) == pytest.approx(2.0)


def test_lost_capacity_delays_what_waits_and_what_comes() -> None:
    """Half of the nodes gone: a queue of two seconds takes four."""
    queue = Queue("sign_in", 10.0)
    for _ in range(20):
        queue.ask(0.0)
    queue.lose(0.5, now_s=0.0)
    assert queue.waiting_s(0.0) == pytest.approx(4.0)
    queue.lose(0.0, now_s=1.0)
    assert queue.waiting_s(1.0) == pytest.approx(1.5)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_health_measures_the_capacity_that_is_there(night: Night, share: float) -> None:
    """The door is never told the number in the night file: only what the queue was seen to carry."""
    world = world_of(night)
    world.sign_in.lose(share, now_s=0.0)
    told = {}
    for tick in range(200):
        now_s = tick / 10
        world.advance(now_s, inside=0.0)
        world.sign_in.lose(share, now_s=now_s)
        if tick % 4 == 0:
            world.sign_in.ask(now_s)
        if tick % 10 == 0:
            told = {health.dependency: health for health in world.report(now_s)}
    assert told["sign_in"].capacity_per_s == pytest.approx(10 * (1 - share), rel=0.1)
    assert told["sign_in"].utilisation == pytest.approx(0.25 / (1 - share), abs=0.15)


def test_those_inside_go_on_costing_calls(night: Night) -> None:
    """Five hundred viewers at a tenth of a call a second use half of a hundred a second."""
    world = world_of(night)
    for tick in range(201):
        world.advance(tick * world.parameters.lump_s, inside=500.0)
    told = {health.dependency: health for health in world.report(10.0)}
    assert told["playlist"].utilisation == pytest.approx(0.5, abs=0.02)
    assert world.failed_inside == 0


def test_calls_of_people_watching_fail_when_they_ask_for_more_than_there_is(night: Night) -> None:
    """This is the number that the door exists to keep at nought."""
    world = world_of(night)
    for tick in range(2001):
        world.advance(tick * world.parameters.lump_s, inside=2000.0)
    assert world.failed_inside > 1000


@pytest.mark.parametrize(
    ("login", "password", "outcome"),
    [
        (login_of(7), PASSWORD, SignInOutcome.OK),
        (login_of(7), "wrong", SignInOutcome.WRONG_PASSWORD),
        (login_of(10**6), PASSWORD, SignInOutcome.UNKNOWN_ACCOUNT),
        ("nobody", PASSWORD, SignInOutcome.UNKNOWN_ACCOUNT),
    ],
)
def test_passwords_are_judged_like_by_the_real_back_end(
    night: Night, login: str, password: str, outcome: SignInOutcome
) -> None:
    """The door behaves by the outcome: the simulated one must be the true one."""
    done_s, answer = world_of(night).check_password(login, password, now_s=1.0, deadline_s=6.0)
    assert answer.outcome is outcome
    assert done_s == pytest.approx(1.1)


def test_a_sign_in_past_its_deadline_times_out_then(night: Night) -> None:
    """The door waits no longer than it said."""
    world = world_of(night)
    for _ in range(60):
        world.sign_in.ask(1.0)
    done_s, answer = world.check_password(login_of(7), PASSWORD, now_s=1.0, deadline_s=6.0)
    assert (done_s, answer.outcome, answer.duration_ms) == (6.0, SignInOutcome.TIMEOUT, 5000)
    done_s, answer = world.check_password(login_of(7), PASSWORD, now_s=1.0, deadline_s=None)
    assert answer.outcome is SignInOutcome.OK
    assert done_s == pytest.approx(7.1)


def test_a_broken_delivery_network_breaks_new_playlists_only_there() -> None:
    """And the back end's health does not see it: it fails outside."""
    fault = Fault(kind="cdn", at=10, until=20, where={"cdn": "south"}, share=1.0)
    world = world_of(short_night(faults=(fault,)))
    assert world.fetch_playlist(now_s=15.0, where={"cdn": "south"}) == (15.0, False)
    assert world.fetch_playlist(now_s=15.0, where={"cdn": "north"})[1]
    assert world.fetch_playlist(now_s=15.0)[1]
    assert world.fetch_playlist(now_s=25.0, where={"cdn": "south"})[1]
    assert all(health.errors == 0 for health in world.report(26.0))
