"""What is the world in which controllers of admission are judged? Every number of it, its unit and its source.

People and calls are amounts that flow, a quarter of a second at a time, many nights side by side: a column is a night,
drawn by its seed. `fluid.py` lets it pass. Behind the door stand three dependencies, each one queue served in order:

    sign_in       once for each who has no session; nobody inside needs it
    entitlement   rights and licence at the door, then again at each beat of those inside: this is what stretches
    playlist      master and media playlists at the door, then what no cache answers for those inside

Definitions, for every controller alike:

*A failed call of a person watching* is a playlist, licence or entitlement call of somebody inside that was not answered
within the player's deadline, and whose one retry by the player was not answered within it either. Its viewer has a
black picture, and loads again.

*Goodput* is useful work ÷ capacity while a line stands, of the dependency that is used most: work on a call whose
caller still waits for it is useful, an answer to nobody is not. In line stand those who have come and were not called;
who was called is on the way.

*The oracle* is the fastest schedule with capacity known ahead under which no such call fails: those who have come are
let in without any way to go, at what is left of `target · capacity` after those inside, tick by tick; `target` is found
by bisection for each seed.

*The floor* is how many such calls fail when, from the same state, calling stops and the longest stretch is ordered in
the very second in which capacity falls. Who is on the way then still comes.

*Metastable* is a night that, `RECOVERY_S` after its fault has ended, still does less than half of what it did before,
with people outside and room for them: where those inside ask nine tenths of what there is, a house is full.
"""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICK_S = 0.25
DEPENDENCIES = ("sign_in", "entitlement", "playlist")
SIGN_IN, ENTITLEMENT, PLAYLIST = range(3)
RECOVERY_S = 60.0


class Parameters(Struct, frozen=True, kw_only=True):
    """Every number that is the same on all nights."""

    people: int = 200_000
    """Who come. As in the fluid model of the design."""
    night_s: float = 420.0
    """Long enough for a tenth of the fastest rate lost twice over."""
    there_at_doors: float = 0.6
    """Share of those who come that stand in line when the doors open. Assumed; the others follow with a mean of
    `come_mean_s`, so that the line is never the fill's bottleneck."""
    come_mean_s: float = 40.0
    come_s_max: float = 150.0
    signed_out: float = 0.30
    """Share that must sign in: as the example nights."""
    sign_ins_per_s: float = 360.0
    """Eight cores at 45 a second: argon2id, 19 MiB, t = 2, 21 ms."""
    entitlements_per_s: float = 12_000.0
    """Bought for the house: with everybody inside some 0.56 are used. Sign-in is the tightest at first, on many nights
    this is in the end. Assumed."""
    entitlements_at_the_door: float = 4.0
    """Calls of one admission: session, offer, stream limit, licence."""
    beat_s: float = 30.0
    beat_s_max: float = 120.0
    """Those inside renew at each beat: at 200,000 they ask 0.56 of the entitlement service, stretched 0.14."""
    playlists_per_s: float = 8_000.0
    """An origin is bought for cold caches: with everybody inside and nobody coming a third is used. Assumed."""
    playlists_at_the_door: float = 2.0
    """A master and a media playlist."""
    playlists_inside_per_s: float = 0.0125
    """One media playlist in 4 s, of which caches answer nineteen in twenty. Assumed. It does not stretch."""
    spread: float = 0.12
    """Standard deviation of the logarithm of each of the capacities and costs above, from seed to seed: no controller
    is tuned to one house."""
    deadline_s: float = 5.0
    """Of a player's call and of a sign-in: `crowd.calls.PLAYER_DEADLINE_S`, `settings.sign_in_deadline_s`."""
    queue_s: float = 20.0
    """Calls beyond so many seconds' work are refused at once: a listen backlog is bounded."""
    reload_s: float = 5.0
    """Mean time until somebody whose start or stream failed tries again. Nobody gives up."""
    hears_s: tuple[float, float] = (1.0, 8.5)
    """From being called to redeeming: what is left of a poll of 5 to 10 s, and the page. Evenly spread."""
    asks_again_s: float = 2.0
    """Who is called and met by a full house asks again so often."""
    show_up: tuple[float, float] = (0.7, 1.0)
    """Share of the called who come, from seed to seed."""
    wobble: float = 0.03
    wobble_s: float = 5.0
    """Capacity is never still: standard deviation and correlation time. Assumed, of a virtual machine among others."""
    bursts: float = 0.03
    """Standard deviation of the calls of those inside in one tick."""
    misread: float = 0.02
    """Standard deviation of a report of capacity."""
    memory_s: float = 2.0
    """Busy seconds over which the gauge remembers capacity: `backend.gauge.MEMORY_BUSY_S`."""
    strays: float = 1e-4
    """Share of calls that fail for no reason that a door could know: as many as the service level agreement of Amazon
    DynamoDB allows of requests in one region (99.99 %). A player's retry meets another server; that both fail by
    chance, four calls in a hundred nights, is left out."""
    safe_rate_per_s: float = 60.0
    """What the night file calls safe: a fifteenth of what the house carries."""
    ladder_kbps: tuple[int, ...] = (7800, 4500, 3000, 2000)
    """What players choose from, as far as it matters: of Apple's HLS Authoring Specification, 16:9, H.264."""
    buffer_s: float = 6.0
    """Of a player: three segments of two seconds."""
    service_s: float = 0.03
    """An answer without any queue."""

    @property
    def ticks(self) -> int:
        """Of a night."""
        return round(self.night_s / TICK_S)


