"""What the person at the terminal sees while a night is played: a bar and figures that move, or plain lines."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.findings import Cause
from kickoff.night import Night
from kickoff.plumbing.processes import Part, last_line
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings

Shown = Callable[[float, Part | None], None]
"""(seconds since the start, the crowd if there is one) → nothing; called about twice a second."""
_PLAIN_EVERY_S = 10.0


class Show:
    """Prints to the terminal; without one, plain lines that a log can keep."""

    def __init__(self, night: Night, *, settings: Settings, folder: RunFolder) -> None:
        self._night = night
        self._settings = settings
        self._folder = folder
        self._console = Console(highlight=False)
        self._title = night.title

    @contextlib.contextmanager
    def preparing(self, what: str) -> Iterator[None]:
        """Something that takes a while before the night can start."""
        if self._console.is_terminal:
            with self._console.status(f"Making {what} …"):
                yield
        else:
            self._console.print(f"Making {what} …")
            yield

    def opened(self, is_open: bool, *, operator: tuple[str, str], crowd: bool) -> None:  # noqa: FBT001 - a fact, not a switch
        """The addresses to open, now that every process is up."""
        door, console = self._settings.door, self._settings.console
        name, password = operator
        people = "with the door open to all" if is_open else "with the door"
        self._console.print(f"\n[bold]{self._title}[/bold], {people}")
        self._console.print(f"  page     http://{door.host}:{door.port}/{self._night.name}")
        self._console.print(f"           to sign in: {login_of(1)}, password {PASSWORD}")
        self._console.print(f"  console  http://{console.host}:{console.port}/   {name}, password {password}")
        if not crowd:
            self._console.print("  nobody is simulated: the viewers are you")

    @contextlib.contextmanager
    def night(self, night: Night) -> Iterator[Shown]:
        """The time in which the night runs; yields what shows one instant of it."""
        if self._console.is_terminal:
            with self._bar() as bar:
                task = bar.add_task("", total=night.schedule.end, clock="", figures="")
                yield lambda at_s, crowd: bar.update(
                    task, completed=max(0.0, at_s), clock=night.match_clock(at_s), figures=figures(crowd)
                )
        else:
            yield self._plainly(night)

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("{task.fields[clock]:>26}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self._console,
        )

    def _plainly(self, night: Night) -> Shown:
        due = 0.0

        def shown(at_s: float, crowd: Part | None) -> None:
            nonlocal due
            if at_s >= due:
                self._console.print(f"  {night.match_clock(at_s):>26}  {figures(crowd)}", soft_wrap=True)
                due = at_s - at_s % _PLAIN_EVERY_S + _PLAIN_EVERY_S

        return shown

    def closing(self, summary: Mapping[str, Any]) -> None:
        """The six numbers that matter, and where the report is."""
        self._console.print(f"\n[bold]{self._title}[/bold]: the night in six numbers")
        for number, words in six_numbers(summary):
            self._console.print(f"  {number:>16}  {words}", soft_wrap=True)
        self._console.print(f"\n  report   {self._folder.report}\n  summary  {self._folder.summary}", soft_wrap=True)

    def not_rehearsed(self, why: str) -> None:
        """Tonight is answered nevertheless."""
        self._console.print(f"\nThe next match was not rehearsed: {why}", soft_wrap=True, markup=False)

    def serving(self) -> None:
        """The results can be looked at until Ctrl-C."""
        console = self._settings.console
        self._console.print(f"\n  console  http://{console.host}:{console.port}/   until Ctrl-C")

    def interrupted(self) -> None:
        """Ctrl-C: say what can still be done with what there is."""
        self._console.print(
            f"\nStopped. What was recorded is in {self._folder.journal}; "
            f"`kickoff report {self._folder.root}` answers from it.",
            soft_wrap=True,
        )


def figures(crowd: Part | None) -> str:
    """The crowd's last progress line in words; nothing before its first."""
    if crowd is None:
        return ""
    try:
        now = json.loads(last_line(crowd))
        line = f"{now['came']:,} came · {now['waiting']:,} in line"
        return f"{line} · {now['watching']:,} watching · {now['failed']:,} failed"
    except (ValueError, KeyError, TypeError):
        return ""


def _cause(verdict: str) -> str:
    return "too early to say" if verdict == Cause.TOO_EARLY else verdict


def _hit(seen: int, low: int, high: int) -> tuple[str, str]:
    """Who was hit. What was seen is no guess: the range begins there."""
    low, high = max(low, seen), max(high, seen)
    figure = f"{low:,}–{high:,}" if low < high else f"{high:,}"
    return figure, f"accounts were hit, {'all' if seen == high else f'{seen:,}'} of them seen"


def six_numbers(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(number, what it is): audience, wait, incident, who was hit, gestures, and what the door was worth."""
    audience, door, incident = summary["audience"], summary["door"], summary["incident"]
    impact, gestures = summary["impact"], summary["gestures"]
    without, with_door = summary.get("without_door") or {}, summary.get("with_door") or {}
    noticed = incident["noticed_after_s"]
    rows = [
        (f"{audience['average']:,}", f"accounts watched on average, {audience['peak']:,} at the peak"),
        (
            f"{door['waited_p50_s']:.0f} s",
            f"was the median wait in line, {door['waited_p95_s']:.0f} s for one in twenty",
        ),
        (
            f"{noticed:.0f} s" if noticed is not None else "-",
            f"until the incident was noticed; cause: {_cause(incident['cause'])}",
        ),
        _hit(impact["seen"], impact["low"], impact["high"]),
        (f"{gestures['total_cents'] / 100:,.2f} €", f"are owed to {gestures['granted']:,} subscribers"),
    ]
    if without and with_door:
        rows.append(
            (
                f"{with_door['pictures_60s']:,} / {without['pictures_60s']:,}",
                "had a picture a minute after kick-off: with the door / open to all",
            )
        )
    return rows
