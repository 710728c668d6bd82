"""Where does a night keep what? The one list of the files in a run folder, `out/<night name>/`."""

from pathlib import Path

from msgspec import Struct


class RunFolder(Struct, frozen=True):
    """The paths of one run. `root` holds everything; nothing of a night is written elsewhere."""

    root: Path
    night: str

    @property
    def journals(self) -> Path:
        """What commands call JOURNAL: nights by name."""
        return self.root / "journal"

    @property
    def journal(self) -> Path:
        """This night's journal: night.toml, log/, facts/, minutes/ …"""
        return self.journals / self.night

    @property
    def night_file(self) -> Path:
        """The night as it was run, with `starts_at`."""
        return self.journal / "night.toml"

    @property
    def subscribers(self) -> Path:
        """All who could have come."""
        return self.journal / "subscribers.parquet"

    @property
    def state(self) -> Path:
        """The processes' own databases."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """What each process printed."""
        return self.root / "logs"

    @property
    def summary(self) -> Path:
        """summary.json."""
        return self.root / "summary.json"

    @property
    def report(self) -> Path:
        """report.html."""
        return self.root / "report.html"

    @property
    def crowd(self) -> Path:
        """The crowd's own truth."""
        return self.root / "crowd.json"

    @property
    def door_open(self) -> Path:
        """The run folder of the same night with the door open to all."""
        return self.root / "door-open"
