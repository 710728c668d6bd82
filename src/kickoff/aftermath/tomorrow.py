"""And the next match? It is rehearsed with what broke tonight, on servers that carry what tonight's were measured to.

The next night is a night file of its own, or tonight's once more. Its crowd is scaled down so that the rehearsal takes
seconds, and so is all that must carry it; what comes out is told in people of the full crowd.
"""

import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kickoff.commands import BadInput
from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.night import Fault, Night, Servers
from kickoff.night_folder import read_night
from kickoff.run_folder import RunFolder

PEOPLE_MAX = 1_500
"""Who is rehearsed: enough for shares, few enough for seconds."""
FILE = "tomorrow.json"


class Tomorrow(Struct, frozen=True, kw_only=True):
    """What the rehearsal says, in people of the full crowd."""

    title: str
    is_tonight_again: bool
    """No other night was named: tonight's, once more."""
    scale: float
    seed: int
    faults: int
    """Of tonight, played again."""
    came: int
    line_peak: int
    waited_p50_s: float
    waited_p95_s: float
    pictures_60s: int
    never_had_a_picture: int
    black_screens: int
    thrown_out: int
    broken: tuple[str, ...]
    """Rules of the door that did not hold."""
    binding: dict[str, float]
    """What bound the rate → share of the time in which a line stood."""
    sign_ins_per_s: float
    """What the servers carry, in the full night."""


def rehearse_tomorrow(folder: RunFolder, tonight: Night, *, measured: Servers, following: Path | None) -> Tomorrow:
    """Play the next match with tonight's faults, and keep what came of it in the run folder.

    Raises `NightError`, `BadInput` and `CurveError` for a night file that cannot be rehearsed.
    """
    source = following or folder.night_file
    night, _ = read_night(source)
    if night.crowd is None:
        raise BadInput(f"{source}: has no [crowd], so nobody comes to its rehearsal; name a night file with one")
    faults = tuple(_moved(fault, tonight, night) for fault in tonight.faults)
    scale = min(1.0, PEOPLE_MAX / max(1.0, night.crowd.subscribers * night.crowd.come))
    with tempfile.TemporaryDirectory() as scratch:
        wish = Wish(night_file=source, out=Path(scratch) / "out", scale=scale, faults=faults, servers=measured)
        card = rehearse(wish)
    found = Tomorrow(
        title=night.title,
        is_tonight_again=following is None,
        scale=scale,
        seed=card.seed,
        faults=len(faults),
        came=round(card.came / scale),
        line_peak=round(card.line_peak / scale),
        waited_p50_s=card.waited_p50_s or 0.0,
        waited_p95_s=card.waited_p95_s or 0.0,
        pictures_60s=round(card.pictures_60s / scale),
        never_had_a_picture=round((card.came - card.got_picture) / scale),
        black_screens=round(card.black_screens / scale),
        thrown_out=round(card.thrown_out / scale),
        broken=tuple(one.what for one in card.broken),
        binding=card.binding,
        sign_ins_per_s=measured.sign_ins_per_s,
    )
    (folder.root / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    return found


def kept(folder: RunFolder) -> Tomorrow | None:
    """What was rehearsed for this night, if anything was."""
    path = folder.root / FILE
    return msgspec.json.decode(path.read_bytes(), type=Tomorrow) if path.is_file() else None


def _moved(fault: Fault, tonight: Night, night: Night) -> Fault:
    """The fault at the same instant of the match clock; a network of another name becomes the first that there is."""
    here, there = tonight.schedule, night.schedule
    pace = night.match_minute_s / tonight.match_minute_s
    at = there.kick_off + (fault.at - here.kick_off) * pace
    until = there.kick_off + (fault.until - here.kick_off) * pace
    where = dict(fault.where)
    if night.cdns and where.get("cdn", "") not in {"", *night.cdns}:
        where["cdn"] = min(night.cdns)
    # What broke later than the next night lasts breaks it for no time at all.
    at, until = (min(there.end, max(0.0, when)) for when in (at, until))
    return replace(fault, at=at, until=until, where=where)
