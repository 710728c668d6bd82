"""What does the audience look like in a terminal? Figures, and one curve a channel with the match's instants marked."""

from collections.abc import Sequence

from kickoff.audience.panel import Panel
from kickoff.findings import Audience, Quality
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 5
MARKS = {"kick_off": "K", "goal": "G", "half_time": "H", "second_half": "S", "whistle": "W"}
LEGEND = "K kick-off · G goal · H half-time · S second half · W whistle"


def draw(audience: Audience, night: Night, *, until: AtUs | None, width: int = 80, panel: Panel | None = None) -> str:
    """The figures of an audience, and its curves, `width` characters wide. Unit: accounts; a panel's stand apart."""
    seconds = max(1, round(night.schedule.end))
    parts = [
        f"{night.title}: audience in {audience.unit}"
        + ("" if until is None else f", as known at {_clock(night, until)}"),
        "",
        _figures(audience, night),
        "",
    ]
    for name, curve in audience.seconds_by_channel.items():
        title = night.channels[name].title if name in night.channels else name
        parts += [*chart(curve, title, seconds=seconds, width=width), _marks(night, seconds, width), ""]
    parts.append(LEGEND)
    if audience.quality:
        parts += ["", _quality(audience.quality)]
    if panel:
        parts += ["", _panel(panel, night)]
    return "\n".join(parts)


def chart(curve: Sequence[int], title: str, *, seconds: int, width: int) -> list[str]:
    """The lines of one curve: its highest point in each column, from 0 up to its peak."""
    peak = max(curve, default=0)
    columns = [max(_slice(curve, column, seconds, width), default=0) for column in range(width)]
    levels = [0 if peak == 0 else -(-value * 8 * HEIGHT // peak) for value in columns]
    rows = [
        "".join(BLOCKS[min(8, max(0, level - 8 * row))] for level in levels).rstrip() for row in reversed(range(HEIGHT))
    ]
    return [f"{title}, peak {peak:,}", *rows]


def _slice(curve: Sequence[int], column: int, seconds: int, width: int) -> Sequence[int]:
    first = column * seconds // width
    return curve[first : max(first + 1, (column + 1) * seconds // width)]


def _marks(night: Night, seconds: int, width: int) -> str:
    line = ["─"] * width
    for code, at in night.match_events():
        if code in MARKS:
            line[min(width - 1, int(at * width / seconds))] = MARKS[code]
    return "".join(line)


def _figures(audience: Audience, night: Night) -> str:
    rows = [("all channels", audience.average, audience.peak, audience.reach, "")]
    for name, found in audience.by_channel.items():
        title = night.channels[name].title if name in night.channels else name
        rows.append((title, found.average, found.peak, found.reach, f"{found.share_ppm / 10_000:.1f} %"))
    lines = [f"{'':<24}{'average':>12}{'peak':>12}{'reach':>12}{'share':>10}"]
    lines += [
        f"{title[:23]:<24}{average:>12,}{peak:>12,}{reach:>12,}{share:>10}".rstrip()
        for title, average, peak, reach, share in rows
    ]
    at = "" if audience.peak_at is None else f" · peak at {_clock(night, audience.peak_at)}"
    lines.append(
        f"average from kick-off to whistle · reach: at least {audience.reach_threshold_s:g} s{at}"
        f" · at the peak of each: {audience.streams_peak:,} streams, {audience.devices_peak:,} devices"
    )
    if audience.beats_lost_ppm:
        lines.append(
            f"{audience.beats_lost_ppm / 10_000:.2f} % of beats never came: the average is an estimate, "
            f"between {audience.average_seen:,} (what was seen) and {audience.average_high:,}"
        )
    return "\n".join(lines)


def _quality(quality: Quality) -> str:
    percent = quality.stalled_ppm / 10_000
    start_up = "no start" if quality.start_up_p50_ms is None else f"{quality.start_up_p50_ms} ms"
    slow = "" if quality.start_up_p95_ms is None else f" (95 % within {quality.start_up_p95_ms} ms)"
    return (
        f"{quality.attempts:,} attempts to play: {quality.starts:,} started, "
        f"{quality.start_failures_technical:,} failed technically, "
        f"{quality.start_failures_business:,} were not allowed, "
        f"{quality.exits_before_start:,} left before the picture\n"
        f"start-up {start_up}{slow} · stalled {percent:.2f} % of stream time in {quality.interruptions:,} interruptions"
    )


def _panel(panel: Panel, night: Night) -> str:
    """A table of its own: another unit, another way of counting."""
    published = f", {panel.published}" if panel.published else ""
    lines = [
        f"{panel.source}{published}: {panel.unit}, {panel.scope}",
        f"{'':<24}{'average':>12}{'peak':>12}{'reach':>12}",
    ]
    for name, found in panel.channels.items():
        title = night.channels[name].title if name in night.channels else name
        values = ("–" if value is None else f"{value:,}" for value in (found.average, found.peak, found.reach))
        lines.append(f"{title[:23]:<24}" + "".join(f"{value:>12}" for value in values))
    lines.append("counted by others, of other things: not to be added to accounts, nor divided by them")
    return "\n".join(lines)


def _clock(night: Night, at: AtUs) -> str:
    return night.match_clock((at - night.at(0)) / US_PER_S)
