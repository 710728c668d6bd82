"""Many doors, one draw: who came before is put in order once for all of them, whoever dies meanwhile."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kickoff.accounts.sessions import OPERATOR_PURPOSE, OperatorClaims
from kickoff.aftermath.draw_check import check, ticket_in
from kickoff.aftermath.draw_sheet import SHEET, publish
from kickoff.conductor.alone import Alone
from kickoff.conductor.tick import DRAW_PATIENCE_S
from kickoff.door.serve_shared import shown_alone
from kickoff.plumbing.key_files import load
from kickoff.run_folder import RunFolder
from kickoff.seals import Seals
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.draw import Draw
from kickoff.waiting_room.draw_list import LIST
from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE
from tests.door.many import Night, status
from tests.door.process import Caller
from tests.door.rig import FakeLine, N, Rig
from tests.door.test_lottery import drawn
from tests.door.test_recovery import restarted
from tests.door.test_serve import Rush
from tests.valkey import until

PEOPLE = 60
ORDER = Draw(counts={"main": 0, "known": PEOPLE, "slow": 0, "operator": 0}, seed=bytes(range(32)))


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Two doors that are shut, and two conductors."""
    made = Night(tmp_path, conductors=2)
    file = made.doors[0].folder / "journal" / "psg-juventus" / "night.toml"
    file.write_text(file.read_text("utf-8").replace("doors = 0", "doors = 50"), "utf-8")
    try:
        made.start()
        until(lambda: made.leader() != "")
        until(lambda: [status(door)["state"] for door in made.doors] == ["draw", "draw"])
        yield made
    finally:
        made.end()


