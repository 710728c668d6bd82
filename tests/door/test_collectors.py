"""Many beats at once, from one who hears many players."""

import json

import pytest

from kickoff.door.collectors import COLLECTOR_PURPOSE, CONTENT_TYPE, CollectorClaims
from kickoff.door.hearing import Hearing
from kickoff.door.journal import MemoryLog
from kickoff.door.telling import ENCODER, TELL_DECODER, Ears, TellingJournal
from kickoff.facts import read_records
from kickoff.seals import account_subject
from kickoff.units import US_PER_S
from tests.door.rig import CLIENT, Answer, FakeLine, N, Rig
from tests.door.test_recovery import restarted

WORDS = ("offer", "channel", "device", "app", "isp", "region", "cdn")


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def collector(rig: Rig, night: str = "psg-juventus") -> str:
    """A collector's token."""
    claims = CollectorClaims(name="cdn", night=night, expires_at=rig.now + 60 * US_PER_S)
    return rig.seals.seal(COLLECTOR_PURPOSE, claims)


def post(rig: Rig, body: object, *, token: str = "") -> Answer:
    """A batch."""
    headers = {"content-type": CONTENT_TYPE, "authorization": f"Bearer {token or collector(rig)}"}
    return rig.ask("POST", f"{N}/beacons", json.dumps(body).encode(), headers=headers)


def subjects(rig: Rig, *accounts: int) -> list[int]:
    """The accounts' subjects, as their playback tokens say them."""
    return [account_subject(rig.keys.subject_key, account) for account in accounts]


def test_a_batch_is_recorded_as_the_beats_that_it_holds(rig: Rig) -> None:
    """Same columns, same first picture, as if each had come alone with its lease."""
    for account in (1, 2):
        rig.watch(account)
    rig.at_s += 10
    ts = rig.now // 1000 - 700
    body = {"stream": [1, 2], "subject": subjects(rig, 1, 2), "watched_ms": [9000, 8000], "stalled_ms": [0, 50]}
    answer = post(rig, body | {"sn": [1, -1], "ts": [ts, -1], "br": [1200, 800], "msd": [640, -1], "sta": "pp"})
    assert (answer.status, answer.json) == (202, {"taken": 2, "refused": []})
    first, second = rig.facts("beat")
    assert (first["watched_ms"], first["place"], first["wait_ms"], first["bitrate_kbps"]) == (9000, 1, 700, 1200)
    assert (second["watched_ms"], second["stalled_ms"], second["place"], second["wait_ms"]) == (8000, 50, -1, -1)
    for row in (first, second):
        assert {name: row[name] for name in CLIENT} == CLIENT
        assert (row["channel"], row["offer"]) == ("canal-plus", "sport")
        assert row["cdn"]
    assert [row["duration_ms"] for row in rig.facts("started")] == [640, -1]


def test_a_stream_of_another_is_refused_by_its_index(rig: Rig) -> None:
    """Never silent loss, and nobody's time goes to another account: wrong account, ended, unknown, beyond the table."""
    for account in (1, 2, 3):
        rig.watch(account)
    rig.door.house.leases.end(3)
    body = {"stream": [1, 2, 3, 4, 4_000_000_000], "subject": subjects(rig, 2, 2, 3, 4, 5), "watched_ms": [1] * 5}
    assert post(rig, body).json == {"taken": 1, "refused": [0, 2, 3, 4]}
    assert [row["stream"] for row in rig.facts("beat")] == [2]


def test_a_batch_without_a_collectors_token_is_refused(rig: Rig) -> None:
    """A viewer's token, one of another night, a flipped bit: none of them speaks for others."""
    lease = rig.watch(1).json["lease"]
    body = {"stream": [1], "subject": subjects(rig, 1), "watched_ms": [1]}
    flipped = collector(rig)[:-1] + "~"
    for token in (lease, collector(rig, night="another"), flipped):
        assert post(rig, body, token=token).status == 401
    assert not rig.facts("beat")


