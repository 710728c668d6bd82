"""A stream begins, changes, ends; nobody who watches is put out; the way back is open all night."""

import pytest

from kickoff.door.seam import Parked
from kickoff.playback.claims import LEASE_DECODER, LEASE_PURPOSE
from kickoff.playback.tokens import Verifier
from kickoff.signatures import public_raws
from tests.door.rig import CLIENT, Answer, FakeLine, N, Rig, read


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def test_a_stream_is_granted_with_all_that_a_player_needs(rig: Rig) -> None:
    """Channel, networks in order, a token that every edge can check."""
    answer = rig.watch(7)
    body = answer.json
    assert answer.status == 201
    assert body.keys() == {
        "lease", "stream", "playback_token", "channel", "channels", "cdn", "cdns", "beat_s", "bitrate_cap_kbps",
    }  # fmt: skip
    assert body["cdns"][0] == body["cdn"]
    assert sorted(body["cdns"]) == ["north", "south"]
    url = body["channels"]["canal-plus-foot"]["urls"]["south"]
    assert url == f"http://127.0.0.1:8081/live/south/{body['playback_token']}/canal-plus-foot/master.m3u8"
    signing = rig.keys.signing[0]
    claims = Verifier(public_raws(signing.id, signing.seed), night="psg-juventus").verify(
        body["playback_token"], at_us=rig.now
    )
    assert (claims.channels, claims.stream) == (("canal-plus", "canal-plus-foot"), 1)
    [leased] = rig.facts("leased")
    assert (leased["code"], leased["stream"], leased["place"], leased["cdn"]) == ("new", 1, 1, body["cdn"])


def test_a_stream_needs_a_session_a_right_and_a_pass(rig: Rig) -> None:
    """Each no says what to do."""
    token = rig.passed(7)
    body = {"pass": token, "channel": "canal-plus-foot", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body).json["code"] == "no_session"
    refused = rig.ask("POST", f"{N}/leases", body, session=rig.session(7, offer="essential"))
    assert (refused.status, refused.json["channels"]) == (403, ["canal-plus"])
    without = rig.ask("POST", f"{N}/leases", {"channel": "canal-plus"}, session=rig.session(8))
    assert (without.status, without.json["code"]) == (403, "no_pass")
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(7)).status == 201


def test_one_pass_lets_one_household_in(rig: Rig) -> None:
    """A pass handed around opens for the first."""
    body = {"pass": rig.passed_device(), "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(7)).status == 201
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(8)).json["code"] == "no_pass"


def test_a_known_households_pass_lets_nobody_else_in_and_keeps_its_own_turn(rig: Rig) -> None:
    """Whoever gets hold of it neither comes in with it nor locks its household out."""
    token = rig.passed(7)
    body = {"pass": token, "channel": "canal-plus", "client": CLIENT}
    refused = rig.ask("POST", f"{N}/leases", body, session=rig.session(8))
    assert (refused.status, refused.json["code"]) == (403, "no_pass")
    rig.signed_in(token, account=8)
    assert rig.join(8).json["place"] == 2
    assert rig.ask("POST", f"{N}/passes", {"ticket": rig.join(7).json["ticket"]}).status == 201
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(7)).status == 201


def test_the_stream_limit_holds_and_lists_the_other_screens(rig: Rig) -> None:
    """Whoever has one screen too many sees which, and can end one from here."""
    one = rig.session(7, streams_max=1)
    first = rig.watch(7).json
    rig.at_s += 5
    body = {"channel": "canal-plus", "client": CLIENT}
    full = rig.ask("POST", f"{N}/leases", body, session=one)
    assert (full.status, full.json["code"]) == (409, "too_many_streams")
    [listed] = full.json["streams"]
    assert listed == {
        "lease_id_short": "1", "device": "tv", "channel": "canal-plus", "since": rig.night.at(30.0),
    }  # fmt: skip
    moved = rig.ask("POST", f"{N}/leases", {**body, "end": listed["lease_id_short"]}, session=one)
    assert moved.status == 201
    assert [(fact["stream"], fact["code"]) for fact in rig.facts("ended")] == [(1, "stopped")]
    gone = rig.beat(first["lease"], watched_ms=1_000)
    assert (gone.status, gone.json["code"]) == (410, "stopped")


