"""`kickoff plan NIGHT.toml`: what must the house carry, when should the doors open, what would a lost node do?"""

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput
from kickoff.crowd.arrivals import CurveError
from kickoff.crowd.folder import read_curve_beside
from kickoff.crowd.people import everybody
from kickoff.crowd.planning import Evening, Outcome, Plan, plan
from kickoff.facts import Fact
from kickoff.night import Night
from kickoff.night_folder import read_night
from kickoff.units import US_PER_S, parse_iso

BARS = " ▁▂▃▄▅▆▇█"
WIDE = 72


def command(
    night_file: Annotated[Path, typer.Argument(metavar="NIGHT.toml", help="The night to plan.")],
    *,
    past: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="A run folder: its journal says who comes and how.")
    ] = None,
    within: Annotated[float, typer.Option(help="Seconds under which 95 % of waits shall stay.", min=1.0)] = 60.0,
    nodes: Annotated[int, typer.Option(help="Machines that the back end has; one of them is lost.", min=2)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Say what capacity keeps 95 % of waits under a time, what happens with less, and when to open the doors."""
    night, _ = read_night(night_file)
    try:
        evening = _assumed(night, night_file) if past is None else _lived(night, past)
    except (CurveError, JournalError) as error:
        raise BadInput(str(error)) from error
    found = plan(night, evening, within_s=within, nodes=nodes)
    typer.echo(msgspec.json.encode(found).decode() if as_json else _words(night, found))


def _assumed(night: Night, night_file: Path) -> Evening:
    """The crowd of the night file."""
    if night.crowd is None:
        raise BadInput(f"{night_file}: the night has no [crowd]; add one, or plan from a past night: --from out/NAME")
    people = everybody(night, read_curve_beside(night_file, night), chance=np.random.default_rng(night.crowd.seed))
    return Evening(
        joined=_counted(people.arrives_s, night),
        signs_in=night.crowd.signed_out,
        sign_ins_per_s=night.servers.sign_ins_per_s,
        playlists_per_s=night.servers.playlists_per_s,
        source="the crowd of the night file",
    )


def _lived(night: Night, past: Path) -> Evening:
    """A past night's joins about its kick-off, and what it measured; as many people as the night file expects."""
    journals = sorted(path for path in (past / "journal").glob("*") if (path / "night.toml").is_file())
    if not journals:
        raise BadInput(f"{past}: holds no journal; give the folder of a night that was run or rehearsed")
    view = JournalView(past / "journal", journals[0].name)
    facts = view.facts(
        columns=["at", "fact", "dependency", "capacity_per_s"],
        where=[Fact.JOINED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED, Fact.HEALTH],
    )
    kinds = np.asarray(facts["fact"].to_pylist(), dtype=object)
    at_s = (np.asarray(facts["at"].to_pylist(), dtype=np.float64) - parse_iso(view.night.starts_at)) / US_PER_S
    came_s = at_s[kinds == Fact.JOINED]
    if not came_s.size:
        raise BadInput(f"{past}: nobody joined on that night; plan from another one")
    shifted = np.sort(came_s - view.night.schedule.kick_off + night.schedule.kick_off)
    joined = np.asarray(_counted(np.maximum(0.0, shifted), night))
    expected = night.crowd.subscribers * night.crowd.come if night.crowd else came_s.size
    tried = int(np.count_nonzero(kinds == Fact.SIGNED_IN) + np.count_nonzero(kinds == Fact.SIGN_IN_FAILED))
    carried = _carried(facts["dependency"].to_pylist(), facts["capacity_per_s"].to_pylist())
    return Evening(
        joined=tuple((joined * expected / joined[-1]).tolist()),
        signs_in=tried / came_s.size,
        sign_ins_per_s=carried.get("sign_in", night.servers.sign_ins_per_s),
        playlists_per_s=carried.get("playlist", night.servers.playlists_per_s),
        source=f"the journal of {view.night.name}",
    )


def _carried(dependencies: list[str | None], capacities: list[float | None]) -> dict[str, float]:
    """Dependency → the median of what it was measured to carry. The journal holds thousandths."""
    known: dict[str, list[float]] = {}
    for name, capacity in zip(dependencies, capacities, strict=True):
        if name and capacity and capacity > 0:
            known.setdefault(name, []).append(capacity)
    return {name: float(np.median(found)) / 1000 for name, found in known.items()}


def _counted(arrives_s: np.ndarray, night: Night) -> tuple[float, ...]:
    """Come until each second."""
    return tuple(np.searchsorted(np.sort(arrives_s), np.arange(round(night.schedule.end) + 1), side="right").tolist())


def _words(night: Night, found: Plan) -> str:
    sized = (
        "no capacity does: too many come at once"
        if found.needed is None
        else f"{found.needed:.2f} × what there is: {found.needed_sign_ins_per_s:,.0f} sign-ins a second"
    )
    doors = "no time does" if found.doors_s is None else f"{night.match_clock(found.doors_s)}, at the latest"
    fits = "those inside still fit" if found.lost_node_carries_inside else "those inside do NOT fit any more"
    return "\n".join(
        [
            f"{found.night}: {found.people:,} people, from {found.source}",
            f"  95 % of waits under {found.within_s:g} s need {sized}",
            f"  with what there is, doors that keep it: {doors}",
            f"  one node of {found.nodes} lost at kick-off: {_outcome(found.lost_node)}; {fits}",
            "",
            "  capacity   half wait   95 % wait       line   at kick-off",
            *(_row(f"{one.capacity:g} ×", one) for one in found.by_capacity),
            "",
            "  doors at   half wait   95 % wait       line   at kick-off",
            *(_row(f"{one.doors_s:g} s", one) for one in found.by_doors),
            "",
            f"  the line, second by second, up to {max(found.line):,}",
            f"  {_bars(found.line)}",
        ]
    )


def _outcome(one: Outcome) -> str:
    return f"half wait {one.waited_p50_s:,.0f} s, 95 % up to {one.waited_p95_s:,.0f} s, {one.line_peak:,} in line"


def _row(label: str, one: Outcome) -> str:
    return (
        f"  {label:>8} {one.waited_p50_s:>9,.0f} s {one.waited_p95_s:>9,.0f} s"
        f" {one.line_peak:>10,} {one.line_at_kick_off:>13,}"
    )


def _bars(line: tuple[int, ...]) -> str:
    parts = np.array_split(np.asarray(line), min(WIDE, len(line)))
    most = max(1, *line)
    return "".join(BARS[round((len(BARS) - 1) * float(part.max()) / most)] for part in parts)
