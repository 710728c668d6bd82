"""How much does each one get? The night's policy by offer, applied to the cases in whole cents.

One case, by the policy `cents_per_minute = 40, floor_cents = 200, cap_cents = 1000`:

    12.5 minutes lost × 40 cents = 500 cents, between 200 and 1 000: 500 cents

Minutes are minutes of the match clock, so that a night of three minutes and one of two hours owe the same for the same
share of the match. When all together would cost more than the budget, each gets the same share of what the rule gives,
rounded down to whole cents: no list is ever over budget, and whoever stands where on the list changes nothing.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kickoff.findings import Case, Grant
from kickoff.night import Gesture, Night
from kickoff.units import Cents, Subject, euros

MS_PER_S = 1000


class LeftOut(Struct, frozen=True, kw_only=True):
    """A case that earns nothing, and why."""

    subject: Subject
    offer: str
    why: str


class Allotment(Struct, frozen=True, kw_only=True):
    """A whole list of gestures for one night: who gets what, who gets nothing, and whether the budget held."""

    scope: str
    """What the gestures are for: the night and its start. Part of every key."""
    version: int
    """Of the policy."""
    granted: tuple[Grant, ...]
    """By subject."""
    left_out: tuple[LeftOut, ...]
    asked_cents: Cents
    """What the rule alone would give."""
    total_cents: Cents
    budget_cents: Cents
    how: str
    """How the budget was kept, in one sentence."""

    @property
    def bound(self) -> bool:
        """Whether the budget was too small for the rule."""
        return self.asked_cents > self.budget_cents

    def by_offer(self) -> dict[str, tuple[int, Cents]]:
        """Gestures and cents of each offer."""
        found: dict[str, tuple[int, Cents]] = {}
        for grant in self.granted:
            count, cents = found.get(grant.offer, (0, Cents(0)))
            found[grant.offer] = (count + 1, Cents(cents + grant.amount_cents))
        return dict(sorted(found.items()))


def allot(cases: Iterable[Case], night: Night) -> Allotment:
    """The gestures for these cases. The same cases in any order give the same list."""
    asked, left_out = _asked(sorted(cases, key=_order), night)
    policy = night.gestures
    budget = policy.budget_cents if policy else 0
    total_asked = sum(grant.amount_cents for grant in asked)
    granted = list(_within(budget, asked, total_asked))
    left_out += [
        LeftOut(subject=grant.subject, offer=grant.offer, why="the budget leaves less than a cent")
        for grant, given in zip(asked, granted, strict=True)
        if not given.amount_cents
    ]
    granted = [grant for grant in granted if grant.amount_cents]
    return Allotment(
        scope=scope_of(night),
        version=policy.version if policy else 0,
        granted=tuple(granted),
        left_out=tuple(left_out),
        asked_cents=Cents(total_asked),
        total_cents=Cents(sum(grant.amount_cents for grant in granted)),
        budget_cents=Cents(budget),
        how=_how(total_asked, budget),
    )


def scope_of(night: Night) -> str:
    """What a gesture is for, once and for all: this night, at this start."""
    return f"{night.name}@{night.starts_at or 'unplayed'}"


def key_of(scope: str, subject: Subject, version: int) -> str:
    """The key of a gesture: incident, subscriber, rule version. It lives for ever."""
    return f"{scope}/{subject & 0xFFFF_FFFF_FFFF_FFFF:016x}/v{version}"


def minutes_lost(case: Case, night: Night) -> float:
    """Minutes of the match clock that a case lost; at most the 90 that there are."""
    return min(90.0, case.lost_ms / MS_PER_S / night.match_minute_s)


def earned(minutes: float, rule: Gesture) -> tuple[Cents, str]:
    """What the rule gives for so many minutes, and the sum in words. Rounded to the nearest cent, halves up."""
    by_minutes = int(minutes * rule.cents_per_minute + 0.5)
    amount = Cents(min(rule.cap_cents, max(rule.floor_cents, by_minutes)))
    sum_of = f"{minutes:.1f} min × {rule.cents_per_minute} cents = {by_minutes} cents"
    if amount > by_minutes:
        return amount, f"{sum_of}, raised to the floor of {rule.floor_cents} cents"
    if amount < by_minutes:
        return amount, f"{sum_of}, held at the cap of {rule.cap_cents} cents"
    return amount, sum_of


def _order(case: Case) -> tuple[int, int, str, str]:
    """By subject; of two cases of one subscriber the longer comes first."""
    return case.subject, -case.lost_ms, case.offer, case.met


def _asked(cases: list[Case], night: Night) -> tuple[list[Grant], list[LeftOut]]:
    """What the rule alone gives to each, and who gets nothing by it."""
    asked: list[Grant] = []
    left_out: list[LeftOut] = []
    seen: set[Subject] = set()
    for case in cases:
        found = "is on the list already" if case.subject in seen else _one(case, night)
        seen.add(case.subject)
        if isinstance(found, Grant):
            asked.append(found)
        else:
            left_out.append(LeftOut(subject=case.subject, offer=case.offer, why=found))
    return asked, left_out


def _one(case: Case, night: Night) -> Grant | str:
    """One case by itself: its gesture, or why it earns none."""
    policy = night.gestures
    rule = policy.offers.get(case.offer) if policy else None
    if policy is None or rule is None:
        return f"the policy says nothing of the offer {case.offer!r}" if policy else "the night has no policy"
    minutes = minutes_lost(case, night)
    if minutes <= 0:
        return "lost nothing of the match"
    if minutes < rule.minutes_min:
        return f"lost {minutes:.1f} min, less than the {rule.minutes_min:g} min from which the policy gives"
    amount, why = earned(minutes, rule)
    if not amount:
        return f"{why}: less than a cent"
    return Grant(
        key=key_of(scope_of(night), case.subject, policy.version),
        subject=case.subject,
        offer=case.offer,
        kind=rule.kind,
        amount_cents=amount,
        why=why,
    )


def _within(budget: int, asked: list[Grant], total: int) -> Iterator[Grant]:
    """Each gesture, or the same share of each where the budget is too small for all."""
    for grant in asked:
        if total <= budget:
            yield grant
            continue
        share = Cents(grant.amount_cents * budget // total)
        yield Grant(
            key=grant.key,
            subject=grant.subject,
            offer=grant.offer,
            kind=grant.kind,
            amount_cents=share,
            why=f"{grant.why}; {share} cents, the share of all that the budget allows",
        )


def _how(total: int, budget: int) -> str:
    if total <= budget:
        return f"The rule gives {euros(Cents(total))}, within the budget of {euros(Cents(budget))}."
    return (
        f"The rule would give {euros(Cents(total))}; the budget is {euros(Cents(budget))}: each gets "
        f"{100 * budget / total:.1f} % of what the rule gives, rounded down to whole cents."
    )
