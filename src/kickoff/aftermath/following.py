"""What does the journal say now? A night is followed: what was read stays in memory, and only what is new is read.

Each `tick` reads what doors have added to the log. A sentry (`incidents.sentry`) goes on with the sequential tests over
what is new, at some milliseconds a second. The four answers in full are a function of the whole night, so that they
are the same whoever asks when; what they cost grows with it, and they are given as often as `SHARE` of a core allows:
every few seconds on an ordinary night, every few minutes late on one of millions. When the sentry is alarmed they are
given at once, and the share is made up for later.
"""

from collections.abc import Callable, Sequence
from time import process_time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.aftermath.answers import (
    BEAT_COLUMNS,
    BEATS_MAX,
    COLUMNS,
    STALLS_ROWS_MAX,
    Evening,
    earlier_nights,
    findings_of,
    watched,
)
from kickoff.aftermath.complaints import read_complaints
from kickoff.aftermath.fact_tables import NO_BEATS, ordered, schema_of
from kickoff.aftermath.journal import NIGHT_FILE, JournalView
from kickoff.facts import Fact
from kickoff.findings import Audience, Findings
from kickoff.incidents import Sentry
from kickoff.incidents.columns import read_columns
from kickoff.numbered import apart, appended, as_texts, coded, cut, numbered
from kickoff.units import US_PER_S, AtUs

SHARE = 0.03
"""Of a core, for answers in full."""

FREE_S = 0.5
"""An answer that costs no more is given whenever it is asked for."""

AUDIENCE_SHARE = 0.005
"""Of a core, for the exact audience: second by second the doors' summaries tell it (`live.py`)."""

AHEAD_S = 600.0
"""Alarms may use the share so far in advance; then they wait as everything does."""

LATE_US = 5 * US_PER_S
"""Facts of other doors may come so late without everything being numbered anew."""

TOGETHER = 16
"""So many readings are put into one table."""

FOLLOWED = (*COLUMNS, "rate_per_s")
"""Besides what the stages read, what the curves of the screen do."""

_FACTS = schema_of(FOLLOWED, coded=True)
_BEATS = schema_of(BEAT_COLUMNS, coded=True)


class Cost(Struct, kw_only=True):
    """What one kind of answer has cost, and when it may be given again."""

    share: float
    since: AtUs
    spent_s: float = 0.0
    last_s: float = 0.0
    last_at: AtUs = AtUs(0)

    def is_due(self, now: AtUs, *, alarmed: bool = False) -> bool:
        """Whether the share allows it; an alarm may be ahead of it, by `AHEAD_S` and no more than half of the time."""
        if self.last_s <= FREE_S:
            return True
        ahead_s = self.spent_s / self.share - (now - self.since) / US_PER_S
        return ahead_s <= 0 or (alarmed and ahead_s <= AHEAD_S and now - self.last_at >= 2 * self.last_s * US_PER_S)

    def add(self, cost_s: float, now: AtUs) -> None:
        """Note what it has cost."""
        self.spent_s += cost_s
        self.last_s, self.last_at = cost_s, now


