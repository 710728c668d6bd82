"""How many met no door? A posterior of those who were shut out, from who came when and who told.

Nobody records them. But who comes in an interval is new, and was let through, or comes back and had been turned away;
some of those who come back tell of it, a share that nobody knows beforehand. So of those who come and do not tell

    m = x exp(level) (1 - silent) + told (1 - tells) / tells

are expected, where x is how many usually come then. An interval before the silence shows the level, its first minutes
show how many are turned away, and those after it, as fewer and fewer come back, show the share that tells.
"""

from math import exp, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import truncnorm

from kickoff.findings import Range

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TELLS = (0.3, 1.15)
"""Mean and standard deviation of the log odds that an app tells of it afterwards: a share between 0.15 and 0.95, before
this evening has shown anything."""
SILENT = (1.0, 1.5)
"""The same of being turned away, while it lasts: nothing is known but that somebody noticed."""
STEADY = 0.2
"""Log odds by which the share that is turned away differs from interval to interval: 0.04 where it is seven in ten."""
STEPS, HALVES, ENOUGH, FARTHEST = 60, 10, 1e-4, 2.0
"""Of Newton's method: how many, and how often each is halved, at most; the gain of likelihood that ends it; how far a
step may go."""


class Evidence(Struct, frozen=True, kw_only=True):
    """Who came in each interval before, within and after a silence."""

    came: Floats
    """Households that came and did not tell."""
    told: Floats
    """Households that came and told."""
    silent: Mask
    """Whether it lies within the silence."""
    usual: Floats
    """How many would come, up to a factor `exp(level)`."""
    level: float
    unsure: Floats
    """Covariance of the logarithm of `usual`, the level's own error included."""
    tells: tuple[float, float] = TELLS
    turned_away: tuple[float, float] = SILENT
    steady: float = STEADY


class ShutOut(Struct, frozen=True, kw_only=True):
    """How many were turned away at least once, told or not."""

    expected: float
    """Households that would have come while it lasted."""
    mean: float
    spread: float
    """Standard deviation."""


def shut_out(evidence: Evidence) -> ShutOut:
    """The posterior, as a normal law around the likeliest values (Laplace's approximation; Tierney and Kadane 1986).

    The likelihood is Poisson; its curvature is Fisher's expected information. Who is turned away is as much by
    chance as who comes: to the error of how many were to be expected their own number is added.
    """
    model = _Model(evidence)
    at, curvature = _likeliest(model)
    new, silent = model.new(at), model.silent(at)
    gradient = np.concatenate([new * silent, (new * silent * (1 - silent))[model.within], [0.0]])
    mean = float((new * silent).sum())
    variance = float(gradient @ np.linalg.solve(curvature, gradient))
    return ShutOut(expected=float(new[model.within].sum()), mean=mean, spread=sqrt(variance + mean))


def unseen_of(found: ShutOut, told: int) -> Range:
    """Those shut out who never told: 90 % of a normal law, cut off where it would be fewer than nobody."""
    mean, spread = found.mean - told, max(found.spread, 0.5)
    low, mid, high = (
        max(0, round(float(truncnorm.ppf(share, -mean / spread, float("inf"), loc=mean, scale=spread))))
        for share in (0.05, 0.5, 0.95)
    )
    return Range(low=low, mid=mid, high=high)


class _Model:
    """Parameters: the log level of each interval, the log odds of silence of each within it, those of telling."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.within = np.flatnonzero(evidence.silent)
        self.count, within = len(evidence.came), len(self.within)
        self.prior = np.concatenate(
            [np.full(self.count, evidence.level), np.full(within, evidence.turned_away[0]), [evidence.tells[0]]]
        )
        self.precision = np.zeros((self.count + within + 1,) * 2)
        turned = slice(self.count, self.count + within)
        self.precision[: self.count, : self.count] = np.linalg.inv(evidence.unsure)
        self.precision[turned, turned] = np.linalg.inv(
            evidence.turned_away[1] ** 2 + evidence.steady**2 * np.eye(within)
        )
        self.precision[-1, -1] = 1 / evidence.tells[1] ** 2

    def new(self, at: Floats) -> Floats:
        """Who comes first in each interval, or would."""
        return np.asarray(self.evidence.usual * np.exp(at[: self.count]))

    def silent(self, at: Floats) -> Floats:
        """The share of them that is turned away."""
        share = np.zeros(self.count)
        share[self.within] = expit(at[self.count : -1])
        return share

    def back(self, at: Floats) -> Floats:
        """Who comes back and does not tell."""
        return self.evidence.told * exp(-at[-1])

    def likelihood(self, at: Floats) -> float:
        """Logarithm of the posterior density, up to a constant."""
        mean, off = self._mean(at), at - self.prior
        return float((self.evidence.came * np.log(mean) - mean).sum() - 0.5 * off @ self.precision @ off)

    def step(self, at: Floats) -> tuple[Floats, Floats]:
        """Newton's step, and the curvature here."""
        mean, new, silent = self._mean(at), self.new(at), self.silent(at)
        slope = np.zeros((self.count, len(at)))
        every = np.arange(self.count)
        slope[every, every] = new * (1 - silent)
        slope[self.within, self.count + np.arange(len(self.within))] = -(new * silent * (1 - silent))[self.within]
        slope[:, -1] = -self.back(at)
        curvature = slope.T @ (slope / mean[:, None]) + self.precision
        uphill = slope.T @ (self.evidence.came / mean - 1) - self.precision @ (at - self.prior)
        step = np.linalg.solve(curvature, uphill)
        return step * min(1.0, FARTHEST / max(float(np.abs(step).max()), 1e-9)), curvature

    def _mean(self, at: Floats) -> Floats:
        return self.new(at) * (1 - self.silent(at)) + self.back(at) + 1e-6


def _likeliest(model: _Model) -> tuple[Floats, Floats]:
    """The likeliest parameters, and the curvature there."""
    at, reached = model.prior, -np.inf
    for _ in range(STEPS):
        before, (step, _) = reached, model.step(at)
        at, reached = _uphill(model, at, step)
        if reached - before < ENOUGH:
            break
    return at, model.step(at)[1]


def _uphill(model: _Model, at: Floats, step: Floats) -> tuple[Floats, float]:
    """A step that would lead downhill is halved."""
    here = model.likelihood(at)
    for half in range(HALVES):
        there = at + step / 2**half
        if (reached := model.likelihood(there)) >= here:
            return there, reached
    return at, here
