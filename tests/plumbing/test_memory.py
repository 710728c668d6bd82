"""Memory that is freed is used again, and given back at the end."""

import resource

from kickoff.plumbing.memory import kept

BLOCK_BYTES = 64 * 1024 * 1024


def pages_cleared(rounds: int) -> int:
    """How often the system had to hand out memory, while a large block was filled and freed so often."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        bytearray(b"x") * BLOCK_BYTES
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_a_block_that_is_freed_is_filled_again_without_the_system() -> None:
    """Reading a night back takes and frees gigabytes: each page is cleared once, and not each time."""
    with kept():
        pages_cleared(1)
        assert pages_cleared(5) < BLOCK_BYTES // 4096


def test_what_is_left_over_is_given_back() -> None:
    """The door lives on for hours with what it needs, not with what it needed for a second."""
    with kept():
        pages_cleared(1)
    assert pages_cleared(1) > 10