class Crowd:
    """Households that come to one door or the other, before they open."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self.rush = Rush(night.doors[0])
        seals = Seals(load(night.doors[0].folder).seals)
        self._operator = seals.seal(OPERATOR_PURPOSE, OperatorClaims(name="o", expires_at=2**60))
        self.seals = seals

    def join(self, account: int) -> dict[str, Any]:
        """What the door of this account answers."""
        code, body = self.rush.join(Caller(self.night.doors[account % 2].port), account)
        assert code in {200, 201}, body
        return dict(body)

    def places(self, accounts: range, *, door: int) -> list[int]:
        """Where these stand, as one door tells them."""
        caller = Caller(self.night.doors[door].port)
        return [int(self.rush.join(caller, account)[1]["place"]) for account in accounts]

    def open_doors(self) -> None:
        """The operator opens them now."""
        act = {"act": "schedule", "value": {"doors": time.time_ns() // 1000}, "by": "t"}
        caller = Caller(self.night.doors[1].port)
        code, body = caller.call("POST", f"{N}/operator", act, session=self._operator)
        assert code == 200, body

    def drawn(self) -> dict[str, Any]:
        """The draw as both doors tell it, once they do."""
        until(lambda: all("seed" in _draw(door) for door in self.night.doors))
        one, two = (_draw(door) for door in self.night.doors)
        assert one == two
        return one


def _draw(door: Any) -> dict[str, Any]:  # noqa: ANN401 - a process or the one beside it
    told = status(door)["draw"]
    assert isinstance(told, dict)
    return told


def test_who_came_to_any_door_is_drawn_and_can_check_it(night: Night) -> None:
    """The leader that is to draw is killed: its successor closes the same list. A door that starts again knows."""
    crowd, everybody = Crowd(night), range(1, PEOPLE + 1)
    numbers = [crowd.join(account)["number"] for account in everybody]
    assert numbers == list(everybody)
    until(lambda: [_draw(door).get("count") for door in night.doors] == [PEOPLE, PEOPLE])
    before = _draw(night.doors[0])
    assert set(before) == {"commitment", "count", "counts"}
    led = night.leader()
    crowd.open_doors()
    next(one for one in night.conductors if one.name == led).end(signal.SIGKILL)
    told = crowd.drawn()
    assert (told["commitment"], told["counts"]["known"]) == (before["commitment"], PEOPLE)
    until(lambda: all(status(door)["state"] in {"open", "queueing"} for door in night.doors))
    places = crowd.places(everybody, door=0)
    assert sorted(places) == numbers != places
    assert crowd.places(everybody, door=1) == places
    assert crowd.join(PEOPLE + 1)["place"] == PEOPLE + 1
    folder = RunFolder(night.doors[0].folder, "psg-juventus")
    sheet = publish(folder)
    assert sheet is not None
    listed = (folder.root / "status" / LIST).read_text("ascii").splitlines()
    checked = check(sheet, listed, commitment=str(before["commitment"]))
    assert (checked.tickets, checked.gaps) == (PEOPLE, 0)
    for account in everybody:
        claims = crowd.seals.open(TICKET_PURPOSE, crowd.rush.tickets[account], TICKET_DECODER, at_us=0)
        assert ticket_in(checked, claims).place == places[account - 1]
    # Where the list was not kept, the journals of all doors give the same.
    for name in (SHEET, LIST):
        (folder.journal / name).unlink()
    assert publish(folder) == sheet
    assert night.doors[1].stop() == 0
    night.doors[1].start()
    assert crowd.drawn() == told
    assert crowd.places(everybody, door=1) == places


def test_a_server_that_forgot_leaves_numbers_of_nobody_out_of_the_draw(night: Night) -> None:
    """The doors tell it again who came; the gap is drawn for nobody and nobody is called behind it for nothing."""
    crowd, everybody = Crowd(night), range(1, PEOPLE + 1)
    first, later = range(1, PEOPLE // 2 + 1), range(PEOPLE // 2 + 1, PEOPLE + 1)
    for account in first:
        crowd.join(account)
    night.valkey.forget_all()
    night.valkey.start()
    caller = Caller(night.doors[0].port)
    for account in later:
        until(lambda account=account: crowd.rush.join(caller, account)[0] in {200, 201})  # type: ignore[misc]
    until(lambda: [_draw(door).get("count") for door in night.doors] == [PEOPLE, PEOPLE])
    numbers = [crowd.join(account)["number"] for account in everybody]
    assert numbers[-1] > 60_000
    crowd.open_doors()
    told = crowd.drawn()
    assert (told["counts"]["known"], len(told["skips"]["known"])) == (PEOPLE, 1)
    places = crowd.places(everybody, door=0)
    assert sorted(places) == sorted(numbers) != places
    assert crowd.places(everybody, door=1) == places
    sheet = publish(RunFolder(night.doors[0].folder, "psg-juventus"))
    assert sheet is not None
    listed = (night.doors[0].folder / "status" / LIST).read_text("ascii").splitlines()
    assert check(sheet, listed).gaps == 0


def before_the_doors() -> Rig:
    """A door of many that is still shut, people before it."""
    rig = Rig(line=FakeLine(), state=LineState.DRAW)
    rig.at_s = 5.0
    for account in range(1, PEOPLE + 1):
        rig.join(account)
    rig.serve(0, state=LineState.DRAW)
    return rig


def test_a_door_of_many_takes_up_what_was_drawn_and_knows_it_again() -> None:
    """It is in its own log: after a restart it may read no other, and hear nobody yet."""
    rig = before_the_doors()
    assert drawn(rig)["counts"] == {"known": PEOPLE}
    for _ in range(2):
        rig.door.put_in_order(ORDER, at=AtUs(rig.now))
    rig.serve(0)
    places = [rig.join(account).json["place"] for account in range(1, PEOPLE + 1)]
    assert places == [ORDER.place("known", number) for number in range(1, PEOPLE + 1)]
    assert [row["place"] for row in rig.facts("operator") if row["lane"] == "known"] == [PEOPLE]
    again = restarted(rig)
    assert drawn(again) == drawn(rig)


def test_a_draw_that_was_half_written_was_not_held_here() -> None:
    """A power cut in the middle of its facts: the door hears it again of who leads."""
    rig = before_the_doors()
    rig.door.put_in_order(Draw(counts={"main": 0, "known": PEOPLE}, seed=ORDER.seed), at=AtUs(rig.now))
    rig.door.house.journal.commit()
    again = restarted(rig, state=LineState.DRAW)
    assert "seed" not in drawn(again)
    again.door.put_in_order(ORDER, at=AtUs(again.now))
    again.serve(0)
    assert drawn(again)["counts"] == ORDER.counts


def test_while_nobody_leads_the_doors_wait_for_the_draw_but_not_for_long() -> None:
    """Then they open, places are as people came, and nobody is told of a draw any more."""
    rig = before_the_doors()
    house, told = rig.door.house, rig.door.house.snapshot
    doors_at = house.night.at(house.night.schedule.doors)
    alone = Alone(house.night)

    def shown(after_s: float) -> LineState:
        at = AtUs(doors_at + round(after_s * US_PER_S))
        snapshot = shown_alone(alone, rig.door, told, heard_at=AtUs(told.at), at=at)
        rig.at_s = (at - house.night.at(0)) / US_PER_S
        rig.door.publish(snapshot)
        return snapshot.state

    assert [shown(after_s) for after_s in (0.0, 2.0, DRAW_PATIENCE_S - 1)] == [LineState.DRAW] * 3
    assert "commitment" in drawn(rig)
    assert shown(DRAW_PATIENCE_S + 1) is LineState.QUEUEING
    assert drawn(rig) == {}
    assert [rig.join(account).json["place"] for account in (1, 2, 3)] == [1, 2, 3]


def test_a_door_that_had_opened_by_itself_takes_the_order_of_the_others() -> None:
    """It heard nobody, they drew: what it knows of who came moves to where they stand."""
    rig = before_the_doors()
    rig.serve(PEOPLE // 2)
    line = rig.door.house.lines["known"]
    came = [3, 17, 30]
    for account in came:
        assert rig.ask("POST", f"{N}/passes", {"ticket": rig.join(account).json["ticket"]}).status == 201
    rig.door.put_in_order(ORDER, at=AtUs(rig.now))
    stands = {account: ORDER.place("known", account) for account in range(1, PEOPLE + 1)}
    assert {account: rig.join(account).json["place"] for account in stands} == stands
    called = [account for account in stands if stands[account] <= PEOPLE // 2]
    assert [account for account in called if not line.calls.passed(account)] == [one for one in came if one in called]
