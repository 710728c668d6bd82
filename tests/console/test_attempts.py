from hypothesis import given
from hypothesis import strategies as st

from kickoff.console import attempts
from kickoff.console.attempts import EACH_S, TRIES, Attempts


def test_tries_run_out_and_come_back_with_time() -> None:
    """Guessing a password becomes slow, mistyping one does not become a lock-out."""
    tries = Attempts()
    assert [tries.take("a", at_us=0) for _ in range(TRIES)] == [0.0] * TRIES
    assert tries.take("a", at_us=0) == EACH_S
    assert tries.take("b", at_us=0) == 0.0
    assert tries.take("a", at_us=round(EACH_S * 1_000_000)) == 0.0
    assert tries.take("a", at_us=round(EACH_S * 1_000_000)) > 0


def test_a_right_password_costs_no_try() -> None:
    """Signing in ten times a minute is nobody's guess."""
    tries = Attempts()
    for _ in range(3 * TRIES):
        assert tries.take("a", at_us=0) == 0.0
        tries.give_back("a")


@given(st.lists(st.integers(0, 120), max_size=200))
def test_nobody_gets_more_than_the_bucket_and_what_came_back(seconds: list[int]) -> None:
    """Whatever the pattern of tries."""
    tries, taken = Attempts(), 0
    for at_s in sorted(seconds):
        taken += tries.take("a", at_us=at_s * 1_000_000) == 0.0
    assert taken <= TRIES + 120 / EACH_S


def test_memory_is_bounded() -> None:
    """A flood from many networks forgets the oldest."""
    tries = Attempts()
    for number in range(attempts.NETWORKS_MAX + 10):
        tries.take(str(number), at_us=0)
    assert len(tries._buckets) == attempts.NETWORKS_MAX