class Scenario(Struct, frozen=True, kw_only=True):
    """What goes wrong. Shares of capacity, seconds."""

    name: str
    lost: float = 0.0
    """Of every dependency, at once."""
    back_s: tuple[float, float] = (60.0, 60.0)
    """How long a fault lasts."""
    restarted_after_s: float | None = None
    """The door restarts so long after the fault began, and knows nothing."""
    stated_cost: float | None = None
    """What the operator states as calls of one admission, as a multiple of the truth; None: nothing."""
    late_s: int = 0
    """Reports come so late, and look fresh."""
    silent_s: float = 0.0
    """Reports are lost for so long."""
    pauses: bool = False
    """Garbage collection: each dependency stands still for 0.2 to 1.2 s, every 20 s on average."""
    cold: float = 0.0
    """Share of capacity that cold caches cost when the doors open and when nodes come back; warm within some 20 s."""
    drift: float = 0.0
    """Share lost little by little over a minute, and not given back."""
    fails_fast: float = 0.0
    """Share of the calls of entitlement that are answered with an error at once, for 20 s."""
    fails_slow: float = 0.0
    """Share of the capacity of playlist that is lost without any error, for 20 s."""
    egress: float | None = None
    """Of the delivery networks, as a share of what everybody asks at the highest bitrate; None: it never matters."""
    egress_is_written: bool = False
    """Whether the night file says how much it is; else the networks report it."""
    egress_lost: float = 0.0
    """Share of it that is lost at the fault."""


SCENARIOS = (
    Scenario(name="no failure"),
    Scenario(name="40 % of nodes lost", lost=0.40),
    Scenario(name="65 % of nodes lost", lost=0.65),
    Scenario(name="restarted in overload", lost=0.40, restarted_after_s=3.0),
    Scenario(name="cost stated a third too low", stated_cost=0.67),
    Scenario(name="cost stated half too high", stated_cost=1.5),
    Scenario(name="signals 5 s late", late_s=5),
    Scenario(name="signals lost for 30 s", silent_s=30.0),
    Scenario(name="garbage collection", pauses=True),
    Scenario(name="cold caches", cold=0.5),
    Scenario(name="slow drift", drift=0.35),
    Scenario(name="a dependency fails fast", fails_fast=0.3, back_s=(20.0, 20.0)),
    Scenario(name="a dependency fails slow", fails_slow=0.6, back_s=(20.0, 20.0)),
)

DELIVERY = (
    Scenario(name="egress binds", egress=0.65, egress_is_written=True),
    Scenario(name="a third of egress lost", egress=1.15, egress_lost=1 / 3, back_s=(90.0, 120.0)),
    Scenario(name="two thirds of egress lost", egress=1.15, egress_lost=2 / 3, back_s=(90.0, 120.0)),
)
"""Beside those that are judged: what the ladder of bitrates is for. Two networks of three may be lost."""


class Nights(Struct, frozen=True, kw_only=True):
    """Many nights of one scenario. Arrays end in one column a night; before it ticks, dependencies."""

    parameters: Parameters
    scenario: Scenario
    seeds: tuple[int, ...]
    capacity: Floats
    """[tick, dependency, night] calls a second."""
    errors: Floats
    """[tick, dependency, night] share answered with an error at once."""
    strays: Floats
    """[tick, dependency, night] the same of first tries only, on any night: whole calls of a dependency in full use."""
    misread: Floats
    """[tick, dependency, night] factor of a report of capacity."""
    bursts: Floats
    """[tick, night] factor of the calls of those inside."""
    come: Floats
    """[tick, night] people who came until then."""
    at_the_door: Floats
    """[dependency, night] calls of one admission."""
    inside_per_s: Floats
    """[dependency, night] calls a second of one viewer inside, unstretched."""
    show_up: Floats
    egress_mbps: Floats
    """[tick, night] that the delivery networks carry; infinite where it never matters."""
    fault_tick: Ints
    """[night] when it goes wrong."""
    back_tick: Ints
    """[night] when it is over."""


