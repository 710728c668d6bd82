"""The overload bench's arithmetic: what counts as goodput, and when a service is back."""

import os
from pathlib import Path

import pytest

from bench.overload.score import BACK_AT_S, LENGTH_S, LOST_AT_S, STEP_S, WARM_S, by_second, recovered_s, score
from bench.overload.used import processor_s


def evenly(per_s: float, since_s: float, until_s: float) -> list[float]:
    """Instants of so many answers a second."""
    count = round((until_s - since_s) * per_s)
    return [since_s + (number + 0.5) / per_s for number in range(count)]


def test_each_part_of_a_run_is_counted_by_itself() -> None:
    """The warm-up is nobody's goodput, and the loss does not dilute the steady part."""
    good = evenly(90, 0, WARM_S) + evenly(40, WARM_S, LOST_AT_S) + evenly(20, LOST_AT_S, BACK_AT_S)
    found = score(good + evenly(40, BACK_AT_S, LENGTH_S), best_per_s=40)
    assert (found.steady_per_s, found.half_per_s, found.after_per_s) == (40, 20, 40)
    assert found.whole_per_s == pytest.approx(40 - 20 * (BACK_AT_S - LOST_AT_S) / (LENGTH_S - WARM_S))
    assert found.recovered_s == 0


def test_a_service_is_back_when_it_does_nine_tenths_of_its_best() -> None:
    """Not at its first answer, nor while it works off what had piled up: five seconds must be good."""
    slow = evenly(10, BACK_AT_S, BACK_AT_S + 4) + evenly(40, BACK_AT_S + 4, LENGTH_S)
    back = recovered_s(slow, best_per_s=40)
    assert back is not None
    assert 4 - 3 * STEP_S <= back <= 4
    assert recovered_s(evenly(10, BACK_AT_S, LENGTH_S), best_per_s=40) is None


def test_the_series_tells_each_second_of_the_run() -> None:
    """A door that is behind for two seconds at the loss is seen in it, and nowhere in the means."""
    assert by_second([0.2, 0.9, 3.0, LENGTH_S + 0.1])[:4] == [2, 0, 0, 1]
    assert len(by_second([])) == LENGTH_S


def test_the_processor_time_is_read_past_a_name_with_brackets_and_spaces() -> None:
    """A process may call itself `a) b`: its fields are counted from the last bracket."""
    tick = os.sysconf("SC_CLK_TCK")
    fields = " ".join(str(number) for number in range(4, 53))
    assert processor_s(f"7 (a) b) S {fields}") == (14 + 15) / tick
    assert processor_s(Path("/proc/self/stat").read_text("utf-8")) > 0
