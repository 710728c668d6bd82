import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kickoff.aftermath.closing import said_so_far
from kickoff.clock import ManualClock
from kickoff.console.desk import SETTLE_S, Desk, DeskNow, DraftGone
from kickoff.console.door_link import DoorLink, DoorSilent
from kickoff.console.publishing import Told, acts, mark_of, standing_of, words_of
from kickoff.facts import CODES, Fact
from kickoff.night import Notices
from kickoff.notices.statuspage import identifier
from kickoff.notices.words import Notice, State
from kickoff.run_folder import RunFolder
from tests.console.room import AT_S, NIGHT, SEALS, FakeDoor, answers, page_of
from tests.door.rig import N
from tests.door.rig import Rig as DoorRig
from tests.evenings import second


def said(*, calm: bool = False) -> Notice:
    """What the journal has the console say."""
    found = answers(calm=calm).said
    assert found is not None
    return found


class Rig:
    """A desk before a fake door, on a clock that is moved by hand."""

    def __init__(self, door: FakeDoor, approval: str, root: Path) -> None:
        self.door = door
        self.clock = ManualClock(second(AT_S))
        self.link = DoorLink(door.address, night=NIGHT.name, seals=SEALS, clock=self.clock)
        self.night = replace(NIGHT, notices=Notices(approval=approval))
        self.folder = RunFolder(root, self.night.name)
        self.desk = Desk(self.link, page_of(root, self.night), self.clock, self.night)

    async def tick(self, draft: Notice | None) -> list[str]:
        """The next answer of the journal, some seconds later. Returns the acts that it led to."""
        before = len(self.door.acts)
        self.clock.advance(SETTLE_S + 1)
        await self.desk.tick(draft)
        return [act["act"] for act in self.door.acts[before:]]


@pytest.fixture
async def rule(tmp_path: Path) -> AsyncIterator[Rig]:
    """The rule publishes."""
    with FakeDoor().serving() as door:
        rig = Rig(door, "rule", tmp_path)
        yield rig
        await rig.link.close()


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Rig]:
    """People publish."""
    with FakeDoor().serving() as door:
        rig = Rig(door, "people", tmp_path)
        yield rig
        await rig.link.close()


async def test_the_rule_publishes_once_and_takes_away_what_is_wrong(rule: Rig) -> None:
    """Both acts, signed as the rule's; nothing while nothing changes; nothing is left at the end."""
    assert await rule.tick(said()) == ["incident", "notice"]
    assert rule.door.told == {"notice": words_of(said()), "incident": identifier(said().incident)}
    assert {act["by"] for act in rule.door.acts} == {"rule"}
    assert await rule.tick(said()) == []
    assert await rule.tick(None) == []
    assert await rule.tick(said(calm=True)) == ["incident", "notice"]
    assert rule.door.told == {"notice": {}, "incident": ""}


async def test_a_silent_door_is_tried_once_a_tick_until_it_hears(rule: Rig) -> None:
    """What it forgot when it was started again is said again."""
    rule.door.silent = True
    assert await rule.tick(said()) == []
    assert (rule.desk.now.late, rule.desk.now.standing) == ("silent", None)
    rule.door.silent = False
    assert await rule.tick(said()) == ["incident", "notice"]
    assert rule.desk.now.late == ""
    rule.door.told = {"notice": {}, "incident": ""}
    assert await rule.tick(said()) == ["incident", "notice"]


async def test_words_that_the_door_refuses_are_not_sent_again(rule: Rig) -> None:
    """The operator reads why."""
    rule.door.refusal = "too long"
    await rule.tick(said())
    rule.door.refusal = ""
    assert await rule.tick(said()) == []
    assert (rule.desk.now.late, rule.desk.now.standing) == ("too long", None)


async def test_the_door_is_not_asked_right_after_an_act(rule: Rig) -> None:
    """What it tells then is a tick old: the same would be said twice."""
    await rule.tick(said())
    rule.door.told = {"notice": {}, "incident": ""}
    await rule.desk.tick(said())
    assert len(rule.door.acts) == 2


