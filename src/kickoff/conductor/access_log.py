"""What does an access log say of the service behind it? Calls a second, how many were in hand, how long they waited.

nginx and Envoy write one line of JSON for each call that they passed on (`deploy/` has both formats): instant, status
and time taken. By Little's law the seconds taken in one second are the calls that were in hand at once, L. A service
that works on m calls at once

    L ≤ m    is busy L ÷ m of the time, and would carry completed ÷ (L ÷ m) calls a second
    L > m    is full: what it completes is what it carries, and L − m calls wait

so that a full service is never taken for the measure of a quick one. A second without a line is no word: an idle
service and a log that stopped look the same, and the last word then grows old.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from kickoff.admission.orders import Health
from kickoff.clock import Clock
from kickoff.health_signals import LogSignal
from kickoff.units import US_PER_S, AtUs

LOOK_EVERY_S = 0.25
SETTLE_S = 0.5
"""A second is counted so long after its end: nginx writes its lines within 0.2 s."""
READ_BYTES_MAX = 4_194_304
"""Of one look; what a log grows faster than this is read at the next ones."""
LINE_BYTES_MAX = 4096
AHEAD_S = 1
"""A line is dated so far ahead at most: one that claims more would hold its second's place until the clock is there."""
CALLS_MIN = 10
"""Fewer in a second say nothing of what is carried: the last measure stands."""
SECONDS_MAX = 10
"""Seconds counted at once: a clock that jumps costs no memory."""


class Line(Struct, frozen=True):
    """One call. Numbers come as numbers or as text; `took_s` of several tries is `0.010, 0.004`; `-`: not passed on."""

    at: float | str
    status: int | str
    took_s: float | str | None = None
    took_ms: float | str | None = None


class Second(Struct):
    """The calls of one second."""

    completed: int = 0
    errors: int = 0
    taken_s: float = 0.0


_LINE = msgspec.json.Decoder(Line)


class Tail:
    """The whole lines that a file got since the last look; it may be rotated, cut, or not there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""
        self._is_first = True

    def lines(self) -> list[bytes]:
        """What is new. Of a file that was there before the first look, only what comes after it."""
        if self._file is None and not self._open():
            return []
        assert self._file is not None
        found = self._read(self._file)
        if not found and self._is_replaced(self._file):
            self._file.close()
            self._file = None
            return self.lines()
        return found

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except OSError:
            self._is_first = False
            return False
        if self._is_first:
            self._file.seek(0, os.SEEK_END)
        self._is_first, self._rest = False, b""
        return True

    def _read(self, file: BinaryIO) -> list[bytes]:
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            self._rest = b""
        *whole, self._rest = (self._rest + file.read(READ_BYTES_MAX)).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            self._rest = b""
        return whole

    def _is_replaced(self, file: BinaryIO) -> bool:
        try:
            now = self._path.stat()
        except OSError:
            return False
        then = os.fstat(file.fileno())
        return (now.st_ino, now.st_dev) != (then.st_ino, then.st_dev)


class AccessLogWatch:
    """Follows one log. `run` until cancelled; `latest` at any time."""

    def __init__(self, signal: LogSignal, clock: Clock) -> None:
        self._signal = signal
        self._clock = clock
        self._tail = Tail(Path(signal.file))
        self._seconds: dict[int, Second] = defaultdict(Second)
        self._counted = 0
        self._latest: Health | None = None
        self.lost = 0
        """Lines that could not be read, came after their second was counted, or are dated ahead of the clock."""

    def latest(self) -> tuple[Health, ...]:
        """The last second's word, however old."""
        return (self._latest,) if self._latest else ()

    async def run(self) -> None:
        """Look four times a second until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._tail.close()

    def look(self) -> None:
        """Take in what is new; say what each whole second was like."""
        now_s = self._clock.now() / US_PER_S
        self._take(self._tail.lines(), last=int(now_s) + AHEAD_S)
        settled = int(now_s - SETTLE_S)
        for second in sorted(one for one in self._seconds if one < settled):
            before = self._latest.capacity_per_s if self._latest else 0.0
            self._latest = measured(self._signal, self._seconds.pop(second), second=second, before=before)
            self._counted = second

    def _take(self, lines: Iterable[bytes], *, last: int) -> None:
        for raw in lines:
            try:
                second, failed, took_s = _read(raw)
            except (msgspec.DecodeError, ValueError, OverflowError):
                self.lost += 1
                continue
            if took_s is None:
                continue
            is_over = not self._counted < second <= last
            if is_over or (second not in self._seconds and len(self._seconds) >= SECONDS_MAX):
                self.lost += 1
                continue
            counted = self._seconds[second]
            counted.completed += not failed
            counted.errors += failed
            counted.taken_s += took_s


def _read(raw: bytes) -> tuple[int, bool, float | None]:
    """(its second UTC, whether it failed, seconds taken; None: not passed on). Raises `ValueError`."""
    line = _LINE.decode(raw[:LINE_BYTES_MAX])
    return int(float(line.at)), int(line.status) >= 500, _taken_s(line)


def _taken_s(line: Line) -> float | None:
    if line.took_ms is not None:
        took = None if line.took_ms == "-" else float(line.took_ms) / 1000
    elif isinstance(line.took_s, str):
        parts = [part.strip() for part in line.took_s.replace(":", ",").split(",")]
        tries = [float(part) for part in parts if part not in {"-", ""}]
        took = sum(tries) if tries else None
    else:
        took = line.took_s
    if took is not None and not 0 <= took < 86_400:
        raise ValueError("a call takes between nothing and a day")
    return took


def measured(signal: LogSignal, counted: Second, *, second: int, before: float) -> Health:
    """What one second says. `before`: the capacity as last measured, 0 where it never was."""
    in_hand, completed = counted.taken_s, counted.completed
    utilisation = in_hand / signal.at_once
    capacity_per_s, queue_ms = before, 0.0
    if completed >= CALLS_MIN and utilisation > 0:
        capacity_per_s = completed / min(1.0, utilisation)
    if utilisation > 1 and completed:
        queue_ms = 1000 * (in_hand - signal.at_once) / completed
    return Health(
        dependency=signal.dependency,
        at=AtUs((second + 1) * US_PER_S),
        utilisation=min(utilisation, 1.0),
        queue_ms=queue_ms,
        errors=counted.errors,
        capacity_per_s=capacity_per_s,
    )
