"""What was found out? Frozen values without behaviour: how one stage's answer reaches the next.

Written by a stage, read by the following ones and by the report; every value can be turned to JSON by msgspec.
Instants are `AtUs` (microseconds UTC). Probabilities are 0…1 and sum to 1 within a verdict.
"""

from enum import StrEnum

from msgspec import Struct

from kickoff.units import AtUs, Cents, Subject


class Cause(StrEnum):
    """Why an incident happened. `too_early` and `none` are answers, not failures to answer."""

    CAPACITY = "capacity"
    MALICE = "malice"
    FAULT = "fault"
    MIXED = "mixed"
    NONE = "none"
    TOO_EARLY = "too_early"


class Metric(StrEnum):
    """What an incident was noticed by."""

    START_FAILURES = "start_failures"
    SIGN_IN_FAILURES = "sign_in_failures"
    EXITS_BEFORE_START = "exits_before_start"
    STALLS = "stalls"
    SILENCE = "silence"


class Scope(Struct, frozen=True, kw_only=True):
    """Where: each cause a set of dimension = value; empty `causes` with `located` means everywhere.

    `cannot_tell` may have causes: the likeliest, by which an incident is followed and which nobody should be told.
    """

    verdict: str
    """located · cannot_tell · outside (of the recorded dimensions)"""
    causes: tuple[dict[str, str], ...] = ()
    confidence: float = 0.0


class Candidate(Struct, frozen=True, kw_only=True):
    """One possible explanation of where, with the probability that it is exactly right."""

    causes: tuple[dict[str, str], ...]
    confidence: float


class Incident(Struct, frozen=True, kw_only=True):
    """Something went wrong for viewers: noticed when, since when, by what, where."""

    metric: Metric
    noticed_at: AtUs
    began_at: AtUs
    ended_at: AtUs | None
    """None while it lasts."""
    scope: Scope


class Evidence(Struct, frozen=True, kw_only=True):
    """One measured fact that speaks for or against a cause, in plain words."""

    fact: str
    value: float
    expected: float
    favours: Cause
    weight: float
    """Log likelihood ratio in favour of `favours` against the best other cause; 0 says nothing."""


class Verdict(Struct, frozen=True, kw_only=True):
    """Why, with how sure we are, and what would settle it."""

    verdict: Cause
    probabilities: dict[str, float]
    """Cause → probability, over capacity, malice, fault, none."""
    evidence: tuple[Evidence, ...]
    settles: str
    next_statement_at: AtUs | None


class Range(Struct, frozen=True, kw_only=True):
    """A 90 % range of a count, with its middle."""

    low: int
    mid: int
    high: int


class Impact(Struct, frozen=True, kw_only=True):
    """Who was hit: accounts seen (exact) and never seen (a range)."""

    seen: int
    unseen: Range
    total: Range
    user_hours: float
    """Hours of match lost by the match clock, summed over the accounts seen."""
    by: dict[str, dict[str, int]]
    """dimension → value → accounts seen."""
    how: str
    """How it was arrived at, in three sentences that can be read aloud."""
    by_incident: tuple[int, ...] = ()
    """For each incident, in their order: accounts and devices (not machines') seen to fail in it, and the middle of
    those whom its silence shut out. Who was hit by two stands in both."""


class Case(Struct, frozen=True, kw_only=True):
    """One subscriber who was hit: what compensation is decided on."""

    subject: Subject
    offer: str
    lost_ms: int
    """Milliseconds of the match between kick-off and whistle without a picture that was wanted."""
    met: str
    """What it met first: start_failed, sign_in_failed, refused, expelled, stalled."""
    first_at: AtUs


class Grant(Struct, frozen=True, kw_only=True):
    """One gesture for one subscriber. `key` = incident, subscriber, rule version: it lives for ever."""

    key: str
    subject: Subject
    offer: str
    kind: str
    amount_cents: Cents
    why: str


class ChannelAudience(Struct, frozen=True, kw_only=True):
    """The audience of one channel, in accounts."""

    average: int
    """Viewer-time between kick-off and whistle ÷ its length."""
    peak: int
    reach: int
    """Accounts that watched for at least the threshold."""
    share_ppm: int = 0
    """Of the account-time of all channels between kick-off and whistle, millionths."""


class Quality(Struct, frozen=True, kw_only=True):
    """How well it played, by the definitions of CTA-2066; `audience/quality.py` says each."""

    attempts: int
    starts: int
    start_failures_technical: int
    start_failures_business: int
    exits_before_start: int
    start_up_p50_ms: int | None
    start_up_p95_ms: int | None
    watched_s: int
    stalled_s: int
    stalled_ppm: int
    """Stalled ÷ (stalled + watched), millionths."""
    interruptions: int


class Audience(Struct, frozen=True, kw_only=True):
    """Who watched: accounts, not people, not streams, not beats."""

    unit: str
    average: int
    peak: int
    peak_at: AtUs | None
    reach: int
    reach_threshold_s: float
    by_channel: dict[str, ChannelAudience]
    streams_peak: int
    seconds: tuple[int, ...]
    """The curve: accounts watching at each whole second from the start of the night."""
    seconds_by_channel: dict[str, tuple[int, ...]]
    average_seen: int = 0
    """The average by what beats bear witness to alone; `average` also counts gaps that lost beats explain."""
    average_high: int = 0
    """The average if, besides, every stream was watched on at both ends for as long as lost beats leave unsaid."""
    beats_lost_ppm: int = 0
    """Beats that never came ÷ all, millionths, where players number them."""
    devices_peak: int = 0
    """Like `peak`, but a television and a phone of one account are two."""
    quality: Quality | None = None


class Findings(Struct, frozen=True, kw_only=True):
    """All that the aftermath says of one night up to one instant, in the order people ask."""

    night: str
    until: AtUs
    audience: Audience
    incidents: tuple[Incident, ...]
    verdict: Verdict
    impact: Impact
