"""A television signs in by a code (RFC 8628), and takes no second place."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from kickoff.door.hearing import Hearing
from kickoff.door.pairing import GRANT
from kickoff.door.seam import Reply
from kickoff.door.telling import ENCODER, TELL_DECODER, Ears, TellingJournal
from tests.door.rig import CLIENT, FakeLine, N, Rig


def begin(rig: Rig) -> dict[str, Any]:
    """What a television is given to show."""
    return dict(rig.ask("POST", f"{N}/devices", headers={"host": "tele.example"}).json)


def token(rig: Rig, device_code: str, *, after_s: float = 5.0, grant: str = GRANT) -> tuple[int, dict[str, Any]]:
    """What a television is told when it asks."""
    rig.at_s += after_s
    form = urlencode({"grant_type": grant, "device_code": device_code, "client_id": "tv"}).encode()
    reply = rig.raw("POST", f"{N}/devices/token", form, {"content-type": "application/x-www-form-urlencoded"})
    assert isinstance(reply, Reply)
    return reply.status, json.loads(reply.body)


def test_a_television_takes_the_place_of_its_household() -> None:
    """Phone first, television after: one place, and the session works like any other."""
    rig = Rig()
    place = rig.join(7).json["place"]
    shown = begin(rig)
    assert shown["verification_uri_complete"] == f"http://tele.example/psg-juventus/tv?code={shown['user_code']}"
    assert token(rig, shown["device_code"]) == (400, {"error": "authorization_pending", "interval": 5})
    decided = rig.ask(
        "POST", f"{N}/devices/decision", {"user_code": shown["user_code"].lower()}, session=rig.session(7)
    )
    assert decided.status == 204
    status, given = token(rig, shown["device_code"])
    assert (status, given["token_type"]) == (200, "Bearer")
    joined = rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, session=given["access_token"])
    assert (joined.status, joined.json["place"]) == (200, place)


def test_only_who_is_signed_in_decides() -> None:
    """A code is worth nothing without a session; no one learns whether it exists."""
    rig = Rig()
    shown = begin(rig)
    assert rig.ask("POST", f"{N}/devices/decision", {"user_code": shown["user_code"]}).status == 401
    wrong = rig.ask("POST", f"{N}/devices/decision", {"user_code": "BBBB-BBBB"}, session=rig.session(7))
    assert (wrong.status, wrong.json["code"]) == (404, "no_code")
    assert token(rig, shown["device_code"])[1]["error"] == "authorization_pending"


def test_a_forged_device_code_and_another_grant_are_refused() -> None:
    """The words of the standards: invalid_grant, unsupported_grant_type; a code that was good once has expired."""
    rig = Rig()
    shown = begin(rig)
    for forged in (shown["device_code"][:-2] + "AA", "garbage", rig.session(7)):
        assert token(rig, forged) == (400, {"error": "invalid_grant"})
    assert token(rig, shown["device_code"], grant="password") == (400, {"error": "unsupported_grant_type"})
    assert token(rig, shown["device_code"], after_s=601) == (400, {"error": "expired_token"})


def test_a_pass_that_is_not_sent_in_a_form_is_not_dropped_in_silence() -> None:
    """As JSON, under its own type or a form's, or there twice: an error of RFC 6749, and no code is spent on it."""
    rig = Rig()
    form, written = {"content-type": "application/x-www-form-urlencoded"}, json.dumps({"pass": "p"}).encode()
    for body, headers in ((written, {"content-type": "application/json"}), (written, form), (b"pass=a&pass=b", form)):
        answer = rig.ask("POST", f"{N}/devices", body, headers=headers)
        assert (answer.status, answer.json) == (400, {"error": "invalid_request"})
        assert answer.headers["Cache-Control"] == "no-store"
    for body in (b"", b"pass=", b"client_id=tv&scope=a"):
        assert rig.ask("POST", f"{N}/devices", body, headers=form).status == 200


@pytest.mark.parametrize("left_out", ["grant_type", "device_code"])
def test_a_field_that_is_missing_or_there_twice_is_an_invalid_request(left_out: str) -> None:
    """RFC 6749 §5.2: it is told apart from a code that has expired."""
    rig = Rig()
    fields = {"grant_type": GRANT, "device_code": begin(rig)["device_code"]}
    for sent in (
        {name: value for name, value in fields.items() if name != left_out},
        {**fields, left_out: [fields[left_out]] * 2},
    ):
        reply = rig.raw("POST", f"{N}/devices/token", urlencode(sent, doseq=True).encode())
        assert isinstance(reply, Reply)
        assert (reply.status, json.loads(reply.body)) == (400, {"error": "invalid_request"})


def test_a_television_and_a_phone_may_come_to_different_doors() -> None:
    """A balancer sends each where it likes: the yes reaches whichever door is asked, and is good once."""
    one, two = Rig(line=FakeLine()), Rig(line=FakeLine())
    shown = begin(one)
    # Before the other door has heard of it the television waits on: told that it is over, it would begin again.
    assert token(two, shown["device_code"])[1] == {"error": "authorization_pending"}
    tell(one, two)
    yes = two.ask("POST", f"{N}/devices/decision", {"user_code": shown["user_code"]}, session=two.session(7))
    assert yes.status == 204
    tell(two, one)
    assert token(one, shown["device_code"])[0] == 200
    tell(one, two)
    assert token(two, shown["device_code"]) == (400, {"error": "expired_token"})


def tell(teller: Rig, hearer: Rig) -> None:
    """What one door tells, as it comes out of the wire, twice."""
    journal = teller.door.house.journal
    assert isinstance(journal, TellingJournal)
    told = journal.tell(writer="a", epoch=1, pairings=teller.door.house.pairings.told(100))
    for _ in range(2):
        hearing = Hearing(hearer.door.house, writer="b", ears=Ears({}))
        hearing.hear(TELL_DECODER.decode(ENCODER.encode(told)))


def test_a_form_of_a_thousand_fields_is_refused() -> None:
    """What cannot be read is an invalid request, never a defect."""
    reply = Rig().raw("POST", f"{N}/devices/token", b"&".join([b"a=1"] * 1000))
    assert isinstance(reply, Reply)
    assert (reply.status, json.loads(reply.body)) == (400, {"error": "invalid_request"})


def test_one_network_cannot_use_up_the_codes() -> None:
    """Codes are taken under the same quota as places."""
    rig = Rig()
    rig.peer = "203.0.113.9"
    answers = [rig.ask("POST", f"{N}/devices") for _ in range(3000)]
    assert answers[0].status == 200
    assert answers[-1].status == 429
    assert answers[-1].json["code"] == "rate_limited"
