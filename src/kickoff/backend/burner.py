"""How does a service lose processor time? Threads that use it up, so that a scripted loss of capacity is a real one.

Each tenth of a second the threads together burn the wanted share of one core, counted in processor time of their own.
Several share the work because the system divides a core evenly among those who want it: four against one password
check can take up to four fifths.
"""

import hashlib
import threading
from collections.abc import Callable
from time import monotonic, thread_time

THREADS = 4
PERIOD_S = 0.1
_ROUNDS = 2000
"""Of PBKDF2: about a millisecond, with the interpreter's lock released."""


class Burner:
    """Burns `share()` of one core for as long as it is open."""

    def __init__(self, share: Callable[[], float]) -> None:
        self._share = share
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=self._run, name=f"burner-{n}", daemon=True) for n in range(THREADS)]

    def open(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads."""
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        period_ends_s = monotonic()
        while not self._closed.wait(max(0.0, period_ends_s - monotonic())):
            period_ends_s = monotonic() + PERIOD_S
            burn(self._share() * PERIOD_S / THREADS, until_s=period_ends_s)


def burn(cpu_s: float, *, until_s: float) -> None:
    """Use so much processor time of this thread, or stop when the monotonic clock reaches `until_s`."""
    used_until_s = thread_time() + cpu_s
    while thread_time() < used_until_s and monotonic() < until_s:
        hashlib.pbkdf2_hmac("sha256", b"lost", b"capacity", _ROUNDS)
