"""Time and money."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kickoff.units import AtUs, Cents, at_us, euros, instant, iso, parse_iso


@given(st.integers(0, 4_000_000_000_000_000))
def test_an_instant_survives_the_way_to_a_datetime_and_back(at: int) -> None:
    """Not a microsecond is lost: places are ordered by them."""
    assert at_us(instant(AtUs(at))) == at


def test_times_are_read_with_and_without_a_zone() -> None:
    """`--at 2022-09-06T19:00` means UTC."""
    assert parse_iso("2022-09-06T21:00:00+02:00") == parse_iso("2022-09-06T19:00")
    assert iso(parse_iso("2022-09-06T19:00:00.25")) == "2022-09-06T19:00:00.250Z"


def test_what_is_not_a_time_is_said() -> None:
    """The message shows how to write it."""
    with pytest.raises(ValueError, match="write it like 2022-09-06T19:00:00Z"):
        parse_iso("nine o'clock")


def test_money_is_shown_as_people_write_it() -> None:
    """Whole cents inside, euros only on paper."""
    assert euros(Cents(123_456_78)) == "123,456.78 €"
    assert euros(Cents(-5)) == "-0.05 €"
