"""`POST beacons`: what players, and those who hear many of them, say in other words than a beat's.

    application/json                        a beat with its `lease`, or a list of them
                                            an event of Eyevinn's specification, or a list
    application/cmcd                        events of CMCD v2, a line each (CTA-5004-B, event mode)
    application/vnd.kickoff.beats+json      beats in columns, from a collector (`collectors`)

Events name no lease: it stands in the request, `Authorization: Bearer LEASE` or `?lease=LEASE`, as players send it to
the address that they were given.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from kickoff.audience.player_events import EventError, EyevinnEvent, Said, Story, read_cmcd, read_eyevinn
from kickoff.door import collectors
from kickoff.door.beats import take
from kickoff.door.bodies import BEACONS, Beacon, decode
from kickoff.door.event_book import SAMPLES_MAX
from kickoff.door.identity import bearer
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.door.streams import show_stream
from kickoff.playback.beats import TEN_MINUTES_MS, Beat, PlayerState

EVENTS_MAX = 100
CMCD_TYPES = frozenset({"application/cmcd", "text/cmcd"})
EYEVINN = msgspec.json.Decoder(EyevinnEvent | Annotated[list[EyevinnEvent], Meta(max_length=EVENTS_MAX)])


def beacons(house: House, request: Request) -> Reply:
    """202: taken; what is not accepted is passed over, and counted in the answer where events were sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == collectors.CONTENT_TYPE:
        return collectors.collected(house, request)
    if kind in CMCD_TYPES:
        return _events(house, request, _cmcd_lines(request.body))
    try:
        body = decode(BEACONS, request.body)
    except msgspec.DecodeError as error:
        return _eyevinn(house, request, why=str(error))
    for beacon in [body] if isinstance(body, Beacon) else body:
        claims = show_stream(house, request, beacon.lease)
        if not isinstance(claims, Reply):
            take(house, claims, beacon, request.at_us)
    return Reply(status=202, needs_log=True)


def _eyevinn(house: House, request: Request, *, why: str) -> Reply:
    try:
        body = decode(EYEVINN, request.body)
    except msgspec.DecodeError:
        return problem("bad_request", why)
    return _events(house, request, [body] if isinstance(body, EyevinnEvent) else body)


def _cmcd_lines(body: bytes) -> list[str]:
    return [line for line in body.decode("utf-8", "replace").splitlines()[:EVENTS_MAX] if line.strip()]


def _events(house: House, request: Request, events: Sequence[str | EyevinnEvent]) -> Reply:
    """202 `{"taken", "malformed", "samples": [why, …], "unknown": [key, …]}` · 401 without a lease that is accepted."""
    claims = show_stream(house, request, _lease(request))
    if isinstance(claims, Reply):
        return claims
    wrong: list[str] = []
    said = list(_read(events, wrong))
    for why in wrong:
        house.events.could_not_read(why)
    story = house.events.stories.setdefault(claims.stream, Story())
    taken = 0
    for one in sorted(said, key=lambda one: one.at_ms):
        # What comes after the viewer has left is of a stream that has ended: it must be asked for anew.
        if not house.leases.is_open(claims.stream, claims.subject):
            break
        take(house, claims, _beat(story, one), request.at_us)
        house.events.count_unknown(one.unknown)
        taken += 1
    unknown = sorted({key for one in said for key in one.unknown})
    told = {"taken": taken, "malformed": len(wrong), "samples": wrong[:SAMPLES_MAX], "unknown": unknown}
    return Reply(status=202, body=JSON.encode(told), needs_log=True)


def _read(events: Iterable[str | EyevinnEvent], wrong: list[str]) -> Iterator[Said]:
    for event in events:
        try:
            yield read_cmcd(event) if isinstance(event, str) else read_eyevinn(event)
        except EventError as error:
            wrong.append(str(error))


def _beat(story: Story, said: Said) -> Beat:
    spent = story.hear(said)
    return Beat(
        sta=PlayerState(spent.state or "s"),
        watched_ms=min(TEN_MINUTES_MS, spent.watched_ms),
        stalled_ms=min(TEN_MINUTES_MS, spent.stalled_ms),
        br=said.bitrate_kbps,
        msd=said.start_up_ms,
        ec=said.error[:40],
        sn=said.number,
        ts=said.at_ms,
    )


def _lease(request: Request) -> str:
    return bearer(request) or parse_qs(request.query).get("lease", [""])[0]
