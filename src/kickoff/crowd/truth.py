"""What did the crowd live through, all in all? The sum of the diaries, and nothing else.

The definitions stand in the package's docstring; `crowd.json` is a `Truth`.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from kickoff.crowd.diary import Diary, Phase, Signal
from kickoff.night import Schedule

MENDED_S = 30.0
"""A failure that ends in a picture within so long is no black screen."""
SHOWN_S = (10.0, 60.0)
"""Seconds after kick-off at which pictures are counted."""

_WAITING = frozenset({Phase.ASKING, Phase.IN_LINE, Phase.CALLED})


class Quantiles(Struct, frozen=True, kw_only=True):
    """Half of them took at most `p50`, 95 of 100 at most `p95`; milliseconds; null when there were none."""

    p50: int | None
    p95: int | None


class Truth(Struct, frozen=True, kw_only=True):
    """crowd.json. Persons, unless the name says otherwise."""

    came: int
    joined: int
    called_seen: int
    passed: int
    signed_in: int
    sign_ins_failed: int
    sign_ins_deferred: int
    wrong_passwords: int
    failed_starts: int
    wanted_picture: int
    got_picture: int
    walked_off: int
    black_screens: int
    thrown_out: int
    gave_up: int
    expelled: int
    reported: int = 0
    pictures_10s: int
    pictures_60s: int
    per_second_watching: tuple[int, ...]
    waits_ms: Quantiles
    to_picture_ms: Quantiles
    account_minutes_ms: int


class Progress(Struct, frozen=True, kw_only=True):
    """The crowd at one moment: the line that `--progress json` prints each second."""

    at_s: float
    came: int
    waiting: int
    watching: int
    failed: int
    """Without a picture against their will: gone without one, or it is lost."""


def truth(diaries: Sequence[Diary], schedule: Schedule, *, at_s: float) -> Truth:
    """Add the diaries up at an instant: pictures that are still there count up to it."""
    came = [diary for diary in diaries if diary.first(Signal.CAME) is not None]
    wanted = [diary for diary in came if not diary.walked_off]
    watching = watching_each_second(came, seconds=math.ceil(schedule.end) + 1, at_s=at_s)
    # A night that ends sooner than that shows nothing then.
    tens, sixties = (sum(watching[(second := round(schedule.kick_off + after_s)) : second + 1]) for after_s in SHOWN_S)
    return Truth(
        came=len(came),
        joined=_how_many(came, Signal.JOINED),
        called_seen=_how_many(came, Signal.CALLED),
        passed=_how_many(came, Signal.LET_IN),
        signed_in=sum(diary.signed_in for diary in came),
        sign_ins_failed=sum(diary.sign_ins_failed for diary in came),
        sign_ins_deferred=sum(diary.deferred for diary in came),
        wrong_passwords=sum(diary.wrong_passwords for diary in came),
        failed_starts=sum(diary.failed_starts for diary in came),
        wanted_picture=len(wanted),
        got_picture=_how_many(wanted, Signal.SAW_PICTURE),
        walked_off=len(came) - len(wanted),
        black_screens=sum(was_black(diary) for diary in wanted),
        thrown_out=sum(was_thrown_out(diary) for diary in came),
        gave_up=sum(gave_up(diary) for diary in wanted),
        expelled=sum(diary.expelled for diary in came),
        reported=sum(diary.reports for diary in came),
        pictures_10s=tens,
        pictures_60s=sixties,
        per_second_watching=tuple(watching),
        waits_ms=_quantiles(came, Signal.JOINED, Signal.LET_IN),
        to_picture_ms=_quantiles(came, Signal.CAME, Signal.SAW_PICTURE),
        account_minutes_ms=sum(watched_ms(diary, at_s=at_s) for diary in came),
    )


def progress(diaries: Sequence[Diary], *, at_s: float) -> Progress:
    """The crowd now."""
    phases = [diary.phase for diary in diaries]
    return Progress(
        at_s=round(at_s, 1),
        came=len(phases) - phases.count(Phase.AWAY),
        waiting=sum(phase in _WAITING for phase in phases),
        watching=phases.count(Phase.WATCHING),
        failed=phases.count(Phase.DARK) + sum(gave_up(diary) or diary.lost_at_last for diary in diaries),
    )


def was_black(diary: Diary) -> bool:
    """Let in, met a failed start or sign-in, and had no picture within `MENDED_S` of it."""
    if diary.first(Signal.LET_IN) is None or diary.failure_s is None:
        return False
    picture_s = diary.first(Signal.SAW_PICTURE)
    return picture_s is None or picture_s - diary.failure_s > MENDED_S


def was_thrown_out(diary: Diary) -> bool:
    """Had a picture, and lost it for good against their will: left without it, or still without it now."""
    return diary.lost_at_last or diary.phase is Phase.DARK


def gave_up(diary: Diary) -> bool:
    """Left without ever having had a picture, though they wanted one."""
    return diary.phase is Phase.GONE and not diary.pictures and not diary.walked_off


def watched_ms(diary: Diary, *, at_s: float) -> int:
    """How long the picture moved."""
    shown_s = sum((at_s if until_s is None else until_s) - from_s for from_s, until_s in diary.pictures)
    return round(1000 * max(0.0, shown_s - diary.stalled_s))


def watching_each_second(diaries: Sequence[Diary], *, seconds: int, at_s: float) -> list[int]:
    """How many had a picture at second 0, 1, 2 … of the night: from the moment they saw it, until they no more did."""
    change = np.zeros(seconds + 1, np.int64)
    for diary in diaries:
        for from_s, until_s in diary.pictures:
            first, last = (
                min(max(0, math.ceil(end)), seconds) for end in (from_s, at_s if until_s is None else until_s)
            )
            change[first] += 1
            # A picture that came after the last look has not been seen: it counts nowhere.
            change[max(first, last)] -= 1
    return [int(count) for count in np.cumsum(change)[:seconds]]


def _how_many(diaries: Sequence[Diary], signal: Signal) -> int:
    return sum(diary.first(signal) is not None for diary in diaries)


def _quantiles(diaries: Sequence[Diary], begin: Signal, end: Signal) -> Quantiles:
    spans = [(diary.first(begin), diary.first(end)) for diary in diaries]
    took_ms = [1000 * (last - first) for first, last in spans if first is not None and last is not None]
    if not took_ms:
        return Quantiles(p50=None, p95=None)
    half, most = np.quantile(took_ms, (0.5, 0.95), method="inverted_cdf").tolist()
    return Quantiles(p50=round(half), p95=round(most))
