"""Findings of a night as the stages would hand them on: what the tests of notices and of the report start from."""

from kickoff.findings import (
    Audience,
    Cause,
    ChannelAudience,
    Evidence,
    Findings,
    Impact,
    Incident,
    Metric,
    Range,
    Scope,
    Verdict,
)
from kickoff.night import Night
from kickoff.units import AtUs
from tests.gestures.nights import night_with

NIGHT = night_with()
PROBABILITIES = {
    Cause.CAPACITY: {"capacity": 0.91, "malice": 0.03, "fault": 0.05, "none": 0.01},
    Cause.MALICE: {"capacity": 0.05, "malice": 0.97, "fault": 0.01, "none": 0.0},
    Cause.FAULT: {"capacity": 0.04, "malice": 0.02, "fault": 0.93, "none": 0.01},
    Cause.MIXED: {"capacity": 0.45, "malice": 0.04, "fault": 0.5, "none": 0.01},
    Cause.NONE: {"capacity": 0.05, "malice": 0.02, "fault": 0.03, "none": 0.9},
    Cause.TOO_EARLY: {"capacity": 0.4, "malice": 0.2, "fault": 0.3, "none": 0.1},
}


def incident(*, ended: bool = False, metric: Metric = Metric.START_FAILURES, scope: Scope | None = None) -> Incident:
    """Failed starts on one delivery network, from 88 s on, noticed 4 s later."""
    return Incident(
        metric=metric,
        noticed_at=NIGHT.at(92.0),
        began_at=NIGHT.at(88.0),
        ended_at=NIGHT.at(112.0) if ended else None,
        scope=scope or Scope(verdict="located", causes=({"cdn": "south"},), confidence=0.92),
    )


def audience(night: Night = NIGHT) -> Audience:
    """A crowd that grows until kick-off and leaves at the whistle."""
    times = night.schedule
    seconds = tuple(
        round(12_000 * min(1.0, at / times.kick_off) * (1 if at < times.whistle else 0.2))
        for at in range(int(times.end) + 1)
    )
    first, second = tuple(value * 3 // 4 for value in seconds), tuple(value // 4 for value in seconds)
    return Audience(
        unit="accounts",
        average=11_200,
        peak=12_000,
        peak_at=night.at(times.kick_off),
        reach=13_400,
        reach_threshold_s=1.0,
        by_channel={
            "canal-plus": ChannelAudience(average=8_400, peak=9_000, reach=10_100),
            "canal-plus-foot": ChannelAudience(average=2_800, peak=3_000, reach=3_300),
        },
        streams_peak=12_600,
        seconds=seconds,
        seconds_by_channel={"canal-plus": first, "canal-plus-foot": second},
    )


def impact(*, seen: int = 1_204, low: int = 1_310, high: int = 1_790) -> Impact:
    """So many accounts seen, and a range of all."""
    return Impact(
        seen=seen,
        unseen=Range(low=low - seen, mid=(low + high) // 2 - seen, high=high - seen),
        total=Range(low=low, mid=(low + high) // 2, high=high),
        user_hours=310.5,
        by={"offer": {"essential": 700, "sport": 404, "young": 100}, "device": {"tv": 800, "phone": 404}},
        how="We counted the accounts whose start failed. Those who reported it tell how many we did not see. "
        "The range holds the true number in nine nights of ten.",
    )


def findings(
    cause: Cause = Cause.FAULT, *incidents: Incident, until: AtUs | None = None, hit: Impact | None = None
) -> Findings:
    """What was found with this verdict."""
    probabilities = PROBABILITIES[cause]
    return Findings(
        night=NIGHT.name,
        until=until if until is not None else NIGHT.at(100.0),
        audience=audience(),
        incidents=incidents,
        verdict=Verdict(
            verdict=cause,
            probabilities=probabilities,
            evidence=(
                Evidence(
                    fact="failures on one delivery network", value=0.9, expected=0.4, favours=Cause.FAULT, weight=3.1
                ),
                Evidence(
                    fact="arrivals above the forecast", value=1.2, expected=1.0, favours=Cause.CAPACITY, weight=0.4
                ),
            ),
            settles="the delivery network's own log of the half minute",
            next_statement_at=NIGHT.at(400.0),
        ),
        impact=hit or impact(),
    )
