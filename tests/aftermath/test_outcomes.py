import random
from typing import Any

import pyarrow as pa
import pytest

from kickoff.aftermath.fact_tables import SCHEMA
from kickoff.aftermath.outcomes import ANSWER_MS, MENDED_S, line_figures, outcome
from kickoff.audience.coverage import SPANS
from tests.gestures.nights import night_with

NIGHT = night_with()
KICK_OFF = round(NIGHT.schedule.kick_off)
Row = dict[str, Any]
GOOD_CODES = ("wrong_password", "unknown_account")


def table(rows: list[Row]) -> pa.Table:
    """A facts table of rows; instants in seconds from the start of the night."""
    return pa.Table.from_pylist([{**row, "at": NIGHT.at(row["at"])} for row in rows], schema=SCHEMA)


def watched(*spans: tuple[int, float, float]) -> pa.Table:
    """Moving pictures: (subject, from, to) in seconds."""
    return pa.Table.from_pylist(
        [{"subject": who, "stalled": False, "begins_at": NIGHT.at(a), "ends_at": NIGHT.at(b)} for who, a, b in spans],
        schema=SPANS,
    )


def black_screens(*rows: Row, links: dict[int, int] | None = None) -> int:
    """Of a night with these facts."""
    return outcome(table(list(rows)), SPANS.empty_table(), (), NIGHT, links or {}).black_screens


def expelled(spans: pa.Table, *rows: Row) -> int:
    """Of a night with these facts and pictures."""
    return outcome(table(list(rows)), spans, (), NIGHT, {}).expelled


def test_pictures_are_read_off_the_curve_at_their_second() -> None:
    """Ten and sixty seconds of the night after kick-off, not of the match clock."""
    curve = list(range(200))
    found = outcome(table([]), SPANS.empty_table(), curve, NIGHT, {})
    assert (found.pictures_10s, found.pictures_60s) == (KICK_OFF + 10, KICK_OFF + 60)
    short = outcome(table([]), SPANS.empty_table(), curve[: KICK_OFF + 11], NIGHT, {})
    assert (short.pictures_10s, short.pictures_60s) == (KICK_OFF + 10, 0)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({"fact": "sign_in_failed", "code": "timeout"}, 1),
        ({"fact": "sign_in_failed", "code": "error"}, 1),
        ({"fact": "sign_in_failed", "code": "overloaded"}, 1),
        ({"fact": "sign_in_failed", "code": "wrong_password"}, 0),
        ({"fact": "sign_in_failed", "code": "unknown_account"}, 0),
        ({"fact": "signed_in", "duration_ms": ANSWER_MS}, 0),
        ({"fact": "signed_in", "duration_ms": ANSWER_MS + 1}, 1),
    ],
)
def test_a_sign_in_fails_by_us_or_by_lateness_but_not_by_a_wrong_password(row: Row, count: int) -> None:
    """A session that comes after the person hung up is no session."""
    facts = table([{"at": 100, "subject": 1, **row}])
    assert outcome(facts, SPANS.empty_table(), (), NIGHT, {}).sign_ins_failed == count


def test_a_sign_in_that_nobody_had_hung_up_on_when_the_night_ended_is_in_neither_count() -> None:
    """Its end was not seen."""
    end = NIGHT.schedule.end
    rows = [
        {"at": end + 5, "fact": "signed_in", "subject": 1, "duration_ms": ANSWER_MS + late} for late in (4000, 6000)
    ]
    assert outcome(table(rows), SPANS.empty_table(), (), NIGHT, {}).sign_ins_failed == 1


def test_a_failure_that_is_mended_in_time_is_no_black_screen() -> None:
    """The fault of one network, met by the other, is what the player is for."""
    failed = {"at": 100, "fact": "start_failed", "subject": 1}
    assert black_screens(failed) == 1
    assert black_screens(failed, {"at": 100 + MENDED_S, "fact": "started", "subject": 1}) == 0
    assert black_screens(failed, {"at": 101 + MENDED_S, "fact": "started", "subject": 1}) == 1
    assert black_screens(failed, {"at": 90, "fact": "started", "subject": 1}) == 0


