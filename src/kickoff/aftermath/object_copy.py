"""How does a night rest in an object store, and how is it read there while it is written?

The door answers for what is in its own log: no network stands between a beat and its answer. `kickoff journal` brings
the night to the store every few seconds: what was added to the log as an object of its own (objects cannot grow), then
new tables, then `sealed.json`, whose replacement is the moment from which they count, as on a disk.

    NIGHT/log/FILE.log/000000000000    what stood in the log file from this byte on; whole records
    NIGHT/facts/… spans/… minutes/…    the tables, as on the disk
    NIGHT/sealed.json                  what is sealed, written last
    NIGHT/generation                   counts how often all was brought anew: after somebody was forgotten

Who reads, brings the night into a folder of its own (`local_root`), only what is new, and reads it there like any
other. Tables that a new manifest no longer names go one manifest later: a reader may be holding the one before.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.aftermath.log_files import SUFFIX
from kickoff.aftermath.manifest import NAME as MANIFEST
from kickoff.aftermath.manifest import Manifest
from kickoff.facts import RECORD_BYTES
from kickoff.plumbing.object_store import SCHEME, Object, ObjectStore, StoreError
from kickoff.plumbing.parquet_files import write_bytes

CHUNK_BYTES_MAX = 16 * 1024 * 1024 // RECORD_BYTES * RECORD_BYTES
ATTEMPTS_MAX = 8
BESIDE = ("night.toml", "subscribers.parquet", "viewers.parquet", "channel_minutes.parquet", "panel.toml",
          "draw-list.txt", "draw.json")  # fmt: skip
"""Files of a night that are replaced under their own name."""
GENERATION = "generation"
_PULLED = "pulled.json"
_FOLDED = "s3:/"


class Pulled(Struct, kw_only=True):
    """What the local copy holds: object → (size, when it was written)."""

    generation: str = ""
    objects: dict[str, tuple[int, int]] = {}


class Pusher:
    """Brings the nights of one folder to a store; remembers what it brought, and learns it anew after a restart."""

    def __init__(self, store: ObjectStore, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._clock = clock
        self._brought: dict[str, tuple[int, int]] = {}
        self._before: dict[str, set[str]] = {}

    def push(self, folder: Path, *, anew: bool = False) -> int:
        """Bring what is new of a night; how many objects. `anew`: all of it, and the log's old objects go.

        Raises `StoreError`.
        """
        night = folder.name
        listed = {one.name: one for one in self._store.objects(night)}
        there = listed
        if anew:
            for name in listed:
                if name.startswith(f"{night}/log/"):
                    self._store.delete(name)
            self._brought.clear()
            self._before.pop(night, None)
            there = {}
        count = sum(self._push_log(path, night, there) for path in sorted((folder / "log").glob(f"*{SUFFIX}")))
        mark = _mark(folder / MANIFEST) if (folder / MANIFEST).is_file() else None
        raw = (folder / MANIFEST).read_bytes() if mark else b""
        manifest = msgspec.json.decode(raw, type=Manifest) if raw else Manifest()
        named = (*manifest.facts, *manifest.spans, *manifest.known, *manifest.minutes)
        try:
            count += sum(self._push_file(folder, name, there) for name in (*named, *BESIDE))
        except FileNotFoundError:
            return count  # sealed anew meanwhile: the next push brings that
        full = f"{night}/{MANIFEST}"
        if mark and (self._brought.get(full) != mark or full not in there):
            self._store.put(full, raw)
            self._brought[full] = mark
            count += 1
        if anew:
            # Stores tell time to the second: else a copy would not see that an object of the same size is another.
            self._store.put(f"{night}/{GENERATION}", str(self._clock()).encode())
        self._sweep(night, {f"{night}/{name}" for name in named}, listed)
        return count

    def _push_log(self, path: Path, night: str, there: dict[str, Object]) -> int:
        """What the log file has and its objects have not."""
        prefix = f"{night}/log/{path.name}/"
        ends = [int(name.rpartition("/")[2]) + one.size for name, one in there.items() if name.startswith(prefix)]
        start, count = max(ends, default=0), 0
        with path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(CHUNK_BYTES_MAX):
                whole = len(chunk) // RECORD_BYTES * RECORD_BYTES
                if not whole:
                    break
                self._store.put(f"{prefix}{start:012d}", memoryview(chunk)[:whole])
                start, count = start + whole, count + 1
        return count

    def _push_file(self, folder: Path, name: str, there: dict[str, Object]) -> int:
        path = folder / name
        if name in BESIDE and not path.is_file():
            return 0
        full = f"{folder.name}/{name}"
        mark = _mark(path)
        known = there.get(full)
        # A table keeps its name and its content, unless somebody was forgotten in it: then it is written anew.
        if known and known.size == mark[0] and full not in self._brought and name not in BESIDE:
            self._brought[full] = mark
        if self._brought.get(full) == mark:
            return 0
        self._store.put(full, path.read_bytes())
        # Only what the store took is brought: a put that failed is tried again by the next push.
        self._brought[full] = mark
        return 1

    def _sweep(self, night: str, named: set[str], there: dict[str, Object]) -> None:
        kept = named | self._before.get(night, named)
        self._before[night] = named
        for name in there:
            if name.endswith(".parquet") and name.removeprefix(f"{night}/") not in BESIDE and name not in kept:
                self._store.delete(name)


def is_remote(root: Path) -> bool:
    """Whether this "path" is an address of an object store; a path folds its two slashes into one."""
    return str(root).startswith(_FOLDED)


def local_root(root: Path, *, cache: Path | None = None) -> tuple[Path, ObjectStore]:
    """The folder into which a store's nights are brought, and the store."""
    address = SCHEME + str(root).removeprefix(_FOLDED).lstrip("/")
    base = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kickoff"
    # Two stores may have a bucket of the same name: the address as a whole names the folder.
    return base / hashlib.blake2b(address.encode(), digest_size=8).hexdigest(), ObjectStore(address)


