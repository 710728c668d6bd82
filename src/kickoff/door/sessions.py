"""`POST /v1/{night}/sessions`: sign-in, forwarded to the back end under the permit.

`/v1/sessions` is the same where one night is played: the back end has it under this name.
"""

import msgspec
from msgspec import Struct

from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.admission.permit import Outcome
from kickoff.door import identity, pairing
from kickoff.door.bodies import SIGN_IN, SignInBody, decode
from kickoff.door.passes import opened_pass
from kickoff.door.problems import problem
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.door.sign_in_meter import BUSY_RETRY_S
from kickoff.door.state import JSON, House
from kickoff.facts import Fact, Lane, Row
from kickoff.seals import account_subject, device_subject, keyed_hash64
from kickoff.units import US_PER_S
from kickoff.waiting_room.calls import PROLONGED
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.tickets import Client, PassClaims

_LEARNT: dict[SignInOutcome, Outcome] = {
    SignInOutcome.OK: Outcome.OK,
    SignInOutcome.WRONG_PASSWORD: Outcome.UNRELATED,
    SignInOutcome.UNKNOWN_ACCOUNT: Outcome.UNRELATED,
    SignInOutcome.OVERLOADED: Outcome.OVERLOADED,
    SignInOutcome.TIMEOUT: Outcome.OVERLOADED,
    SignInOutcome.ERROR: Outcome.UNRELATED,
}
_WRONG = (SignInOutcome.WRONG_PASSWORD, SignInOutcome.UNKNOWN_ACCOUNT)
_CARRIED = (SignInOutcome.OK, *_WRONG)
"""The back end looked the account up and checked the password."""
UNPROVED_RETRY_S = 5.0


class Try(Struct, frozen=True, kw_only=True):
    """One attempt to sign in. `claims`: the pass; None with the door open to all."""

    request: Request
    body: SignInBody
    claims: PassClaims | None
    is_unproved: bool = False
    """Of a television that a bot may be: one of the few that its network has (`televisions.py`)."""


