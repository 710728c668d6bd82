"""The schema and the log's records."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kickoff import facts
from kickoff.facts import NULL_INT, NULL_SUBJECT, RECORD_BYTES, Fact, Lane, Row, read_records
from kickoff.recorder import Recorder

WORDS = st.text(max_size=20)
ROWS = st.builds(
    Row,
    at=st.integers(0, 2**62),
    fact=st.sampled_from(Fact),
    subject=st.integers(-(2**63), 2**63 - 1),
    stream=st.integers(0, 2**32 - 1),
    offer=WORDS,
    channel=WORDS,
    code=WORDS,
    lane=st.none() | st.sampled_from(Lane),
    place=st.integers(-1, 2**40),
    watched_ms=st.integers(-1, 600_000),
)


@given(st.lists(ROWS, max_size=20))
def test_what_is_packed_is_read_back(rows: list[Row]) -> None:
    """The log is the only memory of a night: no value may change on the way through it."""
    recorder = Recorder()
    records = read_records(b"".join(recorder.pack(row) for row in rows))

    assert len(records.facts) == len(rows)
    for row, record in zip(rows, records.facts, strict=True):
        assert facts.FACT_NAMES[record["fact"]] == row.fact
        assert (record["at"], record["subject"], record["place"]) == (row.at, row.subject, row.place)
        assert (record["stream"], record["watched_ms"]) == (row.stream, row.watched_ms)
        assert facts.LANE_NAMES[record["lane"]] == (row.lane or "")
        for column in ("offer", "channel", "code"):
            assert records.texts[column][record[column]] == getattr(row, column)


def test_a_torn_tail_is_left_out_and_nothing_else() -> None:
    """A process killed in the middle of a write costs the unfinished record only."""
    recorder = Recorder()
    whole = recorder.pack(Row(at=1, fact=Fact.JOINED, offer="sport")) + recorder.pack(Row(at=2, fact=Fact.PASSED))
    torn = whole + recorder.pack(Row(at=3, fact=Fact.BEAT))[: RECORD_BYTES - 1]

    assert list(read_records(torn).facts["at"]) == [1, 2]


def test_a_dictionary_goes_on_where_the_reader_left_off() -> None:
    """Whoever tails a log must understand strings that were introduced before."""
    recorder = Recorder()
    first = read_records(recorder.pack(Row(at=1, fact=Fact.JOINED, isp="isp-a")))
    second = read_records(recorder.pack(Row(at=2, fact=Fact.JOINED, isp="isp-a")), before=first)

    assert second.texts["isp"][second.facts["isp"][0]] == "isp-a"


def test_strings_without_end_are_bounded() -> None:
    """A hostile client inventing versions fills no memory: what comes after the bound is `(other)`."""
    recorder = Recorder()
    raw = b"".join(recorder.pack(Row(at=n, fact=Fact.JOINED, app=f"v{n}")) for n in range(facts.CODES_MAX + 50))
    records = read_records(raw)

    assert len(records.texts["app"]) == facts.CODES_MAX + 1
    assert records.texts["app"][records.facts["app"][-1]] == "(other)"


def test_a_file_that_is_not_a_log_is_refused() -> None:
    """Reading rubbish as facts would be worse than an error."""
    with pytest.raises(ValueError, match="not a log of facts"):
        read_records(b"\xff" * RECORD_BYTES)


def test_a_damaged_log_is_refused_with_what_is_wrong() -> None:
    """One flipped byte, or a file without its beginning: one line, no traceback, and no fact under a wrong name."""
    recorder = Recorder()
    rows = [Row(at=1, fact=Fact.JOINED, isp="isp-a"), Row(at=2, fact=Fact.JOINED, isp="isp-b")]
    raw = b"".join(recorder.pack(row) for row in rows)
    flips = {1: 200, RECORD_BYTES + 1: 99, RECORD_BYTES + 2: 77, 4: 255, RECORD_BYTES + 56: 9, RECORD_BYTES + 65: 3}
    for place, byte in flips.items():
        damaged = bytearray(raw)
        damaged[place] = byte
        with pytest.raises(ValueError, match=r"damaged|changed or lost|missing"):
            read_records(damaged)
    with pytest.raises(ValueError, match="changed or lost"):
        read_records(raw[RECORD_BYTES : 2 * RECORD_BYTES])
    with pytest.raises(ValueError, match="a part is missing"):
        read_records(raw[2 * RECORD_BYTES :])


def test_nulls_stay_nulls() -> None:
    """A fact of the house has no subject, and a join has no watched time."""
    record = read_records(Recorder().pack(Row(at=1, fact=Fact.RATE))).facts[0]

    assert record["subject"] == NULL_SUBJECT
    assert record["watched_ms"] == record["place"] == NULL_INT


def test_every_fact_has_a_meaning_and_every_string_column_stands_in_the_schema() -> None:
    """The schema is the documentation: nothing is recorded that it does not explain."""
    assert set(facts.MEANINGS) == set(Fact)
    assert set(facts.STRING_COLUMNS) <= {column.name for column in facts.COLUMNS}
    assert set(facts.CODES) <= set(Fact)
