"""What moved during the night? The journal's facts as one value a second, for the curves of the report."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.night import Night
from kickoff.units import US_PER_MS, US_PER_S

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTS = (
    Fact.JOINED, Fact.CALLED, Fact.PASSED, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED, Fact.LEASED, Fact.STARTED,
    Fact.START_FAILED, Fact.ENDED, Fact.EXPELLED, Fact.HEALTH, Fact.RATE, Fact.REPORTED, Fact.MATCH, Fact.OPERATOR,
    Fact.TOLD,
)  # fmt: skip
"""What the report reads."""
NOT_OURS = ("wrong_password", "unknown_account")
WAIT_BIN_S = 5
WAIT_SHARES = (0.1, 0.5, 0.9)


class Curves(Struct, frozen=True, kw_only=True):
    """One value for each whole second from the start of the night."""

    joined: Floats
    """So far."""
    waiting: Floats
    """Joined and not yet called."""
    passed: Floats
    """So far."""
    joins_per_s: Floats
    failed_starts: Floats
    """In this second."""
    failed_sign_ins: Floats
    rate_per_s: Floats
    """Called a second, as the conductor decided; the last decision holds."""
    utilisation: Mapping[str, Floats]
    """Dependency → per cent."""
    capacity_per_s: Mapping[str, float]
    """Dependency → the median of what was measured."""
    waits: Mapping[float, Floats]
    """Share → seconds waited by those who joined about then: that share of them waited no longer."""


def curves(facts: pa.Table, night: Night) -> Curves:
    """Everything that is drawn, up to the end of the night."""
    start, seconds = night.at(0), round(night.schedule.end) + 1
    book = _Book(facts, start, seconds)
    joined = book.per_second(Fact.JOINED)
    called = book.called()
    failed = book.of(Fact.SIGN_IN_FAILED)
    ours = failed.filter(pc.invert(pc.is_in(failed["code"].fill_null(""), pa.array(NOT_OURS))))
    health = book.of(Fact.HEALTH)
    names = [name for name in pc.unique(health["dependency"]).to_pylist() if name]
    return Curves(
        joined=np.cumsum(joined),
        waiting=np.cumsum(joined) - called,
        passed=np.cumsum(book.per_second(Fact.PASSED)),
        joins_per_s=joined,
        failed_starts=book.per_second(Fact.START_FAILED),
        failed_sign_ins=book.counted(ours),
        rate_per_s=book.latest(Fact.RATE, "rate_per_s") / 1000,
        utilisation={name: book.last_of(_of(health, name), "utilisation") / 10_000 for name in sorted(names)},
        capacity_per_s={name: _median(_of(health, name)["capacity_per_s"]) / 1000 for name in sorted(names)},
        waits=_waits(book.of(Fact.PASSED), start, seconds),
    )


class _Book:
    """The facts of a night by second."""

    def __init__(self, facts: pa.Table, start: int, seconds: int) -> None:
        self._facts = facts
        self._start = start
        self._seconds = seconds

    def of(self, fact: Fact) -> pa.Table:
        return self._facts.filter(pc.field("fact") == str(fact))

    def per_second(self, fact: Fact) -> Floats:
        return self.counted(self.of(fact))

    def counted(self, rows: pa.Table) -> Floats:
        return np.bincount(self._second(rows), minlength=self._seconds)[: self._seconds].astype(np.float64)

    def called(self) -> Floats:
        """How many of those who joined were called so far, in all lanes."""
        joined, steps = self.of(Fact.JOINED), self.of(Fact.CALLED)
        found = np.zeros(self._seconds, np.float64)
        for lane in pc.unique(steps["lane"].drop_null()).to_pylist():
            own = pc.field("lane") == lane
            upto = self.last_of(steps.filter(own), "place")
            found += np.minimum(np.cumsum(self.counted(joined.filter(own))), upto)
        return found

    def latest(self, fact: Fact, column: str) -> Floats:
        return self.last_of(self.of(fact), column)

    def last_of(self, rows: pa.Table, column: str) -> Floats:
        """The last value told up to each second; 0 before the first."""
        rows = rows.filter(pc.is_valid(rows[column])).sort_by("at")
        found = np.zeros(self._seconds, np.float64)
        if not rows.num_rows:
            return found
        values, at = rows[column].to_numpy().astype(np.float64), self._second(rows)
        last = np.searchsorted(at, np.arange(self._seconds), side="right") - 1
        found[last >= 0] = values[last[last >= 0]]
        return found

    def _second(self, rows: pa.Table) -> Ints:
        at: Ints = (rows["at"].to_numpy().astype(np.int64) - self._start) // US_PER_S
        return np.clip(at, 0, self._seconds - 1)


def _of(health: pa.Table, name: str) -> pa.Table:
    return health.filter(pc.field("dependency") == name)


def _median(values: pa.ChunkedArray) -> float:
    known = values.drop_null().to_numpy()
    return float(np.median(known)) if len(known) else 0.0


def _waits(passed: pa.Table, start: int, seconds: int) -> dict[float, Floats]:
    """By the time of joining, in steps of `WAIT_BIN_S`; steps in which nobody joined repeat the one before."""
    rows = passed.filter(pc.is_valid(passed["wait_ms"]))
    wait_ms = rows["wait_ms"].to_numpy().astype(np.int64)
    joined_s = (rows["at"].to_numpy().astype(np.int64) - wait_ms * US_PER_MS - start) // US_PER_S
    bins = np.clip(joined_s, 0, seconds - 1) // WAIT_BIN_S
    found = {share: np.zeros(seconds, np.float64) for share in WAIT_SHARES}
    for number in range(-(-seconds // WAIT_BIN_S)):
        own, first = wait_ms[bins == number] / 1000, number * WAIT_BIN_S
        for share, curve in found.items():
            before = curve[first - 1] if first else 0.0
            curve[first : first + WAIT_BIN_S] = np.quantile(own, share) if len(own) else before
    return found
