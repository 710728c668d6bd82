"""What all operations on a stream in progress share: its token opened, its row of the journal, its playback token."""

from kickoff.door.bad_tokens import bad_token, opened
from kickoff.door.bodies import EndBody
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import House
from kickoff.facts import NULL_INT, Fact, Row
from kickoff.playback.beats import Beat, Happened, lag_ms
from kickoff.playback.claims import LEASE_DECODER, LEASE_PURPOSE, LeaseClaims
from kickoff.playback.kinds import Kind
from kickoff.playback.leases import FAILED, STARTED, STOPPED
from kickoff.playback.tokens import ISSUER, PlaybackClaims, life_s
from kickoff.units import US_PER_MS, US_PER_S
from kickoff.waiting_room.eta import personal_s


def opened_lease(house: House, request: Request, token: str) -> LeaseClaims | Reply:
    """The lease's claims, or the refusal."""
    claims = opened(house, request, token, LEASE_PURPOSE, LEASE_DECODER)
    if isinstance(claims, Reply) or claims.night == house.night.name:
        return claims
    return bad_token(house, request, token, claims)


def show_stream(house: House, request: Request, token: str) -> LeaseClaims | Reply:
    """The lease of a stream in progress. One that the door forgot is taken back; one that ended is not.

    Whoever ended it must ask for it anew: only there is the account's limit of screens looked at.
    """
    claims = opened_lease(house, request, token)
    if isinstance(claims, Reply):
        return claims
    row, subject = claims.stream, claims.subject
    if house.leases.is_open(row, subject):
        return claims
    if house.leases.is_known(row, subject):
        if house.leases.has(row, STOPPED):
            return problem("stopped", "Start again here to move the picture to this screen.")
        return problem("ended", "Resume it: ask for a lease with this one as `resume`.")
    channel, device = claims.channel, claims.client.device
    if house.leases.reinstate(row, subject, channel=channel, device=device, at_us=request.at_us):
        house.kinds.put(row, kind_of(claims))
        return claims
    # The row is beyond what this door can know: play on all the same, nobody watching is put out.
    return problem("not_ready", "Go on playing.", retry_s=personal_s(5.0, subject))


def kind_of(claims: LeaseClaims) -> Kind:
    """What a beat of this stream is recorded with when it comes without its token."""
    return Kind(claims.offer, claims.client.app, claims.client.isp, claims.client.region, claims.cdn)


def stream_row(fact: Fact, claims: LeaseClaims, at: int, *, channel: str, cdn: str = "") -> Row:
    """A fact about a stream. `cdn`: where it came from, if not as granted."""
    client = claims.client
    return Row(
        at=at,
        fact=fact,
        subject=claims.subject,
        stream=claims.stream,
        offer=claims.offer,
        channel=channel,
        device=client.device,
        app=client.app,
        isp=client.isp,
        region=client.region,
        cdn=cdn or claims.cdn,
    )


_FACTS = {
    Happened.STARTED: Fact.STARTED,
    Happened.START_FAILED: Fact.START_FAILED,
    Happened.ENDED: Fact.ENDED,
}


def tell(house: House, told: tuple[Happened, str], row: Row) -> None:
    """Do and record what a beat said of its stream. Of a stream that has ended nothing more is told: it ends once."""
    what, stream = told[0], row.stream
    if not house.leases.is_open(stream, row.subject):
        return
    row.fact, row.code = _FACTS[what], told[1]
    if what is Happened.STARTED:
        house.leases.mark(stream, STARTED)
        house.leases.unmark(stream, FAILED)
        house.counts.started += 1
    elif what is Happened.START_FAILED:
        house.leases.mark(stream, FAILED)
        house.counts.start_failed += 1
    else:
        house.leases.end(stream)
        house.counts.ended += 1
    house.journal.record(row)


def beat_row(claims: LeaseClaims, body: Beat | EndBody, at: int, *, channel: str, cdn: str = "") -> Row:
    """What a beat says was watched; a farewell with last minutes is one."""
    row = stream_row(Fact.BEAT, claims, at, channel=channel, cdn=cdn)
    lag = lag_ms(body.ts, at_ms=at // US_PER_MS)
    row.watched_ms, row.stalled_ms = body.watched_ms, body.stalled_ms
    row.place = NULL_INT if body.sn is None else body.sn
    row.wait_ms = NULL_INT if lag is None else lag
    return row


def token_life_s(house: House) -> float:
    """Of the night's playback tokens."""
    return life_s(beat_s_max=house.rules.beat_s_max)


def playback_token(house: House, claims: LeaseClaims, at_us: int) -> str:
    """A fresh playback token for every channel of the offer; signed now, so the caller asks rarely."""
    house.leases.token_given(claims.stream, at_us)
    second = at_us // US_PER_S
    return house.signer.sign(
        PlaybackClaims(
            iss=ISSUER,
            sub=str(claims.subject),
            night=claims.night,
            channels=house.night.offers[claims.offer].channels,
            stream=claims.stream,
            iat=second,
            exp=second + round(token_life_s(house)),
        )
    )