async def test_people_publish_what_they_have_read_and_take_it_back(people: Rig) -> None:
    """Nothing goes out by itself; words that changed meanwhile do not go out."""
    assert await people.tick(said()) == []
    assert people.desk.now.draft == said()
    with pytest.raises(DraftGone):
        await people.desk.publish("other words", by="ana")
    assert people.door.acts == []
    await people.desk.publish(mark_of(said()), by="ana")
    assert {act["by"] for act in people.door.acts} == {"ana"}
    assert people.desk.now == DeskNow(standing=standing_of(said(), by="ana", at=people.clock.now()))
    with pytest.raises(DraftGone):
        await people.desk.publish(mark_of(said()), by="ana")
    await people.desk.take_back(by="ben")
    assert people.door.told == {"notice": {}, "incident": ""}
    assert people.desk.now.draft == said()


async def test_what_people_publish_stands_on_the_public_page(people: Rig) -> None:
    """Page, history for machines and the subscribers' own evening say it from then on; taken back, they say that."""
    await people.tick(said())
    page, machines = people.folder.root / "status" / "index.html", people.folder.root / "status" / "api" / "v2"
    assert not page.exists()
    await people.desk.publish(mark_of(said()), by="ana")
    assert said().texts["en"].title in page.read_text("utf-8")
    (told,) = json.loads((machines / "incidents.json").read_bytes())["incidents"]
    assert told["incident_updates"][0]["body"] == said().texts["en"].status_page
    assert [one.at for one in said_so_far(people.folder)] == [people.clock.now()]
    await people.desk.take_back(by="ben")
    assert "We have taken back what we said" in page.read_text("utf-8")
    assert json.loads((machines / "incidents" / "unresolved.json").read_bytes())["incidents"] == []
    assert [one.state for one in said_so_far(people.folder)] == [State.OPEN, State.CALM]


async def test_the_rule_leaves_the_public_page_to_the_journals_answers(rule: Rig) -> None:
    """It would be written twice, with two times."""
    await rule.tick(said())
    await rule.desk.take_back(by="ana")
    await rule.desk.publish(mark_of(said()), by="ana")
    assert said_so_far(rule.folder) == ()


async def test_the_rule_steps_back_where_a_person_acts(rule: Rig) -> None:
    """Taken back, or written over by somebody else: the draft waits for a person from then on."""
    await rule.tick(said())
    await rule.desk.take_back(by="ana")
    assert await rule.tick(said()) == []
    assert rule.desk.now.is_held
    await rule.desk.publish(mark_of(said()), by="ana")
    rule.door.told["notice"] = {"en": "Mind the gap."}
    assert await rule.tick(said()) == []
    standing = rule.desk.now.standing
    assert (standing.words if standing else None) == {"en": "Mind the gap."}


async def test_a_silent_door_is_said_to_who_publishes(people: Rig) -> None:
    """Nothing is shown as published."""
    await people.tick(said())
    people.door.silent = True
    with pytest.raises(DoorSilent):
        await people.desk.publish(mark_of(said()), by="ana")
    assert people.desk.now.standing is None


def test_the_real_door_takes_the_acts_and_its_journal_keeps_them() -> None:
    """Its bounds on names and words are ours; each act is a fact of the operator."""
    rig = DoorRig()
    asked = acts(standing_of(said(), by="rule", at=second(AT_S)), Told())
    taken_back = (("incident", None), ("notice", None))
    for act, value in (*asked, *taken_back):
        body = {"act": act, "value": value, "by": "rule"}
        assert rig.ask("POST", f"{N}/operator", body, session=rig.operator()).status == 200
    codes = [fact["code"] for fact in rig.facts("operator") if not str(fact["code"]).startswith("draw")]
    assert codes == ["incident", "notice"] * 2
    assert set(codes) <= CODES[Fact.OPERATOR].keys()
