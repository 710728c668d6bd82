"""Spans and facts made by hand, and the slow and obvious way to count them."""

from collections.abc import Iterable

import pyarrow as pa

from kickoff.aftermath.fact_tables import SCHEMA
from kickoff.audience.coverage import SPANS
from kickoff.night import Night, parse_night
from kickoff.units import AtUs
from tests.aftermath.logs import NIGHT_TOML, at

NIGHT: Night = parse_night(NIGHT_TOML, source="test")


def span(
    subject: int,
    begins_s: float,
    ends_s: float,
    *,
    stream: int = 1,
    channel: str = "one",
    device: str = "tv",
    stalled: bool = False,
    bitrate: int = 1200,
) -> dict[str, object]:
    """One row of `SPANS`, instants in seconds of the night."""
    return {
        "subject": subject, "stream": stream, "channel": channel, "device": device, "bitrate_kbps": bitrate,
        "stalled": stalled, "begins_at": at(begins_s), "ends_at": at(ends_s),
    }  # fmt: skip


def spans(*rows: dict[str, object]) -> pa.Table:
    """A table of spans."""
    return pa.Table.from_pylist(list(rows), schema=SPANS)


def facts(rows: Iterable[dict[str, object]] = ()) -> pa.Table:
    """A facts table; what a row does not say is null."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def brute_curve(rows: Iterable[tuple[int, AtUs, AtUs]], start: int, seconds: int) -> list[int]:
    """Distinct first members of (who, begins, ends) that hold each whole second, one second after the other."""
    rows = list(rows)
    instants = [start + second * 1_000_000 for second in range(seconds)]
    return [len({who for who, begins, ends in rows if begins <= instant < ends}) for instant in instants]
