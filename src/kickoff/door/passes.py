"""`POST /v1/{night}/passes`: a called ticket is redeemed for a pass; any other is told its place and a time."""

import msgspec

from kickoff.door import doubts
from kickoff.door.bad_tokens import bad_token, opened
from kickoff.door.bodies import REDEEM, decode
from kickoff.door.problems import problem
from kickoff.door.seam import Parked, Reply, Request
from kickoff.door.state import JSON, House
from kickoff.door.televisions import TELEVISION
from kickoff.facts import Fact, Lane, Row
from kickoff.units import US_PER_MS, US_PER_S
from kickoff.waiting_room.appointments import personal_at
from kickoff.waiting_room.calls import PASSED, PROLONGED, USED
from kickoff.waiting_room.eta import ask_again_s, eta_interval
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, SharedBook
from kickoff.waiting_room.tickets import (
    PASS_DECODER,
    PASS_PURPOSE,
    TICKET_DECODER,
    TICKET_PURPOSE,
    PassClaims,
    TicketClaims,
)

PASS_S = 300
"""A person must find their password in it; afterwards the ticket gives a new pass."""


def redeem(house: House, request: Request) -> Reply | Parked:
    """201 a pass · 429 not yet · 401 not a ticket of this night · 409 used: the holder is in already."""
    try:
        body = decode(REDEEM, request.body)
        ticket = opened_ticket(house, request, body.ticket)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    return ticket if isinstance(ticket, Reply) else _redeemed(house, request, ticket, body.proof)


def _redeemed(house: House, request: Request, ticket: TicketClaims, proof: str) -> Reply | Parked:
    line = house.lines[ticket.lane]
    if ticket.behind and not (line.calls.is_called(ticket.place) or house.backend_open):
        return _turn_behind(house, ticket, request.at_us)
    if refused := _not_in(house, ticket, request.at_us):
        return refused
    if line.is_doubted(ticket.place):
        if ticket.client.device == TELEVISION:
            return _pass(house, ticket, request.at_us, unproved=True)
        if refused := doubts.unproved(house, request, ticket, proof):
            return refused
    if isinstance(line.book, SharedBook) and not line.calls.is_marked(ticket.place, PASSED):
        asked = Question(lane=str(line.lane), kind=Kind.REDEEM, place=ticket.place)
        return Parked(question=asked, finish=lambda answered, _now: _answered(house, request, ticket, answered))
    return _passed(house, request, ticket)


def _turn_behind(house: House, ticket: TicketClaims, at_us: int) -> Reply:
    """The turn of a television that stands behind a number of the main lane: it is counted by nobody until it is in."""
    main = house.lines[Lane.MAIN]
    if house.queues or not main.calls.is_called(ticket.behind):
        return _not_yet(house, main, ticket.behind, at_us)
    is_used = house.televisions.is_used((ticket.lane, ticket.place))
    if is_used or house.came_in_by_another_lane(ticket.subject, ticket.lane):
        return problem("already_in", "Go on with the session of the device that came in.")
    return _pass(house, ticket, at_us, unproved=True)


def _not_in(house: House, ticket: TicketClaims, at_us: int) -> Reply | None:
    """Why the ticket gives no pass now, if so."""
    line, place = house.lines[ticket.lane], ticket.place
    if not line.calls.is_called(place):
        if not house.backend_open:
            return _not_yet(house, line, place, at_us)
        house.call(line, line.book.last_given, at=at_us)
    if house.is_full_for(line, place, at_us):
        return _not_yet(house, line, place, at_us)
    if _is_in(house, ticket):
        return problem("already_in", "Go on with the session of the device that came in.")
    return None


def _answered(house: House, request: Request, ticket: TicketClaims, answered: Answered) -> Reply:
    """What the shared line said. Where it says nothing the called come in all the same: nobody loses a turn to it."""
    if answered.said is Said.KNOWN:
        # Another door has counted it, and tells.
        return _pass(house, ticket, request.at_us)
    return _passed(house, request, ticket)


def _passed(house: House, request: Request, ticket: TicketClaims) -> Reply:
    line = house.lines[ticket.lane]
    if line.calls.passed(ticket.place):
        _record_passed(house, request, ticket, line)
    else:
        doubts.look_again(house, request, ticket)
    return _pass(house, ticket, request.at_us)


