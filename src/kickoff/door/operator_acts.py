"""What may the operator do to the house? Each act with the values that it takes; what is done holds from the next tick.

An act returns how the journal writes it: its code, and what it was done with.
"""

import contextlib
from collections.abc import Callable, Iterable

from msgspec import Struct

from kickoff.admission.sharing import SHARE_MOST
from kickoff.door.answer_codes import SHED_STATUSES, WAITING_STATUSES, AnswerCodes
from kickoff.door.bodies import OperatorBody
from kickoff.door.state import House
from kickoff.door.told import Act
from kickoff.facts import Lane
from kickoff.units import US_PER_MS, US_PER_S, AtUs
from kickoff.waiting_room.snapshot import SHUT, LineState

INCIDENT_CHARACTERS_MAX = 40
NOW_US = 60 * US_PER_S
"""Who says `now` by a clock of their own says it up to so long ago."""


class Wrong(Exception):
    """The value is none for this act. Its text says which are; nothing was changed."""


class Done(Struct, frozen=True, kw_only=True):
    """As the journal writes it."""

    code: str
    rate_per_s: int = -1
    duration_ms: int = -1


def do(house: House, body: OperatorBody, *, at: AtUs) -> tuple[Done, ...]:
    """Do the act. Raises `Wrong`."""
    return _ACTS[body.act](house, body.value, at)


def restore(house: House, acts: Iterable[Act], *, at: AtUs) -> None:
    """Do again what stood when the door went down, in the order of the log. A notice's words are not in it."""
    for act in acts:
        name, _, said = act.code.partition(" ")
        instant = AtUs(house.starts_at + act.duration_ms * US_PER_MS)
        if name == "doors":
            house.doors_at = instant
        elif name == "ends":
            house.ends_at = instant
        elif name == "draws":
            house.draw_at = instant
        elif name in _AGAIN:
            # What this night's rules do not allow any more is left out.
            with contextlib.suppress(Wrong):
                body = OperatorBody(act=_AGAIN[name][0], value=_AGAIN[name][1](said, act))
                do(house, body, at=at)


def _pairs(said: str, _: Act) -> dict[str, str | float] | None:
    words = said.split()
    return {name: float(figure) for name, figure in zip(words[::2], words[1::2], strict=True)} or None


