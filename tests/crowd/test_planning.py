"""What a plan promises holds in the line that it was planned with, and in the rehearsal of the same night."""

from pathlib import Path

import numpy as np
import pytest

from kickoff.aftermath.journal import JournalView
from kickoff.commands.plan import assumed
from kickoff.crowd.planned_line import Evening, Given
from kickoff.crowd.planning import outcome, plan
from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.facts import Fact
from kickoff.night_folder import read_night
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S

EXAMPLES = Path(__file__).parents[2] / "examples"
NIGHT, _ = read_night(EXAMPLES / "tottenham-om.toml")


def evening(*, signed_out: float = 0.5, sign_ins_per_s: float = 10.0, comers: int = 1000) -> Evening:
    """So many people in the fifty seconds up to kick-off, of whom every other signs in."""
    joined = tuple(float(min(comers, max(0, comers / 50 * (second - 10)))) for second in range(186))
    return Evening(
        joined=joined, signed_out=signed_out, sign_ins_per_s=sign_ins_per_s, playlists_per_s=1e6, source="made up"
    )


def test_the_capacity_that_is_named_is_enough_and_hardly_more_than_that() -> None:
    """Servers cost money: what is asked for keeps the promise, and nine tenths of it would not."""
    found = plan(NIGHT, evening(), within_s=20.0, nodes=5)
    assert found.needed is not None
    waited = [
        outcome(NIGHT, evening(), Given(capacity=found.needed * share, doors_s=NIGHT.schedule.doors)).waited_p95_s
        for share in (1.001, 0.9)
    ]
    assert waited[0] is not None
    assert waited[0] <= 20.0
    assert waited[1] is None or waited[1] > 20.0


def test_less_capacity_and_a_lost_node_never_shorten_a_wait() -> None:
    """A plan in which fewer servers were faster would be believed by whoever pays for them."""
    found = plan(NIGHT, evening(), within_s=20.0, nodes=3)
    waits = [one.waited_p95_s or np.inf for one in found.by_capacity]
    assert waits == sorted(waits, reverse=True)
    assert (found.lost_node.waited_p95_s or np.inf) >= (found.as_it_is.waited_p95_s or 0)


def test_the_latest_doors_let_in_those_who_came_before_kick_off_and_a_second_later_do_not() -> None:
    """Short waits after a late opening are no evening: doors at kick-off would leave everybody outside."""
    there = evening(sign_ins_per_s=15.0)
    found = plan(NIGHT, there, within_s=60.0, nodes=5)
    assert found.doors_s is not None
    assert found.doors_s < NIGHT.schedule.kick_off - 5
    latest, later = (outcome(NIGHT, there, Given(doors_s=found.doors_s + more)) for more in (0, 1))
    assert latest.in_by_kick_off >= 0.95 > later.in_by_kick_off
    assert (later.waited_p95_s or np.inf) < 60.0
    assert found.doors_s in {one.doors_s for one in found.by_doors}


def test_long_waits_forbid_late_doors_also_where_kick_off_is_kept() -> None:
    """Both promises bind: who stood before shut doors waits his turn after they open."""
    there = evening(sign_ins_per_s=15.0)
    patient, hasty = (plan(NIGHT, there, within_s=within_s, nodes=5).doors_s for within_s in (60.0, 4.0))
    assert patient is not None
    assert hasty is not None
    assert hasty < patient - 5


def test_where_no_time_of_opening_keeps_it_the_capacity_that_would_is_named() -> None:
    """Opening earlier sells no servers: where it cannot help, that is said."""
    there = evening(sign_ins_per_s=5.0)
    found = plan(NIGHT, there, within_s=60.0, nodes=5)
    assert found.doors_s is None
    assert found.from_the_start.in_by_kick_off < 0.95
    assert found.needed_in_time is not None
    enough = outcome(NIGHT, there, Given(capacity=found.needed_in_time * 1.001, doors_s=NIGHT.schedule.doors))
    assert enough.in_by_kick_off >= 0.95


def test_where_nobody_asks_anything_any_capacity_does() -> None:
    """Not a very small number of servers: none."""
    assert plan(NIGHT, evening(signed_out=0.0, comers=10), within_s=60.0, nodes=5).needed == 0.0


def test_a_wait_that_outlasts_the_night_is_no_short_wait() -> None:
    """On a night of three minutes nobody waits an hour; who never came in has not waited less than that."""
    found = plan(NIGHT, evening(), within_s=3600.0, nodes=5)
    assert found.needed is not None
    assert found.needed > 0.2
    assert found.by_capacity[0].waited_p95_s is None


def test_the_rehearsal_of_the_same_night_waits_as_long_as_was_planned(tmp_path: Path) -> None:
    """The plan is believed without a rehearsal: median, 95 % and the longest line are within a quarter of it."""
    rehearsed = rehearse(Wish(night_file=EXAMPLES / "psg-juventus.toml", out=tmp_path / "run", scale=0.25))
    run = RunFolder(tmp_path / "run", rehearsed.night)
    night, _ = read_night(run.night_file)
    passed = JournalView(run.journals, run.night).facts(columns=["at", "wait_ms"], where=[Fact.PASSED])
    at_s = (passed["at"].to_numpy() - night.at(0)) / US_PER_S
    came_s = np.maximum(night.schedule.doors, at_s - passed["wait_ms"].to_numpy() / 1000)
    half_s, most_s = np.quantile(at_s - came_s, (0.5, 0.95))
    found = plan(night, assumed(night, run.night_file), within_s=60.0, nodes=5).as_it_is
    assert found.waited_p50_s == pytest.approx(half_s, rel=0.25)
    assert found.waited_p95_s == pytest.approx(most_s, rel=0.25)
    assert found.line_peak == pytest.approx(rehearsed.line_peak, rel=0.25)
