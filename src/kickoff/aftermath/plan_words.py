"""What does a plan say, read aloud? Capacity, doors and the lost node in sentences, two tables, the line in bars."""

import math
from itertools import pairwise

from msgspec import Struct

from kickoff.crowd.planning import LESS, Outcome, Plan
from kickoff.night import Night

BARS = " ▁▂▃▄▅▆▇█"
WIDE = 72
NAMED = 9
"""Characters before each bar."""
DAY_S = 86_400
TICKS_MOST = 7
STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
"""Between two ticks of the axis: what people count time in."""
COLUMNS = ("half wait", "95 % wait", "most in line", "at kick-off", "in by kick-off")
IN_TIME = "95 % of those who come before kick-off are in by then"
OUT = "not in"


class Dial(Struct, frozen=True, kw_only=True):
    """How instants of one night are named: by wall minutes from kick-off, and by the clock where it is known."""

    kick_off_s: float
    """From the start of the night."""
    clock_s: int | None = None
    """Kick-off on the clock, from midnight."""

    def named(self, seconds: float) -> str:
        """`29 min 30 s before kick-off (20:30:30)`."""
        clock = self.clock(seconds)
        return f"{self.away(seconds)} kick-off{clock and f' ({clock})'}".replace("at kick-off kick-off", "at kick-off")

    def away(self, seconds: float) -> str:
        """`29 min 30 s before`, `at kick-off`, `5 min after`."""
        away_s = round(seconds - self.kick_off_s)
        return f"{span(abs(away_s))} {'before' if away_s < 0 else 'after'}" if away_s else "at kick-off"

    def clock(self, seconds: float) -> str:
        """`20:30:30`; empty where the clock is not known."""
        if self.clock_s is None:
            return ""
        of_day = round(self.clock_s + seconds - self.kick_off_s) % DAY_S
        hours, rest = divmod(of_day, 3600)
        return f"{hours:02}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")

    def ticks(self, until_s: float) -> list[tuple[float, str]]:
        """A few round instants from the start of the night to `until_s`: (seconds, name)."""
        step = next((one for one in STEPS_S if until_s / one <= TICKS_MOST), math.ceil(until_s / TICKS_MOST))
        first = math.ceil(-self.kick_off_s / step)
        away = range(first * step, math.floor(until_s - self.kick_off_s) + 1, step)
        return [(self.kick_off_s + one, self.clock(self.kick_off_s + one) or _signed(one)) for one in away]


def words(night: Night, found: Plan, dial: Dial) -> str:
    """All that an operator reads."""
    return "\n".join(
        [
            f"{found.night}: {found.people:,} people, {found.signed_out:.0%} of whom must sign in, from {found.source}",
            *(f"  {one}" for one in (*_capacity(found), *_doors(found, night, dial), *_lost(found))),
            f"  {_counted(night)}",
            "",
            *_table(found.by_capacity, "capacity", [f"{one.capacity:g} ×" for one in found.by_capacity]),
            "",
            *_table(found.by_doors, "doors", [_doors_named(one, found, night, dial) for one in found.by_doors]),
            "",
            *_picture(night, found, dial),
        ]
    )


def marks(night: Night, found: Plan) -> list[tuple[str, float, str]]:
    """The instants that the pictures show: (letter, seconds, name)."""
    times = night.schedule
    latest = () if found.doors_s in {None, times.doors} else (("L", found.doors_s or 0.0, "doors at the latest"),)
    return [
        *latest,
        ("D", times.doors, "doors"),
        ("K", times.kick_off, "kick-off, the node lost"),
        ("H", times.half_time, "half-time"),
        ("S", times.second_half, "second half"),
        ("W", times.whistle, "whistle"),
    ]


def lines(found: Plan) -> list[tuple[str, str, tuple[int, ...]]]:
    """What the pictures draw: (short name, name, people in line in each second)."""
    return [
        ("1 ×", "with what there is", found.line),
        (f"{LESS:g} ×", f"with {LESS:g} × the capacity", found.line_less),
        ("lost", f"with one node of {found.nodes} lost at kick-off", found.line_lost),
    ]


