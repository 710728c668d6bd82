"""`POST /v1/{night}/tickets`: a place in line, or the same place again."""

import sqlite3
from functools import partial

import msgspec
from msgspec.structs import replace

from kickoff.accounts.entitlement import Admit, channel_verdict
from kickoff.door import strangers
from kickoff.door.bad_tokens import refused
from kickoff.door.comers import Comer, comer_of, guest_of
from kickoff.door.joins import JOINS
from kickoff.door.problems import problem
from kickoff.door.seam import Parked, Reply, Request
from kickoff.door.state import House
from kickoff.door.televisions import TELEVISION
from kickoff.facts import LANE_NAMES, LANE_NUMBER, Fact, Lane, Row
from kickoff.units import US_PER_MS, US_PER_S, AtUs
from kickoff.waiting_room.appointments import personal_at
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.index import ABSENT
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import joined_ms, packed, unpacked
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, SharedBook
from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.tickets import TICKET_PURPOSE

# PERF: a member of an enumeration is looked up for 50 ns each time (make bench-door).
_BEFORE, _CLOSED, _SLOW, _TAKE, _NEW = LineState.BEFORE, LineState.CLOSED, Lane.SLOW, Kind.TAKE, Said.NEW
_ATTEMPT_AGE_US = 86_400 * US_PER_S
FULL_RETRY_S = 30.0
DRAIN_RETRY_S = 60.0
"""Only a person ends it: nobody need ask more often than people decide."""
LOST_RETRY_S = 3.0
"""A line without a server has another one within seconds."""
_RETRY_S = {"draining": DRAIN_RETRY_S, "full": FULL_RETRY_S}


def join(house: House, request: Request) -> Reply | Parked:
    """201 a place · 200 the same again · 400 no such channel · 403 not in the offer, or over · 429 quota · 503."""
    try:
        body = JOINS[request.body]
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    channel = body.channel
    if channel and channel not in house.night.channels:
        return problem(
            "bad_request", f"channel: the night has none of this name, but {', '.join(house.night.channels)}"
        )
    comer = comer_of(house, request, body)
    if body.claim:
        guest = guest_of(house, comer)
        if guest is None:
            return refused(house, _row(comer, Fact.REFUSED, "bad_token"))
        comer = guest
    if comer.offer and channel:
        verdict = channel_verdict(house.night.offers, comer.offer, channel)
        if not isinstance(verdict, Admit):
            house.refuse(_row(comer, Fact.REFUSED, "not_in_offer"))
            return problem("not_in_offer", channels=verdict.channels, alternatives=house.alternatives(channel))
    if body.attempts:
        _record_attempts(house, comer)
    word = house.index.get(comer.subject)
    if word == ABSENT:
        return _take_place(house, comer)
    return _again(house, comer, word)


def _again(house: House, comer: Comer, word: int) -> Reply | Parked:
    """The place that the comer holds; one of the slow lane is left for the main one by a proof."""
    lane, place, milliseconds = unpacked(word)
    joined_at = house.starts_at + milliseconds * US_PER_MS
    if LANE_NAMES[lane] == Lane.SLOW:
        reply = _ticket(house, comer, Lane.SLOW, place, joined_at, 200)
        if _why_none(house):
            return reply
        if (proved := strangers.with_proof(house, comer)) is not None:
            return _take_place(house, proved)
        return strangers.with_challenge(house, comer, reply, joined_at=joined_at)
    if comer.body.slow and house.lines[LANE_NAMES[lane]].is_doubted(place):
        return _take_place(house, replace(comer, lane=Lane.SLOW))
    return _ticket(house, comer, LANE_NAMES[lane], place, joined_at, 200)


def _take_place(house: House, comer: Comer) -> Reply | Parked:
    """A new place, its entry in the index and its fact; or why there is none. A shared line is asked for it."""
    if (opens_at := house.snapshot.draw_at) is not None and comer.at < opens_at and house.snapshot.state is _BEFORE:
        return _too_early(house, comer, opens_at)
    if code := _why_none(house):
        return _refuse(house, comer, code, retry_s=_RETRY_S.get(code))
    if comer.network.limited and comer.code == "device" and comer.lane is Lane.MAIN:
        found = strangers.settled(house, comer)
        if found is None:
            return strangers.with_challenge(house, comer, _refuse(house, comer, "rate_limited", retry_s=2.0))
        comer = found
    # Who is known costs the sign-in service nothing, and waits for it in no line.
    line = house.lines[comer.lane]
    if isinstance(line.book, SharedBook):
        return _parked(house, comer, line)
    try:
        place = comer.kept or line.book.give()
    except sqlite3.Error:
        # The disk refuses the reservation: no place is promised that a restart could give again.
        return _refuse(house, comer, "full", retry_s=FULL_RETRY_S)
    return _given(house, comer, line, place)


def _too_early(house: House, comer: Comer, opens_at: AtUs) -> Reply:
    """Places are given later: when to come back, spread as those are who wait before the doors. No place was missed."""
    code, shown = "not_open", house.snapshot
    house.refused[code] += 1
    spread = shown.appointment or (opens_at, AtUs(opens_at + round(shown.poll_s[1] * US_PER_S)))
    back_at = personal_at(spread, comer.subject)
    retry_s = max(1.0, (back_at - comer.at) / US_PER_S)
    answered = house.codes.of(code)
    return problem(
        code, retry_s=retry_s, answered=answered, headers=comer.headers, opens_at=opens_at, come_back_at=back_at
    )


