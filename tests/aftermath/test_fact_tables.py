"""The order of a table of facts: by time, and of the same instant by what they say."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kickoff.aftermath.fact_tables import CODED, ORDER, ordered

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.integers(0, 5),
            "fact": st.sampled_from(["started", "beat", "joined"]),
            "subject": st.one_of(st.none(), st.integers(-2, 2)),
            "stream": st.one_of(st.none(), st.integers(0, 1)),
            "place": st.one_of(st.none(), st.integers(0, 1)),
            "code": st.one_of(st.none(), st.sampled_from(["a", "b"])),
            "wait_ms": st.integers(0, 9),
        }
    ),
    max_size=20,
)
SCHEMA = pa.schema([
    ("at", pa.int64()), ("fact", pa.string()), ("subject", pa.int64()), ("stream", pa.int64()), ("place", pa.int64()),
    ("code", pa.string()), ("wait_ms", pa.int32()),
])  # fmt: skip


@given(ROWS)
def test_the_same_facts_lie_in_the_same_order_however_they_came(rows: list[dict[str, object]]) -> None:
    """Two doors write at once: who was read first must not show. Held against Arrow's own sort by all keys."""
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    expected = table.sort_by(ORDER).to_pylist() if rows else []
    assert ordered(table).to_pylist() == expected
    assert ordered(ordered(table)).to_pylist() == expected
    coded = table.set_column(1, "fact", table["fact"].dictionary_encode().cast(CODED))
    assert ordered(coded).to_pylist() == expected