def nights_of(store: ObjectStore) -> list[str]:
    """The nights that a store holds."""
    return sorted({one.name.partition("/")[0] for one in store.objects() if "/" in one.name})


def pull(store: ObjectStore, night: str, root: Path) -> None:
    """Bring a night into `root/night`, as far as it is not there. Raises `StoreError`."""
    folder = root / night
    for _ in range(ATTEMPTS_MAX):
        there = {one.name.removeprefix(f"{night}/"): one for one in store.objects(night)}
        if not there:
            return
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _pull(store, night, folder, there)
        except FileNotFoundError:
            continue  # swept meanwhile: the manifest is another by now
        return
    raise StoreError(
        f"{night}: its manifest names tables that the store has not; let `kickoff journal` bring the night again"
    )


def _pull(store: ObjectStore, night: str, folder: Path, there: dict[str, Object]) -> None:
    path = folder / _PULLED
    pulled = msgspec.json.decode(path.read_bytes(), type=Pulled) if path.is_file() else Pulled()
    generation = store.get(f"{night}/{GENERATION}").decode() if GENERATION in there else ""
    if pulled.generation != generation:
        shutil.rmtree(folder)
        folder.mkdir()
        pulled = Pulled(generation=generation)
    raw = store.get(f"{night}/{MANIFEST}") if MANIFEST in there else b""
    manifest = msgspec.json.decode(raw, type=Manifest) if raw else Manifest()
    _pull_log(store, folder, there, pulled)
    for name in (*manifest.facts, *manifest.spans, *manifest.known, *manifest.minutes, *BESIDE):
        one = there.get(name)
        if one is None and name in BESIDE:
            continue
        if one is None:
            raise FileNotFoundError(name)
        if pulled.objects.get(name) != (one.size, one.written_ns) or not (folder / name).is_file():
            write_bytes(folder / name, store.get(one.name))
            pulled.objects[name] = (one.size, one.written_ns)
    if raw:
        write_bytes(folder / MANIFEST, raw)
    write_bytes(path, msgspec.json.encode(pulled))


def _pull_log(store: ObjectStore, folder: Path, there: dict[str, Object], pulled: Pulled) -> None:
    """Put the log's objects together again. Where one is another than before, that file begins anew."""
    (folder / "log").mkdir(exist_ok=True)
    chunks = {name: one for name, one in there.items() if name.startswith("log/")}
    gone = [name for name in pulled.objects if name.startswith("log/") and name not in chunks]
    changed = [name for name, one in chunks.items() if pulled.objects.get(name, (0, 0)) != (one.size, one.written_ns)]
    stale = {name.rpartition("/")[0] for name in (*gone, *(name for name in changed if name in pulled.objects))}
    for file in stale:
        (folder / file).unlink(missing_ok=True)
    for name in gone:
        del pulled.objects[name]
    for name, one in chunks.items():
        file, _, start = name.rpartition("/")
        path = folder / file
        size = path.stat().st_size if path.is_file() else 0
        if int(start) <= size < int(start) + one.size:
            content = store.get(one.name)
            with path.open("r+b" if size else "wb") as out:
                # What a reader killed halfway left of this object is written over.
                out.truncate(int(start))
                out.seek(int(start))
                out.write(content)
        pulled.objects[name] = (one.size, one.written_ns)


def _mark(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
