import pyarrow as pa

from kickoff.console.reports import COLUMNS, LATELY_S, Reported, recent
from tests.evenings import second, table


def test_only_the_last_minutes_count_the_most_frequent_kind_first() -> None:
    """What was reported at kick-off says nothing of now; who reports what says where to look."""
    rows = [
        (0.0, "sound", "tv", "north"),
        (900.0, "error", "tv", "west"),
        (901.0, "black_screen", "phone", "west"),
        (902.0, "black_screen", "phone", None),
        (903.0, "black_screen", "tv", "west"),
    ]
    facts: pa.Table = table(
        [{"at": second(at), "code": code, "device": device, "region": region} for at, code, device, region in rows]
    ).select(list(COLUMNS))
    assert recent(facts, at=second(100.0 + LATELY_S + 500)) == (
        Reported(code="black_screen", count=3, devices=(("phone", 2), ("tv", 1)), regions=(("west", 2),)),
        Reported(code="error", count=1, devices=(("tv", 1),), regions=(("west", 1),)),
    )
    assert recent(facts.slice(0, 0), at=second(0.0)) == ()
