"""`kickoff rehearse NIGHT.toml`: a night on a virtual clock, with the production door and conductor."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kickoff.commands import BadInput
from kickoff.crowd.arrivals import CurveError
from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.crowd.rehearsal_many import rehearse_many
from kickoff.crowd.rehearsal_rules import Broken
from kickoff.crowd.rehearsal_score import words
from kickoff.night import Night
from kickoff.night_folder import read_night

PLAIN_EVERY = 0.1
"""Without a terminal: a line each tenth of the night."""


def command(
    night_file: Annotated[Path, typer.Argument(metavar="NIGHT.toml", help="The night to rehearse.")],
    *,
    seed: Annotated[int | None, typer.Option(help="Of all chance; the crowd's own by default.", min=0)] = None,
    scale: Annotated[float, typer.Option(help="Of the crowd and of what carries it.", min=0.0001, max=100.0)] = 1.0,
    out: Annotated[Path | None, typer.Option(help="The run folder; out/NAME-rehearsal by default.")] = None,
    is_drawn: Annotated[bool, typer.Option("--drawn", help="Let the seed draw what goes wrong.")] = False,
    many: Annotated[int, typer.Option(help="Play so many drawn nights, of this seed and those after it.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scorecard as JSON.")] = False,
) -> None:
    """Play a night on a virtual clock and print its scorecard; exit status 1 if the door broke one of its rules."""
    night, _ = read_night(night_file)
    if night.crowd is None:
        raise BadInput(f"{night_file}: the night has no [crowd]; add one to rehearse it")
    if many:
        _play_many(night_file, first=seed or 1, count=many, scale=scale, as_json=as_json)
        return
    folder = out or Path("out") / f"{night.name}-rehearsal"
    wish = Wish(night_file=night_file, out=folder, seed=seed, scale=scale, is_drawn=is_drawn)
    try:
        with _shown(night) as show:
            card = rehearse(wish, show=show)
    except CurveError as error:
        raise BadInput(str(error)) from error
    typer.echo(msgspec.json.encode(card).decode() if as_json else f"{words(card)}\n  journal   {folder}/journal")
    if card.broken:
        _complain(card.broken, msgspec.structs.replace(wish, seed=card.seed))
        raise typer.Exit(1)


def _play_many(night_file: Path, *, first: int, count: int, scale: float, as_json: bool) -> None:
    console = Console(stderr=True, highlight=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("nights", total=count)
        found = rehearse_many(
            night_file, first=first, count=count, scale=scale, show=lambda done: bar.update(task, completed=done)
        )
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo(
            f"{found.nights:,} nights, {found.came:,} people, {found.got_picture:,} pictures; called in 5 s at most"
            f" {found.called_vs_published_5s_max:.3f} of what was published; rules broken on {len(found.broken)} nights"
        )
    for seed, broken in sorted(found.broken.items()):
        _complain(broken, Wish(night_file=night_file, out=Path(), seed=seed, scale=scale, is_drawn=True))
    if found.broken:
        raise typer.Exit(1)


def _complain(found: tuple[Broken, ...], wish: Wish) -> None:
    for broken in found:
        typer.echo(f"rule {broken.rule} of the door does not hold: {broken.what}", err=True)
    again = ["kickoff", "rehearse", str(wish.night_file), "--seed", str(wish.seed), "--scale", f"{wish.scale:g}"]
    again += ["--drawn"] if wish.is_drawn else []
    typer.echo(f"seed {wish.seed}; to play it again: {shlex.join(again)}", err=True)


@contextmanager
def _shown(night: Night) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal, else a line now and then; on standard error, so that the answer stays alone."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _plainly(night, console)
        return
    columns = (TextColumn("{task.fields[clock]:>26}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=night.schedule.end, clock="")
        yield lambda at_s: bar.update(task, completed=at_s, clock=night.match_clock(at_s))


def _plainly(night: Night, console: Console) -> Callable[[float], None]:
    due_s = 0.0

    def shown(at_s: float) -> None:
        nonlocal due_s
        if at_s >= due_s:
            console.print(f"rehearsing: {night.match_clock(at_s)}")
            due_s = at_s + PLAIN_EVERY * night.schedule.end

    return shown
