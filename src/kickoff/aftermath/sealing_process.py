"""Who seals, and when? A process that looks at the nights of a folder every few seconds until it is told to stop."""

from collections.abc import Callable
from pathlib import Path

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.clock import Clock


def seal_while_it_runs(root: Path, *, clock: Clock, pause: Callable[[], bool]) -> None:
    """Seal closed minutes of every night below `root`, again and again; at the end everything.

    `pause` waits for the next look and answers whether to stop. Raises `JournalError`, `LogError`.
    """
    while True:
        for folder in nights_with_log(root):
            seal_closed(folder, now=clock.now())
        if pause():
            break
    seal_everything(root)


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