@pytest.mark.parametrize(
    "body",
    [
        {"stream": [1], "subject": [1, 2], "watched_ms": [1]},
        {"stream": [1], "subject": [1], "watched_ms": [1], "sta": "pp"},
        {"stream": [1], "subject": [1], "watched_ms": [700_000]},
        {"stream": [-1], "subject": [1], "watched_ms": [1]},
        {"stream": [1], "subject": [1], "watched_ms": [1], "sta": "x"},
        {"stream": [1] * 1001, "subject": [1] * 1001, "watched_ms": [1] * 1001},
        [1],
    ],
)
def test_a_batch_out_of_bounds_is_one_clear_refusal(rig: Rig, body: object) -> None:
    """Nothing of it is taken: half a batch would be nobody's."""
    rig.watch(1)
    assert post(rig, body).status == 400
    assert not rig.facts("beat")


def test_failures_and_ends_in_a_batch_are_told(rig: Rig) -> None:
    """`f` before a picture is a failed start, after it a stream that failed; `q` is a viewer who left."""
    for account in (1, 2, 3):
        rig.watch(account)
    who = {"stream": [1, 2, 3], "subject": subjects(rig, 1, 2, 3), "watched_ms": [0, 0, 0]}
    post(rig, who | {"sta": "pfp"})
    post(rig, who | {"sta": "ffq"})
    assert [row["stream"] for row in rig.facts("start_failed")] == [2]
    assert [(row["stream"], row["code"]) for row in rig.facts("ended")] == [(1, "failed"), (3, "quit")]


def test_a_stream_ends_once_however_often_a_batch_says_so(rig: Rig) -> None:
    """Else more people leave than came, and whoever left starts again."""
    for account in (1, 2):
        rig.watch(account)
    body = {"stream": [1, 1, 2, 1, 2], "subject": subjects(rig, 1, 1, 2, 1, 2), "watched_ms": [9, 8, 7, 6, 5]}
    assert post(rig, body | {"sta": "qqqpp"}).json["taken"] == 5
    assert [row["stream"] for row in rig.facts("ended")] == [1, 2]
    assert rig.facts("started") == []
    assert (rig.door.house.counts.ended, rig.door.house.leases.open_total) == (2, 0)


def test_a_stream_of_another_door_is_recorded_with_its_own_words(rig: Rig) -> None:
    """A batch brings none: without them a collector's beats belong to no offer and no network, wherever it is heard."""
    first = Rig(line=FakeLine())
    first.watch(1)
    journal = first.door.house.journal
    assert isinstance(journal, TellingJournal)
    told = journal.tell(writer="door-1", epoch=1)
    Hearing(rig.door.house, writer="door-2", ears=Ears({})).hear(TELL_DECODER.decode(ENCODER.encode(told)))
    body = {"stream": [1], "subject": subjects(rig, 1), "watched_ms": [9000]}
    assert post(rig, body).json["taken"] == 1
    [leased], [beat] = first.facts("leased"), rig.facts("beat")
    assert [beat[name] for name in WORDS] == [leased[name] for name in WORDS]
    assert all(beat[name] for name in WORDS)


def test_words_are_written_again_in_each_new_file() -> None:
    """Every log file is read alone: a number of the file before means nothing in it."""
    log = RotatingLog()
    rig = Rig(log=log)
    rig.watch(1)
    body = {"stream": [1], "subject": subjects(rig, 1), "watched_ms": [1]}
    post(rig, body)
    log.is_long = True
    post(rig, body)
    post(rig, body)
    [last] = [log.data[at:] for at in log.cuts[-1:]]
    found = read_records(bytes(last))
    assert found.texts["isp"][int(found.facts["isp"][0])] == CLIENT["isp"]


class RotatingLog(MemoryLog):
    """Remembers where each new file begins."""

    def __init__(self) -> None:
        super().__init__()
        self.cuts: list[int] = []

    def rotate(self) -> bool:
        """A new file."""
        self.cuts.append(len(self.data))
        self.is_long = False
        return True


def test_a_door_that_was_killed_knows_with_what_each_stream_is_watched() -> None:
    """A batch brings no words: they come from the log, as the leases do."""
    rig = Rig()
    rig.watch(1)
    again = restarted(rig)
    assert post(again, {"stream": [1], "subject": subjects(rig, 1), "watched_ms": [1]}).json["taken"] == 1
    [row] = again.facts("beat")
    assert {name: row[name] for name in CLIENT} == CLIENT
