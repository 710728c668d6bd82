"""What came of a rehearsed night? One scorecard: people, door, back end, rules. The same seed gives the same card."""

from collections import Counter

import numpy as np
from msgspec import Struct

from kickoff.conductor.tick import TICK_S
from kickoff.crowd.rehearsal_clock import LanePace, Pace, VirtualNight
from kickoff.crowd.rehearsal_rules import Broken, Log, duplicate_places, overtakes
from kickoff.crowd.truth import Truth
from kickoff.night import Night

WINDOW_S = 5.0
"""Places called in any window of this length are compared with the rates published for its ticks."""


class Scorecard(Struct, frozen=True, kw_only=True):
    """The figures of one rehearsed night. Seconds of the night, people, or shares, as the names say."""

    night: str
    seed: int
    scale: float
    came: int
    joined: int
    called: int
    passed: int
    signed_in: int
    sign_ins_failed: int
    got_picture: int
    walked_off: int
    gave_up: int
    black_screens: int
    thrown_out: int
    expelled: int
    pictures_10s: int
    pictures_60s: int
    waited_p50_s: float | None
    waited_p95_s: float | None
    line_peak: int
    inside_peak: int
    rate_peak_per_s: float
    called_vs_published_5s_max: float
    beat_s_max: float
    failed_calls_inside: int
    binding: dict[str, float]
    """Term → share of the time in which a line stood that it bound."""
    duplicate_places: int
    overtakes: int
    broken: tuple[Broken, ...]


def score(
    clock: VirtualNight, truth: Truth, log: Log, *, seed: int, scale: float, broken: tuple[Broken, ...]
) -> Scorecard:
    """Add the night up."""
    paces, night = clock.paces, clock.world.night
    return Scorecard(
        night=night.name,
        seed=seed,
        scale=scale,
        came=truth.came,
        joined=truth.joined,
        called=sum(line.calls.called_total for line in clock.door.house.lines.values()),
        passed=truth.passed,
        signed_in=truth.signed_in,
        sign_ins_failed=truth.sign_ins_failed,
        got_picture=truth.got_picture,
        walked_off=truth.walked_off,
        gave_up=truth.gave_up,
        black_screens=truth.black_screens,
        thrown_out=truth.thrown_out,
        expelled=truth.expelled,
        pictures_10s=truth.pictures_10s,
        pictures_60s=truth.pictures_60s,
        waited_p50_s=_seconds(truth.waits_ms.p50),
        waited_p95_s=_seconds(truth.waits_ms.p95),
        line_peak=max(pace.waiting for pace in paces),
        inside_peak=round(max(pace.inside for pace in paces)),
        rate_peak_per_s=round(max(pace.rate_per_s for pace in paces), 1),
        called_vs_published_5s_max=called_against_published(paces),
        beat_s_max=max(pace.beat_s for pace in paces),
        failed_calls_inside=round(clock.world.failed_inside),
        binding=_binding(paces, night),
        duplicate_places=duplicate_places(log),
        overtakes=overtakes(log),
        broken=broken,
    )


def called_against_published(paces: list[Pace]) -> float:
    """The most that was called of a lane in any `WINDOW_S`, of what its rates and one person for the fraction allow."""
    lanes = sorted({name for pace in paces for name in pace.lanes})
    return max((_lane_against_published([pace.lanes[name] for pace in paces]) for name in lanes), default=0.0)


def _lane_against_published(paces: list[LanePace]) -> float:
    ticks = round(WINDOW_S / TICK_S)
    called = np.cumsum([0, *(pace.called for pace in paces)])
    allowed = np.cumsum([0.0, *(pace.rate_per_s * TICK_S for pace in paces)])
    if len(paces) < ticks:
        return 0.0
    ratio = (called[ticks:] - called[:-ticks]) / (allowed[ticks:] - allowed[:-ticks] + 1.0)
    return round(float(ratio.max()), 4)


def words(card: Scorecard) -> str:
    """The card as a person reads it in a terminal."""
    waited = f"{_or_none(card.waited_p50_s)} half of them at most, {_or_none(card.waited_p95_s)} 95 of 100"
    binding = ", ".join(f"{name.replace('_', '-')} {share:.0%}" for name, share in card.binding.items()) or "nothing"
    lines = (
        ("came", f"{card.came:,}; {card.joined:,} took a place, {card.called:,} were called, {card.passed:,} came in"),
        (
            "pictures",
            f"{card.got_picture:,}; {card.pictures_10s:,} 10 s after kick-off, {card.pictures_60s:,} after 60 s",
        ),
        ("without", f"{card.black_screens:,} black screens, {card.gave_up:,} gave up, {card.walked_off:,} walked off"),
        ("lost it", f"{card.thrown_out:,} for good; {card.expelled:,} put out while watching"),
        ("sign-ins", f"{card.signed_in:,} and {card.sign_ins_failed:,} failed ones"),
        ("waited", f"{waited}; the line held up to {card.line_peak:,}"),
        ("inside", f"up to {card.inside_peak:,}; {card.failed_calls_inside:,} of their calls failed"),
        (
            "called",
            f"up to {card.rate_peak_per_s:,.1f} a second; in 5 s at most {card.called_vs_published_5s_max:.3f} of it",
        ),
        ("binding", f"{binding}; heartbeats up to {card.beat_s_max:g} s"),
        ("places", f"{card.duplicate_places} given twice, {card.overtakes} overtakes"),
    )
    title = f"{card.night}, rehearsed with seed {card.seed} at scale {card.scale:g}"
    return "\n".join([title, *(f"  {name:<9} {text}" for name, text in lines)])


def _binding(paces: list[Pace], night: Night) -> dict[str, float]:
    counted = Counter(pace.binding for pace in paces if pace.waiting and pace.at_s >= night.schedule.doors)
    total = counted.total()
    return {name: round(count / total, 3) for name, count in counted.most_common()}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def _or_none(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:,.1f} s"