def test_a_device_and_its_account_are_one_household() -> None:
    """The failure is told of the device, the picture of the account: the place in the line is both."""
    rows = [
        {"at": 1, "fact": "joined", "subject": 77, "lane": "main", "place": 5},
        {"at": 9, "fact": "sign_in_failed", "subject": 77, "lane": "main", "place": 5, "code": "timeout"},
        {"at": 12, "fact": "signed_in", "subject": 1000, "lane": "main", "place": 5, "duration_ms": 40},
    ]
    assert black_screens(*rows) == 1
    assert black_screens(*rows, {"at": 14, "fact": "started", "subject": 1000}) == 0


def test_without_a_line_the_links_tell_who_is_who() -> None:
    """With the door open to all nobody has a place."""
    rows = [
        {"at": 9, "fact": "sign_in_failed", "subject": -3, "code": "error"},
        {"at": 12, "fact": "started", "subject": 1000},
    ]
    assert black_screens(*rows) == 1
    assert black_screens(*rows, links={-3: 1000}) == 0


def test_thrown_out_is_who_lost_the_picture_for_good() -> None:
    """Who came back a moment later was interrupted, not expelled; what the house puts out always counts."""
    lost = {"at": 100, "fact": "ended", "subject": 1, "code": "failed"}
    assert expelled(watched((1, 50, 100)), lost) == 1
    assert expelled(watched((1, 50, 100)), lost, {"at": 108, "fact": "started", "subject": 1}) == 0
    assert expelled(watched((1, 50, 100), (1, 110, 130)), lost) == 0
    assert expelled(watched((1, 50, 100)), {**lost, "code": "quit"}) == 0
    assert expelled(watched(), {"at": 100, "fact": "expelled", "subject": 1}) == 1


def line(places: dict[int, float], steps: dict[int, float]) -> list[Row]:
    """Place → joined at; upto → called at."""
    joined = [
        {"at": at, "fact": "joined", "subject": place, "lane": "main", "place": place} for place, at in places.items()
    ]
    return [*joined, *({"at": at, "fact": "called", "lane": "main", "place": upto} for upto, at in steps.items())]


def test_a_line_in_order_has_no_overtaking() -> None:
    """Called in steps, the later never before the earlier."""
    found = line_figures(table(line({1: 1, 2: 2, 3: 3, 4: 4}, {2: 10, 3: 11})), SPANS.empty_table())
    assert (found.joined, found.called, found.overtakes) == (4, 3, 0)


def test_who_joined_later_and_was_called_first_overtook() -> None:
    """A lower place given to a later comer is what the line must never do."""
    found = line_figures(table(line({2: 1, 1: 2}, {1: 10, 2: 11})), SPANS.empty_table())
    assert found.overtakes == 1
    assert line_figures(table(line({2: 1, 1: 2}, {1: 10})), SPANS.empty_table()).overtakes == 1


def test_a_place_given_to_two_is_found() -> None:
    """The same place told to the same household again is one place."""
    twice = [*line({7: 1}, {}), *line({7: 2}, {})]
    assert line_figures(table(twice), SPANS.empty_table()).duplicate_places == 0
    other = [{**row, "subject": 8} for row in twice[1:]]
    assert line_figures(table([*twice, *other]), SPANS.empty_table()).duplicate_places == 1


def test_whoever_came_and_never_had_a_picture_is_counted() -> None:
    """Who was left in line all night met no failure, and is no less without a picture for it."""
    rows = [
        {"at": 1, "fact": "joined", "subject": -1, "lane": "main", "place": 1},
        {"at": 2, "fact": "signed_in", "subject": 1001, "lane": "main", "place": 1},
        {"at": 3, "fact": "started", "subject": 1001},
        {"at": 4, "fact": "joined", "subject": 1002, "lane": "known", "place": 1},
        {"at": 5, "fact": "joined", "subject": -3, "lane": "main", "place": 2},
        {"at": 6, "fact": "called", "lane": "main", "place": 2},
    ]
    assert outcome(table(rows), SPANS.empty_table(), (), NIGHT, {}).without_picture == 2


