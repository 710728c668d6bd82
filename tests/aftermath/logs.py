"""Made-up nights as the door would have written them: the truth is what the test asked for."""

from pathlib import Path

from kickoff.facts import Fact, Row
from kickoff.recorder import Recorder
from kickoff.units import US_PER_S, AtUs, parse_iso

START = parse_iso("2022-09-06T18:59:00Z")

NIGHT_TOML = """\
name = "a-night"
title = "A night"
starts_at = "2022-09-06T18:59:00Z"
[schedule]
doors = 20
kick_off = 60
goals = [90]
half_time = 110
second_half = 118
whistle = 170
end = 185
[channels.one]
title = "One"
[channels.two]
title = "Two"
[offers.all]
title = "All"
channels = ["one", "two"]
streams_max = 3
price_cents = 1000
share = 1.0
"""


def at(seconds: float) -> AtUs:
    """So many seconds after the night's start."""
    return AtUs(START + round(seconds * US_PER_S))


def beat(
    subject: int,
    ends_s: float,
    watched_s: float,
    *,
    stalled_s: float = 0,
    stream: int = 1,
    channel: str = "one",
    device: str = "tv",
    bitrate: int = 1200,
) -> Row:
    """A beat at `ends_s` that says: watched for so long until now, after a stall of so long."""
    return Row(
        at=at(ends_s), fact=Fact.BEAT, subject=subject, stream=stream, offer="all", channel=channel, device=device,
        watched_ms=round(watched_s * 1000), stalled_ms=round(stalled_s * 1000), bitrate_kbps=bitrate,
    )  # fmt: skip


def joined(subject: int, seconds: float, place: int) -> Row:
    """A viewer takes a place."""
    return Row(at=at(seconds), fact=Fact.JOINED, subject=subject, place=place, code="session", isp="isp-a", device="tv")


def pack(rows: list[Row]) -> bytes:
    """The bytes of one log file."""
    recorder = Recorder()
    return b"".join(recorder.pack(row) for row in rows)


def write_log(root: Path, rows: list[Row], *, night: str = "a-night", file: str = "door-1-0.log") -> Path:
    """A journal whose night has this log file (others stay); returns the night's folder."""
    folder = root / night
    (folder / "log").mkdir(parents=True, exist_ok=True)
    (folder / "night.toml").write_text(NIGHT_TOML.replace("a-night", night))
    (folder / "log" / file).write_bytes(pack(rows))
    return folder
