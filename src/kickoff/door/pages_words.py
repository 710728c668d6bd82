"""What is said of the line, for one person, at one instant? For the page without JavaScript, from cookie and status."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, instant
from kickoff.waiting_room import skips
from kickoff.waiting_room.draw import Order
from kickoff.waiting_room.eta import seconds_at
from kickoff.web.line import Said, ahead, interval, seconds_left, span
from kickoff.web.words import Words, all_words

_PLACE = re.compile(r"(?P<lane>[a-z_]{1,20})\.(?P<place>\d{1,12})\.(?P<first>\d{1,12})")
_REASONS = frozenset({"filling", "braking", "paused", "capped", "full", "no_health", "everyone"})


class Standing(Struct, frozen=True, kw_only=True):
    """Where a person stands."""

    place: int
    number: int
    """The ticket's own."""
    drawn_of: int
    """How many were drawn with it; 0: it came later, or nobody was."""
    lane: str
    draw: Mapping[str, Any]
    """What the status object says of the draw."""
    in_draw: int
    first: int
    """How many were ahead when they came."""
    ahead: int
    called: bool
    per_minute: int
    times_s: tuple[float, float, float] | None
    """Low, middle and high; None while nobody is called."""
    state: str
    reason: str
    notice: Mapping[str, str]
    poll_s: tuple[float, float]
    appointment_s: tuple[float, float] | None
    """Before the doors: the range of seconds from now in which to look again, instead of `poll_s`."""
    doors_at: AtUs | None
    """When they open, as the operator says by now; None: as planned."""
    waiting_status: int
    """With which a page of who waits is answered."""

    def ask_again_s(self, at_us: int) -> int:
        """When to look again: within the range, drawn by the instant's own microseconds, so that people spread."""
        least, most = self.appointment_s or self.poll_s
        return max(1, round(least + (most - least) * (at_us % 1_000_003) / 1_000_003))


