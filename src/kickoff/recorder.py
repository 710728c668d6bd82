"""How is a fact written down? One record of `RECORD_BYTES` bytes; a string once, as a dictionary record before it."""

import struct

from kickoff.facts import (
    CODES_MAX,
    FACT_NUMBER,
    KIND_FACT,
    KIND_TEXT,
    LANE_NUMBER,
    RECORD_BYTES,
    STRING_COLUMNS,
    TEXT_BYTES_MAX,
    Fact,
    Lane,
    Row,
)

_JOINED = FACT_NUMBER[Fact.JOINED]
_PACK_FACT = struct.Struct("<BBBBI qqq Iiiiii HHHHHHHHHH iiiii").pack
_PACK_START = struct.Struct("<BBBBI qqq I")
"""The columns of `_PACK_FACT` up to the source: what is different each time somebody joins."""
_TAILS_MAX = 4096
_PACK_TEXT = struct.Struct("<BBHH80s10x").pack

Words = tuple[str, str, str, str, str, str, str]
"""What a viewer comes with: offer, channel, device, app, isp, region, and the code of the fact."""


class Recorder:
    """Packs facts into the bytes of one log file; keeps that file's dictionary. Make a new one for each new file."""

    __slots__ = ("_books", "_tails")

    def __init__(self) -> None:
        self._books: tuple[dict[str, int], ...] = tuple({"": 0} for _ in STRING_COLUMNS)
        self._tails: dict[Words, bytes] = {}

    def pack_joined(  # noqa: PLR0917 - PERF: as in `Journal.joined`
        self, at: int, subject: int, words: Words, source: int, lane: Lane, place: int
    ) -> bytes:
        """The bytes of `joined`, the fact that a rush is made of: the same as `pack` gives."""
        # PERF: what comes after the source is the same for all who come with the same words, so it is packed once: a
        # third of the time of `pack` (make bench-door).
        tail = self._tails.get(words)
        if tail is not None:
            return _PACK_START.pack(KIND_FACT, _JOINED, LANE_NUMBER[lane], 0, 0, at, subject, place, source) + tail
        offer, channel, device, app, isp, region, code = words
        packed = self.pack(
            Row(
                at=at,
                fact=Fact.JOINED,
                subject=subject,
                offer=offer,
                channel=channel,
                device=device,
                app=app,
                isp=isp,
                region=region,
                source=source,
                lane=lane,
                place=place,
                code=code,
            )
        )
        if len(self._tails) < _TAILS_MAX:
            self._tails[words] = packed[_PACK_START.size - RECORD_BYTES :]
        return packed

    def pack(self, row: Row) -> bytes:
        """The bytes to append: new dictionary records first, then the fact; always whole records."""
        fresh: list[bytes] = []
        offers, channels, devices, apps, isps, regions, cdns, reasons, dependencies = self._books
        try:
            # PERF: nearly every string is known; written out, this is half the time of a loop (make bench-door).
            codes: tuple[int, ...] = (
                offers[row.offer], channels[row.channel], devices[row.device], apps[row.app], isps[row.isp],
                regions[row.region], cdns[row.cdn], reasons[row.code], dependencies[row.dependency],
            )  # fmt: skip
        except KeyError:
            codes = self._learnt(row, fresh)
        record = _PACK_FACT(
            KIND_FACT, FACT_NUMBER[row.fact], 0 if row.lane is None else LANE_NUMBER[row.lane], 0, row.stream,
            row.at, row.subject, row.place,
            row.source, row.wait_ms, row.duration_ms, row.watched_ms, row.stalled_ms, row.bitrate_kbps,
            *codes, 0,
            row.utilisation, row.queue_ms, row.errors, row.capacity_per_s, row.rate_per_s,
        )  # fmt: skip
        return b"".join((*fresh, record)) if fresh else record

    def number(self, column: str, text: str) -> tuple[int, bytes]:
        """The number of a string of this column and the dictionary record to write before its use, if it is new."""
        place, fresh = STRING_COLUMNS.index(column), list[bytes]()
        known = self._books[place].get(text)
        return (self._learn(place, text, fresh) if known is None else known), b"".join(fresh)

    def _learnt(self, row: Row, fresh: list[bytes]) -> tuple[int, ...]:
        return tuple(
            book[text] if text in book else self._learn(column, text, fresh)
            for column, (book, text) in enumerate(zip(self._books, self._texts(row), strict=True))
        )

    @staticmethod
    def _texts(row: Row) -> tuple[str, ...]:
        return (row.offer, row.channel, row.device, row.app, row.isp, row.region, row.cdn, row.code, row.dependency)

    def _learn(self, column: int, text: str, fresh: list[bytes]) -> int:
        book = self._books[column]
        if len(book) >= CODES_MAX:
            # A hostile client can invent strings without end; the log stays bounded and says so.
            text = "(other)"
            if text in book:
                return book[text]
        code = len(book)
        book[text] = code
        raw = text.encode()[:TEXT_BYTES_MAX]
        fresh.append(_PACK_TEXT(KIND_TEXT, column, code, len(raw), raw))
        return code
