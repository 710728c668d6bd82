"""What night is it? One live event, described by one TOML file: the values, their bounds, and how they belong together.

`parse_night` reads the text once, at the edge; whoever holds a `Night` holds the proof that it is possible.

    NightError    raised by `parse_night`; its text is one line: file, line, key, what is wrong, how to mend it
"""

import itertools
import tomllib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from kickoff.health_signals import Signals
from kickoff.toml_text import explain, line_of, nearest
from kickoff.units import US_PER_S, AtUs, iso, parse_iso

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=86_400.0)]
Count = Annotated[int, Meta(ge=0, le=100_000_000)]
PositiveCount = Annotated[int, Meta(ge=1, le=100_000_000)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=500)]

RESERVED_NAMES = frozenset(
    {"v1", "console", "status", "healthz", "readyz", "metrics", "openapi.json", "live", "assets"},
)
"""Names that a night cannot have: they are paths of the viewer API."""


FAULT_SCOPE = ("cdn", "isp", "app", "device", "region")
"""What a fault of the picture can be limited to."""

Wrong = tuple[tuple[str, ...], str]
"""Path of the key, and what is wrong with how to mend it."""


class NightError(Exception):
    """The night file cannot be played. Its author mends the line it names."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the night file: an unknown key is an error, never ignored."""


class Schedule(_Part, frozen=True, kw_only=True):
    """Instants in seconds from the start of the night."""

    draw: Seconds | None = None
    """Places are given from here on, to be drawn when the doors open; None: from the start."""
    doors: Seconds
    kick_off: Seconds
    half_time: Seconds
    second_half: Seconds
    whistle: Seconds
    end: Seconds
    goals: tuple[Seconds, ...] = ()


class Channel(_Part, frozen=True, kw_only=True):
    """One live channel."""

    title: Text
    bitrates_kbps: Annotated[tuple[PositiveCount, ...], Meta(min_length=1, max_length=8)] = (400, 1200)


class Offer(_Part, frozen=True, kw_only=True):
    """What a subscriber pays for: rights, streams at once, price a month, share of all subscribers."""

    title: Text
    channels: Annotated[tuple[Slug, ...], Meta(min_length=1)]
    streams_max: Annotated[int, Meta(ge=1, le=20)]
    price_cents: Count
    share: Share


class DoorRules(_Part, frozen=True, kw_only=True):
    """How the door calls, polls and listens. Seconds."""

    call_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    """A called person may redeem for so long; afterwards from the head of the grace lane."""
    poll_s: tuple[Annotated[float, Meta(ge=0.2, le=600)], Annotated[float, Meta(ge=0.2, le=600)]] = (5.0, 10.0)
    beat_s: Annotated[float, Meta(ge=1, le=600)] = 30.0
    beat_s_max: Annotated[float, Meta(ge=1, le=600)] = 120.0
    target: Annotated[float, Meta(gt=0.1, le=1.0)] = 0.88
    """Share of measured capacity that is filled while nothing is known of how it behaves; then as much as is safe."""
    calls_per_admission: dict[str, Annotated[float, Meta(gt=0, le=1000)]] = {}
    """Dependency → calls that letting one viewer in costs it, where somebody counted; learnt in any case."""
    safe_rate_per_s: Annotated[float, Meta(gt=0, le=1_000_000)] = 5.0
    """Called a second when no health is known; also where a lost signal decays to."""
    draw: bool = True
    """Those who come before the doors are put in order by lot when they open."""
    line_max: PositiveCount = 4_000_000
    """Places in the line; further joins are answered 503."""
    inside_max: PositiveCount = 100_000_000
    """Licensed viewers at once; a hard cap."""
    egress_mbps: PositiveCount = 100_000_000
    """What the delivery networks carry; a hard cap."""


class Arrivals(_Part, frozen=True, kw_only=True):
    """When people come: the growth of a real curve of requests a minute, one of whose minutes becomes kick-off."""

    file: Annotated[str, Meta(min_length=1, max_length=200)]
    """CSV `minute_utc,requests`, beside the night file."""
    kick_off_minute: str
    """The row of the file that becomes kick-off: `1998-06-30 14:30:00`."""
    minute_s: Annotated[float, Meta(gt=0, le=600)] = 60.0
    """How many seconds of the night one minute of the file lasts."""


