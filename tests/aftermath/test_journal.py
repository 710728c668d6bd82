import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kickoff.aftermath.fact_tables import SCHEMA
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.audience import measure
from kickoff.facts import RECORD_BYTES, Fact, Row
from tests.aftermath.logs import at, beat, joined, pack, write_log

ROWS = [
    joined(7, 20, 1),
    joined(8, 21, 2),
    beat(7, 70, 10),
    beat(7, 80, 10),
    beat(8, 80, 10, stalled_s=5),
    Row(at=at(60), fact=Fact.MATCH, code="kick_off"),
]


def test_a_fact_comes_back_as_it_was_recorded_and_what_it_has_not_is_null(tmp_path: Path) -> None:
    """The tables speak for themselves: nobody reading them needs to know what stood for nothing in the log."""
    row = Row(at=at(1), fact=Fact.HEALTH, dependency="sign_in", utilisation=500_000, queue_ms=0, errors=0)
    write_log(tmp_path, [row])
    found = JournalView(tmp_path, "a-night").facts().to_pylist()
    nothing = dict.fromkeys(SCHEMA.names)
    told = {"at": at(1), "fact": "health", "dependency": "sign_in", "utilisation": 500_000, "queue_ms": 0, "errors": 0}
    assert found == [nothing | told]


def test_beats_come_only_when_asked_for(tmp_path: Path) -> None:
    """They are nine tenths of a journal; whoever counts refusals does not carry them."""
    write_log(tmp_path, ROWS)
    view = JournalView(tmp_path, "a-night")
    assert view.facts()["fact"].to_pylist() == ["joined", "joined", "match"]
    assert view.facts(columns=["subject", "watched_ms"], where=[Fact.BEAT]).to_pylist() == [
        {"subject": 7, "watched_ms": 10_000},
        {"subject": 7, "watched_ms": 10_000},
        {"subject": 8, "watched_ms": 10_000},
    ]


def test_no_row_is_later_than_until(tmp_path: Path) -> None:
    """An answer about 21:14 that knows 21:15 is worth nothing; a beat speaks of the past only once it has come."""
    write_log(tmp_path, ROWS)
    whole = JournalView(tmp_path, "a-night", until=at(75))
    assert whole.facts(where=[Fact.JOINED, Fact.BEAT])["at"].to_pylist() == [at(20), at(21), at(70)]
    assert whole.spans().select(["subject", "begins_at", "ends_at"]).to_pylist() == [
        {"subject": 7, "begins_at": at(60), "ends_at": at(70)}
    ]


def test_a_torn_tail_is_cut_and_nothing_else_lost(tmp_path: Path) -> None:
    """A door that dies in the middle of a record has acknowledged everything before it."""
    folder = write_log(tmp_path, ROWS)
    log = folder / "log" / "door-1-0.log"
    whole = JournalView(tmp_path, "a-night").facts()
    log.write_bytes(log.read_bytes() + b"\x01" * (RECORD_BYTES - 1))
    assert JournalView(tmp_path, "a-night").facts().equals(whole)


def test_each_log_file_has_a_dictionary_of_its_own(tmp_path: Path) -> None:
    """The same number names another string in the next file."""
    write_log(tmp_path, [beat(7, 70, 10, channel="two")])
    write_log(tmp_path, [beat(8, 70, 10, channel="one")], file="door-2-0.log")
    found = JournalView(tmp_path, "a-night").facts(columns=["subject", "channel"], where=[Fact.BEAT])
    assert found.sort_by("subject").to_pylist() == [{"subject": 7, "channel": "two"}, {"subject": 8, "channel": "one"}]


def test_a_viewer_minute_holds_what_moved_and_what_stood(tmp_path: Path) -> None:
    """Minutes are what later questions are asked of; the night begins at minute 0, at its start."""
    write_log(tmp_path, ROWS)
    view = JournalView(tmp_path, "a-night")
    viewers = dict(zip(view.viewers()["viewer"].to_pylist(), view.viewers()["subject"].to_pylist(), strict=True))
    found = [
        (viewers[row["viewer"]], row["minute"], row["watched_ms"], row["stalled_ms"])
        for row in view.minutes().to_pylist()
    ]
    assert found == [(7, 1, 20_000, 0), (8, 1, 10_000, 5_000)]


def test_viewers_know_what_any_fact_told_first(tmp_path: Path) -> None:
    """The join names the provider, the beat the offer: together they are the viewer."""
    write_log(tmp_path, ROWS)
    first = JournalView(tmp_path, "a-night").viewers().to_pylist()[0]
    assert (first["subject"], first["isp"], first["offer"], first["region"]) == (7, "isp-a", "all", None)


