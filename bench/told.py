"""What are people told on the nights of the fluid world? The controller plays them, and no more of them than is judged.

Which places are asked is drawn before the night begins. What is left out changes nothing that they are told:

- scenarios of the same seeds are one night until their fault: what the controller ordered on the first of them is
  ordered on the others, and each goes on by itself from there;
- when the last place asked has been shown a time, none is foretold any more;
- when it has been called, nothing is decided any more.

Entry point: `heard`.
"""

import copy
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from kickoff.admission.forecast import Forecast
from kickoff.admission.orders import Orders
from kickoff.crowd.fluid import Seen, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_world import Floats, Nights, Parameters, Scenario, nights
from kickoff.units import AtUs
from kickoff.waiting_room.eta import Curve

PEOPLE = 200
"""Places asked a night."""
NEVER = AtUs(1 << 62)


class Listening(Kickoff):
    """The controller, and what it tells. [tick, night], or one a night."""

    def __init__(self, played: Nights, alike: "Listening | None" = None) -> None:
        """`alike`: the same nights of another scenario, which are these until the fault; None: none were played."""
        super().__init__(played)
        self.played = played
        shape = (played.parameters.ticks, len(played.seeds))
        self.joined = played.come / played.show_up
        self.called, self.rate = np.zeros(shape), np.zeros(shape)
        self.told: list[list[tuple[int, Curve]]] = [[] for _ in played.seeds]
        self.orders: list[list[Orders]] = [[] for _ in played.seeds]
        """Until the fault."""
        nothing: tuple[float, ...] = ()
        self.kept = [(state, desk, nothing) for state, desk in zip(self.states, self._desk, strict=True)]
        """What each night knew when its fault came, and what it saw then."""
        self._alike = alike
        self._fault = played.fault_tick.tolist()
        self._last = [float(places_of(self.joined[-1, night], seed).max()) for night, seed in enumerate(played.seeds)]
        self._last_joins = [int(np.searchsorted(self.joined[:, night], last)) for night, last in enumerate(self._last)]
        self._done: dict[int, Orders] = {}
        self._told_all: set[int] = set()

    def _decide(self, night: int, seen: Seen, permit: float) -> Orders:
        if night in self._done:
            return self._done[night]
        orders = self._ordered(night, seen, permit)
        self.called[seen.tick, night], self.rate[seen.tick, night] = orders.call, orders.rate_per_s
        if seen.called[night] >= self._last[night]:
            self._done[night] = orders
        if night not in self._told_all:
            self._listen_to(night, seen.tick, orders)
        return orders

    def _ordered(self, night: int, seen: Seen, permit: float) -> Orders:
        """What the controller orders; as on the night that is alike, until they part."""
        if seen.tick < self._fault[night]:
            if self._alike is not None:
                return self._alike.orders[night][seen.tick]
            orders = super()._decide(night, seen, permit)
            self.orders[night].append(orders)
            return orders
        if seen.tick == self._fault[night]:
            self._part(night, seen)
        return super()._decide(night, seen, permit)

    def _part(self, night: int, seen: Seen) -> None:
        counts = _counts(seen, night)
        if self._alike is None:
            self.kept[night] = (self.states[night], copy.deepcopy(self._desk[night]), counts)
            return
        self.states[night], desk, same = self._alike.kept[night]
        self._desk[night] = copy.deepcopy(desk)
        if counts != same:
            scenario, seed = self.played.scenario.name, self.played.seeds[night]
            raise RuntimeError(f"night {seed} of {scenario!r} was another night before its fault already")

    def _listen_to(self, night: int, tick: int, orders: Orders) -> None:
        """Note what is told, until the last place that is asked was told something."""
        [(lane, own)] = orders.lanes.items()
        if not self.told[night] or self.told[night][-1][1] is not own.curve:
            self.told[night].append((tick, own.curve))
        if own.curve and tick >= self._last_joins[night]:
            # PERF: forecasts are a fifth of the controller's time.
            self._told_all.add(night)
            silent = {lane: Forecast(due_at=NEVER)}
            self.states[night] = msgspec.structs.replace(self.states[night], forecasts=silent)


def heard(scenarios: tuple[Scenario, ...], seeds: tuple[int, ...], parameters: Parameters) -> Iterator[Listening]:
    """What was told on these nights of each scenario. All of them are alike until their fault."""
    first: Listening | None = None
    for scenario in scenarios:
        played = nights(scenario, seeds, parameters)
        door = Listening(played, first)
        pass_by(played, door)
        first = first or door
        yield door


def alike(scenarios: tuple[Scenario, ...]) -> list[tuple[Scenario, ...]]:
    """The scenarios, those together that do not differ before their fault; the largest group first."""
    groups: dict[tuple[float | bool | None, ...], list[Scenario]] = {}
    for one in scenarios:
        groups.setdefault((one.stated_cost, one.late_s, one.pauses, one.cold), []).append(one)
    return sorted((tuple(group) for group in groups.values()), key=len, reverse=True)


def places_of(joined: float, seed: int) -> Floats:
    """The places that are asked, of so many."""
    return np.random.default_rng((seed, 7)).uniform(1, joined, PEOPLE)


def _counts(seen: Seen, night: int) -> tuple[float, ...]:
    """What a night has been so far: totals that two nights share only if they were one."""
    counted: tuple[NDArray[np.float64], ...] = (
        *(seen.called, seen.passed, seen.leased, seen.signed_in, seen.inside, seen.in_flight),
        *(seen.sign_ins_asked, seen.sign_ins_away, seen.sign_ins_in_hand),
    )
    return tuple(float(one[night]) for one in counted)
