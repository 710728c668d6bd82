"""How is a night made ready to be played? Its file read and checked, a run folder laid out, the old one put aside."""

import difflib
import re
import shutil
import socket
from pathlib import Path
from zoneinfo import available_timezones

from kickoff.commands import BadInput
from kickoff.night import Night, parse_night
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings
from kickoff.toml_text import line_of
from kickoff.units import AtUs, iso


def read_night(path: Path) -> tuple[Night, str]:
    """The night of a file and its text. Raises `NightError` for what it says, `BadInput` where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadInput(
            f"{path}: there is no such file; name a night file, such as examples/psg-juventus.toml"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); name a night file in UTF-8") from error
    night = parse_night(text, source=str(path))
    if night.time_zone not in (zones := available_timezones()):
        close = [*difflib.get_close_matches(night.time_zone, sorted(zones), n=1, cutoff=0.0), "UTC"]
        where = f"{path}:{line_of(text, ('time_zone',))}: time_zone"
        raise BadInput(f"{where}: there is no time zone {night.time_zone!r}; did you mean {close[0]!r}?")
    if night.crowd and not (path.parent / night.crowd.arrivals.file).is_file():
        raise BadInput(
            f"{path}: crowd.arrivals.file: there is no {night.crowd.arrivals.file!r} beside it; "
            "put the curve there or name another"
        )
    return night, text


def check_ports(settings: Settings) -> None:
    """Raise `BadInput` for the first port that something else listens on."""
    parts = (("DOOR", settings.door), ("BACKEND", settings.backend), ("CONSOLE", settings.console))
    for name, part in parts:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((part.host, part.port))
            except socket.gaierror as error:
                raise BadInput(
                    f"host {part.host}: {error.strerror}; set KICKOFF_{name}_HOST to an address of this machine"
                ) from error
            except OSError as error:
                raise BadInput(
                    f"port {part.port} of {part.host}: {error.strerror}; "
                    f"end what uses it or set KICKOFF_{name}_PORT to another"
                ) from error


def lay_out(folder: RunFolder, *, source: Path, night: Night) -> None:
    """Make an empty run folder. An earlier run under the same name is kept as `<name>.previous`, one back."""
    if folder.root.exists() and not folder.journals.is_dir():
        raise BadInput(f"{folder.root}: is there already and is no run folder; move it away or give --out another")
    try:
        if folder.root.exists():
            previous = folder.root.with_name(f"{folder.root.name}.previous")
            shutil.rmtree(previous, ignore_errors=True)
            folder.root.rename(previous)
        for part in (folder.journal, folder.state, folder.logs):
            part.mkdir(parents=True)
        if night.crowd:
            shutil.copy(source.parent / night.crowd.arrivals.file, folder.journal / night.crowd.arrivals.file)
    except OSError as error:
        raise BadInput(
            f"{error.filename or folder.root}: {error.strerror}; give --out a folder that can be made"
        ) from error


def write_start(folder: RunFolder, text: str, *, starts_at: AtUs, scale: float = 1.0) -> Night:
    """Write the night as it is run: with its start, and its subscribers times `scale`. Returns what was written."""
    text = re.sub(r"(?m)^starts_at\s*=.*\n", "", text)
    text = re.sub(
        r"(?m)^(subscribers\s*=\s*)([\d_]+)", lambda found: f"{found[1]}{max(1, round(int(found[2]) * scale))}", text
    )
    text = f'starts_at = "{iso(starts_at)}"\n{text}'
    night = parse_night(text, source=str(folder.night_file))
    folder.night_file.write_text(text, encoding="utf-8")
    return night


def played_night(root: Path) -> Night:
    """The night that is played in a run folder; of several in its journal, the one that started last.

    Raises `BadInput` where there is none, and `NightError` where its file cannot be read as a night.
    """
    files = sorted((root / "journal").glob("*/night.toml"))
    if not files:
        raise BadInput(f"{root}: holds no journal/NIGHT/night.toml; make one with `kickoff run NIGHT.toml`")
    nights = [parse_night(file.read_text("utf-8"), source=str(file)) for file in files]
    night = max(nights, key=lambda night: night.starts_at)
    if not night.starts_at:
        raise BadInput(f"{root}: its night has no starts_at; `kickoff run NIGHT.toml` writes it")
    return night