def foreign(root: Path, rows: list[Row]) -> pa.Table:
    """The facts of these rows, as someone without our code would have them."""
    write_log(root / "source", rows)
    return JournalView(root / "source", "a-night").facts(where=tuple(Fact))


def test_a_journal_that_somebody_else_wrote_reads_the_same(tmp_path: Path) -> None:
    """Only the schema is the contract: not who writes, nor how the files are cut, nor in which order columns stand."""
    facts = foreign(tmp_path, ROWS)
    lean = facts.drop_columns(["utilisation", "source"]).select(
        ["subject", *[n for n in facts.column_names if n not in {"utilisation", "source", "subject"}]]
    )
    folder = tmp_path / "theirs" / "a-night"
    for name, part in (
        ("facts/minute=2022-09-06 18h59/x.parquet", lean.slice(0, 2)),
        ("facts/rest.parquet", lean.slice(2)),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(part, folder / name)
    (folder / "night.toml").write_text((tmp_path / "source" / "a-night" / "night.toml").read_text())
    ours, theirs = JournalView(tmp_path / "source", "a-night"), JournalView(tmp_path / "theirs", "a-night")
    assert theirs.facts().equals(ours.facts())
    assert theirs.spans().equals(ours.spans())
    assert theirs.minutes().equals(ours.minutes())


def test_a_journal_with_minutes_in_the_place_of_beats_has_its_audience(tmp_path: Path) -> None:
    """So the design's tables stand without our spans: facts but beats, viewer-minutes, viewers."""
    folder = write_log(tmp_path / "source", [joined(7, 20, 1), beat(7, 120, 60), beat(8, 180, 90)])
    ours = JournalView(tmp_path / "source", "a-night")
    theirs = tmp_path / "theirs" / "a-night"
    tables = {"facts/some": ours.facts(), "minutes/some": ours.minutes(), "viewers": ours.viewers()}
    for name, table in ((f"{name}.parquet", table) for name, table in tables.items()):
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, theirs / name)
    (theirs / "night.toml").write_text((folder / "night.toml").read_text())
    view = JournalView(tmp_path / "theirs", "a-night")
    found = measure(view.spans(), view.facts(), view.night)
    truth = measure(ours.spans(), ours.facts(), ours.night)
    assert (found.peak, found.reach, found.average) == (truth.peak, truth.reach, truth.average)


def test_a_night_without_its_file_is_told_by_its_facts(tmp_path: Path) -> None:
    """The schema's columns alone are enough for every answer."""
    write_log(tmp_path, [*ROWS, Row(at=at(170), fact=Fact.MATCH, code="whistle")])
    (tmp_path / "a-night" / "night.toml").unlink()
    night = JournalView(tmp_path, "a-night").night
    assert night.at(night.schedule.kick_off) == at(60)
    assert night.at(night.schedule.whistle) == at(170)
    assert list(night.channels) == ["one"]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "log" / "door-1-0.log").write_bytes(b"x" * 200), "not a log of facts"),
        (lambda folder: (folder / "sealed.json").write_text("{"), "delete it and run `kickoff journal` again"),
        (lambda folder: (folder / "night.toml").write_text("name = "), "not TOML"),
    ],
)
def test_what_is_no_journal_is_named_in_one_line(tmp_path: Path, spoil: object, says: str) -> None:
    """Whoever meets a broken journal at night reads one line and knows what to do."""
    folder = write_log(tmp_path, ROWS)
    assert callable(spoil)
    spoil(folder)
    view = JournalView(tmp_path, "a-night")
    with pytest.raises(JournalError, match=says) as caught:
        (view.facts(), view.night)
    assert "\n" not in str(caught.value)


def test_a_wrong_name_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    """The night is misspelt more often than missing."""
    write_log(tmp_path, ROWS)
    with pytest.raises(JournalError, match="there are: a-night"):
        JournalView(tmp_path, "b-night")


def test_earlier_nights_lie_under_the_same_root(tmp_path: Path) -> None:
    """What was normal is told by the nights before."""
    write_log(tmp_path, ROWS)
    folder = write_log(tmp_path, ROWS, night="before")
    text = (folder / "night.toml").read_text().replace("2022-09-06T18:59", "2022-08-30T18:59")
    (folder / "night.toml").write_text(text)
    assert [view.night.name for view in JournalView(tmp_path, "a-night").earlier()] == ["before"]
    assert JournalView(tmp_path, "before").earlier() == ()


