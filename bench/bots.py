"""Do bots make anybody wait? One evening with a flood and the same evening without, household by household.

The production door and conductor on the virtual clock, the same people, the same arrivals, the same back end. A
household's wait is from its first request for a place until it has the place that it comes in by and that place is
called, read from the steps of the door: who still works while its number is called has waited for the work, by as many
tries as the challenge took on a device of its own speed. What it is held at the sign-in afterwards is told beside it,
`longer_to_picture`. It counts as longer when it is more than `TIMES` times the
wait without the flood, and `SLACK_S` beside: one tick of the conductor, and one of where a tick falls. Chance is each
person's own and the same in both evenings, so nothing is taken off for it; a third evening, without a flood but with
other instants at which people look, says how many waits differ by as much when it is not.

A fifth of the bots say that they are televisions, in the fourth flood all of them; who is let in as one tries a wrong
password. A household with nothing but a television, never seen before, in their networks, types its password with the
remote control as it would without them; where it is held up by theirs, it takes a phone (`crowd/rehearsal_phones.py`
says when, and who does not) that holds no session either, works, and signs in by the code on the screen.

The draw is off: the list that it hashes holds the bots' tickets too, so that one and the same household would be drawn
first in one evening and last in the other, and its two waits would say nothing.

Every flood is played on evenings of several seeds: other people, other instants. The figures of a flood are those of
the evening on which most waited longer; who was refused, lost or blind, and the worst ratio, are the worst of all.

    make bench-bots    100,000 joins, 50 networks, 20,000 households, four kinds of flood, three evenings

The last line is JSON: the worst of all floods, and each flood's figures. Nothing here is timed.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from kickoff.conductor.tick import TICK_S
from kickoff.crowd.attackers import address_of
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import People, everybody
from kickoff.crowd.rehearsal import new_clock, scaled
from kickoff.crowd.rehearsal_bots import BulkBots
from kickoff.crowd.rehearsal_bulk import BulkStage
from kickoff.crowd.rehearsal_clock import VirtualNight
from kickoff.crowd.rehearsal_paper import may_stand_behind
from kickoff.night import Fault, Night, parse_night
from kickoff.night_folder import read_night
from kickoff.units import US_PER_S

TIMES = 1.1
SLACK_S = 2 * TICK_S
NIGHT = Path(__file__).parents[1] / "examples" / "psg-juventus.toml"
SEEDS = (1, 2, 3)
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
    device: str = ""
    """What all of them say that they are; empty: each something else."""


class Waits(Struct, frozen=True, kw_only=True):
    """One evening: what became of each household, in the order of people."""

    waited_s: np.ndarray
    """NaN: never called."""
    held_s: np.ndarray
    """From the pass until they could press play, signed in; NaN: never."""
    watched: np.ndarray
    """Whether they had a picture."""
    phones: int
    """Televisions whose household was told to take a phone, since bots tried passwords."""
    guesses: dict[str, int]
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
    longer_to_picture: int
    """The same of the wait and of what they were held at the sign-in; who got through in neither evening counts not."""
    longer_to_picture_by_chance: int
    longer_to_picture_on_television: int
    longer_among_bots: int
    """Of the longer, so many shared the bots' own networks."""
    longer_on_television: int
    """Of the longer, so many had neither a session nor anything but a television."""
    lost: int
    """Called without the flood and not with it."""
    blind: int
    """Had a picture without the flood and none with it."""
    blind_by_chance: int
    """As many without a flood, when people look at other instants."""
    refused: int
    phones: int
    guesses: dict[str, int]
    """Passwords tried by bots that say they are televisions: `wrong` ones, and those `held` before the sign-in."""
    waited_p50_s: float
    waited_p50_without_s: float
    waited_p99_s: float
    waited_p99_without_s: float
    answers_to_bots: dict[str, int]
    bots_let_in: int
    heat: dict[str, int]
    longer_by_evening: tuple[int, ...] = ()
    """Of several evenings: of each, how many waited longer."""


def worst(evenings: Iterable[Found]) -> Found:
    """Of one flood on several evenings: that on which most waited longer, with the worst of what must not be at all."""
    found = tuple(evenings)
    return replace(
        max(found, key=lambda one: (one.longer, one.worst_ratio)),
        longer_by_evening=tuple(one.longer for one in found),
        worst_ratio=max(one.worst_ratio for one in found),
        **{
            name: max(getattr(one, name) for one in found) for name in ("refused", "lost", "blind", "longer_to_picture")
        },
    )


def compare(
    night_file: Path, floods: dict[str, Flood], *, households: int, until_s: float, seed: int = 1
) -> dict[str, Found]:
    """Play the evening without and with each flood, up to `until_s`."""
    night, people = evening(night_file, households=households, seed=seed)
    told = {}
    with tempfile.TemporaryDirectory() as folder:
        calm = play(night, people, Path(folder) / "calm", seed=seed, until_s=until_s)
        other = play(night, people, Path(folder) / "other", seed=seed + 1, until_s=until_s)
        for name, flood in floods.items():
            flooded = replace(night, faults=(*night.faults, fault_of(flood)))
            wild = play(flooded, people, Path(folder) / name, seed=seed, until_s=until_s)
            told[name] = found(people, calm, wild, other)
    return told


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
    where = {"device": flood.device} if flood.device else {}
    return Fault(
        kind="flood", at=flood.begins_s, until=until_s, per_s=flood.per_s, networks=flood.networks, where=where
    )


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
        held_s=held(stage),
        watched=np.array(stage.diaries.picture) >= 0,
        phones=len(stage.phones.taken),
        guesses=dict(bots.guesses),
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


