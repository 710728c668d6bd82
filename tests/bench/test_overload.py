"""The overload bench's arithmetic: what counts as goodput, when a service is back, and who is compared with whom."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.overload.score import (
    AFTER_S,
    BACK_AT_S,
    HALF_S,
    LENGTH_S,
    LOST_AT_S,
    STEADY_S,
    STEP_S,
    WARM_S,
    Answers,
    Score,
    Work,
    by_second,
    recovered_s,
    score,
)
from bench.overload.summary import OURS, Best, Found, ratios, summary
from bench.overload.used import checking_s

ALL_WORK = Work(steady_s=STEADY_S, whole_s=LENGTH_S - WARM_S - HALF_S / 2)


def evenly(per_s: float, since_s: float, until_s: float) -> list[float]:
    """Instants of so many answers a second."""
    count = round((until_s - since_s) * per_s)
    return [since_s + (number + 0.5) / per_s for number in range(count)]


def answered(*good: list[float], late: list[float] | None = None) -> Answers:
    """What came in time, part by part, and what did not."""
    return Answers(good_s=tuple(at for part in good for at in part), late_s=tuple(late or ()))


def found(name: str, goodput: float, *, steady: float = 0.9, back_s: float | None = 0.0) -> Found:
    """A run of this goodput."""
    judged = Score(
        steady_per_s=45,
        half_per_s=20,
        after_per_s=45,
        whole_per_s=40 * goodput,
        steady_goodput=steady,
        goodput=goodput,
        check_ms=20,
        recovered_s=back_s,
    )
    return Found(name=name, score=judged, best=Best(per_s=45, goodput=1.0), viewer_calls=100, viewer_failures=1)


def test_each_part_of_a_run_is_counted_by_itself() -> None:
    """The warm-up is nobody's goodput, and the loss does not dilute the steady part."""
    good = answered(
        evenly(90, 0, WARM_S),
        evenly(40, WARM_S, LOST_AT_S),
        evenly(20, LOST_AT_S, BACK_AT_S),
        evenly(40, BACK_AT_S, LENGTH_S),
    )
    one = score(good, ALL_WORK, best_per_s=40, check_s=1 / 40)
    assert (one.steady_per_s, one.half_per_s, one.after_per_s) == (40, 20, 40)
    assert one.whole_per_s == pytest.approx((40 * (STEADY_S + AFTER_S) + 20 * HALF_S) / (LENGTH_S - WARM_S))
    assert one.recovered_s == 0


def test_goodput_is_the_share_of_the_processor_that_went_into_answers_in_time() -> None:
    """A machine that is half as fast answers half as many, and the front before it is no worse for it."""
    fast = score(answered(evenly(40, 0, LENGTH_S)), ALL_WORK, best_per_s=40, check_s=1 / 40)
    slow = score(answered(evenly(20, 0, LENGTH_S)), ALL_WORK, best_per_s=40, check_s=1 / 40)
    assert fast.goodput == slow.goodput == fast.steady_goodput == 1
    cost_ms = 1000 * ALL_WORK.whole_s / (LENGTH_S - WARM_S) / 40
    assert fast.check_ms == pytest.approx(cost_ms)
    assert slow.check_ms == pytest.approx(2 * cost_ms)


def test_a_back_end_that_stands_idle_or_works_for_those_who_left_has_less_goodput() -> None:
    """Both are what a front is there to prevent."""
    idle = Work(steady_s=STEADY_S / 2, whole_s=ALL_WORK.whole_s / 2)
    assert score(answered(evenly(20, 0, LENGTH_S)), idle, best_per_s=40, check_s=1 / 40).goodput == 0.5
    late = answered(evenly(10, 0, LENGTH_S), late=evenly(40, 0, LENGTH_S))
    assert score(late, ALL_WORK, best_per_s=40, check_s=1 / 40).steady_goodput == pytest.approx(0.25)
    nobody = score(answered(late=evenly(40, 0, LENGTH_S)), ALL_WORK, best_per_s=40, check_s=1 / 40)
    assert (nobody.goodput, nobody.check_ms) == (0, None)


def test_of_those_who_gave_up_none_or_all_were_checked() -> None:
    """A back end that is told the deadline drops them at no cost; no estimate goes beyond what was done."""
    few_late = answered(evenly(39, 0, LENGTH_S), late=evenly(1, 0, LENGTH_S))
    for check_s, goodput in ((0.001, 39 / 40), (1.0, 1.0)):
        assert score(few_late, ALL_WORK, best_per_s=40, check_s=check_s).steady_goodput == pytest.approx(goodput)


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


def test_each_run_is_compared_with_ours_on_either_side_of_it() -> None:
    """A machine drifts: runs that are minutes apart say little of each other."""
    played = [found("envoy", 0.5), found(OURS, 0.6), found("envoy", 0.8), found(OURS, 0.4)]
    assert ratios("envoy", played, lambda one: one.goodput) == pytest.approx([0.6 / 0.5, 0.6 / 0.8, 0.4 / 0.8])


def test_a_run_that_stands_by_none_of_ours_is_compared_with_all() -> None:
    """What is far behind is so by any of them."""
    played = [found("open", 0.0), found("envoy", 0.5), found(OURS, 0.6), found(OURS, 0.4)]
    assert ratios("open", played, lambda one: one.goodput) == pytest.approx([60, 40])


def test_the_last_line_tells_the_middle_and_the_worst() -> None:
    """The middle of what drifts; all failures of people inside, and the slowest return."""
    played = [found("envoy", 0.5), found(OURS, 0.6, steady=0.95, back_s=1.0), found("envoy", 0.5), found(OURS, 0.55)]
    told = summary([*played, found("envoy", 0.5)])
    assert told["goodput_vs_envoy"] == told["answers_vs_envoy"] == 1.15
    assert told["goodput_vs_envoy_each"] == [1.2, 1.2, 1.1, 1.1]
    assert told["goodput_vs_best_steady"] == 0.925
    assert (told["viewer_failures"], told["viewer_calls"], told["recovered_s"]) == (2, 200, 1.0)


def test_a_return_that_was_missed_once_is_no_return() -> None:
    """The slowest of the runs is told, and not back is slower than any."""
    assert summary([found(OURS, 0.6), found(OURS, 0.6, back_s=None)])["recovered_s"] is None


def test_the_first_thread_of_a_process_checks_no_passwords() -> None:
    """It speaks HTTP: what it uses is what the checks cannot."""
    before_s = checking_s(os.getpid())
    with beside():
        worked_s = checking_s(os.getpid()) - before_s
    assert worked_s > 0.02


@contextmanager
def beside() -> Iterator[None]:
    """A thread that has worked for 30 ms, and waits."""
    done, seen = threading.Event(), threading.Event()

    def work() -> None:
        while time.thread_time() < 0.03:
            pass
        done.set()
        seen.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    done.wait(10)
    try:
        yield
    finally:
        seen.set()
        thread.join()
