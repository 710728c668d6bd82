"""Answers that follow a log say what a reader of the whole night says, whoever asks when."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kickoff.aftermath import answers
from kickoff.aftermath import following as following_module
from kickoff.aftermath.answers import findings
from kickoff.aftermath.following import Cost, Following
from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.facts import FACT_NUMBER, KIND_FACT, RECORD, RECORD_BYTES, Fact
from kickoff.findings import Findings, Metric
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, AtUs
from tests.aftermath.played import lay_out

LOG = "door-000001-000001.log"
LATE = "door-000002-000001.log"


def growing(folder: RunFolder, *, late_s: int = 0, step_s: int = 10, stalls: bool = False) -> Iterator[AtUs]:
    """Take the log of a night away, and bring it back `step_s` at a time; every third record by a later door."""
    path = folder.journal / "log" / LOG
    night = JournalView(folder.journals, folder.night).night
    raw = path.read_bytes() if not stalls else _stalling(path.read_bytes(), night.at(130), night.at(150))
    records = [raw[at : at + RECORD_BYTES] for at in range(0, len(raw), RECORD_BYTES)]
    path.write_bytes(b"")
    texts = [record for record in records if record[0] == 2]
    ours, theirs = records, []
    if late_s:
        facts = [record for record in records if record[0] == 1]
        ours = [*texts, *(one for number, one in enumerate(facts) if number % 3)]
        theirs = [*texts, *(one for number, one in enumerate(facts) if number % 3 == 0)]
    for second in range(step_s, round(night.schedule.end) + late_s + 2 * step_s, step_s):
        for name, own, lag in ((LOG, ours, 0), (LATE, theirs, late_s)):
            until = night.at(second - lag)
            come = next((n for n, one in enumerate(own) if one[0] == 1 and _at(one) >= until), len(own))
            if own:
                (folder.journal / "log" / name).write_bytes(b"".join(own[:come]))
        yield night.at(second)


def _stalling(raw: bytes, begins: int, ends: int) -> bytes:
    """Every other picture stands still for a while."""
    records = np.frombuffer(raw, RECORD).copy()
    beats = (records["kind"] == KIND_FACT) & (records["fact"] == FACT_NUMBER[Fact.BEAT]) & (records["subject"] % 2 == 0)
    records["stalled_ms"][beats & (records["at"] >= begins) & (records["at"] < ends)] = 5_000
    return records.tobytes()


def _at(record: bytes) -> int:
    return int.from_bytes(record[8:16], "little")


def said(found: Findings) -> bytes:
    """An answer as it is told, to the last byte."""
    return msgspec.json.encode(found)


@pytest.mark.parametrize("late_s", [0, 3, 30])
def test_at_any_instant_and_at_the_end_it_is_the_answer_of_the_whole_night(tmp_path: Path, late_s: int) -> None:
    """What was carried over from the last answer must not show: not the order of reading, nor who came late."""
    folder = lay_out(tmp_path)
    following = None
    for number, now in enumerate(growing(folder, late_s=late_s, step_s=25, stalls=late_s == 3)):
        view = JournalView(folder.journals, folder.night)
        following = following or Following(view, now, spent=lambda: 0.0)
        following.tick(now)
        if number % 3 == 0:
            assert following.findings is not None
            assert said(following.findings) == said(findings(view))
    assert following is not None
    assert following.findings is not None
    whole = findings(JournalView(folder.journals, folder.night))
    assert whole.incidents
    assert said(following.findings) == said(whole)


def test_who_begins_in_the_middle_of_a_sealed_night_says_the_same(tmp_path: Path) -> None:
    """A console that is started anew reads the tables, and the log from where they end."""
    folder = lay_out(tmp_path)
    following, answered = None, 0
    for number, now in enumerate(growing(folder, step_s=30, stalls=True)):
        seal_closed(folder.journal, now=now)
        view = JournalView(folder.journals, folder.night)
        if number == 3:
            following = Following(view, now, spent=lambda: 0.0)
        if following is not None and following.tick(now):
            answered += 1
            assert following.findings is not None
    assert following is not None
    assert answered > 2
    view = JournalView(folder.journals, folder.night)
    finish(folder.journal, view.night, view.subscribers())
    assert Metric.STALLS in {one.metric for one in following.answer(AtUs(0)).incidents}
    assert said(following.answer(AtUs(0))) == said(findings(JournalView(folder.journals, folder.night)))


def test_beyond_so_many_beats_none_are_kept_and_a_reader_of_the_night_reads_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Viewers who stay add beats and hardly any other facts: without a bound of their own they fill the memory."""
    for module in (answers, following_module):
        monkeypatch.setattr(module, "BEATS_MAX", 900)
    folder = lay_out(tmp_path)
    following, most = None, 0
    for now in growing(folder, step_s=30, stalls=True):
        view = JournalView(folder.journals, folder.night)
        following = following or Following(view, now, spent=lambda: 0.0)
        following.tick(now)
        most = max(most, sum(map(len, following._beats or ())))
    assert following is not None
    assert 0 < most <= 900
    assert not sum(map(len, following._beats or ())), "none are kept from then on"
    assert Metric.STALLS not in {one.metric for one in following.answer(AtUs(0)).incidents}
    assert said(following.answer(AtUs(0))) == said(findings(JournalView(folder.journals, folder.night)))


