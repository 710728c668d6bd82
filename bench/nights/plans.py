"""One night's parameters, drawn from the laws: what it is like, and what goes wrong in it."""

from math import exp

import msgspec
import numpy as np
from msgspec import Struct

from bench.nights import curves
from bench.nights.laws import CAUSE_OF, LAWS, OPEN_DOOR, QUICK, REGIMES, SCENARIOS, UNRECORDED

SHARES: dict[str, dict[str, float]] = {
    "isp": {"isp-a": 0.38, "isp-b": 0.25, "isp-c": 0.2, "isp-d": 0.12, "isp-e": 0.05},
    "region": {"north": 0.2, "west": 0.2, "south": 0.25, "east": 0.15, "capital": 0.2},
    "device": {"tv": 0.42, "box": 0.15, "phone": 0.23, "tablet": 0.08, "web": 0.12},
    "app": {"8.1.0": 0.55, "8.0.3": 0.3, "7.9.9": 0.15},
    "cdn": {"one": 0.5, "two": 0.32, "three": 0.18},
    "offer": {"basic": 0.5, "sport": 0.35, "young": 0.15},
    "channel": {"main": 0.7, "multi": 0.3},
}
"""Values and their shares before they are spread anew for each night."""
MINUTES = 150
KICK_OFF_MIN, HALF_TIME_MIN, SECOND_HALF_MIN, WHISTLE_MIN = 35, 81, 96, 143
END_MIN = 150
_OF_STARTS = ("cdn", "isp", "release", "edge")
_OF_SIGN_IN = ("dependency",)
"""Two causes at once can be told apart only where they break different things."""
ASKED_MIN = 10
"""The first statement is judged so many minutes of the match after the trouble began."""


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that goes wrong, from `begins` to `ends` (seconds from the start of the night)."""

    kind: str
    begins: float
    ends: float
    where: dict[str, str] = {}
    share: float = 1.0
    """Of what matches; of capacity, what is lost."""
    times: float = 0.0
    """Attackers' requests over genuine ones."""
    networks: int = 0
    hurts: bool = False
    """Whether an attack takes so much that genuine people are refused."""

    @property
    def cause(self) -> str:
        """Capacity · fault · malice"""
        return CAUSE_OF[self.kind]


class Plan(Struct, frozen=True, kw_only=True):
    """All that a night is made from; `drawn` holds the values of the laws by name."""

    name: str
    regime: str
    seed: int
    scenario: str
    minute_s: float
    open_door: bool
    on_playlist: bool
    """Capacity is short where streams start, not where people sign in."""
    evening: int
    """Which of the regime's evenings gives the shape of arrivals."""
    drawn: dict[str, float]
    shares: dict[str, dict[str, float]]
    troubles: tuple[Trouble, ...]
    quiet_at: float
    """Second at which a quiet night is asked about."""
    unrecorded: tuple[str, ...]

    def law(self, name: str) -> float:
        """The value drawn from the law of this name."""
        return self.drawn[name]


def draw(regime: str, seed: int, attempt: int = 0) -> Plan:
    """The plan of one night: the same for the same regime, seed and attempt."""
    rng = np.random.default_rng([REGIMES.index(regime), seed, attempt])
    drawn = {name: law.draw(rng, regime) for name, law in LAWS.items()}
    scenario = str(rng.choice(list(SCENARIOS), p=np.array(list(SCENARIOS.values()))))
    minute_s = float(rng.choice([tempo for tempo, _ in QUICK], p=[share for _, share in QUICK]))
    shares = {name: _spread(rng, values) for name, values in SHARES.items()}
    open_door = bool(rng.random() < OPEN_DOOR) and scenario != "farming"
    troubles = _troubles(rng, scenario, drawn, shares, minute_s)
    if any(trouble.kind == "farming" for trouble in troubles):
        open_door = False
    quiet_at = minute_s * (KICK_OFF_MIN + rng.uniform(-5, 20))
    return Plan(
        name=f"{regime}-{seed:04d}",
        regime=regime,
        seed=seed,
        scenario=scenario,
        minute_s=minute_s,
        open_door=open_door,
        on_playlist=bool(rng.random() < 0.3) and not any(one.kind in _OF_STARTS for one in troubles),
        evening=int(rng.integers(len(curves.evenings(regime)))),
        drawn=drawn,
        shares=shares,
        troubles=troubles,
        quiet_at=quiet_at,
        unrecorded=tuple(name for name, share in UNRECORDED.items() if rng.random() < share),
    )