def sign_in(house: House, request: Request) -> Reply | Forward:
    """Forward to the back end · 401 no good pass · 429 permit full, or too many tries or codes: the place is kept."""
    try:
        body = decode(SIGN_IN, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    if house.backend_open:
        return _forward(house, Try(request=request, body=body, claims=None))
    if body.night not in {"", house.night.name}:
        return problem("bad_request", f"night: {body.night!r} is not played here; write {house.night.name!r}")
    claims = _claims(house, body, request)
    if isinstance(claims, Reply):
        return claims
    is_proved = not body.pass_ and house.pairings.is_proved(body.user_code)
    attempt = Try(request=request, body=body, claims=claims, is_unproved=claims.unproved and not is_proved)
    return _busy(house, attempt, claims) or _forward(house, attempt)


def _claims(house: House, body: SignInBody, request: Request) -> PassClaims | Reply:
    """The call to sign in by: one's own, or that of the television whose code was typed, while the code lasts."""
    if body.pass_ or not body.user_code:
        return opened_pass(house, request, body.pass_)
    network = house.networks.of(request.peer, request.at_us)
    if refused := pairing.too_many_guesses(house, network, request.at_us):
        return refused
    token, begun_at = house.pairings.call_of(body.user_code, at_us=request.at_us)
    claims = opened_pass(house, request, token, at_us=begun_at)
    network.tries -= isinstance(claims, Reply)
    return claims


def _busy(house: House, attempt: Try, claims: PassClaims) -> Reply | None:
    """Why nothing goes to the back end now; None: the permit is taken."""
    key, at_us = (claims.lane, claims.place), attempt.request.at_us
    if wait_s := house.tries.wait_s(key, at_us=at_us):
        house.refused["sign_in_busy"] += 1
        return _sign_in_busy(house, "Too many tries from this place; it is kept.", wait_s)
    if attempt.is_unproved and not house.televisions.may_try():
        house.refused["sign_in_busy"] += 1
        wait_s = personal_s(UNPROVED_RETRY_S, claims.place)
        return _sign_in_busy(house, "By the code on the television a phone signs in at once.", wait_s)
    if not house.permit.take():
        if attempt.is_unproved:
            house.televisions.tried(costs=False)
        # Nobody loses their turn to a full permit: the pass outlives its time now.
        house.lines[claims.lane].calls.mark(claims.place, PROLONGED)
        house.sign_ins.turn_away()
        house.refused["sign_in_busy"] += 1
        return _sign_in_busy(house, "Your pass stays good.", personal_s(BUSY_RETRY_S, claims.place))
    house.tries.begin(key)
    return None


def _sign_in_busy(house: House, why: str, wait_s: float) -> Reply:
    return problem("sign_in_busy", why, retry_s=wait_s, answered=house.codes.of("sign_in_busy"))


def _forward(house: House, attempt: Try) -> Forward:
    request, body, claims = attempt.request, attempt.body, attempt.claims

    def finish(answer: SignInAnswer, now_us: int) -> Reply:
        if claims is not None:
            _learn(house, attempt, claims, answer.outcome, now_us)
        if answer.outcome is SignInOutcome.OK:
            return _signed_in(house, attempt, answer, now_us)
        return _failed(house, attempt, answer, now_us)

    if claims is not None:
        house.sign_ins.begin()
    deadline = None if claims is None else request.at_us + round(house.settings.sign_in_deadline_s * US_PER_S)
    return Forward(login=body.login, password=body.password, deadline_us=deadline, finish=finish)


def _learn(house: House, attempt: Try, claims: PassClaims, outcome: SignInOutcome, now_us: int) -> None:
    """The permit, the meter and the place learn what came of it."""
    line, is_good = house.lines[claims.lane], outcome is SignInOutcome.OK
    # What bots guess is no cost of those who are called in the main lane.
    (line if is_good or not attempt.is_unproved else house.lines[Lane.SLOW]).sign_ins += 1
    house.permit.give_back(_LEARNT[outcome])
    house.sign_ins.finish(was_carried=outcome in _CARRIED)
    house.tries.finish((claims.lane, claims.place), is_wrong=outcome in _WRONG, at_us=now_us)
    if attempt.is_unproved:
        house.televisions.tried(costs=outcome in _WRONG)
    if claims.unproved and is_good:
        # Who has an account is no bot: their place is as good as any.
        line.prove(claims.place)


def _signed_in(house: House, attempt: Try, answer: SignInAnswer, now_us: int) -> Reply:
    subject = account_subject(house.subject_key, answer.account)
    house.counts.signed_in += 1
    house.televisions.earn()
    fact = _row(house, attempt, Fact.SIGNED_IN, answer, now_us)
    fact.subject, fact.offer = subject, answer.offer
    house.journal.record(fact)
    session = session_claims(answer.account, answer.offer, answer.streams_max, at_us=now_us)
    token = house.seals.seal(SESSION_PURPOSE, session)
    offer = house.night.offers.get(answer.offer)
    body = {
        "session": token,
        "offer": answer.offer,
        "channels": offer.channels if offer else (),
        "streams_max": answer.streams_max,
        "expires_at": session.expires_at,
    }
    return Reply(
        status=201, body=JSON.encode(body), headers=(identity.session_cookie(attempt.request, token),), needs_log=True
    )


def _failed(house: House, attempt: Try, answer: SignInAnswer, now_us: int) -> Reply:
    house.counts.sign_in_failed += 1
    fact = _row(house, attempt, Fact.SIGN_IN_FAILED, answer, now_us)
    fact.subject, fact.code = _subject_unproven(house, attempt), str(answer.outcome)
    house.journal.record(fact)
    if answer.outcome in _WRONG:
        # The same words for both: nobody learns here which accounts exist.
        return problem("wrong_login", "Check both and try once more; your turn is kept.")
    if attempt.claims is not None:
        house.lines[attempt.claims.lane].calls.mark(attempt.claims.place, PROLONGED)
    return problem("backend_failed", "Your pass stays good.", retry_s=personal_s(BUSY_RETRY_S, fact.subject))


def _subject_unproven(house: House, attempt: Try) -> int:
    """Whoever did not prove an account is the device; without one, what they typed stands for them."""
    if attempt.claims is not None:
        return attempt.claims.subject
    device = identity.device_of(house, attempt.request)
    if device is not None:
        return device_subject(house.subject_key, device)
    return keyed_hash64(house.subject_key, b"login:" + attempt.body.login.encode())


def _row(house: House, attempt: Try, fact: Fact, answer: SignInAnswer, now_us: int) -> Row:
    request, claims = attempt.request, attempt.claims
    client = claims.client if claims else Client()
    row = Row(
        at=now_us,
        fact=fact,
        device=client.device,
        app=client.app,
        isp=client.isp,
        region=client.region,
        source=house.networks.of(request.peer, request.at_us).source,
        duration_ms=answer.duration_ms,
    )
    if claims is not None:
        row.lane, row.place = house.lines[claims.lane].lane, claims.place
    return row
