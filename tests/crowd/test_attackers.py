"""Floods and stolen passwords, by the night's fault script."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.crowd.acts import Answer, Ask, Pause
from kickoff.crowd.attackers import PER_S_MAX, bots
from kickoff.night import Fault, Night
from tests.crowd.playing import night


def under_attack(kind: str, **rest: object) -> Night:
    """The test night with one fault from 10 s to 20 s."""
    fault = msgspec.convert({"kind": kind, "at": 10, "until": 20, **rest}, Fault)
    return msgspec.structs.replace(night(), faults=(fault,))


def asked(target: Night, *, answer_s: float = 0.01) -> list[tuple[float, Ask]]:
    """All requests of all bots, by the time at which they are made."""
    found: list[tuple[float, Ask]] = []
    for begins_s, life, _ in bots(target, chance=np.random.default_rng(1)):
        at_s, act = begins_s, next(life)
        try:
            while True:
                if isinstance(act, Ask):
                    found.append((at_s, act))
                at_s += act.seconds if isinstance(act, Pause) else answer_s
                act = life.send(Answer(at_s=at_s))
        except StopIteration:
            continue
    return sorted(found, key=lambda entry: entry[0])


@given(st.floats(0.5, 40))
def test_an_attack_keeps_its_rate(per_s: float) -> None:
    """As many requests as the file says, within one for each bot, and only while the fault lasts."""
    found = asked(under_attack("flood", per_s=per_s))
    assert abs(len(found) - 10 * per_s) <= per_s / 4 + 2
    assert all(10 <= at_s <= 20 for at_s, _ in found)


def test_no_attack_is_faster_than_the_bound() -> None:
    """The bots share the machine with what they attack."""
    assert len(asked(under_attack("flood", per_s=1_000_000))) <= 10 * PER_S_MAX * 1.01


def test_a_flood_joins_with_devices_that_nobody_knows() -> None:
    """From where the script says; no session, no device token."""
    for _, ask in asked(under_attack("flood", per_s=5, where={"isp": "isp-d"})):
        assert ask.url == "/v1/test-night/tickets"
        assert [name for name, _ in ask.headers] == ["Content-Type"]
        assert msgspec.json.decode(ask.body)["client"]["isp"] == "isp-d"


def test_stuffing_tries_passwords_that_are_wrong() -> None:
    """Some logins are of real subscribers, most of nobody."""
    bodies = [msgspec.json.decode(ask.body) for _, ask in asked(under_attack("stuffing", per_s=20))]
    real = sum(int(body["login"][1:8]) <= 100 for body in bodies)
    assert 0 < real < len(bodies) / 1.5
    assert all(body["password"].startswith("stolen-") for body in bodies)


@pytest.mark.parametrize("kind", ["flood", "stuffing"])
def test_slow_answers_slow_the_bots_down(kind: str) -> None:
    """Never more requests on the way than there are bots."""
    assert len(asked(under_attack(kind, per_s=8), answer_s=5.0)) == 2 * 2
