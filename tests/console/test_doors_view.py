"""Who keeps the door, and what of the operator's acts stands."""

import msgspec

from kickoff.console.doors_view import doors, lane_rows, leaderless, standing
from kickoff.console.house import HouseNow, LaneNow, ProcessNow
from kickoff.console.pages import words_of
from kickoff.units import US_PER_S
from tests.console.room import HOUSE
from tests.door.rig import night

EN, FR = words_of("en"), words_of("fr")
NIGHT = night()
NOW = int(HOUSE["at"])
HOUSE_NOW = msgspec.convert(HOUSE, HouseNow)


def with_crew(*, leads: bool = True) -> HouseNow:
    """A door that is there, one that fell silent, and a conductor."""
    return msgspec.structs.replace(
        HOUSE_NOW,
        doors=(
            ProcessNow(name="door-1", at=NOW),
            ProcessNow(name="door-2", at=NOW - 42 * US_PER_S),
            ProcessNow(name="conductor-1", kind="conductor", at=NOW - US_PER_S, leads=leads),
        ),
    )


def test_the_leader_stands_first_and_who_is_silent_is_an_alarm() -> None:
    """What must be acted on is seen at once; a second without a word is none."""
    rows = doors(with_crew(), FR)
    assert [(one.name, one.leads, one.heard, one.alarm) for one in rows] == [
        ("conductor-1", True, "là", False),
        ("door-1", False, "là", False),
        ("door-2", False, "muette depuis 42 s", True),
    ]
    assert not leaderless(with_crew())


def test_a_house_that_nobody_leads_says_so() -> None:
    """Then the doors go on by themselves; a house that has not spoken yet says nothing of it."""
    assert leaderless(with_crew(leads=False))
    assert not leaderless(None)
    assert not leaderless(HOUSE_NOW)
    assert doors(None, EN) == ()


def test_every_lane_is_shown_with_who_waits_and_what_it_is_guaranteed() -> None:
    """Also those that come late, who stand in no line: a share that is seen is one that can be trusted."""
    lanes = {"main": LaneNow(waiting=12_000, share=0.2), "grace": LaneNow(waiting=3, share=0.5)}
    rows = lane_rows(msgspec.structs.replace(HOUSE_NOW, lanes=lanes), EN)
    assert [(one.name, one.waiting, one.share) for one in rows] == [
        ("main line", "12,000", "20\u00a0%"),
        ("called and late, next", "3", "50\u00a0%"),
    ]
    assert [one.why for one in rows] == [
        "everybody whom the house does not know yet",
        "missed their call: go in before the others when they are back",
    ]
    assert lane_rows(None, FR) == lane_rows(msgspec.structs.replace(HOUSE_NOW, lanes=lanes, open=True), FR) == ()


def test_what_the_operator_has_set_stands_on_the_screen() -> None:
    """A pin that is forgotten would hold for the rest of the night."""
    house = msgspec.structs.replace(HOUSE_NOW, pin_s=37.5, drains=True, guaranteed={"main": 0.5, "known": 0.1})
    assert standing(house, NIGHT, FR) == (
        "La file se vide\u00a0: plus de nouvelles places.",
        "Les battements sont figés à 37,5 s.",
        "Garanti\u00a0: file principale 50\u00a0%, file des connus 10\u00a0%.",
    )
    assert standing(HOUSE_NOW, NIGHT, EN) == ()
    assert standing(None, NIGHT, EN) == ()


def test_whoever_is_queued_and_every_hour_that_was_moved_is_said() -> None:
    """Hours as planned are not news."""
    house = msgspec.structs.replace(
        HOUSE_NOW,
        queues=True,
        codes={"waiting": 202, "shed": None},
        doors_at=NIGHT.at(NIGHT.schedule.doors),
        ends_at=NIGHT.at(NIGHT.schedule.end) + 600 * US_PER_S,
    )
    queued, coded, hour = standing(house, NIGHT, EN)
    assert queued == "Everyone is queued: only who watches goes on."
    assert coded == "Answered otherwise than usual: who waits with 202."
    assert hour.startswith("The night ends at ")
    moved = msgspec.structs.replace(house, draw_at=NIGHT.at(NIGHT.schedule.doors) - 60 * US_PER_S)
    assert standing(moved, NIGHT, EN)[2].startswith("Places are given from ")
    assert standing(moved, NIGHT, EN)[3] == hour