class Crowd(_Part, frozen=True, kw_only=True):
    """The subscribers, and how those behave who come. Only simulated nights read it."""

    subscribers: PositiveCount
    come: Share = 0.75
    signed_out: Share = 0.30
    """Share of those who come that must sign in anew; the others hold a session."""
    seed: Count = 1
    patience_s: Annotated[float, Meta(gt=0, le=86_400)] = 600.0
    """Median time a person waits without any word before leaving."""
    devices: dict[str, Share] = msgspec.field(
        default_factory=lambda: {"tv": 0.45, "box": 0.15, "phone": 0.2, "tablet": 0.08, "web": 0.12}
    )
    apps: dict[str, Share] = msgspec.field(default_factory=lambda: {"7.2.0": 0.6, "7.3.0": 0.3, "6.9.4": 0.1})
    isps: dict[str, Share] = msgspec.field(
        default_factory=lambda: {"isp-a": 0.4, "isp-b": 0.25, "isp-c": 0.2, "isp-d": 0.15}
    )
    regions: dict[str, Share] = msgspec.field(
        default_factory=lambda: {"north": 0.2, "west": 0.2, "south": 0.25, "east": 0.15, "capital": 0.2}
    )
    arrivals: Arrivals


class Servers(_Part, frozen=True, kw_only=True):
    """What the back end of a rehearsal carries, in calls a second. A real one is measured: only `rehearse` reads it."""

    sign_ins_per_s: Annotated[float, Meta(ge=0.1, le=1_000_000)] = 45.0
    """One core at 21 ms a password: argon2id, 19 MiB, t = 2, p = 1."""
    playlists_per_s: Annotated[float, Meta(ge=1, le=10_000_000)] = 1500.0
    calls_inside_per_s: Annotated[float, Meta(ge=0, le=10)] = 0.0
    """Playlist and licence calls of one viewer inside that no cache answers."""


class Fault(_Part, frozen=True, kw_only=True):
    """Something that breaks, by script: from `at` to `until`, for a `share` of the calls that match `where`."""

    kind: Annotated[str, Meta(pattern=r"^(cdn|isp|release|sign_in|capacity|flood|stuffing)\Z")]
    """cdn, isp, release: playlists fail where it matches · sign_in: sign-ins fail · capacity: `share` of the back end's
    processor is lost · flood: joins by unknown devices · stuffing: sign-ins with stolen passwords"""
    at: Seconds
    until: Seconds
    where: dict[str, str] = {}
    share: Share = 1.0
    per_s: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    """flood and stuffing: requests a second."""
    networks: Annotated[int, Meta(ge=1, le=512)] = 1
    """flood and stuffing: from so many networks, where the door can tell them apart."""


class Gesture(_Part, frozen=True, kw_only=True):
    """What one offer's subscribers get: so many cents a minute of match lost, between a floor and a cap."""

    kind: Text = "credit"
    cents_per_minute: Count
    floor_cents: Count = 0
    cap_cents: Count
    minutes_min: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    """Less match lost than this earns nothing."""


class Gestures(_Part, frozen=True, kw_only=True):
    """The policy by offer, and who may approve it."""

    approval: Annotated[str, Meta(pattern=r"^(rule|people)\Z")]
    budget_cents: Count
    version: PositiveCount = 1
    offers: dict[Slug, Gesture]


class Notices(_Part, frozen=True, kw_only=True):
    """Who speaks, and whether a notice needs a person's approval before it is published."""

    service: Text = "the service"
    approval: Annotated[str, Meta(pattern=r"^(rule|people)\Z")] = "people"


class Alternative(_Part, frozen=True, kw_only=True):
    """Another way to watch: named on the waiting page and in notices."""

    fr: Text
    en: Text
    channels: tuple[Slug, ...] = ()


