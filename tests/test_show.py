"""What the terminal shows of a night."""

import pytest

from kickoff.show import _hit


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
