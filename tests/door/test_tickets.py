"""A place in line: one for a household or device, the same however often it is asked for."""

import pytest

from kickoff.accounts.sessions import DEVICE_PURPOSE, DeviceClaims
from kickoff.seals import account_subject
from kickoff.units import US_PER_S
from kickoff.waiting_room.snapshot import LineState
from tests.door.rig import CLIENT, N, Rig


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def test_places_are_given_in_the_order_of_asking(rig: Rig) -> None:
    """Nobody overtakes anybody."""
    answers = [rig.join(account) for account in range(1, 6)]
    assert [answer.status for answer in answers] == [201] * 5
    assert [answer.json["place"] for answer in answers] == [1, 2, 3, 4, 5]
    assert answers[0].json.keys() == {"ticket", "lane", "place", "number", "joined_at", "known"}
    assert answers[0].json["joined_at"] == rig.now
    assert [fact["place"] for fact in rig.facts("joined")] == [1, 2, 3, 4, 5]


def test_a_household_holds_one_place_on_all_its_devices(rig: Rig) -> None:
    """The place is the household's where a session is presented."""
    first = rig.join(7)
    rig.at_s += 100
    again = rig.join(7)
    assert (first.status, again.status) == (201, 200)
    assert again.json["place"] == first.json["place"]
    assert abs(again.json["joined_at"] - first.json["joined_at"]) < 1_000
    assert len(rig.facts("joined")) == 1


def test_one_cookie_replayed_draws_one_place(rig: Rig) -> None:
    """Seen elsewhere: one captured cookie drew 90,000 places in ten seconds."""
    cookie = rig.join().headers["Set-Cookie"].partition(";")[0]
    places = {
        rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers={"cookie": f"a=b; {cookie}"}).json["place"]
        for _ in range(2_000)
    }
    assert places == {1}
    assert rig.door.given() == {"main": 1, "known": 0, "slow": 0, "operator": 0}


def test_a_device_is_known_by_cookie_or_header(rig: Rig) -> None:
    """Browsers keep cookies, apps send a header; the cookie is out of a script's reach."""
    first = rig.join()
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "SameSite=Lax" in first.headers["Set-Cookie"]
    header = {"x-kickoff-device": first.headers["X-Kickoff-Device"]}
    again = rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers=header)
    assert (again.status, again.json["place"], again.json["known"]) == (200, 1, False)
    assert "Set-Cookie" not in again.headers


def test_a_forged_device_or_session_is_a_new_device(rig: Rig) -> None:
    """A token that is not ours proves nothing, and does not keep its holder out."""
    other = Rig(ring=None)
    assert rig.join().json["place"] == 1
    forged = rig.seals.seal(DEVICE_PURPOSE, DeviceClaims(device=1, expires_at=rig.now + US_PER_S))[:-2] + "AA"
    for headers in ({"x-kickoff-device": forged}, {"authorization": f"Bearer {other.session(1)[:-3]}AAA"}):
        answer = rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers=headers)
        assert (answer.status, answer.json["known"]) == (201, False)


def test_who_may_not_watch_the_channel_is_told_before_the_wait(rig: Rig) -> None:
    """Nobody waits an hour for a no; they are told what they hold, and other ways to watch."""
    body = {"client": CLIENT, "channel": "canal-plus-foot"}
    answer = rig.ask("POST", f"{N}/tickets", body, session=rig.session(7, offer="essential"))
    assert (answer.status, answer.json["code"], answer.json["channels"]) == (403, "not_in_offer", ["canal-plus"])
    assert "alternatives" in answer.json
    assert rig.ask("POST", f"{N}/tickets", body, session=rig.session(8, offer="sport")).status == 201
    [refused] = rig.facts("refused")
    assert (refused["code"], refused["offer"], refused["channel"]) == ("not_in_offer", "essential", "canal-plus-foot")


@pytest.mark.parametrize("account", [0, 7])
def test_nobody_waits_for_a_channel_that_the_night_does_not_have(rig: Rig, account: int) -> None:
    """Known or not: a mistake of the app, told as one, with the channels that there are; not a lack of the offer."""
    answer = rig.join(account, channel="canal-plus-fot")
    assert (answer.status, answer.json["code"]) == (400, "bad_request")
    assert all(name in answer.json["detail"] for name in rig.night.channels)
    assert rig.facts("joined", "refused") == []


def test_the_facts_carry_who_and_with_what(rig: Rig) -> None:
    """Every later answer is a function of the journal."""
    rig.ask("POST", f"{N}/tickets", {"client": CLIENT, "channel": "canal-plus"}, session=rig.session(7))
    [joined] = rig.facts("joined")
    assert joined["subject"] == account_subject(rig.keys.subject_key, 7)
    assert {name: joined[name] for name in CLIENT} == CLIENT
    assert (joined["at"], joined["lane"], joined["code"], joined["offer"]) == (rig.now, "known", "session", "sport")
    assert joined["source"] != 0


def test_earlier_attempts_are_seen_at_last(rig: Rig) -> None:
    """The unseen become seen: what met no door is told at the next contact. Impossible instants are left out."""
    attempts = [
        {"at": rig.now - 5 * US_PER_S, "what": "unreachable"},
        {"at": rig.now - US_PER_S, "what": "gave_up"},
        {"at": rig.now + US_PER_S, "what": "gave_up"},
        {"at": 5, "what": "gave_up"},
    ]
    assert rig.join(7, attempts=attempts).status == 201
    told = [(fact["at"], fact["code"]) for fact in rig.facts("refused")]
    assert told == [(rig.now - 5 * US_PER_S, "unreachable"), (rig.now - US_PER_S, "gave_up")]


def test_a_full_line_says_so_and_keeps_its_people() -> None:
    """Full, joins are answered 503; nobody's place is taken for them."""
    rig = Rig(changes="line_max = 3\n")
    assert [rig.join(account).status for account in (1, 2, 3, 4)] == [201, 201, 201, 503]
    assert rig.join(2).status == 200


def test_after_the_night_no_place_is_given(rig: Rig) -> None:
    """Closed is closed."""
    rig.serve(0, state=LineState.CLOSED)
    assert (rig.join(1).status, rig.join(1).json["code"]) == (403, "closed")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"client":{"device":5}}', b'{"channel":"%b"}' % (b"a" * 41)])
def test_what_cannot_be_read_is_a_problem_document(rig: Rig, body: bytes) -> None:
    """Errors are RFC 9457, never a trace."""
    answer = rig.ask("POST", f"{N}/tickets", body)
    assert (answer.status, answer.json["code"], answer.json["status"]) == (400, "bad_request", 400)


def test_on_a_full_disk_nobody_is_promised_a_place(rig: Rig) -> None:
    """Joins are answered 503 while the log refuses; those inside play on."""
    lease = rig.watch(1).json["lease"]
    rig.log.is_stuck = True
    assert (rig.join(2).status, rig.join(2).json["code"]) == (503, "full")
    assert rig.beat(lease, watched_ms=1_000).status == 200
    assert rig.ask("GET", "/readyz").status == 503
    rig.log.is_stuck = False
    assert rig.join(2).json["place"] == 2
