"""How does a planned line look? One SVG of its own: three lines, the night's marks, an axis of time; light or dark."""

from html import escape

from kickoff.aftermath.plan_words import Dial, lines, marks, span
from kickoff.aftermath.plots import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Frame, Mark, Series, chart
from kickoff.crowd.planning import Plan
from kickoff.night import Night

ABOVE, BELOW, BEFORE = 46.0, 62.0, 16.0
"""Room for the title over the chart, for the axis of time and the keys under it, and for millions on its axis."""
AXIS, KEYS = HEIGHT + 24.0, HEIGHT + 48.0
STYLE = (
    "svg{--ground:#f4f6f3;--edge:#cfd8d2;--ink:#0f1d17;--soft:#48584f;--turf:#08683f;--you:#a85f00;--sky:#2457a6}"
    "@media (prefers-color-scheme:dark){svg{--ground:#0a1016;--edge:#2a3945;--ink:#f0f4f6;--soft:#a8b7c2;"
    "--turf:#5bd697;--you:#ffd479;--sky:#8ab8ff}}"
    "text{font:12px system-ui,sans-serif;fill:var(--soft)}.title{font-size:15px;font-weight:600;fill:var(--ink)}"
    ".ground{fill:var(--ground)}.grid{stroke:var(--edge)}.mark{stroke:var(--soft);stroke-dasharray:2 3}"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round}.area{opacity:.12;stroke:none}"
    ".s1{stroke:var(--turf)}.s2{stroke:var(--you);stroke-dasharray:6 3}.s3{stroke:var(--sky);stroke-dasharray:2 2}"
    ".area.s1{fill:var(--turf)}"
)
"""The report's colours, on either ground: a picture of its own knows no page's style sheet."""
SHORT = {"kick-off, the node lost": "kick-off, node lost", "doors at the latest": "latest doors", "second half": ""}


def picture(night: Night, found: Plan, dial: Dial) -> str:
    """The SVG, a file of its own."""
    drawn = [
        Series(name=name, values=line, style=style, filled=style == 1)
        for style, (_, name, line) in enumerate(lines(found), 1)
    ]
    frame = Frame(
        from_s=0.0,
        to_s=night.schedule.end,
        marks=tuple(
            Mark(at_s=at_s, name=SHORT.get(name, name))
            for letter, at_s, name in sorted(marks(night, found), key=lambda one: one[1])
            if letter != "S"
        ),
    )
    title = f"{night.title}: people in line, {found.people:,} coming"
    opened, _, curves = chart(drawn, frame, label=title).partition(">")
    wide, high = WIDTH + BEFORE, HEIGHT + ABOVE + BELOW
    box = f"{-BEFORE:g} {-ABOVE:g} {wide:g} {high:g}"
    opened = opened.replace(f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}"', f'viewBox="{box}"')
    return "".join(
        [
            f'{opened} xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style>',
            f'<rect class="ground" x="{-BEFORE:g}" y="{-ABOVE:g}" width="{wide:g}" height="{high:g}"/>',
            f'<text class="title" x="0" y="-24">{escape(title)}</text>',
            f'<text x="0" y="-7">{escape(_said(found, dial))}</text>',
            *_axis(night, dial),
            *_keys(drawn),
            curves,
            "\n",
        ]
    )


def _said(found: Plan, dial: Dial) -> str:
    if found.doors_s is None:
        return "With what there is, no time of opening the doors keeps the promises."
    return f"Doors {dial.named(found.doors_s)} at the latest, for 95 % of waits under {span(found.within_s)}."


def _axis(night: Night, dial: Dial) -> list[str]:
    """Round instants, from kick-off or on the clock."""
    parts = []
    for at_s, name in dial.ticks(night.schedule.end):
        x = LEFT + at_s / night.schedule.end * (WIDTH - LEFT - RIGHT)
        middle = min(WIDTH - 4 - 3.2 * len(name), x)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - BOTTOM:g}" y2="{AXIS - 12:g}"/>')
        parts.append(f'<text x="{middle:.1f}" y="{AXIS:g}" text-anchor="middle">{escape(name)}</text>')
    return parts


def _keys(drawn: list[Series]) -> list[str]:
    parts, x = [], LEFT
    for one in drawn:
        parts.append(
            f'<line class="line s{one.style}" x1="{x:.0f}" x2="{x + 26:.0f}" y1="{KEYS - 4:g}" y2="{KEYS - 4:g}"/>'
        )
        parts.append(f'<text x="{x + 32:.0f}" y="{KEYS:g}">{escape(one.name)}</text>')
        x += 58 + 6.4 * len(one.name)
    return parts
