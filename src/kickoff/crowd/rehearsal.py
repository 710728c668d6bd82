"""How would the night go? The production door and conductor, played against simulated people on a virtual clock.

Only viewers, back end and time are replaced. The run folder that it leaves is that of a real run: journal, night
file, subscribers, crowd.json; every answer of the aftermath can be had of it. The same night, seed and scale leave
the same folder, byte for byte.

    RulesBroken    a rule of the door did not hold; carries the scorecard
"""

import gc
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kickoff.conductor.tick import Conductor
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import People, everybody
from kickoff.crowd.rehearsal_bots import BulkBots
from kickoff.crowd.rehearsal_bulk import BulkStage
from kickoff.crowd.rehearsal_clock import VirtualNight, seeded_bytes
from kickoff.crowd.rehearsal_columns import truth_of
from kickoff.crowd.rehearsal_draw import drawn
from kickoff.crowd.rehearsal_rules import LivedThrough, Log, broken_rules
from kickoff.crowd.rehearsal_score import Scorecard, score
from kickoff.crowd.rehearsal_stage import VirtualStage
from kickoff.crowd.roster_parquet import write_subscribers
from kickoff.crowd.solving import REHEARSED_COST
from kickoff.crowd.truth import Truth
from kickoff.crowd.world import World
from kickoff.door.house import Door
from kickoff.facts import RECORD
from kickoff.night import Fault, Night, Servers
from kickoff.night_folder import lay_out, read_night, write_start
from kickoff.plumbing import key_files
from kickoff.plumbing.record_log import log_files, open_log
from kickoff.run_folder import RunFolder
from kickoff.settings import DoorSettings
from kickoff.units import US_PER_S, AtUs, parse_iso
from kickoff.waiting_room.places import MemoryBlocks

KICK_OFF_AT = parse_iso("2022-09-06T19:00:00Z")
"""Every rehearsed night kicks off at this instant: PSG–Juventus, 21:00 in Paris."""
SCALED = ("subscribers", "sign_ins_per_s", "playlists_per_s", "safe_rate_per_s", "inside_max", "egress_mbps")
"""Keys that grow and shrink with the crowd, so that a smaller night has the same shape."""
LIVES_MAX = 50_000
"""A life takes some 10 kB and 50 acts: more people than this are played in bulk."""
_FILE_BYTES_MAX = 268_435_456

Shown = Callable[[float], None]
"""Told seconds of the night as it passes."""


class Wish(Struct, frozen=True, kw_only=True):
    """Which rehearsal is asked for."""

    night_file: Path
    out: Path
    seed: int | None = None
    """None: the crowd's own, from the night file."""
    scale: float = 1.0
    is_drawn: bool = False
    """Let the seed draw what goes wrong (`rehearsal_draw.py`)."""
    in_bulk: bool | None = None
    """Play people as numbers in arrays instead of lives; None: when more than `LIVES_MAX` come."""
    faults: tuple[Fault, ...] | None = None
    """What goes wrong, in the place of what the night file says. The run folder's night file stays as it was given."""
    servers: Servers | None = None
    """What the back end carries at scale 1, in the place of what the night file says; likewise."""


def rehearse(wish: Wish, *, show: Shown = lambda _: None) -> Scorecard:
    """Play the night and leave its run folder; the scorecard names the rules that were broken, if any.

    Raises `NightError`, `BadInput` and `CurveError` for what it is given.
    """
    night, text = read_night(wish.night_file)
    folder = RunFolder(wish.out, night.name)
    lay_out(folder, source=wish.night_file, night=night)
    starts_at = AtUs(KICK_OFF_AT - round(night.schedule.kick_off * US_PER_S))
    seed = wish.seed if wish.seed is not None else _seed_of(night)
    # The house is drawn for the crowd of the file, and shrinks and grows with it.
    text = drawn(text, night, seed=seed) if wish.is_drawn else text
    night = _as_wished(write_start(folder, scaled(text, wish.scale), starts_at=starts_at), wish)
    clock = _set_up(folder, night, seed=seed)
    people = everybody(night, read_curve_beside(folder.night_file, night), chance=np.random.default_rng(seed))
    _show_each_second(clock, show)
    in_bulk = len(people) > LIVES_MAX if wish.in_bulk is None else wish.in_bulk
    truth = (_in_bulk if in_bulk else _as_lives)(clock, people, seed=seed)
    log = logged(folder)
    broken = broken_rules(clock, log, LivedThrough(joined=truth.joined, expelled=truth.expelled))
    card = score(clock, truth, log, seed=seed, scale=wish.scale, broken=broken)
    _write(folder.crowd, truth)
    _write(folder.root / "scorecard.json", card)
    return card


