"""What the door forgot in a crash, the log tells it again."""

import random

import pytest

from kickoff.door.journal import MemoryLog
from kickoff.door.recovery import last_logged_place
from kickoff.facts import read_records
from kickoff.units import US_PER_S
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.places import MemoryBlocks
from tests.door.rig import CLIENT, N, Rig


def restarted(rig: Rig, *, cut: int = 0, changes: str = "") -> Rig:
    """A new door on what the old one's log says, its last `cut` bytes lost."""
    raw = bytes(rig.log.data)
    records = [read_records(raw[: len(raw) - cut])]
    fresh = Rig(ring=rig.keys, blocks=MemoryBlocks(), changes=changes)
    fresh.log = MemoryLog()
    fresh.door.recover(records, last_given={str(lane): last_logged_place(records, lane) for lane in LANES})
    fresh.at_s = rig.at_s + 1
    return fresh


def test_everybody_holds_the_place_they_held() -> None:
    """Every ticket's place stands; the next one to come is behind all of their lane."""
    rig = Rig()
    places = {account: rig.join(account).json["place"] for account in range(1, 60)}
    device = rig.join()
    fresh = restarted(rig)
    for account, place in places.items():
        again = fresh.join(account)
        assert (again.status, again.json["place"]) == (200, place)
    header = {"x-kickoff-device": device.headers["X-Kickoff-Device"]}
    assert fresh.ask("POST", f"{N}/tickets", {}, headers=header).json["place"] == 1
    assert fresh.join(1_000).json["place"] == 60


def test_a_door_with_a_full_line_starts_again() -> None:
    """Its log names more holders than the line has places: one household came in, one signed in from a device."""
    changes = "line_max = 10\n"
    rig = Rig(changes=changes)
    token = rig.passed_device()
    places = {account: rig.join(account).json["place"] for account in range(1, 9)}
    rig.watch(1)
    assert rig.signed_in(token, 99).status == 201
    rig.join(9)
    assert rig.join(10).status == 503
    fresh = restarted(rig, changes=changes)
    for account, place in places.items():
        assert fresh.join(account).json["place"] == place
    assert fresh.join(10).status == 503


def test_the_called_stay_called_and_the_used_stay_used() -> None:
    """A restart calls nobody twice and lets nobody in twice."""
    rig = Rig()
    ticket = rig.join(1).json["ticket"]
    rig.watch(2)
    late = rig.join(3).json["ticket"]
    fresh = restarted(rig)
    assert fresh.door.house.lines["known"].calls.serving == 2
    assert fresh.ask("POST", f"{N}/passes", {"ticket": ticket}).status == 201
    assert fresh.ask("POST", f"{N}/passes", {"ticket": late}).status == 429
    assert fresh.ask("POST", f"{N}/passes", {"ticket": fresh.join(2).json["ticket"]}).json["code"] == "already_in"


def test_those_inside_keep_their_leases_and_their_channel() -> None:
    """A restart puts nobody out, counts nobody twice, and remembers who was stopped."""
    rig = Rig()
    leases = {account: rig.watch(account).json["lease"] for account in range(1, 6)}
    rig.beat(leases[1], sta="p", msd=5)
    rig.ask("PUT", f"{N}/leases/{leases[2]}", {"channel": "canal-plus-foot"})
    rig.ask("DELETE", f"{N}/leases/{leases[3]}")
    body = {"channel": "canal-plus", "client": CLIENT, "end": "4"}
    rig.ask("POST", f"{N}/leases", body, session=rig.session(4))
    fresh = restarted(rig)
    table = fresh.door.house.leases
    assert table.open_total == rig.door.house.leases.open_total == 4
    assert table.channel(2) == "canal-plus-foot"
    assert fresh.beat(leases[1], sta="p", watched_ms=1_000).status == 200
    assert fresh.facts("started") == []
    assert fresh.beat(leases[4], sta="p").status == 410
    refused = fresh.ask("POST", f"{N}/leases", body | {"end": None}, session=fresh.session(1, streams_max=1))
    assert refused.status == 409


def test_the_totals_go_on() -> None:
    """The conductor's counters never fall, or it would call people for slots that are taken."""
    rig = Rig()
    lease = rig.watch(1).json["lease"]
    rig.beat(lease, sta="p", watched_ms=5)
    rig.ask("POST", f"{N}/passes", {"ticket": "forged"})
    rig.join(2)
    before = rig.door.reading(rig.night.at(rig.at_s))
    fresh = restarted(rig)
    after = fresh.door.reading(fresh.night.at(fresh.at_s))
    for name in ("joined_total", "called_total", "passed_total", "lapsed_total", "leased_total", "inside"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.lanes == before.lanes
    assert fresh.door.house.counts == rig.door.house.counts
    assert fresh.door.house.refused == rig.door.house.refused


def test_the_match_is_not_told_twice() -> None:
    """The journal has one kick-off."""
    rig = Rig()
    rig.at_s = 70
    rig.serve(0)
    fresh = restarted(rig)
    fresh.serve(0)
    assert [fact["code"] for fact in rig.facts("match")] == ["kick_off", "goal"]
    assert fresh.facts("match") == []


def test_each_lane_goes_on_with_its_own_numbers() -> None:
    """A place is one only in its lane: neither lane's numbers, calls or holders are taken for the other's."""
    rig = Rig()
    for account in range(1, 6):
        rig.join(account)
    rig.signed_in(rig.passed_device(), account=42)
    rig.watch(7)
    fresh = restarted(rig)
    assert fresh.door.given() == rig.door.given() == {"main": 1, "known": 6}
    assert fresh.door.serving() == rig.door.serving() == {"main": 1, "known": 6}
    places = [(again.json["lane"], again.json["place"]) for again in (fresh.join(account) for account in (1, 7, 42))]
    assert places == [("known", 1), ("known", 6), ("main", 1)]


@pytest.mark.parametrize("by_sign_in", [True, False])
def test_the_place_that_let_a_household_in_stands_after_a_crash(*, by_sign_in: bool) -> None:
    """Held in both lanes, it is not let in on the other one because the door forgot."""
    rig = Rig()
    known, device = rig.join(42).json["ticket"], rig.passed_device()
    rig.signed_in(device, account=42)
    way = device if by_sign_in else rig.passed(42)
    rig.ask("POST", f"{N}/leases", {"pass": way, "channel": "canal-plus"}, session=rig.session(42))
    fresh = restarted(rig)
    assert fresh.join(42).json["lane"] == ("main" if by_sign_in else "known")
    answer = fresh.ask("POST", f"{N}/passes", {"ticket": known})
    assert (answer.status, answer.json["code"]) == (409, "already_in")


def test_a_household_that_signed_in_keeps_the_lower_place() -> None:
    """The link between a device and its account is in the log."""
    rig = Rig()
    token = rig.passed_device()
    rig.signed_in(token, account=42)
    assert restarted(rig).join(42).json["place"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_cut_anywhere_the_rest_is_whole(seed: int) -> None:
    """A torn tail loses what was never acknowledged, and nothing before it."""
    rig = Rig()
    chance = random.Random(seed)
    for account in range(1, 40):
        rig.join(account)
        if chance.random() < 0.3:
            rig.watch(account)
        rig.at_s += 0.1
    cut = chance.randrange(1, len(rig.log.data))
    kept = rig.facts("joined")
    fresh = restarted(rig, cut=cut)
    given = fresh.door.house.lines["known"].book.last_given
    assert given <= len(kept)
    for account in range(1, given + 1):
        assert fresh.join(account).json["place"] == account
    assert fresh.door.house.starts_at + 30 * US_PER_S < fresh.now
