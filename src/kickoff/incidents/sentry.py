"""Has anything changed since the last answer? One more second of trials, held against what the answer had learnt.

`notice` reads a whole evening, which takes seconds of a processor once an evening has millions of facts. A sentry
takes over the sequential tests where it left them and reads on, second by second, at some microseconds a cohort. It
says no more than that something is to be looked at: what, since when and where is told by `notice`, from everything.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.attempts import RETRY_S, Attempts, attempts_of
from kickoff.incidents.cohorts import Counts
from kickoff.incidents.columns import Columns
from kickoff.incidents.expected import Expected
from kickoff.incidents.sequential import Watch
from kickoff.incidents.turned_away import turned_away
from kickoff.units import US_PER_S

LATELY_MAX = 50_000
"""Failures that are kept in mind; of more, those of earlier blocks are forgotten."""


class _Post(Struct, kw_only=True):
    """The test of one kind of trials."""

    watch: Watch
    names: tuple[tuple[str, str], ...]
    failed_lately: set[tuple[int, int]]
    """(subject, block of `RETRY_S`) of those who have failed: once more is no further trial."""


class Sentry:
    """Takes over from one `notice`: give it to the call, then let it read each second that follows."""

    def __init__(self) -> None:
        self._posts: dict[str, _Post] = {}
        self._expected: Expected | None = None

    def take_over(self, attempts: Attempts, counts: Counts, watch: Watch, *, is_open: bool) -> None:
        """Go on where an answer ended. While an incident lasts there is nothing to raise an alarm about."""
        self._posts.pop(attempts.kind, None)
        if not is_open and counts.names:
            self._posts[attempts.kind] = _Post(watch=watch, names=counts.names, failed_lately=set())

    def expect(self, expected: Expected) -> None:
        """Miss those who do not come; not told while a silence lasts."""
        self._expected = expected

    def is_alarmed(self, columns: Columns) -> bool:
        """Read the facts of one second more."""
        kinds = (*attempts_of(columns), turned_away(columns).attempts)
        alarms = [self._reads(attempts, columns) for attempts in kinds]
        if self._expected is not None:
            alarms.append(self._expected.is_short(columns))
        return any(alarms)

    def _reads(self, attempts: Attempts, columns: Columns) -> bool:
        post = self._posts.get(attempts.kind)
        if post is None:
            return False
        first = _are_first(attempts, columns, post.failed_lately)
        tried = np.array(list(_by_cohort(post.names, attempts, first)))
        failed = np.array(list(_by_cohort(post.names, attempts, first & attempts.failed)))
        return post.watch.reads_on(tried, failed)


def _are_first(attempts: Attempts, columns: Columns, lately: set[tuple[int, int]]) -> NDArray[np.bool_]:
    """The trials but those of subjects that failed within `RETRY_S` before."""
    first = np.ones(len(attempts.at), np.bool_)
    bad = np.flatnonzero(attempts.failed)
    blocks = attempts.at[bad] // (RETRY_S * US_PER_S)
    if len(lately) > LATELY_MAX:
        latest = int(blocks.max(initial=0))
        lately.difference_update({key for key in lately if key[1] < latest})
    subjects = columns.people.subjects[attempts.number[bad]]
    for row, key in zip(bad.tolist(), zip(subjects.tolist(), blocks.tolist(), strict=True), strict=True):
        first[row] = key not in lately
        lately.add(key)
    return first


def _by_cohort(names: tuple[tuple[str, str], ...], attempts: Attempts, chosen: NDArray[np.bool_]) -> Iterator[float]:
    for dimension, value in names:
        column = attempts.dimensions.get(dimension)
        held = chosen if column is None else chosen & (column.numbers == column.number(value))
        yield float(np.count_nonzero(held))
