"""What one more viewer costs."""

import msgspec
import pytest

from kickoff.admission.costs import COST_MIN, Costs, counted, learnt_inside
from kickoff.admission.orders import Health, LaneCounts, Reading
from kickoff.admission.reserve import target_of
from kickoff.admission.signals import Sighting
from kickoff.units import US_PER_S, AtUs

QUIET = Reading(
    at=AtUs(0),
    health=(),
    inside=0,
    joined_total=0,
    called_total=0,
    passed_total=0,
    lapsed_total=0,
    leased_total=0,
    signed_in_total=0,
    sign_in_failed_total=0,
)


def sighting(utilisation: float, *, queue_ms: float = 0.0, errors: int = 0) -> Sighting:
    """A dependency of a thousand calls a second."""
    health = Health(
        dependency="playlist",
        at=AtUs(US_PER_S),
        utilisation=utilisation,
        queue_ms=queue_ms,
        errors=errors,
        capacity_per_s=1000.0,
    )
    return Sighting(health=health, capacity_per_s=1000.0)


def learnt(
    costs: Costs,
    report: Sighting,
    *,
    inside: float,
    admitted_per_s: float = 0.0,
    stated: dict[str, float] | None = None,
) -> Costs:
    """The costs after one report of playlists."""
    return learnt_inside(
        costs,
        {"playlist": report},
        inside=inside,
        admitted_per_s=admitted_per_s,
        sign_ins_per_s=0.0,
        stated=stated or {},
    )


def test_until_it_is_learnt_everyone_is_taken_to_sign_in() -> None:
    """The careful side: at worst the line moves slowly for the first seconds."""
    assert Costs().sign_ins_per_admission("main") == 1.0


def test_sign_ins_of_those_let_in_are_counted_failed_ones_too() -> None:
    """A wrong password costs the back end as much as a right one."""
    after = msgspec.structs.replace(QUIET, leased_total=3000, signed_in_total=900, sign_in_failed_total=100)
    costs = counted(Costs(), QUIET, after, tick_s=1.0)
    assert costs.sign_ins_per_admission("main") == pytest.approx(1 / 3, rel=0.05)
    assert costs.at_the_door("playlist", "main") == 1.0


def test_who_stands_before_sign_in_will_have_tried() -> None:
    """A third needs it: of 9,000 who came 6,000 are inside at once, 2,000 have tried, and 1,000 stand there yet."""
    after = msgspec.structs.replace(QUIET, leased_total=8_000, signed_in_total=2_000)
    costs = counted(Costs(), QUIET, after, tick_s=1.0)
    assert costs.sign_ins_per_admission("main") == pytest.approx(1 / 4, rel=0.02)
    assert costs.sign_ins_per_admission("main", standing=1_000.0) == pytest.approx(1 / 3, rel=0.02)


def test_those_who_are_known_cost_sign_in_next_to_nothing_until_they_do() -> None:
    """Each lane is learnt by itself: a flood of one says nothing about the other. Refused sessions are seen."""
    quiet = LaneCounts(joined_total=0, called_total=0, passed_total=0, lapsed_total=0, leased_total=0, sign_ins_total=0)
    assert Costs().sign_ins_per_admission("known") == pytest.approx(COST_MIN)
    before = msgspec.structs.replace(QUIET, lanes={"main": quiet, "known": quiet})
    refused = msgspec.structs.replace(quiet, leased_total=1000, sign_ins_total=900)
    after = msgspec.structs.replace(QUIET, lanes={"main": quiet, "known": refused})
    costs = counted(Costs(), before, after, tick_s=1.0)
    assert costs.sign_ins_per_admission("known") == pytest.approx(0.9, rel=0.05)
    assert costs.sign_ins_per_admission("main") == 1.0


def test_the_work_of_those_inside_is_the_load_that_admissions_do_not_explain() -> None:
    """5,000 inside and 50 admissions a second make a load of 550/s: a tenth of a call a second each."""
    costs = Costs()
    for _ in range(10):
        costs = learnt(costs, sighting(0.55), inside=5000.0, admitted_per_s=50.0)
        costs = learnt(costs, sighting(0.65), inside=5000.0, admitted_per_s=150.0)
    assert costs.inside("playlist") == pytest.approx(0.1, rel=0.02)
    assert costs.at_the_door("playlist", "main") == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(
    "overloaded",
    [sighting(1.0), sighting(0.8, queue_ms=3000.0), sighting(0.8, errors=20)],
    ids=["full", "slow", "failing"],
)
def test_nothing_is_learnt_from_an_overloaded_dependency(overloaded: Sighting) -> None:
    """Its calls are retries, its utilisation is cut off: what is learnt there protects nothing afterwards."""
    known = learnt(Costs(), sighting(0.5), inside=5000.0)
    assert learnt(known, overloaded, inside=5000.0) == known


