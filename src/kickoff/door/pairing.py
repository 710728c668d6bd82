"""`/v1/{night}/devices…`: a television signs in by a code that is typed on a phone (RFC 8628).

    POST devices            200 the code to show, and the one to ask with · 400 an error of RFC 6749 §5.2
                            503 too many wait
                            `pass`: of the television's turn; by its code a phone may then sign in (`sessions.py`)
    POST devices/token      200 a session · 400 an error of §3.5
    POST devices/proof      204 a phone worked for the television, or need not · 200 a challenge · 403 that is no proof
                            404 no such code, or not its turn · 429 too many wrong ones from this network
    POST devices/decision   204 a signed-in person said yes or no · 404 no such code · 429 too many wrong ones

The television's two calls read and answer as RFC 8628 says: forms in, `error` members out.
"""

from urllib.parse import parse_qs

import msgspec
from msgspec import Struct, msgpack

from kickoff.accounts.pairing import CODES, EXPIRES_S, GUESS_WAIT_S, INTERVAL_S, Heard, Household, Said, written
from kickoff.accounts.sessions import SESSION_PURPOSE, SESSION_US, session_claims
from kickoff.door import identity
from kickoff.door.bodies import DECISION, PAIRING_PROOF, PairingProofBody, decode
from kickoff.door.networks import Network, wrong_headers
from kickoff.door.pages_reply import origin_of
from kickoff.door.passes import opened_pass
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.seals import SealError, SealExpired, keyed_hash64
from kickoff.units import US_PER_S
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.tickets import PassClaims

PURPOSE = "pairing"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FIELDS_MAX = 100
FORM = "application/x-www-form-urlencoded"
GUESS_SPREAD_S = 8.0
"""Told on top of the time for which an account's codes are refused, so that none comes back too early."""
GUESS_RETRY_S = 5.0
_UNCACHED = (("Cache-Control", "no-store"),)


class PairingClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """The `device_code`: who asks for a code that was never given costs one MAC."""

    code: str
    expires_at: int


_DECODER = msgpack.Decoder(PairingClaims)


def begin(house: House, request: Request) -> Reply:
    """A code to show, and where to type it."""
    form = _form(request)
    # Parameters are sent once (RFC 6749 §3.2); what is no form would else lose its pass without a word.
    if form is None or len(form.get("pass", ())) > 1:
        return _refused("invalid_request")
    network = house.networks.of(request.peer, request.at_us)
    if network.limited and not house.networks.take(network, request.at_us):
        return problem("rate_limited", retry_s=personal_s(5.0, house.draw()), headers=house.networks.headers(network))
    begun = house.pairings.begin(
        house.draw() % CODES, at_us=request.at_us, interval_s=_interval_s(house), call=_call(house, request, form)
    )
    if begun is None:
        return problem("not_ready", "Too many televisions are signing in.", retry_s=personal_s(30.0, house.draw()))
    code, waiting = begun
    claims = PairingClaims(code=code, expires_at=waiting.expires_at)
    address = f"{origin_of(request)}/{house.night.name}/tv"
    body = {
        "device_code": house.seals.seal(PURPOSE, claims),
        "user_code": code,
        "verification_uri": address,
        "verification_uri_complete": f"{address}?code={code}",
        "expires_in": EXPIRES_S,
        "interval": round(waiting.interval_s),
    }
    return Reply(status=200, body=JSON.encode(body), headers=_UNCACHED)


def token(house: House, request: Request) -> Reply:
    """The television asks whether somebody has said yes."""
    form = _form(request)
    # Each must be there, and once (RFC 6749 §3.2, §5.2).
    if form is None or any(len(form.get(name, ())) != 1 for name in ("grant_type", "device_code")):
        return _refused("invalid_request")
    if form["grant_type"] != [GRANT]:
        return _refused("unsupported_grant_type")
    try:
        claims = house.seals.open(PURPOSE, form["device_code"][0], _DECODER, at_us=request.at_us)
    except SealExpired:
        return _refused(Said.EXPIRED)
    except SealError:
        # No door of ours gave it: a new code does not help whoever sends what it was not given (RFC 6749 §5.2).
        return _refused("invalid_grant")
    said, waiting = house.pairings.ask(claims.code, at_us=request.at_us, interval_s=_interval_s(house))
    if said is not Said.DONE or waiting is None or waiting.household is None:
        return _refused(said, interval_s=waiting.interval_s if waiting else None)
    return _session(house, waiting.household, request)


