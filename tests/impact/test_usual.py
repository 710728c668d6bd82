"""How many usually come: what earlier nights show, and how far this evening may lie from them."""

import numpy as np
import pytest

from kickoff.findings import Incident, Metric, Scope
from kickoff.forecast import MINUTES, EarlierNight
from kickoff.impact.evening import EACH_MINUTES, EVENING_OF_1998, FROM_MINUTE, PER_MINUTE
from kickoff.impact.usual import DRIFT, Usual, usual_by_clock, usual_by_share
from kickoff.units import AtUs

SILENT = Incident(
    metric=Metric.SILENCE, began_at=AtUs(0), noticed_at=AtUs(0), ended_at=None,
    scope=Scope(verdict="located", causes=({"isp": "b"},)),
)  # fmt: skip
BEFORE = np.array([True, False])
EDGES = np.array([-30.0, -20.0, -10.0, 0.0, 20.0, 40.0])


def night(*, a: int = 3_000, b: int = 1_000, c: int = 6_000) -> EarlierNight:
    """An earlier night, and how many came of each provider."""
    return EarlierNight(subscribers=20_000, arrivals=(50,) * MINUTES, cohorts={"isp": {"a": a, "b": b, "c": c}})


def shared(*earlier: EarlierNight) -> Usual:
    """A cohort of one in ten, this evening too."""
    return usual_by_share(np.array([30.0, 0.0]), np.array([270.0, 900.0]), BEFORE, SILENT, earlier)


def error_of_earlier(found: Usual) -> float:
    """Beyond that of chance and of the level."""
    return float(np.sqrt(found.unsure[-1, -1] - found.unsure[0, -1] - 1 / found.count[-1]))


def test_nights_that_show_no_drift_are_trusted_more_than_one_night_that_cannot() -> None:
    """Five nights alike to within chance: the share moves by less than is believed of a single one."""
    one, five = shared(night()), shared(*(night(a=3_000 + 40 * (number % 2)) for number in range(5)))

    assert error_of_earlier(one) == pytest.approx(DRIFT * np.sqrt(2), rel=0.01)
    assert error_of_earlier(five) < 0.7 * DRIFT


def test_two_nights_alike_are_no_sign_of_as_much_drift_as_they_could_hide() -> None:
    """They could hide 0.02: that, and none at all, and all between are weighed."""
    assert 0.01 < error_of_earlier(shared(night(), night())) / np.sqrt(1.5) < 0.017


def test_nights_that_drift_are_trusted_less() -> None:
    """Shares that move by a third from night to night say little of this one."""
    assert error_of_earlier(shared(*(night(a=3_000 + 1_000 * (number % 3)) for number in range(5)))) > 2 * DRIFT


def test_the_evening_itself_tells_the_share_where_no_earlier_night_does() -> None:
    """One in ten of those who came before."""
    found = shared()

    assert np.exp(found.level) == pytest.approx(30 / 270, rel=0.05)
    assert len(found.came_earlier) == 0


def test_the_more_nights_tell_the_shape_the_surer_it_is() -> None:
    """A mean of six is nearer to this evening than one night is; that of 1998 is farther than either."""
    own = np.array([100.0, 0.0, 0.0, 0.0, 0.0])
    before = EDGES[1:] <= -20
    none, one, six = (usual_by_clock(own, EDGES, before, (night(),) * count) for count in (0, 1, 6))

    assert np.diag(none.unsure)[2] > np.diag(one.unsure)[2] > np.diag(six.unsure)[2]
    assert six.count == pytest.approx(np.diff(EDGES) / MINUTES, rel=0.01)
    assert np.exp(none.level) * none.count[0] == pytest.approx(100, rel=0.01)


def test_every_way_to_part_an_evening_has_a_covariance() -> None:
    """Intervals of seconds beside hours: it can be inverted, and neighbours go together."""
    edges = np.array([-60.0, -20.0, -19.99, -19.5, 0.0, 0.01, 90.0, 140.0])
    found = usual_by_clock(np.ones(7), edges, edges[1:] <= -20, (night(),))

    assert np.linalg.eigvalsh(found.unsure).min() > 0
    assert found.unsure[1, 2] > found.unsure[1, 5]


def test_the_evening_of_1998_begins_and_ends_level_and_is_fullest_at_kick_off() -> None:
    """A table of minutes that is off by a slot would expect the rush when it is over."""
    at = {minute: EVENING_OF_1998.between(minute, minute + 1) for minute in range(-60, 140)}

    assert len(PER_MINUTE) * EACH_MINUTES == 140
    assert max(at, key=lambda minute: at[minute]) == 0
    assert at[-60] == at[FROM_MINUTE] == PER_MINUTE[0]
    assert at[139] == PER_MINUTE[-1]


def test_evenings_differ_most_around_kick_off() -> None:
    """A quarter of an hour of the rush is known less well than one of the second half."""
    edges = np.array([-30.0, -15.0, 0.0, 15.0, 70.0, 85.0])
    found = usual_by_clock(np.ones(5), edges, edges[1:] <= -15, (night(),) * 6)
    error = np.diag(found.unsure) - 1 / (300 * np.diff(edges)) - found.unsure[0, -1]

    assert error[2] > 2 * max(error[0], error[4])
