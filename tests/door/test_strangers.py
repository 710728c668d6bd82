"""Devices without a session, from networks that are cold and hot."""

import json

import pytest

from kickoff.accounts.sessions import DEVICE_PURPOSE, GUEST_PURPOSE, SESSION_US, DeviceClaims, GuestClaims
from kickoff.crowd.solving import solution_in
from kickoff.door import networks, strangers
from kickoff.settings import DoorSettings
from kickoff.units import US_PER_S
from tests.door.rig import CLIENT, Answer, N, Rig

PHONE = {**CLIENT, "device": "phone"}
FEW = DoorSettings(strangers_per_network_per_min=5, joins_per_network_per_s=20, proof_cost=1)
"""Five strangers a minute make a network hot; a proof of work costs nothing but its tries."""


@pytest.fixture
def rig() -> Rig:
    """A door whose line stands, asked from one network of many people."""
    made = Rig(settings=FEW)
    made.peer = "203.0.113.9"
    return made


def heated(rig: Rig) -> list[Answer]:
    """Six strangers, the last of whom met a hot network."""
    return [rig.join(client=PHONE) for _ in range(6)]


def device(answer: Answer) -> dict[str, str]:
    """By what the door knows this device again."""
    return {"x-kickoff-device": answer.headers["X-Kickoff-Device"]}


def of_an_earlier_night(rig: Rig, number: int) -> Answer:
    """A television that keeps a token from the day before."""
    claims = DeviceClaims(device=1000 + number, expires_at=SESSION_US + rig.night.at(-86_400))
    token = rig.seals.seal(DEVICE_PURPOSE, claims)
    return rig.ask("POST", f"{N}/tickets", {"client": CLIENT}, headers={"x-kickoff-device": token})


def solved(rig: Rig, answer: Answer, **more: object) -> Answer:
    """The same device with the solution of the challenge that it was given."""
    proof = solution_in(b'{"challenge":%b}' % json.dumps(answer.json["challenge"]).encode())
    return rig.ask("POST", f"{N}/tickets", {"client": PHONE, "proof": proof, **more}, headers=device(answer))


def test_who_comes_from_a_hot_network_is_not_refused_but_waits_in_the_slow_lane(rig: Rig) -> None:
    """Without JavaScript, or without the will to work: a place all the same, and the same one again."""
    *before, last = heated(rig)
    assert [answer.json["lane"] for answer in before] == ["main"] * 5
    assert (last.status, last.json["lane"], last.json["place"]) == (201, "slow", 1)
    again = rig.ask("POST", f"{N}/tickets", {"client": PHONE}, headers=device(last))
    assert (again.status, again.json["lane"], again.json["place"]) == (200, "slow", 1)
    assert rig.facts("joined")[-1]["lane"] == "slow"
    assert rig.door.house.heat.slowed == 1


def test_who_works_stands_in_the_main_lane(rig: Rig) -> None:
    """A genuine household behind a shared address needs a second of its processor, and no more."""
    found = solved(rig, heated(rig)[-1])
    assert (found.status, found.json["lane"], found.json["place"]) == (201, "main", 6)
    assert "challenge" not in found.json
    assert rig.facts("joined")[-1]["code"] == "proof"


def test_a_solution_is_good_for_one_place_however_often_it_is_sent(rig: Rig) -> None:
    """Solved once and sent by a thousand bots: it is bound to the device that was asked."""
    last = heated(rig)[-1]
    first, second = solved(rig, last), solved(rig, last)
    assert (second.status, second.json["place"]) == (200, first.json["place"])
    proof = solution_in(b'{"challenge":%b}' % json.dumps(last.json["challenge"]).encode())
    other = rig.join(client=PHONE, proof=proof)
    assert other.json["lane"] == "slow"
    assert rig.door.house.heat.proofs_failed == 1


@pytest.mark.parametrize("proof", ["x", "e30=", "bnVsbA==", "W10=", "eyJjaGFsbGVuZ2UiOiAxfQ==", "=" * 4096])
def test_what_is_no_solution_is_no_proof(rig: Rig, proof: str) -> None:
    """Whatever is sent, nothing breaks and nobody comes in by it."""
    heated(rig)
    found = rig.join(client=PHONE, proof=proof)
    assert (found.status, found.json["lane"]) == (201, "slow")


