"""`kickoff plan NIGHT.toml`: what must the house carry, when should the doors open, what would a lost node do?"""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer

from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.plan_plots import picture
from kickoff.aftermath.plan_words import Dial, words
from kickoff.commands import BadInput
from kickoff.commands.report import run_folder
from kickoff.crowd.arrivals import CurveError, arrival_times
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import CALLED_NEVER, MISTYPED, how_many_come
from kickoff.crowd.planned_line import Evening, Floats
from kickoff.crowd.planning import plan
from kickoff.facts import Fact, Lane
from kickoff.night import Night
from kickoff.night_folder import read_night
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S

THOUSANDTHS = 1000
"""The journal holds capacities in thousandths a second."""
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def command(
    night_file: Annotated[Path, typer.Argument(metavar="NIGHT.toml", help="The night to plan.")],
    *,
    past: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="A run folder: its journal says who comes and how.")
    ] = None,
    within: Annotated[
        float, typer.Option(help="Seconds under which 95 % of waits shall stay.", min=1.0, max=86_400.0)
    ] = 60.0,
    nodes: Annotated[int, typer.Option(help="Machines that the back end has; one of them is lost.", min=2)] = 5,
    kick_off: Annotated[
        str, typer.Option(metavar="HH:MM", help="Kick-off on the clock, to name the doors by it.", show_default=False)
    ] = "",
    drawing: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE.svg", help="Draw the lines into this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Say what capacity keeps 95 % of waits under a time, what happens with less, and when to open the doors."""
    night, _ = read_night(night_file)
    dial = _dial(night, kick_off)
    try:
        evening = assumed(night, night_file) if past is None else _lived(night, run_folder(past))
    except (CurveError, JournalError) as error:
        raise BadInput(str(error)) from error
    found = plan(night, evening, within_s=within, nodes=nodes)
    if drawing is not None:
        _draw(drawing, picture(night, found, dial))
    typer.echo(msgspec.json.encode(found).decode() if as_json else words(night, found, dial))


def assumed(night: Night, night_file: Path) -> Evening:
    """The crowd of the night file."""
    if night.crowd is None:
        raise BadInput(f"{night_file}: the night has no [crowd]; add one, or plan from a past night: --from out/NAME")
    arrives_s = arrival_times(
        read_curve_beside(night_file, night),
        schedule=night.schedule,
        minute_s=night.crowd.arrivals.minute_s,
        count=how_many_come(night.crowd),
        chance=np.random.default_rng(night.crowd.seed),
    )
    return Evening(
        joined=_counted(arrives_s, night),
        signed_out=night.crowd.signed_out,
        sign_ins=1 + MISTYPED,
        comes=1 - CALLED_NEVER,
        sign_ins_per_s=night.servers.sign_ins_per_s,
        playlists_per_s=night.servers.playlists_per_s,
        source="the crowd of the night file",
    )


def _lived(night: Night, run: RunFolder) -> Evening:
    """A past night's joins about its kick-off, and what it measured; as many people as the night file expects."""
    view = JournalView(run.journals, run.night)
    facts = view.facts(
        columns=["at", "fact", "lane", "place", "dependency", "capacity_per_s"],
        where=[Fact.JOINED, Fact.CALLED, Fact.PASSED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED, Fact.HEALTH],
    )
    came = _only(facts, Fact.JOINED, Lane.KNOWN, Lane.MAIN)
    in_main, passed = (_only(facts, fact, Lane.MAIN) for fact in (Fact.JOINED, Fact.PASSED))
    if not came.num_rows:
        raise BadInput(f"{run.root}: nobody joined on that night; plan from another one")
    # By the match clock: an evening says when people come to a short night, too.
    away_s = (came["at"].to_numpy() - view.night.at(view.night.schedule.kick_off)) / US_PER_S
    away_s = away_s * night.match_minute_s / view.night.match_minute_s
    joined = np.asarray(_counted(np.maximum(0.0, away_s + night.schedule.kick_off), night))
    if not joined[-1]:
        raise BadInput(f"{run.root}: all who joined came after the end of {night.name}; plan from another one")
    expected = night.crowd.subscribers * night.crowd.come if night.crowd else came.num_rows
    tried = _only(facts, Fact.SIGNED_IN).num_rows + _only(facts, Fact.SIGN_IN_FAILED).num_rows
    called = pc.max(_only(facts, Fact.CALLED, Lane.MAIN)["place"]).as_py() or passed.num_rows
    return Evening(
        joined=tuple((joined * expected / joined[-1]).tolist()),
        signed_out=in_main.num_rows / came.num_rows,
        sign_ins=tried / max(1, passed.num_rows),
        comes=min(1.0, passed.num_rows / max(1, called)) or 1.0,
        sign_ins_per_s=_carried(facts, "sign_in") or night.servers.sign_ins_per_s,
        playlists_per_s=_carried(facts, "playlist") or night.servers.playlists_per_s,
        source=f"the journal of {view.night.name}",
    )


def _only(facts: pa.Table, fact: Fact, *lanes: Lane) -> pa.Table:
    """The facts of one kind; of these lanes, where some are named: bots in the slow one are no crowd."""
    wanted = pc.field("fact") == str(fact)
    return facts.filter(wanted & pc.field("lane").isin([str(lane) for lane in lanes]) if lanes else wanted)


def _carried(facts: pa.Table, dependency: str) -> float | None:
    """The median of what it was measured to carry; None: it never was."""
    told = facts.filter((pc.field("dependency") == dependency) & (pc.field("capacity_per_s") > 0))
    return float(np.median(told["capacity_per_s"].to_numpy())) / THOUSANDTHS if told.num_rows else None


def _counted(arrives_s: Floats, night: Night) -> tuple[float, ...]:
    """Come until each second."""
    return tuple(np.searchsorted(np.sort(arrives_s), np.arange(round(night.schedule.end) + 1), side="right").tolist())


def _dial(night: Night, kick_off: str) -> Dial:
    """How this night's instants are named: by the clock where somebody said it, or the night file does."""
    said = CLOCK.fullmatch(kick_off)
    if kick_off and not said:
        raise BadInput(f"--kick-off: {kick_off!r} is no time of day; write it as 21:00")
    clock_s = 3600 * int(said[1]) + 60 * int(said[2]) if said else None
    if not said and night.starts_at:
        at = datetime.fromtimestamp(night.at(night.schedule.kick_off) / US_PER_S, ZoneInfo(night.time_zone))
        clock_s = 3600 * at.hour + 60 * at.minute + at.second
    return Dial(kick_off_s=night.schedule.kick_off, clock_s=clock_s)


def _draw(path: Path, drawn: str) -> None:
    try:
        path.write_text(drawn, "utf-8")
    except OSError as error:
        raise BadInput(f"--picture: {path}: {error.strerror}; name a file that can be written") from error
