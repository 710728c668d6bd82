"""Where speed and safety pull against each other: `make bench-admission ARGS=--curve`, on seeds that are not judged.

Every controller is made more or less careful by one of its settings, the others as chosen. A point is a setting:

    across   999 in 1,000 are inside, ÷ the oracle's time, median of the nights without a failure
    up       failed calls of people watching in a night, mean of the nights with 40 and with 65 % of the nodes lost

Kickoff's setting is `target` of the night file, the share that is always filled: what its reserve follows (how far load
goes beyond what was foretold) counts only above it, so its first point is the door as shipped and the others are doors
with a reserve that is fixed ever smaller. Two more lines are the same door without one of its two forms.
"""

import itertools
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from bench.admission.baselines import BASELINES
from bench.admission.bounds import oracle
from bench.admission.judging import judged, t999_s
from bench.admission.plot import plotted
from bench.admission.tuning import TUNING_SEEDS
from bench.kept import keep
from kickoff.crowd.fluid import Controller, Move, Seen, pass_by
from kickoff.crowd.fluid_door import Kickoff, rules_of
from kickoff.crowd.fluid_world import SCENARIOS, Floats, Nights, nights

KICKOFF = "Kickoff"
NO_GATE, NO_STRETCH = "without its gate", "without longer beats"
"""What Kickoff would be without one of the two forms that let it be quick and safe at once."""
CAUTIONS: dict[str, tuple[str, tuple[float, ...]]] = {
    KICKOFF: ("target", (0.88, 0.94, 0.96, 0.98, 1.0)),
    NO_GATE: ("target", (0.88, 1.0)),
    NO_STRETCH: ("target", (0.88, 1.0)),
    "fixed rate": ("one", (400.0, 500.0, 550.0, 600.0, 800.0, 1000.0, 1200.0)),
    "AIMD": ("three", (0.01, 0.05, 0.3, 1.0, 2.0)),
    "Gradient2": ("one", (1.0, 1.1, 1.2, 1.5, 2.0)),
    "Vegas": ("one", (1.0, 3.0, 6.0, 12.0, 25.0)),
    "PID on delay": ("one", (0.1, 0.3, 0.6, 1.0, 2.0)),
    "DAGOR": ("three", (0.005, 0.02, 0.1, 0.5, 1.0)),
}
"""Controller → the setting that makes it careful, and its values from careful to bold. An open door has none."""


class Point(Struct, frozen=True, kw_only=True):
    """One controller at one setting."""

    controller: str
    setting: float
    is_chosen: bool
    """As shipped, or as tuned."""
    time: float
    failures: float


def drawn(path: Path, kept: Path) -> list[Point]:
    """The points, played or as kept, and the picture of them."""
    jobs = [(name, value, kept) for name, (_, values) in CAUTIONS.items() for value in values]
    with ProcessPoolExecutor(max_workers=2) as pool:
        points = list(pool.map(point, *zip(*jobs, strict=True)))
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = {
        name: [(one.time, one.failures, one.is_chosen) for one in those]
        for name, those in itertools.groupby(points, key=lambda one: one.controller)
    }
    path.write_text(plotted(lines), "utf-8")
    return points


def point(name: str, value: float, kept: Path) -> Point:
    """One setting of one controller."""
    path = kept / f"curve-{name.replace(' ', '-')}-{value:g}.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Point)
    calm, *lost = (nights(scenario, TUNING_SEEDS) for scenario in SCENARIOS[:3])
    time = t999_s(pass_by(calm, made(name, value, calm))) / _best_s(calm, kept)
    failed = [judged(pass_by(those, made(name, value, those))).failures for those in lost]
    found = Point(
        controller=name,
        setting=value,
        is_chosen=value == _chosen(name),
        time=float(np.median(time)),
        failures=float(np.mean(failed)),
    )
    keep(path, msgspec.json.encode(found))
    return found


def made(name: str, value: float, those: Nights) -> Controller:
    """The controller at this setting."""
    if CAUTIONS[name][0] == "target":
        door = Kickoff(those, msgspec.structs.replace(rules_of(those, 0), target=value))
        return door if name == KICKOFF else _Without(door, name)
    baseline = next(one for one in BASELINES if one.name == name)
    return baseline.make(those, msgspec.structs.replace(baseline.chosen, **{CAUTIONS[name][0]: value}))


class _Without:
    """The door, one of whose orders is not followed."""

    def __init__(self, door: Kickoff, name: str) -> None:
        self._door, self._name = door, name

    def move(self, seen: Seen) -> Move:
        """Passes for all who come, or beats as usual."""
        move = self._door.move(seen)
        if self._name == NO_GATE:
            return msgspec.structs.replace(move, passes=np.full_like(move.passes, np.inf))
        return msgspec.structs.replace(move, stretch=np.zeros_like(move.stretch))


def _chosen(name: str) -> float:
    setting, values = CAUTIONS[name]
    tuned = {one.name: one.chosen for one in BASELINES}
    if name == KICKOFF:
        return values[0]
    return float(getattr(tuned[name], setting)) if name in tuned else float("nan")


def _best_s(calm: Nights, kept: Path) -> Floats:
    """The oracle's, kept for all."""
    path = kept / "curve-oracle.json"
    if not path.exists():
        keep(path, msgspec.json.encode(t999_s(oracle(calm)[0]).tolist()))
    return np.array(msgspec.json.decode(path.read_bytes(), type=list[float]))
