"""How do others' records come into the journal? Read, counted, turned into facts, appended to a log of their own.

A line is one of an access log (`audience.access_log`), an event of CMCD v2 (`e=ps,sta=p,ts=…`) or of Eyevinn's
specification (a JSON object): each file may hold any of them.
"""

import gzip
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.audience.access_log import Fetch, LineError, read_line
from kickoff.audience.cmcd import KNOWN
from kickoff.audience.evidence import beats_of
from kickoff.audience.player_events import EventError, EyevinnEvent, Said, read_cmcd, read_eyevinn
from kickoff.audience.sessions import facts_of
from kickoff.facts import Fact
from kickoff.plumbing.record_log import open_log
from kickoff.recorder import Recorder
from kickoff.seals import keyed_hash64

WRITER = "ingest"
SAMPLES_MAX = 5
UNKNOWN_KEYS_MAX = 1000
"""So many unknown keys are counted by name, the others together."""


class IngestError(Exception):
    """The access log cannot be read. The user names another."""


class Ingested(Struct, kw_only=True):
    """What was read, and what became of it."""

    lines: int = 0
    fetches: int = 0
    events: int = 0
    """Events of players: CMCD v2, Eyevinn."""
    beats: int = 0
    other: int = 0
    """Lines of other things than live channels of this night that were served."""
    malformed: int = 0
    samples: list[str] = []
    """The first malformed lines: file, line, what is wrong."""
    starvations: int = 0
    """Fetches after which the player said that its buffer had run empty."""
    unknown_keys: dict[str, int] = {}


def ingest(
    paths: Iterable[Path],
    *,
    folder: Path,
    night: str,
    subject_key: bytes,
    file_bytes_max: int,
    channels: Collection[str] = (),
) -> Ingested:
    """Read files (plain or .gz) and append the facts that they prove to the night's log. Raises `IngestError`.

    `channels`: the night's, by which events name what they showed.

    Read twice, they prove nothing new: the same beats cover the same time.
    """
    told = Ingested()
    unknown: Counter[str] = Counter()
    pseudonym = partial(_pseudonym, subject_key)
    fetches, events = list[Fetch](), list[Said]()
    for found in _found(paths, night, pseudonym, told, unknown):
        if isinstance(found, Fetch):
            fetches.append(found)
        else:
            events.append(found)
    log = open_log(folder / "log", writer=WRITER, file_bytes_max=file_bytes_max)
    recorder = Recorder()
    try:
        for row in (*beats_of(fetches), *facts_of(events, channels=channels, pseudonym=pseudonym)):
            if log.is_long and log.rotate():
                recorder = Recorder()
            if not log.append(recorder.pack(row)):
                raise IngestError(f"{folder / 'log'}: the disk takes no more; make room and ingest again")
            told.beats += row.fact is Fact.BEAT
    finally:
        log.close()
    told.unknown_keys = dict(sorted(unknown.items()))
    return told


def _found(
    paths: Iterable[Path], night: str, pseudonym: Callable[[str], int], told: Ingested, unknown: Counter[str]
) -> Iterator[Fetch | Said]:
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            told.lines += 1
            try:
                found = _read(line, pseudonym)
            except (LineError, EventError, msgspec.DecodeError) as error:
                told.malformed += 1
                if len(told.samples) < SAMPLES_MAX:
                    told.samples.append(f"{path}:{number}: {error}")
                continue
            if found is None or (isinstance(found, Fetch) and found.night not in {"", night}):
                told.other += 1
                continue
            keys: Iterable[str] = found.cmcd.keys() - KNOWN if isinstance(found, Fetch) else found.unknown
            for key in keys:
                unknown[key if key in unknown or len(unknown) < UNKNOWN_KEYS_MAX else "(other)"] += 1
            told.fetches += isinstance(found, Fetch)
            told.events += isinstance(found, Said)
            told.starvations += isinstance(found, Fetch) and found.starved
            yield found


def _read(line: str, pseudonym: Callable[[str], int]) -> Fetch | Said | None:
    """One line. Raises `LineError`, `EventError`, `msgspec.DecodeError`."""
    if line.startswith("{"):
        said = read_eyevinn(msgspec.json.decode(line, type=EyevinnEvent))
    elif "=" in line.partition(" ")[0]:
        said = read_cmcd(line)
    else:
        return read_line(line, pseudonym=pseudonym)
    if not said.session:
        raise EventError("no session says who watched (sid, sessionId)")
    return said


def _pseudonym(key: bytes, session: str) -> int:
    return keyed_hash64(key, b"cmcd:" + session.encode())


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                yield line.decode("utf-8", "replace").rstrip("\n")
    except (OSError, EOFError) as error:
        raise IngestError(
            f"{path}: cannot be read ({error}); name an access log or a file of events, plain or .gz"
        ) from error