class Following:
    """One night, followed from where its tables end. `spent` is a clock of the processor's seconds.

    Raises `JournalError` and `LogError`, as reading does; whoever follows starts again with a new one.
    """

    def __init__(self, view: JournalView, now: AtUs, *, spent: Callable[[], float] = process_time) -> None:
        self._view, self._spent = view, spent
        self._known = _marks(view)
        sealed, self._log = view.sealed_and_log(FOLLOWED, reread_max=STALLS_ROWS_MAX)
        self._told = numbered(sealed)
        """The facts of the last answer; but the first `_settled` of them are put in order again with what is new."""
        self._settled = len(sealed)
        self._young: list[pa.Table] = []
        self._fresh: list[pa.Table] = []
        self._beats: list[pa.Table] | None = [] if self._log and not len(sealed) else None
        """None: there are none, too many other facts for them, or no log, whose reader reads them."""
        self._beats_count = 0
        self._earlier = earlier_nights(view)
        self._subscribers = view.subscribers()
        self._sentry = Sentry()
        self._cost, self._audience_cost = (Cost(share=share, since=now) for share in (SHARE, AUDIENCE_SHARE))
        self._audience: Audience | None = None
        self._is_new = True
        self.findings: Findings | None = None

    def is_stale(self) -> bool:
        """Whether what was read once has changed: the night, its subscribers; or there is no log to follow."""
        return self._log is None or _marks(self._view) != self._known

    def tick(self, now: AtUs) -> bool:
        """Read what is new, and answer where it is time to; whether `findings` are new."""
        if not self.read_on(now):
            return False
        self.answer(now)
        return True

    def read_on(self, now: AtUs) -> bool:
        """Read what is new; whether it is time to answer."""
        alarmed = self._take_in()
        return self.findings is None or (self._is_new and self._cost.is_due(now, alarmed=alarmed))

    def facts_of(self, kinds: Sequence[Fact], columns: Sequence[str], *, since: AtUs = AtUs(0)) -> pa.Table:
        """What was read of these kinds, by time, as `JournalView.facts` tells it."""
        first = int(np.searchsorted(self._told["at"].to_numpy(), since))
        names = list(dict.fromkeys([*columns, "at", "fact"]))
        tables = [table.select(names) for table in (self._told.slice(first), *self._young, *self._fresh)]
        found = [as_texts(table.filter(pa.array(coded(table, "fact").is_any(*kinds)))) for table in tables]
        return ordered(pa.concat_tables(found).filter(pc.field("at") >= since)).select(columns)

    def answer(self, now: AtUs) -> Findings:
        """The answers in full, of all that was read."""
        began = self._spent()
        evening, self._sentry = self.evening(), Sentry()
        if self._audience is None or self._audience_cost.is_due(now):
            self._audience = watched(evening)
            self._audience_cost.add(self._spent() - began, now)
            began = self._spent()
        self.findings = findings_of(evening, audience=self._audience, sentry=self._sentry)
        self._cost.add(self._spent() - began, now)
        self._is_new = False
        return self.findings

    def evening(self) -> Evening:
        """The night as far as it was read."""
        facts = self._facts()
        until = self._view.until
        if until is None:
            until = AtUs(pc.max(facts["at"]).as_py() if len(facts) else self._start())
        return Evening(
            view=self._view,
            facts=facts,
            subscribers=self._subscribers,
            until=until,
            earlier=self._earlier,
            complaints=read_complaints(self._view.folder, until=until, minute_s=self._view.night.match_minute_s),
            beats=self._beats_if_wanted(facts),
        )

    def _start(self) -> int:
        return self._view.night.at(0) if self._view.night.starts_at else 0

    def _take_in(self) -> bool:
        """Take in what the log has had added; whether it alarms the sentry."""
        new = []
        for piece in self._log.read_new() if self._log else ():
            self._is_new = True
            new.append(self._view.told_by(piece, _FACTS, NO_BEATS))
            if self._beats is not None:
                self._beats = self._with_beats(self._beats, self._view.told_by(piece, _BEATS, (Fact.BEAT,)))
        if not any(len(table) for table in new):
            return False
        fresh = pa.concat_tables(new).unify_dictionaries()
        self._fresh.append(fresh)
        if len(self._fresh) == TOGETHER:
            self._young.append(pa.concat_tables(self._fresh).unify_dictionaries())
            self._fresh = []
        return self._sentry.is_alarmed(read_columns(fresh, AtUs(pc.max(fresh["at"]).as_py())))

    def _facts(self) -> pa.Table:
        """All facts, in order and numbered."""
        new = [*self._young, *self._fresh]
        if not new:
            return self._told
        new.append(apart(self._told.slice(self._settled)))
        young = ordered(pa.concat_tables(new).unify_dictionaries())
        at = young["at"].to_numpy()
        if self._settled and at[0] <= self._told["at"][self._settled - 1].as_py():
            # Somebody was later than `LATE_US`: everything is put in order anew.
            before = apart(self._told.slice(0, self._settled))
            young, self._settled = ordered(pa.concat_tables([before, young]).unify_dictionaries()), 0
            at = young["at"].to_numpy()
        self._told = appended(cut(self._told, self._settled), young)
        self._settled += int(np.searchsorted(at, at[-1] - LATE_US))
        self._young, self._fresh = [], []
        return self._told

    def _with_beats(self, kept: list[pa.Table], new: pa.Table) -> list[pa.Table]:
        """Those kept, and the new ones; none at all from `BEATS_MAX` on, as for a reader of the whole night."""
        self._beats_count += len(new)
        return [*kept, new] if self._beats_count <= BEATS_MAX else []

    def _beats_if_wanted(self, facts: pa.Table) -> pa.Table | None:
        if self._beats is None or len(facts) > STALLS_ROWS_MAX:
            self._beats = None
            return None
        found = ordered(pa.concat_tables([_BEATS.empty_table(), *self._beats]).unify_dictionaries())
        # One table takes the place of the readings: each of them holds dictionaries of its own.
        self._beats = [found]
        return found


def _marks(view: JournalView) -> tuple[int, ...]:
    """When the files that are read once were written last; 0: not there."""
    files = (view.folder / NIGHT_FILE, view.folder / "subscribers.parquet")
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in files)