def scaled(text: str, scale: float) -> str:
    """The night file with its crowd and all that must carry it times `scale`."""

    def times(found: re.Match[str]) -> str:
        number = float(found[2].replace("_", "")) * scale
        return f"{found[1]}{max(1.0, number):g}" if "_per_s" in found[1] else f"{found[1]}{max(1, round(number))}"

    if scale == 1:
        return text
    # A rate below one a second would rehearse the granularity of people, not the night.
    found = re.sub(rf"(?m)^((?:{'|'.join(SCALED)})\s*=\s*)([\d_.]+)", times, text)
    if "servers" not in tomllib.loads(found):
        servers = Servers()
        found += (
            f"\n[servers]\nsign_ins_per_s = {max(0.1, servers.sign_ins_per_s * scale):g}\n"
            f"playlists_per_s = {max(1.0, servers.playlists_per_s * scale):g}\n"
        )
    return found


def _as_wished(night: Night, wish: Wish) -> Night:
    """The night with the faults and servers of the wish; no text is edited: TOML says one thing in many ways."""
    if wish.faults is not None:
        night = replace(night, faults=wish.faults)
    if wish.servers is None:
        return night
    servers = replace(
        wish.servers,
        sign_ins_per_s=max(min(1.0, wish.servers.sign_ins_per_s), wish.servers.sign_ins_per_s * wish.scale),
        playlists_per_s=max(1.0, wish.servers.playlists_per_s * wish.scale),
    )
    return replace(night, servers=servers)


def logged(folder: RunFolder) -> Log:
    """All that the door recorded, as it lies on the disk."""
    paths = log_files(folder.journal / "log")
    return tuple(np.memmap(path, dtype=RECORD, mode="r") for path in paths if path.stat().st_size)


def _set_up(folder: RunFolder, night: Night, *, seed: int) -> VirtualNight:
    keys = key_files.create(seeded_bytes(seed))
    key_files.store(folder.root, keys)
    write_subscribers(folder.subscribers, night, subject_key=keys.subject_key, at=night.at(0))
    return new_clock(night, folder.journal / "log", seed=seed)


def new_clock(night: Night, log: Path, *, seed: int) -> VirtualNight:
    """The door, conductor and world of a night before its first second; the door's log is written to this folder."""
    keys = key_files.create(seeded_bytes(seed))
    chance = np.random.default_rng((seed, 1))
    door = Door(
        night,
        keys,
        log=open_log(log, writer="door", file_bytes_max=_FILE_BYTES_MAX),
        places=MemoryBlocks(),
        draw=lambda: int(chance.integers(2**62)),
        settings=DoorSettings(proof_cost=REHEARSED_COST),
    )
    door.ready()
    world = World(night, np.random.default_rng((seed, 2)))
    return VirtualNight(door, Conductor(night), world)


def _as_lives(clock: VirtualNight, people: People, *, seed: int) -> Truth:
    """Everybody's own life; all beats are in the log."""
    stage = VirtualStage(clock, people, seed=seed)
    stage.send()
    _to_the_end(clock)
    return stage.truth(at_s=clock.world.night.schedule.end)


def _in_bulk(clock: VirtualNight, people: People, *, seed: int) -> Truth:
    """People as numbers; one beat a stream is in the log."""
    stage = BulkStage(clock, people, seed=seed)
    stage.send()
    BulkBots(clock, people.night, seed=seed).send()
    # PERF: millions of planned events are no cycles; looking for some takes longer than the night (kickoff rehearse).
    gc.disable()
    _to_the_end(clock)
    gc.enable()
    stage.close()
    clock.door.commit()
    return truth_of(stage, people)


def _to_the_end(clock: VirtualNight) -> None:
    clock.run(clock.world.night.schedule.end)
    clock.door.commit()


def _show_each_second(clock: VirtualNight, show: Shown) -> None:
    def now() -> None:
        show(clock.now_s)
        clock.plan(clock.now_s + 1.0, now)

    clock.plan(0.0, now)


def _seed_of(night: Night) -> int:
    return night.crowd.seed if night.crowd else 1


def _write(path: Path, found: Truth | Scorecard) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
