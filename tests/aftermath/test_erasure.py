import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kickoff.aftermath import erasure
from kickoff.aftermath.erasure import erase
from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.aftermath.viewer_tables import SUBSCRIBERS
from kickoff.cli import main
from kickoff.facts import Fact, Row
from kickoff.plumbing.key_files import create, store
from kickoff.seals import account_subject
from kickoff.units import Subject
from tests.aftermath.logs import at, beat, joined, pack, write_log
from tests.aftermath.test_journal import foreign
from tests.aftermath.test_sealing import made_up

HOUSEHOLD, DEVICE, NEIGHBOUR = Subject(424_242), 777_777, 8
ROWS = [
    joined(DEVICE, 20, 5),
    Row(
        at=at(30), fact=Fact.SIGNED_IN, subject=HOUSEHOLD, place=5, offer="all", isp="isp-a", source=99, duration_ms=40
    ),
    joined(NEIGHBOUR, 31, 6),
    *(beat(HOUSEHOLD, second, 10) for second in range(70, 170, 10)),
    *(beat(NEIGHBOUR, second, 10) for second in range(70, 120, 10)),
]


def made(root: Path) -> Path:
    """A night with its subscribers."""
    folder = write_log(root, ROWS)
    subscribers = {"subject": [HOUSEHOLD, NEIGHBOUR], "offer": ["all", "all"], "known_since": [1, 2]}
    pq.write_table(
        SUBSCRIBERS.empty_table().from_pydict(subscribers, schema=SUBSCRIBERS), folder / "subscribers.parquet"
    )
    return folder


def sealed(folder: Path) -> None:
    """Seal a part, then all of it."""
    seal_closed(folder, now=at(130))
    finish(folder, JournalView(folder.parent, folder.name).night, JournalView(folder.parent, folder.name).subscribers())


def holds(folder: Path, subject: int) -> bool:
    """Whether the number stands anywhere in the night's files: in bytes, or in a column."""
    number = subject.to_bytes(8, "little", signed=True)
    if any(number in path.read_bytes() for path in folder.rglob("*.log")):
        return True
    tables = [pq.read_table(path, partitioning=None) for path in folder.rglob("*.parquet")]
    return any(subject in table["subject"].to_pylist() for table in tables if "subject" in table.column_names)


@pytest.mark.parametrize("is_sealed", [False, True])
def test_nothing_of_the_household_is_left_and_the_neighbour_stays_whole(tmp_path: Path, *, is_sealed: bool) -> None:
    """Log, tables, list of subscribers, and the device that stood in line before anybody knew whose it was."""
    folder = made(tmp_path)
    before = JournalView(tmp_path, "a-night")
    neighbours = before.spans().filter(before.spans()["stream"].is_valid()).to_pylist()
    if is_sealed:
        sealed(folder)
    found = erase(tmp_path, "a-night", HOUSEHOLD)
    after = JournalView(tmp_path, "a-night")
    assert (found.subjects, found.facts > 0, found.rows > 0) == (2, True, True)
    assert not holds(folder, HOUSEHOLD)
    assert not holds(folder, DEVICE)
    assert after.spans().to_pylist() == [row for row in neighbours if row["subject"] == NEIGHBOUR]
    assert after.viewers()["subject"].to_pylist() == [NEIGHBOUR]
    assert {row["viewer"] for row in after.minutes().to_pylist()} == {0}
    assert after.subscribers()["subject"].to_pylist() == [NEIGHBOUR]


def test_that_it_happened_stays(tmp_path: Path) -> None:
    """Places still add up: somebody took place 5, and nobody can tell who."""
    made(tmp_path)
    erase(tmp_path, "a-night", HOUSEHOLD)
    rows = JournalView(tmp_path, "a-night").facts(where=[Fact.JOINED, Fact.SIGNED_IN]).to_pylist()
    told = [{name: value for name, value in row.items() if value is not None} for row in rows]
    assert told[0] == {"at": at(20), "fact": "joined", "place": 5, "code": "session"}
    assert told[1] == {"at": at(30), "fact": "signed_in", "place": 5}


def test_killed_halfway_and_run_again_it_ends_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way from the household to its devices is erased last."""
    folder = made(tmp_path)
    sealed(folder)
    real = erasure._erase_facts
    calls = []

    def dying(path: Path, subjects: list[int]) -> int:
        calls.append(path)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(path, subjects)

    monkeypatch.setattr(erasure, "_erase_facts", dying)
    with pytest.raises(KeyboardInterrupt):
        erase(tmp_path, "a-night", HOUSEHOLD)
    monkeypatch.setattr(erasure, "_erase_facts", real)
    erase(tmp_path, "a-night", HOUSEHOLD)
    assert not holds(folder, HOUSEHOLD)
    assert not holds(folder, DEVICE)


def test_a_journal_that_somebody_else_wrote_forgets_too(tmp_path: Path) -> None:
    """The right to be forgotten does not depend on who wrote the files."""
    facts = foreign(tmp_path, ROWS)
    folder = tmp_path / "theirs" / "a-night"
    (folder / "facts").mkdir(parents=True)
    pq.write_table(facts, folder / "facts" / "all.parquet")
    erase(tmp_path / "theirs", "a-night", HOUSEHOLD)
    assert not holds(folder, HOUSEHOLD)
    assert JournalView(tmp_path / "theirs", "a-night").facts().num_rows == 3


def test_an_account_is_forgotten_in_every_night_by_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clerk knows the customer's number; the key of the season makes the subject of it."""
    keys = create()
    store(tmp_path, keys)
    subject = account_subject(keys.subject_key, 17)
    for night in ("first", "second"):
        write_log(tmp_path / "journal", [*made_up(1), beat(subject, 80, 10)], night=night)
    told = []
    for expected in (0, 1):
        with pytest.raises(SystemExit) as ended:
            main(["forget", str(tmp_path), "--account", "17", "--json"])
        assert ended.value.code == expected
        told.append(json.loads(capsys.readouterr().out)["nights"])
    assert [night["facts"] for night in told[0]] == [1, 1]
    assert [night["facts"] for night in told[1]] == [0, 0]


def test_positions_and_dictionaries_of_the_log_do_not_move(tmp_path: Path) -> None:
    """A door that recovers from the log, and a sealer that stands in its middle, find everything where it was."""
    folder = made(tmp_path)
    erase(tmp_path, "a-night", HOUSEHOLD)
    assert (folder / "log" / "door-1-0.log").stat().st_size == len(pack(ROWS))
