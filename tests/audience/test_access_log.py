import base64
import json
from urllib.parse import quote

import pytest

from kickoff.audience.access_log import Fetch, LineError, read_line
from kickoff.audience.evidence import beats_of
from kickoff.facts import Row
from kickoff.units import AtUs, parse_iso


def token(subject: int, stream: int, night: str = "a-night") -> str:
    """A playback token's shape; who signs it is the edge's business."""
    parts = [{"alg": "EdDSA"}, {"sub": str(subject), "night": night, "stream": stream, "iss": "kickoff"}]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + ".c2ln"
    )


def line(
    second: int,
    *,
    who: str,
    cmcd: str = "br=1200,d=2000,ot=v",
    status: int = 200,
    channel: str = "one",
    extra: str = "",
) -> str:
    """A line as nginx writes it."""
    query = f"?CMCD={quote(cmcd)}" if cmcd else ""
    return (
        f"198.51.100.7 - - [06/Sep/2022:21:{second // 60:02d}:{second % 60:02d} +0200] "
        f'"GET /live/north/{who}/{channel}/720/17.m4s{query} HTTP/1.1" {status} 51234 "-" "hls.js"{extra}'
    )


def read(text: str) -> Fetch | None:
    """What the line tells, with a pseudonym that can be seen."""
    return read_line(text, pseudonym=lambda session: 1000 + len(session))


def test_a_line_tells_who_fetched_what_and_when() -> None:
    """The token names account and stream, the path network and channel, CMCD the bitrate."""
    found = read(line(61, who=token(-42, 7)))
    assert found is not None
    assert (found.subject, found.stream, found.night) == (-42, 7, "a-night")
    assert (found.channel, found.cdn, found.bitrate_kbps, found.duration_ms) == ("one", "north", 1200, 2000)
    assert found.at == parse_iso("2022-09-06T19:01:01Z")


def test_cmcd_may_stand_in_logged_headers() -> None:
    """Some networks keep the query out of their logs and write the four headers after the user agent."""
    extra = ' "br=800,d=4000,ot=v" "bl=2100,mtp=9000" "sid=\\x22abc\\x22,st=l" "bs"'
    found = read(line(0, who="opaque", cmcd="", extra=extra))
    assert found is not None
    assert (found.subject, found.bitrate_kbps, found.duration_ms, found.starved) == (1003, 800, 4000, True)


@pytest.mark.parametrize(
    "text",
    [
        line(0, who=token(1, 1), status=403),
        line(0, who=token(1, 1), cmcd="ot=i"),
        '198.51.100.7 - - [06/Sep/2022:21:00:00 +0200] "GET /favicon.ico HTTP/1.1" 200 12 "-" "x"',
    ],
)
def test_what_proves_no_watching_is_passed_over(text: str) -> None:
    """A refusal, an initialisation segment, a page."""
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a log at all",
        line(0, who="opaque", cmcd="br=1"),
        line(0, who=token(1, 1), cmcd='sid="open'),
        line(0, who=token(1, 1)).replace("Sep", "Sol"),
        "x" * 20_000,
    ],
)
def test_a_malformed_line_is_an_error_that_says_so(text: str) -> None:
    """It is counted and sampled, never fatal."""
    with pytest.raises(LineError):
        read(text)


def beats(*seconds: int, subject: int = 1) -> list[Row]:
    """The beats that fetches at these seconds prove."""
    told = [read(line(second, who=token(subject, 1))) for second in seconds]
    return list(beats_of([fetch for fetch in reversed(told) if fetch is not None]))


def covered(rows: list[Row]) -> list[tuple[int, int]]:
    """(from, to) in seconds after nine."""
    nine = parse_iso("2022-09-06T19:00:00Z")
    return [((row.at - nine) // 10**6 - row.watched_ms // 1000, (row.at - nine) // 10**6) for row in rows]


def test_pieces_in_a_row_are_watching_and_a_silence_ends_it() -> None:
    """Two-second pieces until 20, then nothing for a minute, then two more."""
    assert covered(beats(*range(0, 21, 2), 80, 82)) == [(0, 10), (10, 20), (80, 82)]


def test_one_piece_alone_proves_no_time() -> None:
    """Somebody looked in; for how long nobody knows."""
    assert beats(5) == []


def test_the_same_log_read_twice_proves_nothing_more() -> None:
    """Doubled lines lie in every log that was shipped twice."""
    once, twice = beats(*range(0, 21, 2)), beats(*range(0, 21, 2), *range(0, 21, 2))
    assert covered(twice) == covered(once)
    assert AtUs(once[-1].at) == AtUs(twice[-1].at)
