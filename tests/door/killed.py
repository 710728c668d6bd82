"""A door in a process that is killed without warning: it answers what comes through a pipe, and says so after each."""

import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from kickoff.door.house import Door
from kickoff.door.seam import Reply, Request
from kickoff.door.told import read_back
from kickoff.night import parse_night
from kickoff.plumbing.key_files import load
from kickoff.plumbing.record_log import log_files, open_log
from kickoff.waiting_room.places import MemoryBlocks

Sent = tuple[int, str, bytes, int]
"""(number, path, body, at in µs UTC)"""
_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.door.killed"])


class KillableDoor:
    """Starts where the log ends; `kill` is SIGKILL."""

    def __init__(self, root: Path, night: Path) -> None:
        self._root, self._night = root, night

    def __enter__(self) -> Self:
        self._ours, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_serve, args=(theirs, self._root, self._night), daemon=True)
        self._process.start()
        theirs.close()
        assert self._ours.recv() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self._ours.close()

    def post(self, requests: list[Sent]) -> None:
        """Send; the answers come when they come."""
        self._ours.send(requests)

    def acknowledged(self, count: int) -> list[int]:
        """The next so many that were answered; fewer where the door is dead before."""
        found: list[int] = []
        try:
            while len(found) < count and self._ours.poll(10):
                found.append(self._ours.recv())
        except (EOFError, ConnectionError):
            pass
        return found


def _serve(pipe: Connection, root: Path, file: Path) -> None:
    night = parse_night(file.read_text(), source=str(file))
    logs = file.parent / "log"
    logs.mkdir(exist_ok=True)
    told = read_back(log_files(logs), beat_ms=1000, streams_max=100_000)
    log = open_log(logs, writer="door", file_bytes_max=20_000)
    door = Door(night, load(root), log=log, places=MemoryBlocks(), draw=lambda: 1)
    door.recover(told, last_given={})
    pipe.send("ready")
    while True:
        for number, path, body, at in pipe.recv():
            reply = door.answer(Request(method="POST", path=path, body=body, at_us=at))
            assert isinstance(reply, Reply), "a beat is answered at once"
            if door.commit() and reply.status == 200:
                pipe.send(number)