def test_one_failed_call_of_hundreds_is_no_overload() -> None:
    """On any night a call in ten thousand fails: at thousands a second nothing would ever be learnt."""
    known = learnt(Costs(), sighting(0.5), inside=5000.0)
    assert learnt(known, sighting(0.8, errors=5), inside=5000.0) != known
    assert learnt(known, sighting(0.8, errors=9), inside=5000.0) == known


@pytest.mark.parametrize("unit", [1000.0, 1.0, 1e-3], ids=["kbit", "Mbit", "Gbit"])
def test_what_carries_pictures_is_asked_the_bits_that_are_shown_in_whatever_unit_it_tells(unit: float) -> None:
    """Taken for a call of the way in, a megabit was 340 of them at the door and an eighth of the truth inside."""
    costs, shown = Costs(), msgspec.structs.replace(QUIET, bitrate_kbps=8000.0)
    for number in range(20):
        inside = 100.0 + 50 * number
        cdn = network(8.0 * inside * unit, of=10_000.0 * unit)
        costs = counted(costs, shown, shown, tick_s=1.0)
        costs = learnt_inside(costs, {"cdn": cdn}, inside=inside, admitted_per_s=50.0, sign_ins_per_s=0.0, stated={})
    assert costs.inside("cdn") == pytest.approx(8.0 * unit, rel=0.01)
    # Half of the bitrate is half of the work, before any report says so: of an overload nothing is learnt.
    smaller = msgspec.structs.replace(QUIET, bitrate_kbps=4000.0)
    assert counted(costs, shown, smaller, tick_s=1.0).inside("cdn") == pytest.approx(4.0 * unit, rel=0.01)


def network(load: float, *, of: float) -> Sighting:
    """A delivery network's word."""
    health = Health(
        dependency="cdn", at=AtUs(US_PER_S), utilisation=load / of, queue_ms=0.0, errors=0, capacity_per_s=of
    )
    return Sighting(health=health, capacity_per_s=of)


def test_an_empty_house_teaches_nothing() -> None:
    """Three people and a burst of something else are not a cost of hundreds of calls each."""
    assert learnt(Costs(), sighting(0.5), inside=3.0) == Costs()


@pytest.mark.parametrize("stated", [{}, {"playlist": 4.0 * 0.67}, {"playlist": 4.0 * 1.5}], ids=["not", "low", "high"])
def test_what_an_admission_costs_is_learnt_on_the_way_up_whatever_was_stated(stated: dict[str, float]) -> None:
    """A third too low would call half as many again as fit; half too high would leave a third of the house empty."""
    costs, inside, rate = Costs(), 0.0, 2.0
    for _ in range(20):
        inside, rate = inside + rate, min(150.0, rate * 1.3)
        load = 4.0 * rate + 0.05 * inside
        costs = learnt(costs, sighting(load / 1000.0), inside=inside, admitted_per_s=rate, stated=stated)
    assert costs.at_the_door("playlist", "main") == pytest.approx(4.0, rel=0.05)


def test_the_reserve_is_as_large_as_reports_stray_from_what_was_foretold() -> None:
    """A house that does what was expected of it can be filled; one that surprises is left room."""
    steady, rough = Costs(), Costs()
    for number in range(40):
        inside = 1000.0 + 100 * number
        steady = learnt(steady, sighting(inside * 0.1 / 1000.0), inside=inside)
        rough = learnt(rough, sighting(inside * 0.1 * (1.3 if number % 2 else 0.7) / 1000.0), inside=inside)
    assert target_of(0.88, excess=steady.excess("playlist"), protects_inside=True) > 0.94
    assert target_of(0.88, excess=rough.excess("playlist"), protects_inside=True) == 0.88
    assert target_of(0.99, excess=rough.excess("playlist"), protects_inside=True) == 0.99


def test_load_that_does_not_come_is_no_reason_for_a_reserve() -> None:
    """While beats are being stretched each report is below its forecast: the line waits for that room."""
    costs, cost = Costs(), 0.1
    for number in range(60):
        inside = 100.0 + 100 * number
        cost *= 0.97 if number >= 40 else 1.0
        costs = learnt(costs, sighting(inside * cost / 1000.0), inside=inside)
    assert costs.stray("playlist") > 0.03
    assert target_of(0.88, excess=costs.excess("playlist"), protects_inside=True) > 0.96


def test_the_doubt_of_the_beginning_is_forgotten_with_the_reports() -> None:
    """What was assumed of a house before anything was seen kept a twentieth of it empty all night."""
    costs = Costs()
    for number in range(100):
        inside = 100.0 + 50 * number
        costs = learnt(costs, sighting(inside * 0.1 / 1000.0), inside=inside)
    assert costs.excess("playlist") < 0.01
