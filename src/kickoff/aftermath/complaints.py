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

from kickoff.units import AtUs, iso, parse_iso

FILE = "complaints.csv"
COLUMNS = ("minute", "source", "count")
COMPLAINTS = pa.schema([("at", pa.int64()), ("source", pa.string()), ("count", pa.int64())])
ROWS_MAX = 1_000_000
COUNT_MAX = 1_000_000_000
SOURCE_MAX = 80

Key = tuple[AtUs, str]


class ComplaintsError(Exception):
    """The file is no count of complaints. The user mends the line that it names."""


def ingest_complaints(path: Path, folder: Path) -> int:
    """Put the counts of a file to those that the night's folder has; return how many rows the file held."""
    told = _rows(path)
    kept = folder / FILE
    known = (_rows(kept) if kept.is_file() else {}) | told
    lines = [",".join(COLUMNS), *(f"{iso(at)},{source},{count}" for (at, source), count in sorted(known.items()))]
    fresh = kept.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    fresh.replace(kept)
    return len(told)


def read_complaints(folder: Path, *, until: AtUs) -> pa.Table | None:
    """The counts of the minutes that had begun by `until`; None where nobody wrote any down."""
    path = folder / FILE
    if not path.is_file():
        return None
    rows = [(at, source, count) for (at, source), count in sorted(_rows(path).items()) if at <= until]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([list(column) for column in columns], schema=COMPLAINTS)


def is_complaints(path: Path) -> bool:
    """Whether a file begins as a count of complaints does."""
    try:
        with path.open(encoding="utf-8") as file:
            return tuple(file.readline(200).strip().lower().split(",")) == COLUMNS
    except (OSError, UnicodeDecodeError):
        return False


def _rows(path: Path) -> dict[Key, int]:
    found: dict[Key, int] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.reader(file), 1):
                if line > ROWS_MAX:
                    raise ComplaintsError(f"{path}:{line}: more than {ROWS_MAX:,} rows; add counts up by minute")
                if line > 1 and row:
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
    if not count.isdecimal() or int(count) > COUNT_MAX:
        raise ComplaintsError(f"{where}: {count!r} is no count; write a whole number")
    return AtUs(at), source, int(count)
