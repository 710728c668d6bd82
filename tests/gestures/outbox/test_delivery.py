import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.gestures.ledger import Entry
from kickoff.gestures.outbox.delivery import (
    WAIT_MAX_S,
    Came,
    Pending,
    SecretMalformed,
    came_of,
    message,
    read_secret,
    ready,
    signature,
    wait_s,
)
from kickoff.units import US_PER_S, AtUs, Cents, Subject


def entry(number: int = 1) -> Entry:
    """A subscriber's entry."""
    return Entry(
        scope="psg@2022", subject=Subject(-1), number=number, version=1, offer="sport", kind="credit",
        amount_cents=Cents(500), list_number=1, at=AtUs(0), why="12.5 min",
    )  # fmt: skip


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's own libraries, so that receivers verify with what they have."""
    secret = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_says_its_key_for_ever() -> None:
    """Tried an hour later it is signed anew and named the same."""
    first, later = (message(entry(), b"s" * 32, at=AtUs(at * US_PER_S)) for at in (10, 3610))
    assert first.headers["webhook-id"] == first.headers["idempotency-key"] == "psg@2022.ffffffffffffffff.1"
    assert first.headers["webhook-id"] == later.headers["webhook-id"]
    assert first.headers["webhook-signature"] != later.headers["webhook-signature"]
    assert first.body == later.body
    assert b'"amount_cents":500' in first.body


@pytest.mark.parametrize("text", ["", "short", "whsec_" + base64.b64encode(b"x" * 10).decode(), "whsec_½"])
def test_a_weak_secret_is_refused(text: str) -> None:
    """What can be guessed signs nothing."""
    with pytest.raises(SecretMalformed):
        read_secret(text)


@pytest.mark.parametrize(
    ("status", "came"),
    [
        (200, Came.DELIVERED), (204, Came.DELIVERED), (0, Came.AGAIN), (500, Came.AGAIN), (503, Came.AGAIN),
        (429, Came.AGAIN), (408, Came.AGAIN), (301, Came.AGAIN), (400, Came.REFUSED), (401, Came.REFUSED),
        (422, Came.REFUSED),
    ],
)  # fmt: skip
def test_only_a_clear_no_is_a_no(status: int, came: Came) -> None:
    """Whatever may have been half done is tried again under the same key."""
    assert came_of(status) is came


@given(st.text(max_size=20), st.integers(1, 1_000))
def test_waits_grow_and_are_bounded(key: str, attempts: int) -> None:
    """Each key waits a little differently, and never for ever."""
    assert 0.8 <= wait_s(key, attempts) <= WAIT_MAX_S
    assert wait_s(key, attempts + 2) > wait_s(key, attempts) or wait_s(key, attempts) >= 0.8 * WAIT_MAX_S


def test_what_waits_holds_back_what_follows() -> None:
    """Also where the follower itself has never been tried."""
    waiting = Pending(entry=entry(1), attempts=3, last_at=AtUs(100 * US_PER_S))
    follower = Pending(entry=entry(2))
    sent, again_at = ready([waiting, follower], at=AtUs(101 * US_PER_S), stuck_too=False)
    assert (list(sent), again_at is not None and again_at > 101 * US_PER_S) == ([], True)
    assert ready([waiting, follower], at=AtUs(200 * US_PER_S), stuck_too=False) == ([waiting, follower], None)
    stuck = Pending(entry=entry(1), attempts=1, is_stuck=True)
    assert ready([stuck, follower], at=AtUs(0), stuck_too=False) == ([], None)
    assert ready([stuck, follower], at=AtUs(0), stuck_too=True) == ([stuck, follower], None)