def test_an_empty_night_has_sensible_figures() -> None:
    """Nothing has happened yet: zeros, no error."""
    found = line_figures(table([]), SPANS.empty_table())
    assert (found.joined, found.called, found.waited_p50_s, found.overtakes) == (0, 0, 0.0, 0)


def test_a_plain_loop_over_the_records_counts_the_same() -> None:
    """The figures of the report, recounted without any of its queries, over a night drawn by chance."""
    for seed in range(12):
        rows = some_night(seed)
        facts, spans = table(rows), SPANS.empty_table()
        figures, found = line_figures(facts, spans), outcome(facts, spans, (), NIGHT, {})
        told = recount(rows)
        assert {name: getattr(figures, name) for name in ("joined", "admitted", "called", "overtakes")} == {
            name: told[name] for name in ("joined", "admitted", "called", "overtakes")
        }
        assert (found.sign_ins_failed, found.black_screens) == (told["sign_ins_failed"], told["black_screens"])
        assert (figures.waited_p50_s, figures.waited_p95_s) == (told["p50"], told["p95"])


def some_night(seed: int) -> list[Row]:
    """Forty households that join in some disorder, are called in steps, and fail and start by chance."""
    dice = random.Random(seed)
    places = list(range(1, 41))
    for _ in range(3):
        at = dice.randrange(39)
        places[at], places[at + 1] = places[at + 1], places[at]
    rows: list[Row] = []
    for order, place in enumerate(places):
        base = {"lane": "main", "place": place}
        rows.append({"at": order, "fact": "joined", "subject": place, **base})
        if place <= 30:
            now = 50 + order
            rows.append({"at": now, "fact": "passed", "subject": place, "wait_ms": dice.randrange(9000), **base})
            for _ in range(dice.randrange(3)):
                code = dice.choice(["timeout", "error", *GOOD_CODES])
                rows.append({"at": now, "fact": "sign_in_failed", "subject": place, "code": code, **base})
                now += dice.randrange(25)
            rows.append({"at": now, "fact": "signed_in", "subject": 1000 + place, "duration_ms": 20, **base})
            if dice.random() < 0.8:
                now += dice.randrange(50)
                rows.append({"at": now, "fact": "started", "subject": 1000 + place})
    rows += [{"at": 45 + step, "fact": "called", "lane": "main", "place": 10 * step} for step in (1, 2, 3)]
    dice.shuffle(rows)
    return rows


def recount(rows: list[Row]) -> dict[str, Any]:
    """The same by loops over the rows, and by the words of the definitions."""
    of = {name: [row for row in rows if row["fact"] == name] for name in ("joined", "passed", "called", "started")}
    calls = {
        row["place"]: min((step["at"] for step in of["called"] if step["place"] >= row["place"]), default=10**9)
        for row in of["joined"]
    }
    overtakes = sum(
        any(a["at"] < b["at"] and calls[b["place"]] < calls[a["place"]] for a in of["joined"]) for b in of["joined"]
    )
    failed = [row for row in rows if row["fact"] == "sign_in_failed" and row["code"] not in GOOD_CODES]
    black = 0
    for place in {row["place"] for row in failed}:
        first = min(row["at"] for row in failed if row["place"] == place)
        pictures = [row["at"] for row in of["started"] if row["subject"] == 1000 + place]
        black += not pictures or min(pictures) - first > MENDED_S
    waits = sorted(row["wait_ms"] for row in of["passed"])
    return {
        "joined": len(of["joined"]),
        "admitted": len(of["passed"]),
        "called": sum(at < 10**9 for at in calls.values()),
        "overtakes": overtakes,
        "sign_ins_failed": len(failed),
        "black_screens": black,
        "p50": waits[-(-len(waits) // 2) - 1] / 1000,
        "p95": waits[-(-len(waits) * 95 // 100) - 1] / 1000,
    }