def nights(scenario: Scenario, seeds: tuple[int, ...], parameters: Parameters | None = None) -> Nights:
    """The nights of these seeds. The same seed draws the same house in every scenario."""
    of = parameters or Parameters()
    drawn = [_one(scenario, seed, of) for seed in seeds]
    columns = {name: np.stack([one[name] for one in drawn], axis=-1) for name in drawn[0]}
    return Nights(parameters=of, scenario=scenario, seeds=seeds, **columns)


def _one(scenario: Scenario, seed: int, of: Parameters) -> dict[str, NDArray[Any]]:
    chance = np.random.default_rng((seed, 0xF10))
    spread = np.exp(of.spread * chance.standard_normal(8))
    base = np.array([of.sign_ins_per_s, of.entitlements_per_s, of.playlists_per_s]) * spread[:3]
    fault_s = chance.uniform(40.0, 160.0)
    back_s = fault_s + chance.uniform(*scenario.back_s)
    fault, back = round(fault_s / TICK_S), round(back_s / TICK_S)
    share = _share_there(scenario, fault, back, of, chance)
    capacity = base * share * _wobbling((of.ticks, 3), of.wobble, of.wobble_s, chance)
    errors = np.zeros((of.ticks, 3))
    errors[fault:back, ENTITLEMENT] = scenario.fails_fast
    later = np.minimum(of.come_s_max, of.come_mean_s * -np.log(1 - np.linspace(0, 1, 2000, endpoint=False)))
    come = np.searchsorted(later, np.arange(of.ticks) * TICK_S, side="right") / later.size
    return {
        "capacity": np.maximum(1e-3 * base, capacity),
        "errors": errors,
        "strays": _strays(base, seed, of),
        "misread": np.exp(of.misread * chance.standard_normal((of.ticks, 3))),
        "bursts": np.exp(of.bursts * chance.standard_normal(of.ticks)),
        "come": of.people * (of.there_at_doors + (1 - of.there_at_doors) * come),
        "at_the_door": np.array(
            [of.signed_out * spread[3], of.entitlements_at_the_door * spread[4], of.playlists_at_the_door * spread[5]]
        ),
        "inside_per_s": np.array([0.0, spread[6] / of.beat_s, of.playlists_inside_per_s * spread[7]]),
        "show_up": np.array(chance.uniform(*of.show_up)),
        "egress_mbps": _egress_mbps(scenario, seed, fault, back, of),
        "fault_tick": np.array(fault),
        "back_tick": np.array(back),
    }


def _strays(base: Floats, seed: int, of: Parameters) -> Floats:
    """[tick, dependency] the share that fails by chance, drawn for itself: all else is as it would be without."""
    calls = base * TICK_S
    return np.random.default_rng((seed, 0xE44)).poisson(of.strays * calls, (of.ticks, 3)) / calls


def _egress_mbps(scenario: Scenario, seed: int, fault: int, back: int, of: Parameters) -> Floats:
    """[tick] of all networks together, drawn for itself as well."""
    if scenario.egress is None:
        return np.full(of.ticks, np.inf)
    chance = np.random.default_rng((seed, 0xE9))
    share = np.ones(of.ticks)
    share[fault:back] -= scenario.egress_lost
    wobble = _wobbling((of.ticks, 1), of.wobble, of.wobble_s, chance)[:, 0]
    of_all = scenario.egress * np.exp(of.spread / 2 * chance.standard_normal())
    return np.asarray(of.people * of.ladder_kbps[0] / 1000 * of_all * share * wobble)


def _share_there(scenario: Scenario, fault: int, back: int, of: Parameters, chance: np.random.Generator) -> Floats:
    """[tick, dependency] the share of capacity that is there."""
    seconds = np.arange(of.ticks) * TICK_S
    share = np.ones((of.ticks, 3))
    share[fault:back] *= 1 - scenario.lost
    share[fault:back, PLAYLIST] *= 1 - scenario.fails_slow
    share *= 1 - scenario.drift * np.clip((seconds - fault * TICK_S) / 60.0, 0, 1)[:, None]
    if scenario.cold:
        for begun_s in (0.0, back * TICK_S):
            since_s = seconds - begun_s
            share *= 1 - np.where(since_s >= 0, scenario.cold * np.exp(-np.maximum(since_s, 0) / 20.0), 0.0)[:, None]
    if scenario.pauses:
        for dependency in range(3):
            for begin in np.flatnonzero(chance.random(of.ticks) < TICK_S / 20.0):
                share[begin : begin + round(chance.uniform(0.2, 1.2) / TICK_S), dependency] = 0.0
    return share


def _wobbling(shape: tuple[int, int], deviation: float, memory_s: float, chance: np.random.Generator) -> Floats:
    """A stationary AR(1) about 1, in logarithms."""
    keep = float(np.exp(-TICK_S / memory_s))
    white = chance.standard_normal(shape) * np.sqrt(1 - keep**2)
    white[0] /= np.sqrt(1 - keep**2)
    return np.exp(deviation * lfilter([1.0], [1.0, -keep], white, axis=0))
