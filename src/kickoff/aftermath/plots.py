"""How is a curve drawn? Inline SVG with classes instead of colours: it follows the page's theme, and the printer.

A chart has one axis of time, marked by the match clock, and one of numbers that starts at zero. Each line has a dash of
its own besides its colour: the report is read on grey paper too.
"""

import math
from collections.abc import Sequence
from html import escape

from msgspec import Struct

WIDTH, HEIGHT = 720.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 14.0, 26.0
POINTS_MAX = 720
"""More points than pixels make files heavy and lines no better."""
TICKS = 4
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""Times a power of ten: steps of an axis that one can count in."""


class Series(Struct, frozen=True, kw_only=True):
    """One line: a value for each whole second from the start of the night."""

    name: str
    values: Sequence[float]
    style: int = 1
    """1…4: colour and dash."""
    filled: bool = False


class Mark(Struct, frozen=True, kw_only=True):
    """An instant of the match clock."""

    at_s: float
    name: str
    """Empty: a thin line without words, such as a goal."""


class Band(Struct, frozen=True, kw_only=True):
    """A stretch of time that is shaded, such as an incident."""

    from_s: float
    to_s: float


class Frame(Struct, frozen=True, kw_only=True):
    """What all charts of one night have in common."""

    from_s: float
    to_s: float
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...] = ()


def chart(series: Sequence[Series], frame: Frame, *, label: str) -> str:
    """The SVG. `label` says for those who do not see it what is shown, in which unit."""
    top = nice_top(max((max(one.values, default=0.0) for one in series), default=0.0))
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}">',
        *(_band(band, frame) for band in frame.bands),
        *_grid(top),
        *_marks(frame),
        *(_line(one, frame, top) for one in series),
        "</svg>",
    ]
    return "".join(parts)


def nice_top(highest: float) -> float:
    """The end of the axis: four of the smallest of `STEPS` that reach the highest value; from 1 on, whole."""
    if highest <= 0:
        return float(TICKS)
    step = highest / TICKS
    power = 10.0 ** math.floor(math.log10(step))
    steps = [power * times for times in STEPS if power < 1 or (power * times).is_integer()]
    return TICKS * next(one for one in steps if one >= step * (1 - 1e-9))


def thousands(value: float) -> str:
    """`12,000`; below ten with the decimals that the axis needs."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _x(at_s: float, frame: Frame) -> float:
    share = (at_s - frame.from_s) / max(1e-9, frame.to_s - frame.from_s)
    return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _grid(top: float) -> list[str]:
    lines = []
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        y = _y(value, top)
        lines.append(f'<line class="grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="tick" x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{thousands(value)}</text>')
    return lines


def _marks(frame: Frame) -> list[str]:
    """Lines of the match clock; names that would run into each other take a second row."""
    parts, free = [], {0: -math.inf, 1: -math.inf}
    for mark in frame.marks:
        x = _x(mark.at_s, frame)
        parts.append(
            f'<line class="{"mark" if mark.name else "goal"}" x1="{x:.1f}" x2="{x:.1f}" '
            f'y1="{TOP - 4:g}" y2="{HEIGHT - BOTTOM:g}"/>'
        )
        if not mark.name:
            parts.append(f'<circle class="ball" cx="{x:.1f}" cy="{TOP - 4:g}" r="3"/>')
            continue
        half = 3.2 * len(mark.name)
        row = next((row for row, taken in free.items() if x - half > taken), 1)
        free[row] = x + half + 4
        middle = min(WIDTH - half, x)
        y = HEIGHT - 9 if not row else HEIGHT + 4
        parts.append(f'<text class="tick" x="{middle:.1f}" y="{y:g}" text-anchor="middle">{escape(mark.name)}</text>')
    return parts


def _band(band: Band, frame: Frame) -> str:
    left, right = _x(band.from_s, frame), _x(band.to_s, frame)
    return (
        f'<rect class="band" x="{left:.1f}" width="{max(1.0, right - left):.1f}" y="{TOP:g}" '
        f'height="{HEIGHT - TOP - BOTTOM:g}"/>'
    )


def _line(series: Series, frame: Frame, top: float) -> str:
    first, last = max(0, math.floor(frame.from_s)), math.ceil(frame.to_s) + 1
    values = list(series.values[first:last])
    if not values:
        return ""
    every = max(1, math.ceil(len(values) / POINTS_MAX))
    points = [
        # The highest of each group: a peak of one second is not lost on a long evening.
        f"{_x(first + at, frame):.1f},{_y(max(values[at : at + every]), top):.1f}"
        for at in range(0, len(values), every)
    ]
    line = f'<polyline class="line s{series.style}" points="{" ".join(points)}"/>'
    if not series.filled:
        return line
    floor = f"{HEIGHT - BOTTOM:g}"
    left, right = points[0].split(",")[0], points[-1].split(",")[0]
    return f'<polygon class="area s{series.style}" points="{left},{floor} {" ".join(points)} {right},{floor}"/>{line}'
