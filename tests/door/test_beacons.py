"""What players say in other words than a beat's."""

import json

import pytest

from tests.door.rig import Answer, N, Rig

CMCD = {"content-type": "application/cmcd"}


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def say(rig: Rig, lease: str, lines: str) -> Answer:
    """Events of CMCD v2, as a player posts them."""
    return rig.ask("POST", f"{N}/beacons", lines.encode(), headers={**CMCD, "authorization": f"Bearer {lease}"})


def test_events_of_cmcd_become_beats(rig: Rig) -> None:
    """Played, stood still, played again: the time between two events was spent in the state of the first."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    rig.at_s += 12
    lines = (
        f'e=ps,sta=s,ts={ts},sid="a",sn=0\ne=ps,sta=p,ts={ts + 640},msd=640,br=(2500;v),sn=1\n'
        f"e=ps,sta=r,ts={ts + 5640},sn=2\ne=ps,sta=p,ts={ts + 6000},sn=3\ne=t,sta=p,ts={ts + 12_000},sn=4\n"
    )
    assert say(rig, lease, lines).json == {"taken": 5, "malformed": 0, "samples": [], "unknown": []}
    told = [(row["place"], row["watched_ms"], row["stalled_ms"]) for row in rig.facts("beat")]
    assert told == [(0, 0, 0), (1, 0, 0), (2, 5000, 0), (3, 0, 360), (4, 6000, 0)]
    [started] = rig.facts("started")
    assert (started["duration_ms"], started["bitrate_kbps"]) == (640, 2500)


def test_a_stream_ends_once_whatever_else_its_player_says(rig: Rig) -> None:
    """A player that says farewell twice has left once; what it says after it is not taken."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    rig.at_s += 12
    lines = (
        f"e=ps,sta=p,ts={ts},sn=0\ne=ps,sta=q,ts={ts + 5_000},sn=1\ne=ps,sta=q,ts={ts + 5_001},sn=2\n"
        f"e=ps,sta=p,ts={ts + 6_000},sn=3\n"
    )
    assert say(rig, lease, lines).json["taken"] == 2
    assert [row["code"] for row in rig.facts("ended")] == ["quit"]
    assert len(rig.facts("started")) == rig.door.house.counts.ended == 1


def test_a_fatal_error_before_the_picture_is_a_failed_start(rig: Rig) -> None:
    """`e=e` is fatal where `sta` does not say otherwise; its code is inside an inner list."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    say(rig, lease, f'e=e,ts={ts},ec=("manifest")')
    assert [row["code"] for row in rig.facts("start_failed")] == ["manifest"]


def test_what_cannot_be_read_is_counted_and_sampled(rig: Rig) -> None:
    """Never fatal: the good lines beside it are taken."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    answer = say(rig, lease, f"e=ps,sta=p,ts={ts},com.example-x=1\n%%%\nsta=p\n")
    samples = ["CMCD: not CMCD at character 0", "CMCD: an event has the keys e and ts"]
    assert answer.json == {"taken": 1, "malformed": 2, "samples": samples, "unknown": ["com.example-x"]}
    assert rig.door.house.events.malformed == 2
    assert len(rig.door.house.events.samples) == 2
    metrics = rig.door.metrics(rig.night.at(rig.at_s)).body.decode()
    assert 'kickoff_door_events_unknown_keys_total{key="com.example-x"} 1.0' in metrics


def test_events_need_a_lease(rig: Rig) -> None:
    """In the header, or in the address that the player was given."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    line = f"e=ps,sta=p,ts={ts}".encode()
    assert rig.ask("POST", f"{N}/beacons", line, headers=CMCD).status == 401
    assert say(rig, "forged", line.decode()).status == 401
    assert len(rig.facts("started")) == 0
    say(rig, lease, line.decode())
    assert len(rig.facts("started")) == 1


def test_events_of_eyevinn_become_beats(rig: Rig) -> None:
    """`buffering` stands still, `buffered` goes on, `stopped` ends."""
    lease, ts = rig.watch(7).json["lease"], rig.now // 1000
    flow = [
        ("init", 0),
        ("loading", 1),
        ("playing", 500),
        ("buffering", 4_500),
        ("buffered", 5_000),
        ("stopped", 9_000),
    ]
    events = [
        {"event": name, "sessionId": "a", "timestamp": ts + at, "playhead": 0, "duration": -1} for name, at in flow
    ]
    bearer = {"authorization": f"Bearer {lease}", "content-type": "application/json"}
    answer = rig.ask("POST", f"{N}/beacons", json.dumps(events).encode(), headers=bearer)
    assert answer.json["taken"] == 6
    beats = rig.facts("beat")
    assert sum(row["watched_ms"] for row in beats) == 8_000
    assert sum(row["stalled_ms"] for row in beats) == 500
    assert [row["code"] for row in rig.facts("ended")] == ["quit"]
