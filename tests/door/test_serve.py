"""The door as a process: killed in mid-rush and started again, it has lost nothing that it had promised."""

import http.client
import random
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.clock import WallClock
from kickoff.facts import FACT_NUMBER, Fact
from kickoff.plumbing.key_files import load
from kickoff.seals import Seals, account_subject
from tests.door.process import Caller, DoorProcess
from tests.door.rig import CLIENT, N

CALLERS = 6


@pytest.fixture
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DoorProcess]:
    """A door that is not running yet; ended with the test whatever happens."""
    process = DoorProcess(tmp_path / "run", settings=getattr(request, "param", {}))
    yield process
    process.kill()


class Rush:
    """Viewers who join, redeem, take a lease and beat, each on their own; what was acknowledged to them."""

    def __init__(self, door: DoorProcess) -> None:
        self.door = door
        self.seals = Seals(load(door.folder).seals)
        self.places: dict[int, int] = {}
        self.tickets: dict[int, str] = {}
        self.leases: dict[int, str] = {}
        self.epoch = 0
        self._lock = threading.Lock()

    def session(self, account: int) -> str:
        """A household's session."""
        return self.seals.seal(SESSION_PURPOSE, session_claims(account, "sport", 2, at_us=WallClock().now()))

    def join(self, caller: Caller, account: int) -> tuple[int, Any]:
        """Ask for a place, and remember what was promised."""
        status, body = caller.call("POST", f"{N}/tickets", {"client": CLIENT}, session=self.session(account))
        with self._lock:
            if status in {200, 201}:
                self.places[account], self.tickets[account] = body["place"], body["ticket"]
        return status, body

    def enter(self, caller: Caller, account: int) -> bool:
        """Redeem, and take a lease when called; False: not yet."""
        status, body = caller.call("POST", f"{N}/passes", {"ticket": self.tickets[account]})
        called = status == 201
        if called:
            wanted = {"pass": body["pass"], "channel": "canal-plus", "client": CLIENT}
            status, body = caller.call("POST", f"{N}/leases", wanted, session=self.session(account))
            if status == 201:
                self.leases[account] = body["lease"]
                caller.call("POST", f"{N}/leases/{body['lease']}/beats", {"sta": "p", "msd": 300})
        return called

    def run_until_killed(self, accounts: list[int]) -> None:
        """One caller's share of the rush; the kill ends it in the middle of whatever it does."""
        caller, waiting = Caller(self.door.port), deque[int]()
        try:
            for account in accounts:
                self.join(caller, account)
                waiting.append(account)
                if self.enter(caller, waiting[0]):
                    waiting.popleft()
        except (OSError, http.client.HTTPException):
            return


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_in_mid_rush_it_has_lost_nothing(door: DoorProcess, seed: int) -> None:
    """Every ticket holds its place, no place is given twice, leases are kept, the journal has all that was said."""
    chance = random.Random(seed)
    door.start()
    rush = Rush(door)
    shares = [list(range(first, 100_000, CALLERS)) for first in range(1, CALLERS + 1)]
    threads = [threading.Thread(target=rush.run_until_killed, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    kill_after, leases_before = chance.randrange(100, 600), chance.randrange(10, 60)
    watcher = Caller(door.port)
    while len(rush.places) < kill_after or len(rush.leases) < leases_before:
        rush.epoch = watcher.call("GET", f"{N}/status")[1]["epoch"]
    door.kill()
    for thread in threads:
        thread.join()
    before, leases = dict(rush.places), dict(rush.leases)
    epoch = rush.epoch

    door.start()
    caller = Caller(door.port)
    assert caller.call("GET", f"{N}/status")[1]["epoch"] >= epoch
    for account, place in before.items():
        status, body = rush.join(caller, account)
        assert (status, body["place"]) == (200, place)
    for lease in leases.values():
        assert caller.call("POST", f"{N}/leases/{lease}/beats", {"sta": "p", "watched_ms": 5})[0] == 200
    fresh = [rush.join(caller, account)[1]["place"] for account in range(200_000, 200_050)]
    given = door.facts(FACT_NUMBER[Fact.JOINED])
    assert len({place for _, place in given}) == len({subject for subject, _ in given}) == len(given)
    assert min(fresh) > max(before.values())
    subject_key = load(door.folder).subject_key
    assert {(account_subject(subject_key, account), place) for account, place in before.items()} <= set(given)
    leased = {subject for subject, _ in door.facts(FACT_NUMBER[Fact.LEASED])}
    assert {account_subject(subject_key, account) for account in leases} <= leased
    # One start each: what was told before the kill is not told again.
    started = door.facts(FACT_NUMBER[Fact.STARTED])
    assert len(started) == len(set(started))
    assert door.stop() == 0


@pytest.mark.parametrize("door", [{}, {"KICKOFF_DOOR_SERVER": "granian"}], indirect=True)
def test_told_to_stop_it_ends_cleanly_on_either_server(door: DoorProcess) -> None:
    """SIGTERM is no failure, and what was promised is in the journal."""
    door.start()
    rush = Rush(door)
    caller = Caller(door.port)
    assert [rush.join(caller, account)[0] for account in (1, 2, 1)] == [201, 201, 200]
    assert caller.call("GET", "/readyz")[0] == 200
    assert caller.call("GET", f"/{N.rpartition('/')[2]}/nothing")[0] == 404
    assert door.stop() == 0
    assert [place for _, place in door.facts(FACT_NUMBER[Fact.JOINED])] == [1, 2]


def test_one_ticket_redeemed_and_one_cookie_replayed_over_the_wire(door: DoorProcess) -> None:
    """The same over real HTTP: one place however often it is asked for."""
    door.start()
    rush = Rush(door)
    caller = Caller(door.port)
    answers = [rush.join(caller, 7) for _ in range(500)]
    assert {body["place"] for _, body in answers} == {1}
    assert [status for status, _ in answers].count(201) == 1