def test_wrong_proofs_are_looked_at_only_so_often(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    """Each costs the door what one try costs: of one network it pays for a few a second."""
    last = heated(rig)[-1]
    monkeypatch.setattr(networks, "WRONG_PER_S", 3)
    for _ in range(4):
        rig.join(client=PHONE, proof="x")
    assert solved(rig, last).json["lane"] == "slow"
    rig.at_s += 1
    assert solved(rig, last).json["lane"] == "main"


def test_a_challenge_is_over_after_ten_minutes(rig: Rig) -> None:
    """By the door's clock: solutions are not stored up for the day of the match."""
    last = heated(rig)[-1]
    rig.at_s += 601
    assert solved(rig, last).json["lane"] == "slow"


def test_while_the_house_drains_who_holds_a_slow_place_keeps_it(rig: Rig) -> None:
    """A proof would have bought a better one; as none is given, it costs nobody the one held."""
    last = heated(rig)[-1]
    rig.door.house.drains = True
    found = solved(rig, last)
    assert (found.status, found.json["lane"], found.json["place"]) == (200, "slow", 1)
    assert "challenge" not in found.json


def test_a_television_is_never_asked_to_work(rig: Rig) -> None:
    """Its processor is slow and nobody sits at it: its turn comes all the same, and its sign-in shows the rest."""
    heated(rig)
    found = rig.join(client=CLIENT)
    assert (found.json["lane"], "challenge" in found.json) == ("main", False)
    assert rig.facts("joined")[-1]["lane"] == "slow"


def test_a_household_that_is_known_never_meets_the_heat(rig: Rig) -> None:
    """One session, one place, whatever its neighbours do: not even the quota counts it."""
    for _ in range(50):
        rig.join(client=PHONE)
    assert [rig.join(account).json["lane"] for account in range(1, 40)] == ["known"] * 39


def test_beyond_the_quota_a_stranger_is_told_when_to_come_and_what_helps_at_once(rig: Rig) -> None:
    """Even the slow lane takes only so many a second from one network: who works is let in all the same."""
    answers = [rig.join(client=PHONE) for _ in range(30)]
    assert [answer.status for answer in answers].count(201) == 5 + 20
    last = answers[-1]
    assert (last.status, last.json["code"]) == (429, "rate_limited")
    assert int(last.headers["Retry-After"]) in {2, 3}
    rig.peer = "198.51.100.1"
    assert rig.join(client=PHONE).json["lane"] == "main"


def test_who_works_after_a_refusal_has_a_place(rig: Rig) -> None:
    """The challenge of a refusal is bound to a device that was new: it must learn who it is to answer."""
    refused = [rig.join(client=PHONE) for _ in range(30)][-1]
    assert refused.status == 429
    found = solved(rig, refused)
    assert (found.status, found.json["lane"]) == (201, "main")


def test_bots_never_fill_the_line(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    """The slow lane holds a part of the line's places at most: the others are kept for people."""
    monkeypatch.setattr(strangers, "SLOW_SHARE_MAX", 2 / rig.night.door.line_max)
    answers = [rig.join(client=PHONE) for _ in range(9)]
    assert [answer.status for answer in answers] == [201] * 7 + [429] * 2
    assert solved(rig, answers[5]).json["lane"] == "main"


def test_heat_is_over_when_nobody_adds_to_it(rig: Rig) -> None:
    """Two quiet minutes, and strangers of this network are strangers like all others."""
    heated(rig)
    assert rig.door.house.networks.hot(rig.now) == 1
    rig.at_s += 121
    assert rig.join(client=PHONE).json["lane"] == "main"
    assert rig.door.house.networks.hot(rig.now) == 0


def test_nobody_waits_behind_those_who_came_before_their_network_was_hot(rig: Rig) -> None:
    """The first bots of each network gain nothing: the lane moves on over them, and counts them no more.

    Nor behind the eight numbers that are kept back for those of them who work.
    """
    heated(rig)
    rig.peer = "198.51.100.1"
    behind = rig.join(client=PHONE).json
    line = rig.door.house.lines["main"]
    assert (behind["place"], line.waiting) == (14, 1)
    told = rig.ask("POST", f"{N}/passes", {"ticket": behind["ticket"]}).json
    assert (told["code"], told["place"]) == ("not_yet", 14)
    assert rig.door.house.heat.doubted == 5


def test_who_only_asks_again_and_again_uses_up_next_to_no_numbers(rig: Rig) -> None:
    """Eight numbers are kept back at each look for five seconds; then until somebody takes one, or for a minute."""
    last = heated(rig)[-1]
    for _ in range(60):
        rig.at_s += 0.5
        rig.ask("POST", f"{N}/tickets", {"client": PHONE}, headers=device(last))
    assert rig.door.house.lines["main"].book.last_given == 5 + 8 * 11


def test_who_was_there_before_the_bots_comes_in_when_it_was_due_by_a_proof(rig: Rig) -> None:
    """Their place is the one they had; a second's work is all that the bots beside them cost them."""
    first = heated(rig)[0].json
    rig.serve(6)
    refused = rig.ask("POST", f"{N}/passes", {"ticket": first["ticket"]})
    assert (refused.status, refused.json["code"]) == (403, "proof_needed")
    proof = solution_in(b'{"challenge":%b}' % json.dumps(refused.json["challenge"]).encode())
    assert rig.ask("POST", f"{N}/passes", {"ticket": first["ticket"], "proof": proof}).status == 201
    assert rig.ask("POST", f"{N}/passes", {"ticket": first["ticket"]}).status == 201
    assert [fact["code"] for fact in rig.facts("refused")] == ["proof_needed"]


def test_who_cannot_work_takes_a_slow_place_instead_of_a_doubted_one(rig: Rig) -> None:
    """Without JavaScript nobody is stuck at a door that asks for work."""
    first = heated(rig)[0]
    rig.serve(6)
    found = rig.ask("POST", f"{N}/tickets", {"client": PHONE, "slow": True}, headers=device(first))
    assert (found.status, found.json["lane"]) == (201, "slow")
    assert rig.join(client=PHONE, slow=True).status == 201


def test_a_ticket_that_many_networks_redeem_is_doubted(rig: Rig) -> None:
    """Sold, or shared in a forum: from the sixth network on it lets nobody in without work."""
    rig.peer = "198.51.100.1"
    ticket = rig.join(client=PHONE).json["ticket"]
    rig.serve(1)
    statuses = []
    for network in range(9):
        rig.peer = f"203.0.{network}.1"
        statuses.append(rig.ask("POST", f"{N}/passes", {"ticket": ticket}).status)
    assert statuses == [201] * 6 + [403] * 3
    assert rig.door.house.heat.shared == 1


def test_a_proof_that_is_sent_again_makes_no_neighbour_work_more(rig: Rig) -> None:
    """One solution counts once, and raises no price again; and who has shown it is not asked a second time."""
    first = heated(rig)[0].json
    rig.serve(6)
    refused = rig.ask("POST", f"{N}/passes", {"ticket": first["ticket"]}).json
    proof = solution_in(b'{"challenge":%b}' % json.dumps(refused["challenge"]).encode())
    for _ in range(9):
        assert rig.ask("POST", f"{N}/passes", {"ticket": first["ticket"], "proof": proof}).status == 201
    assert rig.door.house.heat.proved == 1
    assert rig.door.house.networks.of(rig.peer, rig.now).proved_lately(rig.now) == 1
    assert rig.door.house.lines["main"].doubt((first["number"],)) == 0


def test_a_place_that_was_worked_for_is_never_doubted(rig: Rig) -> None:
    """Neither when its ticket is seen in many networks nor when its own turns hot once more."""
    found = solved(rig, heated(rig)[-1])
    rig.serve(60)
    for network in range(9):
        rig.peer = f"203.0.{network}.1"
        assert rig.ask("POST", f"{N}/passes", {"ticket": found.json["ticket"]}).status == 201


def test_who_asks_again_is_given_the_same_challenge(rig: Rig) -> None:
    """What a phone works at is not taken from it when it looks again, and the place kept back for it stays the same."""
    last = heated(rig)[-1]
    rig.at_s += 7
    again = rig.ask("POST", f"{N}/tickets", {"client": PHONE}, headers=device(last))
    assert again.json["challenge"] == last.json["challenge"]
    rig.at_s += 300
    other = rig.ask("POST", f"{N}/tickets", {"client": PHONE}, headers=device(last))
    assert other.json["challenge"] != last.json["challenge"]
    assert solved(rig, last).json["lane"] == "main"


def test_challenges_asked_for_while_they_are_cheap_are_not_shown_when_they_are_dear(rig: Rig) -> None:
    """Thousands of them could else be asked for in one second and worked off at the first price."""
    network = rig.door.house.networks.of(rig.peer, rig.now)
    for _ in range(256):
        network.prove(rig.now)
    answers = [rig.join(client=PHONE) for _ in range(8)]
    for _ in range(767):
        network.prove(rig.now)
    assert solved(rig, answers[-1]).json["lane"] == "main"
    dear = solved(rig, answers[-2])
    assert dear.json["lane"] == "slow"
    assert dear.json["challenge"]["parameters"]["cost"] == 4
    rig.at_s += 420
    assert solved(rig, answers[-2]).json["lane"] == "main"


def test_televisions_of_earlier_nights_are_let_be_as_many_as_people_have(rig: Rig) -> None:
    """Two at once have a place here; further ones are televisions like all others, and stand behind the last."""
    heated(rig)
    for number in range(9):
        of_an_earlier_night(rig, number)
    assert [one["lane"] for one in rig.facts("joined")[-9:]] == ["main"] * 2 + ["slow"] * 7
    again = of_an_earlier_night(rig, 0)
    assert (again.status, again.json["lane"]) == (200, "main")


def test_collected_televisions_are_doubted_as_all_who_came_before_the_heat(rig: Rig) -> None:
    """From a network that is still cold the first are let be; of the others each is a stranger that is remembered."""
    for number in range(9):
        of_an_earlier_night(rig, number)
    line = rig.door.house.lines["main"]
    assert [place for place in range(1, line.book.last_given + 1) if line.is_doubted(place)] == [3, 4, 5]


def test_a_phone_between_two_networks_shares_nothing(rig: Rig) -> None:
    """On the way home from one antenna to the next, and back."""
    rig.peer = "198.51.100.1"
    ticket = rig.join(client=PHONE).json["ticket"]
    rig.serve(1)
    for turn in range(20):
        rig.peer = f"203.0.{turn % 3}.1"
        assert rig.ask("POST", f"{N}/passes", {"ticket": ticket}).status == 201


def test_a_flood_from_everywhere_makes_networks_hot_sooner(rig: Rig) -> None:
    """Many networks, each below its own measure: strangers as never before are seen over all of them."""
    rig.serve(0)
    for number in range(400):
        rig.peer = f"10.1.{number % 200}.1"
        rig.join(client=PHONE)
    for _ in range(7):
        rig.at_s += 1
        rig.serve(0)
    assert rig.door.house.networks.is_flooded
    rig.peer = "10.9.9.1"
    assert [rig.join(client=PHONE).json["lane"] for _ in range(2)] == ["slow"] * 2


def test_the_operators_guest_has_a_place_in_a_lane_of_its_own(rig: Rig) -> None:
    """Press, partners, those who test: one claim, one place, on whichever device it is shown."""
    claims = GuestClaims(night=rig.night.name, number=7, expires_at=rig.now + 60 * US_PER_S)
    claim = rig.seals.seal(GUEST_PURPOSE, claims)
    first, second = rig.join(claim=claim), rig.join(5, claim=claim)
    assert [(one.status, one.json["lane"], one.json["place"]) for one in (first, second)] == [
        (201, "operator", 1),
        (200, "operator", 1),
    ]
    assert rig.facts("joined")[-1]["code"] == "claim"
    rig.serve(1)
    assert rig.ask("POST", f"{N}/passes", {"ticket": first.json["ticket"]}).status == 201


@pytest.mark.parametrize("change", ["night", "late", "cut", "purpose"])
def test_no_other_claim_opens_the_operators_lane(rig: Rig, change: str) -> None:
    """Of another night, over, cut, or a token of another kind."""
    number, expires = 7, rig.now + (60 if change != "late" else -60) * US_PER_S
    claims = GuestClaims(night="other" if change == "night" else rig.night.name, number=number, expires_at=expires)
    claim = rig.seals.seal("session" if change == "purpose" else GUEST_PURPOSE, claims)
    found = rig.join(claim=claim[:-1] if change == "cut" else claim)
    assert (found.status, found.json["code"]) == (401, "bad_token")