def test_what_was_answered_lies_in_one_table(tmp_path: Path) -> None:
    """Each reading has dictionaries of its own: an evening of them would be thousands of tables."""
    folder = lay_out(tmp_path)
    following = None
    for now in growing(folder, step_s=30):
        following = following or Following(JournalView(folder.journals, folder.night), now, spent=lambda: 0.0)
        following.read_on(now)
        following.answer(now)
        assert following._beats is not None
        assert len(following._beats) == 1


def test_an_alarm_is_answered_at_once_though_the_share_is_used_up(tmp_path: Path) -> None:
    """Late on a night of millions an answer costs seconds: then minutes lie between two of them, but for an alarm."""
    folder = lay_out(tmp_path)
    clock = iter(range(0, 10**9, 5))
    following, answered = None, []
    for now in growing(folder):
        view = JournalView(folder.journals, folder.night)
        following = following or Following(view, now, spent=lambda: float(next(clock)))
        if following.tick(now):
            answered.append(now)
            assert following.findings is not None
            if following.findings.incidents:
                break
    assert following is not None
    assert following.findings is not None
    (incident,) = following.findings.incidents
    assert len(answered) == 2
    assert answered[-1] - incident.noticed_at <= 10 * US_PER_S


def test_answers_take_no_more_than_their_share() -> None:
    """After one of three seconds, at three hundredths of a core, a hundred pass; an alarm may come before."""
    cost = Cost(share=0.03, since=AtUs(0))
    assert cost.is_due(AtUs(0))
    cost.add(3.0, AtUs(0))
    second = US_PER_S
    assert not cost.is_due(AtUs(99 * second))
    assert cost.is_due(AtUs(100 * second))
    assert not cost.is_due(AtUs(5 * second), alarmed=True)
    assert cost.is_due(AtUs(6 * second), alarmed=True)
    cost.add(18.0, AtUs(6 * second))
    assert not cost.is_due(AtUs(60 * second), alarmed=True)
    assert cost.is_due(AtUs(100 * second), alarmed=True)


def test_a_night_without_anything_new_is_not_answered_again(tmp_path: Path) -> None:
    """The same journal gives the same answer: it is kept."""
    folder = lay_out(tmp_path)
    following = Following(JournalView(folder.journals, folder.night), AtUs(0), spent=lambda: 0.0)
    assert following.tick(AtUs(0))
    assert not following.tick(AtUs(10 * US_PER_S))


def test_who_follows_begins_again_when_the_list_of_subscribers_comes(tmp_path: Path) -> None:
    """It is read once; somebody may bring it in the middle of the night."""
    folder = lay_out(tmp_path)
    following = Following(JournalView(folder.journals, folder.night), AtUs(0), spent=lambda: 0.0)
    assert not following.is_stale()
    (folder.journal / "subscribers.parquet").write_bytes(b"")
    assert following.is_stale()


def test_a_journal_without_a_log_is_read_anew_each_time(tmp_path: Path) -> None:
    """Somebody else writes its tables: there is nothing to follow."""
    folder = lay_out(tmp_path)
    view = JournalView(folder.journals, folder.night)
    seal_closed(folder.journal, now=AtUs(view.night.at(view.night.schedule.end) + 3_600 * US_PER_S))
    (folder.journal / "log" / LOG).unlink()
    following = Following(JournalView(folder.journals, folder.night), AtUs(0), spent=lambda: 0.0)
    assert following.is_stale()
    assert said(following.answer(AtUs(0))) == said(findings(JournalView(folder.journals, folder.night)))
