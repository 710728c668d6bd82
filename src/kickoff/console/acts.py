"""What does an operator ask of the door? A form's fields, read once.

ActMalformed    raised by `read_act`: no such act, or a value that is none for it
"""

import math
from collections.abc import Mapping

from msgspec import Struct

CAP_MAX = 1_000_000
PIN_MAX_S = 600
PERCENT_MAX = 80
LANES = ("main", "known")
"""The form's fields of the shares, and the lanes that they are for."""
_NOTHING: dict[str, tuple[str, bool | None]] = {
    "pause": ("pause", None),
    "resume": ("resume", None),
    "no_cap": ("cap", None),
    "no_pin": ("pin", None),
    "no_lanes": ("lanes", None),
    "drain": ("drain", True),
    "no_drain": ("drain", False),
}
"""A button that says it all → the door's act and its value."""

Value = bool | float | dict[str, float] | None


class ActMalformed(Exception):
    """The form asks for nothing that there is; says the key of the words for it."""


class Act(Struct, frozen=True, kw_only=True):
    """An act as the door's endpoint takes it, and the key of what we say when it is done."""

    act: str
    value: Value
    done: str


def read_act(act: str, value: str, shares: Mapping[str, str] | None = None) -> Act:
    """A button that needs no value, `cap` with people a second, `pin` with seconds, `lanes` with shares in percent.

    Raises `ActMalformed`.
    """
    if act in _NOTHING:
        of_the_door, said = _NOTHING[act]
        return Act(act=of_the_door, value=said, done=f"done_{act}")
    if act == "cap":
        return Act(act=act, value=_number(value, CAP_MAX, wrong="not_a_cap"), done="done_cap")
    if act == "pin":
        return Act(act=act, value=_number(value, PIN_MAX_S, wrong="not_a_pin"), done="done_pin")
    if act == "lanes":
        return Act(act=act, value=_shares(shares or {}), done="done_lanes")
    raise ActMalformed("not_an_act")


def _shares(said: Mapping[str, str]) -> dict[str, float]:
    """Lane → its share; a field left empty says nothing of its lane."""
    given = {lane: said[lane] for lane in LANES if said.get(lane, "").strip()}
    found = {lane: _number(text, PERCENT_MAX, wrong="not_shares") / 100 for lane, text in given.items()}
    if not found or sum(found.values()) > 1:
        raise ActMalformed("not_shares")
    return found


def _number(value: str, most: float, *, wrong: str) -> float:
    try:
        number = float(value.strip().replace(",", "."))
    except ValueError as error:
        raise ActMalformed(wrong) from error
    if not (math.isfinite(number) and 0 <= number <= most):
        raise ActMalformed(wrong)
    return number