def test_a_screen_that_fell_silent_blocks_nobody_and_is_not_ended(rig: Rig) -> None:
    """A crashed browser must not lock its owner out; if it watches after all, it watches on."""
    first = rig.watch(7).json
    rig.at_s += 60
    body = {"channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(7, streams_max=1)).status == 201
    assert rig.beat(first["lease"], watched_ms=1_000).status == 200


@pytest.mark.parametrize("way", ["beat", "put", "beacon"])
def test_an_ended_stream_comes_back_only_where_the_limit_is_looked_at(rig: Rig, way: str) -> None:
    """Else an account ends each screen in word only, and watches on as many as it likes."""
    one = rig.session(7, streams_max=1)
    first = rig.watch(7).json["lease"]
    assert rig.ask("DELETE", f"{N}/leases/{first}").status == 204
    assert rig.ask("POST", f"{N}/leases", {"channel": "canal-plus"}, session=one).status == 201
    if way == "beacon":
        rig.ask("POST", f"{N}/beacons", {"lease": first, "sta": "p"})
    else:
        gone = rig.beat(first, sta="p") if way == "beat" else _put(rig, first)
        assert (gone.status, gone.json["code"]) == (410, "ended")
    assert rig.door.house.leases.open_total == 1
    assert rig.ask("POST", f"{N}/leases", {"resume": first}, session=one).json["code"] == "too_many_streams"


def _put(rig: Rig, lease: str) -> Answer:
    return rig.ask("PUT", f"{N}/leases/{lease}", {"channel": "canal-plus"})


def test_another_channel_of_the_offer_never_meets_the_line(rig: Rig) -> None:
    """Zapping is not joining."""
    lease = rig.watch(7).json["lease"]
    rig.beat(lease, sta="p", msd=100)
    switched = rig.ask("PUT", f"{N}/leases/{lease}", {"channel": "canal-plus-foot"})
    assert (switched.status, switched.json["channel"]) == (200, "canal-plus-foot")
    assert rig.ask("PUT", f"{N}/leases/{lease}", {"channel": "none"}).status == 403
    rig.beat(lease, sta="p", msd=100)
    assert [fact["channel"] for fact in rig.facts("started")] == ["canal-plus", "canal-plus-foot"]
    assert [fact["code"] for fact in rig.facts("leased")] == ["new", "switch"]


def test_who_leaves_can_come_back_all_night(rig: Rig) -> None:
    """Through the re-entry lane, with the lease or with nothing but the session."""
    lease = rig.watch(7).json["lease"]
    assert rig.ask("DELETE", f"{N}/leases/{lease}", {"code": "quit", "watched_ms": 500}).status == 204
    assert rig.ask("DELETE", f"{N}/leases/{lease}").status == 204
    rig.at_s += 100
    back = rig.ask("POST", f"{N}/leases", {"resume": lease}, session=rig.session(7))
    assert (back.status, back.json["stream"], back.json["channel"]) == (201, 1, "canal-plus")
    again = rig.ask("POST", f"{N}/leases", {"channel": "canal-plus"}, session=rig.session(7))
    assert (again.status, again.json["stream"]) == (201, 2)
    assert [fact["stream"] for fact in rig.facts("readmitted")] == [1, 2]
    assert {fact["lane"] for fact in rig.facts("readmitted")} == {"reentry"}
    assert [fact["code"] for fact in rig.facts("ended")] == ["quit"]
    assert [fact["watched_ms"] for fact in rig.facts("beat")] == [500]


def test_another_accounts_lease_cannot_be_taken_up(rig: Rig) -> None:
    """A lease is its household's."""
    lease = rig.watch(7).json["lease"]
    assert rig.ask("POST", f"{N}/leases", {"resume": lease}, session=rig.session(8)).status == 401


def test_a_lower_limit_or_a_pause_ends_no_stream(rig: Rig) -> None:
    """Only its own account ends a lease early."""
    leases = [rig.watch(account).json["lease"] for account in range(1, 6)]
    rig.ask("POST", f"{N}/operator", {"act": "pause", "by": "t"}, session=rig.operator())
    rig.ask("POST", f"{N}/operator", {"act": "cap", "value": 0, "by": "t"}, session=rig.operator())
    rig.serve(5, admit_max=0)
    rig.at_s += 3_000
    assert [rig.beat(lease, watched_ms=1).status for lease in leases] == [200] * 5
    assert rig.facts("expelled") == []


def test_a_lease_says_who_holds_it_and_nothing_that_can_be_changed(rig: Rig) -> None:
    """The token alone reinstates a stream where the door forgot it."""
    lease = rig.watch(7).json["lease"]
    claims = rig.seals.open(LEASE_PURPOSE, lease, LEASE_DECODER, at_us=rig.now)
    assert (claims.account, claims.stream, claims.offer) == (7, 1, "sport")
    fresh = Rig(ring=rig.keys)
    assert fresh.beat(lease, sta="p", watched_ms=1_000).status == 200
    assert fresh.door.house.leases.open_total == 1
    assert fresh.beat(lease[:-1], sta="p").status == 401


def test_with_the_door_open_a_session_is_enough() -> None:
    """No line, no pass."""
    rig = Rig(is_open=True)
    answer = rig.ask("POST", f"{N}/leases", {"channel": "canal-plus", "client": CLIENT}, session=rig.session(7))
    assert answer.status == 201
    assert rig.facts("readmitted") == []
    ticket = rig.join(8).json["ticket"]
    assert rig.ask("POST", f"{N}/passes", {"ticket": ticket}).status == 201


def test_a_full_licence_holds_whoever_falls_silent_and_speaks_again() -> None:
    """A silent screen may still be watched until its playback token is over, so its slot is not given to another."""
    rig = Rig(changes="inside_max = 3\n")
    leases = [rig.watch(account).json["lease"] for account in (1, 2, 3)]
    way = rig.passed(4)
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    rig.at_s += 200
    refused = rig.ask("POST", f"{N}/leases", body, session=rig.session(4))
    assert (refused.status, refused.json["code"]) == (429, "full_house")
    assert int(refused.headers["Retry-After"]) >= 1
    assert all(rig.beat(lease, sta="p", watched_ms=1_000).status == 200 for lease in leases)
    assert rig.door.house.leases.open_total == 3
    rig.at_s += 250
    rig.ask("DELETE", f"{N}/leases/{leases[0]}")
    # Its pass was prolonged: past its own time the turn was kept, and the slot is filled at once.
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(4)).status == 201


