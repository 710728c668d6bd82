from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from kickoff.aftermath import sealing
from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.manifest import read_manifest
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.aftermath.viewer_tables import SUBSCRIBERS
from kickoff.audience import measure
from kickoff.facts import RECORD_BYTES, Fact, Row
from kickoff.plumbing import parquet_files
from tests.aftermath.logs import at, beat, joined, pack, write_log

EVERYTHING = tuple(Fact)


def made_up(seed: int, viewers: int = 12) -> list[Row]:
    """A short night's facts in the order in which a door would have written them."""
    chance = Random(seed)
    rows: list[Row] = []
    for subject in range(1, viewers + 1):
        begins, ends = chance.uniform(20, 100), chance.uniform(100, 185)
        rows.append(joined(subject, begins - 5, subject))
        channel = chance.choice(["one", "two"])
        instant = begins
        while (instant := instant + 10) < ends:
            rows.append(beat(subject, instant, 9, stalled_s=1, channel=channel, bitrate=chance.choice([400, 1200])))
    rows += [Row(at=at(60), fact=Fact.MATCH, code="kick_off"), Row(at=at(170), fact=Fact.MATCH, code="whistle")]
    return sorted(rows, key=lambda row: row.at)


class Answers(dict[str, object]):
    """Everything that a reader can ask of a night."""

    def __init__(self, root: Path) -> None:
        view = JournalView(root, "a-night")
        facts, spans = view.facts(), view.spans()
        super().__init__(
            facts=facts.to_pylist(),
            spans=spans.to_pylist(),
            minutes=view.minutes().to_pylist(),
            viewers=view.viewers().to_pylist(),
            audience=measure(spans, facts, view.night),
            early=JournalView(root, "a-night", until=at(100)).spans().to_pylist(),
        )


def complete(folder: Path) -> None:
    """Seal the rest of a night and put it together."""
    finish(folder, JournalView(folder.parent, folder.name).night, SUBSCRIBERS.empty_table())


def test_a_reader_sees_the_same_night_before_during_and_after_sealing(tmp_path: Path) -> None:
    """Sealing is housekeeping: no answer may know whether it has happened."""
    folder = write_log(tmp_path, made_up(1))
    answers = [Answers(tmp_path)]
    for seconds in (70, 130, 140, 190):
        seal_closed(folder, now=at(seconds))
        answers.append(Answers(tmp_path))
    complete(folder)
    answers.append(Answers(tmp_path))
    assert all(each == answers[0] for each in answers[1:])
    assert answers[0]["minutes"]


