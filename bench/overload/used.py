"""How much of its core did the back end use? Its own processor time: what a drifting machine does not move."""

import asyncio
import os
from pathlib import Path

from bench.overload.score import WARM_S

USER, SYSTEM = 11, 12
"""Fields of `/proc/PID/stat` after the name in brackets, in clock ticks, of all threads (proc_pid_stat(5))."""


class Used:
    """Processor seconds of one process, from the end of the warm-up on."""

    def __init__(self, process: int) -> None:
        self._stat = Path(f"/proc/{process}/stat")
        self._warm_s: float | None = None

    async def watch(self) -> None:
        """Note where the warm-up ends."""
        await asyncio.sleep(WARM_S)
        self._warm_s = processor_s(self._stat.read_text("utf-8"))

    def since_warm_s(self) -> float:
        """Until now."""
        assert self._warm_s is not None, "a run is longer than its warm-up"
        return processor_s(self._stat.read_text("utf-8")) - self._warm_s


def processor_s(stat: str) -> float:
    """User and system time that `/proc/PID/stat` tells."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf("SC_CLK_TCK")
