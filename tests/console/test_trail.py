import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from kickoff.console import trail as trail_module
from kickoff.console.trail import Trail
from kickoff.units import AtUs


def test_every_act_stands_with_who_and_when(tmp_path: Path) -> None:
    """The newest first, as one looks for it."""
    trail = Trail(tmp_path)
    trail.write(at=AtUs(1), by="ana", act="pause")
    trail.write(at=AtUs(2), by="ben", act="cap", about="12.5", came="the door refused")
    told = [(step.number, step.by, step.act, step.about, step.came) for step in trail.newest()]
    assert told == [(2, "ben", "cap", "12.5", "the door refused"), (1, "ana", "pause", "", "done")]
    assert trail.broken_at() is None
    trail.close()


@pytest.mark.parametrize("act", ["UPDATE trail SET by = 'x'", "DELETE FROM trail"])
def test_the_database_itself_refuses_edits(tmp_path: Path, act: str) -> None:
    """Also for whoever opens the file by hand."""
    trail = Trail(tmp_path)
    trail.write(at=AtUs(1), by="ana", act="pause")
    with pytest.raises(sa.exc.DBAPIError, match="never edited"), trail._engine.begin() as database:
        database.exec_driver_sql(act)
    trail.close()


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("UPDATE trail SET by = 'eve' WHERE number = 2", 2),
        ("DELETE FROM trail WHERE number = 2", 2),
        ("UPDATE trail SET came = 'done' WHERE number = 3", 3),
    ],
)
def test_who_takes_the_triggers_away_is_found_out(tmp_path: Path, damage: str, broken: int) -> None:
    """The chain of hashes says from which line on the trail is not what was written."""
    trail = Trail(tmp_path)
    for number in range(1, 5):
        trail.write(at=AtUs(number), by="ana", act="cap", came="no")
    with sqlite3.connect(tmp_path / "state" / "trail.sqlite") as database:
        database.execute("DROP TRIGGER trail_no_update")
        database.execute("DROP TRIGGER trail_no_delete")
        database.execute(damage)
    database.close()
    assert trail.broken_at() == broken
    trail.close()


def test_the_chain_does_not_show_that_the_newest_line_was_taken_out(tmp_path: Path) -> None:
    """The module says so: whoever needs to show it keeps a copy elsewhere. A line put in its place is chained anew."""
    trail = Trail(tmp_path)
    for number in range(1, 4):
        trail.write(at=AtUs(number), by="ana", act="cap")
    with sqlite3.connect(tmp_path / "state" / "trail.sqlite") as database:
        database.execute("DROP TRIGGER trail_no_delete")
        database.execute("DELETE FROM trail WHERE number = 3")
    database.close()
    assert trail.broken_at() is None
    trail.close()


def test_a_long_trail_is_looked_at_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a line of a later piece was changed."""
    monkeypatch.setattr(trail_module, "READ_AT_ONCE", 2)
    trail = Trail(tmp_path)
    for number in range(1, 8):
        trail.write(at=AtUs(number), by="ana", act="cap")
    assert trail.broken_at() is None
    with sqlite3.connect(tmp_path / "state" / "trail.sqlite") as database:
        database.execute("DROP TRIGGER trail_no_update")
        database.execute("UPDATE trail SET by = 'eve' WHERE number = 6")
    database.close()
    assert trail.broken_at() == 6
    trail.close()


def test_two_who_write_at_once_keep_the_chain(tmp_path: Path) -> None:
    """The console and the command line write the same file."""
    trails = [Trail(tmp_path) for _ in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda number: trails[number % 2].write(at=AtUs(number), by="ana", act="cap"), range(20)))
    assert len(trails[0].newest()) == 20
    assert trails[0].broken_at() is None
    for trail in trails:
        trail.close()
