"""Who seals, and when? A process that looks at the nights of a folder every few seconds until it is told to stop."""

import threading
from collections.abc import Callable
from pathlib import Path

from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.live import Summariser
from kickoff.aftermath.log_files import LogError
from kickoff.aftermath.object_copy import Pusher
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.clock import Clock
from kickoff.plumbing.object_store import StoreError

SUM_S = 1.0
OVER_S = 3_600.0
"""So long after its end a night has nothing more that a live summary would tell."""


def seal_while_it_runs(
    root: Path,
    *,
    clock: Clock,
    pause: Callable[[], bool],
    pusher: Pusher | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Seal closed minutes of every night below `root`, again and again; at the end everything.

    `pause` waits for the next look and answers whether to stop. `pusher` brings each night to an object store; while
    the store does not answer, `warn` is told why, and sealing goes on. Raises `JournalError`, `LogError`.
    """
    while True:
        for folder in nights_with_log(root):
            seal_closed(folder, now=clock.now())
        _push(root, pusher, warn)
        if pause():
            break
    seal_everything(root)
    _push(root, pusher, warn)


def sum_while_it_runs(root: Path, stop: threading.Event, warn: Callable[[str], None], *, clock: Clock) -> None:
    """Keep the live summaries of every night below `root`, once a second until `stop`: in a thread of its own.

    A night that cannot be read has no summaries; sealing says why. A night that is over keeps those that it has: a
    season's logs are not read through, and not held in memory, for the one evening that runs.
    """
    summaries: dict[Path, Summariser | None] = {}
    while not stop.wait(SUM_S):
        for folder in nights_with_log(root):
            try:
                if folder not in summaries:
                    night = JournalView(root, folder.name).night
                    is_over = clock.now() > night.at(night.schedule.end + OVER_S)
                    summaries[folder] = None if is_over else Summariser(folder, night)
                if summary := summaries[folder]:
                    summary.tick()
            except (JournalError, LogError, OSError) as error:
                summaries.pop(folder, None)
                warn(f"no live summary: {error}")


def seal_everything(root: Path) -> int:
    """Seal and put together all that stands in the logs below `root`; how many nights there are."""
    folders = nights_with_log(root)
    for folder in folders:
        view = JournalView(root, folder.name)
        finish(folder, view.night, view.subscribers())
    return len(folders)


def nights_with_log(root: Path) -> list[Path]:
    """The folders of nights that have a log, by name."""
    return sorted(path.parent for path in root.glob("*/log") if path.is_dir())


def _push(root: Path, pusher: Pusher | None, warn: Callable[[str], None]) -> None:
    if pusher is None:
        return
    try:
        for folder in nights_with_log(root):
            pusher.push(folder)
    except StoreError as error:
        warn(f"not brought to the store, tried again soon: {error}")
