import pyarrow as pa
import pytest

from kickoff.aftermath.report_acts import acts

NAMES = ("at", "fact", "code", "app", "lane", "place", "rate_per_s", "duration_ms")


def facts(*rows: dict[str, object]) -> pa.Table:
    """Facts of the operator, one after the other."""
    whole = [
        {**dict.fromkeys(NAMES), "at": at, "fact": "operator", "app": "", **row} for at, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(whole)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"code": "pause", "app": "ana"}, "ana paused the door"),
        ({"code": "notice", "app": "rule"}, "The rule changed the notice to viewers"),
        ({"code": "cap", "app": "ana", "rate_per_s": 1500}, "ana set a cap of 1.5 a second"),
        ({"code": "cap", "app": "ana"}, "ana lifted the cap"),
        ({"code": "pin", "app": "ana", "duration_ms": 30_000}, "ana set the heartbeat to 30 s"),
        ({"code": "lanes main 0.2", "app": "ana"}, "ana guaranteed the lanes shares"),
        ({"code": "lanes", "app": "ana"}, "ana let the lanes share as usual"),
    ],
)
def test_an_act_is_said_in_words_with_who_did_it(row: dict[str, object], said: str) -> None:
    """A code says nothing to who reads the report, and 'the operator' did not do what the rule did."""
    assert [what for _, what in acts(facts({"rate_per_s": None, "duration_ms": None, **row}))] == [said]


def test_the_draw_is_told_once_and_its_seed_is_cut() -> None:
    """It is a fact of each lane, with 64 digits that no phone's screen is wide enough for."""
    seed = "1a2b3c4d" * 8
    told = list(
        acts(
            facts(
                {"code": f"draw {seed}", "lane": "main", "place": 1200},
                {"code": f"draw {seed}", "lane": "known", "place": 34},
            )
        )
    )
    assert told == [(1, "The house drew lots for the 1,234 who had come before the doors: seed 1a2b3c4d1a2b…")]