def test_a_broken_neighbour_spoils_no_answer(tmp_path: Path) -> None:
    """Last month's night file was edited by hand; tonight is told without it."""
    write_log(tmp_path, ROWS)
    folder = write_log(tmp_path, ROWS, night="broken")
    (folder / "night.toml").write_text("name =")
    assert JournalView(tmp_path, "a-night").earlier() == ()


def test_a_growing_log_is_read_on_where_it_was_left(tmp_path: Path) -> None:
    """Reading while the door writes: a view made later sees more, and a record half written waits."""
    folder = write_log(tmp_path, [])
    raw = pack(ROWS)
    counts = []
    for end in (0, 3 * RECORD_BYTES + 5, len(raw)):
        (folder / "log" / "door-1-0.log").write_bytes(raw[:end])
        counts.append(JournalView(tmp_path, "a-night").facts(where=tuple(Fact)).num_rows)
    assert counts[0] == 0
    assert counts[-1] == len(ROWS)
    assert counts == sorted(counts)
    assert pc.sum(JournalView(tmp_path, "a-night").spans()["ends_at"]).as_py() > 0


def test_a_damaged_log_is_said_in_one_line(tmp_path: Path) -> None:
    """One flipped byte: the file is named, and nothing is told under a wrong name."""
    log = write_log(tmp_path, ROWS) / "log" / "door-1-0.log"
    damaged = bytearray(log.read_bytes())
    damaged[1] = 200
    log.write_bytes(damaged)
    with pytest.raises(JournalError, match=r"door-1-0\.log: .*damaged; move it out of the log folder"):
        JournalView(tmp_path, "a-night").facts()


def test_subscribers_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    """No Parquet, a column too few, a column of words."""
    path = write_log(tmp_path, ROWS) / "subscribers.parquet"
    path.write_bytes(b"subject,offer\n")
    wrong = [None, pa.table({"subject": [1]}), pa.table({"subject": ["x"], "offer": ["all"], "known_since": [0]})]
    for table in wrong:
        if table is not None:
            pq.write_table(table, path)
        with pytest.raises(JournalError, match=r"^[^\n]*subscribers\.parquet: [^\n]*; write the columns [^\n]*$"):
            JournalView(tmp_path, "a-night").subscribers()


@pytest.mark.parametrize("has_file", [True, False])
def test_rows_of_no_instant_or_of_another_day_are_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, has_file: bool
) -> None:
    """One row of 1970 would make an evening of half a century."""
    folder = write_log(tmp_path, ROWS)
    (folder / "log" / "door-1-0.log").unlink()
    (folder / "log").rmdir()
    (folder / "facts").mkdir()
    if not has_file:
        (folder / "night.toml").unlink()
    times = [at(20), at(30), at(40), None, 0, at(3 * 86_400)]
    table = pa.table({"at": pa.array(times, pa.int64()), "fact": ["joined"] * 6, "subject": range(6)})
    pq.write_table(table, folder / "facts" / "all.parquet")
    view = JournalView(tmp_path, "a-night")
    assert view.facts()["subject"].to_pylist() == [0, 1, 2]
    view.facts()
    assert capsys.readouterr().err.count("all.parquet: 3 rows left out") == 1
    assert view.night.at(0) >= at(0)


def test_facts_of_unknown_names_are_counted_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """LEASED is not leased: an answer from the rest alone, or "no fact", would hide it."""
    folder = tmp_path / "a-night" / "facts"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"at": [at(1), at(2)], "fact": ["LEASED", "BEAT"]}), folder / "all.parquet")
    with pytest.raises(JournalError, match="2 rows, none of a known fact; the first is 'LEASED'"):
        _ = JournalView(tmp_path, "a-night").night
    assert capsys.readouterr().err == ""

    pq.write_table(pa.table({"at": [at(1), at(2)], "fact": ["joined", "BEAT"]}), folder / "all.parquet")
    assert JournalView(tmp_path, "a-night").facts().num_rows == 1
    assert capsys.readouterr().err.endswith("1 rows left out: of no known fact; the first is 'BEAT'\n")


def test_tables_of_another_kind_are_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A CSV in facts/ is not read, and that is said, with a night file and without one."""
    folder = write_log(tmp_path, ROWS)
    shutil.rmtree(folder / "log")
    (folder / "facts").mkdir(exist_ok=True)
    (folder / "facts" / "all.csv").write_text("at,fact\n")
    assert JournalView(tmp_path, "a-night").facts().num_rows == 0
    assert "there is no .parquet in it" in capsys.readouterr().err

    (folder / "night.toml").unlink()
    with pytest.raises(JournalError, match=r"there is no \.parquet in facts/"):
        _ = JournalView(tmp_path, "a-night").night
