"""What the terminal shows of a night."""

from typing import Any

import pytest

from kickoff.show import _hit, six_numbers


@pytest.mark.parametrize(
    ("seen", "low", "high", "shown"),
    [
        (825, 824, 825, ("825", "accounts were hit, all of them seen")),
        (19, 18, 25, ("19–25", "accounts were hit, 19 of them seen")),
        (812, 852, 902, ("852–902", "accounts were hit, 812 of them seen")),
    ],
)
def test_no_range_contradicts_what_was_seen(seen: int, low: int, high: int, shown: tuple[str, str]) -> None:
    """The range begins with what was counted."""
    assert _hit(seen, low, high) == shown


def test_a_cause_that_is_not_known_is_said_in_words() -> None:
    """The six numbers are read by people."""
    summary: dict[str, Any] = {
        "audience": {"average": 1, "peak": 2},
        "door": {"waited_p50_s": 3.0, "waited_p95_s": 4.0},
        "incident": {"noticed_after_s": 1.0, "cause": "too_early"},
        "impact": {"seen": 5, "low": 5, "high": 5},
        "gestures": {"total_cents": 0, "granted": 0},
    }
    assert ("1 s", "until the incident was noticed; cause: too early to say") in six_numbers(summary)
    summary["incident"]["cause"] = "fault"
    assert ("1 s", "until the incident was noticed; cause: fault") in six_numbers(summary)
