"""Who did what at the door, in a sentence each? People by their name, the rule and the house by what they are."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kickoff.aftermath.drawn import draw_of
from kickoff.facts import DRAWN, Fact
from kickoff.units import AtUs

SEED_SHOWN = 12
"""Digits of the seed of a draw; `kickoff draw` gives the whole of it."""
_MILLI = 1000
"""The journal keeps rates in thousandths, lengths of time in milliseconds."""
_WHO = {"": "The house", "rule": "The rule", "console": "The console"}
_DONE = {
    "pause": "paused the door",
    "resume": "let it go on",
    "cap": "set a cap of {rate} a second",
    "drain": "gave no new places",
    "no_drain": "gave places again",
    "queue": "queued everyone",
    "no_queue": "let people in again",
    "open": "opened the doors",
    "close": "closed the doors",
    "notice": "changed the notice to viewers",
    "incident": "told the door which incident lasts, or that none does",
    "pin": "set the heartbeat to {seconds} s",
    "ladder": "held the largest pictures back",
    "lanes": "guaranteed the lanes shares",
    "doors": "set another time for the doors",
    "draws": "set another time from which places are given",
    "ends": "set another end of the night",
    "schedule": "put the hours back as planned",
    "codes": "chose the statuses of answers",
}
_UNDONE = {
    "cap": "lifted the cap",
    "pin": "let the heartbeat be as ordered",
    "ladder": "gave the largest pictures back",
    "lanes": "let the lanes share as usual",
    "codes": "put the statuses of answers back",
}


def acts(facts: pa.Table) -> Iterator[tuple[AtUs, str]]:
    """(when, a sentence), by time. The draw, which is a fact of each lane, is told once."""
    was_drawn = False
    for row in facts.filter(pc.field("fact") == str(Fact.OPERATOR)).sort_by("at").to_pylist():
        code = str(row["code"] or "").partition(" ")[0]
        if code != DRAWN:
            yield AtUs(row["at"]), _act(row, code)
        elif not was_drawn:
            was_drawn = True
            yield AtUs(row["at"]), _draw(facts)


def _draw(facts: pa.Table) -> str:
    draw = draw_of(facts)
    count, seed = (sum(draw.counts.values()), draw.seed.hex()) if draw else (0, "")
    return f"The house drew lots for the {count:,} who had come before the doors: seed {seed[:SEED_SHOWN]}…"


def _act(row: Mapping[str, Any], code: str) -> str:
    said = str(row["code"] or "")
    who = str(row.get("app") or "")
    done = _UNDONE[code] if code in _UNDONE and _is_undone(row, code, said) else _DONE.get(code, code)
    seconds, rate = (row.get("duration_ms") or 0) / _MILLI, row.get("rate_per_s")
    return f"{_WHO.get(who, who)} {done.format(rate=f'{(rate or 0) / _MILLI:g}', seconds=f'{seconds:g}')}"


def _is_undone(row: Mapping[str, Any], code: str, said: str) -> bool:
    """Whether the act takes back what one of its name did before."""
    if code == "cap":
        return row.get("rate_per_s") is None
    if code == "pin":
        return (row.get("duration_ms") or 0) < 0
    return said == code
