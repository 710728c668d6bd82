"""What players say while they play becomes facts."""

import pytest

from kickoff.door.journal import MemoryLog
from kickoff.door.seam import Reply
from kickoff.door.streams import token_life_s
from kickoff.facts import NULL_INT
from tests.door.rig import CLIENT, N, Rig, read


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def test_the_first_picture_is_told_once_with_its_start_up_time(rig: Rig) -> None:
    """Start-up time is measured by the player, from the lease to the picture."""
    lease = rig.watch(7).json["lease"]
    assert rig.beat(lease, sta="s").json.keys() == {"next_s"}
    rig.beat(lease, sta="p", msd=640, br=1_200)
    rig.beat(lease, sta="p", watched_ms=10_000, stalled_ms=200, br=1_200, cdn="south")
    [started] = rig.facts("started")
    assert (started["duration_ms"], started["bitrate_kbps"], started["stream"]) == (640, 1_200, 1)
    last = rig.facts("beat")[-1]
    assert (last["watched_ms"], last["stalled_ms"], last["cdn"]) == (10_000, 200, "south")
    assert {name: last[name] for name in CLIENT} == CLIENT
    assert rig.door.reading(rig.night.at(rig.at_s)).bitrate_kbps == 1_200


def test_a_start_that_fails_is_told_once_until_a_picture_comes(rig: Rig) -> None:
    """A retry that works is a start; a player that goes on failing is one failure."""
    lease = rig.watch(7).json["lease"]
    rig.beat(lease, sta="f", ec="manifest")
    rig.beat(lease, sta="f", ec="manifest")
    rig.beat(lease, sta="p", msd=900)
    rig.beat(lease, sta="f", ec="segment")
    assert [fact["code"] for fact in rig.facts("start_failed")] == ["manifest"]
    assert len(rig.facts("started")) == 1
    assert [fact["code"] for fact in rig.facts("ended")] == ["failed"]


def test_a_fresh_playback_token_comes_before_the_old_one_ends(rig: Rig) -> None:
    """Signed once in half a life, so that a lapse of the door ends no stream."""
    lease = rig.watch(7).json["lease"]
    assert "playback_token" not in rig.beat(lease, watched_ms=1).json
    rig.at_s += token_life_s(rig.door.house) / 2 + 1
    assert "playback_token" in rig.beat(lease, watched_ms=1).json
    assert "playback_token" not in rig.beat(lease, watched_ms=1).json
    assert token_life_s(rig.door.house) >= 2 * rig.night.door.beat_s_max


def test_beats_renew_and_silence_weighs_less(rig: Rig) -> None:
    """Evidence of watching counts; the silent count as the learnt chance that they still watch."""
    leases = [rig.watch(account).json["lease"] for account in range(1, 11)]
    assert rig.door.house.inside(rig.now) == 10
    rig.at_s += 200
    for lease in leases[:5]:
        rig.beat(lease, watched_ms=1)
    inside = rig.door.house.inside(rig.now)
    assert 5 <= inside < 10
    assert rig.door.house.leases.open_total == 10


def test_beacons_carry_one_or_many(rig: Rig) -> None:
    """CMCD v2 events; a lease that is not ours is passed over."""
    leases = [rig.watch(account).json["lease"] for account in (1, 2)]
    assert rig.ask("POST", f"{N}/beacons", {"lease": leases[0], "sta": "p", "msd": 5}).status == 202
    many = [{"lease": leases[1], "sta": "p", "msd": 5}, {"lease": "x", "sta": "p"}]
    assert rig.ask("POST", f"{N}/beacons", many).status == 202
    assert len(rig.facts("started")) == 2
    assert rig.ask("POST", f"{N}/beacons", {"sta": "p"}).status == 400


def test_a_beat_names_no_channel_and_no_network_but_its_own_nights(rig: Rig) -> None:
    """Else one player writes what it likes into the audience of others, and blames networks that there are not."""
    lease = rig.watch(7).json
    for named in ({"channel": "another", "cdn": "east"}, {"channel": "canal-plus-foot", "cdn": "south"}):
        rig.beat(lease["lease"], sta="p", watched_ms=1_000, **named)
    told = [(fact["channel"], fact["cdn"]) for fact in rig.facts("started", "beat")]
    assert told == [("canal-plus", lease["cdn"])] * 2 + [("canal-plus-foot", "south")]


def test_a_beat_carries_its_number_and_how_far_its_clock_is_behind(rig: Rig) -> None:
    """So that one that comes late or never is put right; a clock that is wrong beyond ten minutes is none."""
    lease = rig.watch(7).json["lease"]
    now_ms = rig.now // 1000
    for sn, ts in ((4, now_ms - 250), (5, now_ms + 900), (6, now_ms - 600_001), (None, None)):
        assert rig.beat(lease, sta="r", watched_ms=10, sn=sn, ts=ts).status == 200
    assert rig.beat(lease, sta="p", sn=7).status == 200
    told = [(fact["place"], fact["wait_ms"]) for fact in rig.facts("beat")]
    assert told.pop() == (7, NULL_INT)
    assert told == [(4, 250), (5, -900), (6, NULL_INT), (NULL_INT, NULL_INT)]


def test_reports_are_heard_from_subscribers_alone(rig: Rig) -> None:
    """Complaints are evidence; their words stay out of the journal."""
    rig.watch(7)
    assert rig.ask("POST", f"{N}/reports", {"what": "black_screen", "text": "Rien !"}).status == 401
    heard = rig.ask("POST", f"{N}/reports", {"what": "black_screen", "text": "Rien !"}, session=rig.session(7))
    assert heard.status == 202
    [reported] = rig.facts("reported")
    assert (reported["code"], reported["stream"], reported["channel"]) == ("black_screen", 1, "canal-plus")
    assert b"Rien" not in bytes(rig.log.data)
    assert rig.ask("POST", f"{N}/reports", {"what": "nonsense"}, session=rig.session(7)).status == 400


def test_a_beat_that_could_not_be_kept_is_not_answered_as_if_it_were() -> None:
    """503, and the player tells the same time again; but a token that is due goes out, or a full disk ends streams."""
    log = StuckLog()
    rig = Rig(log=log)
    lease = rig.watch(7).json["lease"]
    reply = rig.raw("POST", f"{N}/leases/{lease}/beats", {"sta": "p", "watched_ms": 10_000})
    assert isinstance(reply, Reply)
    assert reply.needs_log
    log.is_stuck = True
    rig.at_s += token_life_s(rig.door.house) / 2 + 1
    answer = rig.raw("POST", f"{N}/leases/{lease}/beats", {"sta": "p", "watched_ms": 10_000})
    assert isinstance(answer, Reply)
    assert not answer.needs_log
    told = read(answer).json
    assert told["again"]
    assert told["playback_token"]
    for body, headers in ((b"e=t,sta=p,ts=1", {"content-type": "application/cmcd"}), ({"lease": lease}, {})):
        reply = rig.raw("POST", f"{N}/beacons", body, {**headers, "authorization": f"Bearer {lease}"})
        assert isinstance(reply, Reply)
        assert (reply.status, reply.needs_log) == (202, True)


class StuckLog(MemoryLog):
    """A disk that refuses while the test says so."""

    def append(self, data: bytes) -> bool:
        """Keep the bytes, but say no."""
        return super().append(data) and not self.is_stuck
