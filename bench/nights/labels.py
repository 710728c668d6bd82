"""Which cause is behind an incident or a stretch? Told from what was drawn: for learning, never for answering."""

from collections.abc import Sequence

from bench.nights.plans import Plan
from kickoff.findings import Incident
from kickoff.units import US_PER_S, AtUs

STRETCHES = {
    "flood": ("strangers", "passwords", "refusals"),
    "stuffing": ("passwords", "strangers"),
    "tokens": ("refusals",),
    "farming": ("strangers",),
}
METRICS = {
    "dependency": "sign_in_failures", "passwords": "sign_in_failures", "stuffing": "sign_in_failures",
    "flood": "sign_in_failures", "silence": "silence",
    "cdn": "start_failures", "edge": "start_failures", "isp": "start_failures", "release": "start_failures",
}  # fmt: skip

Spans = Sequence[tuple[str, float, float]]


def of_incident(plan: Plan, spans: Spans, start: AtUs, incident: Incident, until: AtUs) -> str | None:
    """The cause of an incident; None where nothing drawn explains it, or two causes do."""
    begins = (incident.began_at - start) / US_PER_S
    ends = ((incident.ended_at or until) - start) / US_PER_S
    near = [
        (trouble, cause)
        for trouble, (cause, since, until_s) in zip(plan.troubles, spans, strict=True)
        if begins < until_s + 60 and ends > since - 60
    ]
    exact = {
        cause for trouble, cause in near
        if METRICS.get(trouble.kind, "start_failures" if plan.on_playlist else "sign_in_failures") == incident.metric
    }  # fmt: skip
    causes = exact or {cause for _, cause in near}
    return causes.pop() if len(causes) == 1 else None


def is_attack(plan: Plan, spans: Spans, start: AtUs, kind: str, span: tuple[int, int]) -> bool:
    """Whether a stretch of this kind is an attack's: most of it lies in one that leaves such rows."""
    begins, ends = ((at - start) / US_PER_S for at in span)
    for trouble, (_, since, until) in zip(plan.troubles, spans, strict=True):
        if trouble.cause == "malice" and kind in STRETCHES[trouble.kind]:
            shared = min(ends, until + 30) - max(begins, min(since, trouble.begins) - 30)
            if shared > 0.5 * (ends - begins):
                return True
    return False
