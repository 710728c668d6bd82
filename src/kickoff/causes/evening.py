"""What do the facts hold of an incident? The rows that the signs are read from, as NumPy arrays."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Incident, Metric
from kickoff.numbered import Coded, People, coded, integers, people_of
from kickoff.units import AtUs

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

BY_HOUSE = ("overloaded", "timeout", "error")
WRONG = ("wrong_password", "unknown_account")


class Evening:
    """The facts up to an instant, and which of them are what. Each column is read once."""

    def __init__(self, facts: pa.Table, until: AtUs) -> None:
        self._table = facts if _ends_by(facts, until) else facts.filter(pc.less_equal(facts["at"], until))
        self._texts: dict[str, Coded] = {}
        self._integers: dict[str, Integers] = {}
        self._masks: dict[tuple[str, ...], Mask] = {}
        self._newcomers: Integers | None = None
        self._people: People | None = None
        self.until = until
        self.at = self.integers("at", 0)

    def integers(self, name: str, null: int) -> Integers:
        """A column of whole numbers; `null` where it is null or was not recorded."""
        if name not in self._integers:
            self._integers[name] = integers(self._table, name, null)
        return self._integers[name]

    def texts(self, name: str) -> Coded:
        """A column of texts by number; `UNKNOWN` where it is null or was not recorded."""
        if name not in self._texts:
            self._texts[name] = coded(self._table, name)
        return self._texts[name]

    def holds(self, name: str, *values: str) -> Mask:
        """The rows whose column has one of these values; none where the column was not recorded."""
        key = (name, *values)
        if key not in self._masks:
            self._masks[key] = self.texts(name).is_any(*values)
        return self._masks[key]

    def is_fact(self, *facts: Fact) -> Mask:
        """The rows of these kinds."""
        return self.holds("fact", *(str(fact) for fact in facts))

    def people(self) -> People:
        """Whose each row is."""
        if self._people is None:
            self._people = people_of(self._table)
        return self._people

    def newcomers(self) -> Integers:
        """The row with which each household appeared first."""
        if self._newcomers is None:
            self._newcomers = self.people().first_rows(np.flatnonzero(households_of(self)))
        return self._newcomers


def households_of(evening: Evening) -> Mask:
    """Rows that only a household leaves: it joined with a session, signed in, or pressed play."""
    joined = evening.is_fact(Fact.JOINED) & evening.holds("code", "session")
    return joined | evening.is_fact(Fact.SIGNED_IN, Fact.LEASED)


def _ends_by(facts: pa.Table, until: AtUs) -> bool:
    return len(facts) == 0 or pc.max(facts["at"]).as_py() <= until


class Window(Struct, frozen=True, kw_only=True):
    """One incident: its trials, and its time. Masks are over the rows of the evening."""

    tried: Mask
    failed: Mask
    now: Mask
    before: Mask
    began: int
    ended: int

    @property
    def failures(self) -> int:
        """Failures within the incident."""
        return int((self.failed & self.now).sum())


def window_of(evening: Evening, incident: Incident) -> Window:
    """The rows of one incident."""
    ended = evening.until if incident.ended_at is None else incident.ended_at
    tried, failed = _trials(evening, incident.metric)
    return Window(
        tried=tried,
        failed=failed,
        now=(evening.at >= incident.began_at) & (evening.at <= ended),
        before=evening.at < incident.began_at,
        began=incident.began_at,
        ended=ended,
    )


def _trials(evening: Evening, metric: Metric) -> tuple[Mask, Mask]:
    match metric:
        case Metric.SIGN_IN_FAILURES:
            failed = evening.is_fact(Fact.SIGN_IN_FAILED)
            return failed | evening.is_fact(Fact.SIGNED_IN), failed
        case Metric.START_FAILURES:
            failed = evening.is_fact(Fact.START_FAILED)
            return failed | evening.is_fact(Fact.STARTED), failed
        case Metric.SILENCE:
            # Those who fail are those who are not there: every arrival is a trial, none a failure.
            came = evening.is_fact(Fact.JOINED, Fact.SIGNED_IN, Fact.LEASED)
            return came, np.zeros(len(came), np.bool_)
        case _:
            ended = evening.is_fact(Fact.ENDED)
            return ended | evening.is_fact(Fact.STARTED), ended & ~evening.holds("code", "whistle")