def _why_none(house: House) -> str:
    """Why nobody is given a place; empty: they are."""
    if house.snapshot.state is _CLOSED:
        return "closed"
    if house.drains:
        return "draining"
    return "full" if house.journal.is_stuck or not house.index.left else ""


def _parked(house: House, comer: Comer, line: Line) -> Parked:
    milliseconds = joined_ms(comer.at, house.starts_at)
    asked = Question(lane=str(line.lane), kind=_TAKE, subject=comer.subject, joined_ms=milliseconds)
    return Parked(question=asked, finish=partial(_answered, house, comer, line))


def _answered(house: House, comer: Comer, line: Line, answered: Answered, _now: int) -> Reply:
    """What the shared line said."""
    if answered.said is _NEW:
        return _given(house, comer, line, answered.place)
    if answered.said is not Said.KNOWN:
        code = "full" if answered.said is Said.FULL else "line_lost"
        return _refuse(house, comer, code, retry_s=FULL_RETRY_S if code == "full" else LOST_RETRY_S)
    lane, place, milliseconds = answered.lane, answered.place, answered.joined_ms
    house.index.put(comer.subject, packed(lane, place, milliseconds))
    joined_at = house.starts_at + milliseconds * US_PER_MS
    return _ticket(house, comer, LANE_NAMES[lane], place, joined_at, 200)


def _given(house: House, comer: Comer, line: Line, place: int) -> Reply:
    lane, network, client = line.lane, comer.network, comer.body.client
    milliseconds = joined_ms(comer.at, house.starts_at)
    house.index.put(comer.subject, packed(LANE_NUMBER[lane], place, milliseconds))
    house.counts.joined += 1
    if house.lottery.keeps_list:
        house.lottery.add(str(lane), place, comer.subject)
    if network.limited and lane is Lane.MAIN:
        strangers.remember(house, comer, place)
    words = (comer.offer, comer.body.channel, client.device, client.app, client.isp, client.region, comer.code)
    house.journal.joined(comer.at, comer.subject, words, network.source, lane, place)
    reply = _ticket(house, comer, str(lane), place, comer.at, 201)
    if lane is not _SLOW:
        return reply
    return strangers.slowed(house, comer, reply, joined_at=house.starts_at + milliseconds * US_PER_MS)


def _ticket(  # noqa: PLR0917 - PERF: as in `Journal.joined`
    house: House, comer: Comer, lane: str, place: int, joined_at: int, status: int
) -> Reply:
    given = comer.body.client
    client = (given.device, given.app, given.isp, given.region)
    # PERF: the fields of `TicketClaims` in their order, as they are sealed, without a value of it being made
    # (make bench-door: 0.4 µs).
    claims: tuple[object, ...] = (
        house.night.name, lane, place, comer.subject, joined_at, comer.offer, client, house.expires_at,
    )  # fmt: skip
    is_slow = lane == _SLOW
    if is_slow and given.device == TELEVISION:
        behind = house.televisions.behind(house.lines[Lane.MAIN], joined_ms(joined_at, house.starts_at))
        claims = (*claims, behind)
        # What it is told is where it stands: of the slow lane it need know nothing.
        lane, place = (str(Lane.MAIN), behind) if behind else (lane, place)
    ticket = house.seals.seal(TICKET_PURPOSE, claims)
    # PERF: every part is ASCII of our own making, so the object is written by hand: 0.4 µs less (make bench-door).
    known = "true" if comer.offer else "false"
    # The number is the ticket's for good; the place is where it stands: drawn, for who came before the doors.
    stands = house.lines[lane].calls.position(place)
    appointed = house.snapshot.appointment
    # Before the doors: when to come back, instead of asking.
    more = "" if appointed is None else f',"come_back_at":{personal_at(appointed, place)}'
    text = (
        f'{{"ticket":"{ticket}","lane":"{lane}","place":{stands},"number":{place},'
        f'"joined_at":{joined_at},"known":{known}{more}}}'
    )
    headers = house.networks.headers(comer.network) if is_slow else (house.networks.header(comer.network),)
    headers = (*headers, *comer.headers) if comer.headers else headers
    return Reply(status=status, body=text.encode(), headers=headers, needs_log=True)


def _refuse(house: House, comer: Comer, code: str, *, retry_s: float | None = None) -> Reply:
    house.refuse(_row(comer, Fact.REFUSED, code))
    # A challenge is bound to who asked: a new device is told who it is, or could never answer it.
    headers = (*house.networks.headers(comer.network), *comer.headers) if code == "rate_limited" else ()
    wait_s = retry_s and personal_s(retry_s, comer.subject)
    return problem(code, retry_s=wait_s, headers=headers, answered=house.codes.of(code))


def _record_attempts(house: House, comer: Comer) -> None:
    """The tries that no door saw: the unseen become seen. Instants of the future or of another day are left out."""
    for attempt in comer.body.attempts:
        if comer.at - _ATTEMPT_AGE_US < attempt.at <= comer.at:
            fact = _row(comer, Fact.REFUSED, attempt.what)
            fact.at = attempt.at
            house.refuse(fact)


def _row(comer: Comer, fact: Fact, code: str) -> Row:
    client = comer.body.client
    return Row(
        at=comer.at,
        fact=fact,
        subject=comer.subject,
        offer=comer.offer,
        channel=comer.body.channel,
        device=client.device,
        app=client.app,
        isp=client.isp,
        region=client.region,
        source=comer.network.source,
        code=code,
    )
