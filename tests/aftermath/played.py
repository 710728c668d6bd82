"""Run folders of nights that were never played: journals as the door writes them, with a truth that is known."""

import random
from pathlib import Path
from typing import Any

from kickoff.accounts.roster import login_of
from kickoff.facts import Fact, Lane, Row
from kickoff.night import Night, parse_night
from kickoff.plumbing.key_files import load_or_create
from kickoff.recorder import Recorder
from kickoff.run_folder import RunFolder
from kickoff.seals import account_subject, keyed_hash64
from tests.architecture.source import ROOT

STARTS_AT = "2022-09-06T19:00:00Z"
HIT = range(300, 360)
"""The accounts whose start fails, on the delivery network south, and never comes."""


def lay_out(root: Path, *, people: int = 420, is_open: bool = False, title: str = "PSG – Juventus") -> RunFolder:
    """A night of the example's schedule: a line that moves in order, a network that fails from second 88 to 112."""
    folder = RunFolder(root, "psg-juventus")
    (folder.journal / "log").mkdir(parents=True)
    # Everybody who was hit is on the list, however short: the policy's lower bound has tests of its own.
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8").replace("minutes_min = 0.5\n", "")
    text = text.replace("PSG – Juventus", title).replace("[schedule]", f'starts_at = "{STARTS_AT}"\n\n[schedule]', 1)
    folder.night_file.write_text(text.replace("subscribers = 20000", "subscribers = 500"), "utf-8")
    night = parse_night(text, source="played")
    key = load_or_create(root).subject_key
    rows = _of_the_house(night)
    for account in range(people):
        rows += _of_a_viewer(night, key, account, is_open=is_open)
    recorder = Recorder()
    rows.sort(key=lambda row: row.at)
    (folder.journal / "log" / "door-000001-000001.log").write_bytes(b"".join(map(recorder.pack, rows)))
    return folder


def _of_the_house(night: Night) -> list[Row]:
    rows = [Row(at=night.at(at), fact=Fact.MATCH, code=code) for code, at in night.match_events()]
    rows += [
        Row(
            at=night.at(second),
            fact=Fact.HEALTH,
            dependency="sign_in",
            utilisation=600_000 if second < 110 else 100_000,
            queue_ms=2,
            errors=0,
            capacity_per_s=45_000,
        )
        for second in range(round(night.schedule.end))
    ]
    return rows


def _of_a_viewer(night: Night, key: bytes, account: int, *, is_open: bool) -> list[Row]:
    """Everybody joins in the order of their numbers, is called 4 s later, and is let in 1 s after that."""
    dice = random.Random(account)
    subject = account_subject(key, account)
    joins = 20 + account * 0.25
    enters = joins if is_open else joins + 5
    who: dict[str, Any] = {
        "offer": dice.choice(["essential", "sport", "young"]),
        "device": dice.choice(["tv", "phone"]),
    }
    who |= {"app": "7.2.0", "isp": "isp-a", "region": "north"}
    place = account + 1
    rows: list[Row] = []
    if not is_open:
        rows = [
            Row(
                at=night.at(joins), fact=Fact.JOINED, subject=subject, lane=Lane.MAIN, place=place,
                code="session", **who,
            ),
            Row(at=night.at(joins + 4), fact=Fact.CALLED, lane=Lane.MAIN, place=place),
            Row(
                at=night.at(enters), fact=Fact.PASSED, subject=subject, lane=Lane.MAIN, place=place,
                wait_ms=5000, code="in_time", **who,
            ),
        ]  # fmt: skip
    elif account % 4 == 0:
        # Unknown to the door but by the login that they typed.
        stranger = keyed_hash64(key, b"login:" + login_of(account).encode())
        return [
            Row(at=night.at(enters + 8), fact=Fact.SIGN_IN_FAILED, subject=stranger, code="error", duration_ms=8000)
        ]
    return rows + _of_a_stream(night, subject, account, enters, who)


def _of_a_stream(night: Night, subject: int, account: int, enters: float, who: dict[str, Any]) -> list[Row]:
    cdn = "south" if account in HIT or account % 3 == 0 else "north"
    stream: dict[str, Any] = {"subject": subject, "stream": account + 1, "channel": "canal-plus", "cdn": cdn, **who}
    rows = [Row(at=night.at(enters + 0.5), fact=Fact.LEASED, code="new", **stream)]
    if account in HIT:
        return [*rows, Row(at=night.at(enters + 1), fact=Fact.START_FAILED, code="manifest", **stream)]
    rows.append(Row(at=night.at(enters + 1), fact=Fact.STARTED, duration_ms=500, **stream))
    beats = range(int(enters) + 11, round(night.schedule.whistle), 10)
    rows += [
        Row(at=night.at(at), fact=Fact.BEAT, watched_ms=10_000, stalled_ms=0, bitrate_kbps=1200, **stream)
        for at in beats
    ]
    return [*rows, Row(at=night.at(night.schedule.whistle), fact=Fact.ENDED, code="whistle", **stream)]
