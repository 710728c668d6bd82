"""Smaller pictures where what carries them binds, a rung at a time, and back when it is sure that they fit."""

import pytest

from kickoff.admission import controller
from kickoff.admission.ladder import BINDS_S, CALM_S, HEARD, Ladder, cap_kbps, carries_pictures, laddered
from kickoff.admission.orders import Reading
from kickoff.night import DoorRules
from kickoff.units import US_PER_S, AtUs

RUNGS = (6000, 3000, 1500)
BEAT_S = 30.0


def after(ladder: Ladder, seconds: float, *, use: float, binds: bool = False) -> Ladder:
    """The ladder when the delivery has been so full for a time, by people who have all heard of its step."""
    kbps = RUNGS[ladder.step]
    for _ in range(round(seconds)):
        ladder = laddered(ladder, use=use, kbps=kbps, binds=binds, rungs=RUNGS, beat_s=BEAT_S, tick_s=1.0)
    return ladder


def test_the_ladder_is_capped_a_rung_at_a_time_and_only_when_all_have_heard_of_the_last() -> None:
    """A second rung before the first is heard would take away more than is missing."""
    first = after(Ladder(), BINDS_S, use=0.99, binds=True)
    assert (first.step, cap_kbps(first.step, RUNGS)) == (1, 3000)
    assert after(first, HEARD * BEAT_S - 1, use=0.99, binds=True).step == 1
    assert after(first, HEARD * BEAT_S, use=0.99, binds=True).step == 2
    assert after(first, 1000, use=1.2).step == 2, "the lowest rung stays"


def test_it_comes_back_where_the_higher_rung_fits_for_certain() -> None:
    """A rung given back too soon would be taken again: everybody would see it twice."""
    assert after(Ladder(step=1), CALM_S, use=0.4).step == 0
    assert after(Ladder(step=1), 10 * CALM_S, use=0.5).step == 1


@pytest.mark.parametrize(("use", "step"), [(1.05, 0), (1.4, 1), (1.7, 2), (4.0, 2)])
def test_where_much_too_much_is_asked_as_many_rungs_are_capped_as_it_takes(use: float, step: int) -> None:
    """Buffers last some seconds: who hears of the second rung a minute later has stood still since the first."""
    assert after(Ladder(), 1.0, use=use).step == step


def test_a_rung_that_will_do_when_all_have_heard_is_given_its_time() -> None:
    """Half of the viewers have heard: more is asked than there is, and soon will not be."""
    ladder = Ladder(step=1)
    for _ in range(20):
        ladder = laddered(ladder, use=1.3, kbps=4500.0, binds=False, rungs=RUNGS, beat_s=BEAT_S, tick_s=1.0)
    assert ladder.step == 1


def test_before_anybody_has_told_a_bitrate_nothing_is_capped() -> None:
    """A share of egress that is only assumed is no reason for smaller pictures."""
    ladder = laddered(Ladder(), use=2.0, kbps=0.0, binds=True, rungs=RUNGS, beat_s=BEAT_S, tick_s=60.0)
    assert ladder.step == 0


@pytest.mark.parametrize("rungs", [(), (3000,)])
def test_without_a_choice_nothing_is_capped(rungs: tuple[int, ...]) -> None:
    """One bitrate is no ladder."""
    ladder = Ladder()
    for _ in range(100):
        ladder = laddered(ladder, use=2.0, kbps=3000.0, binds=True, rungs=rungs, beat_s=BEAT_S, tick_s=1.0)
    assert cap_kbps(ladder.step, rungs) is None


def test_only_what_carries_pictures_is_helped() -> None:
    """A smaller picture is no less of a sign-in."""
    assert [carries_pictures(name) for name in ("egress", "origin", "cdn-a", "sign_in", "playlist")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_a_full_egress_caps_the_ladder_and_lets_more_people_in() -> None:
    """600 viewers at 6 Mbit/s fill 3.6 Gbit/s; at half the bitrate twice as many watch, and nobody stands outside."""
    rules = DoorRules(egress_mbps=3600, safe_rate_per_s=50.0, poll_s=(2.0, 4.0))
    state, inside, passed, kbps, caps = controller.start(rules), 0.0, 0.0, 6000.0, []
    for tick in range(4 * 180):
        reading = Reading(
            at=AtUs((1000 + tick // 4) * US_PER_S + tick % 4 * 250_000),
            health=(),
            inside=inside,
            joined_total=1100,
            called_total=round(passed),
            passed_total=round(passed),
            lapsed_total=0,
            leased_total=round(passed),
            signed_in_total=round(passed),
            sign_in_failed_total=0,
            bitrate_kbps=kbps,
            ladder_kbps=RUNGS,
        )
        state, orders = controller.decide(state, reading, rules)
        passed = inside = inside + orders.call
        # An eighth of all beats in two seconds: who hears of the cap obeys it.
        kbps += (min(6000, orders.bitrate_cap_kbps or 6000) - kbps) * 0.25 / BEAT_S
        caps.append(orders.bitrate_cap_kbps)
        assert inside * kbps <= 3_600_000 * 1.01
    assert caps[0] is None
    assert 3000 in caps
    assert inside == 1100
