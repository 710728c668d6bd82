"""`/v1/{night}/leases`: a stream begins, changes its channel, ends; the way back in is always open."""

import msgspec
from msgspec import Struct

from kickoff.accounts.entitlement import Admit, channel_verdict, stream_verdict
from kickoff.accounts.sessions import SessionClaims
from kickoff.door import identity
from kickoff.door.bad_tokens import bad_token
from kickoff.door.bodies import END, LEASE, SWITCH, EndBody, LeaseBody, decode
from kickoff.door.passes import opened_pass
from kickoff.door.problems import problem
from kickoff.door.seam import Parked, Reply, Request
from kickoff.door.state import JSON, House
from kickoff.door.streams import beat_row, kind_of, opened_lease, playback_token, show_stream, stream_row
from kickoff.facts import LANE_NUMBER, Fact, Lane, Row
from kickoff.playback.claims import LEASE_PURPOSE, Client, LeaseClaims
from kickoff.playback.leases import FAILED, STARTED, STOPPED, Stream
from kickoff.seals import account_subject
from kickoff.units import US_PER_MS
from kickoff.waiting_room.calls import PROLONGED, USED
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.places import joined_ms, packed
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, SharedBook
from kickoff.waiting_room.tickets import PassClaims

SILENT_BEATS = 3
"""A screen silent for so many beats does not count against the account's limit; nor is it ended."""


class Viewer(Struct, frozen=True, kw_only=True):
    """A household that asks for a stream."""

    at: int
    session: SessionClaims
    subject: int
    client: Client
    channel: str
    end: int | str | None = None
    """Another stream of its own that it ends to make room."""


