"""What comes back from the viewer API, as types: the description is made from them; tests hold the answers to it."""

from typing import Annotated, Any

from msgspec import Meta, Struct

MicrosecondsUtc = Annotated[int, Meta(ge=0, description="microseconds since 1970, UTC")]
Interval = Annotated[tuple[float, float], Meta(description="seconds: 0.1 and 0.9 quantiles")]
Quantile = Annotated[float, Meta(ge=0)] | None


class Problem(Struct, kw_only=True):
    """Problem details (RFC 9457). `code` is stable; further members belong to it."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    challenge: (
        Annotated[dict[str, Any], Meta(description="of `proof_needed` and `rate_limited`: as `Challenge`")] | None
    ) = None


class Challenge(Struct, kw_only=True):
    """A proof of work that is asked for: an ALTCHA challenge, version 2. `proof` is the payload that solves it."""

    parameters: dict[str, Any]
    signature: str


class Place(Struct, kw_only=True):
    """A place in line. The ticket is all that its holder needs to keep."""

    ticket: str
    lane: str
    place: Annotated[int, Meta(ge=1, description="where it stands in its lane: drawn, for who came before the doors")]
    number: Annotated[
        int, Meta(ge=1, description="the ticket's own, in the order of coming; `draw` maps it to the place")
    ]
    joined_at: MicrosecondsUtc
    known: bool
    challenge: Challenge | None = None
    """With a place in the slow lane, but on a television: solve it, join again with `proof`, stand in the main one."""
    come_back_at: Annotated[int, Meta(ge=0)] | None = None
    """Only before the doors open: an appointment, microseconds UTC. Nobody need ask earlier."""


class Pass(Struct, kw_only=True, rename={"token": "pass"}):
    """Permission to come in now. `sign_in`: whether the holder must sign in first."""

    token: str
    expires_at: MicrosecondsUtc
    sign_in: bool


class Session(Struct, kw_only=True):
    """What a device keeps: the household that signed in on it."""

    session: str
    offer: str
    channels: list[str]
    streams_max: int
    expires_at: MicrosecondsUtc


class ChannelUrls(Struct, kw_only=True):
    """One channel of the offer: its playlist at each delivery network."""

    title: str
    urls: dict[str, str]


class Lease(Struct, kw_only=True):
    """One stream in progress."""

    lease: str
    stream: int
    playback_token: str
    channel: str
    channels: dict[str, ChannelUrls]
    cdn: str
    cdns: Annotated[list[str], Meta(description="in order of preference")]
    beat_s: float
    bitrate_cap_kbps: int | None


class Beaten(Struct, kw_only=True):
    """When to speak next; a fresh playback token only where the last has under half its life left."""

    next_s: float
    playback_token: str | None = None
    bitrate_cap_kbps: int | None = None
    again: bool = False
    """The beat could not be kept: tell its time again with the next one."""


class Eta(Struct, kw_only=True):
    """Seconds per place at the end of the line, null while no time can be named; and the curve for all others."""

    p10: Quantile
    p50: Quantile
    p90: Quantile
    curve: Annotated[
        list[tuple[float, float, float, float]],
        Meta(
            description="places ahead, then seconds until they are called: 0.1, 0.5 and 0.9 quantiles; linear between"
        ),
    ]


class LaneShown(Struct, kw_only=True):
    """Everyone up to `serving` may come in."""

    serving: int
    rate_per_s: float
    eta: Eta


class GraceShown(Struct, kw_only=True):
    """Who was called and came late goes in at once; `waiting`: so many of them are next in a full house."""

    waiting: int


class Status(Struct, kw_only=True):
    """The status object: the same for everybody, cacheable. A client computes its own place in time from it."""

    state: Annotated[str, Meta(pattern="^(before|draw|open|queueing|paused|closed)$")]
    epoch: int
    at: MicrosecondsUtc
    lanes: dict[str, LaneShown]
    grace: GraceShown
    draw: dict[str, Any]
    times: Annotated[
        dict[str, int | None],
        Meta(description="`draw`, `doors`, `ends`: microseconds UTC, as the operator says; null: at once"),
    ]
    appointment: Annotated[
        tuple[int, int] | None,
        Meta(description="before the doors, instead of a poll: draw your next look from this range, microseconds UTC"),
    ]
    poll_s: Annotated[tuple[float, float], Meta(description="the range to draw the next poll from, seconds")]
    beat_s: float
    call_s: float
    reason: str
    notice: dict[str, str]
    incident: str
