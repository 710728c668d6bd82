"""Ten kills at seeded points: an answer given is a fact kept, and the audience is that of the night without them."""

import json
from pathlib import Path
from random import Random

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import finish, seal_closed
from kickoff.audience import measure
from kickoff.facts import Fact, Row
from kickoff.findings import Audience
from kickoff.playback.claims import LEASE_PURPOSE, Client, LeaseClaims
from kickoff.plumbing.key_files import create, store
from kickoff.seals import Seals, account_subject
from kickoff.units import AtUs
from tests.aftermath.logs import at, write_log
from tests.door.killed import KillableDoor, Sent

VIEWERS, BEAT_S, KILLS, SEED = 60, 5, 10, 20220906
KEYS = create(lambda count: bytes(range(count)))


def evening() -> list[Sent]:
    """What the players send, in order: every beat with its number and clock, to the door that is there."""
    seals, chance, sent = Seals(KEYS.seals), Random(SEED), list[tuple[AtUs, str, bytes]]()
    for account in range(1, VIEWERS + 1):
        token = seals.seal(LEASE_PURPOSE, _lease(account))
        begins, leaves = chance.uniform(30, 100), chance.uniform(110, 175)
        for number in range(1, int((leaves - begins) / BEAT_S) + 1):
            instant = at(round(begins + number * BEAT_S, 3))
            body = {"sta": "p", "watched_ms": 1000 * BEAT_S, "sn": number, "ts": instant // 1000, "br": 1200}
            sent.append((instant, f"/v1/a-night/leases/{token}/beats", json.dumps(body).encode()))
    return [(number, path, body, instant) for number, (instant, path, body) in enumerate(sorted(sent))]


def _lease(account: int) -> LeaseClaims:
    return LeaseClaims(
        night="a-night",
        account=account,
        subject=account_subject(KEYS.subject_key, account),
        stream=account,
        offer="all",
        streams_max=1,
        channel="one" if account % 3 else "two",
        cdn="",
        client=Client("tv", "1", "isp-a", "north"),
        granted_at=at(0),
        expires_at=at(4000),
    )


def prepared(root: Path) -> Path:
    """A run folder whose log says that all these streams were granted; the night's file."""
    store(root, KEYS)
    granted = [_lease(account) for account in range(1, VIEWERS + 1)]
    rows = [
        Row(
            at=at(20), fact=Fact.LEASED, subject=lease.subject, stream=lease.stream, offer="all", channel=lease.channel,
            device="tv", app="1", isp="isp-a", region="north", code="new",
        )
        for lease in granted
    ]  # fmt: skip
    night = write_log(root / "journal", rows, file="door-000001-000001.log") / "night.toml"
    # A short line is a small index: a door that starts in no time.
    night.write_text(f"{night.read_text()}[door]\nline_max = 1000\n")
    return night


def played(root: Path, requests: list[Sent], kills: list[int]) -> set[int]:
    """Play the evening, killing the door after so many answers each; who got no answer sends again. The answered."""
    night = prepared(root)
    answered: set[int] = set()
    for until in (*kills, None):
        with KillableDoor(root, night) as door:
            left = [one for one in requests if one[0] not in answered]
            door.post(left)
            # Everything was sent: what the door was doing when it was killed is anywhere between socket and disk.
            answered |= set(door.acknowledged(len(left) if until is None else until))
        seal_closed(night.parent, now=at(100))
    return answered


def told(root: Path) -> tuple[Audience, set[tuple[int, int]]]:
    """The audience, and which beats (subject, number) the journal holds."""
    view = JournalView(root / "journal", "a-night")
    beats = view.facts(where=[Fact.BEAT]).select(["subject", "place"]).to_pylist()
    return measure(view.spans(), view.facts(), view.night), {(row["subject"], row["place"]) for row in beats}


def test_a_night_killed_ten_times_has_the_audience_of_the_one_never_killed(tmp_path: Path) -> None:
    """Real processes, SIGKILL. Whatever was answered is there; what was not was sent again, and counts once."""
    requests, chance = evening(), Random(SEED)
    kills = [chance.randrange(1, 60) for _ in range(KILLS)]
    assert played(tmp_path / "quiet", requests, []) == {one[0] for one in requests}
    assert played(tmp_path / "killed", requests, kills) == {one[0] for one in requests}
    quiet, killed = told(tmp_path / "quiet"), told(tmp_path / "killed")
    assert len(quiet[1]) == len(requests)
    assert killed == quiet
    assert len(list((tmp_path / "killed" / "journal" / "a-night" / "log").glob("*.log"))) > KILLS
    for root in (tmp_path / "quiet", tmp_path / "killed"):
        view = JournalView(root / "journal", "a-night")
        finish(view.folder, view.night, view.subscribers())
    assert told(tmp_path / "killed") == told(tmp_path / "quiet") == quiet


def test_what_was_answered_before_a_kill_is_in_the_log(tmp_path: Path) -> None:
    """Nobody sends again: the journal holds every answered beat, and none that was never sent."""
    requests = evening()[:300]
    with KillableDoor(tmp_path, prepared(tmp_path)) as door:
        door.post(requests)
        answered = door.acknowledged(120)
    sent = [(json.loads(body), path) for _, path, body, _ in requests]
    found = JournalView(tmp_path / "journal", "a-night").facts(where=[Fact.BEAT]).num_rows
    assert len(answered) == 120 <= found <= len(sent)
