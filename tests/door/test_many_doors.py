"""Many doors as one: a household has one place, one pass and one stream wherever it knocks, whatever is killed."""

import http.client
import json
import random
import signal
import threading
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from kickoff.accounts.sessions import OPERATOR_PURPOSE, OperatorClaims
from kickoff.facts import FACT_NUMBER, Fact
from kickoff.plumbing.key_files import load
from kickoff.seals import Seals, account_subject
from tests.door.many import Night, serving, status
from tests.door.process import Caller, DoorProcess
from tests.door.rig import CLIENT, N
from tests.door.test_serve import Rush
from tests.valkey import until

CALLERS = 6
COME_BACK = {429, 503}


@pytest.fixture(scope="module")
def whole_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Two doors and two conductors for all tests here; nothing of it is left behind."""
    made = Night(tmp_path_factory.mktemp("night"), conductors=2)
    try:
        made.start()
        yield made
    finally:
        made.end()


@pytest.fixture
def night(whole_night: Night) -> Night:
    """The night once both doors serve, two conductors run, and one of them leads."""
    for door in whole_night.doors:
        if not door.runs:
            door.start()
    while sum(one.runs for one in whole_night.conductors) < 2:
        whole_night.add_conductor()
    until(lambda: whole_night.leader() != "")
    return whole_night


def test_a_household_is_one_at_every_door(night: Night) -> None:
    """One place, one count of its pass, one stream that either door knows."""
    one, two = (Caller(door.port) for door in night.doors)
    rush = Rush(night.doors[0])
    told = [rush.join(door, account) for account in (1, 2, 3) for door in (one, two)]
    assert [status for status, _ in told] == [201, 200] * 3
    places = [body["place"] for _, body in told]
    assert places[::2] == places[1::2] == sorted(set(places))
    until(lambda: min(serving(door) for door in night.doors) >= places[-1])
    ticket = {"ticket": rush.tickets[1]}
    passes = [caller.call("POST", f"{N}/passes", ticket) for caller in (one, two, one, two)]
    assert {status for status, _ in passes} == {201}
    wanted = {"pass": passes[1][1]["pass"], "channel": "canal-plus", "client": CLIENT}
    status, lease = two.call("POST", f"{N}/leases", wanted, session=rush.session(1))
    assert status == 201
    beats = f"{N}/leases/{lease['lease']}/beats"
    assert two.call("POST", beats, {"sta": "p", "msd": 300})[0] == 200
    # The other door has heard of it: the ticket is used, the stream has started.
    until(lambda: one.call("POST", f"{N}/passes", ticket)[0] == 409)
    assert one.call("POST", beats, {"sta": "p", "watched_ms": 5})[0] == 200
    subject = account_subject(load(night.doors[0].folder).subject_key, 1)
    for fact in (Fact.JOINED, Fact.PASSED, Fact.STARTED):
        assert sum(count for (who, _), count in night.facts(fact).items() if who == subject) == 1, fact


def test_an_act_at_one_door_stands_at_every_door_and_each_tells_who_is_there(night: Night) -> None:
    """The operator knocks at whichever door answers: heartbeats are pinned and the line drains at both."""
    seals = Seals(load(night.doors[0].folder).seals)
    operator = seals.seal(OPERATOR_PURPOSE, OperatorClaims(name="o", expires_at=2**60))
    one, two = (Caller(door.port) for door in night.doors)
    rush = Rush(night.doors[0])

    def house() -> dict[str, Any]:
        seen: dict[str, Any] = two.call("GET", f"{N}/house", session=operator)[1]
        return seen

    beat_s = house()["beat_s"] * 2
    for act, value in (("pin", beat_s), ("drain", True)):
        assert one.call("POST", f"{N}/operator", {"act": act, "value": value}, session=operator)[0] == 200
    until(lambda: house()["drains"] and house()["beat_s"] == beat_s)
    assert rush.join(two, 900_001)[0] == 503
    until(lambda: {one["kind"] for one in house()["doors"] if one["leads"]} == {"conductor"})
    assert sum(one["kind"] == "door" for one in house()["doors"]) == len(night.doors)
    for act, value in (("pin", None), ("drain", False)):
        assert one.call("POST", f"{N}/operator", {"act": act, "value": value}, session=operator)[0] == 200
    until(lambda: not house()["drains"] and house()["pin_s"] is None)
    assert rush.join(two, 900_001)[0] == 201


class ManyRush(Rush):
    """Viewers at two doors; who is told to come back comes back, to either."""

    def __init__(self, night: Night) -> None:
        super().__init__(night.doors[0])
        self.night = night
        self.stopped = threading.Event()

    def run(self, accounts: list[int], chance: random.Random) -> None:
        """One caller's share, until it is told to stop."""
        waiting = deque[int]()
        callers = [Caller(door.port) for door in self.night.doors]
        for account in accounts:
            while not self.stopped.is_set() and self.join(chance.choice(callers), account)[0] in COME_BACK:
                self.stopped.wait(0.02)
            if self.stopped.is_set():
                return
            waiting.append(account)
            if self.enter(chance.choice(callers), waiting[0]):
                waiting.popleft()


