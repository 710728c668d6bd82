"""What does the journal hold? One night of it, read as one whole while it is still being written.

`JournalView` joins what is sealed in tables with what still stands in the log alone (`manifest.py` says where one ends
and the other begins). A journal that somebody else wrote is read the same way: `facts/` with the schema's columns
suffices, in whatever files; beats may stand among the facts.

    JournalError    raised by `JournalView`; one line: what, where, how to mend it
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.aftermath.fact_tables import CODED, NO_BEATS, SCHEMA, conform, only, ordered, schema_of, to_table
from kickoff.aftermath.log_files import SUFFIX, LogError, LogFiles, Piece, has_beats_over
from kickoff.aftermath.manifest import NAME as MANIFEST_NAME
from kickoff.aftermath.manifest import VERSION, Manifest, ManifestError, read_manifest
from kickoff.aftermath.night_files import read_night
from kickoff.aftermath.object_copy import is_remote, local_root, nights_of, pull
from kickoff.aftermath.viewer_tables import (
    KNOWN,
    KNOWN_COLUMNS,
    SUBSCRIBERS,
    known_of,
    merge,
    minutes_of,
    numbered_viewers,
)
from kickoff.audience.coverage import BEAT_COLUMNS, LOOSE, SPANS, as_loose, join, loose_spans_of, placed, spans_of
from kickoff.audience.minutes import MINUTES, spans_from_minutes
from kickoff.audience.panel import Panel, PanelError, read_panel
from kickoff.facts import Fact
from kickoff.night import Night, NightError
from kickoff.plumbing.object_store import ObjectStore, StoreError
from kickoff.plumbing.parquet_files import read_metadata, read_tables, rows_in
from kickoff.units import US_PER_S, AtUs

NIGHT_FILE = "night.toml"
PANEL_FILE = "panel.toml"
ATTEMPTS_MAX = 8
"""So often is the journal opened anew when tables are put together under the reader's hands."""
_DAY_S = 86_400

Found = TypeVar("Found")


class JournalError(Exception):
    """This is no journal, or a part of it cannot be read. The user names another, or mends the file it names."""


