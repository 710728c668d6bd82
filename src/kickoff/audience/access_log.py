"""What do delivery networks know of who watches? Their access logs, line by line.

The format is nginx's `combined`, as most networks can write it:

    198.51.100.7 - - [06/Sep/2022:21:00:01 +0200] "GET /live/north/TOKEN/canal-plus/720/17.m4s?CMCD=… HTTP/1.1" 200 …

CMCD stands in the query, or in quoted fields after the user agent (the headers CMCD-Object, CMCD-Request, CMCD-Session
and CMCD-Status). The account and the stream stand in the playback token of the path, which the edge has checked before
it answered 200; without one, CMCD's session (`sid`) is who watches.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import parse_qs, unquote

import msgspec
from msgspec import Struct

from kickoff.audience.cmcd import CmcdError, Value, parse
from kickoff.units import AtUs, at_us

LINE_CHARACTERS_MAX = 16_384
SERVED = frozenset({200, 206, 304})
_LINE = re.compile(
    r"(?P<peer>\S+) \S+ \S+ \[(?P<at>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<target>\S+)[^"]*" (?P<status>\d{3}) \S+(?P<rest>.*)$'
)
_PATH = re.compile(r"/live/(?P<cdn>[^/]{1,40})/(?P<token>[^/]{1,2048})/(?P<channel>[^/]{1,40})/(?P<file>[^?]*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MEDIA = frozenset({"v", "av", "a", "m", ""})
"""CMCD object types that are watched or lead to it: video, muxed, audio, manifest; not known."""


class LineError(ValueError):
    """This line is not one of an access log. The reader counts it and goes on."""


class Fetch(Struct, frozen=True, kw_only=True):
    """A piece of a channel went to a player."""

    at: AtUs
    subject: int
    stream: int
    night: str
    """Empty where no token says it."""
    channel: str
    cdn: str
    bitrate_kbps: int | None
    duration_ms: int | None
    starved: bool
    """The player's buffer had run empty since the request before (`bs`)."""
    cmcd: dict[str, Value]


class _Claims(Struct):
    sub: str
    night: str = ""
    stream: int = 0


def read_line(line: str, *, pseudonym: Callable[[str], int]) -> Fetch | None:
    """What a line tells; None: nothing of a live channel that was served. Raises `LineError`.

    `pseudonym` makes a subject of a CMCD session, for paths without a playback token of ours.
    """
    found = _LINE.match(line) if len(line) <= LINE_CHARACTERS_MAX else None
    if found is None:
        raise LineError("not a line of an access log in the combined format")
    path = _PATH.match(found["target"])
    if path is None or int(found["status"]) not in SERVED or found["method"] != "GET":
        return None
    cmcd = _cmcd(found["target"], found["rest"])
    if cmcd.get("ot", "") not in _MEDIA:
        return None
    claims = _claims(path["token"])
    subject = int(claims.sub) if claims else _by_session(cmcd, pseudonym)
    return Fetch(
        at=_instant(found["at"]),
        subject=subject,
        stream=claims.stream if claims else subject & 0x7FFF_FFFF or 1,
        night=claims.night if claims else "",
        channel=unquote(path["channel"]),
        cdn=unquote(path["cdn"]),
        bitrate_kbps=_whole(cmcd.get("br"), 1_000_000),
        duration_ms=_whole(cmcd.get("d"), 600_000),
        starved=cmcd.get("bs") is True,
        cmcd=cmcd,
    )


def _cmcd(target: str, rest: str) -> dict[str, Value]:
    query = parse_qs(target.partition("?")[2]).get("CMCD", [])
    # After status and bytes come referer, user agent, and whatever else is logged: there the headers stand.
    headers = [text for text in _QUOTED.findall(rest)[2:] if text != "-"]
    found: dict[str, Value] = {}
    for text in (*query, *(header.replace('\\"', '"').replace("\\x22", '"') for header in headers)):
        try:
            found |= parse(text)
        except CmcdError as error:
            raise LineError(f"CMCD: {error}") from error
    return found


@lru_cache(maxsize=100_000)
def _claims(token: str) -> _Claims | None:
    """What the token's middle says; None where it is none of ours."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
        int(claims.sub)
    except (ValueError, msgspec.MsgspecError):
        return None
    return claims


def _by_session(cmcd: dict[str, Value], pseudonym: Callable[[str], int]) -> int:
    session = cmcd.get("sid")
    if not isinstance(session, str) or not session:
        raise LineError("neither a playback token nor a CMCD session says who watches")
    return pseudonym(session)


@lru_cache(maxsize=10_000)
def _instant(text: str) -> AtUs:
    """`06/Sep/2022:21:00:01 +0200`. Read by hand: names of months must not depend on the machine's language."""
    try:
        day, month, rest = text.split("/")
        year, hour, minute, second = rest.split(" ")[0].split(":")
        offset = rest.split(" ")[1] if " " in rest else "+0000"
        ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5])) * (-1 if offset[0] == "-" else 1)
        zone = timezone(ahead) if ahead else UTC
        whole = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=zone
        )
    except (ValueError, IndexError) as error:
        raise LineError(f"{text!r} is not a time of an access log") from error
    return at_us(whole)


def _whole(value: Value | None, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None
