import asyncio
from time import perf_counter

from kickoff.backend.loop_meter import CALLS_MIN, SAMPLE_S, LoopMeter


def test_a_few_calls_say_nothing_of_what_one_costs() -> None:
    """Else the loop's own housekeeping would look like a slow service."""
    meter = LoopMeter()
    meter.count()
    assert meter.take(elapsed_s=1.0).completed == 0
    for _ in range(CALLS_MIN):
        meter.count()
    assert meter.take(elapsed_s=1.0).completed == CALLS_MIN
    assert meter.take(elapsed_s=1.0).completed == 0


def test_time_that_the_loop_worked_is_counted() -> None:
    """Processor time of this thread: a waiting loop costs nothing."""
    meter = LoopMeter()
    assert sum(number * number for number in range(200_000))
    assert meter.take(elapsed_s=1.0).busy_s > 0.001


async def test_a_blocked_loop_shows_as_delay() -> None:
    """The queueing delay of playlists is how late the loop wakes."""
    meter = LoopMeter()
    sampling = asyncio.create_task(meter.sample())
    await asyncio.sleep(0)
    begun_s = perf_counter()
    while perf_counter() < begun_s + 2 * SAMPLE_S:
        pass
    for _ in range(3):
        await asyncio.sleep(0)
    sampling.cancel()
    # It wanted to wake after one span, and nobody let it before the end of the second.
    assert meter.take(elapsed_s=1.0).queue_ms >= 1000 * SAMPLE_S
    assert meter.take(elapsed_s=1.0).queue_ms == 0