def _pause(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del value, at
    house.paused = True
    return (Done(code="pause"),)


def _resume(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del value, at
    house.paused = False
    return (Done(code="resume"),)


def _cap(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if value is not None and not _is_between(value, 0, 1_000_000):
        raise Wrong("value: a cap is a number of people a second, or null for none")
    cap = house.cap_per_s = _number(value)
    return (Done(code="cap", rate_per_s=-1 if cap is None else round(cap * 1000)),)


def _notice(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if value is not None and not isinstance(value, dict):
        raise Wrong(_NO_NOTICE)
    words = {language: said for language, said in (value or {}).items() if isinstance(said, str)}
    if len(words) < len(value or {}):
        raise Wrong(_NO_NOTICE)
    house.notice = words
    return (Done(code="notice"),)


def _incident(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if value is not None and not (isinstance(value, str) and len(value) <= INCIDENT_CHARACTERS_MAX):
        raise Wrong(f"value: an incident is a name of at most {INCIDENT_CHARACTERS_MAX} characters, or null for none")
    house.incident = value if isinstance(value, str) else ""
    return (Done(code="incident"),)


def _pin(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    rules = house.rules
    if value is not None and not _is_between(value, rules.beat_s, rules.beat_s_max):
        raise Wrong(
            f"value: a heartbeat lasts {rules.beat_s:g} to {rules.beat_s_max:g} s this night, or null: as ordered"
        )
    pin_s = house.pin_s = _number(value)
    return (Done(code="pin", duration_ms=-1 if pin_s is None else round(pin_s * 1000)),)


def _ladder(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    most = len(house.ladder_kbps) - 1
    if value is not None and not (_is_between(value, 0, most) and isinstance(value, int | float) and value % 1 == 0):
        raise Wrong(f"value: rungs of the ladder that are capped, 0 to {most} this night, or null: as ordered")
    step = _number(value)
    house.ladder_step = None if step is None else int(step)
    return (Done(code="ladder" if step is None else f"ladder {int(step)}"),)


def _drain(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if not isinstance(value, bool):
        raise Wrong("value: true lets the line empty, false gives places again")
    house.drains = value
    return (Done(code="drain" if value else "no_drain"),)


def _queue(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if not isinstance(value, bool):
        raise Wrong("value: true lets everybody wait who does not watch, false lets people in again")
    house.queues = value
    return (Done(code="queue" if value else "no_queue"),)


def _lanes(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if value is not None and not isinstance(value, dict):
        raise Wrong(_NO_SHARES)
    said = value or {}
    if not said.keys() <= {*house.lines, Lane.GRACE} - {Lane.SLOW} or not all(
        _is_between(share, 0, SHARE_MOST) for share in said.values()
    ):
        raise Wrong(_NO_SHARES)
    # The grace lane's is of the seats of a full house, for which nobody is called.
    if sum(share for lane, share in said.items() if lane != Lane.GRACE) > 1:
        raise Wrong(_NO_SHARES)
    house.guaranteed = {str(lane): float(share) for lane, share in said.items()}
    return (Done(code=" ".join(["lanes", *(f"{lane} {share:g}" for lane, share in sorted(house.guaranteed.items()))])),)


def _schedule(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    """Doors that are open are not shut again, and keep their instant: who stood there was drawn, and people are in."""
    said = _instants(value)
    doors_at, ends_at = said.get("doors"), said.get("ends")
    closes = house.ends_at if ends_at is None else ends_at
    closes = house.night.at(house.night.schedule.end) if closes is None else closes
    if house.snapshot.state is LineState.CLOSED:
        raise Wrong("value: the night is over")
    early = at - NOW_US
    if doors_at is not None and (house.snapshot.state not in SHUT or not early <= doors_at < closes):
        raise Wrong("value: doors that are still shut open now or later, before the night ends")
    if ends_at is not None and not early <= ends_at <= house.expires_at:
        raise Wrong("value: a night ends now or later, at most an hour after it was planned to: tickets last so long")
    opens = house.night.at(house.night.schedule.doors) if house.doors_at is None else house.doors_at
    opens = opens if doors_at is None else doors_at
    if ends_at is not None and house.snapshot.state in SHUT and at + NOW_US < ends_at <= opens:
        raise Wrong("value: a night ends after its doors open, or now")
    draw_at = said.get("draw")
    if draw_at is not None and not _may_draw_from(house, draw_at, early=early, opens=opens):
        raise Wrong("value: while no places are given yet, they are from now on or later, and before the doors open")
    if value is None:
        return (Done(code="schedule"), *_told(house, _as_planned(house)))
    house.draw_at = house.draw_at if draw_at is None else draw_at
    house.doors_at = house.doors_at if doors_at is None else doors_at
    house.ends_at = house.ends_at if ends_at is None else ends_at
    return _told(house, said)


def _may_draw_from(house: House, draw_at: AtUs, *, early: int, opens: int) -> bool:
    """Places that were given are not taken back; and where nobody is drawn there is nothing to begin."""
    return house.rules.draw and house.snapshot.state is LineState.BEFORE and early <= draw_at <= opens


def _as_planned(house: House) -> dict[str, AtUs]:
    """Put the hours back, but of what has happened; what stays."""
    house.ends_at = None
    house.doors_at = None if house.snapshot.state in SHUT else house.doors_at
    house.draw_at = None if house.snapshot.state is LineState.BEFORE else house.draw_at
    kept = {"doors": house.doors_at, "draw": house.draw_at}
    return {name: at for name, at in kept.items() if at is not None}


def _told(house: House, said: dict[str, AtUs]) -> tuple[Done, ...]:
    return tuple(
        Done(code="draws" if name == "draw" else name, duration_ms=round((instant - house.starts_at) / US_PER_MS))
        for name, instant in said.items()
    )


def _instants(value: object) -> dict[str, AtUs]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not value or not value.keys() <= {"draw", "doors", "ends"}:
        raise Wrong(_NO_SCHEDULE)
    if not all(_is_between(instant, 0, 2**53) for instant in value.values()):
        raise Wrong(_NO_SCHEDULE)
    return {name: AtUs(round(instant)) for name, instant in sorted(value.items())}


def _codes(house: House, value: object, at: AtUs) -> tuple[Done, ...]:
    del at
    if value is not None and not (isinstance(value, dict) and value.keys() <= {"waiting", "shed"}):
        raise Wrong(_NO_CODES)
    said = value or {}
    if said.get("waiting") not in {None, *WAITING_STATUSES} or said.get("shed") not in {None, *SHED_STATUSES}:
        raise Wrong(_NO_CODES)
    chosen = {name: int(status) for name, status in sorted(said.items())}
    house.codes = AnswerCodes(waiting=chosen.get("waiting"), shed=chosen.get("shed"))
    return (Done(code=" ".join(["codes", *(f"{name} {status}" for name, status in chosen.items())])),)


def _is_between(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


_NO_NOTICE = 'value: a notice is {"fr": …, "en": …}, or null for none'
_NO_SHARES = f'value: shares are {{"main": 0 to {SHARE_MOST:g}, "known": …}}, together at most 1, or null for none'
_NO_SCHEDULE = (
    'value: {"draw": …, "doors": …, "ends": …}, one or more, microseconds UTC; or null: as the night file says'
)
_NO_CODES = 'value: {"waiting": 200, 202, 429 or 503, "shed": 429 or 503}, or null: each refusal has its own'
_ACTS: dict[str, Callable[[House, object, AtUs], tuple[Done, ...]]] = {
    "pause": _pause,
    "resume": _resume,
    "queue": _queue,
    "cap": _cap,
    "notice": _notice,
    "incident": _incident,
    "pin": _pin,
    "ladder": _ladder,
    "drain": _drain,
    "lanes": _lanes,
    "schedule": _schedule,
    "codes": _codes,
}
_AGAIN: dict[str, tuple[str, Callable[[str, Act], bool | float | dict[str, str | float] | None]]] = {
    "pause": ("pause", lambda _said, _act: None),
    "resume": ("resume", lambda _said, _act: None),
    "queue": ("queue", lambda _said, _act: True),
    "no_queue": ("queue", lambda _said, _act: False),
    "drain": ("drain", lambda _said, _act: True),
    "no_drain": ("drain", lambda _said, _act: False),
    "cap": ("cap", lambda _said, act: None if act.rate_per_s < 0 else act.rate_per_s / 1000),
    "pin": ("pin", lambda _said, act: None if act.duration_ms < 0 else act.duration_ms / 1000),
    "ladder": ("ladder", lambda said, _act: float(said) if said else None),
    "lanes": ("lanes", _pairs),
    "codes": ("codes", _pairs),
    "schedule": ("schedule", lambda _said, _act: None),
}
"""Code of an act in the journal → the act, and its value from what the code and the figures say."""