def _spread(rng: np.random.Generator, shares: dict[str, float]) -> dict[str, float]:
    odds = np.array([share * exp(rng.normal(0, 0.25)) for share in shares.values()])
    return dict(zip(shares, (odds / odds.sum()).tolist(), strict=True))


def _troubles(
    rng: np.random.Generator,
    scenario: str,
    drawn: dict[str, float],
    shares: dict[str, dict[str, float]],
    minute_s: float,
) -> tuple[Trouble, ...]:
    begins = minute_s * (KICK_OFF_MIN + drawn["begins_min"])
    lasts = minute_s * drawn["lasts_min"]
    if scenario.startswith("quiet"):
        return ()
    if scenario != "mixed":
        return (_trouble(rng, scenario, drawn, shares, (begins, begins + lasts)),)
    kinds = [kind for kind in CAUSE_OF if kind not in {"passwords", "crowd"}]
    one = str(rng.choice(kinds))
    apart = {
        "dependency": ("nodes", "storm"), "nodes": _OF_SIGN_IN, "storm": _OF_SIGN_IN, "edge": _OF_STARTS,
        "cdn": ("edge",), "isp": ("edge",), "release": ("edge",),
    }.get(one, ())  # fmt: skip
    other = str(rng.choice([kind for kind in kinds if CAUSE_OF[kind] != CAUSE_OF[one] and kind not in apart]))
    # Together, or clearly one after the other: at the first statement there is no doubt how many there are.
    gap = rng.uniform(0, 3) if rng.random() < 0.5 else rng.uniform(12, 25)
    second = begins + gap * minute_s
    first, then = (
        _trouble(rng, one, drawn, shares, (begins, begins + lasts)),
        _trouble(rng, other, drawn, shares, (second, second + lasts)),
    )
    # Where an attack takes a service down, a second cause of the same silence cannot be told from it.
    return tuple(msgspec.structs.replace(trouble, hurts=False) for trouble in (first, then))


def _trouble(
    rng: np.random.Generator,
    kind: str,
    drawn: dict[str, float],
    shares: dict[str, dict[str, float]],
    span: tuple[float, float],
) -> Trouble:
    where, share, times = {}, 1.0, 0.0
    match kind:
        case "cdn" | "isp" | "release":
            name = {"release": "app"}.get(kind, kind)
            where = {name: _value(rng, shares[name])}
            if rng.random() < 0.2:
                other = str(rng.choice([one for one in ("device", "region") if one != name]))
                where[other] = max(shares[other], key=lambda value: shares[other][value])
            share = drawn["fault_share"]
        case "dependency":
            share = drawn["error_share"]
        case "silence":
            # An access provider, a region's line, or the service's own name for everybody.
            name = str(rng.choice(["isp", "region", ""], p=[0.5, 0.25, 0.25]))
            where = {name: _value(rng, shares[name])} if name else {}
            share = drawn["silent_share"]
        case "edge":
            where = {"cdn": _value(rng, shares["cdn"])}
            share = drawn["nodes_lost"]
        case "nodes" | "storm":
            share = drawn["nodes_lost"]
        case "flood" | "stuffing" | "tokens":
            times = drawn[f"{kind}_times"]
        case "farming":
            times = drawn["farm_times"]
        case _:
            pass
    return Trouble(
        kind=kind,
        begins=span[0],
        ends=span[1],
        where=where,
        share=share,
        times=times,
        networks=round(drawn["networks"]),
        hurts=kind in {"flood", "stuffing"} and drawn["collateral"] > 0.5,
    )


def _value(rng: np.random.Generator, shares: dict[str, float]) -> str:
    """A value that at least a tenth have: a smaller cohort's fault is not told within minutes in such a crowd."""
    names = [name for name, share in shares.items() if share >= 0.1]
    return str(rng.choice(names))