@pytest.mark.parametrize("seed", [1, 2])
def test_valkey_killed_in_mid_rush_no_place_is_lost_or_doubled(night: Night, seed: int) -> None:
    """Killed, and its disk lost with it: what it forgot its doors tell it again, and the rush goes on."""
    chance = random.Random(seed)
    rush = ManyRush(night)
    shares = [list(range(seed * 100_000 + first, seed * 100_000 + 50_000, CALLERS)) for first in range(CALLERS)]
    seeds = [random.Random(seed * 100 + number) for number in range(CALLERS)]
    threads = [threading.Thread(target=rush.run, args=pair) for pair in zip(shares, seeds, strict=True)]
    for thread in threads:
        thread.start()
    kill_after, forgets = chance.randrange(100, 500), seed != 1
    until(lambda: len(rush.places) >= kill_after)
    (night.valkey.forget_all if forgets else night.valkey.kill)()
    night.valkey.start()
    # What was given before is with those who asked by now; for a moment to come nobody is given anything new.
    before = dict(rush.places)
    until(lambda: len(rush.places) >= len(before) + 100)
    rush.stopped.set()
    for thread in threads:
        thread.join()
    # Each holds the place that it was told, at either door; those of later are behind those of before.
    assert _held(night, rush) == rush.places
    assert len(set(rush.places.values())) == len(rush.places)
    assert min(place for account, place in rush.places.items() if account not in before) > max(before.values())
    assert _beaten(night, rush) <= {200}
    subject_key = load(night.doors[0].folder).subject_key
    given = night.facts(Fact.JOINED)
    assert max(given.values()) == 1
    places = [place for _, place in given]
    assert len(set(places)) == len(places)
    assert {(account_subject(subject_key, account), place) for account, place in rush.places.items()} <= set(given)
    leased = {subject for subject, _ in night.facts(Fact.LEASED)}
    assert {account_subject(subject_key, account) for account in rush.leases} <= leased
    streams = night.facts(Fact.PASSED)
    assert max(streams.values(), default=1) == 1


def _held(night: Night, rush: Rush) -> dict[int, int]:
    """The place of each account as one of the doors says it now, to a join that is no first one."""
    callers = [Caller(door.port) for door in night.doors]
    found = {account: rush.join(callers[account % 2], account) for account in tuple(rush.places)}
    return {account: body["place"] for account, (code, body) in found.items() if code == 200}


def _beaten(night: Night, rush: Rush) -> set[int]:
    """How a beat of each stream is answered, by one door or the other."""
    callers = [Caller(door.port) for door in night.doors]
    beat = {"sta": "p", "watched_ms": 5}
    leases = enumerate(rush.leases.values())
    return {callers[number % 2].call("POST", f"{N}/leases/{lease}/beats", beat)[0] for number, lease in leases}


