"""Who keeps the door tonight, who waits in which lane, and what of the operator's acts stands? As rows and notes."""

from msgspec import Struct

from kickoff.console.house import HouseNow
from kickoff.console.spelling import local_time, number
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs
from kickoff.web.words import Words

PRESENT_S = 5
"""Whoever was heard within so many seconds is there."""


class DoorRow(Struct, frozen=True, kw_only=True):
    """One door or conductor."""

    name: str
    kind: str
    leads: bool
    heard: str
    """There, or how long nothing was heard of it."""
    alarm: bool


def doors(house: HouseNow | None, t: Words) -> tuple[DoorRow, ...]:
    """Who shares the night, the leader first."""
    if house is None:
        return ()
    rows = []
    for one in sorted(house.doors, key=lambda one: (not one.leads, one.kind, one.name)):
        silent_s = round((house.at - one.at) / US_PER_S)
        rows.append(
            DoorRow(
                name=one.name,
                kind=t(f"doors.{one.kind}") if t.has(f"doors.{one.kind}") else one.kind,
                leads=one.leads,
                heard=t("doors.there") if silent_s <= PRESENT_S else t("doors.silent", n=silent_s),
                alarm=silent_s > PRESENT_S,
            )
        )
    return tuple(rows)


class LaneRow(Struct, frozen=True, kw_only=True):
    """One lane of the line."""

    name: str
    why: str
    """Who stands in it, in a few words; empty for a lane that is new to this console."""
    waiting: str
    share: str
    """The least that it gets while somebody waits in it."""


def lane_rows(house: HouseNow | None, t: Words) -> tuple[LaneRow, ...]:
    """Every lane, in the order of the door."""
    if house is None or house.open:
        return ()
    return tuple(
        LaneRow(
            name=t(f"lane.{name}") if t.has(f"lane.{name}") else name,
            why=t(f"lane_why.{name}") if t.has(f"lane_why.{name}") else "",
            waiting=number(lane.waiting, t),
            share=f"{round(lane.share * 100)}\u00a0%",
        )
        for name, lane in house.lanes.items()
    )


def leaderless(house: HouseNow | None) -> bool:
    """Whether nobody who is there leads."""
    return house is not None and bool(house.doors) and not any(one.leads for one in house.doors)


def standing(house: HouseNow | None, night: Night, t: Words) -> tuple[str, ...]:
    """What the operator has set besides pause and cap, one sentence each."""
    if house is None:
        return ()
    shares = ", ".join(
        f"{t(f'lane.{lane}') if t.has(f'lane.{lane}') else lane} {round(share * 100)}\u00a0%"
        for lane, share in sorted(house.guaranteed.items(), reverse=True)
    )
    pinned = "" if house.pin_s is None else f"{house.pin_s:g}".replace(".", t("format.point"))
    statuses = ", ".join(t(f"door.code_{name}", status=status) for name, status in house.codes.items() if status)
    said = (
        t("door.queues") if house.queues else "",
        t("door.drains") if house.drains else "",
        t("door.pinned", seconds=pinned) if pinned else "",
        _ladder(house, t),
        t("door.guaranteed", shares=shares) if shares else "",
        t("door.coded", statuses=statuses) if statuses else "",
        *_hours(house, night, t),
    )
    return tuple(words for words in said if words)


def _ladder(house: HouseNow, t: Words) -> str:
    """How large pictures may be, where that is less than as large as can be, or was said by hand."""
    by_hand = house.ladder_step is not None
    if house.bitrate_cap_kbps is None:
        return t("door.ladder_free") if by_hand else ""
    return t("door.ladder_pinned" if by_hand else "door.ladder_ordered", kbps=house.bitrate_cap_kbps)


def _hours(house: HouseNow, night: Night, t: Words) -> tuple[str, ...]:
    """From when places are given, when the doors open, when the night ends: where it is not as planned."""
    hours = night.schedule
    planned = {"doors": night.at(hours.doors), "ends": night.at(hours.end)}
    if hours.draw is not None:
        planned["draw"] = night.at(hours.draw)
    told = {"draw": house.draw_at, "doors": house.doors_at, "ends": house.ends_at}
    return tuple(
        t(f"door.hour_{name}", clock=local_time(night, AtUs(instant)))
        for name, instant in told.items()
        if instant is not None and instant != planned.get(name)
    )
