"""Who has come since the last answer, and who should have? The silence that a sentry watches for, second by second.

Households that come first are counted exactly, each once: those known at the last answer lie in order, those that have
come since in a set. Their shares go on where the evening's test of shares was; that nobody comes at all is read from
their number, whenever a step of `lull` is full. Without earlier nights a level may fall by itself; then the answer that
the alarm brings says that it was nothing.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.incidents.columns import Columns, is_fact
from kickoff.incidents.lull import ACTIVITY, NEWCOMERS, STEP_MINUTES, lulls
from kickoff.incidents.sequential import Watch
from kickoff.incidents.silence import count_others, first_appearances, has_line, newcomers
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

LATELY_MINUTES = 5.0
"""Minutes of the match. What fell silent before them, the last answer has looked for."""

SECONDS_MAX = 86_400
"""An evening is no longer: what claims to be later is not counted."""


class Expected(Struct, kw_only=True):
    """Those who have come, and the tests of those who should."""

    known: NDArray[np.int64]
    """Subjects that had come when the last answer was given, in order."""
    since: set[int]
    """Those that have come since."""
    by_second: list[float]
    """Households that came first in each second, as `newcomers` counts them."""
    through_line: bool
    shares: Watch
    names: tuple[tuple[str, str], ...]
    night: Night
    usual: Sequence[float]
    streams: int

    @classmethod
    def of(
        cls,
        columns: Columns,
        night: Night,
        usual: Sequence[float],
        *,
        shares: Watch,
        names: tuple[tuple[str, str], ...],
        streams: int,
    ) -> "Expected":
        """Go on where an answer ended, whose test of shares has raised no alarm."""
        start = night.at(0) if night.starts_at else AtUs(int(columns.at[0]))
        until = AtUs(int(columns.at[-1]) + US_PER_S)
        come = columns.people.number[first_appearances(columns)]
        return cls(
            known=np.sort(columns.people.subjects[come]),
            since=set(),
            by_second=newcomers(columns, start=start, until=until).tolist(),
            through_line=has_line(columns),
            shares=shares,
            names=names,
            night=night,
            usual=usual,
            streams=streams,
        )

    def is_short(self, columns: Columns) -> bool:
        """Read the facts of one second more: whether a cohort, or everybody, is missing."""
        rows = self._new(columns)
        tried, others = count_others(columns, rows, self.names)
        counted = rows[is_fact(columns, Fact.JOINED)[rows]] if self.through_line else rows
        is_full = self._count(columns.at[counted], int(columns.at.max(initial=0)))
        return self.shares.reads_on(tried, others) or (is_full and self._is_lull())

    def _new(self, columns: Columns) -> NDArray[np.int64]:
        """The rows with which households appear that had not come before."""
        rows = first_appearances(columns)
        subjects = columns.people.subjects[columns.people.number[rows]]
        place = np.searchsorted(self.known, subjects)
        before = np.append(self.known, 0)[place] == subjects
        is_new = ~before & np.array([subject not in self.since for subject in subjects.tolist()], np.bool_)
        self.since.update(subjects[is_new].tolist())
        return np.asarray(rows[is_new])

    def _count(self, at: NDArray[np.int64], latest: int) -> bool:
        """Add to each second those who came in it; whether a step of `lull` has become full."""
        if not self.night.starts_at:
            return False
        start, before = self.night.at(0), len(self.by_second)
        seconds = min((latest - start) // US_PER_S + 1, SECONDS_MAX)
        self.by_second += [0.0] * max(0, seconds - before)
        for second in ((at - start) // US_PER_S).tolist():
            if 0 <= second < len(self.by_second):
                self.by_second[second] += 1.0
        step_s = max(1, round(STEP_MINUTES * self.night.match_minute_s))
        return (len(self.by_second) - 1) // step_s > (before - 1) // step_s

    def _is_lull(self) -> bool:
        """Whether everybody is missing; the second that is being read is left out."""
        since_s = len(self.by_second) - LATELY_MINUTES * self.night.match_minute_s
        series = NEWCOMERS if self.usual else ACTIVITY
        counts = np.array(self.by_second[:-1])
        return bool(lulls(counts, series, self.night, self.usual, streams=self.streams, since_s=since_s))
