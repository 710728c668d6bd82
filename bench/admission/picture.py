"""One night with 65 % of the nodes lost, four controllers: who comes in, what is carried, who waits, who fails."""

from pathlib import Path

import numpy as np

from bench.admission.baselines import BASELINES
from kickoff.crowd.fluid import Passed, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_queues import CARRIED, NOT_CARRIED
from kickoff.crowd.fluid_world import ENTITLEMENT, SCENARIOS, TICK_S, Floats, Nights, nights

WIDE, HIGH, LEFT, TOP, GAP = 720, 110, 150, 46, 34
SHOWN = ("DAGOR", "AIMD", "Gradient2")
COLOURS = {"Kickoff": "#0b7a75", "DAGOR": "#b3541e", "AIMD": "#7a5195", "Gradient2": "#8a8a8a"}
ROWS = ("people let in a second", "asked of entitlement ÷ capacity", "its delay, s", "viewers failing, in all")
EVERY = 8
"""Ticks between two points: two seconds are finer than a pixel."""


def draw(path: Path, *, seed: int) -> None:
    """Play the night and write the picture."""
    these = nights(SCENARIOS[2], (seed,))
    nights_of = {"Kickoff": pass_by(these, Kickoff(these))}
    for one in BASELINES:
        if one.name in SHOWN:
            carried = NOT_CARRIED if one.name == "open door" else CARRIED
            nights_of[one.name] = pass_by(these, one.make(these, one.chosen), carried=carried)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_svg(these, nights_of), "utf-8")


def _curves(played: Passed) -> tuple[Floats, ...]:
    capacity = played.nights.capacity[:, ENTITLEMENT, 0]
    asked = played.asked_inside[:, ENTITLEMENT, 0]
    asked = asked + played.passes[:, 0] / TICK_S * played.nights.at_the_door[ENTITLEMENT, 0]
    return (
        _smooth(played.passes[:, 0] / TICK_S),
        _smooth(np.minimum(3.0, asked / capacity)),
        _smooth(played.waited_s[:, ENTITLEMENT, 0]),
        np.cumsum(played.failed_inside[:, 0])[::EVERY],
    )


def _smooth(row: Floats) -> Floats:
    whole = row.size // EVERY
    return np.asarray(row[: whole * EVERY].reshape(whole, EVERY).mean(axis=1))


def _svg(these: Nights, nights_of: dict[str, Passed]) -> str:
    curves = {name: _curves(played) for name, played in nights_of.items()}
    height = TOP + len(ROWS) * (HIGH + GAP) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 20} {height}" font-size="12" role="img">',
        "<style>text{font-family:sans-serif}</style>",
        "<title>One night with 65 % of the nodes lost, under four controllers</title>",
        f'<rect width="{LEFT + WIDE + 20}" height="{height}" fill="#fff"/>',
    ]
    for number, name in enumerate(curves):
        parts.append(f'<text x="{LEFT + number * 130}" y="20" fill="{COLOURS[name]}" font-weight="bold">{name}</text>')
    fault, back = (float(edge[0]) * TICK_S for edge in (these.fault_tick, these.back_tick))
    long_s = these.parameters.night_s
    for row, title in enumerate(ROWS):
        top = TOP + row * (HIGH + GAP)
        most = max(float(own[row].max()) for own in curves.values()) or 1.0
        left, wide = LEFT + WIDE * fault / long_s, WIDE * (back - fault) / long_s
        parts.append(f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{HIGH}" fill="#f6e3df"/>')
        parts.append(f'<path d="M{LEFT} {top}V{top + HIGH}H{LEFT + WIDE}" fill="none" stroke="#999"/>')
        parts.append(f'<text x="8" y="{top + 14}">{title}</text>')
        parts.append(f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end" fill="#666">{most:,.3g}</text>')
        for name, own in reversed(curves.items()):
            x = LEFT + WIDE * np.arange(own[row].size) / own[row].size
            y = top + HIGH * (1 - own[row] / most)
            points = " ".join(f"{a:.0f},{b:.1f}" for a, b in zip(x, y, strict=True))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.6"/>')
    for second in range(0, int(long_s) + 1, 60):
        at = LEFT + WIDE * second / long_s
        parts.append(f'<text x="{at:.0f}" y="{height - 24}" text-anchor="middle" fill="#666">{second} s</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
