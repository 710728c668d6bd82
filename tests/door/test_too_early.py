"""Before places are given: nobody waits, nobody is turned away for good, and all come back spread."""

from typing import Any

import msgspec
import pytest

from kickoff.conductor.tick import Conductor
from kickoff.door.hearing import Hearing
from kickoff.door.house import Door
from kickoff.door.pages import Pages
from kickoff.door.seam import Reply
from kickoff.door.serve import line_input
from kickoff.door.telling import ENCODER, Ears, Wishes
from kickoff.night import NightError, parse_night
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.snapshot import LineState
from tests.door.rig import N, Rig, night_text


class Early(Rig):
    """A door of a night whose places are given from 8 s on, and whose doors open at 20 s."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 - as the rig takes them
        super().__init__(state=None, **more)
        told = night_text().replace("doors = 20", "draw = 8\ndoors = 20")
        self.night = parse_night(told, source="test")
        house = self.door.house
        self.door = Door(
            self.night,
            self.keys,
            log=self.log,
            places=house.places,
            backend_open=False,
            draw=house.draw,
            pages=Pages(self.night),
        )
        self.conductor = Conductor(self.night)
        self.at_s = 1.0

    def tick(self) -> LineState:
        """A tick of the conductor, published."""
        snapshot, orders = self.conductor.tick(self.door.reading(AtUs(self.now)), line_input(self.door))
        self.door.publish(snapshot, orders)
        return snapshot.state

    def act(self, value: object) -> int:
        """The operator says the hours."""
        return self.ask("POST", f"{N}/operator", {"act": "schedule", "value": value}, session=self.operator()).status


@pytest.fixture
def rig() -> Early:
    """A door at 1 s."""
    return Early()


def test_before_places_are_given_one_is_told_when_to_come_back(rig: Early) -> None:
    """By header and body alike, not all at once, and no place is given; from then on each gets one to be drawn."""
    assert rig.join(1).json["code"] == "not_open", "before the first tick too"
    assert rig.tick() is LineState.BEFORE
    opens_at, back = rig.night.at(8), set()
    for account in range(1, 40):
        answer = rig.join(account)
        assert (answer.status, answer.json["code"], answer.json["opens_at"]) == (503, "not_open", opens_at)
        assert answer.json["come_back_at"] >= opens_at
        assert int(answer.headers["Retry-After"]) >= 7
        back.add(answer.json["come_back_at"])
    assert len(back) > 30
    assert rig.facts("joined", "refused") == []
    assert rig.ask("GET", f"{N}/status").json["times"]["draw"] == opens_at
    rig.at_s = 8.0
    assert rig.tick() is LineState.DRAW
    assert rig.join(1).status == 201
    assert rig.join(1).json["come_back_at"] >= rig.night.at(20), "the next look is at the doors"


def test_a_device_that_comes_early_is_the_same_when_it_comes_back(rig: Early) -> None:
    """It is told who it is at once, or every early look would be another device."""
    rig.tick()
    assert "Set-Cookie" in rig.join().headers


def test_without_javascript_the_hour_is_said_and_the_page_looks_again(rig: Early) -> None:
    """Nobody presses in vain."""
    rig.tick()
    headers = {"accept-language": "en"}
    page = rig.raw("GET", "/psg-juventus/wait", None, headers)
    assert isinstance(page, Reply)
    assert "Places are given from 21:00 on" in page.body.decode()
    page = rig.raw("POST", "/psg-juventus/wait/join", b"", headers)
    assert isinstance(page, Reply)
    assert page.status == 503
    assert "The doors are not open yet" in page.body.decode()
    assert "Refresh" in dict(page.headers)


def test_the_operator_says_when_places_are_given(rig: Early) -> None:
    """Later, at once, or as planned; never after the doors, and never back once they are."""
    rig.tick()
    for wrong in (rig.night.at(21), rig.now - 61 * US_PER_S, "soon"):
        assert rig.act({"draw": wrong}) == 400
    assert rig.act({"draw": rig.night.at(15)}) == 200
    rig.at_s = 9.0
    assert rig.tick() is LineState.BEFORE
    assert rig.act(None) == 200
    assert rig.act({"draw": rig.night.at(30), "doors": rig.night.at(40)}) == 200
    house = rig.ask("GET", f"{N}/house", session=rig.operator()).json
    assert (house["draw_at"], house["doors_at"]) == (rig.night.at(30), rig.night.at(40))
    assert rig.tick() is LineState.BEFORE
    assert rig.act({"draw": rig.now}) == 200
    assert rig.tick() is LineState.DRAW
    assert rig.act({"draw": rig.night.at(35)}) == 400
    codes = [(fact["code"], fact["duration_ms"]) for fact in rig.facts("operator") if fact["code"][:5] == "draws"]
    assert codes == [("draws", 15_000), ("draws", 30_000), ("draws", 9_000)]


def test_another_door_of_the_night_hears_when_places_are_given(rig: Early) -> None:
    """The operator speaks to one of them."""
    told = ENCODER.encode(Wishes(at_us=rig.now, draw_at=rig.night.at(15)))
    Hearing(rig.door.house, writer="b", ears=Ears({})).wish(msgspec.msgpack.decode(told, type=Wishes))
    assert rig.door.house.draw_at == rig.night.at(15)


def test_doors_that_open_earlier_open_for_who_has_no_place_too(rig: Early) -> None:
    """The doors win."""
    rig.tick()
    assert rig.act({"doors": rig.now}) == 200
    assert rig.tick() is LineState.OPEN
    assert rig.join(1).status == 201


def test_where_nobody_is_drawn_there_is_no_hour_for_it() -> None:
    """One line at the edge; and the operator of such a night is told so."""
    text = night_text("draw = false\n").replace("doors = 20", "draw = 8\ndoors = 20")
    with pytest.raises(NightError, match="nobody is drawn"):
        parse_night(text, source="test")
    rig = Rig(changes="draw = false\n", state=LineState.BEFORE)
    rig.at_s = 2.0
    body = {"act": "schedule", "value": {"draw": rig.now + US_PER_S}}
    assert rig.ask("POST", f"{N}/operator", body, session=rig.operator()).status == 400


def test_a_night_that_names_no_hour_gives_places_from_the_start() -> None:
    """As ever."""
    rig = Rig(state=LineState.BEFORE)
    assert msgspec.structs.asdict(rig.night.schedule)["draw"] is None
    assert rig.join(1).status == 201
