"""What the controller is told each tick, and what it orders. Values only; `controller.py` decides."""

from msgspec import Struct

from kickoff.units import AtUs


class Health(Struct, frozen=True, kw_only=True):
    """How one dependency of the back end is doing, as measured over its last second."""

    dependency: str
    """sign_in, playlist, origin …"""
    at: AtUs
    utilisation: float
    """Share of its capacity in use, 0…1 and beyond."""
    queue_ms: float
    errors: int
    capacity_per_s: float
    """Calls a second it can carry, measured; 0: not known."""


class Reading(Struct, frozen=True, kw_only=True):
    """The house at one tick. Totals count from the start of the night and never fall."""

    at: AtUs
    health: tuple[Health, ...]
    """The last word of each dependency; old ones too: the controller looks at their age."""
    inside: float
    """Leases weighted by the learnt chance that a silent one still watches."""
    joined_total: int
    called_total: int
    passed_total: int
    lapsed_total: int
    """Called people whose `call_s` ran out without a redemption; they may still come through the grace lane."""
    leased_total: int
    signed_in_total: int
    sign_in_failed_total: int
    paused: bool = False
    cap_per_s: float | None = None
    """The operator's own limit on the rate."""
    bitrate_kbps: float = 0.0
    """Mean bitrate of those inside, from their beats; 0: not known."""


class Orders(Struct, frozen=True, kw_only=True):
    """What the controller orders for this tick."""

    call: int
    """How many more places to call now."""
    rate_per_s: float
    binding: str
    """The term that binds: a dependency, `cap`, `paused`, `inside_max`, `egress`, `slew`, `brake`, `safe` …"""
    terms: tuple[str, ...]
    """Every term as one line in plain words: `sign-in is the tightest: 38/s of 45`."""
    reason: str
    """Why people wait, as a code for the page: `` · filling · braking · paused · full · no_health"""
    eta: tuple[float, float, float]
    """Seconds per place: 0.1, 0.5 and 0.9 quantiles; infinite when nobody is called."""
    beat_s: float
    bitrate_cap_kbps: int | None = None
    admit_max: int | None = None
    """Passes, counted from the start of the night, that may have been given: at `passed_total` = this, a called person
    is met by a full house and is next. None: no hard cap."""