class JournalView:
    """One night of the journal below `root`, as known at `until` (default: now): no later row is used."""

    def __init__(self, root: Path, night: str, *, until: AtUs | None = None) -> None:
        self._store: ObjectStore | None = None
        if is_remote(root):
            root, self._store = _brought(root, night)
        self.root = root
        self.until = until
        self.folder = root / night
        if night in {"", ".."} or Path(night).name != night or not self.folder.is_dir():
            raise JournalError(f"{root}: holds no night {night!r}; {_there_are(root)}")
        if not is_night(self.folder):
            raise JournalError(f"{self.folder}: holds neither log/ nor facts/; name the folder of a night's journal")
        self._night: Night | None = None
        self._warned: set[Path] = set()

    @property
    def night(self) -> Night:
        """The night as it was run; read from `night.toml`, or told from the facts where there is none."""
        if self._night is None:
            try:
                self._night = read_night(self.folder, lambda: self.facts(where=tuple(Fact)))
            except NightError as error:
                raise JournalError(str(error)) from error
        return self._night

    def facts(
        self, *, columns: Sequence[str] | None = None, where: Sequence[Fact] | None = None, coded: bool = False
    ) -> pa.Table:
        """The facts up to `until`, by time: these columns (default: all), these facts (default: all but beats).

        Beats are most of a journal, and their sum is what `spans` and `minutes` hold; ask for them by `where`.
        `coded`: each text as a number with its dictionary, a fraction of the memory and of the time.
        """
        wanted = NO_BEATS if where is None else tuple(where)
        needed = schema_of(None if columns is None else [*columns, "at"], coded=coded)
        found = ordered(self._read(lambda manifest: self._facts(manifest, needed, wanted)))
        return found if columns is None else found.select([name for name in SCHEMA.names if name in columns])

    def sealed_and_log(self, columns: Sequence[str], *, reread_max: int) -> tuple[pa.Table, LogFiles | None]:
        """The facts but beats that stand in tables, by time and coded; and the log, if any, from where they end.

        Where tables hold no more than `reread_max` rows there is all of the log, and nothing of them: with its beats.
        """
        schema = schema_of(columns, coded=True)

        def take(manifest: Manifest | None) -> tuple[pa.Table, LogFiles | None]:
            if not self._has_log():
                parts, log = self._sealed_facts(manifest, schema, NO_BEATS), None
            elif manifest is None or sum(map(rows_in, self._fact_files(manifest))) <= reread_max:
                parts, log = [], LogFiles(self.folder / "log")
            else:
                parts = self._sealed_facts(manifest, schema, NO_BEATS)
                log = LogFiles(self.folder / "log", manifest.positions)
            return ordered(pa.concat_tables([schema.empty_table(), *parts]).unify_dictionaries()), log

        return self._read(take)

    def has_beats_over(self, most: int) -> bool:
        """Whether there are more beats than `most`, told without reading them; of tables without a log, more rows."""
        if self._has_log():
            return has_beats_over(most, self.folder / "log", until=self.until)
        return self._read(lambda manifest: sum(map(rows_in, self._fact_files(manifest)))) > most

    def spans(self) -> pa.Table:
        """When which stream was watching which channel: `audience.coverage.SPANS`, joined over all beats."""
        return self._read(self._spans)

    def minutes(self) -> pa.Table:
        """A row a viewer-minute: `audience.minutes.MINUTES`; minutes count from the start of the night."""
        counted = self._read(self._counted_minutes)
        return minutes_of(self.spans(), self.viewers(), self.night) if counted is None else counted

    def viewers(self) -> pa.Table:
        """Who the viewers of `minutes` are: `viewer_tables.VIEWERS`."""
        return numbered_viewers(self._read(self._known), self.subscribers())

    def subscribers(self) -> pa.Table:
        """All who could have come: subject, offer, known_since (µs UTC). Empty when nobody wrote them down."""
        path = self.folder / "subscribers.parquet"
        if not path.is_file():
            return SUBSCRIBERS.empty_table()
        try:
            return read_tables([path])[0].select(SUBSCRIBERS.names).cast(SUBSCRIBERS)
        except (KeyError, ValueError, OSError, NotImplementedError) as error:
            raise JournalError(
                f"{path}: {_first_line(error)}; write the columns {', '.join(SUBSCRIBERS.names)}"
            ) from error

    def panel(self) -> Panel | None:
        """What a panel counted of this night, where somebody entered it: other people's figures, of another unit."""
        path = self.folder / PANEL_FILE
        if not path.is_file():
            return None
        try:
            return read_panel(path.read_text("utf-8"), source=str(path))
        except (OSError, UnicodeDecodeError, PanelError) as error:
            raise JournalError(str(error)) from error

    @property
    def is_copy(self) -> bool:
        """Whether the night rests in an object store, and this is a reader's copy of it."""
        return self._store is not None

    def earlier(self) -> tuple["JournalView", ...]:
        """The other nights under the same root that began before this one, oldest first."""
        began = self.night.at(0)
        dated = [(other.began(), other) for other in self._others()]
        known = [(at, other) for at, other in dated if at is not None and at < began]
        return tuple(other for _, other in sorted(known, key=lambda pair: pair[0]))

    def began(self) -> AtUs | None:
        """When the night started; None where neither its file nor its facts can tell."""
        try:
            return self.night.at(0)
        except JournalError:
            # A night whose file is broken must not take the answers of its neighbours with it.
            return None

    def _others(self) -> list["JournalView"]:
        if self._store is not None:
            _bring(self._store, [name for name in nights_of(self._store) if name != self.folder.name], self.root)
        return [JournalView(self.root, path.name) for path in _nights(self.root) if path != self.folder]

    def _read(self, take: Callable[[Manifest | None], Found]) -> Found:
        """Read by one manifest; when its tables were put together meanwhile, by the next."""
        for _ in range(ATTEMPTS_MAX):
            try:
                return take(read_manifest(self.folder))
            except FileNotFoundError:
                continue
            except (LogError, ManifestError) as error:
                raise JournalError(str(error)) from error
            except pa.ArrowInvalid as error:
                raise JournalError(f"{self.folder}: {_first_line(error)}; {self._mending()}") from error
        raise JournalError(f"{self.folder}: tables that {MANIFEST_NAME} names are not there; {self._mending()}")

    def _mending(self) -> str:
        """What makes damaged tables whole again."""
        if self._has_log():
            return f"delete {self.folder / MANIFEST_NAME} and run `kickoff journal`: they are made anew from the log"
        return "bring them back from a copy: without log/ there is nothing to make them from"

    def _facts(self, manifest: Manifest | None, schema: pa.Schema, wanted: Sequence[Fact]) -> pa.Table:
        sealed_too = Fact.BEAT in wanted and self._has_log()
        # The tables hold no beats. Where the log is kept they come from its beginning.
        parts = [self._log_tail(manifest, schema, [fact for fact in wanted if fact is not Fact.BEAT])]
        if sealed_too:
            parts.append(self._log_tail(None, schema, [Fact.BEAT]))
        parts += self._sealed_facts(manifest, schema, wanted)
        return pa.concat_tables([schema.empty_table(), *parts]).unify_dictionaries()

    def _sealed_facts(self, manifest: Manifest | None, schema: pa.Schema, wanted: Sequence[Fact]) -> list[pa.Table]:
        is_coded = CODED in schema.types
        found = []
        files = self._fact_files(manifest)
        if self._has_night_file() and manifest is None and not files and not self._has_log():
            self._warn(self.folder / "facts", "there is no .parquet in it: no fact was read")
        for path in files:
            try:
                table = read_tables([path], columns=[*schema.names, "at", "fact"], coded=is_coded)[0]
                table = conform(table, coded=is_coded).unify_dictionaries()
            except pa.ArrowInvalid as error:
                raise JournalError(f"{path}: {_first_line(error)}; {self._mending()}") from error
            except ValueError as error:
                raise JournalError(f"{path}: {error}") from error
            self._look_for_unknown(path, table)
            found.append(_only(self._of_this_night(path, table), wanted, self.until).select(schema.names))
        return found

    def _of_this_night(self, path: Path, table: pa.Table) -> pa.Table:
        """The rows that say when, within a day of the night; what is left out is counted on standard error."""
        first, last = self._dates(table)
        at = table["at"]
        if len(at) and not at.null_count and first <= pc.min(at).as_py() and pc.max(at).as_py() <= last:
            return table
        kept = table.filter((pc.field("at") >= first) & (pc.field("at") <= last))
        if count := table.num_rows - kept.num_rows:
            self._warn(path, f"{count:,} rows left out: their `at` is null or more than a day away from the night")
        return kept

    def _look_for_unknown(self, path: Path, table: pa.Table) -> None:
        """Somebody else's names of facts: they are left out, which nobody would see in an answer."""
        known = {str(fact) for fact in Fact}
        if unknown := [name for name in pc.unique(table["fact"]).to_pylist() if name not in known]:
            count = pc.sum(pc.is_in(table["fact"].cast(pa.string()), pa.array(unknown, pa.string()))).as_py()
            if count < table.num_rows or self._has_night_file():
                self._warn(path, f"{count:,} rows left out: of no known fact; the first is {unknown[0]!r}")

    def _warn(self, path: Path, words: str) -> None:
        if path not in self._warned:
            self._warned.add(path)
            sys.stderr.write(f"{path}: {words}\n")

    def _dates(self, table: pa.Table) -> tuple[int, int]:
        """A day before and after the night; where no file tells when it was, around the middle of the rows."""
        try:
            night = self.night if self._has_night_file() else None
        except JournalError:
            night = None
        if night is not None:
            return night.at(-_DAY_S), night.at(night.schedule.end + _DAY_S)
        middle = pc.approximate_median(table["at"]).as_py() or 0
        return round(middle) - _DAY_S * US_PER_S, round(middle) + _DAY_S * US_PER_S

    def _fact_files(self, manifest: Manifest | None) -> list[Path]:
        if manifest is not None:
            return [self.folder / name for name in manifest.facts]
        # Without a manifest a log is the whole truth: tables beside it were left by a sealing that never happened.
        return [] if self._has_log() else sorted((self.folder / "facts").rglob("*.parquet"))

    def _log_tail(self, manifest: Manifest | None, schema: pa.Schema, wanted: Sequence[Fact]) -> pa.Table:
        pieces = LogFiles(self.folder / "log", manifest.positions if manifest else None).read_new() if wanted else []
        tables = [self.told_by(piece, schema, wanted) for piece in pieces]
        return pa.concat_tables([schema.empty_table(), *tables])

    def told_by(self, piece: Piece, schema: pa.Schema, wanted: Sequence[Fact]) -> pa.Table:
        """What a piece of the log says of these facts of this night."""
        records = only(piece.records, wanted, until=self.until)
        table = to_table(records, columns=[*schema.names, "at"], coded=CODED in schema.types)
        return self._of_this_night(self.folder / "log" / piece.file, table).select(schema.names)

    def _spans(self, manifest: Manifest | None) -> pa.Table:
        if manifest is None or self._looks_back(manifest):
            beats = self._facts(None, schema_of(BEAT_COLUMNS), [Fact.BEAT])
            return spans_of(beats) if beats.num_rows or self._has_log() else self._foreign_spans()
        sealed = read_tables([self.folder / name for name in manifest.spans])
        tail = loose_spans_of(self._log_tail(manifest, schema_of(BEAT_COLUMNS), [Fact.BEAT]))
        return placed(join(pa.concat_tables([LOOSE.empty_table(), *map(as_loose, sealed), tail])))

    def _foreign_spans(self) -> pa.Table:
        """Spans told by viewer-minutes: a journal sealed by somebody else holds no beats, and perhaps these."""
        files = sorted((self.folder / "minutes").rglob("*.parquet"))
        viewers = self.folder / "viewers.parquet"
        if not files or not viewers.is_file():
            return SPANS.empty_table()
        start = self.night.at(0)
        try:
            minutes = pa.concat_tables(table.select(MINUTES.names).cast(MINUTES) for table in read_tables(files))
            spans = spans_from_minutes(minutes, read_tables([viewers])[0], start=start)
        except (KeyError, ValueError) as error:
            raise JournalError(f"{files[0].parent}: {error}; write the columns {', '.join(MINUTES.names)}") from error
        # A viewer-minute is known when it is over.
        return spans if self.until is None else spans.filter(pc.field("begins_at") < self.until)

    def _known(self, manifest: Manifest | None) -> pa.Table:
        if manifest is None or self._looks_back(manifest):
            return known_of(self._facts(manifest, schema_of(KNOWN_COLUMNS), tuple(Fact)))
        sealed = read_tables([self.folder / name for name in manifest.known])
        tail = known_of(self._log_tail(manifest, schema_of(KNOWN_COLUMNS), tuple(Fact)))
        return merge(pa.concat_tables([KNOWN.empty_table(), *(table.cast(KNOWN) for table in sealed), tail]))

    def _counted_minutes(self, manifest: Manifest | None) -> pa.Table | None:
        """The viewer-minutes as they were written, if nothing was added since and all of them are asked for."""
        if manifest is None or not manifest.minutes or self._looks_back(manifest):
            return None
        if read_metadata(self.folder / "viewers.parquet").get(VERSION) != str(manifest.version):
            return None
        if LogFiles(self.folder / "log", manifest.positions).read_new():
            return None
        return pa.concat_tables(read_tables([self.folder / name for name in manifest.minutes]))

    def _looks_back(self, manifest: Manifest) -> bool:
        """Whether what was known at `until` must be told by the log, since the tables know more.

        A span joins beats, also later ones. Where the log is gone, spans are all there is: they are cut at `until`.
        """
        return self.until is not None and self.until < manifest.last_at and self._has_log()

    def _has_night_file(self) -> bool:
        """Without one, who asks for the night is told what is amiss with the facts."""
        return (self.folder / NIGHT_FILE).is_file()

    def _has_log(self) -> bool:
        return any((self.folder / "log").glob(f"*{SUFFIX}"))


