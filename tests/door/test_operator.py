"""The operator's hand: what each act does to those who wait, and what the journal keeps of it."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kickoff.conductor.tick import Conductor
from kickoff.door.bodies import OperatorBody
from kickoff.door.hearing import Hearing
from kickoff.door.seam import Reply
from kickoff.door.serve import line_input
from kickoff.door.telling import Ears, Wishes
from kickoff.units import US_PER_S
from kickoff.waiting_room.snapshot import LineState, Snapshot
from tests.door.rig import CLIENT, Answer, FakeLine, N, Rig
from tests.door.test_recovery import restarted

GUIDE = Path(__file__).parents[2] / "docs" / "operator.md"


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def act(rig: Rig, name: str, value: object = None) -> Answer:
    """One act of the operator."""
    return rig.ask("POST", f"{N}/operator", {"act": name, "value": value}, session=rig.operator())


def ticked(rig: Rig, conductor: Conductor) -> Snapshot:
    """What everybody is told after the next tick."""
    snapshot, orders = conductor.tick(rig.door.reading(rig.night.at(rig.at_s)), line_input(rig.door))
    rig.door.publish(snapshot, orders)
    return snapshot


def redeemed(rig: Rig, ticket: str) -> Answer:
    """What a ticket gives now."""
    return rig.ask("POST", f"{N}/passes", {"ticket": ticket})


def test_every_act_is_a_fact_with_who_and_when(rig: Rig) -> None:
    """Who did it stands in the signed token, not in what the caller says of itself."""
    rig.at_s = 31.5
    for name, value in (("pause", None), ("drain", True), ("drain", False), ("queue", True), ("codes", {"shed": 429})):
        body = {"act": name, "value": value, "by": "somebody else"}
        assert rig.ask("POST", f"{N}/operator", body, session=rig.operator()).status == 200
    facts = [fact for fact in rig.facts("operator") if not str(fact["code"]).startswith("draw ")]
    assert [fact["code"] for fact in facts] == ["pause", "drain", "no_drain", "queue", "codes shed 429"]
    assert {(fact["at"], fact["app"]) for fact in facts} == {(rig.now, "o")}


def test_the_later_of_two_acts_stands_everywhere_whatever_the_clocks_say(rig: Rig) -> None:
    """Doors believe the latest: an act in the same microsecond, or at a door whose clock is behind, is a later one."""
    one, two = rig.door.house, Rig(line=FakeLine()).door.house
    hearing = Hearing(two, writer="b", ears=Ears({}))
    for act, behind_s in (("pause", 0.0), ("resume", 0.0), ("pause", 2.0)):
        rig.at_s -= behind_s
        assert rig.ask("POST", f"{N}/operator", {"act": act}, session=rig.operator()).status == 200
        hearing.wish(Wishes(at_us=one.wished_at, paused=one.paused))
        assert two.paused is (act == "pause")


def test_queue_everyone_holds_also_those_who_are_called(rig: Rig) -> None:
    """Who watches goes on and comes back; all others wait, in the same order, the called ones first."""
    inside = rig.watch(7).json["lease"]
    called, passed = rig.join(1).json["ticket"], rig.join(2).json["ticket"]
    rig.serve(3)
    assert redeemed(rig, passed).status == 201
    act(rig, "queue", value=True)
    held = redeemed(rig, called)
    assert (held.status, held.json["code"], held.json["why"], held.json["eta_s"]) == (429, "not_yet", "everyone", None)
    assert redeemed(rig, passed).status == 201
    assert rig.join(3).status == 201
    back = {"resume": inside, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", back, session=rig.session(7)).status == 201
    act(rig, "queue", value=False)
    assert redeemed(rig, called).status == 201


def test_while_everyone_is_queued_nobody_is_called_and_the_line_says_why(rig: Rig) -> None:
    """It is a line, not a pause: places are given, the state is `queueing` though nobody waits yet."""
    conductor = Conductor(rig.night)
    act(rig, "queue", value=True)
    rig.join(1)
    told = [ticked(rig, conductor) for _ in range(3)][-1]
    assert (told.state, told.reason) == (LineState.QUEUEING, "everyone")
    assert {lane.serving for lane in told.lanes.values()} == {0}
    act(rig, "queue", value=False)
    assert ticked(rig, conductor).reason != "everyone"


def test_the_operator_opens_the_doors_and_ends_the_night_at_another_time() -> None:
    """Before the doors, later or at once; the end, within the life of the tickets."""
    rig = Rig(state=LineState.BEFORE)
    rig.at_s = 2.0
    conductor = Conductor(rig.night)
    planned = ticked(rig, conductor)
    assert planned.doors_at == rig.night.at(rig.night.schedule.doors)
    later = rig.now + 40 * US_PER_S
    assert act(rig, "schedule", {"doors": later}).status == 200
    told = ticked(rig, conductor)
    assert told.doors_at == later
    assert told.state in {LineState.BEFORE, LineState.DRAW}
    rig.at_s = 30.0
    assert ticked(rig, conductor).state in {LineState.BEFORE, LineState.DRAW}
    assert act(rig, "schedule", {"doors": rig.now + 90 * US_PER_S}).status == 200
    assert act(rig, "schedule", {"ends": rig.now + 80 * US_PER_S}).status == 400, "a night ends after its doors open"
    assert act(rig, "schedule", {"doors": rig.now}).status == 200
    assert ticked(rig, conductor).state is LineState.OPEN
    assert act(rig, "schedule", {"doors": rig.now + 1}).status == 400
    assert act(rig, "schedule").status == 200
    assert ticked(rig, conductor).state is LineState.OPEN, "doors that are open stay open"
    assert act(rig, "schedule", {"ends": rig.now}).status == 200
    assert ticked(rig, conductor).state is LineState.CLOSED
    assert act(rig, "schedule").status == 400
    codes = [(fact["code"], fact["duration_ms"]) for fact in rig.facts("operator")]
    assert [one for one in codes if one[0] in {"doors", "ends"}] == [
        ("doors", 42_000),
        ("doors", 120_000),
        ("doors", 30_000),
        ("doors", 30_000),
        ("ends", 30_000),
    ]


def test_before_the_doors_a_ticket_and_the_status_object_hold_an_appointment() -> None:
    """An app need not ask before; whoever asks all the same is told the same instant."""
    rig = Rig(state=LineState.BEFORE)
    rig.at_s = 2.0
    conductor = Conductor(rig.night)
    ticked(rig, conductor)
    status = rig.ask("GET", f"{N}/status").json
    first, last = status["appointment"]
    assert first == status["times"]["doors"] < last
    tickets = [rig.join(account).json for account in (1, 2, 3)]
    instants = [ticket["come_back_at"] for ticket in tickets]
    assert len(set(instants)) == 3
    assert all(first <= instant <= last for instant in instants)
    early = redeemed(rig, tickets[0]["ticket"])
    assert early.json["ask_again_s"] == pytest.approx((instants[0] - rig.now) / US_PER_S, abs=0.01)
    assert int(early.headers["Retry-After"]) >= (first - rig.now) // US_PER_S
    rig.at_s = rig.night.schedule.doors
    ticked(rig, conductor)
    assert rig.ask("GET", f"{N}/status").json["appointment"] is None
    assert "come_back_at" not in rig.join(4).json


@pytest.mark.parametrize("waiting", [200, 202, 503])
def test_who_waits_is_answered_with_the_status_that_the_operator_chose(rig: Rig, waiting: int) -> None:
    """The problem's code says as ever what is meant, and Retry-After stands."""
    ticket = rig.join(1).json["ticket"]
    act(rig, "codes", {"waiting": waiting})
    rig.serve(0)
    reply = rig.raw("POST", f"{N}/passes", {"ticket": ticket})
    assert isinstance(reply, Reply)
    said: dict[str, Any] = json.loads(reply.body)
    assert (reply.status, said["status"], said["code"]) == (waiting, waiting, "not_yet")
    assert reply.content_type == "application/problem+json"
    assert "Retry-After" in dict(reply.headers)
    assert rig.ask("GET", f"{N}/status").json["waiting_status"] == waiting
    act(rig, "codes")
    assert redeemed(rig, ticket).status == 429


