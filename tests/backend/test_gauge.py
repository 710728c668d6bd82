from hypothesis import given
from hypothesis import strategies as st

from kickoff.backend.gauge import Measured, Second, Tally, measure


def test_capacity_is_what_was_done_while_busy() -> None:
    """Ten calls in half a busy second show that twenty a second can be carried."""
    second = Second(elapsed_s=1.0, busy_s=0.5, completed=10)
    assert measure(Measured(dependency="x"), second).capacity_per_s == 20
    assert measure(Measured(dependency="x"), second).utilisation == 0.5


def test_two_workers_carry_twice_as_much() -> None:
    """Busy time is summed over workers; capacity is of all together."""
    second = Second(elapsed_s=1.0, busy_s=2.0, completed=90)
    found = measure(Measured(dependency="x"), second, workers=2)
    assert (found.capacity_per_s, found.utilisation) == (90, 1.0)


def test_an_idle_second_teaches_nothing() -> None:
    """A quiet hour must not make the service look slow, or the door would keep people out for nothing."""
    before = Measured(dependency="x", capacity_per_s=45)
    assert measure(before, Second(elapsed_s=1.0, busy_s=0.0, completed=0)).capacity_per_s == 45


@given(before=st.floats(1, 1e4), seen=st.integers(1, 10_000), busy_s=st.floats(0.001, 10), workers=st.integers(1, 8))
def test_one_second_moves_capacity_towards_what_was_seen_and_not_past_it(
    before: float, seen: int, busy_s: float, workers: int
) -> None:
    """One lucky or unlucky second neither overshoots nor is ignored."""
    after = measure(
        Measured(dependency="x", capacity_per_s=before),
        Second(elapsed_s=1.0, busy_s=busy_s, completed=seen),
        workers=workers,
    ).capacity_per_s
    rate = seen / busy_s * workers
    assert min(before, rate) - 0.001 <= after <= max(before, rate) + 0.001


def test_a_lost_core_shows_within_three_busy_seconds() -> None:
    """The door brakes on this number: it must follow a halved capacity within seconds."""
    health = Measured(dependency="x", capacity_per_s=45)
    for _ in range(3):
        health = measure(health, Second(elapsed_s=1.0, busy_s=1.0, completed=22))
    assert health.capacity_per_s < 30


def test_the_tally_is_emptied_when_it_is_taken() -> None:
    """Each second speaks of itself."""
    tally = Tally()
    tally.begin(waited_s=0.2)
    tally.begin(waited_s=0.4)
    tally.complete(busy_s=0.05)
    tally.fail()
    first, second = tally.take(elapsed_s=1.0), tally.take(elapsed_s=1.0)
    assert (first.busy_s, first.completed, first.errors, round(first.queue_ms)) == (0.05, 1, 1, 300)
    assert (second.busy_s, second.completed, second.errors, second.queue_ms) == (0, 0, 0, 0)


def test_a_queue_that_does_not_move_tells_the_age_of_its_head() -> None:
    """A second in which no call began is the worst one, not a second without delay."""
    assert Tally().take(elapsed_s=1.0, oldest_s=3.0).queue_ms == 3000