def _brought(address: Path, night: str) -> tuple[Path, ObjectStore]:
    """The folder into which a night of an object store has been brought, and the store."""
    try:
        root, store = local_root(address)
    except StoreError as error:
        raise JournalError(str(error)) from error
    _bring(store, [night], root)
    return root, store


def _bring(store: ObjectStore, nights: Sequence[str], root: Path) -> None:
    try:
        for night in nights:
            pull(store, night, root)
    except (StoreError, msgspec.DecodeError) as error:
        raise JournalError(str(error)) from error


def _only(table: pa.Table, wanted: Sequence[Fact], until: AtUs | None) -> pa.Table:
    """The rows of these facts up to `until`. PERF: nearly always all of them, and a copy costs a second a million."""
    facts = {str(fact) for fact in wanted}
    if set(pc.unique(table["fact"]).to_pylist()) <= facts and (
        until is None or not len(table) or pc.max(table["at"]).as_py() <= until
    ):
        return table
    condition = pc.field("fact").isin(sorted(facts))
    return table.filter(condition if until is None else condition & (pc.field("at") <= until))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def is_night(folder: Path) -> bool:
    """Whether this folder holds a night of a journal."""
    return (folder / "log").is_dir() or (folder / "facts").is_dir()


def _nights(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and is_night(path))


def _there_are(root: Path) -> str:
    if not root.is_dir():
        return "there is no such folder; name the folder `journal` of a run"
    names = [path.name for path in _nights(root)]
    return f"there are: {', '.join(names)}" if names else "it holds no night at all; name the folder `journal` of a run"