def span(seconds: float) -> str:
    """`57 s`, `1 min 58 s`, `20 min`, `2 h 5 min`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if count]
    return " ".join(parts) or "0 s"


def _capacity(found: Plan) -> list[str]:
    short = f"95 % of waits under {span(found.within_s)}"
    if found.needed is None:
        return [f"{short}: no capacity does, with these doors"]
    said = [f"{short}: {_times(found, found.needed)}"]
    if found.needed_in_time is None:
        said.append(f"and so that {IN_TIME}: no capacity does, with these doors")
    elif found.needed_in_time > found.needed:
        said.append(f"and so that {IN_TIME}: {found.needed_in_time:.2f} ×")
    return said


def _times(found: Plan, needed: float) -> str:
    if not needed:
        return "any capacity does"
    asked, there = (_rate(per_s) for per_s in (needed * found.sign_ins_per_s, found.sign_ins_per_s))
    much = f"it takes {needed:.2f} × what there is" if needed > 1 else f"{needed:.2f} × what there is does"
    return f"{much}, {asked} sign-ins a second (there are {there})"


def _doors(found: Plan, night: Night, dial: Dial) -> list[str]:
    planned = dial.named(night.schedule.doors)
    if found.doors_s is not None:
        too_late = night.schedule.doors > found.doors_s
        return [
            f"doors, with what there is: {dial.named(found.doors_s)} at the latest,",
            f"  so that 95 % wait under {span(found.within_s)} and {IN_TIME};",
            f"  the night file opens them {planned}: {'too late' if too_late else 'early enough'}",
        ]
    early = found.from_the_start
    more = "no capacity does" if found.needed_in_time is None else f"{found.needed_in_time:.2f} × the capacity does"
    return [
        f"doors, with what there is: no time keeps 95 % under {span(found.within_s)} and lets in by kick-off",
        f"  95 % of those who come before it. Open from the start, 95 % wait {_up_to(early.waited_p95_s)},",
        f"  and {_percent(early.in_by_kick_off)} are in by kick-off;",
        f"  with doors {planned}, {more}",
    ]


def _lost(found: Plan) -> list[str]:
    one = found.lost_node
    if not found.asked_inside_per_s:
        fits = "those inside ask nothing of it (calls_inside_per_s = 0)"
    else:
        fits = "those inside still fit" if found.lost_node_carries_inside else "those inside do NOT fit any more"
    half, most = _up_to(one.waited_p50_s), _up_to(one.waited_p95_s)
    return [
        f"one node of {found.nodes} lost at kick-off: half wait {half}, 95 % {most}, {one.line_peak:,} in line;",
        f"  {fits}",
    ]


def _counted(night: Night) -> str:
    said = "A wait counts from coming, or from the doors for those who come before them."
    return f"{said} The night file's faults are left out." if night.faults else said


def _table(rows: tuple[Outcome, ...], head: str, labels: list[str]) -> list[str]:
    wide = max(len(head), *map(len, labels))
    cells = [(head, *COLUMNS), *((label, *_cells(one)) for label, one in zip(labels, rows, strict=True))]
    return [f"  {row[0]:>{wide}}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in cells]


def _cells(one: Outcome) -> tuple[str, ...]:
    waits = (OUT if wait_s is None else span(wait_s) for wait_s in (one.waited_p50_s, one.waited_p95_s))
    return (*waits, f"{one.line_peak:,}", f"{one.line_at_kick_off:,}", _percent(one.in_by_kick_off))


def _doors_named(one: Outcome, found: Plan, night: Night, dial: Dial) -> str:
    clock = dial.clock(one.doors_s)
    why = {found.doors_s: "the latest, "} | {night.schedule.doors: "night file, "}
    return why.get(one.doors_s, "") + (clock and f"{clock}, ") + dial.away(one.doors_s)


def _up_to(wait_s: float | None) -> str:
    return "until after the whistle" if wait_s is None else f"up to {span(wait_s)}"


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= 10 else f"{per_s:.2g}"


def _percent(share: float) -> str:
    # Never rounded up: 99.9 % is not all.
    return f"{math.floor(1000 * share + 1e-6) / 10:g} %"


def _picture(night: Night, found: Plan, dial: Dial) -> list[str]:
    most = max(1, *(max(line) for _, _, line in lines(found)))
    until_s, indent = night.schedule.end, " " * (NAMED + 2)
    return [
        f"  people in line, all up to {most:,}",
        *(f"  {name:<{NAMED}}{_bars(line, most)}" for name, _, line in lines(found)),
        indent + _placed([(at_s, letter) for letter, at_s, _ in marks(night, found)], until_s, fill="─"),
        indent + _placed([(at_s, f"|{name}") for at_s, name in dial.ticks(until_s)], until_s, fill=" ").rstrip(),
        "  " + " · ".join(f"{letter} {name}" for letter, _, name in marks(night, found)),
    ]


def _bars(line: tuple[int, ...], most: int) -> str:
    """The highest of each stretch; whoever stands there is seen."""
    edges = [column * (len(line) - 1) // WIDE for column in range(WIDE + 1)]
    parts = [max(line[first : max(first + 1, last)]) for first, last in pairwise(edges)]
    return "".join(BARS[-(-(len(BARS) - 1) * part // most)] for part in parts).rstrip()


def _placed(texts: list[tuple[float, str]], until_s: float, *, fill: str) -> str:
    row = [fill] * WIDE
    for at_s, text in texts:
        first = min(WIDE - 1, int(at_s * WIDE / max(1.0, until_s)))
        row[first : first + len(text)] = text
    return "".join(row)[: WIDE + NAMED]


def _signed(away_s: int) -> str:
    return f"{'-' if away_s < 0 else ''}{span(abs(away_s))}" if away_s else "kick-off"
