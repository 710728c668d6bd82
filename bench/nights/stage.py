"""A night while it is being played: who there is, what goes wrong, what has been written down and met so far."""

import numpy as np
from numpy.typing import NDArray

from bench.nights.crowd import Integers, Mask, people_of, subscribers_of
from bench.nights.plans import END_MIN, WHISTLE_MIN, Plan, Trouble
from bench.nights.service import Service
from bench.nights.tables import Rows

Floats = NDArray[np.float64]

ROUNDS_MAX = 40


class Stage:
    """The night while it is being played."""

    def __init__(self, plan: Plan, start: int) -> None:
        self.plan = plan
        self.rng = np.random.default_rng([77, *plan.name.encode()])
        self.rows = Rows(start)
        self.subscribers = subscribers_of(plan, self.rng)
        self.people = people_of(plan, self.rng, self.subscribers)
        self.seconds = round(END_MIN * plan.minute_s)
        self.whistle = WHISTLE_MIN * plan.minute_s
        self.goals = sorted((self.rng.uniform(36, 140, self.rng.poisson(2.6)) * plan.minute_s).tolist())
        self.is_stormy = any(trouble.kind == "storm" for trouble in plan.troubles)
        self.persistence = plan.law("storm_persistence" if self.is_stormy else "persistence")
        # People take the time that they take; a quick night is short of time, not of impatience.
        self.retry_s = plan.law("storm_retry_s" if self.is_stormy else "retry_s") * (plan.minute_s / 60) ** 0.5
        self.hits: list[tuple[str, Integers, Floats, Floats]] = []
        self.spans: dict[int, tuple[float, float]] = {}
        self.seen = np.zeros(len(self.people), np.bool_)
        self.place: Integers | None = None
        self.edges: list[tuple[dict[str, str], Service]] = []
        """Delivery networks that are full, each with whom it serves."""

    def troubles(self, *kinds: str) -> list[tuple[int, Trouble]]:
        """Those of these kinds, with their numbers."""
        return [(number, one) for number, one in enumerate(self.plan.troubles) if one.kind in kinds]

    def matches(self, where: dict[str, str], who: Integers) -> Mask:
        """Who of them is where the trouble is."""
        held = np.ones(len(who), np.bool_)
        for name, value in where.items():
            held &= self.people.dims[name][who] == list(self.plan.shares[name]).index(value)
        return held

    def dims(self, who: Integers, *names: str) -> dict[str, tuple[NDArray[np.int8], list[str]]]:
        """The columns of these people's dimensions."""
        return {name: (self.people.dims[name][who], list(self.plan.shares[name])) for name in names}

    def again(self, who: Integers, at: Floats) -> tuple[Integers, Floats]:
        """Those who try again after a failure, and when."""
        stay = self.rng.random(len(who)) < self.persistence
        later = at[stay] + self.rng.gamma(2.0, self.retry_s / 2, int(stay.sum()))
        keep = later < self.whistle
        return who[stay][keep], later[keep]

    def hurt(self, kind: str, who: Integers, at: Floats, seen: Floats) -> None:
        """They tried then, and saw it fail at `seen`, for a reason of this kind: reach, sign_in or start."""
        self.hits.append((kind, who, at, seen))

    def kind_of(self, trouble: Trouble) -> str:
        """What fails for genuine people in this trouble; "" where nothing does."""
        if trouble.kind == "edge":
            return "start"
        if trouble.cause == "capacity":
            return "start" if self.plan.on_playlist else "sign_in"
        if trouble.cause == "malice":
            return "sign_in" if trouble.hurts else ""
        return {"silence": "reach", "dependency": "sign_in", "passwords": "sign_in"}.get(trouble.kind, "start")

    def met(self) -> list[tuple[Integers, Floats]]:
        """For each trouble: who met it, and when first."""
        found = []
        for number, trouble in enumerate(self.plan.troubles):
            begins, ends = self.spans[number]
            kind = self.kind_of(trouble)
            own = [(those, then, seen) for what, those, then, seen in self.hits if what == kind]
            who = np.concatenate([np.zeros(0, np.int64), *(those for those, _, _ in own)])
            at, seen = (np.concatenate([np.zeros(0), *(one[index] for one in own)]) for index in (1, 2))
            inside = (at >= begins) & (at < ends)
            found.append(firsts(who[inside], seen[inside]))
        return found


def firsts(who: Integers, at: Floats) -> tuple[Integers, Floats]:
    """Each once, with the first instant."""
    order = np.lexsort((at, who))
    found, first = np.unique(who[order], return_index=True)
    return found, at[order][first]


def per_second(stage: Stage, at: Floats) -> Floats:
    """How many of these instants lie in each second of the night."""
    return np.bincount(second_of(stage, at), minlength=stage.seconds).astype(np.float64)


def second_of(stage: Stage, at: Floats) -> Integers:
    """The whole second of each, within the night."""
    return np.clip(at, 0, stage.seconds - 1).astype(np.int64)


def smooth(values: Floats, seconds: int) -> Floats:
    """The moving mean."""
    return np.convolve(values, np.full(seconds, 1 / seconds), "same")


def subject_of(stage: Stage, who: Integers) -> Integers:
    """An account where a session is held, else a device."""
    people = stage.people
    return np.where(people.signed_out[who], people.device[who], people.account[who])
