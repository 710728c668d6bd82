"""Half of a process's processor time is taken away and given back: by a cgroup's quota, else by a rival for its core.

A quota is exact. Where no cgroup may be written, busy processes of the same priority share the core with it: one busy
process takes half from a service with one busy thread.
"""

import multiprocessing
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

PERIOD_US = 20_000
"""Short, so that half of the time is spread evenly: at 100 ms the service would stand still for 50 ms at a time."""


class Share(Protocol):
    """A process whose processor time can be halved."""

    how: str
    """By a …: which of the two it is stands beside the figures."""

    def halve(self) -> None:
        """Half of a core from now on."""

    def restore(self) -> None:
        """All of it again."""

    def close(self) -> None:
        """Leave nothing behind; the process has ended."""


def share_of(process: int, *, core: int) -> Share:
    """The best way on this machine to halve the process, which is bound to the core."""
    for kind in (_OldGroup, _NewGroup):
        with suppress(OSError):
            return kind(process)
    return _Rival(core)


class _OldGroup:
    how = "cgroup v1 quota"

    def __init__(self, process: int) -> None:
        self._folder = Path("/sys/fs/cgroup/cpu") / f"kickoff-bench-{process}"
        self._folder.mkdir()
        (self._folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        # A group of its own would else weigh as much as one ordinary process of the machine, whatever runs in it.
        (self._folder / "cpu.shares").write_text("262144")
        (self._folder / "cgroup.procs").write_text(str(process))

    def halve(self) -> None:
        (self._folder / "cpu.cfs_quota_us").write_text(str(PERIOD_US // 2))

    def restore(self) -> None:
        (self._folder / "cpu.cfs_quota_us").write_text("-1")

    def close(self) -> None:
        with suppress(OSError):
            self._folder.rmdir()


class _NewGroup:
    how = "cgroup v2 quota"

    def __init__(self, process: int) -> None:
        root = Path("/sys/fs/cgroup")
        (root / "cgroup.subtree_control").write_text("+cpu")
        self._folder = root / f"kickoff-bench-{process}"
        self._folder.mkdir()
        (self._folder / "cpu.weight").write_text("10000")
        (self._folder / "cgroup.procs").write_text(str(process))
        self.restore()

    def halve(self) -> None:
        (self._folder / "cpu.max").write_text(f"{PERIOD_US // 2} {PERIOD_US}")

    def restore(self) -> None:
        (self._folder / "cpu.max").write_text(f"max {PERIOD_US}")

    def close(self) -> None:
        with suppress(OSError):
            self._folder.rmdir()


class _Rival:
    how = "busy process on its core"

    def __init__(self, core: int) -> None:
        self._core = core
        self._rival: multiprocessing.Process | None = None

    def halve(self) -> None:
        self._rival = multiprocessing.Process(target=_burn, args=(self._core,), daemon=True)
        self._rival.start()

    def restore(self) -> None:
        if self._rival is not None:
            self._rival.terminate()
            self._rival.join()
            self._rival = None

    def close(self) -> None:
        self.restore()


def _burn(core: int) -> None:
    os.sched_setaffinity(0, {core})
    while True:
        pass
