"""What each part of the house allows."""

import msgspec
import pytest

from kickoff.admission.flow import Flow
from kickoff.admission.limits import FILL_S, admit_max, cap_limit
from kickoff.night import DoorRules
from tests.admission.test_costs import QUIET

RULES = DoorRules(inside_max=1000)


def test_people_on_their_way_take_up_room_before_they_are_inside() -> None:
    """Else the same slot is given to everyone who is called while its taker still signs in."""
    flow = Flow(on_way=(25.0, 25.0, 25.0, 25.0), entering=50.0, came=50.0, expected=120.0)
    reading = msgspec.structs.replace(QUIET, inside=700.0, passed_total=750)
    room = 1000 - 700 - 50 - 100 * flow.show_up
    assert flow.show_up == pytest.approx(0.5)
    assert cap_limit(reading, {"main": flow}, RULES).rate_per_s == pytest.approx(room / FILL_S)
    assert admit_max(reading, {"main": flow}, RULES) == 1000


def test_a_house_over_its_cap_allows_nobody() -> None:
    """The licence was lowered during the night: nobody is put out, nobody comes in."""
    reading = msgspec.structs.replace(QUIET, inside=1500.0, passed_total=1600)
    assert cap_limit(reading, {"main": Flow()}, RULES).rate_per_s == 0
    assert admit_max(reading, {"main": Flow()}, RULES) == 1600


def test_the_networks_egress_is_a_cap_in_viewers() -> None:
    """A thousand megabits a second carry two hundred streams of five."""
    rules = DoorRules(egress_mbps=1000)
    reading = msgspec.structs.replace(QUIET, bitrate_kbps=5000.0)
    limit = cap_limit(reading, {"main": Flow()}, rules)
    assert (limit.name, limit.rate_per_s) == ("egress", 200 / FILL_S)
