"""The line as two flows: nobody comes in who has not come, and no dependency is asked for more than it gives."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.crowd.planned_line import Evening, Flowed, Given, flowed
from kickoff.night_folder import read_night

NIGHT, _ = read_night(Path(__file__).parents[2] / "examples" / "tottenham-om.toml")
MAIN, KNOWN = 0, 1


def passed(
    *, signed_out: float = 0.3, sign_ins_per_s: float = 10.0, playlists_per_s: float = 1e4, comes: float = 1.0
) -> Flowed:
    """A thousand people in the fifty seconds up to kick-off."""
    evening = Evening(
        joined=tuple(float(min(1000, max(0, 20 * (second - 10)))) for second in range(186)),
        signed_out=signed_out,
        comes=comes,
        sign_ins_per_s=sign_ins_per_s,
        playlists_per_s=playlists_per_s,
        source="made up",
    )
    return flowed(NIGHT, evening, Given(doors_s=20.0))


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0.1, 100), st.floats(1, 1000))
def test_nobody_is_let_in_who_has_not_come_and_no_more_than_is_carried(
    signed_out: float, sign_ins_per_s: float, playlists_per_s: float
) -> None:
    """A plan that lets in more than the service carries sells servers short."""
    found = passed(signed_out=signed_out, sign_ins_per_s=sign_ins_per_s, playlists_per_s=playlists_per_s)
    each_second = np.diff(found.let_in, axis=1)
    assert (found.let_in <= found.joined + 1e-6).all()
    assert (each_second >= -1e-9).all()
    assert (each_second[MAIN] <= NIGHT.door.target * sign_ins_per_s + 1e-6).all()
    assert (2 * each_second.sum(axis=0) <= NIGHT.door.target * playlists_per_s + 1e-6).all()
    assert not found.let_in[:, :20].any()


def test_who_holds_a_session_does_not_wait_behind_those_who_sign_in() -> None:
    """The known lane skips the tightest dependency: half of the people are in before the sign-ins are through."""
    found = passed(sign_ins_per_s=2.0)
    waits_s = found.waits_s()
    assert np.quantile(waits_s, 0.5) < 10
    assert np.quantile(waits_s, 0.9) > 60


def test_where_both_lanes_want_the_same_neither_is_starved() -> None:
    """Playlists are shared as the door shares them: in proportion to those who wait, a fifth at least."""
    found = passed(playlists_per_s=20.0, sign_ins_per_s=1000.0)
    in_a_minute = found.let_in[:, 60] - found.let_in[:, 30]
    assert in_a_minute[MAIN] / in_a_minute.sum() == pytest.approx(0.38, abs=0.05)


def test_the_places_of_those_who_stay_away_go_to_others() -> None:
    """The door calls more where some never come: the line is through sooner by as much."""
    everybody, most = passed(sign_ins_per_s=2.0), passed(sign_ins_per_s=2.0, comes=0.5)
    assert most.let_in[MAIN, 100] == pytest.approx(2 * everybody.let_in[MAIN, 100], rel=0.02)


def test_who_is_not_in_by_the_whistle_has_not_waited_a_number_of_seconds() -> None:
    """A wait that ends with the night is no short wait."""
    assert np.isinf(passed(signed_out=1.0, sign_ins_per_s=0.1).waits_s()).mean() > 0.9