class Night(_Part, frozen=True, kw_only=True):
    """One live event. `cdns`: delivery network → share of streams."""

    name: Slug
    title: Text
    time_zone: str = "UTC"
    starts_at: str = ""
    """RFC 3339, written into the journal's copy when the night is played; empty in a file that is yet to be played."""
    schedule: Schedule
    channels: Annotated[dict[Slug, Channel], Meta(min_length=1)]
    offers: Annotated[dict[Slug, Offer], Meta(min_length=1)]
    cdns: Annotated[dict[Slug, Share], Meta(min_length=1)] = msgspec.field(default_factory=lambda: {"main": 1.0})
    door: DoorRules = DoorRules()
    crowd: Crowd | None = None
    servers: Servers = Servers()
    signals: Signals = Signals()
    faults: tuple[Fault, ...] = ()
    gestures: Gestures | None = None
    notices: Notices = Notices()
    alternatives: tuple[Alternative, ...] = ()

    def at(self, seconds: float) -> AtUs:
        """The instant so many seconds after the start. Asserts that the night has a start."""
        assert self.starts_at, "this night has not been played yet: it has no starts_at"
        return AtUs(parse_iso(self.starts_at) + round(seconds * US_PER_S))

    @property
    def ladder_kbps(self) -> tuple[int, ...]:
        """Every bitrate of any channel, the highest first."""
        return tuple(
            sorted({kbps for channel in self.channels.values() for kbps in channel.bitrates_kbps}, reverse=True)
        )

    @property
    def has_match_clock(self) -> bool:
        """Whether anybody said when the match began; a night file always does."""
        return self.schedule.second_half < self.schedule.whistle

    @property
    def match_minute_s(self) -> float:
        """Seconds of the night that one minute of the match lasts: 60 on a real evening, about 1 on a short one."""
        times = self.schedule
        if not self.has_match_clock:
            return 60.0
        return ((times.half_time - times.kick_off) + (times.whistle - times.second_half)) / 90

    def match_clock(self, seconds: float) -> str:
        """How people name an instant, given in seconds from the start: `22'`, `half-time`, `12 min before kick-off`."""
        times, minute_s = self.schedule, self.match_minute_s
        if not self.has_match_clock:
            return iso(self.at(seconds))[11:19] + " UTC"
        if seconds < times.kick_off:
            return f"{(times.kick_off - seconds) / minute_s:.0f} min before kick-off"
        if seconds <= times.half_time:
            return f"{(seconds - times.kick_off) / minute_s:.0f}'"
        if seconds < times.second_half:
            return "half-time"
        if seconds <= times.whistle:
            return f"{45 + (seconds - times.second_half) / minute_s:.0f}'"
        return f"{(seconds - times.whistle) / minute_s:.0f} min after the whistle"

    def match_events(self) -> tuple[tuple[str, float], ...]:
        """The instants of the match clock in order: (code of the MATCH fact, seconds from the start)."""
        times = self.schedule
        events = [
            ("kick_off", times.kick_off),
            *(("goal", goal) for goal in times.goals),
            ("half_time", times.half_time),
            ("second_half", times.second_half),
            ("whistle", times.whistle),
        ]
        return tuple(sorted(events, key=lambda event: event[1]))


