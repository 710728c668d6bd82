"""What does the door say of itself? The object of `GET /v1/{night}/house`, read once at the edge."""

from msgspec import Struct


class DependencyHealth(Struct, frozen=True, kw_only=True):
    """One dependency of the back end, as the door last heard of it."""

    dependency: str
    at: int = 0
    utilisation: float = 0.0
    queue_ms: float = 0.0
    errors: int = 0
    capacity_per_s: float = 0.0


class ProcessNow(Struct, frozen=True, kw_only=True):
    """One of those who share the night, as the door last heard of it."""

    name: str
    kind: str = "door"
    at: int = 0
    leads: bool = False


class LaneNow(Struct, frozen=True, kw_only=True):
    """One lane. `share`: its least, of whatever binds; the grace lane's, of the seats of a full house."""

    waiting: int = 0
    share: float = 0.0


class HouseNow(Struct, frozen=True, kw_only=True):
    """The house at one instant. Totals count from the start of the night."""

    at: int
    state: str
    inside: float = 0.0
    leases: int = 0
    line: int = 0
    joined: int = 0
    called: int = 0
    passed: int = 0
    lapsed: int = 0
    signed_in: int = 0
    sign_in_failed: int = 0
    refused: dict[str, int] = {}
    heat: dict[str, int] = {}
    """What came of networks that send too many strangers; `hot`: how many are so now."""
    started: int = 0
    start_failed: int = 0
    rate_per_s: float = 0.0
    binding: str = ""
    terms: tuple[str, ...] = ()
    reason: str = ""
    health: tuple[DependencyHealth, ...] = ()
    beat_s: float = 0.0
    open: bool = False
    pin_s: float | None = None
    ladder_step: int | None = None
    """Rungs of the ladder that the operator caps; None: as ordered."""
    ladder_kbps: tuple[int, ...] = ()
    bitrate_cap_kbps: int | None = None
    drains: bool = False
    guaranteed: dict[str, float] = {}
    lanes: dict[str, LaneNow] = {}
    queues: bool = False
    codes: dict[str, int | None] = {}
    draw_at: int | None = None
    """As the operator says by now, like the two that follow; None: the door has not said."""
    doors_at: int | None = None
    ends_at: int | None = None
    leader: str = ""
    doors: tuple[ProcessNow, ...] = ()