def test_a_slot_whose_screen_went_off_without_a_word_is_free_when_its_token_is_over() -> None:
    """No edge takes the token any more: nobody can be watching, and no slot stays empty."""
    rig = Rig(changes="inside_max = 1\n")
    rig.watch(1)
    way = rig.passed(2)
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(2)).status == 429
    rig.at_s += 605
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(2)).status == 201


def test_who_comes_back_to_a_full_house_comes_back_at_once() -> None:
    """Nobody who was inside meets the licence; a further screen of theirs does."""
    rig = Rig(changes="inside_max = 2\n")
    first, _ = rig.watch(1).json["lease"], rig.watch(2)
    again = {"channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", again, session=rig.session(1)).json["code"] == "full_house"
    rig.ask("DELETE", f"{N}/leases/{first}")
    rig.watch(3)
    assert rig.ask("POST", f"{N}/leases", again | {"resume": first}, session=rig.session(1)).status == 201
    assert rig.ask("POST", f"{N}/leases", again, session=rig.session(1)).json["code"] == "full_house"


def asking(rig: Rig, token: str, session: str) -> Parked:
    """A request for a stream that waits for the shared line."""
    body = {"pass": token, "channel": "canal-plus", "client": CLIENT}
    parked = rig.begun("POST", f"{N}/leases", body, {"authorization": f"Bearer {session}"})
    assert isinstance(parked, Parked)
    return parked


def test_streams_asked_for_at_once_keep_to_the_limit() -> None:
    """Both wait for the shared line when the first is granted: the second is one screen too many all the same."""
    rig = Rig(line=FakeLine())
    token, session = rig.passed_device(), rig.session(7, streams_max=1)
    both = [asking(rig, token, session) for _ in range(2)]
    first, second = (read(rig.told(one)) for one in both)
    assert (first.status, second.status, second.json.get("code")) == (201, 409, "too_many_streams")
    assert rig.door.house.lines["main"].leased == 1


def test_streams_asked_for_at_once_keep_to_the_licence() -> None:
    """The last free slot goes to one of two households that asked for it together; the other's turn is kept."""
    rig = Rig(changes="inside_max = 1\n", line=FakeLine())
    both = [asking(rig, rig.passed_device(), rig.session(account)) for account in (7, 8)]
    first, second = (read(rig.told(one)) for one in both)
    assert (first.status, second.status, second.json.get("code")) == (201, 429, "full_house")


def test_two_screens_of_a_household_at_once_use_its_place_once() -> None:
    """The second comes as one that was inside before: else one place counts as two people let in."""
    rig = Rig(line=FakeLine())
    token, session = rig.passed_device(), rig.session(7)
    both = [asking(rig, token, session) for _ in range(2)]
    assert [rig.told(one).status for one in both] == [201, 201]
    assert rig.door.house.lines["main"].leased == 1
    assert [fact["stream"] for fact in rig.facts("readmitted")] == [2]
