"""Facts on their way into the log."""

import hypothesis.strategies as st
from hypothesis import given

from kickoff.facts import RECORD_BYTES, Fact, Lane, Row, read_records
from kickoff.recorder import Recorder, Words

WORDS = st.tuples(*[st.sampled_from(("", "tv", "sport", "é"))] * 7)


@given(st.lists(st.tuples(WORDS, st.sampled_from(Lane), st.integers(0, 2**32 - 1)), max_size=20))
def test_a_join_is_recorded_as_any_fact_is(joins: list[tuple[Words, Lane, int]]) -> None:
    """The quick way and the common way may differ in time, never in a byte: dictionaries included."""
    quick, common = Recorder(), Recorder()
    for number, (words, lane, source) in enumerate(joins):
        offer, channel, device, app, isp, region, code = words
        row = Row(
            at=number,
            fact=Fact.JOINED,
            subject=-number,
            offer=offer,
            channel=channel,
            device=device,
            app=app,
            isp=isp,
            region=region,
            source=source,
            lane=lane,
            place=number,
            code=code,
        )
        packed = quick.pack_joined(number, -number, words, source=source, lane=lane, place=number)
        assert packed == common.pack(row)


def test_words_without_end_are_recorded_and_not_all_remembered() -> None:
    """A hostile client invents a version of its application with each join: memory stays bounded, facts stay right."""
    recorder = Recorder()
    raw = b"".join(
        recorder.pack_joined(
            at, at, ("", "", "", f"v{at % 5000}", "", "", "device"), source=1, lane=Lane.MAIN, place=at
        )
        for at in range(10_000)
    )
    records = read_records(raw)

    assert list(records.facts["place"]) == list(range(10_000))
    assert records.texts["app"][records.facts["app"][4_000]] == "v4000"
    assert records.texts["app"][records.facts["app"][-1]] == "(other)"
    assert len(raw) < (10_000 + 4_200) * RECORD_BYTES
