"""What does an operator ask of the door? A form's fields, read once.

ActMalformed    raised by `read_act`: no such act, or a value that is none for it
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from kickoff.units import AtUs

CAP_MAX = 1_000_000
PIN_MAX_S = 600
RUNGS_MAX = 7
PERCENT_MAX = 80
_FIGURE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
"""A figure as people type it: what Python reads besides (`1_0`, `1e-300`, digits of other scripts) is a slip."""
LANES = ("main", "known", "operator", "grace")
"""The form's fields of the shares, and the lanes that they are for: all but the slow one, whose part comes on top."""
HOURS = ("draw", "doors", "ends")
STATUSES = {"waiting": (200, 202, 429, 503), "shed": (429, 503)}
FIELDS = (*LANES, *HOURS, *STATUSES, "sure")
"""Every field of the forms besides `value`."""
_NOTHING: dict[str, tuple[str, bool | None]] = {
    "pause": ("pause", None),
    "resume": ("resume", None),
    "no_cap": ("cap", None),
    "no_pin": ("pin", None),
    "no_ladder": ("ladder", None),
    "no_lanes": ("lanes", None),
    "drain": ("drain", True),
    "no_drain": ("drain", False),
    "queue": ("queue", True),
    "no_queue": ("queue", False),
    "no_hours": ("schedule", None),
    "no_codes": ("codes", None),
}
"""A button that says it all → the door's act and its value."""

Value = bool | float | dict[str, float] | None


class ActMalformed(Exception):
    """The form asks for nothing that there is; says the key of the words for it."""


class Clockface(Struct, frozen=True, kw_only=True):
    """The time on the wall where the match is played."""

    now: AtUs
    at: Callable[[str], AtUs]
    """The nearest instant that shows a time such as `20:45`; raises `ValueError` where it is none."""


class Act(Struct, frozen=True, kw_only=True):
    """An act as the door's endpoint takes it, and the key of what we say when it is done."""

    act: str
    value: Value
    done: str


def read_act(act: str, value: str, fields: Mapping[str, str] | None = None, clock: Clockface | None = None) -> Act:
    """A button that needs no value, `cap` with people a second, `pin` with seconds, `ladder` with rungs.

    Others with fields of their own.
    `lanes`: shares in percent. `hours`: times of day, by the `clock` on the wall. `codes`: statuses of HTTP.

    Raises `ActMalformed`.
    """
    given = {name: text.strip() for name, text in (fields or {}).items() if text.strip()}
    if act in _NOTHING:
        of_the_door, said = _NOTHING[act]
        return Act(act=of_the_door, value=said, done=f"done_{act}")
    if act in _TYPED:
        of_the_door, read = _TYPED[act]
        return Act(act=of_the_door, value=read(value, given), done=f"done_{act}")
    if act in _HOURLY and clock is not None:
        return Act(act="schedule", value=_HOURLY[act](given, clock), done=f"done_{act}")
    raise ActMalformed("not_an_act")


def _cap(value: str, _: Mapping[str, str]) -> Value:
    return _number(value, CAP_MAX, wrong="not_a_cap")


def _pin(value: str, _: Mapping[str, str]) -> Value:
    return _number(value, PIN_MAX_S, wrong="not_a_pin")


def _ladder(value: str, _: Mapping[str, str]) -> Value:
    return _number(value, RUNGS_MAX, wrong="not_a_rung")


def _shares(_: str, said: Mapping[str, str]) -> Value:
    """Lane → its share; a field left empty says nothing of its lane."""
    found = {lane: _number(said[lane], PERCENT_MAX, wrong="not_shares") / 100 for lane in LANES if lane in said}
    # The grace lane's is of the seats of a full house, the others' of whatever binds.
    if not found or sum(share for lane, share in found.items() if lane != "grace") > 1:
        raise ActMalformed("not_shares")
    return found


def _hours(said: Mapping[str, str], clock: Clockface) -> Value:
    """What opens or ends when; a field left empty says nothing."""
    try:
        found = {name: float(clock.at(said[name])) for name in HOURS if name in said}
    except ValueError as error:
        raise ActMalformed("not_hours") from error
    if not found:
        raise ActMalformed("not_hours")
    return found


def _open_now(_: Mapping[str, str], clock: Clockface) -> Value:
    return {"doors": float(clock.now)}


def _end_now(said: Mapping[str, str], clock: Clockface) -> Value:
    if "sure" not in said:
        raise ActMalformed("not_sure")
    return {"ends": float(clock.now)}


def _codes(_: str, said: Mapping[str, str]) -> Value:
    """Who is answered with which status; a field left empty: each refusal has its own."""
    found = {name: said[name] for name in STATUSES if name in said}
    if not found or any(text not in map(str, STATUSES[name]) for name, text in found.items()):
        raise ActMalformed("not_codes")
    return {name: float(text) for name, text in found.items()}


def _number(value: str, most: float, *, wrong: str) -> float:
    text = value.strip().replace(",", ".")
    if not _FIGURE.fullmatch(text) or float(text) > most:
        raise ActMalformed(wrong)
    return float(text)


_TYPED: dict[str, tuple[str, Callable[[str, Mapping[str, str]], Value]]] = {
    "cap": ("cap", _cap),
    "pin": ("pin", _pin),
    "ladder": ("ladder", _ladder),
    "lanes": ("lanes", _shares),
    "codes": ("codes", _codes),
}
"""A button with a value or fields → the door's act, and what reads them."""
_HOURLY: dict[str, Callable[[Mapping[str, str], Clockface], Value]] = {
    "hours": _hours,
    "open_now": _open_now,
    "end_now": _end_now,
}