def decide(house: House, request: Request) -> Reply:
    """Somebody who is signed in says yes or no."""
    try:
        body = decode(DECISION, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    session = identity.session_of(house, request)
    if session is None:
        return problem("no_session", "Sign in on this device first; the code stays good meanwhile.")
    household = Household(account=session.account, offer=session.offer, streams_max=session.streams_max)
    heard = house.pairings.decide(body.user_code, household, allow=body.allow, at_us=request.at_us)
    if heard is Heard.TOO_MANY:
        wait_s = GUESS_WAIT_S + personal_s(GUESS_SPREAD_S, session.account)
        return problem("too_many_codes", "Wait a minute, then look at the screen again.", retry_s=wait_s)
    if heard is Heard.UNKNOWN:
        return problem("no_code", "Look at the screen again: a code lives ten minutes and works once.")
    return Reply(status=204)


def prove(house: House, request: Request) -> Reply:
    """A phone without a session works for a television whose network floods the door, so that one may sign in by it."""
    try:
        body = decode(PAIRING_PROOF, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    network = house.networks.of(request.peer, request.at_us)
    if refused := too_many_guesses(house, network, request.at_us):
        return refused
    call, begun_at = house.pairings.call_of(body.user_code, at_us=request.at_us)
    claims = opened_pass(house, request, call, at_us=begun_at) if call else None
    if not isinstance(claims, PassClaims):
        network.tries -= 1
        return problem("no_code", "Look at the screen again: its turn must have come.")
    if not claims.unproved or house.pairings.is_proved(body.user_code):
        return Reply(status=204)
    return _worked(house, body, network, request, begun_at)


def too_many_guesses(house: House, network: Network, at_us: int) -> Reply | None:
    """Why no code from this network is looked up now, if so: without a bound one would learn which are shown."""
    if network.may_be_wrong(at_us):
        return None
    house.refused["too_many_codes"] += 1
    wait_s = personal_s(GUESS_RETRY_S, house.draw())
    return problem("too_many_codes", "Look at the screen again.", retry_s=wait_s, headers=wrong_headers(network))


def _worked(house: House, body: PairingProofBody, network: Network, request: Request, begun_at: int) -> Reply:
    # Of the code, not of its turn: one turn may ask for many codes, and work counts once.
    subject = keyed_hash64(house.subject_key, b"code:" + written(body.user_code).encode())
    if body.proof and house.proofs.shown(body.proof, subject, network, request.at_us):
        house.pairings.prove(body.user_code)
        house.heat.proved += 1
        network.prove(request.at_us)
        return Reply(status=204)
    house.heat.proofs_failed += bool(body.proof)
    house.heat.challenged += 1
    challenge = house.proofs.challenge(subject, network, request.at_us, since_us=begun_at)
    if body.proof:
        return problem("proof_needed", "Solve this challenge.", challenge=challenge)
    return Reply(status=200, body=JSON.encode({"challenge": challenge}), headers=_UNCACHED)


def _call(house: House, request: Request, form: dict[str, list[str]]) -> str:
    """The pass of the television's turn; nothing where it brings none that is good."""
    token = form.get("pass", [""])[0]
    return token if token and not isinstance(opened_pass(house, request, token), Reply) else ""


def _form(request: Request) -> dict[str, list[str]] | None:
    """The fields of a form; None: it is none, by its type or by a quotation mark, which forms write as %22."""
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if request.body and (kind != FORM or b'"' in request.body):
        return None
    try:
        return parse_qs(request.body.decode("latin-1"), max_num_fields=FIELDS_MAX)
    except ValueError:
        return None


def _interval_s(house: House) -> float:
    """Under stress televisions ask more seldom too: the lever is one."""
    return INTERVAL_S * max(1.0, house.snapshot.beat_s / house.rules.beat_s)


def _session(house: House, household: Household, request: Request) -> Reply:
    claims = session_claims(household.account, household.offer, household.streams_max, at_us=request.at_us)
    token = house.seals.seal(SESSION_PURPOSE, claims)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": SESSION_US // US_PER_S}
    return Reply(status=200, body=JSON.encode(body), headers=(identity.session_cookie(request, token), *_UNCACHED))


def _refused(error: str, *, interval_s: float | None = None) -> Reply:
    """An error as RFC 6749 §5.2 writes it; `interval`: how long to wait from now on."""
    more = {} if interval_s is None else {"interval": round(interval_s)}
    return Reply(status=400, body=JSON.encode({"error": str(error), **more}), headers=_UNCACHED)
