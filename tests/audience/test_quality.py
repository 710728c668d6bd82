from kickoff.audience.quality import quality
from kickoff.facts import Fact
from tests.aftermath.logs import at
from tests.audience.spans import facts, span, spans


def test_each_attempt_is_a_start_a_failure_or_an_exit() -> None:
    """Four pressed play and were let: one saw a picture, two met an error, one gave up; a fifth was not entitled.

    The first chose another channel: pressed play again, and saw that one's picture too.
    """
    rows: list[dict[str, object]] = [
        {"at": at(6), "fact": Fact.STARTED, "subject": 1, "stream": 1, "duration_ms": 900},
        {"at": at(7), "fact": Fact.LEASED, "subject": 1, "stream": 1, "code": "switch"},
        {"at": at(8), "fact": Fact.STARTED, "subject": 1, "stream": 1, "duration_ms": 300},
        {"at": at(6), "fact": Fact.START_FAILED, "subject": 2, "stream": 2, "code": "manifest"},
        {"at": at(6), "fact": Fact.START_FAILED, "subject": 3, "stream": 3, "code": "forbidden"},
        {"at": at(7), "fact": Fact.REFUSED, "subject": 5, "code": "not_in_offer"},
        {"at": at(7), "fact": Fact.REFUSED, "subject": 6, "code": "rate_limited"},
    ]
    rows += [{"at": at(n), "fact": Fact.LEASED, "subject": n, "stream": n, "code": "new"} for n in (1, 2, 3, 4)]
    rows += [{"at": at(9), "fact": Fact.ENDED, "subject": n, "stream": n, "code": "quit"} for n in (1, 2, 4)]
    found = quality(spans(), facts(rows))
    assert (found.attempts, found.starts, found.exits_before_start) == (6, 2, 1)
    assert (found.start_failures_technical, found.start_failures_business) == (1, 2)


def test_start_up_time_is_told_by_its_middle_and_its_slow_end() -> None:
    """A mean would hide the one in twenty who waits ten seconds."""
    rows: list[dict[str, object]] = [
        {"at": at(n), "fact": Fact.STARTED, "subject": n, "stream": 1, "duration_ms": 100 * n} for n in range(1, 21)
    ]
    found = quality(spans(), facts(rows))
    assert (found.start_up_p50_ms, found.start_up_p95_ms) == (1000, 1900)
    assert quality(spans(), facts()).start_up_p50_ms is None


def test_the_stalled_ratio_is_of_stream_time() -> None:
    """Ten seconds of forty, in two stretches."""
    found = quality(spans(span(1, 0, 30), span(1, 30, 36, stalled=True), span(2, 50, 54, stalled=True)), facts())
    assert (found.watched_s, found.stalled_s, found.interruptions) == (30, 10, 2)
    assert found.stalled_ppm == 250_000
