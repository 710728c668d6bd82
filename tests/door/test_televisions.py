"""Televisions without a session, never seen before, in a network that floods the door."""

import json
from urllib.parse import urlencode

import pytest

from kickoff.admission.permit import Outcome
from kickoff.crowd.solving import solution_in
from kickoff.door import televisions
from kickoff.door.seam import Forward, Reply, SignInAnswer, SignInOutcome
from kickoff.door.televisions import EARNED, TICK_MS, TRIES, Televisions
from kickoff.facts import Lane
from kickoff.settings import DoorSettings
from kickoff.waiting_room.line import Line, lines
from kickoff.waiting_room.places import MemoryBlocks
from kickoff.waiting_room.snapshot import LineState
from tests.door.rig import CLIENT, Answer, FakeLine, N, Rig
from tests.door.test_pairing import tell

PHONE = {**CLIENT, "device": "phone"}
FEW = DoorSettings(strangers_per_network_per_min=5, joins_per_network_per_s=50, proof_cost=8)
OK = SignInAnswer(outcome=SignInOutcome.OK, duration_ms=9, account=7, offer="sport", streams_max=2)
WRONG = SignInAnswer(outcome=SignInOutcome.WRONG_PASSWORD, duration_ms=9)


@pytest.fixture
def rig() -> Rig:
    """A door whose line stands, asked from one network that five strangers have made hot."""
    made = Rig(settings=FEW)
    made.peer = "203.0.113.9"
    for _ in range(6):
        made.join(client=PHONE)
    return made


def device(answer: Answer) -> dict[str, str]:
    """By what the door knows this device again."""
    return {"x-kickoff-device": answer.headers["X-Kickoff-Device"]}


def redeem(rig: Rig, joined: Answer) -> Answer:
    """Ask for a pass."""
    return rig.ask("POST", f"{N}/passes", {"ticket": joined.json["ticket"]})


def called(rig: Rig) -> str:
    """The pass of a television whose turn has come."""
    joined = rig.join(client=CLIENT)
    rig.serve(joined.json["number"], only=Lane.MAIN)
    return str(redeem(rig, joined).json["pass"])


def sign_in(rig: Rig, **by: str) -> Reply | Forward:
    """Login and password, by a pass or by a code."""
    return rig.raw("POST", f"{N}/sessions", {"login": "ana@example", "password": "secret", **by})


def code_of(rig: Rig, ticket_pass: str) -> str:
    """What the television shows once it was called."""
    begun = rig.raw("POST", f"{N}/devices", urlencode({"pass": ticket_pass}).encode(), {"host": "tele.example"})
    assert isinstance(begun, Reply)
    return str(json.loads(begun.body)["user_code"])


def worked_for(rig: Rig, code: str) -> Answer:
    """A phone asks for the challenge, solves it and shows it."""
    asked = rig.raw("POST", f"{N}/devices/proof", {"user_code": code})
    assert isinstance(asked, Reply)
    return rig.ask("POST", f"{N}/devices/proof", {"user_code": code, "proof": solution_in(asked.body)})


def test_its_turn_comes_when_it_would_have_come_without_the_flood(rig: Rig) -> None:
    """It stands behind whoever came before it, the same however often it asks; nobody waits behind it."""
    rig.peer = "198.51.100.1"
    before = rig.join(client=PHONE).json
    rig.peer = "203.0.113.9"
    joined = rig.join(client=CLIENT)
    assert (joined.json["lane"], joined.json["number"]) == ("main", before["number"])
    rig.peer = "198.51.100.1"
    after = rig.join(client=PHONE).json
    assert after["number"] == before["number"] + 1
    rig.peer = "203.0.113.9"
    rig.at_s += 60
    again = rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers=device(joined))
    assert (again.status, again.json["number"]) == (200, before["number"])
    rig.serve(before["number"] - 1, only=Lane.MAIN)
    refused = redeem(rig, joined)
    assert (refused.json["code"], refused.json["lane"], refused.json["place"]) == ("not_yet", "main", before["number"])
    rig.serve(before["number"], only=Lane.MAIN)
    assert (redeem(rig, joined).status, redeem(rig, again).json["sign_in"]) == (201, True)