def parse_night(text: str, *, source: str) -> Night:
    """Read a night file. `source` is its name, for the messages. Raises `NightError`."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{source}: not TOML: {error}"
        raise NightError(message) from error
    try:
        night = msgspec.convert(raw, Night)
    except msgspec.ValidationError as error:
        raise NightError(explain(str(error), shape=Night, raw=raw, text=text, source=source)) from error
    for path, wrong in impossibilities(night):
        message = f"{source}:{line_of(text, path)}: {'.'.join(path)}: {wrong}"
        raise NightError(message)
    return night


def impossibilities(night: Night) -> list[Wrong]:
    """What cannot be: (path of the key, what is wrong and how to mend it), worst first."""
    return [
        *_wrong_times(night),
        *_wrong_rights(night),
        *_wrong_shares(night),
        *_wrong_faults(night),
        *_wrong_rest(night),
    ]


_HALVES = (("kick_off", "half_time"), ("second_half", "whistle"))


def _wrong_times(night: Night) -> list[Wrong]:
    times = night.schedule
    order = ("doors", "kick_off", "half_time", "second_half", "whistle", "end")
    wrong: list[Wrong] = []
    if times.draw is not None and times.draw > times.doors:
        wrong.append((("schedule", "draw"), f"{times.draw:g} is after doors = {times.doors:g}; make it smaller"))
    if times.draw is not None and not night.door.draw:
        wrong.append((("schedule", "draw"), "nobody is drawn, for door.draw is false; take one of the two out"))
    for earlier, later in itertools.pairwise(order):
        first, second = getattr(times, earlier), getattr(times, later)
        if first > second:
            wrong.append((("schedule", earlier), f"{first:g} is after {later} = {second:g}; make it smaller"))
        elif first == second and (earlier, later) in _HALVES:
            wrong.append((("schedule", earlier), f"a half between {earlier} and {later} has no time; make it smaller"))
    wrong += [
        (("schedule", "goals"), f"a goal at {goal:g} is outside the match; keep it between kick_off and whistle")
        for goal in times.goals
        if not times.kick_off <= goal <= times.whistle
    ]
    return wrong


def _wrong_rights(night: Night) -> list[Wrong]:
    wrong: list[Wrong] = []
    for name, offer in night.offers.items():
        wrong += [
            (("offers", name, "channels"), f"there is no channel {channel!r}; {nearest(channel, night.channels)}")
            for channel in offer.channels
            if channel not in night.channels
        ]
    held = {channel for offer in night.offers.values() for channel in offer.channels}
    wrong += [
        (("channels", channel), "no offer holds this channel; add it to the channels of an offer or take it out")
        for channel in night.channels
        if channel not in held
    ]
    for name in night.gestures.offers if night.gestures else ():
        if name not in night.offers:
            wrong.append((("gestures", "offers", name), f"there is no offer {name!r}; {nearest(name, night.offers)}"))
    return wrong


def _wrong_shares(night: Night) -> list[Wrong]:
    shares: dict[tuple[str, ...], list[float]] = {
        ("offers",): [offer.share for offer in night.offers.values()],
        ("cdns",): list(night.cdns.values()),
    }
    if night.crowd:
        for name in ("devices", "apps", "isps", "regions"):
            shares["crowd", name] = list(getattr(night.crowd, name).values())
    return [
        (path, f"the shares add up to {sum(parts):g}; make them add up to 1")
        for path, parts in shares.items()
        if abs(sum(parts) - 1) > 1e-6
    ]


def _wrong_faults(night: Night) -> list[Wrong]:
    wrong: list[Wrong] = []
    for fault in night.faults:
        if fault.until < fault.at:
            wrong.append((("faults", "until"), f"{fault.until:g} is before at = {fault.at:g}; make it larger"))
        if fault.kind == "cdn" and fault.where.get("cdn") not in night.cdns:
            what = f"a cdn fault needs where = {{ cdn = one of {', '.join(night.cdns)} }}"
            wrong.append((("faults", "where"), what))
        if fault.kind in {"cdn", "isp", "release"}:
            wrong += [
                (("faults", "where"), f"a fault cannot be limited by {key!r}; {nearest(key, FAULT_SCOPE)}")
                for key in fault.where
                if key not in FAULT_SCOPE
            ]
        if fault.kind in {"flood", "stuffing"} and not fault.per_s > 0:
            wrong.append((("faults", "kind"), f"a {fault.kind} without per_s sends nothing; add per_s = 100"))
    return wrong


def _wrong_rest(night: Night) -> list[Wrong]:
    wrong: list[Wrong] = []
    if night.name in RESERVED_NAMES:
        wrong.append((("name",), f"{night.name!r} is a path of the viewer API; choose another name"))
    if night.door.poll_s[0] > night.door.poll_s[1]:
        wrong.append((("door", "poll_s"), "the first number is larger than the second; write [least, most]"))
    if night.door.beat_s > night.door.beat_s_max:
        wrong.append((("door", "beat_s"), f"is larger than beat_s_max = {night.door.beat_s_max:g}; make it smaller"))
    if night.crowd and (night.crowd.arrivals.file in {".", ".."} or set("/\\\0") & set(night.crowd.arrivals.file)):
        path = ("crowd", "arrivals", "file")
        wrong.append(
            (path, f"{night.crowd.arrivals.file!r} is a path; put the curve beside this file and name it alone")
        )
    for name, gesture in night.gestures.offers.items() if night.gestures else ():
        if gesture.floor_cents > gesture.cap_cents:
            what = f"{gesture.floor_cents} is more than cap_cents = {gesture.cap_cents}; make it smaller"
            wrong.append((("gestures", "offers", name, "floor_cents"), what))
    if night.starts_at:
        try:
            parse_iso(night.starts_at)
        except ValueError as error:
            wrong.append((("starts_at",), str(error)))
    return wrong
