"""What the door forgot in a crash, the log tells it again."""

import random

import numpy as np
import pytest

from kickoff.door.told import Told
from kickoff.facts import LANE_NUMBER, read_records
from kickoff.playback.leases import FAILED, OPEN, STARTED, STOPPED
from kickoff.playback.silence import Silences
from kickoff.seals import account_subject, device_subject
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.calls import PASSED, USED
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.places import MemoryBlocks
from kickoff.waiting_room.snapshot import LineState
from tests.door.rig import CLIENT, N, Rig


def restarted(rig: Rig, *, cut: int = 0, changes: str = "", state: LineState = LineState.QUEUEING) -> Rig:
    """A new door on what the old one's log says, its last `cut` bytes lost."""
    raw = bytes(rig.log.data)
    told = Told(beat_ms=10_000, streams_max=1_000_000)
    told.take_file([read_records(raw[: len(raw) - cut])])
    # As a door starts: with its own first snapshot, before anything is published.
    fresh = Rig(ring=rig.keys, blocks=MemoryBlocks(), changes=changes, state=None)
    fresh.door.recover(told, last_given={str(lane): told.last_place(LANE_NUMBER[lane]) for lane in LANES})
    fresh.at_s = rig.at_s + 1
    fresh.serve(0, state=state)
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
    way = rig.passed_device()
    rig.signed_in(way, account=42)
    rig.ask("POST", f"{N}/leases", {"pass": way, "channel": "canal-plus"}, session=rig.session(42))
    rig.watch(7)
    fresh = restarted(rig)
    assert fresh.door.given() == rig.door.given() == {"main": 1, "known": 6, "slow": 0, "operator": 0}
    assert fresh.door.serving() == rig.door.serving() == {"main": 1, "known": 6, "slow": 0, "operator": 0}
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


def test_a_sign_in_alone_ties_no_place_to_a_household_neither_before_nor_after_a_crash() -> None:
    """A place becomes a household's when its stream is granted: one place may sign several households in."""
    rig = Rig()
    rig.signed_in(rig.passed_device(), account=42)
    fresh = restarted(rig)
    assert fresh.join(42).json["lane"] == rig.join(42).json["lane"] == "known"


def test_silences_go_on_being_learnt_from() -> None:
    """A restart believes of the silent what the night has taught, not what was thought before it."""
    rig = Rig()
    leases = [rig.watch(account).json["lease"] for account in range(1, 9)]
    for after_s in (0, 10, 95):
        rig.at_s += after_s
        for lease in leases:
            rig.beat(lease, sta="p", watched_ms=1_000)
    fresh, silent = restarted(rig), np.full(5, 70_000)
    prior = Silences().inside(silent, 10_000)
    learnt = rig.door.house.leases.silences.inside(silent, 10_000)
    assert fresh.door.house.leases.silences.inside(silent, 10_000) == learnt > prior


def test_a_log_of_people_called_before_there_was_a_draw_opens_a_door_without_one() -> None:
    """A door that has learnt to draw goes on with the night of one that could not."""
    rig = Rig(changes="draw = false\n")
    rig.watch(1)
    fresh = restarted(rig)
    assert fresh.join(1).json["place"] == 1
    assert fresh.facts("operator") == []


class Evening:
    """Accounts that do whatever may come to their minds, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.rig, self.chance = Rig(), random.Random(seed)
        self.leases: dict[int, list[str]] = {}

    def go_on(self) -> None:
        """One more thing happens."""
        self.rig.at_s += self.chance.random() * 3
        self.rig.door.reading(AtUs(self.rig.now))
        account = self.chance.randrange(1, 25)
        what = self.chance.choice((self.enter, self.enter_by_device, self.use, self.use, self.use))
        what(account)

    def enter(self, account: int) -> None:
        """Join, and sometimes come in."""
        ticket = self.rig.join(account).json
        if ticket["lane"] == "known" and self.chance.random() < 0.8:
            self.rig.serve(max(ticket["place"], self.rig.door.house.lines["known"].calls.serving))
            answer = self.rig.ask("POST", f"{N}/passes", {"ticket": ticket["ticket"]})
            if answer.status == 201 and self.chance.random() < 0.8:
                self.take(account, answer.json["pass"])

    def enter_by_device(self, account: int) -> None:
        """Come as a device, sign in, and sometimes come in."""
        way = self.rig.passed_device()
        if self.rig.signed_in(way, account).status == 201 and self.chance.random() < 0.7:
            self.take(account, way)

    def take(self, account: int, way: str) -> None:
        """A stream by a pass; sometimes another screen is ended for it."""
        body = {"pass": way, "channel": "canal-plus", "client": CLIENT | {"device": self.chance.choice(("tv", "web"))}}
        if self.chance.random() < 0.3:
            body["end"] = str(self.chance.randrange(1, 30))
        answer = self.rig.ask("POST", f"{N}/leases", body, session=self.rig.session(account))
        if answer.status == 201:
            self.leases.setdefault(account, []).append(answer.json["lease"])

    def use(self, account: int) -> None:
        """Something with one of the account's streams."""
        if not (known := self.leases.get(account)):
            return
        lease, draw = self.chance.choice(known), self.chance.randrange(6)
        if draw == 0:
            self.rig.ask("PUT", f"{N}/leases/{lease}", {"channel": "canal-plus-foot"})
        elif draw == 1:
            self.rig.ask("DELETE", f"{N}/leases/{lease}")
        elif draw == 2:
            body = {"resume": lease, "channel": "canal-plus"}
            self.rig.ask("POST", f"{N}/leases", body, session=self.rig.session(account))
        else:
            self.rig.beat(lease, sta=self.chance.choice("ppf"), watched_ms=1_000, msd=5)


def state_of(rig: Rig) -> dict[str, object]:
    """All that a request could see."""
    house = rig.door.house
    subjects = [account_subject(house.subject_key, account) for account in range(1, 25)]
    subjects += [device_subject(house.subject_key, device) for device in range(1, 400)]
    rows = range(1, len(house.leases) + 1)
    return {
        "places": [house.index.get(subject) for subject in subjects],
        "streams": [list(house.leases.streams_of(subject)) for subject in subjects],
        "inside": [house.leases.has_been_inside(subject) for subject in subjects],
        "flags": [[house.leases.has(row, flag) for flag in (OPEN, STARTED, FAILED, STOPPED)] for row in rows],
        "shown": [(house.leases.channel(row), house.leases.device(row), house.leases.since_us(row)) for row in rows],
        "kinds": [house.kinds.kinds[number] for number in house.kinds.of(np.arange(1, len(house.leases) + 1)).tolist()],
        "open": house.leases.open_total,
        "counts": house.counts,
        "marked": {
            name: [line.calls.is_marked(place, flag) for place in range(1, 200) for flag in (PASSED, USED)]
            for name, line in house.lines.items()
        },
        "lanes": rig.door.reading(AtUs(rig.now)).lanes,
    }


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_the_house_read_back_is_the_house_that_was(seed: int) -> None:
    """Compared in all that a request could see, after evenings drawn at random."""
    evening = Evening(seed)
    for _ in range(150):
        evening.go_on()
    fresh = restarted(evening.rig)
    evening.rig.at_s = fresh.at_s = evening.rig.at_s + 60
    before, after = state_of(evening.rig), state_of(fresh)
    for name, known in before.items():
        assert after[name] == known, name


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