def held(stage: BulkStage) -> np.ndarray:
    """Seconds from being let in to having signed in, of each. When people look for their call is no part of it."""
    passed, pressed = np.array(stage.diaries.passed), np.array(stage.diaries.pressed)
    return np.where(pressed >= 0, (pressed - passed) / US_PER_S, np.nan)


def found(people: People, calm: Waits, wild: Waits, other: Waits) -> Found:
    """Compare household by household."""
    before, after = calm.waited_s, wild.waited_s
    both = ~np.isnan(before) & ~np.isnan(after)
    longer = both & is_longer(before, after)
    known = both & (before >= 1.0)
    accounts = people.accounts
    among = np.array([address(int(account)).startswith("198.") for account in accounts])
    television = may_stand_behind(people)
    held_up = is_held_up(calm, wild)
    ratios = (after[known] - SLACK_S) / before[known]
    return Found(
        households=len(people),
        bots=sum(wild.bots.values()),
        compared=int(both.sum()),
        longer=int(longer.sum()),
        worst_ratio=round(float(ratios.max()), 3) if len(ratios) else 0.0,
        longer_by_chance=int(is_longer(before, other.waited_s).sum()),
        longer_to_picture=int(held_up.sum()),
        longer_to_picture_by_chance=int(is_held_up(calm, other).sum()),
        longer_to_picture_on_television=int((held_up & television).sum()),
        longer_among_bots=int((longer & among).sum()),
        longer_on_television=int((longer & television).sum()),
        lost=int((~np.isnan(before) & np.isnan(after)).sum()),
        blind=int((calm.watched & ~wild.watched).sum()),
        blind_by_chance=int((calm.watched & ~other.watched).sum()),
        refused=wild.refused,
        phones=wild.phones,
        guesses=wild.guesses,
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


def is_held_up(calm: Waits, wild: Waits) -> np.ndarray:
    """Who waited longer until they could press play; who never could, and could without, has too."""
    before, after = calm.waited_s + calm.held_s, wild.waited_s + wild.held_s
    found: np.ndarray = is_longer(before, after) | (~np.isnan(before) & np.isnan(after))
    return found


def _at(waits: np.ndarray, percent: int) -> float:
    return round(float(np.nanpercentile(waits, percent)), 2)


FLOODS = {
    "burst": Flood(begins_s=45, per_s=5000),
    "wave": Flood(begins_s=5, per_s=1000),
    "trickle": Flood(begins_s=2, per_s=600),
    "televisions": Flood(begins_s=5, per_s=1000, device="tv"),
}
"""At once, just before kick-off; from before the doors until after kick-off; all evening long; and the second one again
by bots who all say that they are televisions."""


def main() -> None:
    """Print the figures of each flood."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--households", type=int, default=HOUSEHOLDS)
    reader.add_argument("--bots", type=int, default=BOTS)
    reader.add_argument("--flood", choices=tuple(FLOODS), action="append")
    reader.add_argument("--until", type=float, default=180.0, help="seconds of the night")
    reader.add_argument("--seed", type=int, action="append", help=f"of an evening; without any: {SEEDS}")
    wish = reader.parse_args()
    floods = {name: replace(FLOODS[name], bots=wish.bots) for name in wish.flood or FLOODS}
    one = partial(_evening, floods=floods, households=wish.households, until_s=wish.until)
    evenings: list[dict[str, Found]] = []
    with ProcessPoolExecutor(2) as pool:
        for seed, told in zip(wish.seed or SEEDS, pool.map(one, wish.seed or SEEDS), strict=True):
            evenings.append(told)
            longer = ", ".join(f"{name} {found.longer}" for name, found in told.items())
            print(f"evening {seed}: longer {longer}", file=sys.stderr, flush=True)
    told = {name: worst(evening[name] for evening in evenings) for name in floods}
    _show(told, evenings=len(evenings))
    all_of_them = worst(told.values())
    names = ("longer", "worst_ratio", "refused", "lost", "blind", "longer_to_picture")
    figures = {name: getattr(all_of_them, name) for name in names}
    print(msgspec.json.encode({"bench": "bots", **figures, "floods": told}).decode())


def _show(told: dict[str, Found], *, evenings: int) -> None:
    households, bots = next((one.households, one.bots) for one in told.values())
    table = Table(title=f"{households:,} households, {bots:,} bots, the worst of {evenings} evenings")
    columns = ("flood", "longer", "(by chance)", "worst ratio", "refused", "longer to picture", "(by chance)", "blind")
    for name in (*columns, "(by chance)", "p99 wait", "(without)", "bots let in"):
        table.add_column(name, justify="left" if name == "flood" else "right")
    for name, one in told.items():
        table.add_row(
            *(name, str(one.longer), str(one.longer_by_chance), f"{one.worst_ratio:.3f}", str(one.refused)),
            *(str(one.longer_to_picture), str(one.longer_to_picture_by_chance), str(one.blind)),
            *(str(one.blind_by_chance), f"{one.waited_p99_s:.1f} s", f"{one.waited_p99_without_s:.1f} s"),
            str(one.bots_let_in),
        )
    Console(width=160).print(table)


def _evening(seed: int, *, floods: dict[str, Flood], households: int, until_s: float) -> dict[str, Found]:
    return compare(NIGHT, floods, households=households, until_s=until_s, seed=seed)


if __name__ == "__main__":
    main()
