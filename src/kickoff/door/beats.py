"""`…/beats`: what a player says while it plays."""

import msgspec

from kickoff.door.bodies import BEAT, decode
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.door.streams import beat_row, playback_token, show_stream, stream_row, tell, token_life_s
from kickoff.facts import NULL_INT, Fact
from kickoff.playback.beats import Beat, Happened, happened, next_beat_s
from kickoff.playback.claims import LeaseClaims
from kickoff.playback.leases import FAILED, STARTED


def beat(house: House, request: Request, token: str) -> Reply:
    """200 when to speak next; a fresh playback token where the last has under half its life left.

    An answer is a promise: where the log refuses it is 503, and the player tells the time again with its next beat.
    """
    try:
        body = decode(BEAT, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    claims = show_stream(house, request, token)
    if isinstance(claims, Reply):
        return claims
    take(house, claims, body, request.at_us)
    answer: dict[str, object] = {"next_s": next_beat_s(house.snapshot.beat_s, claims.stream)}
    needs_log = True
    if house.leases.token_age_s(claims.stream, request.at_us) > token_life_s(house) / 2:
        answer["playback_token"] = playback_token(house, claims, request.at_us)
        # A disk that refuses must end no stream: the token goes out all the same, with word that the beat was not kept.
        if house.journal.is_stuck:
            answer["again"], needs_log = True, False
    if house.snapshot.bitrate_cap_kbps is not None:
        answer["bitrate_cap_kbps"] = house.snapshot.bitrate_cap_kbps
    return Reply(status=200, body=JSON.encode(answer), needs_log=needs_log)


def take(house: House, claims: LeaseClaims, body: Beat, at: int) -> None:
    """Turn a beat into its facts and a sign of life."""
    row, leases = claims.stream, house.leases
    leases.seen(row, at_us=at, beat_ms=house.beat_ms)
    told = happened(body, started=leases.has(row, STARTED), failed=leases.has(row, FAILED))
    # What a player names of its own invention is nobody's audience and no network's failure.
    channel = body.channel if body.channel in house.night.offers[claims.offer].channels else leases.channel(row)
    cdn = body.cdn if body.cdn in house.night.cdns else claims.cdn
    # A numbered one is recorded in any case: its number must not look lost.
    if told is None or body.watched_ms or body.stalled_ms or body.sn is not None:
        fact = beat_row(claims, body, at, channel=channel, cdn=cdn)
        house.counts.beats += 1
        if body.br is not None:
            fact.bitrate_kbps = body.br
            house.played(body.br)
        house.journal.record(fact)
    if told is not None:
        fact = stream_row(Fact.BEAT, claims, at, channel=channel, cdn=cdn)
        if told[0] is Happened.STARTED:
            fact.duration_ms = NULL_INT if body.msd is None else body.msd
            fact.bitrate_kbps = NULL_INT if body.br is None else body.br
        tell(house, told, fact)
