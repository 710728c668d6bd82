"""What do people say elsewhere? Complaints counted by minute and source: `complaints.csv` in the night's journal.

`kickoff ingest` puts a file of `minute,source,count` there: minute as RFC 3339, the source's name, how many. Counts of
the same minute and source are not added up: the later file's count stands, so that reading twice changes nothing.
They are evidence that something is wrong, never a count of people: few who are hit write, and who writes was not
always hit.

    ComplaintsError    raised by both functions; one line: file, line, what, how to mend it
"""

import csv
from pathlib import Path

import pyarrow as pa

from kickoff.units import US_PER_S, AtUs, iso, parse_iso

FILE = "complaints.csv"
COLUMNS = ("minute", "source", "count")
COMPLAINTS = pa.schema([("at", pa.int64()), ("source", pa.string()), ("count", pa.int64())])
ROWS_MAX = 1_000_000
"""Of one file, and of a night."""
MINUTE_S = 60.0
COUNT_MAX = 1_000_000_000
SOURCE_MAX = 80
HEAD_MAX = 200
"""Characters of the first line that are looked at."""

Key = tuple[AtUs, str]


class ComplaintsError(Exception):
    """The file is no count of complaints. The user mends the line that it names."""


def ingest_complaints(path: Path, folder: Path) -> int:
    """Put the counts of a file to those that the night's folder has; return how many rows the file held."""
    told = _rows(path)
    kept = folder / FILE
    known = (_rows(kept) if kept.is_file() else {}) | told
    if len(known) > ROWS_MAX:
        # Written all the same, it would be a file that no later answer could read.
        raise ComplaintsError(f"{path}: the night would have more than {ROWS_MAX:,} counts; add them up by source")
    lines = [",".join(COLUMNS), *(f"{iso(at)},{source},{count}" for (at, source), count in sorted(known.items()))]
    fresh = kept.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    fresh.replace(kept)
    return len(told)


def read_complaints(folder: Path, *, until: AtUs, minute_s: float = MINUTE_S) -> pa.Table | None:
    """The counts of the minutes that were over by `until`; None where nobody wrote any down.

    A count tells of its whole minute: in the midst of it nobody knew it. `minute_s` is what a minute of the match
    lasts: on a rehearsed night, which is told by its own clock, less than 60 s.
    """
    minute_us = round(min(MINUTE_S, minute_s) * US_PER_S)
    path = folder / FILE
    if not path.is_file():
        return None
    rows = [(at, source, count) for (at, source), count in sorted(_rows(path).items()) if at + minute_us <= until]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([list(column) for column in columns], schema=COMPLAINTS)


def is_complaints(path: Path) -> bool:
    """Whether a file begins as a count of complaints does, be it with a column too few."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return bool({"minute", "count"} & set(_names(file.readline(HEAD_MAX))))
    except (OSError, UnicodeDecodeError):
        return False


def _names(head: str) -> tuple[str, ...]:
    return tuple(name.strip().strip('"').lower() for name in head.split(","))


def _check_head(names: tuple[str, ...], where: str) -> None:
    if missing := [name for name in COLUMNS if name not in names]:
        raise ComplaintsError(f"{where}: there is no column {missing[0]!r}; write {','.join(COLUMNS)}")
    if names != COLUMNS:
        raise ComplaintsError(f"{where}: the columns are {','.join(names)[:SOURCE_MAX]}; write {','.join(COLUMNS)}")


def _rows(path: Path) -> dict[Key, int]:
    found: dict[Key, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            _check_head(_names(file.readline(HEAD_MAX)), f"{path}:1")
            for line, row in enumerate(csv.reader(file), 2):
                if line > ROWS_MAX + 1:
                    raise ComplaintsError(f"{path}:{line}: more than {ROWS_MAX:,} rows; add counts up by minute")
                if row:
                    at, source, count = _row(row, f"{path}:{line}")
                    found[at, source] = count
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ComplaintsError(f"{path}: cannot be read ({error}); write minute,source,count as UTF-8 text") from error
    return found


def _row(row: list[str], where: str) -> tuple[AtUs, str, int]:
    if len(row) != len(COLUMNS):
        raise ComplaintsError(f"{where}: {len(row)} columns; write minute,source,count")
    minute, source, count = (text.strip() for text in row)
    try:
        at = parse_iso(minute)
    except ValueError as error:
        raise ComplaintsError(f"{where}: {minute!r} is no instant; write 2022-09-06T19:04:00Z") from error
    if not 0 < len(source) <= SOURCE_MAX or not source.isprintable() or set(source) & set(',"'):
        raise ComplaintsError(f"{where}: {source!r} is no name of a source; write a short word such as social")
    # Python itself refuses to read numbers of thousands of digits.
    if not count.isdecimal() or len(count) > len(str(COUNT_MAX)) or int(count) > COUNT_MAX:
        raise ComplaintsError(f"{where}: {count[:20]!r} is no count; write a whole number up to {COUNT_MAX:,}")
    return AtUs(at), source, int(count)
