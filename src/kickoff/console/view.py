"""What stands on the screen? The last words of door and journal, as texts and numbers in one language.

Nothing is decided here and nothing is fetched: the same `Seen`, night, time and language give the same screen.
"""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from kickoff.admission.brake import QUEUE_OK_MS, QUEUE_STOP_MS, brake_factor
from kickoff.admission.orders import Health as HealthWord
from kickoff.console.doors_view import DoorRow, LaneRow, doors, lane_rows, leaderless, standing
from kickoff.console.found_view import Found, found_of, troubled
from kickoff.console.house import DependencyHealth, HouseNow
from kickoff.console.notice_view import NoticeNow, notice_of
from kickoff.console.spelling import local_time, match_clock, number, rate
from kickoff.console.told import told_in_parts
from kickoff.console.watch import Seen, Series
from kickoff.findings import Metric
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs
from kickoff.web.words import Words

SKETCH_POINTS = 240
_SHUT = frozenset({"before", "draw", "closed"})
_NO_LIMIT = frozenset({"nobody", "line", "paused"})
"""Bound by nothing that could be short."""
_SKETCH_WIDTH, _SKETCH_HEIGHT = 600, 120


class Tile(Struct, frozen=True, kw_only=True):
    """One figure of the night: its name, its value, and what stands beside it."""

    name: str
    value: str
    beside: str
    alarm: bool = False


class Health(Struct, frozen=True, kw_only=True):
    """One dependency of the back end."""

    name: str
    percent: int
    """Of its capacity in use, for the bar: 0…100."""
    use: str
    queue: str
    errors: str
    capacity: str
    alarm: bool


class Told(Struct, frozen=True, kw_only=True):
    """What viewers report of one kind, and who they are."""

    what: str
    count: str
    devices: str
    regions: str


class Stage(Struct, frozen=True, kw_only=True):
    """One step on the way from the street to the picture."""

    name: str
    value: str
    percent: int
    """Of the widest step."""
    lost: str
    """How many of the step before are not here, or not yet."""


class Screen(Struct, frozen=True, kw_only=True):
    """All that the templates place."""

    clock: str
    state: str
    state_name: str
    silent: str
    """Empty, or since when the door is silent."""
    loading: bool
    tiles: tuple[Tile, ...]
    binding: str
    is_limited: bool
    """Whether that is something that could be short."""
    terms: tuple[tuple[str, str], ...]
    """(term, its language)"""
    is_paused: bool
    is_capped: bool
    is_open: bool
    standing: tuple[str, ...]
    """What the operator has set besides."""
    lanes: tuple[LaneRow, ...]
    doors: tuple[DoorRow, ...]
    is_leaderless: bool
    funnel: tuple[Stage, ...]
    """From the place in line to the picture."""
    health: tuple[Health, ...]
    refusals: tuple[tuple[str, str], ...]
    found: Found | None
    found_wrong: str
    found_at: str
    """The instant up to which the findings know the night: late by seconds, more on a busy machine or a large night."""
    notice: NoticeNow
    reports: tuple[Told, ...]
    """What subscribers say lately that they see, the most frequent first."""
    audience_words: str
    line_words: str


def screen_of(seen: Seen, night: Night, *, at: AtUs, t: Words) -> Screen:
    """The screen at an instant."""
    house = seen.house
    findings = seen.answers.findings if seen.answers else None
    return Screen(
        clock=match_clock(night, (at - night.at(0)) / US_PER_S, t),
        state=t(f"state.{house.state}") if house and t.has(f"state.{house.state}") else (house.state if house else ""),
        state_name=house.state if house else "",
        silent=_silent(seen, night, at, t),
        loading=house is None and seen.silent_since is None,
        tiles=_tiles(house, seen, night, t),
        binding=_binding(house, t) if house else "",
        is_limited=house is not None and house.binding not in _NO_LIMIT,
        terms=tuple(told_in_parts(term, t.code) for term in house.terms) if house else (),
        is_paused=house is not None and house.binding == "paused" and house.state not in _SHUT and not house.queues,
        is_capped=house is not None and house.binding == "cap",
        is_open=house is not None and house.open,
        standing=standing(house, night, t),
        lanes=lane_rows(house, t),
        doors=doors(house, t),
        is_leaderless=leaderless(house),
        funnel=_funnel(house, t),
        health=_health(house, t),
        refusals=_refusals(house, t),
        found=found_of(findings, night, t),
        found_wrong=seen.answers_wrong,
        found_at=t("page.at", clock=local_time(night, findings.until)) if findings else "",
        notice=notice_of(seen.desk, seen.answers.said if seen.answers else None, night, partial(local_time, night), t),
        reports=_reports(seen, t),
        audience_words=_audience_words(seen, t),
        line_words=_line_words(house, t),
    )


