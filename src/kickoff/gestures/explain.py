"""How did it come to this amount? One case's sum as lines, each with a key for its words and what fills them in.

The lines for 12.5 minutes under `cents_per_minute = 40, floor_cents = 200, cap_cents = 400`:

    lost       minutes 12.5
    product    minutes 12.5 · cents_per_minute 40 · cents 500
    cap        cents 400
    amount     cents 400 · kind credit
"""

from msgspec import Struct

from kickoff.findings import Case
from kickoff.gestures.policy import Allotment, earned, minutes_lost
from kickoff.night import Gesture, Night

Blank = int | float | str


class Line(Struct, frozen=True, kw_only=True):
    """One step of the sum."""

    key: str
    """lost · no_rule · too_short · product · floor · cap · budget · nothing · amount"""
    blanks: dict[str, Blank] = {}


def explained(case: Case | None, night: Night, allotment: Allotment) -> tuple[Line, ...]:
    """The sum of one case by the night's policy, to the amount on the list."""
    if case is None:
        return (Line(key="not_hit"),)
    minutes = round(minutes_lost(case, night), 1)
    lost = Line(key="lost", blanks={"minutes": minutes})
    rule = night.gestures.offers.get(case.offer) if night.gestures else None
    if rule is None:
        return (lost, Line(key="no_rule", blanks={"offer": case.offer}))
    if minutes_lost(case, night) < rule.minutes_min:
        return (lost, Line(key="too_short", blanks={"minutes": rule.minutes_min}))
    granted = next((grant for grant in allotment.granted if grant.subject == case.subject), None)
    if granted is None:
        return (lost, Line(key="nothing"))
    return (
        lost,
        *_sum(case, rule, night),
        *_budget(case, rule, night, granted.amount_cents),
        Line(key="amount", blanks={"cents": granted.amount_cents, "kind": granted.kind}),
    )


def _sum(case: Case, rule: Gesture, night: Night) -> tuple[Line, ...]:
    """Minutes times the price of one, and what floor and cap make of it."""
    minutes = minutes_lost(case, night)
    by_minutes = int(minutes * rule.cents_per_minute + 0.5)
    blanks: dict[str, Blank] = {
        "minutes": round(minutes, 1),
        "cents_per_minute": rule.cents_per_minute,
        "cents": by_minutes,
    }
    product = Line(key="product", blanks=blanks)
    amount, _ = earned(minutes, rule)
    if amount == by_minutes:
        return (product,)
    return (product, Line(key="floor" if amount > by_minutes else "cap", blanks={"cents": amount}))


def _budget(case: Case, rule: Gesture, night: Night, granted: int) -> tuple[Line, ...]:
    """The share that the budget leaves, where it was too small for all."""
    asked, _ = earned(minutes_lost(case, night), rule)
    return () if granted == asked else (Line(key="budget", blanks={"cents": granted}),)
