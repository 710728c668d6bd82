"""Child processes: started on a core, waited for until they say that they are ready, stopped in order.

PartFailed    raised by `wait_ready`: the process ended or said nothing in time; carries the last line of its log
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from msgspec import Struct

READY = " ready"
"""A server prints a line with this word once it can be used."""
_LOOK_S = 0.05
_LOG_TAIL_BYTES = 4096


class PartFailed(Exception):
    """A process did not come up. The person at the terminal reads why."""


class Part(Struct, frozen=True, kw_only=True):
    """One child process; its output goes to `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def start(name: str, arguments: list[str], *, log: Path, core: int | None = None) -> Part:
    """Start `python -m kickoff …` as its own process group, so that Ctrl-C reaches the parent alone.

    `core`: the processor that it is bound to; ignored where the machine has fewer.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, "-m", "kickoff", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    if core is not None and core < (os.cpu_count() or 1):
        with contextlib.suppress(OSError):  # already gone: `wait_ready` says why
            os.sched_setaffinity(process.pid, {core})
    return Part(name=name, process=process, log=log)


def wait_ready(part: Part, *, within_s: float) -> str:
    """The line with which the process said that it is ready. Raises `PartFailed`."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        lines = part.log.read_text(errors="replace").splitlines()
        for line in lines:
            if READY in line:
                return line
        if part.process.poll() is not None:
            raise PartFailed(f"{part.name}: {lines[-1] if lines else 'ended without a word'} (all of it: {part.log})")
        time.sleep(_LOOK_S)
    raise PartFailed(f"{part.name}: not ready after {within_s:g} s (see {part.log})")


def last_line(part: Part) -> str:
    """The last whole line that the process printed, or nothing."""
    with part.log.open("rb") as log:
        log.seek(max(0, part.log.stat().st_size - _LOG_TAIL_BYTES))
        lines = log.read().decode(errors="replace").rpartition("\n")[0].splitlines()
    return lines[-1] if lines else ""


def stop(part: Part, *, within_s: float = 20.0) -> int:
    """Ask the process to end (SIGTERM), insist when it does not (SIGKILL); its exit status, negative for a signal."""
    if part.process.poll() is None:
        part.process.send_signal(signal.SIGTERM)
        try:
            part.process.wait(within_s)
        except subprocess.TimeoutExpired:
            part.process.kill()
            part.process.wait()
    return part.process.returncode
