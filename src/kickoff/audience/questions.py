"""What can be asked of a night, however large? Ibis expressions, run by whoever holds the tables.

Every function takes Ibis tables and returns an Ibis expression: nothing is computed here. The same expressions run on
DuckDB (one machine) and on Spark (many); all sums are of whole milliseconds, so that both agree to the last digit, and
the reader divides at the end. Minutes count from the start of the night; [first, last) is the part asked about.

`minutes`: `audience.minutes.MINUTES` · `channel_minutes`: `audience.minutes.CHANNEL_MINUTES`, their sums · `facts`: the
facts table, `facts.COLUMNS`.
"""

import ibis
import ibis.expr.types as ir

from kickoff.facts import Fact

MINUTE_MS = 60_000


def channel_minutes(minutes: ir.Table) -> ir.Table:
    """`CHANNEL_MINUTES` of all viewer-minutes."""
    watched = minutes.filter(minutes.watched_ms > 0)
    return watched.group_by("channel", "minute").aggregate(
        accounts=watched.count(), watched_ms=watched.watched_ms.cast("int64").sum()
    )


def figures_by_channel(channel_minutes: ir.Table, first: int, last: int) -> ir.Table:
    """By channel: `watched_ms` of the part (÷ its length: the average) and `peak_ms` of its best minute (÷ 60 000)."""
    part = channel_minutes.filter(channel_minutes.minute.between(first, last - 1))
    found = part.group_by("channel").aggregate(watched_ms=part.watched_ms.sum(), peak_ms=part.watched_ms.max())
    return found.order_by("channel")


def reach(minutes: ir.Table, first: int, last: int, *, threshold_ms: int) -> ir.IntegerScalar:
    """Accounts that watched for at least so long in the part, over all channels: exact, not sketched."""
    part = minutes.filter(minutes.minute.between(first, last - 1))
    each = part.group_by("viewer").aggregate(watched_ms=part.watched_ms.sum())
    return each.filter(each.watched_ms >= threshold_ms).count()


def reach_by_channel(minutes: ir.Table, first: int, last: int, *, threshold_ms: int) -> ir.Table:
    """The same, by channel."""
    part = minutes.filter(minutes.minute.between(first, last - 1))
    each = part.group_by("channel", "viewer").aggregate(watched_ms=part.watched_ms.sum())
    enough = each.filter(each.watched_ms >= threshold_ms)
    return enough.group_by("channel").aggregate(reach=enough.count()).order_by("channel")


def lost(minutes: ir.Table, first: int, last: int) -> ir.Table:
    """By viewer: milliseconds of the part without a picture between the viewer's first and last minute in it.

    Who came late or left early lost nothing; who was cut off in between, or watched a picture that stood, lost that.
    The minutes at both ends count only for what was watched or stalled in them. A minute in which two channels were
    watched makes up for one that is missing: who lost that is counted a minute short.
    """
    part = minutes.filter(minutes.minute.between(first, last - 1))
    found = part.group_by("viewer").aggregate(
        minutes=part.minute.max() - part.minute.min() + 1,
        rows=part.count(),
        watched_ms=part.watched_ms.sum(),
        stalled_ms=part.stalled_ms.sum(),
    )
    missing = (found.minutes - found.rows) * MINUTE_MS
    gone = ibis.greatest(missing, 0) + found.stalled_ms
    return found.select("viewer", lost_ms=gone)


def lost_by_length(lost: ir.Table) -> ir.Table:
    """How many viewers lost how many whole minutes."""
    counted = lost.mutate(minutes=lost.lost_ms // MINUTE_MS)
    return counted.group_by("minutes").aggregate(viewers=counted.count()).order_by("minutes")


def starts(facts: ir.Table) -> ir.Table:
    """By channel: attempts to play, first frames and the time to them in all, failures to start (CTA-2066)."""
    told = facts.filter(facts.fact.isin([str(Fact.LEASED), str(Fact.STARTED), str(Fact.START_FAILED)]))

    def count(fact: Fact) -> ir.IntegerScalar:
        return (told.fact == str(fact)).cast("int64").sum()

    shown = (told.fact == str(Fact.STARTED)).ifelse(told.duration_ms.cast("int64"), ibis.literal(0, "int64"))
    return (
        told.group_by("channel")
        .aggregate(
            attempts=count(Fact.LEASED),
            started=count(Fact.STARTED),
            start_up_ms=shown.coalesce(0).sum(),
            start_failed=count(Fact.START_FAILED),
        )
        .order_by("channel")
    )
