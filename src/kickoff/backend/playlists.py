"""Which segments are live now? The playlists of one channel, computed from the time: nothing is kept, nothing expires.

A channel is a film of whole segments, made ahead, that starts with the night and starts over at its end. Segment `n`
(from the start of the night, negative before it) lies at `n mod count` in the film and is published when it is over, as
a live encoder would. Where the film starts over the playlist says so (EXT-X-DISCONTINUITY). RFC 8216.
"""

import math

from msgspec import Struct

from kickoff.units import US_PER_S, AtUs, iso

WINDOW = 6
"""Segments in a live playlist; players start three from its end."""
LATE_MAX = 10
"""Segments that are still handed out after they left the playlist."""
AHEAD = 43_200
"""Added to a segment's number, so that media sequence numbers are not negative before the night starts."""


class Rendition(Struct, frozen=True, kw_only=True):
    """One bitrate of a channel."""

    name: str
    width: int
    height: int
    kbps: int
    codecs: str


class Film(Struct, frozen=True, kw_only=True):
    """A channel's segments, made ahead. All have `segment_s` seconds."""

    segment_s: int
    count: int
    renditions: tuple[Rendition, ...]


def master(film: Film) -> str:
    """The playlist of the bitrates."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in film.renditions:
        lines += [
            (
                f"#EXT-X-STREAM-INF:BANDWIDTH={rendition.kbps * 1000},RESOLUTION={rendition.width}x{rendition.height},"
                f'CODECS="{rendition.codecs}"'
            ),
            f"{rendition.name}/index.m3u8",
        ]
    return "\n".join([*lines, ""])


def media(film: Film, *, at: AtUs, starts_at: AtUs) -> str:
    """The live playlist at an instant: the last segments that are over."""
    last = _last_over(film, at=at, starts_at=starts_at)
    first = last - WINDOW + 1
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{film.segment_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{first + AHEAD}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first - 1) // film.count + math.ceil(AHEAD / film.count) + 1}",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for number in range(first, last + 1):
        starts_over = number % film.count == 0
        if starts_over:
            lines.append("#EXT-X-DISCONTINUITY")
        if starts_over or number == first:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{iso(AtUs(starts_at + number * film.segment_s * US_PER_S))}")
        lines += [f"#EXTINF:{film.segment_s:.3f},", f"{number + AHEAD}.m4s"]
    return "\n".join([*lines, ""])


def film_index(film: Film, name: str, *, at: AtUs, starts_at: AtUs) -> int | None:
    """Where in the film the segment of a live file name lies (`43207.m4s`).

    None where it is no such name, is not over yet, or left the window longer ago than a slow player needs.
    """
    digits = name.removesuffix(".m4s")
    if digits == name or not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        return None
    number = int(digits) - AHEAD
    last = _last_over(film, at=at, starts_at=starts_at)
    return number % film.count if last - WINDOW - LATE_MAX < number <= last else None


def _last_over(film: Film, *, at: AtUs, starts_at: AtUs) -> int:
    return (at - starts_at) // (film.segment_s * US_PER_S) - 1


def codecs_of(init: bytes) -> str:
    """The RFC 6381 codecs of an initialisation segment with H.264 and AAC.

    Profile, constraints and level are bytes 1…3 of the `avcC` box's content (ISO/IEC 14496-15, 5.3.3.1).
    Raises `ValueError` where there is no such box.
    """
    at = init.index(b"avcC") + 4
    return f"avc1.{init[at + 1 : at + 4].hex()},mp4a.40.2"
