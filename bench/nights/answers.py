"""The product's answers on many nights, two processes at once; kept by seed and by the code that gave them.

`bench-explain`, `bench-impact` and `bench-notice` ask the same nights: whoever comes second reads what was answered.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from time import process_time

import msgspec
import pyarrow.compute as pc
from msgspec import Struct

from bench.kept import fingerprint, keep
from bench.nights.ideal import ranges
from bench.nights.store import ANSWERED_BY, ROOT, Kept, Truth, night, of_each
from kickoff.aftermath.answers import Evening, impact, incidents, read, verdict
from kickoff.aftermath.journal import JournalView
from kickoff.facts import Fact
from kickoff.findings import Impact, Incident, Range
from kickoff.forecast import minute_of, usual_arrivals
from kickoff.units import US_PER_S, AtUs


class Stated(Struct, frozen=True, kw_only=True):
    """One statement, and what was true then."""

    at: AtUs
    causes: list[str]
    hit: int
    touched: float
    verdict: str
    malice_signs: int
    probabilities: dict[str, float]
    incidents: list[Incident]
    impact: Impact
    shut_out: tuple[Range, Range] | None
    """Those of them who never told: the product's range, and the same posterior's given the world's true parameters."""
    baselines: dict[str, int]
    """What one might say instead."""
    seconds: float


class Answered(Struct, frozen=True, kw_only=True):
    """Both statements on one night."""

    name: str
    scenario: str
    minute_s: float
    start: AtUs
    spans: list[tuple[str, float, float]]
    kinds: list[str]
    first: Stated
    whole: Stated


def answers(regime: str, seeds: Iterable[int], root: Path = ROOT) -> list[Answered]:
    """The answers on these nights, in their order."""
    return of_each(seeds, partial(_answered, regime, root, fingerprint(ANSWERED_BY)), what=f"{regime} nights")


def _answered(regime: str, root: Path, mark: str, seed: int) -> Answered:
    folder, kept = night(regime, seed, root)
    path = folder / f"answers-{mark}.json"
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Answered)
    answered = Answered(
        name=kept.plan.name,
        scenario=kept.plan.scenario,
        minute_s=kept.plan.minute_s,
        start=JournalView(folder / "whole", kept.plan.name).night.at(0),
        spans=kept.spans,
        kinds=[trouble.kind for trouble in kept.plan.troubles],
        first=_stated(folder / "first", kept, kept.first, kept.first_at),
        whole=_stated(folder / "whole", kept, kept.whole, None),
    )
    for old in folder.glob("answers-*.json"):
        old.unlink(missing_ok=True)
    keep(path, msgspec.json.encode(answered))
    return answered


def _stated(root: Path, kept: Kept, truth: Truth, until: AtUs | None) -> Stated:
    began = process_time()
    evening = read(JournalView(root, kept.plan.name, until=until))
    found = incidents(evening)
    said = verdict(evening, found)
    counted, _ = impact(evening, found)
    seconds = process_time() - began
    return Stated(
        at=evening.until,
        causes=truth.causes,
        hit=truth.hit,
        touched=truth.touched,
        verdict=str(said.verdict),
        malice_signs=sum(one.favours == "malice" and one.weight > 1 for one in said.evidence),
        probabilities=said.probabilities,
        incidents=list(found),
        impact=counted,
        shut_out=ranges(evening, found, kept.plan),
        baselines=_instead(evening),
        seconds=seconds,
    )


def _instead(evening: Evening) -> dict[str, int]:
    """Everybody with an error, as a log search tells; the forecast less those who came, as was said in 2022."""
    facts = evening.facts
    failed = facts.filter(pc.field("fact").isin([str(Fact.START_FAILED), str(Fact.SIGN_IN_FAILED), str(Fact.REFUSED)]))
    came = facts.filter(pc.field("fact").isin([str(Fact.JOINED), str(Fact.LEASED), str(Fact.SIGNED_IN)]))
    usual = usual_arrivals(evening.earlier, len(evening.subscribers))
    night = evening.view.night
    minute = (evening.until - night.at(night.schedule.kick_off)) / US_PER_S / night.match_minute_s
    expected = sum(usual[: minute_of(minute) + 1])
    return {
        "with_an_error": len(pc.unique(failed["subject"])),
        "forecast_less_seen": max(0, round(expected - len(pc.unique(came["subject"])))),
    }