def test_a_thousand_that_say_they_are_televisions_gain_nothing(rig: Rig) -> None:
    """No number of the main lane, nobody who waits for them, nothing counted as let in, and no call of their own."""
    line, counts = rig.door.house.lines["main"], rig.door.house.counts
    given = line.book.last_given
    joined = []
    for _ in range(1000):
        rig.at_s += 0.05
        joined.append(rig.join(client=CLIENT))
    assert line.book.last_given == given
    rig.serve(given, only=Lane.MAIN)
    assert {redeem(rig, one).status for one in joined} == {201}
    assert (counts.passed, line.calls.passed_total, len(rig.door.house.televisions._upto)) == (0, 0, 200)


def test_a_password_that_is_right_costs_nothing(rig: Rig) -> None:
    """Hundreds of households type theirs with the remote control, one after the other."""
    for one in [called(rig) for _ in range(20)]:
        attempt = sign_in(rig, **{"pass": one})
        assert isinstance(attempt, Forward)
        assert attempt.finish(OK, rig.now).status == 201


def test_of_wrong_passwords_the_house_looks_at_a_few(rig: Rig) -> None:
    """So a flood of televisions is no flood of sign-ins; whoever else types one is told to take a phone."""
    exhausted(rig)
    last = called(rig)
    held = rig.ask("POST", f"{N}/sessions", {"pass": last, "login": "a", "password": "b"})
    assert (held.status, held.json["code"], "phone" in held.json["detail"]) == (429, "sign_in_busy", True)
    for _ in range(round(1 / EARNED)):
        rig.door.house.televisions.earn()
    assert isinstance(sign_in(rig, **{"pass": last}), Forward)
    assert isinstance(sign_in(rig, **{"pass": called(rig)}), Reply)


def test_what_a_full_permit_turns_away_costs_nothing(rig: Rig) -> None:
    """Nobody looked at it."""
    ticket_pass = called(rig)
    while rig.door.house.permit.take():
        pass
    for _ in range(3 * int(TRIES)):
        assert isinstance(sign_in(rig, **{"pass": ticket_pass}), Reply)
    rig.door.house.permit.give_back(Outcome.OK)
    assert isinstance(sign_in(rig, **{"pass": ticket_pass}), Forward)


def test_a_phone_without_a_session_works_for_the_television(rig: Rig) -> None:
    """Its proof is the television's: one signs in by the code, whatever others of the network do."""
    ticket_pass = called(rig)
    code = code_of(rig, ticket_pass)
    exhausted(rig)
    assert isinstance(sign_in(rig, user_code=code), Reply)
    assert worked_for(rig, code).status == 204
    assert isinstance(sign_in(rig, user_code=code), Forward)
    assert rig.door.house.heat.proved == 1
    assert isinstance(sign_in(rig, user_code=code, **{"pass": ticket_pass}), Reply), "the proof is the code's alone"
    assert rig.ask("POST", f"{N}/devices/proof", {"user_code": code}).status == 204, "once is enough"


def exhausted(rig: Rig) -> None:
    """Bots that say they are televisions have typed wrong passwords."""
    for _ in range(int(TRIES)):
        attempt = sign_in(rig, **{"pass": called(rig)})
        assert isinstance(attempt, Forward)
        attempt.finish(WRONG, rig.now)


def test_work_for_one_television_is_none_for_another(rig: Rig) -> None:
    """The challenge is bound to the television that shows the code."""
    first, second = (code_of(rig, called(rig)) for _ in range(2))
    asked = rig.raw("POST", f"{N}/devices/proof", {"user_code": first})
    assert isinstance(asked, Reply)
    found = rig.ask("POST", f"{N}/devices/proof", {"user_code": second, "proof": solution_in(asked.body)})
    assert (found.status, found.json["code"], "challenge" in found.json) == (403, "proof_needed", True)
    assert rig.door.house.heat.proofs_failed == 1


