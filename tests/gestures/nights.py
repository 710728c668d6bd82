"""A night with a policy, and cases for it: what the tests of gestures start from."""

import random

import msgspec

from kickoff.findings import Case
from kickoff.night import Gesture, Gestures, Night, parse_night
from kickoff.units import AtUs, Subject
from tests.architecture.source import ROOT

OFFERS = ("essential", "sport", "young")


def night_with(*, budget_cents: int = 100_000_000, version: int = 1, approval: str = "rule", **rule: int) -> Night:
    """The example's night, played on a fixed evening, where every offer has the same rule."""
    example = ROOT / "examples" / "psg-juventus.toml"
    gesture = msgspec.structs.replace(Gesture(cents_per_minute=40, floor_cents=200, cap_cents=1000), **rule)
    return msgspec.structs.replace(
        parse_night(example.read_text("utf-8"), source="example"),
        starts_at="2022-09-06T19:00:00Z",
        gestures=Gestures(
            approval=approval, budget_cents=budget_cents, version=version, offers=dict.fromkeys(OFFERS, gesture)
        ),
    )


def case(subject: int, *, minutes: float = 10.0, offer: str = "essential", night: Night | None = None) -> Case:
    """One subscriber who lost so many minutes of the match clock."""
    minute_s = (night or night_with()).match_minute_s
    return Case(
        subject=Subject(subject),
        offer=offer,
        lost_ms=round(minutes * minute_s * 1000),
        met="start_failed",
        first_at=AtUs(0),
    )


def cases(count: int, *, seed: int) -> list[Case]:
    """So many subscribers, each with a loss and an offer of their own."""
    dice = random.Random(seed)
    return [
        case(dice.randrange(-(2**62), 2**62), minutes=dice.uniform(0.1, 60), offer=dice.choice(OFFERS))
        for _ in range(count)
    ]