@pytest.mark.parametrize("seed", [3])
def test_a_killed_conductor_is_replaced_and_nobody_is_called_twice(night: Night, seed: int) -> None:
    """Its successor goes on from the highest number that any door serves; the status never goes back."""
    chance = random.Random(seed)
    rush, callers = Rush(night.doors[0]), [Caller(door.port) for door in night.doors]
    for account in range(700_000, 700_000 + chance.randrange(40, 120)):
        rush.join(chance.choice(callers), account)
    led = night.leader()
    epochs = [int(str(status(door)["epoch"])) for door in night.doors]
    served = [serving(door) for door in night.doors]
    next(one for one in night.conductors if one.name == led).end(signal.SIGKILL)
    until(lambda: night.leader() not in {"", led}, 5)
    for account in range(701_000, 701_050):
        rush.join(chance.choice(callers), account)
    last = max(rush.places.values())
    until(lambda: min(serving(door) for door in night.doors) >= last)
    # A place that had been called ahead may have served all of them already: the successor's first word is to come.
    until(lambda: all(int(str(status(door)["epoch"])) > then for door, then in zip(night.doors, epochs, strict=True)))
    assert all(now >= then for now, then in zip([serving(door) for door in night.doors], served, strict=True))
    for account in rush.places:
        # Passes are metered by the tick: whoever asks before the next one is next.
        until(partial(rush.enter, chance.choice(callers), account))
    called = [place for _, place in night.doors[0].facts(FACT_NUMBER[Fact.CALLED]) if place in rush.places.values()]
    assert len(called) == len(set(called))
    assert last in called


class Visitor(threading.Thread):
    """A client behind a balancer: another door where one does not listen; every request must be answered."""

    def __init__(self, night: Night, number: int) -> None:
        super().__init__()
        self.night, self.number = night, number
        self.rush = Rush(night.doors[0])
        self.answered, self.errors = 0, list[str]()
        self.stopped = threading.Event()
        self._ports = deque(door.port for door in night.doors)
        self._ports.rotate(number)
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Join again and again, new households and known ones."""
        account = 0
        while not self.stopped.is_set():
            account += 1
            try:
                self._join(self.number * 10_000_000 + account - (account % 3 == 0))
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                self._connection = None

    def _join(self, account: int) -> None:
        connection = self._connected()
        headers = {"Authorization": f"Bearer {self.rush.session(account)}"}
        connection.request("POST", f"{N}/tickets", json.dumps({"client": CLIENT}), headers)
        response = connection.getresponse()
        response.read()
        if response.status not in {200, 201}:
            self.errors.append(str(response.status))
        self.answered += 1
        if response.will_close:
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        while self._connection is None:
            self._ports = deque(door.port for door in self.night.doors if door.port)
            self._ports.rotate(self.answered)
            try:
                made = http.client.HTTPConnection("127.0.0.1", self._ports[0], timeout=20)
                made.connect()
                self._connection = made
            except ConnectionRefusedError:
                self.answered += 1
        return self._connection


def test_a_rolling_restart_under_load_shows_no_client_an_error(night: Night) -> None:
    """Told to stop, a door closes each connection behind an answer, and no other way."""
    visitors = [Visitor(night, number) for number in range(1, 5)]
    for visitor in visitors:
        visitor.start()
    for door in night.doors:
        count = sum(visitor.answered for visitor in visitors)
        until(lambda count=count: sum(visitor.answered for visitor in visitors) > count + 200)  # type: ignore[misc]
        assert _restarted(door) == 0
    count = sum(visitor.answered for visitor in visitors)
    until(lambda: sum(visitor.answered for visitor in visitors) > count + 200)
    for visitor in visitors:
        visitor.stopped.set()
    for visitor in visitors:
        visitor.join()
    assert [error for visitor in visitors for error in visitor.errors] == []


def _restarted(door: DoorProcess) -> int:
    code = door.stop()
    door.start()
    return code
