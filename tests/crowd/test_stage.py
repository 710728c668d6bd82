"""A whole crowd over real HTTP against the real door and the real back end, for a night of seconds.

What the crowd counted for itself is laid beside what the door wrote down: neither knows of the other.
"""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from kickoff.clock import WallClock
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import everybody
from kickoff.crowd.stage import Stage
from kickoff.crowd.truth import Progress, Truth
from kickoff.facts import FACT_NAMES, Fact, read_records
from kickoff.plumbing.key_files import load
from kickoff.plumbing.record_log import log_files
from kickoff.seals import Seals
from tests.crowd.house import House, house


async def played(stands: House, *, stop: asyncio.Event | None = None, lines: list[Progress] | None = None) -> Truth:
    """The night's crowd, played to its end or until `stop`."""
    curve = read_curve_beside(stands.folder.night_file, stands.night)
    people = everybody(stands.night, curve, chance=np.random.default_rng(7))
    stage = Stage(people, seals=Seals(load(stands.folder.root).seals), clock=WallClock())
    show = (lambda _line: None) if lines is None else lines.append
    await stage.play(stands.door, stop=stop or asyncio.Event(), show=show)
    return stage.truth()


def written(stands: House) -> dict[str, list[int]]:
    """What the door wrote down: the subjects of each fact, in order."""
    facts: dict[str, list[int]] = {str(fact): [] for fact in Fact}
    for path in log_files(stands.folder.journal / "log"):
        for row in read_records(path.read_bytes()).facts:
            facts[FACT_NAMES[row["fact"]]].append(int(row["subject"]))
    return facts


async def test_the_crowds_own_count_agrees_with_the_doors_journal(tmp_path: Path) -> None:
    """Two books of one night, kept apart."""
    lines: list[Progress] = []
    async with house(tmp_path / "run") as stands:
        found = await played(stands, lines=lines)
    facts = written(stands)
    assert found.came == 30
    assert found.joined == len(facts["joined"])
    assert found.passed == len(facts["passed"])
    assert found.signed_in == len(facts["signed_in"])
    assert found.got_picture == len(set(facts["started"])) > 15
    assert (found.expelled, found.thrown_out, facts["expelled"]) == (0, 0, [])
    assert found.came == found.wanted_picture + found.walked_off
    assert lines[-1].came == 30


async def test_at_the_open_door_the_house_says_that_nobody_waits(tmp_path: Path) -> None:
    """The crowd asks the house once, and then nobody takes a place."""
    async with house(tmp_path / "run", is_open=True) as stands:
        found = await played(stands)
    facts = written(stands)
    assert (found.joined, len(facts["joined"])) == (0, 0)
    assert found.signed_in == len(facts["signed_in"]) > 0
    assert found.got_picture == len(set(facts["started"])) > 15


async def test_a_network_that_fails_costs_a_start_and_no_picture(tmp_path: Path) -> None:
    """Every start on the network that fails is reported, and ends in a picture from the other."""
    broken = '[[faults]]\nkind = "cdn"\nat = 0\nuntil = 5.5\nwhere = { cdn = "south" }\n'
    async with house(tmp_path / "run", faults=broken) as stands:
        found = await played(stands)
    facts = written(stands)
    assert found.failed_starts == len(facts["start_failed"]) > 0
    assert found.got_picture == len(set(facts["started"])) > 15


async def test_stopped_in_the_middle_it_still_tells_the_truth_so_far(tmp_path: Path) -> None:
    """Ctrl-C at any moment leaves a crowd.json that is right up to then."""
    stop = asyncio.Event()

    class Stopping(list[Progress]):
        def append(self, line: Progress) -> None:
            super().append(line)
            if line.watching > 0:
                stop.set()

    async with house(tmp_path / "run") as stands:
        found = await asyncio.wait_for(played(stands, stop=stop, lines=Stopping()), timeout=20)
    assert found.got_picture > 0
    assert found.account_minutes_ms > 0


@pytest.fixture(autouse=True)
def _films(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All nights of this file share one film: it is made once."""
    cache = tmp_path_factory.getbasetemp() / "films"
    cache.mkdir(exist_ok=True)
    (tmp_path / ".cache").symlink_to(cache, target_is_directory=True)
