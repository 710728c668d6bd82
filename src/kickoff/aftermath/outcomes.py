"""What was the door worth? The same few figures of a night played with the door and of one played without.

Counted in households (subjects of the journal), by the definitions that the crowd counts its own night by, so that the
two books can be laid side by side:

    pictures_10s, _60s   watching 10 and 60 seconds of the night after kick-off
    sign_ins_failed      attempts that ended in an error, in no answer, or in one later than a person waits
                         (`ANSWER_MS`); a wrong password or an unknown account is no failure of ours
    black_screens        met a failed sign-in or a failed start, and had no picture within `MENDED_S` of the first
    without_picture      came, by whatever fact, and never saw a first frame: whoever failed, gave up in line, or left
    expelled             put out by the house, or lost a picture to an error and never had one again

A household is seen first as a device and later as an account; the place in the line joins the two, and where the door
is open and there is no line, `links` does.
"""

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.drawn import drawn_places, positions_of
from kickoff.facts import Fact
from kickoff.night import Night
from kickoff.units import US_PER_S

MENDED_S = 30
ANSWER_MS = 10_000
"""Nobody waits longer than this for an answer to a sign-in: the client has hung up."""
SHOWN_S = (10, 60)
NEVER = np.iinfo(np.int64).max
FACTS = (
    Fact.JOINED,
    Fact.CALLED,
    Fact.PASSED,
    Fact.SIGNED_IN,
    Fact.SIGN_IN_FAILED,
    Fact.LEASED,
    Fact.STARTED,
    Fact.START_FAILED,
    Fact.ENDED,
    Fact.EXPELLED,
    Fact.OPERATOR,
)
"""What has to be read for these figures."""
COLUMNS = ("at", "fact", "subject", "lane", "place", "code", "wait_ms", "duration_ms")


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of those who came."""

    pictures_10s: int
    pictures_60s: int
    sign_ins_failed: int
    black_screens: int
    expelled: int
    without_picture: int


class LineFigures(Struct, frozen=True, kw_only=True):
    """What the line did, and the three things that it must never do."""

    joined: int
    admitted: int
    """Redeemed their place for a pass."""
    called: int
    """Of those who joined."""
    waited_p50_s: float
    waited_p95_s: float
    """From the place to the pass; 0 when nobody was admitted."""
    expelled: int
    duplicate_places: int
    """Places given to more than one."""
    overtakes: int
    """Called before somebody of their lane who had joined earlier."""


class _Lane(Struct, frozen=True, kw_only=True):
    """One lane: when each who joined was called, in their order: those who were drawn as drawn, then as they joined."""

    called_at: NDArray[np.int64]
    """`NEVER` for who was not."""

    @classmethod
    def of(cls, facts: pa.Table, lane: str) -> "_Lane":
        """A step calls everyone up to its position: a place was called by the first step that reached its own."""
        own = facts.filter(pc.field("lane") == lane)
        joined = own.filter(pc.field("fact") == str(Fact.JOINED))
        places, at = _ints(joined, "place"), _ints(joined, "at")
        positions, was_drawn = positions_of(own, places), places < len(drawn_places(own))
        positions = positions[np.lexsort((positions, np.where(was_drawn, -1, at)))]
        steps = own.filter(pc.field("fact") == str(Fact.CALLED)).sort_by("place")
        # The first step that reached at least this far: the least instant from here to the last place.
        first_at = np.minimum.accumulate(np.append(_ints(steps, "at"), NEVER)[::-1])[::-1]
        return cls(called_at=first_at[np.searchsorted(_ints(steps, "place"), positions)])

    @property
    def called(self) -> int:
        """How many were called."""
        return int(np.count_nonzero(self.called_at < NEVER))

    @property
    def overtakes(self) -> int:
        """How many were called before somebody who had joined before them."""
        last_of_those_before = np.maximum.accumulate(self.called_at)
        return int(np.count_nonzero(self.called_at < last_of_those_before))


def outcome(
    facts: pa.Table, spans: pa.Table, seconds: Sequence[int], night: Night, links: Mapping[int, int]
) -> Outcome:
    """The figures of one night. `seconds`: the audience's curve. `links`: subject → account's subject, where known."""
    database = _database(facts, spans, links, end=night.at(night.schedule.end))
    return Outcome(
        pictures_10s=_watching(seconds, night.schedule.kick_off + SHOWN_S[0]),
        pictures_60s=_watching(seconds, night.schedule.kick_off + SHOWN_S[1]),
        sign_ins_failed=_count(database, "SELECT count(*) FROM failed_sign_ins"),
        black_screens=_count(database, _BLACK_SCREENS),
        expelled=_count(database, _EXPELLED),
        without_picture=_count(database, _WITHOUT_PICTURE),
    )


def line_figures(facts: pa.Table, spans: pa.Table) -> LineFigures:
    """What the line did."""
    database = _database(facts, spans, {}, end=NEVER)
    lanes = [_Lane.of(facts, lane) for lane in pc.unique(facts["lane"].drop_null()).to_pylist()]
    half, most = database.sql(_WAITS).fetchone() or (None, None)
    return LineFigures(
        joined=_count(database, "SELECT count(*) FROM facts WHERE fact = 'joined'"),
        admitted=_count(database, "SELECT count(*) FROM facts WHERE fact = 'passed'"),
        called=sum(lane.called for lane in lanes),
        waited_p50_s=(half or 0) / 1000,
        waited_p95_s=(most or 0) / 1000,
        expelled=_count(database, _EXPELLED),
        duplicate_places=_count(database, _DUPLICATES),
        overtakes=sum(lane.overtakes for lane in lanes),
    )


_VIEWS = """
CREATE VIEW placed AS
    SELECT CASE lane WHEN 'grace' THEN 'main' ELSE lane END AS lane, place, subject, fact FROM facts
    WHERE place > 0 AND subject IS NOT NULL;

