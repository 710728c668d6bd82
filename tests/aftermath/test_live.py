"""Summaries of each second, and the exact count of the same beats."""

import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.live import ERROR, LiveReader, Summariser, step_s_of
from kickoff.aftermath.sealing_process import OVER_S, SUM_S, sum_while_it_runs
from kickoff.audience import measure
from kickoff.clock import ManualClock
from kickoff.facts import Row
from tests.aftermath.logs import beat, pack, write_log
from tests.audience.spans import NIGHT

ACCOUNTS = 6_000


def evening(doors: int) -> list[list[Row]]:
    """Each door's beats: most accounts watch through one door, some through two at the same time."""
    chance = np.random.default_rng(7)
    rows: list[list[Row]] = [[] for _ in range(doors)]
    for account in range(1, ACCOUNTS + 1):
        begins, ends = chance.uniform(20, 100), chance.uniform(101, 180)
        through = chance.choice(doors, size=min(doors, 2 if account % 5 == 0 else 1), replace=False)
        for number, door in enumerate(through):
            until = begins
            while (until := until + 20) < ends:
                channel = "two" if account % 4 == 0 else "one"
                rows[door].append(beat(account, until, 20, stream=number + 1, channel=channel))
    return [sorted(some, key=lambda row: row.at) for some in rows]


def test_live_and_exact_agree_within_the_stated_error(tmp_path: Path) -> None:
    """At every instant, in all and by channel, over two doors that share accounts; and for who was reached."""
    first, second = evening(2)
    write_log(tmp_path, first, file="door-1-000001-000001.log")
    folder = write_log(tmp_path, second, file="door-2-000001-000001.log")
    Summariser(folder, NIGHT).tick()
    live = LiveReader(folder, NIGHT).read()
    assert live is not None
    view = JournalView(tmp_path, "a-night")
    spans = view.spans()
    exact = measure(spans, view.facts(), NIGHT)
    assert max(exact.seconds) > ACCOUNTS / 2
    assert live.accounts == pytest.approx(exact.seconds[: len(live.accounts)], rel=ERROR, abs=1)
    assert not any(exact.seconds[len(live.accounts) :])
    for name, curve in live.by_channel.items():
        assert curve == pytest.approx(exact.seconds_by_channel[name][: len(curve)], rel=ERROR, abs=1)
    reached = len(set(spans["subject"].to_pylist()))
    assert live.reached == pytest.approx(reached, rel=ERROR)


def test_a_summary_goes_on_as_the_log_grows(tmp_path: Path) -> None:
    """Second by second, or all at once after a restart: the same sketches."""
    rows = evening(1)[0][:9_000]
    whole = pack(rows)
    folder = write_log(tmp_path, [])
    log = folder / "log" / "door-000001-000001.log"
    summary, reader = Summariser(folder, NIGHT), LiveReader(folder, NIGHT)
    seen = []
    for part in (3, 2, 1):
        log.write_bytes(whole[: len(whole) // part])
        summary.tick()
        seen.append(reader.read())
    assert summary.tick() == 0
    told = [found.totals.watched_ms for found in seen if found]
    assert told == sorted(told)
    Summariser(folder, NIGHT).tick()
    assert LiveReader(folder, NIGHT).read() == seen[-1]
    assert seen[-1] is not None
    assert seen[-1].totals.watched_ms == 20_000 * len(rows)


def test_nothing_is_told_before_anything_was_summed(tmp_path: Path) -> None:
    """The console then says that it does not know."""
    assert LiveReader(write_log(tmp_path, []), NIGHT).read() is None


def test_a_full_evening_is_told_every_ten_seconds_and_a_short_night_every_second() -> None:
    """So many instants that a screen can draw them, and no more sketches than that."""
    full = msgspec.structs.replace(NIGHT, schedule=msgspec.structs.replace(NIGHT.schedule, end=8_900.0))
    assert (step_s_of(NIGHT), step_s_of(full)) == (1, 10)


def test_the_process_sums_every_night_below_its_folder(tmp_path: Path) -> None:
    """A night that cannot be read is said to be so, and takes nothing from its neighbours."""
    folder = write_log(tmp_path, evening(1)[0][:100])
    broken = write_log(tmp_path, [], night="b-night")
    (broken / "night.toml").write_text("no night")
    said: list[str] = []
    sum_while_it_runs(tmp_path, Seconds(2), said.append, clock=ManualClock(NIGHT.at(100)))
    live = LiveReader(folder, NIGHT).read()
    assert live is not None
    assert live.reached > 90
    assert len(said) == 2
    assert "b-night" in said[0]


def test_a_night_that_is_over_is_not_summed_again(tmp_path: Path) -> None:
    """A season's logs lie in one folder: whoever starts on the evening of the last match reads that evening's."""
    folder = write_log(tmp_path, evening(1)[0][:100])
    late = NIGHT.at(NIGHT.schedule.end + OVER_S + 1)
    sum_while_it_runs(tmp_path, Seconds(2), lambda _: None, clock=ManualClock(late))
    assert LiveReader(folder, NIGHT).read() is None
    sum_while_it_runs(tmp_path, Seconds(2), lambda _: None, clock=ManualClock(NIGHT.at(NIGHT.schedule.end)))
    assert LiveReader(folder, NIGHT).read() is not None


class Seconds(threading.Event):
    """Lets so many seconds pass at once."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def wait(self, timeout: float | None = None) -> bool:
        """Whether they are over."""
        assert timeout == SUM_S
        self._left -= 1
        return self._left < 0
