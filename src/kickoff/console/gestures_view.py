"""How does the list of gestures stand on the screen? What the clerk says, in words and amounts of one language."""

from msgspec import Struct

from kickoff.console.cases import ListNow
from kickoff.console.spelling import local_time, money, number
from kickoff.console.told import told
from kickoff.night import Gesture, Night
from kickoff.web.words import Words


class Offer(Struct, frozen=True, kw_only=True):
    """One line of the policy, and what it comes to."""

    title: str
    rule: str
    subscribers: str
    total: str


class Largest(Struct, frozen=True, kw_only=True):
    """One of the largest gestures."""

    subject: str
    offer: str
    amount: str
    why: tuple[str, str]
    """(the sum in words, the language that they are in)"""


class Listed(Struct, frozen=True, kw_only=True):
    """The page."""

    digest: str
    short: str
    """The first digits of the digest: what two people tell each other."""
    summary: str
    budget: str
    offers: tuple[Offer, ...]
    largest: tuple[Largest, ...]
    left_out: str
    approvals: tuple[str, ...]
    state: str
    """Who has to do what next, in a sentence."""
    can_approve: bool
    can_post: bool
    stands: str
    wrong: tuple[str, ...]
    is_empty: bool


def list_of(found: ListNow, night: Night, t: Words, *, by: str) -> Listed:
    """The page for one person."""
    has_approved = any(one.by == by for one in found.approvals)
    is_approved = found.needed == 0 or len(found.approvals) >= found.needed
    return Listed(
        digest=found.digest,
        short=found.digest[:12],
        summary=t("gestures.summary", n=found.granted, total=money(found.total_cents, t)),
        budget=t("gestures.budget", asked=money(found.asked_cents, t), budget=money(found.budget_cents, t)),
        offers=tuple(_offer(offer, count, cents, night, t) for offer, (count, cents) in found.by_offer.items()),
        largest=tuple(
            Largest(
                subject=f"{grant.subject & 0xFFFF_FFFF_FFFF_FFFF:016x}",
                offer=_title(grant.offer, night),
                amount=money(grant.amount_cents, t),
                why=told(grant.why, t.code),
            )
            for grant in found.largest
        ),
        left_out=t("gestures.left_out", n=found.left_out) if found.left_out else "",
        approvals=tuple(
            t("gestures.approved_by", name=one.by, clock=local_time(night, one.at), total=money(one.total_cents, t))
            for one in found.approvals
        ),
        state=_state(found, t, is_approved=is_approved),
        can_approve=bool(found.granted) and not has_approved and not is_approved,
        can_post=bool(found.granted) and is_approved and not found.is_posted,
        stands=t("gestures.stands", n=found.stands, total=money(found.stands_cents, t)) if found.stands else "",
        wrong=found.wrong,
        is_empty=not found.granted,
    )


def _offer(offer: str, count: int, cents: int, night: Night, t: Words) -> Offer:
    rule = night.gestures.offers.get(offer) if night.gestures else None
    return Offer(
        title=_title(offer, night),
        rule=_rule(rule, t) if rule else "",
        subscribers=number(count, t),
        total=money(cents, t),
    )


def _rule(rule: Gesture, t: Words) -> str:
    kind = t(f"kind.{rule.kind}") if t.has(f"kind.{rule.kind}") else rule.kind
    return t(
        "gestures.rule",
        each=money(rule.cents_per_minute, t),
        floor=money(rule.floor_cents, t),
        cap=money(rule.cap_cents, t),
        kind=kind,
    )


def _title(offer: str, night: Night) -> str:
    return night.offers[offer].title if offer in night.offers else offer


def _state(found: ListNow, t: Words, *, is_approved: bool) -> str:
    if not found.granted:
        return t("gestures.nobody")
    if found.is_posted:
        return t("gestures.is_posted")
    if found.is_by_rule:
        return t("gestures.by_rule")
    if is_approved:
        return t("gestures.is_approved")
    return t("gestures.lacks", n=found.needed - len(found.approvals))
