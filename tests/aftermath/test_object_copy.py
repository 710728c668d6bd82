"""A night in an object store, on a real server that speaks S3."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kickoff.aftermath.erasure import erase
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.manifest import read_manifest
from kickoff.aftermath.object_copy import Pusher
from kickoff.aftermath.sealing import seal_closed
from kickoff.cli import main
from kickoff.plumbing.key_files import create, store
from kickoff.plumbing.object_store import ObjectStore, StoreError
from kickoff.units import Subject
from tests.aftermath.logs import at, pack, write_log
from tests.aftermath.s3_server import KEY, SECRET, s3_server
from tests.aftermath.test_sealing import Answers, complete, made_up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all tests of this file; each takes a prefix of its own."""
    with s3_server(tmp_path_factory.mktemp("s3")) as query:
        yield query


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of an empty prefix. Keys and the readers' copies are where the environment says."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return f"s3://journal/{tmp_path.name}?{server}"


def test_a_night_is_read_in_the_store_while_it_is_written(address: str, tmp_path: Path) -> None:
    """Whatever was brought is read as it is read on the disk: log alone, half sealed, and put together."""
    rows, remote = made_up(1), Path(address)
    folder = write_log(tmp_path, rows[:30])
    pusher = Pusher(ObjectStore(address))
    log = folder / "log" / "door-1-0.log"

    def brought() -> None:
        assert pusher.push(folder) > 0
        assert Answers(remote) == Answers(tmp_path)
        assert pusher.push(folder) == 0

    brought()
    whole = pack(rows)
    log.write_bytes(whole[: len(whole) // 2])  # a torn record at its end
    seal_closed(folder, now=at(130))
    brought()
    log.write_bytes(whole)
    brought()
    complete(folder)
    brought()


def test_tables_that_were_replaced_go_one_manifest_later(address: str, tmp_path: Path) -> None:
    """A reader may be holding the manifest before; after the next one they are swept."""
    folder = write_log(tmp_path, made_up(2))
    files, pusher = ObjectStore(address), Pusher(ObjectStore(address))
    seal_closed(folder, now=at(130))
    pusher.push(folder)
    early = {one.name for one in files.objects("a-night/spans")}
    complete(folder)
    pusher.push(folder)
    assert early < {one.name for one in files.objects("a-night/spans")}
    pusher.push(folder)
    assert {one.name for one in files.objects("a-night/spans")}.isdisjoint(early)


def test_a_bringer_killed_anywhere_leaves_a_night_that_can_be_read(
    address: str, tmp_path: Path, dying: Callable[[ObjectStore, int], ObjectStore]
) -> None:
    """The manifest is written last: until then the tables before count, and the log goes on."""
    folder = write_log(tmp_path, made_up(3))
    Pusher(ObjectStore(address)).push(folder)
    complete(folder)
    for puts in range(4):
        with pytest.raises(StoreError):
            Pusher(dying(ObjectStore(address), puts)).push(folder)
        assert JournalView(Path(address), "a-night").facts().equals(JournalView(tmp_path, "a-night").facts())
    Pusher(ObjectStore(address)).push(folder)
    assert Answers(Path(address)) == Answers(tmp_path)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[ObjectStore, int], ObjectStore]:
    """A store that takes so many objects and then no more."""

    def made(files: ObjectStore, puts: int) -> ObjectStore:
        left = [puts]
        put = files.put

        def last(name: str, content: bytes | memoryview) -> None:
            if left[0] == 0:
                raise StoreError("killed")
            left[0] -= 1
            put(name, content)

        monkeypatch.setattr(files, "put", last)
        return files

    return made


def test_what_the_store_refused_once_is_brought_by_a_later_push(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file counts as brought when the store took it: else one lost connection loses a table for ever."""
    folder, files = write_log(tmp_path, made_up(6)), ObjectStore(address)
    complete(folder)
    refused: set[str] = set()
    put = files.put

    def at_the_second_time(name: str, content: bytes | memoryview) -> None:
        if name not in refused:
            refused.add(name)
            raise StoreError("the connection was lost")
        put(name, content)

    monkeypatch.setattr(files, "put", at_the_second_time)
    pusher = Pusher(files)
    for _ in range(100):
        try:
            pusher.push(folder)
        except StoreError:
            continue
        break
    assert len(refused) > 4
    assert Answers(Path(address)) == Answers(tmp_path)


def test_a_night_whose_tables_the_store_has_not_is_not_read_as_half_a_night(address: str, tmp_path: Path) -> None:
    """Whoever counts gestures from it must hear that something is missing."""
    folder, files = write_log(tmp_path, made_up(7)), ObjectStore(address)
    complete(folder)
    Pusher(files).push(folder)
    files.delete(next(one.name for one in files.objects("a-night/spans")))
    with pytest.raises(JournalError, match="names tables that the store has not"):
        JournalView(Path(address), "a-night")


def test_one_forgotten_on_the_disk_is_forgotten_in_the_store_and_in_its_copies(address: str, tmp_path: Path) -> None:
    """Also in the log's objects, and in the copy that a reader had made before."""
    folder, remote = write_log(tmp_path, made_up(4)), Path(address)
    complete(folder)
    pusher = Pusher(ObjectStore(address))
    pusher.push(folder)
    assert 3 in JournalView(remote, "a-night").viewers()["subject"].to_pylist()
    erase(tmp_path, "a-night", Subject(3))
    pusher.push(folder, anew=True)
    assert Answers(remote) == Answers(tmp_path)
    view = JournalView(remote, "a-night")
    assert 3 not in view.viewers()["subject"].to_pylist()
    named = read_manifest(folder)
    assert named is not None
    tables = {one.name.removeprefix("a-night/") for one in ObjectStore(address).objects("a-night/spans")}
    assert tables == set(named.spans), "an older table still names them"
    assert pack(made_up(4)) not in b"".join(path.read_bytes() for path in view.folder.rglob("*.log"))


def test_the_commands_speak_to_the_store(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kickoff journal` brings, `kickoff audience s3://…` reads, `kickoff forget` takes out of both."""
    folder = write_log(tmp_path / "journal", made_up(5))
    store(tmp_path, create())
    monkeypatch.setenv("KICKOFF_JOURNAL_STORE", address)

    def typed(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert not ended.value.code
        return capsys.readouterr().out

    typed("journal", str(tmp_path), "--once")
    there = json.loads(typed("audience", address, "--night", "a-night", "--json"))
    assert json.loads(typed("audience", str(tmp_path / "journal"), "--night", "a-night", "--json")) == there
    typed("forget", str(tmp_path), "--subject", "3")
    assert 3 not in JournalView(Path(address), "a-night").viewers()["subject"].to_pylist()
    assert read_manifest(folder) is not None


def test_a_night_that_the_store_has_not_is_one_line(address: str) -> None:
    """As on a disk; and a store that does not answer says so."""
    with pytest.raises(JournalError, match="holds no night 'b-night'"):
        JournalView(Path(address), "b-night")
    with pytest.raises(JournalError, match="no-such"):
        JournalView(Path("s3://no-such/x?endpoint_override=127.0.0.1:1&scheme=http&region=us-east-1"), "a")
