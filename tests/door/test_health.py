"""What the operator's services post of their health: signed, bounded, each reading once."""

import json
from pathlib import Path

import pytest

from kickoff.accounts.sessions import OPERATOR_PURPOSE, OperatorClaims
from kickoff.admission.signals import DEPENDENCIES_MAX
from kickoff.clock import WallClock
from kickoff.door.health import HEALTH_PURPOSE, OLD_S, HealthClaims
from kickoff.plumbing.key_files import load
from kickoff.seals import Seals
from tests.door.process import Caller, DoorProcess
from tests.door.rig import Answer, N, Rig, keys
from tests.valkey import until


def token(*, night: str = "psg-juventus", purpose: str = HEALTH_PURPOSE) -> str:
    """A service's token."""
    return Seals(keys().seals).seal(purpose, HealthClaims(name="entitlement", night=night, expires_at=2**60))


def post(rig: Rig, body: object, *, bearer: str | None = None) -> Answer:
    """Post as a service."""
    return rig.ask("POST", f"{N}/health", body, session=bearer or token())


def reading(rig: Rig, **changes: object) -> dict[str, object]:
    """A sound reading, now."""
    return {"dependency": "entitlement", "at": rig.now, "utilisation": 0.7, "capacity_per_s": 900, **changes}


def test_a_reading_is_taken_once() -> None:
    """A retry, a replay and a reading that overtook another change nothing."""
    rig = Rig()
    said = reading(rig, queue_ms=4, errors=1)
    assert post(rig, said).json == {"taken": 1, "known": 0}
    assert post(rig, said).json == {"taken": 0, "known": 1}
    assert post(rig, {**said, "at": rig.now - 1, "capacity_per_s": 1}).json == {"taken": 0, "known": 1}
    (word,) = rig.door.house.posts.latest()
    assert (word.capacity_per_s, word.queue_ms, word.errors) == (900, 4, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"utilisation": -0.1}, "negative"),
        ({"capacity_per_s": -1}, "negative"),
        ({"capacity_per_s": 1e12}, "too large"),
        ({"utilisation": 1e300}, "too large"),
        ({"errors": -3}, "negative"),
        ({"queue_ms": "4"}, "queue_ms"),
        ({"dependency": "No Such"}, "dependency"),
        ({"extra": 1}, "extra"),
        ({"utilisation": None}, "utilisation"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes: dict[str, object], words: str) -> None:
    """A service that counts wrongly hears of it, and what was known stands."""
    rig = Rig()
    answer = post(rig, reading(rig, **changes))
    assert (answer.status, answer.json["code"]) == (400, "bad_request")
    assert words in answer.json["detail"]
    assert rig.door.house.posts.latest() == ()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(number: str) -> None:
    """JSON has none of these, and a float that overflows is none either."""
    rig = Rig()
    raw = json.dumps(reading(rig)).replace("0.7", number).encode()
    answer = post(rig, raw)
    assert answer.status == 400
    assert rig.door.house.posts.latest() == ()


def test_the_future_and_the_past_are_refused() -> None:
    """A clock that is wrong by minutes is a service's own trouble; one that is late by seconds is no trouble."""
    rig = Rig()
    assert "future" in post(rig, reading(rig, at=rig.now + 3_000_000)).json["detail"]
    assert "ago" in post(rig, reading(rig, at=rig.now - round((OLD_S + 1) * 1e6))).json["detail"]
    assert post(rig, reading(rig, at=rig.now + 1_000_000)).status == 202


def test_only_a_service_of_this_night_may_say_how_it_is() -> None:
    """No token, another purpose, another night, a flipped bit: the same words."""
    rig = Rig()
    for bearer in ("x", token(night="other"), token(purpose="collector"), token()[:-2] + "AA"):
        answer = post(rig, reading(rig), bearer=bearer)
        assert (answer.status, answer.json["code"]) == (403, "health_only")


def test_names_without_end_are_refused() -> None:
    """The first names stand; one more is told why."""
    rig = Rig()
    many = [reading(rig, dependency=f"d{number}") for number in range(DEPENDENCIES_MAX)]
    assert post(rig, many).json == {"taken": DEPENDENCIES_MAX, "known": 0}
    assert post(rig, reading(rig, dependency="one_more")).status == 400
    assert post(rig, [*many, many[0]]).status == 400


def test_what_was_posted_reaches_the_conductor(tmp_path: Path) -> None:
    """From the post to the decision: the door's process decides by it at its next tick, and says so."""
    house = DoorProcess(tmp_path)
    house.start()
    try:
        seals, now = Seals(load(tmp_path).seals), WallClock().now()
        claims = HealthClaims(name="entitlement", night="psg-juventus", expires_at=2**60)
        operator = seals.seal(OPERATOR_PURPOSE, OperatorClaims(name="o", expires_at=2**60))
        caller = Caller(house.port)
        said = {"dependency": "entitlement", "at": now, "utilisation": 0.7, "capacity_per_s": 900}
        assert caller.call("POST", f"{N}/health", said, session=seals.seal(HEALTH_PURPOSE, claims))[0] == 202
        until(lambda: caller.call("GET", f"{N}/house", session=operator)[1]["health"] != [])
        _, seen = caller.call("GET", f"{N}/house", session=operator)
    finally:
        house.kill()
    assert [(word["dependency"], word["capacity_per_s"]) for word in seen["health"]] == [("entitlement", 900)]
    assert any("entitlement" in term for term in seen["terms"])
