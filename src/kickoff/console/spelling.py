"""How are instants, numbers and amounts written? As the language and the place of the night write them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, Cents, euros, instant
from kickoff.web.words import Words


def match_clock(night: Night, seconds: float, t: Words) -> str:
    """How people name an instant of the night, in their language."""
    times, minute_s = night.schedule, night.match_minute_s or 1.0
    if not night.has_match_clock:
        return local_time(night, night.at(seconds))
    if seconds < times.kick_off:
        return t("clock.before", n=round((times.kick_off - seconds) / minute_s))
    if seconds <= times.half_time:
        return t("clock.minute", n=round((seconds - times.kick_off) / minute_s))
    if seconds < times.second_half:
        return t("clock.half_time")
    if seconds <= times.whistle:
        return t("clock.minute", n=45 + round((seconds - times.second_half) / minute_s))
    return t("clock.after")


def local_time(night: Night, at: AtUs) -> str:
    """The time on the wall where the match is played: 21:04:07."""
    return _local(night, at).strftime("%H:%M:%S")


def instant_of(night: Night, text: str, *, near: AtUs) -> AtUs:
    """The instant nearest to `near` at which the wall there shows `20:45`. Raises `ValueError`."""
    return _nearest(time.fromisoformat(text.strip()), _local(night, near))


def local_of_utc(night: Night, text: str, *, near: AtUs) -> str:
    """`19:04:07` of the journal's clock as the wall shows it there: 21:04:07. `near`: an instant within half a day."""
    return local_time(night, _nearest(time.fromisoformat(text), instant(near)))


def _nearest(wanted: time, local: datetime) -> AtUs:
    shown = local.replace(hour=wanted.hour, minute=wanted.minute, second=wanted.second, microsecond=0)
    days = min((-1, 0, 1), key=lambda days: abs(shown + timedelta(days=days) - local))
    return AtUs(round((shown + timedelta(days=days)).timestamp() * US_PER_S))


def local_day(night: Night, at: AtUs) -> str:
    """The day there: 2022-09-06."""
    return _local(night, at).strftime("%Y-%m-%d")


def money(cents: int, t: Words) -> str:
    """An amount as the language writes it."""
    written = {",": t.tree["thousands"], ".": t("format.point")}
    return "".join(written.get(letter, letter) for letter in euros(Cents(cents)))


def number(value: int, t: Words) -> str:
    """A whole number as the language writes it."""
    return t("format.number", n=value)


def rate(value: float, t: Words) -> str:
    """People a second with one decimal where that says something."""
    return number(round(value), t) if value >= 100 else f"{value:.1f}".replace(".", t("format.point"))


def _local(night: Night, at: AtUs) -> datetime:
    try:
        zone = ZoneInfo(night.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    found: datetime = instant(at).astimezone(zone)
    return found
