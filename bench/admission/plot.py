"""The picture of the curve: time across, failed calls up, a line for each controller from careful to bold."""

import math

WIDE, HIGH, LEFT, TOP = 640, 380, 90, 40
TIMES = (1.0, 2.0)
"""÷ the oracle's time; who is slower stands at the edge."""
COLOURS = {
    "Kickoff": "#0b7a75",
    "without its gate": "#4fb3ab",
    "without longer beats": "#9ad1cb",
    "DAGOR": "#b3541e",
    "AIMD": "#7a5195",
    "Gradient2": "#8a8a8a",
    "fixed rate": "#2f6db3",
    "Vegas": "#a08c1f",
    "PID on delay": "#c2417c",
}
Spot = tuple[float, float, bool]
"""Time, failures, and whether it is the setting that is shipped or was tuned."""


def plotted(lines: dict[str, list[Spot]]) -> str:
    """An SVG. Failures are drawn as decades above none."""
    most = max((failures for spots in lines.values() for _, failures, _ in spots), default=1.0)
    decades = max(1, math.ceil(math.log10(max(10.0, most))))
    box = f"{LEFT + WIDE + 150} {TOP + HIGH + 60}"
    words = "time until 999 in 1,000 are inside, without a failure ÷ the oracle's"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box}" font-size="12" role="img">',
        "<style>text{font-family:sans-serif}</style>",
        "<title>Time against failed calls of people watching, each controller from careful to bold</title>",
        f'<rect width="{LEFT + WIDE + 150}" height="{TOP + HIGH + 60}" fill="#fff"/>',
        '<text x="8" y="20">failed calls of people watching, in a night with 40 or 65 % of the nodes lost</text>',
        f'<text x="{LEFT + WIDE}" y="{TOP + HIGH + 44}" text-anchor="end">{words}</text>',
        *_axes(decades),
    ]
    for row, (name, spots) in enumerate(lines.items()):
        parts += _line(name, spots, decades, row)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(decades: int) -> list[str]:
    parts = [f'<path d="M{LEFT} {TOP}V{TOP + HIGH}H{LEFT + WIDE}" fill="none" stroke="#999"/>']
    for decade in range(decades + 1):
        y = _up(10.0**decade if decade else 0.0, decades)
        words = f"{10**decade:,}" if decade else "none"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end" fill="#666">{words}</text>')
        parts.append(f'<path d="M{LEFT} {y:.0f}h{WIDE}" stroke="#eee"/>')
    for tenth in range(round(10 * TIMES[0]), round(10 * TIMES[1]) + 1, 2):
        x = _across(tenth / 10)
        parts.append(f'<text x="{x:.0f}" y="{TOP + HIGH + 20}" text-anchor="middle" fill="#666">{tenth / 10:g}</text>')
    return parts


def _line(name: str, spots: list[Spot], decades: int, row: int) -> list[str]:
    colour = COLOURS.get(name, "#444")
    at = [(_across(time), _up(failures, decades), chosen) for time, failures, chosen in spots]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)
    parts = [
        f'<text x="{LEFT + WIDE + 12}" y="{TOP + 14 + 18 * row}" fill="{colour}" font-weight="bold">{name}</text>',
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4" opacity="0.7"/>',
    ]
    for x, y, chosen in at:
        size, inner = (6, colour) if chosen else (3, "#fff")
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{inner}" stroke="{colour}"/>')
    return parts


def _across(time: float) -> float:
    share = (min(TIMES[1], max(TIMES[0], time)) - TIMES[0]) / (TIMES[1] - TIMES[0])
    return LEFT + WIDE * share


def _up(failures: float, decades: int) -> float:
    """Below ten is drawn in a straight line to none."""
    height = failures / 10.0 if failures < 10 else math.log10(failures)
    return TOP + HIGH * (1 - height / decades)
