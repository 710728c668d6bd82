"""Pages of other origins: those that the operator names may call the API and read its answers, nobody else."""

import json

import pytest

from kickoff.door.seam import Forward, Reply, SignInOutcome
from kickoff.settings import DoorSettings
from tests.door.rig import CLIENT, FakeLine, N, Rig

APP = "https://app.example"
LET_IN = DoorSettings(origins=f"{APP}, https://tv.example:8443")
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture
def rig() -> Rig:
    """A door that lets two origins in."""
    return Rig(settings=LET_IN, pages=True)


def asked(rig: Rig, method: str, path: str, body: object = None, **headers: str) -> dict[str, str]:
    """The status and the headers of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = rig.raw(method, path, body, named)
    assert isinstance(reply, Reply)
    return {"status": str(reply.status), **dict(reply.headers)}


def test_a_page_of_a_named_origin_reads_the_answer_and_when_to_come_back(rig: Rig) -> None:
    """Without the exposed headers its client would never learn its own time to ask again."""
    for origin in (APP, "https://tv.example:8443"):
        told = asked(rig, "POST", f"{N}/tickets", {"client": CLIENT}, origin=origin)
        assert (told["status"], told["Access-Control-Allow-Origin"], told["Vary"]) == ("201", origin, "Origin")
        exposed = told["Access-Control-Expose-Headers"].split(", ")
        assert {"Retry-After", "RateLimit", "RateLimit-Policy", "X-Kickoff-Device"} <= set(exposed)
        assert told["X-Kickoff-Device"]
        assert "Access-Control-Allow-Credentials" not in told


def test_refusals_are_read_too(rig: Rig) -> None:
    """They say when to ask again; a client that cannot read them asks at once."""
    token = rig.join(7).json["ticket"]
    told = asked(rig, "POST", f"{N}/passes", {"ticket": token}, origin=APP)
    assert (told["status"], told["Access-Control-Allow-Origin"], int(told["Retry-After"]) >= 1) == ("429", APP, True)
    for method, path in (("GET", f"{N}/status"), ("POST", f"{N}/nothing"), ("GET", f"{N}/tickets")):
        assert asked(rig, method, path, origin=APP)["Access-Control-Allow-Origin"] == APP


def test_the_preflight_is_answered_for_each_method_and_header_of_the_client(rig: Rig) -> None:
    """It is asked before anything that is sent as JSON, and kept for two hours."""
    told = asked(rig, "OPTIONS", f"{N}/leases/a-lease", origin=APP, **PREFLIGHT)
    assert (told["status"], told["Access-Control-Allow-Origin"]) == ("204", APP)
    assert set(told["Access-Control-Allow-Methods"].split(", ")) >= {"GET", "POST", "PUT", "DELETE"}
    allowed = {name.lower() for name in told["Access-Control-Allow-Headers"].split(", ")}
    assert allowed == {"authorization", "content-type", "x-kickoff-device"}
    assert told["Access-Control-Max-Age"] == "7200"
    assert rig.facts("joined", "refused") == []


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "https://app.example.evil", "http://app.example"]
)
def test_no_other_page_is_told_anything(rig: Rig, origin: str) -> None:
    """Its browser keeps the answer from it; a cache must not keep it for one that is let in."""
    told = asked(rig, "GET", f"{N}/status", origin=origin)
    assert (told["Vary"], "Access-Control-Allow-Origin" in told) == ("Origin", False)
    refused = asked(rig, "OPTIONS", f"{N}/tickets", origin=origin, **PREFLIGHT)
    assert (refused["status"], "Access-Control-Allow-Origin" in refused) == ("405", False)


def test_the_pages_are_read_by_nobody_else(rig: Rig) -> None:
    """They have forms, and cookies that say who looks."""
    told = asked(rig, "GET", "/psg-juventus/wait", origin=APP)
    assert (told["status"], "Access-Control-Allow-Origin" in told) == ("200", False)


def test_a_sign_in_is_read_once_the_back_end_has_answered(rig: Rig) -> None:
    """Its answer is made later, and is for the same page."""
    body = {"pass": rig.passed_device(), "login": "l", "password": "p"}
    forward = rig.raw("POST", f"{N}/sessions", body, {"origin": APP})
    assert isinstance(forward, Forward)
    told = rig.finished(forward, SignInOutcome.OK, 7)
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (201, APP)


def test_a_place_of_a_line_that_many_doors_share_is_read_too() -> None:
    """Its answer waits for the line."""
    rig = Rig(settings=LET_IN, line=FakeLine())
    told = asked(rig, "POST", f"{N}/tickets", {"client": CLIENT}, origin=APP)
    assert (told["status"], told["Access-Control-Allow-Origin"]) == ("201", APP)


def test_by_default_no_origin_is_let_in_and_nothing_stands_before_the_answer() -> None:
    """Not a nanosecond: the door answers as if there were no such setting."""
    rig = Rig()
    assert rig.door.answer == rig.door._router.answer
    told = asked(rig, "POST", f"{N}/tickets", {"client": CLIENT}, origin=APP)
    assert (told["status"], "Vary" in told, "Access-Control-Allow-Origin" in told) == ("201", False, False)
    assert asked(rig, "OPTIONS", f"{N}/tickets", origin=APP, **PREFLIGHT)["status"] == "405"


def test_what_the_page_gets_is_what_its_own_origin_gets(rig: Rig) -> None:
    """Only headers are added."""
    with_origin = rig.raw("GET", f"{N}/status", None, {"origin": APP})
    without = rig.raw("GET", f"{N}/status")
    assert isinstance(with_origin, Reply)
    assert isinstance(without, Reply)
    assert json.loads(with_origin.body) == json.loads(without.body)
    assert set(without.headers) <= set(with_origin.headers)


def test_what_goes_out_instead_of_a_promise_is_read_too(rig: Rig) -> None:
    """A full disk looked to an app of another origin like no network, and it asked again at once."""
    reply = rig.raw("POST", f"{N}/tickets", {"client": CLIENT}, {"origin": APP})
    assert isinstance(reply, Reply)
    assert reply.needs_log
    instead = dict(rig.door.unwritten(reply).headers)
    assert (instead["Access-Control-Allow-Origin"], instead["Vary"]) == (APP, "Origin")
    assert "Retry-After" in instead
    assert "X-Kickoff-Device" not in instead
