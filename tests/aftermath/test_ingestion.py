import gzip
import json
from pathlib import Path

import pytest

from kickoff.aftermath.ingestion import IngestError, ingest
from kickoff.aftermath.journal import JournalView
from kickoff.audience import measure
from kickoff.cli import main
from kickoff.facts import Fact
from kickoff.plumbing.key_files import create, store
from tests.aftermath.logs import at, beat, write_log
from tests.audience.test_access_log import line, token

KEY = b"k" * 32


def lines(subject: int, first: int, last: int) -> list[str]:
    """Two-second pieces of one viewer."""
    return [line(second, who=token(subject, 1)) for second in range(first, last + 1, 2)]


def test_what_only_the_network_saw_is_in_the_audience(tmp_path: Path) -> None:
    """Viewer 7's beats came, viewer 8's never did: the delivery network's log tells of both, and 7 counts once."""
    folder = write_log(tmp_path, [beat(7, second, 10) for second in range(70, 171, 10)])
    log = tmp_path / "access.log"
    log.write_text(
        "\n".join([*lines(7, 0, 110), *lines(8, 0, 110), "garbage", line(3, who=token(9, 1, "another-night"))])
    )
    told = ingest([log], folder=folder, night="a-night", subject_key=KEY, file_bytes_max=10**6)
    assert (told.lines, told.fetches, told.other, told.malformed) == (114, 112, 1, 1)
    assert told.samples == [f"{log}:113: not a line of an access log in the combined format"]
    view = JournalView(tmp_path, "a-night")
    found = measure(view.spans(), view.facts(), view.night)
    assert (found.average, found.peak, found.reach) == (2, 2, 2)


def test_an_access_log_ingested_twice_changes_no_answer(tmp_path: Path) -> None:
    """Nobody remembers which of last night's files were read already."""
    folder = write_log(tmp_path, [beat(7, 70, 10)])
    log = tmp_path / "access.log.gz"
    log.write_bytes(gzip.compress("\n".join(lines(8, 0, 60)).encode()))
    spans = []
    for _ in range(2):
        ingest([log], folder=folder, night="a-night", subject_key=KEY, file_bytes_max=10**6)
        spans.append(JournalView(tmp_path, "a-night").spans())
    assert spans[0].equals(spans[1])


def test_keys_that_nobody_knows_are_counted(tmp_path: Path) -> None:
    """A new player version says new things: that is seen, not lost."""
    folder = write_log(tmp_path, [])
    log = tmp_path / "access.log"
    log.write_text("\n".join(line(n, who=token(1, 1), cmcd="br=1,d=2000,shiny-new=3") for n in (0, 2, 4)))
    told = ingest([log], folder=folder, night="a-night", subject_key=KEY, file_bytes_max=10**6)
    assert told.unknown_keys == {"shiny-new": 3}


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The wrong file name is one line."""
    with pytest.raises(IngestError, match="name an access log"):
        ingest([tmp_path / "none"], folder=write_log(tmp_path, []), night="a", subject_key=KEY, file_bytes_max=10**6)


def test_the_command_says_what_it_made_of_each_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And ends with 1 where nothing of the night was found."""
    store(tmp_path, create())
    write_log(tmp_path / "journal", [])
    log = tmp_path / "access.log"
    for text, status in (("\n".join(lines(8, 0, 20)), 0), ("nothing", 1)):
        log.write_text(text)
        with pytest.raises(SystemExit) as ended:
            main(["ingest", str(tmp_path), str(log), "--json"])
        assert ended.value.code == status
        assert json.loads(capsys.readouterr().out)["lines"] == len(text.splitlines())


def test_events_of_players_become_their_sessions(tmp_path: Path) -> None:
    """Two sessions, one in each specification, in one file and in disorder; a third that never had a picture."""
    folder = write_log(tmp_path, [])
    start = at(60) // 1000
    events = [
        f'e=ps,sta=s,ts={start - 2_000},sid="a",cid="one"',
        f'e=t,sta=p,ts={start + 60_000},sid="a",br=(800)',
        f'e=ps,sta=p,ts={start},sid="a",msd=700',
        f'e=ps,sta=r,ts={start + 90_000},sid="a"',
        f'e=ps,sta=q,ts={start + 95_000},sid="a",shiny-new',
        f'e=e,sta=f,ts={start},sid="c",ec=("decode")',
        f"e=ps,sta=p,ts={start}",
        '{"event": "playing", "sessionId": 7, "timestamp": 1}',
    ]
    for name, seconds in (("init", 0), ("playing", 10), ("heartbeat", 60), ("paused", 70), ("stopped", 80)):
        payload = {"contentId": "two"} if name == "init" else {}
        event = {"event": name, "sessionId": "b", "timestamp": start + 1000 * seconds, "payload": payload}
        events.append(json.dumps(event))
    log = tmp_path / "events.txt"
    log.write_text("\n".join(events))
    told = ingest([log], folder=folder, night="a-night", subject_key=KEY, file_bytes_max=10**6, channels=("one", "two"))
    assert (told.lines, told.events, told.malformed, told.unknown_keys) == (13, 11, 2, {"shiny-new": 1})
    view = JournalView(tmp_path, "a-night")
    found = measure(view.spans(), view.facts(), view.night)
    quality = found.quality
    assert quality is not None
    assert (quality.watched_s, quality.stalled_s, quality.interruptions) == (150, 5, 1)
    assert (quality.starts, quality.start_failures_technical, quality.start_up_p50_ms) == (2, 1, 700)
    assert (found.peak, found.by_channel["one"].peak, found.by_channel["two"].peak) == (2, 1, 1)
    assert [row["code"] for row in view.facts(where=[Fact.ENDED]).to_pylist()] == ["quit", "quit"]