def test_a_log_that_grows_between_sealings_is_read_once(tmp_path: Path) -> None:
    """At the seam between tables and log no row stands twice and none is missing."""
    rows = made_up(2)
    write_log(tmp_path / "whole", rows)
    raw = pack(rows)
    folder = write_log(tmp_path / "growing", [])
    for step in range(1, 21):
        (folder / "log" / "door-1-0.log").write_bytes(raw[: len(raw) * step // 20])
        seal_closed(folder, now=at(185 * step / 20))
    assert Answers(tmp_path / "growing") == Answers(tmp_path / "whole")


def test_only_closed_minutes_are_sealed_and_one_by_one(tmp_path: Path) -> None:
    """A minute's folder is written when the minute is over, so that readers find few files."""
    folder = write_log(tmp_path, made_up(3))
    assert not seal_closed(folder, now=at(60))
    assert seal_closed(folder, now=at(65))
    assert sorted(path.name for path in (folder / "facts").iterdir()) == ["minute=20220906T1859"]
    assert not seal_closed(folder, now=at(66))


def test_a_fact_from_a_clock_far_ahead_holds_nothing_back(tmp_path: Path) -> None:
    """One broken clock must not keep the rest of the night in the log."""
    folder = write_log(tmp_path, [joined(1, 86_400, 1), joined(2, 30, 2)])
    seal_closed(folder, now=at(70))
    assert read_manifest(folder) is not None
    assert JournalView(tmp_path, "a-night").facts()["place"].to_pylist() == [2, 1]


def test_finishing_leaves_one_file_a_minute_and_nothing_that_does_not_count(tmp_path: Path) -> None:
    """A finished night is small, and an old reader's files are gone."""
    folder = write_log(tmp_path, made_up(4))
    write_log(tmp_path, [beat(50, 20, 10), joined(51, 125, 1)], file="door-2-0.log")
    for seconds in (70, 130):
        seal_closed(folder, now=at(seconds))
    complete(folder)
    assert all(len(list(minute.iterdir())) == 1 for minute in (folder / "facts").iterdir())
    manifest = read_manifest(folder)
    assert manifest is not None
    listed = {*manifest.facts, *manifest.spans, *manifest.known, *manifest.minutes}
    found = {str(path.relative_to(folder)) for path in folder.rglob("part-*")}
    assert found <= listed


def test_a_night_finished_twice_or_read_on_afterwards_stays_right(tmp_path: Path) -> None:
    """The door may come back after the end: the minutes counted too early then no longer count."""
    rows = made_up(5)
    folder = write_log(tmp_path, rows)
    complete(folder)
    before = (folder / "sealed.json").read_bytes()
    complete(folder)
    assert (folder / "sealed.json").read_bytes() == before
    late = [*rows, beat(99, 180, 10)]
    write_log(tmp_path, late)
    write_log(tmp_path / "whole", late)
    assert Answers(tmp_path) == Answers(tmp_path / "whole")
    complete(folder)
    assert Answers(tmp_path) == Answers(tmp_path / "whole")


def test_a_sealed_night_answers_without_its_log(tmp_path: Path) -> None:
    """The log is ten times the tables: it may be deleted when the figures are final."""
    folder = write_log(tmp_path, made_up(8))
    complete(folder)
    before = Answers(tmp_path)
    for log in (folder / "log").iterdir():
        log.unlink()
    after = Answers(tmp_path)
    del before["early"]
    assert all(after[name] == value for name, value in before.items())
    # As known at an instant within the night: the spans, cut there.
    early = JournalView(tmp_path, "a-night", until=at(100))
    assert max(measure(early.spans(), early.facts(), early.night, at(100)).seconds) > 0


class Killed(BaseException):
    """The process is gone."""


def killing(after: int, real: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    """Renaming files as usual so many times, then never again: killed with the next file half written."""
    left = [after]

    def settle(part: Path, path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            part.write_bytes(part.read_bytes()[:17])
            raise Killed
        real(part, path)

    return settle


@pytest.mark.parametrize("seed", range(3))
def test_killed_ten_times_the_night_is_as_if_never_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever stands half done on the disk, the next start does it over; readers in between see the whole night."""
    rows = made_up(seed, viewers=20)
    write_log(tmp_path / "whole", rows)
    truth = Answers(tmp_path / "whole")
    folder = write_log(tmp_path / "killed", rows)
    chance, real = Random(seed), parquet_files._settle
    kills = 0
    while kills < 10:
        monkeypatch.setattr(parquet_files, "_settle", killing(chance.randrange(9), real))
        try:
            for seconds in (70, 130, 190):
                seal_closed(folder, now=at(seconds))
            complete(folder)
            # It came through: begin anew, or there would be nothing left to kill.
            (folder / "sealed.json").unlink()
        except Killed:
            kills += 1
        monkeypatch.setattr(parquet_files, "_settle", real)
        assert Answers(tmp_path / "killed") == truth
    complete(folder)
    assert Answers(tmp_path / "killed") == truth


def test_tables_that_vanish_while_they_are_read_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader has opened the old manifest when the sealer puts its tables together."""
    folder = write_log(tmp_path, made_up(6))
    for seconds in (70, 130):
        seal_closed(folder, now=at(seconds))
    truth = JournalView(tmp_path, "a-night").spans()
    reader = JournalView(tmp_path, "a-night")
    real = reader._spans
    meddled: list[bool] = []

    def meddling(manifest: object) -> pa.Table:
        if not meddled:
            meddled.append(True)
            complete(folder)
        return real(manifest)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "_spans", meddling)
    assert reader.spans().equals(truth)


def test_many_parts_are_joined_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night of hours must not leave a reader with hundreds of tables of spans."""
    monkeypatch.setattr(sealing, "PARTS_MAX", 2)
    rows = made_up(7)
    raw, folder = pack(rows), write_log(tmp_path / "joined", [])
    for step in range(1, 9):
        (folder / "log" / "door-1-0.log").write_bytes(raw[: len(raw) // RECORD_BYTES * step // 8 * RECORD_BYTES])
        sealing._seal(folder, before=None)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert len(manifest.spans) <= 2
    write_log(tmp_path / "whole", rows)
    assert Answers(tmp_path / "joined") == Answers(tmp_path / "whole")
