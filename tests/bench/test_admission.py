"""How a controller's night is judged, on nights of four people and a minute that are counted by hand."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.admission.__main__ import LOST, Card, _worst_against_floor, by_house
from bench.admission.baselines import BASELINES, Settings
from bench.admission.bounds import Floor, fits
from bench.admission.curve import CAUTIONS, KICKOFF, made
from bench.admission.judging import called_vs_published, goodput, judged, metastable, t999_s
from bench.admission.plot import HIGH, TOP, plotted
from bench.admission.tuning import FIELDS, neighbours
from kickoff.crowd.fluid import STEPS, Passed, Reports, Seen, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_world import RECOVERY_S, SCENARIOS, TICK_S, Nights, Parameters, nights
from kickoff.night import DoorRules

SECONDS = 140
TICKS = round(SECONDS / TICK_S)
FAULT, BACK = 80, 120
PEOPLE = 4_000

Rows = NDArray[np.float64]


def still(value: float) -> Rows:
    """[tick, night] the same all night."""
    return np.full((TICKS, 1), value)


def night(*, sign_ins_per_s: float = 8.0) -> Nights:
    """One night whose capacity never moves: so many sign-ins a second, and a hundred times as much of the rest."""
    capacity = np.tile(np.array([1.0, 100.0, 100.0])[:, None] * sign_ins_per_s, (TICKS, 1, 1))
    return Nights(
        parameters=Parameters(people=PEOPLE, night_s=float(SECONDS)), scenario=SCENARIOS[1], seeds=(1,),
        capacity=capacity, errors=np.zeros_like(capacity), strays=np.zeros_like(capacity),
        misread=np.ones_like(capacity), bursts=still(1.0),
        come=still(PEOPLE), at_the_door=np.ones((3, 1)), inside_per_s=np.array([[0.0], [0.1], [0.1]]),
        show_up=np.ones(1), egress_mbps=still(np.inf), fault_tick=np.array([FAULT]), back_tick=np.array([BACK]),
    )  # fmt: skip


def passed(of: Nights | None = None, **rows: Rows) -> Passed:
    """A night on which nothing happens but what these rows say."""
    nothing = still(0.0)
    known = dict.fromkeys(
        (
            "line",
            "inside",
            "passes",
            "calls",
            "rate_per_s",
            "sign_ins_max",
            "failed_inside",
            "waited_s",
            "asked_inside",
        ),
        nothing,
    )
    useful = np.zeros((TICKS, 3, 1))
    stretch = np.zeros((TICKS, 1), np.int64)
    return Passed(nights=of or night(), stretch=stretch, pictures=None, **{**known, "useful": useful, **rows})


def from_tick(tick: int, value: float, *, before: float = 0.0) -> Rows:
    """One value until a tick, another from it on."""
    rows = still(before)
    rows[tick:] = value
    return rows


def test_the_night_is_over_when_999_in_1000_are_inside() -> None:
    """3,996 of 4,000: at tick 40, ten seconds after the doors; with 3,995 it never is."""
    assert t999_s(passed(inside=from_tick(40, 3_996.0))) == 40 * TICK_S
    assert t999_s(passed(inside=from_tick(40, 3_995.0))) == np.inf


def test_goodput_is_work_of_use_while_a_line_stands() -> None:
    """Half of what the sign-in carries is done while ten stand in line, all of it afterwards, which does not count."""
    line = from_tick(TICKS // 2, 0.0, before=10.0)
    useful = np.zeros((TICKS, 3, 1))
    useful[: TICKS // 2, 0], useful[TICKS // 2 :, 0] = 4.0 * TICK_S, 8.0 * TICK_S
    assert goodput(passed(line=line, useful=useful)) == pytest.approx(0.5)
    # Of three dependencies the one used most counts: a tenth of what playlists carry is less than half of sign-ins.
    useful[:, 2] = 80.0 * TICK_S
    assert goodput(passed(line=line, useful=useful)) == pytest.approx(0.5)
    useful[:, 2] = 600.0 * TICK_S
    assert goodput(passed(line=line, useful=useful)) == pytest.approx(0.75)


def test_a_line_of_a_thousandth_is_none() -> None:
    """Four of 4,000 are on their way; five stand."""
    useful = np.full((TICKS, 3, 1), 8.0 * TICK_S)
    assert goodput(passed(line=still(4.0), useful=useful)) == 0.0
    assert goodput(passed(line=still(5.0), useful=useful)) == pytest.approx(1.0)


def test_called_against_published_is_the_worst_five_seconds() -> None:
    """Two called in every tick at 8 a second are as published; twenty more in one tick show in its five seconds."""
    calls, rate = still(2.0), still(8.0)
    assert called_vs_published(passed(calls=calls, rate_per_s=rate)) == pytest.approx(40 / 41)
    calls[100] = 22.0
    assert called_vs_published(passed(calls=calls, rate_per_s=rate)) == pytest.approx(60 / 41)


def stuck(*, before: float, after: float, inside: float) -> bool:
    """Work of use a tick before the fault and after it, and how many are inside."""
    useful = np.zeros((TICKS, 3, 1))
    useful[:FAULT, 0], useful[FAULT:, 0] = before, after
    return bool(metastable(passed(inside=still(inside), useful=useful))[0])


def test_a_night_that_never_comes_back_is_metastable() -> None:
    """Half a minute after its fault ended it ought to do half of what it did, while people stand outside."""
    assert BACK * TICK_S + RECOVERY_S + 20 <= SECONDS
    assert stuck(before=2.0, after=0.9, inside=1_000.0)
    assert not stuck(before=2.0, after=1.1, inside=1_000.0)
    # Nobody is outside any more: there is little left to do.
    assert not stuck(before=2.0, after=0.9, inside=3_950.0)


def test_a_full_house_is_not_stuck() -> None:
    """Each of those inside asks a tenth of a call a second: 910 take more than nine tenths of a hundred, 890 do not."""
    useful = np.zeros((TICKS, 3, 1))
    useful[:FAULT, 0], useful[FAULT:, 0] = 2.0, 0.0
    small = night(sign_ins_per_s=1.0)
    assert metastable(passed(small, inside=still(890.0), useful=useful))[0]
    assert not metastable(passed(small, inside=still(910.0), useful=useful))[0]


def test_failures_are_those_of_people_inside_of_the_whole_night() -> None:
    """Added up over the ticks; the card holds one number a night."""
    assert judged(passed(failed_inside=from_tick(TICKS - 3, 2.0))).failures == [6.0]


def test_those_inside_fit_where_they_ask_nine_tenths_of_what_is_left() -> None:
    """At the tick at which capacity falls, not before and not after it."""
    assert fits(passed(inside=from_tick(FAULT + 1, 9_999.0, before=7_200.0)))
    assert not fits(passed(inside=from_tick(FAULT + 1, 0.0, before=7_201.0)))


def seen(tick: int) -> Seen:
    """All that the floor looks at is the tick."""
    nothing = np.zeros(1)
    names = set(Seen.__struct_fields__) - {"tick", "reports", "delivered"}
    empty = Reports(
        heard=np.zeros(1, np.int64), utilisation=nothing, queue_ms=nothing, errors=nothing, capacity=nothing
    )
    return Seen(tick=tick, reports=empty, delivered=None, **dict.fromkeys(names, nothing))


def test_the_floor_does_as_the_controller_until_capacity_falls_and_then_calls_nobody() -> None:
    """From the same state: the least that could have failed there."""
    floor = Floor(passed(calls=still(3.0), rate_per_s=still(12.0), passes=still(5.0)))
    before, after = floor.move(seen(FAULT - 1)), floor.move(seen(FAULT))
    assert before.call is not None
    assert after.call is not None
    assert [float(one[0]) for one in (before.call, before.passes, before.stretch)] == [3.0, 5.0, 0.0]
    assert [float(one[0]) for one in (after.call, after.passes, after.stretch)] == [0.0, np.inf, STEPS - 1]
    open_door = Floor(passed(passes=still(5.0)))
    assert [float(open_door.move(seen(tick)).passes[0]) for tick in (FAULT - 1, FAULT)] == [5.0, 0.0]


def card(failures: list[float], floor: list[float], fit: list[bool], scenario: str = LOST[0]) -> Card:
    """Of the worst ratio nothing else counts."""
    return Card(
        scenario=scenario, controller="Kickoff", oracle_s=[], oracle_goodput=[], t999_s=[], goodput=[],
        failures=failures, floor=floor, fits=fit, called_vs_published=[], metastable=[],
    )  # fmt: skip


def test_the_worst_night_against_its_floor() -> None:
    """Of nights on which those inside did not fit; a floor of nobody counts as one, and other scenarios not at all."""
    assert _worst_against_floor([card([30.0, 90.0, 500.0], [10.0, 60.0, 1.0], [False, False, True])]) == 3.0
    assert _worst_against_floor([card([4.0], [0.0], [False])]) == 4.0
    assert _worst_against_floor([card([4.0], [1.0], [False], scenario="no failure")]) == 0.0


def test_nights_that_are_one_house_to_the_oracle_have_the_same_capacity() -> None:
    """Its bisection is played once for all of them."""
    few = Parameters(night_s=240.0)
    houses = by_house(SCENARIOS)
    assert sum(len(those) for those in houses) == len(SCENARIOS)
    assert max(len(those) for those in houses) == 5
    for those in houses:
        drawn = [nights(scenario, (9_000, 9_001), few) for scenario in those]
        assert len({one.capacity.tobytes() + one.errors.tobytes() for one in drawn}) == 1
    assert len({nights(those[0], (9_000,), few).capacity.tobytes() for those in houses}) >= len(houses) - 1


def test_how_many_nights_are_played_side_by_side_changes_none() -> None:
    """A figure may not depend on who else was in the same process."""
    few = Parameters(night_s=60.0)
    alone, among = (nights(SCENARIOS[1], seeds, few) for seeds in ((9_001,), (9_000, 9_001, 9_002)))
    for baseline in BASELINES:
        one, three = (pass_by(of, baseline.make(of, baseline.chosen)) for of in (alone, among))
        assert np.array_equal(one.useful[..., 0], three.useful[..., 1])
        assert np.array_equal(one.failed_inside[:, 0], three.failed_inside[:, 1])


def test_every_baseline_with_a_setting_has_its_line_in_the_curve_and_its_tuned_point_on_it() -> None:
    """Else a picture of speed against safety would leave out whoever does better."""
    for baseline in BASELINES:
        if baseline.choices:
            setting, values = CAUTIONS[baseline.name]
            assert getattr(baseline.chosen, setting) in values
    assert CAUTIONS[KICKOFF][1][0] == DoorRules(safe_rate_per_s=1.0).target


def test_no_baseline_is_held_back_by_the_end_of_what_was_tried() -> None:
    """Of sixteen tuned settings ten had lain at an edge of their grid."""
    for baseline in BASELINES:
        for field, values in zip(FIELDS, baseline.choices, strict=False):
            assert getattr(baseline.chosen, field) in values[1:-1], (baseline.name, field)


def test_the_search_looks_at_the_next_value_of_each_setting() -> None:
    """One setting at a time, and none beyond what is tried."""
    near = neighbours(Settings(one=1.0, two=5.0), ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)))
    assert {(one.one, one.two) for one in near} == {(2.0, 5.0), (1.0, 4.0), (1.0, 6.0)}


def test_a_bolder_setting_is_another_controller() -> None:
    """The setting that the curve moves must reach what is played."""
    few = nights(SCENARIOS[0], (9_000,), Parameters(night_s=120.0))
    for name in (KICKOFF, "fixed rate", "AIMD", "DAGOR"):
        _, values = CAUTIONS[name]
        careful, bold = (pass_by(few, made(name, value, few)) for value in (values[0], values[-1]))
        assert careful.inside[-1, 0] < bold.inside[-1, 0], name


def test_the_curve_draws_none_at_the_bottom_and_the_chosen_setting_larger() -> None:
    """A line on the axis is the aim; which point is shipped must be seen."""
    svg = plotted({"Kickoff": [(1.0, 0.0, True), (1.2, 5000.0, False)]})
    bottom = TOP + HIGH
    assert f'cy="{bottom:.1f}" r="6"' in svg
    assert svg.count("<circle") == 2
    assert ET.fromstring(svg).tag.endswith("svg")


def test_the_worst_tuning_nights_are_neither_shut_nor_half_idle() -> None:
    """Of 100 nights without a failure seed 1064 took 173 s of the oracle's 152, and 1077 did 0.875 of its work."""
    these = nights(SCENARIOS[0], (1_064, 1_077))
    figures = judged(pass_by(these, Kickoff(these)))
    assert figures.t999_s.max() <= 1.08 * 151.75
    assert figures.goodput.min() > 0.895
    assert figures.failures.max() == 0