def test_work_counts_once_however_many_codes_a_turn_has(rig: Rig) -> None:
    """Else five proofs, sent again for code after code, made a whole network's work dear."""
    ticket_pass = called(rig)
    first, second = (code_of(rig, ticket_pass) for _ in range(2))
    asked = rig.raw("POST", f"{N}/devices/proof", {"user_code": first})
    assert isinstance(asked, Reply)
    solved = solution_in(asked.body)
    assert rig.ask("POST", f"{N}/devices/proof", {"user_code": first, "proof": solved}).status == 204
    assert rig.ask("POST", f"{N}/devices/proof", {"user_code": second, "proof": solved}).status == 403
    assert rig.door.house.heat.proved == 1


def test_codes_cannot_be_guessed_by_asking_for_work(rig: Rig) -> None:
    """Whoever asks for codes of nobody is asked to wait."""
    answers = [rig.ask("POST", f"{N}/devices/proof", {"user_code": "BBBB-BBBB"}).status for _ in range(40)]
    assert set(answers) == {404, 429}


def test_codes_cannot_be_guessed_by_signing_in(rig: Rig) -> None:
    """One quota for both ways to ask: without it each sign-in would tell whether some television shows that code."""
    code = code_of(rig, called(rig))
    guess = {"user_code": "BBBB-BBBB", "login": "ana@example", "password": "secret"}
    answers = [rig.ask("POST", f"{N}/sessions", guess) for _ in range(40)]
    assert [answer.status for answer in answers] == [401] * 20 + [429] * 20
    last = answers[-1]
    assert (last.json["code"], int(last.headers["Retry-After"]) >= 1) == ("too_many_codes", True)
    assert last.headers["RateLimit"] == '"wrong";r=0;t=1'
    assert last.headers["RateLimit-Policy"] == '"wrong";q=20;w=1'
    assert rig.ask("POST", f"{N}/devices/proof", {"user_code": "BBBB-BBBB"}).status == 429
    assert rig.ask("POST", f"{N}/sessions", {**guess, "user_code": code}).status == 429, "nor is a right one told"


def test_who_types_the_code_that_a_television_shows_uses_up_no_quota(rig: Rig) -> None:
    """Ten thousand households behind one address sign in by theirs."""
    code = code_of(rig, called(rig))
    worked_for(rig, code)
    for _ in range(60):
        sign_in(rig, user_code=code)
    assert rig.door.house.networks.of(rig.peer, rig.now).tries == 20


def test_no_work_is_asked_for_where_none_is_owed(rig: Rig) -> None:
    """A television of a network that is quiet, a code of nobody, and one whose turn has not come."""
    rig.peer = "198.51.100.1"
    joined = rig.join(client=CLIENT)
    rig.serve(joined.json["number"], only=Lane.MAIN)
    code = code_of(rig, redeem(rig, joined).json["pass"])
    assert rig.ask("POST", f"{N}/devices/proof", {"user_code": code}).status == 204
    for typed in ("BBBB-BBBB", code_of(rig, ""), "x"):
        found = rig.ask("POST", f"{N}/devices/proof", {"user_code": typed})
        assert (found.status, found.json["code"]) == (404, "no_code")
    assert rig.ask("POST", f"{N}/devices/proof", {}).status == 400


def test_one_turn_lets_one_household_in(rig: Rig) -> None:
    """Its pass is worth one place: who signed in goes in, and nobody else by the same."""
    ticket_pass = called(rig)
    body = {"pass": ticket_pass, "channel": "canal-plus"}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(7)).status == 201
    other = rig.ask("POST", f"{N}/leases", body, session=rig.session(8))
    assert (other.status, other.json["code"]) == (403, "no_pass")


def test_a_television_that_came_before_its_network_was_hot_is_called_on_its_place(rig: Rig) -> None:
    """Its place is doubted as a phone's is. It is not asked for work, and not sent to the slow lane any more."""
    rig.peer = "203.0.114.9"
    joined = rig.join(client=CLIENT)
    for _ in range(6):
        rig.join(client=PHONE)
    line = rig.door.house.lines["main"]
    assert line.is_doubted(joined.json["number"])
    rig.serve(joined.json["number"], only=Lane.MAIN)
    passed = redeem(rig, joined)
    assert (passed.status, line.calls.passed_total) == (201, 0)
    attempt = sign_in(rig, **{"pass": passed.json["pass"]})
    assert isinstance(attempt, Forward)
    assert attempt.finish(OK, rig.now).status == 201
    assert not line.is_doubted(joined.json["number"]), "who has an account is no bot"


