import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.backend.sign_in import Outcome, SignInDesk
from kickoff.backend.subscribers import Subscribers, make_subscribers
from kickoff.clock import ManualClock
from kickoff.units import AtUs
from tests.backend.small_night import small_night

ANA = login_of(7)


@pytest.fixture
def clock() -> ManualClock:
    """Time that stands still."""
    return ManualClock(AtUs(1_000_000))


@pytest.fixture
def subscribers(tmp_path: Path) -> Iterator[Subscribers]:
    """Fifty accounts."""
    make_subscribers(tmp_path / "subscribers.sqlite", small_night())
    found = Subscribers(tmp_path / "subscribers.sqlite")
    yield found
    found.close()


@pytest.fixture
def desk(subscribers: Subscribers, clock: ManualClock) -> Iterator[SignInDesk]:
    """One thread that checks."""
    desk = SignInDesk(subscribers, workers=1, clock=clock)
    desk.open()
    yield desk
    desk.close()


async def test_the_right_password_finds_the_account(desk: SignInDesk) -> None:
    """The one way in."""
    answer = await desk.ask(ANA, PASSWORD, deadline_us=None)
    assert answer.outcome is Outcome.OK
    assert answer.subscriber is not None
    assert answer.subscriber.account == 7


async def test_a_wrong_password_and_an_unknown_account_are_told_apart_in_the_code_alone(desk: SignInDesk) -> None:
    """The journal counts them apart; both cost a whole check, so that time does not tell which accounts exist."""
    for login, password, outcome in (
        (ANA, "guess", Outcome.WRONG_PASSWORD),
        ("nobody@example.invalid", PASSWORD, Outcome.UNKNOWN_ACCOUNT),
    ):
        assert (await desk.ask(login, password, deadline_us=None)).outcome is outcome
        assert desk.take(elapsed_s=1.0).busy_s > 0.005


async def test_work_that_nobody_waits_for_any_more_is_dropped_unserved(desk: SignInDesk, clock: ManualClock) -> None:
    """An overloaded queue otherwise spends its whole capacity on answers that come too late."""
    answer = await desk.ask(ANA, PASSWORD, deadline_us=clock.now() - 1)
    second = desk.take(elapsed_s=1.0)
    assert answer.outcome is Outcome.LATE
    assert (second.completed, second.busy_s, second.errors) == (0, 0, 1)


async def test_a_deadline_ahead_is_kept(desk: SignInDesk, clock: ManualClock) -> None:
    """At its very instant the answer is still worth something."""
    assert (await desk.ask(ANA, PASSWORD, deadline_us=clock.now())).outcome is Outcome.OK


async def test_whoever_still_waits_when_the_desk_closes_gets_an_answer(
    subscribers: Subscribers, clock: ManualClock
) -> None:
    """A stopping service leaves no caller hanging."""
    desk = SignInDesk(subscribers, workers=1, clock=clock)
    asked = [asyncio.create_task(desk.ask(ANA, PASSWORD, deadline_us=None)) for _ in range(5)]
    await asyncio.sleep(0)
    desk.open()
    await asyncio.to_thread(desk.close)
    outcomes = {answer.outcome for answer in await asyncio.gather(*asked)}
    assert outcomes <= {Outcome.OK, Outcome.LATE}


async def test_a_full_queue_answers_at_once(
    subscribers: Subscribers, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound holds memory; beyond it the caller hears so instead of waiting."""
    monkeypatch.setattr("kickoff.backend.sign_in.QUEUE_MAX", 2)
    desk = SignInDesk(subscribers, workers=1, clock=clock)
    waiting = [asyncio.create_task(desk.ask(ANA, PASSWORD, deadline_us=None)) for _ in range(2)]
    await asyncio.sleep(0)
    assert (await desk.ask(ANA, PASSWORD, deadline_us=None)).outcome is Outcome.FULL
    desk.open()
    assert all(answer.outcome is Outcome.OK for answer in await asyncio.gather(*waiting))
    desk.close()


async def test_a_database_that_fails_ends_no_thread(tmp_path: Path, clock: ManualClock) -> None:
    """One bad moment must not turn the only worker off for the rest of the night."""
    path = tmp_path / "subscribers.sqlite"
    desk = SignInDesk(Subscribers(path), workers=1, clock=clock)
    desk.open()
    assert (await desk.ask(ANA, PASSWORD, deadline_us=None)).outcome is Outcome.ERROR
    second = desk.take(elapsed_s=1.0)
    # Quick failures that counted as carried out would read as a capacity several times too large.
    assert (second.completed, second.busy_s, second.errors) == (0, 0, 1)
    make_subscribers(path, small_night())
    assert (await desk.ask(ANA, PASSWORD, deadline_us=None)).outcome is Outcome.OK
    desk.close()


def test_capacity_is_known_before_anybody_signs_in(desk: SignInDesk) -> None:
    """The door asks in the first second."""
    second = desk.calibrate()
    assert second.completed == 1
    assert second.busy_s > 0.005
