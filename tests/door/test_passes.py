"""A called ticket becomes a pass; every other token is refused alike."""

import time

import pytest

from kickoff.seals import Seals
from kickoff.units import AtUs
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


def test_minutes_after_their_call_people_go_in_before_anybody_who_was_not_called(rig: Rig) -> None:
    """Not to the back of the line: while there is room at once, and whatever lane it was."""
    late, later = rig.join().json["ticket"], rig.join(5).json["ticket"]
    rig.serve(1)
    rig.at_s += 1800
    waiting = rig.join().json["ticket"]
    assert redeem(rig, waiting)[0] == 429
    assert [redeem(rig, ticket)[0] for ticket in (late, later)] == [201, 201]
    assert [fact["code"] for fact in rig.facts("passed")] == ["grace", "grace"]


def test_who_comes_late_to_a_full_house_stands_in_the_grace_lane_and_has_its_share(rig: Rig) -> None:
    """Beside those who were called just now: a fifth of the seats, and nobody is called anew for them."""
    late = rig.join().json["ticket"]
    rig.serve(1, admit_max=0)
    rig.at_s += 60
    others = [rig.join().json["ticket"] for _ in range(6)]
    rig.serve(7, admit_max=0)
    status, told = redeem(rig, late)
    assert (status, told["lane"], told["why"], told["eta_s"]) == (429, "grace", "full", None)
    assert [redeem(rig, ticket)[1]["lane"] for ticket in others] == ["main"] * 6
    rig.serve(7, admit_max=0)
    assert rig.ask("GET", f"{N}/status").json["grace"] == {"waiting": 1}
    house = rig.ask("GET", f"{N}/house", headers={"authorization": f"Bearer {rig.operator()}"}).json
    assert house["lanes"]["grace"] == {"waiting": 1, "share": 0.2}
    assert rig.door.reading(AtUs(rig.now)).late == 1
    came = []
    for seats in range(1, 6):
        rig.serve(7, admit_max=seats)
        came.append([redeem(rig, ticket)[0] for ticket in others].count(201))
    assert came == [1, 2, 3, 4, 4], "the fifth seat is kept free"
    assert redeem(rig, late)[0] == 201


def test_the_operator_says_what_the_grace_lane_is_guaranteed(rig: Rig) -> None:
    """As of any lane; it is of other seats, so it takes nothing from what the others share."""
    said = {"act": "lanes", "value": {"grace": 0.5, "main": 0.6, "known": 0.4}, "by": "o"}
    found = rig.ask("POST", f"{N}/operator", said, headers={"authorization": f"Bearer {rig.operator()}"})
    assert found.status == 200
    late = rig.join().json["ticket"]
    rig.serve(1, admit_max=0)
    rig.at_s += 60
    others = [rig.join().json["ticket"] for _ in range(3)]
    rig.serve(4, admit_max=0)
    for ticket in (late, *others):
        redeem(rig, ticket)
    rig.serve(4, admit_max=1)
    assert [redeem(rig, ticket)[0] for ticket in others] == [201, 429, 429]
    rig.serve(4, admit_max=2)
    assert [redeem(rig, ticket)[0] for ticket in (others[1], late)] == [429, 201]


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
