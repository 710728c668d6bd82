"""Does memory that is freed go back to the system at once? Not while much is read in one go.

The C library gives large blocks back as soon as they are freed, and what is asked for next is fresh memory, which the
system clears page by page: on a virtual machine a second and more for each gigabyte. `kept` lets the process use again
what it has, and gives back what is left over at the end.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Names of `mallopt(3)`."""
_KEEPING = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1))
"""No block is the system's own, and no free memory too much."""
_USUAL = ((_MMAP_MAX, 65_536), (_MMAP_THRESHOLD, 32 * 2**20), (_TRIM_THRESHOLD, 64 * 2**20))
"""What glibc arrives at by itself in a process that uses large blocks."""


@contextmanager
def kept() -> Iterator[None]:
    """Until the end of the block freed memory is kept for what comes next; then it is given back.

    Where the C library has no such choice, nothing changes.
    """
    library = ctypes.CDLL(None)
    try:
        choose, give_back = library.mallopt, library.malloc_trim
    except AttributeError:
        yield
        return
    for choice in _KEEPING:
        choose(*choice)
    try:
        yield
    finally:
        for choice in _USUAL:
            choose(*choice)
        give_back(0)
