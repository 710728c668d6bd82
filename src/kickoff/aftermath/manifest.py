"""How much of the log stands in tables? One small file says it, and its renaming is the moment of sealing.

`sealed.json` names the tables that count and, for each log file, how many of its bytes they hold. A reader takes those
tables and reads the log on from those bytes: no row twice, none lost. A table that it does not name does not exist, so
a sealer killed between writing tables and renaming this file has done nothing, and does it again.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.facts import SCHEMA_VERSION
from kickoff.plumbing.parquet_files import write_bytes

NAME = "sealed.json"
VERSION = "kickoff_version"
"""Under this name `viewers.parquet` tells to which version of the tables its numbers belong."""


class ManifestError(Exception):
    """`sealed.json` cannot be read. The reader takes it away: everything is then read from the log, and sealed anew."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What is sealed. Paths are relative to the night's folder."""

    schema_version: int = SCHEMA_VERSION
    version: int = 0
    """Counts the sealings of this night; part of the names of the tables that each wrote."""
    positions: dict[str, int] = {}
    """Log file → bytes that the tables hold."""
    facts: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    last_at: int = 0
    """The latest fact that the tables hold, µs UTC."""
    minutes: tuple[str, ...] = ()
    """The viewer-minutes of all these spans, when they have been counted since; else empty."""


def read_manifest(folder: Path) -> Manifest | None:
    """The night's manifest; None when nothing was ever sealed here. Raises `ManifestError`."""
    path = folder / NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ManifestError(f"{path}: {error}; delete it and run `kickoff journal` again") from error
    if found.schema_version > SCHEMA_VERSION:
        raise ManifestError(
            f"{path}: written in schema {found.schema_version}, this Kickoff reads up to {SCHEMA_VERSION}; update it"
        )
    return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Let the tables that it names count from now on."""
    write_bytes(folder / NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
