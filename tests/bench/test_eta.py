"""`bench/eta.py`: who is judged by what they were told, counted by hand."""

import numpy as np
import pytest

from bench.eta import NIGHT_S as WHOLE_S
from bench.eta import Quotes, _of_night, quotes_of
from bench.told import PEOPLE, Listening
from kickoff.crowd.fluid_world import SCENARIOS, TICK_S, Parameters, nights
from kickoff.waiting_room.eta import Curve

NIGHT_S = 30.0
IN_LINE = 1_000


def night(told: Curve) -> Quotes:
    """A thousand are in line at once; half of them are called evenly over the night, nobody else ever."""
    played = nights(SCENARIOS[0], (1,), Parameters(night_s=NIGHT_S))
    door = Listening(played)
    door.joined[:] = IN_LINE
    door.called[:] = IN_LINE / 2 / played.parameters.ticks
    door.rate[:] = IN_LINE / 2 / NIGHT_S
    door.told[0].append((0, told))
    return _of_night(door, 0)


def all_within(seconds: float) -> Curve:
    """Everybody in line is told from nothing to this."""
    return ((float(IN_LINE), 0.0, seconds / 2, seconds),)


def test_who_is_told_a_time_within_the_night_and_is_never_called_was_told_wrong() -> None:
    """They waited longest of all: left out, the bench would leave out what it should find."""
    quotes = night(all_within(NIGHT_S - 10))
    never = quotes.wait >= NIGHT_S - TICK_S
    assert quotes.unjudged == 0
    assert never.mean() == pytest.approx(0.5, abs=0.15)
    assert not quotes.inside()[never].any()


def test_who_is_told_a_time_beyond_the_night_is_counted_and_not_judged() -> None:
    """Whether it would have come true, nobody can say."""
    quotes = night(all_within(10 * NIGHT_S))
    assert quotes.unjudged == pytest.approx(PEOPLE / 2, abs=PEOPLE / 5)
    assert np.all(quotes.wait < NIGHT_S)


def test_on_a_quiet_night_the_middle_of_what_is_told_is_what_happens() -> None:
    """It was a tenth too short.

    What fills the queue before sign-in was told as capacity, and who stands there was taken to need no sign-in.
    """
    [told] = quotes_of((SCENARIOS[:1], (1_002,))).values()
    assert len(told.wait) > PEOPLE / 2
    assert told.wait.max() < WHOLE_S
    assert 0.95 < float(np.median(told.wait / told.middle)) < 1.03
    assert told.inside().mean() > 0.75
    assert float(np.median((told.high - told.low) / told.middle)) < 0.25
