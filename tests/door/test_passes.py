"""A called ticket becomes a pass; every other token is refused alike."""

import time

import pytest

from kickoff.seals import Seals
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE
from tests.door.rig import N, Rig, keys


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def redeem(rig: Rig, ticket: str) -> tuple[int, dict[str, object]]:
    """Ask for the pass."""
    answer = rig.ask("POST", f"{N}/passes", {"ticket": ticket})
    return answer.status, answer.json


def test_who_is_not_called_is_told_place_time_and_when_to_ask(rig: Rig) -> None:
    """An interval, never a point, and never `try again`."""
    tickets = [rig.join(account).json["ticket"] for account in range(1, 102)]
    rig.serve(1)
    answer = rig.ask("POST", f"{N}/passes", {"ticket": tickets[100]})
    assert answer.status == 429
    assert (answer.json["place"], answer.json["serving"], answer.json["eta_s"]) == (101, 1, [5.0, 20.0])
    assert 2 <= answer.json["ask_again_s"] <= 60
    assert int(answer.headers["Retry-After"]) >= answer.json["ask_again_s"] - 1
    assert redeem(rig, tickets[0])[0] == 201


def test_redeemed_again_it_gives_a_pass_again_and_one_fact(rig: Rig) -> None:
    """A lost answer costs nobody their turn."""
    ticket = rig.join(7).json["ticket"]
    rig.serve(1)
    rig.at_s += 3
    assert redeem(rig, ticket)[0] == 201
    status, again = redeem(rig, ticket)
    assert (status, again["sign_in"]) == (201, False)
    [passed] = rig.facts("passed")
    assert (passed["place"], passed["code"], passed["lane"]) == (1, "in_time", "known")
    assert passed["wait_ms"] == 3_000
    assert rig.door.reading(rig.night.at(rig.at_s)).passed_total == 1


def test_who_comes_late_comes_through_the_grace_lane(rig: Rig) -> None:
    """A viewer whose phone locks for a moment does not lose their turn."""
    ticket = rig.join().json["ticket"]
    rig.serve(1)
    rig.at_s += 60
    status, body = redeem(rig, ticket)
    assert (status, body["sign_in"]) == (201, True)
    [passed] = rig.facts("passed")
    assert (passed["lane"], passed["code"]) == ("main", "grace")


def test_a_full_house_meets_the_called_with_a_place_not_a_pass(rig: Rig) -> None:
    """They are next, before any new call."""
    first, second = rig.join(1).json["ticket"], rig.join(2).json["ticket"]
    rig.serve(2, admit_max=1)
    assert redeem(rig, first)[0] == 201
    status, body = redeem(rig, second)
    # Zero is not said before it is true: who is next goes in when somebody leaves, and nobody knows when.
    assert (status, body["eta_s"], body["why"]) == (429, None, "full")
    assert redeem(rig, first)[0] == 201
    rig.serve(2, admit_max=2)
    assert redeem(rig, second)[0] == 201


def test_a_used_ticket_leads_back_in_another_way(rig: Rig) -> None:
    """One place, one household: a shared ticket lets nobody else in."""
    lease = rig.watch(7)
    assert lease.status == 201
    status, body = redeem(rig, rig.join(7).json["ticket"])
    assert (status, body["code"]) == (409, "already_in")


def refused_tokens(rig: Rig) -> dict[str, str]:
    """Tickets that must not be accepted, by what is wrong with them."""
    good = rig.join(7).json["ticket"]
    claims = rig.seals.open(TICKET_PURPOSE, good, TICKET_DECODER, at_us=rig.now)
    changed = {field: getattr(claims, field) for field in claims.__struct_fields__}
    other_night = type(claims)(**{**changed, "night": "another-night"})
    expired = type(claims)(**{**changed, "expires_at": rig.now - 1})
    beyond = type(claims)(**{**changed, "place": 10_000_000})
    tokens = {
        "another night": rig.seals.seal(TICKET_PURPOSE, other_night),
        "stale key": Seals(keys(99).seals).seal(TICKET_PURPOSE, claims),
        "expired": rig.seals.seal(TICKET_PURPOSE, expired),
        "beyond the line": rig.seals.seal(TICKET_PURPOSE, beyond),
        "another purpose": rig.seals.seal("session", claims),
        "empty": "",
        "cut": good[:-1],
        "cut in the middle": good[:40],
        "not ascii": good + "é",
    }
    for at in range(0, len(good), 5):
        flipped = chr(ord(good[at]) ^ 1)
        tokens[f"bit flipped at {at}"] = good[:at] + flipped + good[at + 1 :]
    return tokens


def test_no_other_token_passes_for_a_ticket(rig: Rig) -> None:
    """Another night's, a stale key's, a cut or flipped one: refused with a problem document, and counted."""
    tokens = refused_tokens(rig)
    rig.serve(1)
    for wrong, token in tokens.items():
        status, body = redeem(rig, token)
        assert (status, body["status"]) == (401, 401), wrong
        assert str(body["type"]).startswith("urn:kickoff:problem:"), wrong
    assert rig.door.house.refused["bad_token"] == len(tokens)
    assert {fact["code"] for fact in rig.facts("refused")} == {"bad_token"}


def test_refusing_takes_the_same_time_wherever_a_token_is_wrong(rig: Rig) -> None:
    """Time tells a forger nothing: a flip in the first byte of the MAC costs what a flip in its last does."""
    good = rig.join(7).json["ticket"]
    head, _, mac = good.rpartition(".")
    first = f"{head}.{'A' if mac[0] != 'A' else 'B'}{mac[1:]}"
    last = f"{head}.{mac[:-2]}{'AA' if mac[-2:] != 'AA' else 'BB'}"

    def fastest_s(token: str) -> float:
        times = []
        for _ in range(400):
            began = time.perf_counter()
            rig.raw("POST", f"{N}/passes", {"ticket": token})
            times.append(time.perf_counter() - began)
        return sorted(times)[40]

    assert fastest_s(first) < 2 * fastest_s(last)
    assert fastest_s(last) < 2 * fastest_s(first)
