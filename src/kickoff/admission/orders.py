"""What the controller is told each tick, and what it orders. Values only; `controller.py` decides."""

from msgspec import Struct

from kickoff.facts import Lane
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
    lasting_per_s: float | None = None
    """What it carries for good, where `capacity_per_s` is more or less to fill or empty the queue before it."""
    standing: float = 0.0
    """Calls that stand before it, or were sent away and are about to come again, where they are counted."""


class LaneCounts(Struct, frozen=True, kw_only=True):
    """One lane of the line. Totals count from the start of the night and never fall."""

    joined_total: int
    called_total: int
    passed_total: int
    lapsed_total: int
    leased_total: int
    """Streams begun with a pass of the lane: its admissions."""
    sign_ins_total: int
    """Sign-ins tried with a pass of the lane, failed ones too."""

    @property
    def waiting(self) -> int:
        """Not called yet."""
        return max(0, self.joined_total - self.called_total)


class Reading(Struct, frozen=True, kw_only=True):
    """The house at one tick. Totals count from the start of the night and never fall."""

    at: AtUs
    health: tuple[Health, ...]
    """The last word of each dependency; old ones too: the controller looks at their age."""
    inside: float
    """Leases weighted by the learnt chance that a silent one still watches."""
    held: float | None = None
    """Slots of the hard caps that are taken: leases that may still be watched, whole; None: as many as are inside."""
    joined_total: int
    called_total: int
    passed_total: int
    lapsed_total: int
    """Called people whose `call_s` ran out without a redemption; they may still come through the grace lane."""
    leased_total: int
    signed_in_total: int
    sign_in_failed_total: int
    late: int = 0
    """Who was called, came late and stands at the door of a full house (`grace.py`)."""
    paused: bool = False
    cap_per_s: float | None = None
    """The operator's own limit on the rate."""
    guaranteed: dict[str, float] = {}
    """Lane → the least share that the operator guarantees it of whatever binds; not named: as ever (`sharing.py`)."""
    bitrate_kbps: float = 0.0
    """Mean bitrate of those inside, from their beats; 0: not known."""
    ladder_kbps: tuple[int, ...] = ()
    """The bitrates that players choose from, the highest first; empty: not known, and nothing to cap."""
    lanes: dict[str, LaneCounts] = {}
    """Lane → its own part of the totals. Empty: there is one lane, the main one, and the totals are its."""

    @property
    def slots_held(self) -> float:
        """What a hard cap counts."""
        return self.inside if self.held is None else max(self.inside, self.held)

    @property
    def by_lane(self) -> dict[str, LaneCounts]:
        """Every lane; at least one."""
        return self.lanes or {str(Lane.MAIN): self._main}

    @property
    def _main(self) -> LaneCounts:
        return LaneCounts(
            joined_total=self.joined_total,
            called_total=self.called_total,
            passed_total=self.passed_total,
            lapsed_total=self.lapsed_total,
            leased_total=self.leased_total,
            sign_ins_total=self.signed_in_total + self.sign_in_failed_total,
        )


class LaneOrders(Struct, frozen=True, kw_only=True):
    """What the controller orders for one lane."""

    call: int
    rate_per_s: float
    binding: str
    eta: tuple[float, float, float]
    """Seconds per place at the end of the line: 0.1, 0.5 and 0.9 quantiles; infinite when no time can be named."""
    curve: tuple[tuple[float, float, float, float], ...] = ()
    """(places ahead, seconds until they are called: 0.1, 0.5 and 0.9 quantiles), the nearest first."""


class Orders(Struct, frozen=True, kw_only=True):
    """What the controller orders for this tick."""

    call: int
    """How many more places to call now, in all lanes."""
    rate_per_s: float
    """Of all lanes in which people wait; of all when nobody does."""
    binding: str
    """Of the longest lane: a dependency, `cap`, `paused`, `inside_max`, `egress`, `slew`, `brake`, `safe` …"""
    terms: tuple[str, ...]
    """Every term as one line in plain words: `sign-in is the tightest: 38/s of 45`."""
    reason: str
    """Why people wait, as a code for the page: `` · filling · braking · paused · capped · full · no_health"""
    eta: tuple[float, float, float]
    """Of the longest lane."""
    beat_s: float
    bitrate_cap_kbps: int | None = None
    """The highest that players may choose; None: any."""
    admit_max: int | None = None
    """Passes, counted from the start of the night, that may have been given: at `passed_total` = this, a called person
    is met by a full house and is next. None: no hard cap."""
    lanes: dict[str, LaneOrders] = {}
