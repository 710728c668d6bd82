"""What people do by themselves is told from what a line makes them do."""

import numpy as np

from kickoff.incidents import notice, silence
from kickoff.incidents.cohorts import Counts
from kickoff.incidents.columns import Columns, read_columns
from kickoff.incidents.lull import ACTIVITY, lulls
from kickoff.incidents.sequential import Alarm, Watch
from tests.evenings import Row, evening, second, table
from tests.incidents.test_lull import NIGHT

START, UNTIL = second(0), second(6_000)
OPENS_S, FLOODED_S, EMPTY_S = 0, 900, 3_600


def columns_of(rows: list[Row]) -> Columns:
    """As `notice` reads them."""
    return read_columns(table(sorted(rows, key=lambda row: int(row["at"] or 0))), UNTIL)


def in_line(number: int, joined_s: float, passed_s: float, *, signed_out: bool = False) -> list[Row]:
    """One household that takes a place, is let in, and presses play at once."""
    device = 10_000_000 + number if signed_out else number
    rows: list[Row] = [
        {"at": second(joined_s), "fact": "joined", "subject": device, "code": "device" if signed_out else "session"},
        {"at": second(passed_s), "fact": "passed", "subject": device},
        {"at": second(passed_s + 0.2), "fact": "leased", "subject": number, "code": "new"},
    ]
    if signed_out:
        rows.append({"at": second(passed_s + 0.1), "fact": "signed_in", "subject": number})
    return rows


def backlog() -> list[Row]:
    """A steady crowd; from a quarter of an hour on a line that lets in two a second until it is empty."""
    rng = np.random.default_rng(7)
    rows: list[Row] = []
    for number, joined in enumerate(np.sort(rng.uniform(0, 6_000, 6_000)).tolist()):
        waits = 0.4 if joined < FLOODED_S or joined > EMPTY_S - 1_400 else 1_400 * rng.uniform(0.7, 1.0)
        rows += in_line(number + 1, joined, joined + waits, signed_out=number % 3 == 0)
    return rows


def test_a_line_that_has_emptied_is_no_silence() -> None:
    """A flood fills the line; an hour after it the last of its backlog is let in, and nobody has gone missing."""
    read = columns_of(backlog())
    did = silence.activity(read, start=START, until=UNTIL)
    came = silence.newcomers(read, start=START, until=UNTIL)

    assert did.sum() == came.sum() == 4_000  # whoever joined by a session, once, when they chose to
    assert lulls(did, ACTIVITY, NIGHT, tuple([60.0] * 201), streams=60) == []


def test_who_is_let_in_at_the_instant_of_pressing_play_did_not_choose_it() -> None:
    """Two facts of one microsecond stand in any order in a journal."""
    rows = in_line(1, 10, 900)
    rows[2]["at"] = rows[1]["at"]
    for order in (rows, [rows[0], rows[2], rows[1]]):
        assert silence.activity(columns_of(order), start=START, until=UNTIL).sum() == 1


def test_with_no_line_a_sign_in_is_ones_own_doing() -> None:
    """Then it is what tells when a household came; and who tries again within minutes is there once."""
    rows: list[Row] = [
        {"at": second(100), "fact": "signed_in", "subject": 1},
        {"at": second(101), "fact": "leased", "subject": 1, "code": "new"},
        {"at": second(350), "fact": "leased", "subject": 1, "code": "switch"},
        {"at": second(651), "fact": "leased", "subject": 1, "code": "switch"},
        {"at": second(120), "fact": "leased", "subject": 2, "code": "new"},
    ]
    read = columns_of(rows)

    assert silence.activity(read, start=START, until=UNTIL).nonzero()[0].tolist() == [100, 120, 651]
    assert silence.newcomers(read, start=START, until=UNTIL).nonzero()[0].tolist() == [100, 120]


def test_who_comes_back_after_a_silence_is_no_new_normal() -> None:
    """While they come back a cohort has more than its share; when they have, it is not silent again."""
    others = np.concatenate([np.full(600, 0.8), np.full(200, 1.0), np.full(1_200, 0.4), np.full(1_500, 0.8)])
    failed = np.random.default_rng(3).binomial(4, others).astype(np.float64)
    counts = Counts(names=(("isp", "one"),), tried=np.full((1, len(others)), 4.0), failed=failed[None, :])

    def second_alarm(learns_from: int) -> Alarm | None:
        watch = Watch(
            counts, silence.BASE, excess=silence.EXCESS, streams=60, pooled=False,
            learns_first=silence.LEARNS_FIRST, fold=silence.FOLD,
        )  # fmt: skip
        first = watch.next_alarm(after=0)
        assert first is not None
        assert 600 <= first.second < 640
        return watch.next_alarm(after=800, learns_from=learns_from)

    assert second_alarm(0) is not None
    assert second_alarm(2_000) is None


def test_an_evening_of_forgotten_passwords_is_an_evening() -> None:
    """Where three in ten are wrong from the first one on, nothing has become worse."""
    rng = np.random.default_rng(5)
    rows: list[Row] = [
        {"at": second(float(at)), "subject": number, **(
            {"fact": "sign_in_failed", "code": "wrong_password"} if rng.random() < 0.3 else {"fact": "signed_in"}
        )}
        for number, at in enumerate(np.sort(rng.uniform(0, 160, 3_000)))
    ]  # fmt: skip

    assert notice(table(rows), evening().night, second(160)) == ()
