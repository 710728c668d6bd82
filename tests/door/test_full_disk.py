"""A disk that takes nothing more: no new promise is made, and whoever is inside plays on."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from kickoff.facts import FACT_NUMBER, Fact
from tests.door.process import Caller, DoorProcess
from tests.door.rig import CLIENT, N
from tests.door.test_serve import Rush
from tests.valkey import ValkeyServer, until

FULL = 503


@pytest.fixture(params=["alone", "among many"])
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DoorProcess]:
    """A door that runs, on a line of its own or on a shared one."""
    server = ValkeyServer(tmp_path / "valkey") if request.param == "among many" else None
    # Nobody leads here, so nobody draws, and the doors would wait for it.
    process = DoorProcess(
        tmp_path / "run", changes="draw = false\n", settings={"KICKOFF_VALKEY_URL": server.url} if server else {}
    )
    process.start()
    yield process
    process.kill()
    if server:
        server.kill()


def let_files_grow(door: DoorProcess, bytes_max: int) -> None:
    """No file of the process grows beyond this: the system answers a write as a full disk does, with an error."""
    resource.prlimit(door.pid, resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))


def test_a_full_disk_refuses_joins_and_lets_those_inside_play_on(door: DoorProcess) -> None:
    """A place that could not be written down would be given again; a picture needs no promise."""
    rush, caller = Rush(door), Caller(door.port)
    rush.join(caller, 1)
    until(lambda: caller.call("POST", f"{N}/passes", {"ticket": rush.tickets[1]})[0] == 201)
    pass_ = caller.call("POST", f"{N}/passes", {"ticket": rush.tickets[1]})[1]["pass"]
    wanted = {"pass": pass_, "channel": "canal-plus", "client": CLIENT}
    stream = caller.call("POST", f"{N}/leases", wanted, session=rush.session(1))[1]
    lease = f"{N}/leases/{stream['lease']}"
    let_files_grow(door, 1)
    refused = [rush.join(caller, account) for account in (2, 3)]
    assert [status for status, _ in refused] == [FULL, FULL]
    assert {body["code"] for _, body in refused} <= {"unwritten", "full"}
    # Who watches goes on, and may change the channel; what the player told of its time it tells again later.
    assert caller.call("GET", f"/v1/check/live/north/{stream['playback_token']}/canal-plus/master.m3u8")[0] == 200
    assert caller.call("PUT", lease, {"channel": "canal-plus"})[0] == 200
    assert caller.call("POST", f"{lease}/beats", {"sta": "p", "watched_ms": 5})[0] == FULL
    assert caller.call("GET", f"{N}/status")[0] == 200
    assert caller.call("GET", "/readyz")[0] == FULL
    let_files_grow(door, resource.RLIM_INFINITY)
    # What could not be written waited in its order; the door promises again by itself.
    until(lambda: caller.call("GET", "/readyz")[0] == 200)
    assert caller.call("POST", f"{lease}/beats", {"sta": "p", "watched_ms": 5})[0] == 200
    places = [rush.join(caller, account)[1]["place"] for account in (2, 3, 4, 1)]
    assert len(set(places)) == 4
    assert door.stop() == 0
    joined = door.facts(FACT_NUMBER[Fact.JOINED])
    assert sorted(place for _, place in joined) == sorted(set(places))
    assert door.facts(FACT_NUMBER[Fact.BEAT])
