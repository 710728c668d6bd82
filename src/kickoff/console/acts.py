"""What does an operator ask of the door? A form's two fields, read once.

ActMalformed    raised by `read_act`: no such act, or not a cap
"""

import math

from msgspec import Struct

CAP_MAX = 1_000_000


class ActMalformed(Exception):
    """The form asks for nothing that there is."""


class Act(Struct, frozen=True, kw_only=True):
    """An act as the door's endpoint takes it, and the key of what we say when it is done."""

    act: str
    value: float | None
    done: str


def read_act(act: str, value: str) -> Act:
    """`pause`, `resume`, `no_cap`, or `cap` with people a second. Raises `ActMalformed`."""
    if act in {"pause", "resume"}:
        return Act(act=act, value=None, done=f"done_{act}")
    if act == "no_cap":
        return Act(act="cap", value=None, done="done_no_cap")
    if act == "cap":
        return Act(act="cap", value=_cap(value), done="done_cap")
    raise ActMalformed(act)


def _cap(value: str) -> float:
    try:
        cap = float(value.strip().replace(",", "."))
    except ValueError as error:
        raise ActMalformed(value) from error
    if not (math.isfinite(cap) and 0 <= cap <= CAP_MAX):
        raise ActMalformed(value)
    return cap
