import pyarrow as pa

from kickoff.console.reports import LATELY_S, recent
from tests.evenings import second


def test_only_the_last_minutes_count_the_most_frequent_kind_first() -> None:
    """What was reported at kick-off says nothing of now."""
    rows = [(0.0, "sound"), (900.0, "error"), (901.0, "black_screen"), (902.0, "black_screen")]
    table = pa.table({"at": [second(at) for at, _ in rows], "code": [code for _, code in rows]})
    assert list(recent(table, at=second(100.0 + LATELY_S + 500)).items()) == [("black_screen", 2), ("error", 1)]
    assert recent(table.slice(0, 0), at=second(0.0)) == {}