def _is_in(house: House, ticket: TicketClaims) -> bool:
    """Whether the holder is in already. A household that is known has its turn until it has itself been inside."""
    if house.came_in_by_another_lane(ticket.subject, ticket.lane):
        return True
    is_used = house.lines[ticket.lane].calls.is_marked(ticket.place, USED)
    return is_used and (not ticket.offer or house.leases.has_been_inside(ticket.subject))


def opened_ticket(house: House, request: Request, token: str) -> TicketClaims | Reply:
    """The ticket's claims, or the refusal."""
    ticket = opened(house, request, token, TICKET_PURPOSE, TICKET_DECODER)
    if isinstance(ticket, Reply):
        return ticket
    line = house.lines.get(ticket.lane)
    if ticket.night != house.night.name or line is None or not line.book.has_given(ticket.place):
        return bad_token(house, request, token, ticket)
    return ticket


def opened_pass(house: House, request: Request, token: str, *, at_us: int | None = None) -> PassClaims | Reply:
    """The pass's claims, or the refusal. Past `good_until` it is good only if a full permit sent its holder away.

    `at_us`: the instant at which it must be good, if not the request's.
    """
    at_us = request.at_us if at_us is None else at_us
    claims = opened(house, request, token, PASS_PURPOSE, PASS_DECODER, at_us=at_us)
    if isinstance(claims, Reply):
        return claims
    if claims.night != house.night.name or claims.lane not in house.lines:
        return bad_token(house, request, token, claims)
    if claims.good_until < at_us and not house.lines[claims.lane].calls.is_marked(claims.place, PROLONGED):
        return problem("expired", "Redeem your ticket again: it gives a new pass at once.")
    return claims


def _not_yet(house: House, line: Line, place: int, at_us: int) -> Reply:
    shown = house.snapshot
    told = shown.lanes[line.lane]
    is_called = line.calls.is_called(place)
    lane = Lane.GRACE if is_called and house.late_us(line, place, at_us) > 0 else line.lane
    place = line.calls.position(place)
    # Who is called and held back is next: when a seat is free, or the operator says so, nobody can say.
    interval = None if is_called else eta_interval(place, told)
    again_s = ask_again_s(place, interval, shown.poll_s)
    if shown.appointment is not None:
        again_s = max(again_s, (personal_at(shown.appointment, place) - at_us) / US_PER_S)
    return problem(
        "not_yet",
        retry_s=again_s,
        answered=house.codes.of("not_yet"),
        lane=lane,
        place=place,
        serving=told.serving,
        eta_s=interval,
        ask_again_s=round(again_s, 3),
        why=_why_held(house) if is_called else shown.reason,
    )


def _why_held(house: House) -> str:
    return "everyone" if house.queues else "full"


def _pass(house: House, ticket: TicketClaims, at_us: int, *, unproved: bool = False) -> Reply:
    good_until = min(at_us + PASS_S * US_PER_S, house.expires_at)
    token = house.seals.seal(
        PASS_PURPOSE,
        PassClaims(
            night=ticket.night,
            lane=ticket.lane,
            place=ticket.place,
            subject=ticket.subject,
            offer=ticket.offer,
            client=ticket.client,
            good_until=good_until,
            expires_at=house.expires_at,
            unproved=unproved,
        ),
    )
    body = JSON.encode({"pass": token, "expires_at": good_until, "sign_in": not ticket.offer})
    return Reply(status=201, body=body, needs_log=True)


def _record_passed(house: House, request: Request, ticket: TicketClaims, line: Line) -> None:
    at = request.at_us
    late_us = house.late_us(line, ticket.place, at)
    client = ticket.client
    house.counts.passed += 1
    house.journal.record(
        Row(
            at=at,
            fact=Fact.PASSED,
            subject=ticket.subject,
            offer=ticket.offer,
            device=client.device,
            app=client.app,
            isp=client.isp,
            region=client.region,
            source=house.networks.of(request.peer, at).source,
            lane=line.lane,
            place=ticket.place,
            wait_ms=min(0x7FFFFFFF, max(0, at - ticket.joined_at) // US_PER_MS),
            code="in_time" if late_us <= 0 else "grace",
        )
    )
