"""What goes wrong tonight? By its seed a night file gets troubles of its own, and can be had again.

From none to four of these, each with a time, a length and a strength of its own:

    nodes      a share of the back end is lost at once, and given back
    pauses     it stands still for fractions of a second, again and again
    drift      it loses a little more every few seconds
    cold       it begins slowly: its caches are empty when the doors open
    slow       a share is lost while those inside ask for more
    fast       sign-ins are answered with an error at once
    cdn, isp, release    new playlists fail, for a part of people
    flood, stuffing      joins by unknown devices, stolen passwords

Beside them the house is drawn: how much those inside ask for, and whether a licence or the delivery networks cap it.
"""

import re
from collections.abc import Callable

import numpy as np

from kickoff.night import Night

TROUBLES_MAX = 4
Fault = dict[str, object]
Draw = Callable[[Night, np.random.Generator], list[Fault]]


def drawn(text: str, night: Night, *, seed: int) -> str:
    """The night file with the troubles and the house of this seed."""
    chance = np.random.default_rng((seed, 0xD2A))
    kinds = chance.choice(len(TROUBLES), size=int(chance.integers(TROUBLES_MAX + 1)), replace=False)
    faults = [fault for kind in sorted(kinds.tolist()) for fault in TROUBLES[kind](night, chance)]
    for key, value in _house(night, chance).items():
        text = _with(text, key, value)
    return text + "".join(f"\n[[faults]]\n{_lines(fault)}" for fault in faults)


def _house(night: Night, chance: np.random.Generator) -> dict[str, str]:
    """Keys of the file and what they become: `table.key`."""
    people = night.crowd.subscribers if night.crowd else 1
    inside = chance.uniform(0.0, 0.9) * night.servers.playlists_per_s / max(1, people)
    house = {"servers.calls_inside_per_s": f"{inside:.5f}"}
    cap = chance.random()
    if cap < 0.2:
        house["door.inside_max"] = str(max(5, int(people * chance.uniform(0.2, 0.8))))
    elif cap < 0.3:
        house["door.egress_mbps"] = str(max(5, int(people * chance.uniform(0.2, 0.9))))
    return house


def _with(text: str, key: str, value: str) -> str:
    table, _, name = key.partition(".")
    begun = re.compile(rf"(?m)^\[{table}\][^\n]*\n")
    if not begun.search(text):
        return f"{text}\n[{table}]\n{name} = {value}\n"
    text = re.sub(rf"(?m)^{name} = [^\n]*\n", "", text)
    return begun.sub(lambda found: f"{found[0]}{name} = {value}\n", text, count=1)


def _lines(fault: Fault) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in fault.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'{key} = "{text}"' for key, text in value.items()) + " }"
    return f'"{value}"' if isinstance(value, str) else f"{value:.3f}"


def _span(night: Night, chance: np.random.Generator) -> tuple[float, float]:
    """(from, until): a tenth to four tenths of the time from the doors to the whistle."""
    times = night.schedule
    long = (times.whistle - times.doors) * chance.uniform(0.1, 0.4)
    at = chance.uniform(times.doors, times.whistle - long)
    return float(at), float(at + long)


def _nodes(night: Night, chance: np.random.Generator) -> list[Fault]:
    at, until = _span(night, chance)
    return [{"kind": "capacity", "at": at, "until": until, "share": chance.uniform(0.2, 0.7)}]


def _pauses(night: Night, chance: np.random.Generator) -> list[Fault]:
    at, until = _span(night, chance)
    begins = np.sort(chance.uniform(at, until, int(chance.integers(1, 6)))).tolist()
    return [
        {"kind": "capacity", "at": begin, "until": begin + chance.uniform(0.2, 1.0), "share": 0.98} for begin in begins
    ]


def _drift(night: Night, chance: np.random.Generator) -> list[Fault]:
    at, _ = _span(night, chance)
    end, most = night.schedule.end, chance.uniform(0.2, 0.5)
    steps = np.linspace(at, end, 6).tolist()
    return [
        {"kind": "capacity", "at": begin, "until": end, "share": most * (step + 1) / 5}
        for step, begin in enumerate(steps[:-1])
    ]


def _cold(night: Night, chance: np.random.Generator) -> list[Fault]:
    doors, most = night.schedule.doors, chance.uniform(0.3, 0.7)
    return [
        {"kind": "capacity", "at": doors, "until": doors + 3.0 * (step + 1), "share": most * 0.6**step}
        for step in range(4)
    ]


def _slow(night: Night, chance: np.random.Generator) -> list[Fault]:
    at, until = _span(night, chance)
    return [{"kind": "capacity", "at": at, "until": until, "share": chance.uniform(0.6, 0.85)}]


def _fast(night: Night, chance: np.random.Generator) -> list[Fault]:
    at, until = _span(night, chance)
    return [{"kind": "sign_in", "at": at, "until": until, "share": chance.uniform(0.2, 1.0)}]


def _broken(kind: str, dimension: str) -> Draw:
    def fault(night: Night, chance: np.random.Generator) -> list[Fault]:
        at, until = _span(night, chance)
        crowd = night.crowd
        values = {"cdn": night.cdns, "isp": crowd.isps if crowd else {}, "app": crowd.apps if crowd else {}}[dimension]
        where = {dimension: str(chance.choice(list(values)))}
        return [{"kind": kind, "at": at, "until": until, "where": where, "share": chance.uniform(0.3, 1.0)}]

    return fault


def _hostile(kind: str) -> Draw:
    def fault(night: Night, chance: np.random.Generator) -> list[Fault]:
        at, until = _span(night, chance)
        return [{"kind": kind, "at": at, "until": until, "per_s": chance.uniform(1.0, 10.0)}]

    return fault


TROUBLES: tuple[Draw, ...] = (
    _nodes,
    _pauses,
    _drift,
    _cold,
    _slow,
    _fast,
    _broken("cdn", "cdn"),
    _broken("isp", "isp"),
    _broken("release", "app"),
    _hostile("flood"),
    _hostile("stuffing"),
)
"""Each way in which a night goes wrong."""