def sketch(values: Sequence[float | None]) -> str:
    """The points of an SVG polyline in a box of 600 × 120 for the page without JavaScript; empty without values."""
    known = [value or 0.0 for value in values]
    if len(known) < 2:
        return ""
    step = max(1, len(known) // SKETCH_POINTS)
    taken = known[::step]
    top = max(taken) or 1.0
    across = _SKETCH_WIDTH / max(1, len(taken) - 1)
    return " ".join(
        f"{number * across:.1f},{_SKETCH_HEIGHT - value / top * (_SKETCH_HEIGHT - 4):.1f}"
        for number, value in enumerate(taken)
    )


def sketches(series: Series) -> dict[str, str]:
    """The sketch of each plotted line, by name."""
    return {
        "audience": sketch(series.audience),
        "line": sketch(series.line),
        "rate": sketch(series.rate_per_s),
    }


def _silent(seen: Seen, night: Night, at: AtUs, t: Words) -> str:
    if seen.silent_since is None:
        return ""
    over = (at - night.at(0)) / US_PER_S > night.schedule.end
    return t("silent.over" if over else "silent.since", clock=local_time(night, seen.silent_since))


def _tiles(house: HouseNow | None, seen: Seen, night: Night, t: Words) -> tuple[Tile, ...]:
    findings = seen.answers.findings if seen.answers else None
    peak = _peak(seen, night)
    watched = t("tile.watching_beside", peak=peak) if peak is not None else t("tile.not_counted")

    def tile(name: str, value: Callable[[HouseNow], str], beside: Callable[[HouseNow], str], *bad: Metric) -> Tile:
        return Tile(
            name=t(f"tile.{name}"),
            value=value(house) if house else "–",
            beside=beside(house) if house else "",
            alarm=house is not None and troubled(findings, bad),
        )

    return (
        tile("watching", lambda h: number(h.leases, t), lambda _: watched, Metric.STALLS),
        tile(
            "line",
            lambda h: number(h.line, t),
            lambda h: t("tile.line_beside", joined=h.joined, called=h.called),
            Metric.SILENCE,
        ),
        tile("rate", lambda h: rate(h.rate_per_s, t), lambda h: _held_by(h, t)),
        tile("admitted", lambda h: number(h.passed, t), lambda h: t("tile.admitted_beside", n=h.lapsed)),
        tile(
            "signed_in",
            lambda h: number(h.signed_in, t),
            lambda h: t("tile.failed", n=h.sign_in_failed),
            Metric.SIGN_IN_FAILURES,
        ),
        tile(
            "started",
            lambda h: number(h.started, t),
            lambda h: t("tile.failed", n=h.start_failed),
            Metric.START_FAILURES,
            Metric.EXITS_BEFORE_START,
        ),
    )


def _peak(seen: Seen, night: Night) -> int | None:
    """The most accounts at once so far: what the journal counted, and only after it what the doors' summaries tell."""
    findings = seen.answers.findings if seen.answers else None
    peaks = [findings.audience.peak] if findings else []
    if seen.live and seen.live.accounts:
        counted_s = (findings.until - night.at(0)) / US_PER_S if findings else -1.0
        peaks.append(max(seen.live.accounts[int(counted_s // seen.live.step_s) + 1 :], default=0))
    return max(peaks, default=None)


def _held_by(house: HouseNow, t: Words) -> str:
    """What holds the rate, beside the rate itself."""
    words = _binding(house, t)
    return t("tile.rate_beside", binding=words) if words and house.binding not in _NO_LIMIT else words


def _binding(house: HouseNow, t: Words) -> str:
    """What holds the rate; outside of the opening hours the controller is paused by the clock, not by a person."""
    shut = house.binding == "paused" and house.state in _SHUT
    return t(f"state.{house.state}") if shut else _word(t, "binding", house.binding)


def _health(house: HouseNow | None, t: Words) -> tuple[Health, ...]:
    return tuple(
        Health(
            name=_word(t, "dependency", one.dependency),
            percent=max(0, min(100, round(one.utilisation * 100))),
            use=t("health.use", percent=round(one.utilisation * 100)),
            queue=t("health.queue", ms=round(one.queue_ms)),
            errors=number(one.errors, t),
            capacity=t("health.per_s", rate=rate(one.capacity_per_s, t)) if one.capacity_per_s else t("health.unknown"),
            alarm=_brakes(one),
        )
        for one in (house.health if house else ())
    )


def _brakes(one: DependencyHealth) -> bool:
    """Whether the door would brake for it: the same queue and errors, no other bounds than the door's own.

    Of what is not measured yet only the queue says anything.
    """
    if not one.capacity_per_s:
        return one.queue_ms > QUEUE_OK_MS + QUEUE_STOP_MS
    word = HealthWord(
        dependency=one.dependency,
        at=AtUs(one.at),
        utilisation=one.utilisation,
        queue_ms=one.queue_ms,
        errors=one.errors,
        capacity_per_s=one.capacity_per_s,
    )
    return brake_factor(word) < 1.0


def _funnel(house: HouseNow | None, t: Words) -> tuple[Stage, ...]:
    """Joined, called, let in, with a picture: where people are lost on the way."""
    if house is None or not max(house.joined, house.started):
        return ()
    steps = [("joined", house.joined), ("called", house.called), ("let_in", house.passed), ("picture", house.started)]
    steps = steps[3:] if house.open else steps
    widest = max(count for _, count in steps)
    found, before = [], steps[0][1]
    for name, count in steps:
        lost = t("funnel.less", n=before - count) if count < before else ""
        found.append(
            Stage(name=t(f"funnel.{name}"), value=number(count, t), percent=round(100 * count / widest), lost=lost)
        )
        before = count
    return tuple(found)


def _refusals(house: HouseNow | None, t: Words) -> tuple[tuple[str, str], ...]:
    if house is None:
        return ()
    refused = sorted(house.refused.items(), key=lambda pair: -pair[1])
    told = [("refused", *pair) for pair in refused] + [("heat", *pair) for pair in house.heat.items()]
    return tuple((_word(t, table, code), number(count, t)) for table, code, count in told if count)


def _reports(seen: Seen, t: Words) -> tuple[Told, ...]:
    reported = seen.answers.reports if seen.answers else ()
    return tuple(
        Told(
            what=_word(t, "report.what", one.code),
            count=number(one.count, t),
            devices=", ".join(f"{_word(t, 'device', name)} {number(count, t)}" for name, count in one.devices),
            regions=", ".join(f"{name} {number(count, t)}" for name, count in one.regions),
        )
        for one in reported
    )


def _audience_words(seen: Seen, t: Words) -> str:
    audience = seen.answers.findings.audience if seen.answers and seen.answers.findings else None
    return t("plot.audience_words", peak=audience.peak, average=audience.average) if audience else t("plot.nothing")


def _line_words(house: HouseNow | None, t: Words) -> str:
    return t("plot.line_words", n=house.line, rate=rate(house.rate_per_s, t)) if house else t("plot.nothing")


def _word(t: Words, table: str, name: str) -> str:
    """The words for a code, or the code itself where it is a new one."""
    return t(f"{table}.{name}") if name and t.has(f"{table}.{name}") else name
