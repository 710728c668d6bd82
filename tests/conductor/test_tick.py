"""The conductor's tick."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from kickoff.admission.orders import Health, Orders, Reading
from kickoff.conductor.tick import DRAW_PATIENCE_S, TICK_S, Conductor, LineInput, times_of, until_drawn
from kickoff.night import Night, parse_night
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.snapshot import LineState, Snapshot, status_object

NIGHT = """
name = "short"
title = "A short night"
starts_at = "2022-09-06T18:59:00Z"
[schedule]
doors = 20
kick_off = 60
half_time = 110
second_half = 118
whistle = 170
end = 185
[channels.one]
title = "One"
[offers.all]
title = "All"
channels = ["one"]
streams_max = 1
price_cents = 1000
share = 1.0
[door]
beat_s = 10
beat_s_max = 40
safe_rate_per_s = 10
poll_s = [2, 4]
"""


@pytest.fixture
def night() -> Night:
    """A night of three minutes."""
    return parse_night(NIGHT, source="short.toml")


def ticks(
    night: Night, *, until_s: float, joined: int, capacity_per_s: float = 100.0, paused_from_s: float = 1e9
) -> Iterator[tuple[float, Snapshot, Orders]]:
    """Tick through a night in which everyone called comes at once."""
    conductor, serving = Conductor(night), 0
    for number in range(round(until_s / TICK_S)):
        at = night.at(number * TICK_S)
        health = Health(
            dependency="sign_in", at=at, utilisation=0.5, queue_ms=10.0, errors=0, capacity_per_s=capacity_per_s
        )
        reading = Reading(
            at=at,
            health=(health,),
            inside=0,
            joined_total=joined,
            called_total=serving,
            passed_total=serving,
            lapsed_total=0,
            leased_total=serving,
            signed_in_total=serving,
            sign_in_failed_total=0,
            paused=number * TICK_S >= paused_from_s,
        )
        snapshot, orders = conductor.tick(
            reading, LineInput(serving={"main": serving}, joined={"main": joined}, notice={"fr": "Patience"})
        )
        serving = snapshot.lanes["main"].serving
        yield number * TICK_S, snapshot, orders


def test_nobody_is_called_before_the_doors(night: Night) -> None:
    """People may stand in line before the doors; the line moves from then on."""
    seen = list(ticks(night, until_s=30, joined=5000))
    before = [snapshot.lanes["main"].serving for seconds, snapshot, _ in seen if seconds < 20]
    after = [snapshot.lanes["main"].serving for seconds, snapshot, _ in seen if seconds >= 21]
    assert set(before) == {0}
    assert after[0] > 0
    assert {snapshot.reason for seconds, snapshot, _ in seen if seconds < 20} == {""}


def test_epoch_counts_and_serving_moves_on_by_the_call(night: Night) -> None:
    """A cache that holds an older snapshot can be told from a newer one."""
    seen = list(ticks(night, until_s=40, joined=5000))
    assert [snapshot.epoch for _, snapshot, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1].lanes["main"].serving == sum(orders.call for _, _, orders in seen)


def test_a_paused_line_tells_no_time(night: Night) -> None:
    """A pause has no known end: the status object says null, not a number."""
    *_, (_, snapshot, orders) = ticks(night, until_s=40, joined=5000, paused_from_s=35)
    told = json.loads(status_object(snapshot))
    assert (snapshot.state, orders.call, snapshot.reason) == (LineState.PAUSED, 0, "paused")
    assert told["lanes"]["main"]["eta"] == {"p10": None, "p50": None, "p90": None, "curve": []}
    assert told["notice"] == {"fr": "Patience"}


def test_a_conductor_made_anew_goes_on_with_the_line_as_it_stands(night: Night) -> None:
    """After a crash nobody is called a second time and no place is skipped."""
    conductor = Conductor(night, epoch=400)
    reading = msgspec.convert(
        {
            "at": night.at(100),
            "health": (),
            "inside": 900.0,
            "joined_total": 5000,
            "called_total": 1000,
            "passed_total": 950,
            "lapsed_total": 0,
            "leased_total": 940,
            "signed_in_total": 300,
            "sign_in_failed_total": 0,
        },
        Reading,
    )
    line = LineInput(serving={"main": 1000}, joined={"main": 5000})
    first, _ = conductor.tick(reading, line)
    second, orders = conductor.tick(msgspec.structs.replace(reading, at=AtUs(reading.at + US_PER_S)), line)
    assert (first.lanes["main"].serving, first.epoch) == (1000, 401)
    assert second.lanes["main"].serving == 1000 + orders.call
    assert 0 < orders.call <= 11


def test_the_operator_pins_the_heartbeat(night: Night) -> None:
    """Whoever runs the night may stretch messages before the controller does."""
    conductor = Conductor(night)
    reading = next(iter(ticks(night, until_s=1, joined=0)))[1]
    snapshot, _ = conductor.tick(
        Reading(
            at=reading.at,
            health=(),
            inside=0,
            joined_total=0,
            called_total=0,
            passed_total=0,
            lapsed_total=0,
            leased_total=0,
            signed_in_total=0,
            sign_in_failed_total=0,
        ),
        LineInput(serving={"main": 0}, joined={"main": 0}, beat_s=20.0),
    )
    assert (snapshot.beat_s, snapshot.poll_s) == (20.0, (4.0, 8.0))


def test_the_doors_wait_for_the_draw_but_not_for_long() -> None:
    """Whoever leads reads the list first; where nobody can, a night without a draw is better than none."""
    night = parse_night(NIGHT, source="test")
    line = LineInput(serving={}, joined={})
    doors_at = night.at(night.schedule.doors)
    for seconds, waits in ((-1.0, False), (0.0, True), (DRAW_PATIENCE_S - 0.25, True), (DRAW_PATIENCE_S, False)):
        at = AtUs(doors_at + round(seconds * US_PER_S))
        assert (times_of(night, until_drawn(night, line, at))[0] > max(at, doors_at)) == waits
