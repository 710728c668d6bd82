"""How do access logs come into the journal? Read, counted, turned into beats, appended to a log of their own."""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from kickoff.audience.access_log import Fetch, LineError, read_line
from kickoff.audience.cmcd import KNOWN
from kickoff.audience.evidence import beats_of
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
    beats: int = 0
    other: int = 0
    """Lines of other things than live channels of this night that were served."""
    malformed: int = 0
    samples: list[str] = []
    """The first malformed lines: file, line, what is wrong."""
    starvations: int = 0
    """Fetches after which the player said that its buffer had run empty."""
    unknown_keys: dict[str, int] = {}


def ingest(paths: Iterable[Path], *, folder: Path, night: str, subject_key: bytes, file_bytes_max: int) -> Ingested:
    """Read access logs (plain or .gz) and append the beats that they prove to the night's log. Raises `IngestError`.

    Read twice, they prove nothing new: the same beats cover the same time.
    """
    told = Ingested()
    unknown: Counter[str] = Counter()
    fetches = list(_fetches(paths, night, subject_key, told, unknown))
    log = open_log(folder / "log", writer=WRITER, file_bytes_max=file_bytes_max)
    recorder = Recorder()
    try:
        for beat in beats_of(fetches):
            if log.is_long and log.rotate():
                recorder = Recorder()
            if not log.append(recorder.pack(beat)):
                raise IngestError(f"{folder / 'log'}: the disk takes no more; make room and ingest again")
            told.beats += 1
    finally:
        log.close()
    told.unknown_keys = dict(sorted(unknown.items()))
    return told


def _fetches(
    paths: Iterable[Path], night: str, subject_key: bytes, told: Ingested, unknown: Counter[str]
) -> Iterator[Fetch]:
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            told.lines += 1
            try:
                fetch = read_line(line, pseudonym=lambda text: keyed_hash64(subject_key, b"cmcd:" + text.encode()))
            except LineError as error:
                told.malformed += 1
                if len(told.samples) < SAMPLES_MAX:
                    told.samples.append(f"{path}:{number}: {error}")
                continue
            if fetch is None or fetch.night not in {"", night}:
                told.other += 1
                continue
            told.fetches += 1
            told.starvations += fetch.starved
            for key in fetch.cmcd.keys() - KNOWN:
                unknown[key if key in unknown or len(unknown) < UNKNOWN_KEYS_MAX else "(other)"] += 1
            yield fetch


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                yield line.decode("utf-8", "replace").rstrip("\n")
    except (OSError, EOFError) as error:
        raise IngestError(f"{path}: cannot be read ({error}); name an access log, plain or .gz") from error
