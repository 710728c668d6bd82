"""Why do people wait? The orders in plain words for whoever runs the night, and as a code for the page."""

from collections.abc import Mapping

from msgspec import Struct

from kickoff.admission.flow import Flow
from kickoff.admission.limits import CAPS, Limit, plain
from kickoff.admission.stretch import Stretch
from kickoff.admission.trim import Trim

FAR_PER_S = 10_000.0
"""A hard cap with room for more than so many a second is far out of reach."""


class Pace(Struct, frozen=True, kw_only=True):
    """The rate of one lane that was decided on, and why."""

    waiting: int
    admitted_per_s: float
    called_per_s: float
    allowed_per_s: float
    """Admissions that the limits allow it, before slew and the operator's cap."""
    binding: str
    limit: Limit
    """The tightest for this lane."""


def binding_of(limit: Limit) -> str:
    """What the console calls it."""
    return "brake" if limit.fresh and limit.brake < 1 else limit.name


def reason(pace: Pace) -> str:
    """Why the people of a lane wait, as a code for the page."""
    limit = pace.limit
    if pace.binding == "paused":
        return "paused"
    if not pace.waiting:
        return ""
    if pace.binding == "cap":
        return "capped"
    if not limit.fresh:
        return "no_health"
    if limit.name in CAPS or limit.bare_per_s <= 0:
        return "full"
    return "braking" if limit.brake < 1 else "filling"


def terms(
    found: tuple[Limit, ...],
    paces: Mapping[str, Pace],
    *,
    flows: Mapping[str, Flow],
    trims: Mapping[str, Trim],
    stretched: Stretch,
    capped_kbps: int | None = None,
) -> tuple[str, ...]:
    """Every term as one line: the lanes, the longest first, then the limits, the tightest first."""
    longest_first = sorted(paces, key=lambda lane: -paces[lane].waiting)
    tightest_first = sorted((limit for limit in found if _matters(limit)), key=lambda limit: limit.rate_per_s)
    return (
        *(_lane(lane, paces[lane], flows[lane]) for lane in longest_first),
        *(f"{limit.words}; allows {plain(limit.free_per_s)}/s of them" for limit in tightest_first),
        *(f"trim of {name.replace('_', '-')} {one.factor - 1:+.1%}" for name, one in sorted(trims.items())),
        _beats(stretched),
        *((f"pictures capped at {capped_kbps:,} kbit/s",) if capped_kbps else ()),
    )


def _beats(stretched: Stretch) -> str:
    if not stretched.step:
        return "heartbeats as usual"
    times = 2**stretched.step
    if stretched.in_trouble:
        return f"heartbeats stretched by {times} ×"
    return f"heartbeats stretched by {times} ×, to make room for those in line"


def _matters(limit: Limit) -> bool:
    """A hard cap that is far out of reach tells nobody anything."""
    return limit.name not in CAPS or limit.free_per_s < FAR_PER_S


def _lane(lane: str, pace: Pace, flow: Flow) -> str:
    binding = pace.binding.replace("_", "-")
    tightest = pace.limit.name.replace("_", "-")
    words = f"{lane}: {plain(pace.called_per_s)} called a second of {pace.waiting:,} waiting"
    words += "" if binding == tightest else f"; {binding} holds the rate"
    words += f"; {tightest} is the tightest: {pace.limit.use}" if pace.limit.use else f"; {tightest} is the tightest"
    return f"{words}; of those called {flow.show_up:.0%} come"