def standing_of(place: str, status: bytes) -> Standing | None:
    """From the place cookie (`lane.place.first`) and the status object; None where the cookie is of no use."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return None
    told: dict[str, Any] = json.loads(status)
    lanes = told["lanes"]
    lane = lanes.get(found["lane"]) or lanes.get("main") or {"serving": 0, "rate_per_s": 0, "eta": {}}
    number, serving = int(found["place"]), int(lane["serving"])
    draw = told.get("draw") or {}
    stands, drawn_of = drawn_place(number, found["lane"], draw)
    # After a failover numbering leaves a gap: nobody has those numbers, so nobody waits behind them.
    waiting = skips.ahead(stands, serving, tuple((first, last) for first, last in lane.get("skips", ())))
    known = _times(waiting, lane["eta"])
    return Standing(
        place=stands,
        number=number,
        drawn_of=drawn_of,
        lane=found["lane"],
        draw=draw,
        in_draw=int(draw.get("count", 0)),
        first=int(found["first"]),
        ahead=ahead(waiting, 0),
        called=stands <= serving,
        per_minute=round(lane["rate_per_s"] * 60),
        times_s=(known[0], known[1], known[2]) if len(known) == 3 else None,
        state=told["state"],
        reason=told.get("reason", ""),
        notice=told.get("notice") or {},
        poll_s=(told["poll_s"][0], told["poll_s"][1]),
        appointment_s=_appointed_s(told),
        doors_at=(told.get("times") or {}).get("doors"),
        waiting_status=told.get("waiting_status", 200),
    )


def _appointed_s(told: Mapping[str, Any]) -> tuple[float, float] | None:
    appointed = told.get("appointment")
    if appointed is None:
        return None
    return (appointed[0] - told["at"]) / US_PER_S, (appointed[1] - told["at"]) / US_PER_S


def drawn_place(number: int, lane: str, draw: Mapping[str, Any]) -> tuple[int, int]:
    """(where a ticket's number stands, how many were drawn with it), by the status object's `draw`."""
    count, keys = int(draw.get("counts", {}).get(lane, 0)), draw.get("keys", {}).get(lane)
    if not keys:
        return number, 0
    gaps = tuple((first, last) for first, last in draw.get("skips", {}).get(lane, ()))
    place = Order(count=count, keys=tuple(keys), skips=gaps).place(number)
    return place, count if 0 < skips.rank(number, gaps) <= count else 0


def ways_of(alternatives: object, language: str) -> tuple[str, ...]:
    """The other ways to watch that an answer of the door names."""
    named = [each for each in alternatives if isinstance(each, dict)] if isinstance(alternatives, list) else []
    return tuple(str(each.get(language) or each.get("en", "")) for each in named)


class NightWords:
    """The words of one night."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._zone = ZoneInfo(night.time_zone)
        self.facts = {"night": night.name, "title": night.title, "service": night.notices.service}

    def line(self, standing: Standing, language: str, at_us: int) -> dict[str, object]:
        """What the waiting page says, filled in."""
        words = all_words()[language]
        title = f"line.{standing.state}.title"
        why = f"line.state.{'before' if _is_undrawn(standing) else standing.state}"
        pace = words("line.pace", n=standing.per_minute) if standing.per_minute else words("line.standing")
        eta, clock = self._time(standing, words, at_us)
        return {
            "heading": title if words.has(title) else "line.title",
            "eta": eta,
            "clock": clock,
            "ahead": None if standing.state == "closed" or _in_draw(standing, words) else standing.ahead,
            "in_draw": _in_draw(standing, words),
            "check": _check(standing, words),
            "first": standing.first,
            "place": words("line.place_drawn", place=standing.place, n=standing.drawn_of)
            if standing.drawn_of
            else words("line.place", place=standing.place),
            "pace": pace,
            "reason": words(why) if words.has(why) else words(_reason(standing, words)),
            "notice": standing.notice.get(language, ""),
            "ways": self.ways(language),
        }

    def _time(self, standing: Standing, words: Words, at_us: int) -> tuple[str, str]:
        if standing.state == "closed":
            return "", ""
        if standing.state in {"before", "draw"} and self._night.starts_at:
            doors_at = self._night.at(self._night.schedule.doors) if standing.doors_at is None else standing.doors_at
            return words("eta.opens", clock=self.clock(doors_at)), ""
        if standing.times_s is None:
            paused = standing.state == "paused"
            return words("eta.paused" if paused else "eta.unknown"), "" if paused else words("eta.unknown_why")
        low_s, middle_s, high_s = standing.times_s
        clock = words("eta.clock", clock=self.clock(AtUs(at_us + math.floor(middle_s * US_PER_S))))
        return _filled(words, interval(low_s, high_s)), clock if high_s >= 60 else ""

    def when(self, language: str, at_us: int) -> str:
        """The kick-off; empty while it has no instant."""
        if not self._night.starts_at:
            return ""
        words, times = all_words()[language], self._night.schedule
        kick_off = self._night.at(times.kick_off)
        clock, left_s = self.clock(kick_off), (kick_off - at_us) / US_PER_S
        if left_s > 0:
            return words("night.kick_off_in", clock=clock, span=_filled(words, span(left_s)))
        return words("night.over") if at_us > self._night.at(times.whistle) else words("night.begun", clock=clock)

    def ways(self, language: str) -> tuple[str, ...]:
        """The other ways to watch."""
        return tuple(way.fr if language == "fr" else way.en for way in self._night.alternatives)

    def screens(self, streams: object, language: str) -> list[dict[str, str]]:
        """The household's other screens, in words; `end` names one to the door."""
        words = all_words()[language]
        listed = [each for each in streams if isinstance(each, dict)] if isinstance(streams, list) else []
        return [self._screen(each, words) for each in listed[:20]]

    def _screen(self, stream: dict[str, Any], words: Words) -> dict[str, str]:
        kind = f"screens.device.{stream.get('device')}"
        channel = self._night.channels.get(str(stream.get("channel")))
        since = words(
            "screens.since",
            channel=channel.title if channel else str(stream.get("channel", "")),
            clock=self.clock(AtUs(int(stream.get("since") or 0))),
        )
        device = words(kind if words.has(kind) else "screens.device.other")
        return {"device": device, "since": since, "end": str(stream.get("stream", stream.get("lease_id_short", "")))}

    def clock(self, at: AtUs) -> str:
        """`20:52`, in the night's own time zone: where the browser computes nothing, its own is not known."""
        return instant(at).astimezone(self._zone).strftime("%H:%M")


def _reason(standing: Standing, words: Words) -> str:
    """The key of why one waits. Where nobody goes in, no reason may say that people do."""
    code = standing.reason if standing.reason in _REASONS else "other"
    stands = f"standing.{code}"
    return stands if not standing.per_minute and words.has(stands) else f"reason.{code}"


def _times(places: int, eta: Mapping[str, Any]) -> list[float]:
    """Seconds until so many places are called, three quantiles; empty where no time can be named."""
    if curve := eta.get("curve"):
        return list(seconds_at(places, curve))
    times = [seconds_left(places, 0, eta.get(quantile)) for quantile in ("p10", "p50", "p90")]
    return [each for each in times if each is not None]


def _is_undrawn(standing: Standing) -> bool:
    """A night may be played without a draw: before the doors, its places are as they came."""
    return standing.state == "draw" and not standing.draw.get("commitment")


def _in_draw(standing: Standing, words: Words) -> tuple[str, ...]:
    """Before the draw nobody stands anywhere: how many are in it, and under which number."""
    if standing.state != "draw" or _is_undrawn(standing):
        return ()
    return words("line.in_draw", n=standing.in_draw), words("line.number", number=standing.number)


def _check(standing: Standing, words: Words) -> dict[str, object]:
    """How anyone checks the draw; nothing where there is none."""
    draw, number = standing.draw, f"{standing.lane}.{standing.number}"
    if not draw.get("commitment"):
        return {}
    told = [name for name in ("commitment", "secret", "seed") if draw.get(name)]
    command = f"kickoff draw verify draw.json --number {number} --commitment {draw['commitment']}"
    return {
        "why": words("check.after" if "seed" in told else "check.before"),
        "lines": [words("check.number", number=number), *(words(f"check.{name}", value=draw[name]) for name in told)],
        "command": command if "seed" in told else "",
    }


def _filled(words: Words, said: Said) -> str:
    """A text whose blanks may be pairs of hours and minutes."""
    key, blanks = said
    written = {
        name: words("eta.hours", hours=value[0], minutes=f"{value[1]:02d}") if isinstance(value, tuple) else value
        for name, value in blanks.items()
    }
    return words(key, **written)