def grant(house: House, request: Request) -> Reply | Parked:
    """201 a stream · 401 no session · 403 not in the offer, or no pass · 409 too many screens, with the list."""
    try:
        body = decode(LEASE, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    session = identity.session_of(house, request)
    if session is None:
        return problem("no_session", "Sign in; your pass stays good meanwhile.")
    subject = account_subject(house.subject_key, session.account)
    if body.resume:
        return _resume(house, request, body, session, subject)
    way = _way_in(house, body, subject, request)
    if isinstance(way, Reply):
        return way
    viewer = Viewer(
        at=request.at_us,
        session=session,
        subject=subject,
        client=_client(body, way),
        channel=body.channel,
        end=body.end,
    )
    refused = _refused(house, viewer) or _full_house(house, viewer, way)
    return refused or _asked(house, viewer, way) or _granted(house, viewer, way)


def _asked(house: House, viewer: Viewer, way: PassClaims | None) -> Parked | None:
    """The question whom a device's place let in, where other doors may have been asked; None: it is known here."""
    if way is None or way.offer or not isinstance(house.lines[way.lane].book, SharedBook):
        return None

    def finish(answered: Answered, _now: int) -> Reply:
        if answered.said is Said.KNOWN and answered.subject != viewer.subject:
            house.lines[way.lane].calls.mark(way.place, USED)
            return problem("no_pass", "This place let another household in. Take one of your own.")
        # Others of the household may have come in while this one waited for the answer.
        came = None if house.leases.has_been_inside(viewer.subject) else way
        return _refused(house, viewer) or _full_house(house, viewer, came) or _granted(house, viewer, came)

    asked = Question(lane=way.lane, kind=Kind.USE, place=way.place, subject=viewer.subject)
    return Parked(question=asked, finish=finish)


def _way_in(house: House, body: LeaseBody, subject: int, request: Request) -> PassClaims | Reply | None:
    """The pass; None where none is needed: the door is open to all, or the account has been inside before."""
    if house.leases.has_been_inside(subject):
        return None
    claims = opened_pass(house, request, body.pass_) if body.pass_ else None
    if isinstance(claims, PassClaims):
        claims = _not_good(house, claims, subject) or claims
    if isinstance(claims, PassClaims):
        return claims
    if house.backend_open:
        return None
    return claims or problem("no_pass", "Wait for your place to be called.")


def _not_good(house: House, claims: PassClaims, subject: int) -> Reply | None:
    """Why this pass does not let this household in, if so.

    One of a known household is good for it alone; one of a device, for the household that comes first.
    """
    if claims.offer and claims.subject != subject:
        return problem("no_pass", "This pass is another household's. Take a place of your own.")
    is_used = house.lines[claims.lane].calls.is_marked(claims.place, USED)
    if not claims.offer and (is_used or (claims.unproved and house.televisions.is_used((claims.lane, claims.place)))):
        return problem("no_pass", "This place let another household in. Take one of your own.")
    return None


def _client(body: LeaseBody, way: PassClaims | None) -> Client:
    given = body.client
    if given is not None:
        return Client(given.device, given.app, given.isp, given.region)
    return Client(*way.client) if way else Client()


def _refused(house: House, viewer: Viewer) -> Reply | None:
    """Why this account may not watch this on one more screen, if so. Ends the screen that it chose to end."""
    if refused := _not_in_offer(house, viewer):
        return refused
    if viewer.end is not None:
        _stop_other(house, viewer)
    silent_us = SILENT_BEATS * house.beat_ms * US_PER_MS
    streams = [one for one in house.leases.streams_of(viewer.subject) if viewer.at - one.seen <= silent_us]
    if not isinstance(stream_verdict(len(streams), streams_max=viewer.session.streams_max), Admit):
        _record_refusal(house, viewer, "too_many_streams")
        return problem("too_many_streams", "End one of them here, or on that screen.", streams=_listed(streams))
    if not house.leases.is_full:
        return None
    return problem("full", retry_s=personal_s(30.0, viewer.subject), answered=house.codes.of("full"))


def _full_house(house: House, viewer: Viewer, way: PassClaims | None) -> Reply | None:
    """A licence is full: nobody is put out for it, who comes back comes back, a new screen waits for a free slot."""
    if not house.is_full_house(viewer.at):
        return None
    if way is not None:
        # The turn is kept: the pass is good until a slot is free, and nobody is called before its holder is in.
        house.lines[way.lane].calls.mark(way.place, PROLONGED)
    elif next(house.leases.streams_of(viewer.subject), None) is None:
        return None
    wait_s = personal_s(3.0, viewer.subject)
    why = "You are next as soon as somebody leaves."
    return problem("full_house", why, retry_s=wait_s, answered=house.codes.of("full_house"))


def _not_in_offer(house: House, viewer: Viewer) -> Reply | None:
    verdict = channel_verdict(house.night.offers, viewer.session.offer, viewer.channel)
    if isinstance(verdict, Admit):
        return None
    _record_refusal(house, viewer, "not_in_offer")
    return problem("not_in_offer", channels=verdict.channels, alternatives=house.alternatives(viewer.channel))


def _listed(streams: list[Stream]) -> list[dict[str, object]]:
    return [
        {
            "lease_id_short": str(stream.stream),
            "device": stream.device,
            "channel": stream.channel,
            "since": stream.since,
        }
        for stream in streams
    ]


def _stop_other(house: House, viewer: Viewer) -> None:
    end = str(viewer.end)
    row = int(end) if end.isdecimal() else 0
    if house.leases.is_open(row, viewer.subject):
        fact = _row(viewer, Fact.ENDED)
        fact.stream, fact.channel, fact.code = row, house.leases.channel(row), "stopped"
        house.leases.end(row)
        house.leases.mark(row, STOPPED)
        house.counts.ended += 1
        house.journal.record(fact)


def _granted(house: House, viewer: Viewer, way: PassClaims | None) -> Reply:
    row = house.grant(viewer.subject, channel=viewer.channel, device=viewer.client.device, at_us=viewer.at)
    if row is None:
        return problem("not_ready", "Your pass stays good.", retry_s=personal_s(1.0, viewer.subject))
    claims = LeaseClaims(
        night=house.night.name,
        account=viewer.session.account,
        subject=viewer.subject,
        stream=row,
        offer=viewer.session.offer,
        streams_max=viewer.session.streams_max,
        channel=viewer.channel,
        cdn=house.cdns_for(row)[0],
        client=viewer.client,
        granted_at=viewer.at,
        expires_at=house.expires_at,
    )
    house.kinds.put(row, kind_of(claims))
    if way is None and not house.backend_open:
        _record_readmitted(house, viewer.at, claims, viewer.channel)
    fact = stream_row(Fact.LEASED, claims, viewer.at, channel=viewer.channel)
    fact.code = "new"
    if way is not None:
        _take_in(house, viewer, way)
        fact.lane, fact.place = house.lines[way.lane].lane, way.place
    house.counts.leased += 1
    house.journal.record(fact)
    return _answer(house, claims, viewer.channel, viewer.at, status=201)


def _take_in(house: House, viewer: Viewer, way: PassClaims) -> None:
    """The place is used and becomes the household's: of several that it holds, the one that let it in stands.

    Not before: a sign-in uses no place up, and one place may sign several households in.
    """
    line = house.lines[way.lane]
    line.calls.mark(way.place, USED)
    if way.unproved:
        house.televisions.use((way.lane, way.place))
    line.leased += 1
    if house.place_of(viewer.subject) != (way.lane, way.place):
        word = packed(LANE_NUMBER[line.lane], way.place, joined_ms(viewer.at, house.starts_at))
        house.index.put(viewer.subject, word)


def _resume(house: House, request: Request, body: LeaseBody, session: SessionClaims, subject: int) -> Reply:
    """Back in, all night: the same stream goes on, also where the door forgot it."""
    claims, at = opened_lease(house, request, body.resume), request.at_us
    if isinstance(claims, Reply):
        return claims
    if claims.subject != subject:
        return bad_token(house, request, body.resume, claims)
    channel, row = body.channel or claims.channel, claims.stream
    viewer = Viewer(at=at, session=session, subject=subject, client=claims.client, channel=channel, end=body.end)
    # A stream that is still open takes no further screen: only the channel is looked at.
    look = _not_in_offer if house.leases.is_open(row, subject) else _refused
    if refused := look(house, viewer):
        return refused
    house.leases.unmark_if_known(row, subject, STOPPED)
    if not house.leases.reinstate(row, subject, channel=channel, device=claims.client.device, at_us=at):
        return problem("full", retry_s=personal_s(5.0, subject), answered=house.codes.of("full"))
    house.kinds.put(row, kind_of(claims))
    _record_readmitted(house, at, claims, channel)
    _start_anew(house, claims, channel, at, code="new")
    return _answer(house, claims, channel, at, status=201)


def switch(house: House, request: Request, token: str) -> Reply:
    """200 another channel of the offer: never meets the line."""
    try:
        body = decode(SWITCH, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    claims = show_stream(house, request, token)
    if isinstance(claims, Reply):
        return claims
    verdict = channel_verdict(house.night.offers, claims.offer, body.channel)
    if not isinstance(verdict, Admit):
        return problem("not_in_offer", channels=verdict.channels, alternatives=house.alternatives(body.channel))
    house.leases.seen(claims.stream, at_us=request.at_us, beat_ms=house.beat_ms)
    _start_anew(house, claims, body.channel, request.at_us, code="switch")
    return _answer(house, claims, body.channel, request.at_us, status=200)


def end(house: House, request: Request, token: str) -> Reply:
    """204, also when it was over already."""
    try:
        body = decode(END, request.body) if request.body else EndBody()
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    claims = opened_lease(house, request, token)
    if isinstance(claims, Reply):
        return claims
    row = claims.stream
    if house.leases.is_open(row, claims.subject):
        channel = house.leases.channel(row)
        if body.watched_ms or body.stalled_ms:
            # The last minutes count like all others: they are a beat.
            house.counts.beats += 1
            house.journal.record(beat_row(claims, body, request.at_us, channel=channel))
        fact = stream_row(Fact.ENDED, claims, request.at_us, channel=channel)
        fact.code = body.code
        house.leases.end(row)
        house.counts.ended += 1
        house.journal.record(fact)
    return Reply(status=204)


def _start_anew(house: House, claims: LeaseClaims, channel: str, at: int, *, code: str) -> None:
    """Another attempt to start: its first frame is yet to be seen."""
    house.leases.switch(claims.stream, channel)
    house.leases.unmark(claims.stream, STARTED | FAILED)
    fact = stream_row(Fact.LEASED, claims, at, channel=channel)
    fact.code = code
    house.counts.leased += 1
    house.journal.record(fact)


def _answer(house: House, claims: LeaseClaims, channel: str, at: int, *, status: int) -> Reply:
    token = playback_token(house, claims, at)
    cdns = house.cdns_for(claims.stream)
    channels = {
        name: {
            "title": house.night.channels[name].title,
            "urls": {cdn: f"{house.live_base}/live/{cdn}/{token}/{name}/master.m3u8" for cdn in cdns},
        }
        for name in house.night.offers[claims.offer].channels
    }
    body = {
        "lease": house.seals.seal(LEASE_PURPOSE, claims),
        "stream": claims.stream,
        "playback_token": token,
        "channel": channel,
        "channels": channels,
        "cdn": cdns[0],
        "cdns": cdns,
        "beat_s": house.snapshot.beat_s,
        "bitrate_cap_kbps": house.snapshot.bitrate_cap_kbps,
    }
    return Reply(status=status, body=JSON.encode(body))


def _record_readmitted(house: House, at: int, claims: LeaseClaims, channel: str) -> None:
    fact = stream_row(Fact.READMITTED, claims, at, channel=channel)
    fact.lane = Lane.REENTRY
    house.counts.readmitted += 1
    house.journal.record(fact)


def _record_refusal(house: House, viewer: Viewer, code: str) -> None:
    fact = _row(viewer, Fact.REFUSED)
    fact.code = code
    house.refuse(fact)


def _row(viewer: Viewer, fact: Fact) -> Row:
    client = viewer.client
    return Row(
        at=viewer.at,
        fact=fact,
        subject=viewer.subject,
        offer=viewer.session.offer,
        channel=viewer.channel,
        device=client.device,
        app=client.app,
        isp=client.isp,
        region=client.region,
    )
