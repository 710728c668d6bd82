"""Do bots make anybody wait? One evening with a flood and the same evening without, household by household.

The production door and conductor on the virtual clock, the same people, the same arrivals, the same back end. A
household's wait is from its first request for a place until it has the place that it comes in by and that place is
called, read from the steps of the door: who still works while its number is called has waited for the work. It counts
as longer when it is more than `TIMES` times the wait without the flood, and `SLACK_S` beside: one tick of the
conductor, and one of where a tick falls. Chance is each person's own and the same in both evenings, so nothing is taken
off for it; a third evening, without a flood but with other instants at which people look, says how many waits differ by
as much when it is not.

The draw is off: the list that it hashes holds the bots' tickets too, so that one and the same household would be drawn
first in one evening and last in the other, and its two waits would say nothing.

    make bench-bots ARGS=--json    100,000 joins from 50 networks, 20,000 households, three kinds of flood
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kickoff.conductor.tick import TICK_S
from kickoff.crowd.attackers import address_of
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import People, everybody
from kickoff.crowd.rehearsal import new_clock, scaled
from kickoff.crowd.rehearsal_bots import BulkBots
from kickoff.crowd.rehearsal_bulk import BulkStage
from kickoff.crowd.rehearsal_clock import VirtualNight
from kickoff.night import Fault, Night, parse_night
from kickoff.night_folder import read_night
from kickoff.units import US_PER_S

TIMES = 1.1
SLACK_S = 2 * TICK_S
NIGHT = Path(__file__).parents[1] / "examples" / "psg-juventus.toml"
HOUSEHOLDS = 20_000
BOTS = 100_000
NETWORKS = 50
AMONG_BOTS = 0.02
"""Of the households, so many share their network with bots: a hotel, a campus, the users of one operator's gateway."""
GATEWAYS, BEHIND_A_GATEWAY = 10, 0.05
"""So many networks are gateways that hide hundreds of households each, and so many of all sit behind them."""
NEIGHBOURS = 32
"""Households of the service in an ordinary network."""


class Flood(Struct, frozen=True, kw_only=True):
    """When the bots come: seconds of the night, and how many a second."""

    begins_s: float
    per_s: float
    bots: int = BOTS
    networks: int = NETWORKS


class Waits(Struct, frozen=True, kw_only=True):
    """One evening: what became of each household, in the order of people."""

    waited_s: np.ndarray
    """NaN: never called."""
    refused: int
    """Joins of households that got no place, but for a channel that they do not pay for."""
    bots: dict[str, int]
    bots_let_in: int
    heat: dict[str, int]


class Found(Struct, frozen=True, kw_only=True):
    """The flood's figures."""

    households: int
    bots: int
    compared: int
    """Called in both evenings."""
    longer: int
    """Whose wait was more than 1.1 times that without, and two ticks."""
    worst_ratio: float
    """The largest (wait with − slack) ÷ wait without, of those who waited a second at least."""
    longer_by_chance: int
    """Whose wait is longer by as much without any flood, when people look at the status object at other instants."""
    longer_among_bots: int
    """Of the longer, so many shared the bots' own networks."""
    longer_on_television: int
    """Of these, so many had neither a session nor anything but a television: they took a phone."""
    lost: int
    """Called without the flood and not with it."""
    refused: int
    waited_p50_s: float
    waited_p50_without_s: float
    waited_p99_s: float
    waited_p99_without_s: float
    answers_to_bots: dict[str, int]
    bots_let_in: int
    heat: dict[str, int]


