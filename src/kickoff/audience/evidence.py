"""What does a fetched piece of a channel prove? That somebody watched around then: beats made from an access log.

A player that watches fetches a piece every few seconds. Between two fetches of one stream that lie no further apart
than a few pieces, the picture moved; after a longer silence it is taken to have stopped at the last fetch. What is told
ends up to one buffer early, and never late. A beat made from a log and one that the player sent itself cover the same
time: together they count once (`coverage`). How long a picture stood still a log does not tell.
"""

from collections.abc import Iterable, Iterator

from kickoff.audience.access_log import Fetch
from kickoff.facts import NULL_INT, Fact, Row
from kickoff.units import US_PER_MS, US_PER_S

BEAT_US = 10 * US_PER_S
"""A beat is made for about so much watching."""
SILENCE_PIECES = 3
SILENCE_US_MIN = 10 * US_PER_S
PIECE_MS = 2_000
"""How long a piece is, where CMCD does not say it."""


def beats_of(fetches: Iterable[Fetch]) -> Iterator[Row]:
    """Beats, stream by stream; `fetches` in any order."""
    by_stream: dict[tuple[int, int, str], list[Fetch]] = {}
    for fetch in fetches:
        by_stream.setdefault((fetch.subject, fetch.stream, fetch.channel), []).append(fetch)
    for _, stream in sorted(by_stream.items()):
        yield from _beats(sorted(stream, key=lambda fetch: fetch.at))


def _beats(stream: list[Fetch]) -> Iterator[Row]:
    since = last = stream[0]
    for fetch in stream[1:]:
        silence_us = max(SILENCE_US_MIN, SILENCE_PIECES * US_PER_MS * (last.duration_ms or PIECE_MS))
        if fetch.at - last.at > silence_us:
            yield from _beat(since, last)
            since = fetch
        elif fetch.at - since.at >= BEAT_US:
            yield from _beat(since, fetch)
            since = fetch
        last = fetch
    yield from _beat(since, last)


def _beat(since: Fetch, last: Fetch) -> Iterator[Row]:
    if last.at == since.at:
        return
    yield Row(
        at=last.at,
        fact=Fact.BEAT,
        subject=last.subject,
        stream=last.stream,
        channel=last.channel,
        cdn=last.cdn,
        watched_ms=(last.at - since.at) // US_PER_MS,
        stalled_ms=0,
        bitrate_kbps=NULL_INT if last.bitrate_kbps is None else last.bitrate_kbps,
    )
