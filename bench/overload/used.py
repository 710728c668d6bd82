"""How much of its core did the back end put into checks of passwords? The processor time of its threads but the first.

The first thread speaks HTTP and hands out playlists; the others sleep, but for the one that checks passwords.
"""

import asyncio
import time
from pathlib import Path

from bench.overload.score import LENGTH_S, LOST_AT_S, WARM_S, Work

NS_PER_S = 1e9


class Used:
    """Reads the work of a run while it is played."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._read_s: list[float] = []

    async def watch(self) -> None:
        """Read at the end of the warm-up, at the loss and at the end; done before the people go."""
        began = time.monotonic()
        for at in (WARM_S, LOST_AT_S, LENGTH_S):
            await asyncio.sleep(began + at - time.monotonic())
            self._read_s.append(checking_s(self._process))

    def work(self) -> Work:
        """What was read."""
        warm_s, lost_s, end_s = self._read_s
        return Work(steady_s=lost_s - warm_s, whole_s=end_s - warm_s)


def checking_s(process: int) -> float:
    """Processor seconds of all threads of a process but its first: the first field of schedstat, in ns (proc(5))."""
    threads = (thread for thread in Path(f"/proc/{process}/task").iterdir() if thread.name != str(process))
    return sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads) / NS_PER_S