def compare(night_file: Path, flood: Flood, *, households: int, until_s: float, seed: int = 1) -> Found:
    """Play both evenings, up to `until_s`."""
    night, people = evening(night_file, households=households, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        calm = play(night, people, Path(folder) / "calm", seed=seed, until_s=until_s)
        other = play(night, people, Path(folder) / "other", seed=seed + 1, until_s=until_s)
        flooded = replace(night, faults=(*night.faults, fault_of(flood)))
        wild = play(flooded, people, Path(folder) / "wild", seed=seed, until_s=until_s)
    return found(people, calm, wild, other)


def evening(night_file: Path, *, households: int, seed: int) -> tuple[Night, People]:
    """The night for so many households, without a draw, and who comes."""
    night, text = read_night(night_file)
    assert night.crowd is not None, "a flood without people hurts nobody"
    scale = households / (night.crowd.subscribers * night.crowd.come)
    text = scaled(text, scale).replace("[door]\n", "[door]\ndraw = false\n")
    night = parse_night(f'starts_at = "2022-09-06T18:30:00Z"\n{text}', source=str(night_file))
    return night, everybody(night, read_curve_beside(night_file, night), chance=np.random.default_rng(seed))


def fault_of(flood: Flood) -> Fault:
    """The flood as the fault script says it."""
    until_s = flood.begins_s + flood.bots / flood.per_s
    return Fault(kind="flood", at=flood.begins_s, until=until_s, per_s=flood.per_s, networks=flood.networks)


def address(account: int) -> str:
    """Where a household sits: in an ordinary network, behind a gateway of many, or in a network of the bots'."""
    draw = account * 0x9E3779B1 % 2**32 / 2**32
    if draw < AMONG_BOTS:
        return address_of(account % NETWORKS)
    if draw < AMONG_BOTS + BEHIND_A_GATEWAY:
        return f"100.64.{account % GATEWAYS}.1"
    network = account // NEIGHBOURS
    return f"10.{network >> 8 & 255}.{network & 255}.1"


def play(night: Night, people: People, folder: Path, *, seed: int, until_s: float) -> Waits:
    """One evening."""
    clock = new_clock(night, folder, seed=seed)
    stage = BulkStage(clock, people, seed=seed, peers=address)
    stage.send()
    bots = BulkBots(clock, night, seed=seed)
    bots.send()
    clock.run(until_s)
    heat = clock.door.house.heat
    return Waits(
        waited_s=waited(clock, stage, people),
        refused=stage.diaries.refused,
        bots=dict(bots.came),
        bots_let_in=bots.passed,
        heat={name: getattr(heat, name) for name in heat.__struct_fields__},
    )


def waited(clock: VirtualNight, stage: BulkStage, people: People) -> np.ndarray:
    """Seconds from coming to being called on a place of one's own, of each; NaN: not called."""
    lines, found = clock.door.house.lines, np.full(len(people), np.nan)
    for person, (lane, number) in stage.standing.items():
        calls = lines[lane].calls
        if calls.is_called(number):
            called_s = (max(stage.diaries.stood[person], calls.called_at(number)) - clock.starts_at) / US_PER_S
            found[person] = max(0.0, called_s - float(people.arrives_s[person]))
    return found


def found(people: People, calm: Waits, wild: Waits, other: Waits) -> Found:
    """Compare household by household."""
    before, after = calm.waited_s, wild.waited_s
    both = ~np.isnan(before) & ~np.isnan(after)
    longer = both & is_longer(before, after)
    known = both & (before >= 1.0)
    accounts = people.accounts
    among = np.array([address(int(account)).startswith("198.") for account in accounts])
    devices = tuple(people.night.crowd.devices) if people.night.crowd else ()
    television = ~people.holds_session & (people.device == devices.index("tv"))
    ratios = (after[known] - SLACK_S) / before[known]
    return Found(
        households=len(people),
        bots=sum(wild.bots.values()),
        compared=int(both.sum()),
        longer=int(longer.sum()),
        worst_ratio=round(float(ratios.max()), 3) if len(ratios) else 0.0,
        longer_by_chance=int(is_longer(before, other.waited_s).sum()),
        longer_among_bots=int((longer & among).sum()),
        longer_on_television=int((longer & television).sum()),
        lost=int((~np.isnan(before) & np.isnan(after)).sum()),
        refused=wild.refused,
        waited_p50_s=_at(after, 50),
        waited_p50_without_s=_at(before, 50),
        waited_p99_s=_at(after, 99),
        waited_p99_without_s=_at(before, 99),
        answers_to_bots=dict(Counter(wild.bots)),
        bots_let_in=wild.bots_let_in,
        heat=wild.heat,
    )


def is_longer(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Who waited longer than is allowed; nobody who was not called."""
    return after > TIMES * before + SLACK_S


def _at(waits: np.ndarray, percent: int) -> float:
    return round(float(np.nanpercentile(waits, percent)), 2)


FLOODS = {
    "burst": Flood(begins_s=45, per_s=5000),
    "wave": Flood(begins_s=5, per_s=1000),
    "trickle": Flood(begins_s=2, per_s=600),
}
"""At once, just before kick-off; from before the doors until after kick-off; and all evening long."""


def main() -> None:
    """Print the figures of each flood."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--households", type=int, default=HOUSEHOLDS)
    reader.add_argument("--bots", type=int, default=BOTS)
    reader.add_argument("--flood", choices=tuple(FLOODS), action="append")
    reader.add_argument("--until", type=float, default=180.0, help="seconds of the night")
    reader.add_argument("--json", action="store_true")
    wish = reader.parse_args()
    told = {}
    for name in wish.flood or FLOODS:
        flood = replace(FLOODS[name], bots=wish.bots)
        told[name] = compare(NIGHT, flood, households=wish.households, until_s=wish.until)
        if not wish.json:
            print(f"{name}: {told[name]}")
    if wish.json:
        print(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main()