-- Whoever held the place before the account was known is that account.
CREATE VIEW households AS
    SELECT subject, min(account) AS account FROM (
        SELECT device.subject AS subject, account.subject AS account
        FROM placed device JOIN placed account USING (lane, place)
        WHERE device.fact IN ('joined', 'passed') AND account.fact IN ('signed_in', 'leased')
        UNION ALL SELECT subject, account FROM links
    ) GROUP BY 1;

-- Who had not hung up when the night ended is in neither count.
CREATE VIEW failed_sign_ins AS
    SELECT subject, instant FROM (
        SELECT subject, instant FROM facts
        WHERE fact = 'sign_in_failed' AND code NOT IN ('wrong_password', 'unknown_account')
        UNION ALL
        SELECT subject, instant - 1000 * (duration_ms - getvariable('answer_ms')) AS instant FROM facts
        WHERE fact = 'signed_in' AND duration_ms > getvariable('answer_ms')
    ) WHERE instant <= getvariable('end_us');
"""

_BLACK_SCREENS = """
WITH failures AS (
    SELECT coalesce(account, subject) AS household, min(instant) AS instant
    FROM (
        SELECT subject, instant FROM failed_sign_ins
        UNION ALL SELECT subject, instant FROM facts WHERE fact = 'start_failed'
    ) LEFT JOIN households USING (subject)
    GROUP BY 1
),
pictures AS (SELECT subject AS household, min(instant) AS instant FROM facts WHERE fact = 'started' GROUP BY 1)
SELECT count(*) FROM failures LEFT JOIN pictures USING (household)
WHERE pictures.instant IS NULL OR pictures.instant - failures.instant > getvariable('mended_us')
"""

_WITHOUT_PICTURE = """
WITH came AS (
    SELECT DISTINCT coalesce(account, subject) AS household FROM facts LEFT JOIN households USING (subject)
    WHERE subject IS NOT NULL
)
SELECT count(*) FROM came ANTI JOIN (SELECT subject AS household FROM facts WHERE fact = 'started') USING (household)
"""

_EXPELLED = """
WITH lost AS (SELECT subject, max(instant) AS instant FROM facts WHERE fact = 'ended' AND code = 'failed' GROUP BY 1),
seen AS (
    SELECT subject, max(instant) AS instant FROM (
        SELECT subject, ends_at AS instant FROM spans WHERE NOT stalled
        UNION ALL SELECT subject, instant FROM facts WHERE fact = 'started'
    ) GROUP BY 1
)
SELECT (SELECT count(*) FROM facts WHERE fact = 'expelled')
    + (SELECT count(*) FROM lost LEFT JOIN seen USING (subject)
       -- The last beat before the error covers the time up to it.
       WHERE seen.instant IS NULL OR seen.instant <= lost.instant + getvariable('beat_us'))
"""

_WAITS = """
SELECT quantile_disc(wait_ms, 0.5), quantile_disc(wait_ms, 0.95) FROM facts WHERE fact = 'passed'
"""

_DUPLICATES = """
SELECT count(*) FROM (
    SELECT lane, place FROM facts WHERE fact = 'joined' GROUP BY ALL HAVING count(DISTINCT subject) > 1
)
"""


def _database(facts: pa.Table, spans: pa.Table, links: Mapping[int, int], *, end: int) -> duckdb.DuckDBPyConnection:
    """The tables as a database in memory, with the views that the figures are asked of."""
    database = duckdb.connect(":memory:", config={"threads": 1})
    # `at` is a word of DuckDB's own.
    database.register("facts", facts.select(list(COLUMNS)).rename_columns({"at": "instant"}))
    database.register("spans", spans.select(["subject", "stalled", "ends_at"]))
    accounts = {"subject": list(links), "account": list(links.values())}
    known = pa.table(accounts, schema=pa.schema([("subject", pa.int64()), ("account", pa.int64())]))
    database.register("links", known)
    bounds = {"answer_ms": ANSWER_MS, "mended_us": MENDED_S * US_PER_S, "beat_us": US_PER_S, "end_us": end}
    for name, value in bounds.items():
        database.execute(f"SET VARIABLE {name} = {value}")
    database.execute(_VIEWS)
    return database


def _ints(table: pa.Table, column: str) -> NDArray[np.int64]:
    found: NDArray[np.int64] = table[column].to_numpy().astype(np.int64)
    return found


def _count(database: duckdb.DuckDBPyConnection, question: str) -> int:
    row = database.sql(question).fetchone()
    assert row is not None, "a count is one row"
    return int(row[0])


def _watching(seconds: Sequence[int], at_s: float) -> int:
    second = round(at_s)
    return seconds[second] if 0 <= second < len(seconds) else 0