def test_its_turn_is_held_as_everybodys_is(rig: Rig) -> None:
    """Where the operator queues all, and before the doors: no television goes in before the others."""
    joined = rig.join(client=CLIENT)
    rig.serve(joined.json["number"], only=Lane.MAIN)
    rig.door.house.queues = True
    assert redeem(rig, joined).json["code"] == "not_yet"


def test_before_the_doors_it_has_a_place_in_the_draw_that_nobody_chose() -> None:
    """It stands behind a number of the list, and so wherever the lot puts that one."""
    rig = Rig(settings=FEW, state=LineState.DRAW)
    rig.peer = "203.0.113.9"
    for _ in range(6):
        rig.join(client=PHONE)
    joined = rig.join(client=CLIENT)
    number = joined.json["number"]
    assert (joined.json["lane"], redeem(rig, joined).json["code"]) == ("main", "not_yet")
    rig.serve(0)
    drawn = rig.door.house.lines["main"].calls.position(number)
    again = rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers=device(joined))
    assert (again.json["number"], again.json["place"]) == (number, drawn)
    rig.serve(drawn - 1, only=Lane.MAIN)
    assert redeem(rig, joined).json["code"] == "not_yet"
    rig.serve(drawn, only=Lane.MAIN)
    assert redeem(rig, joined).status == 201


def test_a_line_that_many_doors_share_lets_televisions_stand_behind_it_too() -> None:
    """A door need only know how far the numbers have gone, and nothing is taken back."""
    rig = Rig(settings=FEW, line=FakeLine())
    rig.peer = "203.0.113.9"
    for _ in range(6):
        rig.join(client=PHONE)
    joined = rig.join(client=CLIENT)
    assert (joined.status, joined.json["lane"], joined.json["number"]) == (201, "main", 5)
    assert redeem(rig, joined).json["code"] == "not_yet"
    rig.serve(5, only=Lane.MAIN)
    assert redeem(rig, joined).status == 201


def test_what_a_phone_worked_for_at_one_door_is_known_at_the_others() -> None:
    """The work at one door, the sign-in at the next."""
    one, two = (Rig(settings=FEW, line=FakeLine()) for _ in range(2))
    for rig in (one, two):
        rig.peer = "203.0.113.9"
    for _ in range(6):
        one.join(client=PHONE)
    code = code_of(one, called(one))
    assert worked_for(one, code).status == 204
    tell(one, two)
    assert two.door.house.pairings.is_proved(code)


def main_lane(given: int) -> Line:
    """A main lane that has given so many places."""
    return lines(MemoryBlocks(), last_given={"main": given})["main"]


def test_who_asks_again_stands_where_it_stood() -> None:
    """Also who came between two ticks, and whoever was there before the door was started anew."""
    known, main = Televisions(), main_lane(10)
    assert known.behind(main, 1000) == 10
    main.book.last_given = 20
    assert [known.behind(main, at) for at in (1000 + TICK_MS - 1, 1000 + TICK_MS)] == [10, 20]
    main.book.last_given = 30
    assert [known.behind(main, at) for at in (1000, 1100, 1000 + TICK_MS, 5)] == [10, 10, 20, 10]


def test_of_what_is_remembered_there_is_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the flood, and from however many networks."""
    monkeypatch.setattr(televisions, "MARKS_MAX", 3)
    monkeypatch.setattr(televisions, "USED_MAX", 2)
    known, main = Televisions(), main_lane(0)
    for number in range(9):
        main.book.last_given = number
        known.behind(main, number * TICK_MS)
        known.use(("slow", number))
    assert (known.behind(main, 9 * TICK_MS), known.is_used(("slow", 1)), known.is_used(("slow", 2))) == (2, True, False)
