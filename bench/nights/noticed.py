"""What is noticed on many more nights than can be kept: each is made, read, answered and thrown away.

Only the answer is kept, by seed and by the code that gave it.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from bench.kept import keep
from bench.nights.store import ROOT, answers_in, make, of_each
from kickoff.aftermath.answers import incidents, read
from kickoff.aftermath.journal import JournalView
from kickoff.findings import Incident
from kickoff.units import AtUs


class Noticed(Struct, frozen=True, kw_only=True):
    """A night, what was wrong in it, and what was noticed by its end."""

    name: str
    scenario: str
    minute_s: float
    start: AtUs
    until: AtUs
    spans: list[tuple[str, float, float]]
    """(cause, first, last second) of each trouble as it was felt."""
    kinds: list[str]
    incidents: list[Incident]


def noticed(regime: str, seeds: Iterable[int], root: Path = ROOT) -> list[Noticed]:
    """What is noticed on these nights, in their order."""
    return of_each(seeds, partial(_noticed, regime, answers_in("noticed", root)), what=f"{regime} nights")


def _noticed(regime: str, folder: Path, seed: int) -> Noticed:
    path = folder / f"{regime}-{seed:04d}.json"
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Noticed)
    with TemporaryDirectory() as made:
        kept = make(regime, seed, Path(made), ("whole",))
        evening = read(JournalView(Path(made) / "whole", kept.plan.name))
        found = Noticed(
            name=kept.plan.name,
            scenario=kept.plan.scenario,
            minute_s=kept.plan.minute_s,
            start=evening.view.night.at(0),
            until=evening.until,
            spans=kept.spans,
            kinds=[trouble.kind for trouble in kept.plan.troubles],
            incidents=list(incidents(evening)),
        )
    keep(path, msgspec.json.encode(found))
    return found