def test_who_cannot_be_taken_is_answered_with_the_status_that_the_operator_chose(rig: Rig) -> None:
    """A network in front that takes every 503 for a dead door is spared it; what is broken keeps its own status."""
    act(rig, "codes", {"shed": 429})
    act(rig, "drain", value=True)
    answer = rig.join(1)
    assert (answer.status, answer.json["code"]) == (429, "draining")
    assert rig.ask("GET", "/readyz").status == 503


def test_a_door_that_starts_again_knows_what_the_operator_wanted() -> None:
    """Doors that were put off do not open for a crash, who paused has paused, and what was lifted stays lifted."""
    rig = Rig(state=LineState.BEFORE)
    rig.at_s = 2.0
    doors_at = rig.now + 60 * US_PER_S
    acts: list[tuple[str, object]] = [
        ("pause", None), ("resume", None), ("pause", None), ("cap", 2.5), ("pin", rig.night.door.beat_s_max),
        ("ladder", 1), ("drain", True), ("queue", True), ("queue", False), ("lanes", {"main": 0.5, "known": 0.1}),
        ("codes", {"waiting": 202, "shed": 429}), ("codes", {"waiting": 503}), ("schedule", {"doors": doors_at}),
        ("schedule", {"ends": rig.night.at(rig.night.schedule.end + 60)}), ("schedule", {"draw": doors_at - US_PER_S}),
    ]  # fmt: skip
    for name, value in acts:
        assert act(rig, name, value).status == 200, name
    before = rig.ask("GET", f"{N}/house", session=rig.operator()).json
    again = restarted(rig, state=LineState.BEFORE)
    house = again.ask("GET", f"{N}/house", session=again.operator()).json
    stands = ("pin_s", "ladder_step", "drains", "queues", "guaranteed", "codes", "draw_at", "doors_at", "ends_at")
    assert {name: house[name] for name in stands} == {name: before[name] for name in stands}
    assert (again.door.house.paused, again.door.house.cap_per_s) == (True, 2.5)
    assert again.facts("operator") == [], "what is known already is not written again"


def test_the_guide_tells_every_act_and_each_example_is_done(rig: Rig) -> None:
    """Who has only the API and a night that goes wrong copies them; and what it says of the fact is what is written."""
    rig = Rig(state=LineState.BEFORE)
    rows = re.findall(r"(?m)^\| `(\{.*\})` \|.*\| `([a-z_]+)[^|]*\|$", GUIDE.read_text("utf-8"))
    for body, code in rows:
        assert rig.ask("POST", f"{N}/operator", body.encode(), session=rig.operator()).status == 200, body
        assert str(rig.facts("operator")[-1]["code"]).split(" ")[0] == code
    acts = re.findall(
        r"[a-z]+", msgspec.json.schema(OperatorBody)["$defs"]["OperatorBody"]["properties"]["act"]["pattern"]
    )
    assert [json.loads(body)["act"] for body, _ in rows] != []
    assert {json.loads(body)["act"] for body, _ in rows} == set(acts)
