"""A whole night with real processes: what the summary says is what the viewers themselves counted."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kickoff.aftermath.answers import findings
from kickoff.aftermath.journal import JournalView
from kickoff.facts import FACT_NAMES, Fact, read_records
from kickoff.run_folder import RunFolder

EXAMPLES = Path(__file__).parents[2] / "examples"
NIGHT_S = 300

pytestmark = [pytest.mark.timeout(NIGHT_S), pytest.mark.xdist_group("night")]

SHORT = {
    "doors = 20": "doors = 4",
    "kick_off = 60": "kick_off = 12",
    "goals = [65.5, 84.5, 127.0]": "goals = [14.0, 17.0, 25.0]",
    "half_time = 110": "half_time = 20",
    "second_half = 118": "second_half = 22",
    "whistle = 170": "whistle = 32",
    "end = 185": "end = 36",
    "call_s = 15": "call_s = 6",
    "poll_s = [2, 4]": "poll_s = [0.5, 1]",
    "beat_s = 10": "beat_s = 2",
    "beat_s_max = 40": "beat_s_max = 8",
    "minute_s = 0.65": "minute_s = 0.2",
    "subscribers = 20000": "subscribers = 1600",
    "patience_s = 90": "patience_s = 40",
    "at = 88": "at = 14",
    "until = 112": "until = 22",
}


def short_night(folder: Path) -> Path:
    """The example, squeezed into 36 seconds."""
    text = (EXAMPLES / "psg-juventus.toml").read_text()
    for long, short in SHORT.items():
        assert long in text, f"the example no longer holds {long!r}"
        text = text.replace(long, short, 1)
    (folder / "arrivals-1998-06-30.csv").write_text((EXAMPLES / "arrivals-1998-06-30.csv").read_text())
    (folder / "night.toml").write_text(text)
    return folder / "night.toml"


def free_ports() -> dict[str, str]:
    """Ports that nothing listens on, as settings."""
    sockets = {name: socket.socket() for name in ("DOOR", "BACKEND", "CONSOLE")}
    for one in sockets.values():
        one.bind(("127.0.0.1", 0))
    ports = {f"KICKOFF_{name}_PORT": str(one.getsockname()[1]) for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return ports


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The short night, played with the door and with the door open to all."""
    folder = tmp_path_factory.mktemp("night")
    out = RunFolder(folder / "out", "psg-juventus")
    done = subprocess.run(
        [sys.executable, "-m", "kickoff", "run", str(short_night(folder)), "--exit", "--out", str(out.root)],
        env={**os.environ, **free_ports()},
        capture_output=True,
        text=True,
        timeout=NIGHT_S - 20,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(out.report) in done.stdout
    return out


def summary(played: RunFolder) -> dict[str, Any]:
    """summary.json."""
    found = json.loads(played.summary.read_text())
    assert isinstance(found, dict)
    return found


def crowd(played: RunFolder) -> dict[str, Any]:
    """What the viewers counted themselves."""
    found = json.loads(played.crowd.read_text())
    assert isinstance(found, dict)
    return found


def recount(played: RunFolder) -> tuple[Counter[str], list[tuple[str, int, int]]]:
    """The log read by a plain loop: how many of each fact, and (lane, place, subject) of each join."""
    counts: Counter[str] = Counter()
    places: list[tuple[str, int, int]] = []
    for log in sorted((played.journal / "log").iterdir()):
        for record in read_records(log.read_bytes()).facts:
            counts[FACT_NAMES[record["fact"]]] += 1
            if FACT_NAMES[record["fact"]] == Fact.JOINED:
                places.append((str(record["lane"]), int(record["place"]), int(record["subject"])))
    return counts, places


def test_the_draw_is_published_and_verifies(played: RunFolder) -> None:
    """Nobody but the commands of a whole night had a hand in it."""
    command = [sys.executable, "-m", "kickoff", "draw", "verify", str(played.root / "status" / "draw.json"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["verified"]
    assert told["tickets"] > 0
    assert "draw-list.txt" in (played.root / "status" / "index.html").read_text("utf-8")


def test_the_summary_holds_the_promised_keys(played: RunFolder) -> None:
    """Whoever reads summary.json today reads it in the same way next season."""
    found = summary(played)

    assert {"average", "peak", "reach", "by_channel"} <= found["audience"].keys()
    assert {"joined", "admitted", "called", "waited_p50_s", "waited_p95_s"} <= found["door"].keys()
    outcome = {"pictures_10s", "pictures_60s", "sign_ins_failed", "black_screens", "expelled", "without_picture"}
    assert outcome <= found["without_door"].keys()
    assert outcome <= found["with_door"].keys()
    assert {"noticed_after_s", "scope", "cause", "probabilities"} <= found["incident"].keys()
    assert {"seen", "low", "high"} <= found["impact"].keys()
    assert {"granted", "total_cents", "by_offer"} <= found["gestures"].keys()


def test_nobody_was_put_out_doubled_or_overtaken(played: RunFolder) -> None:
    """The door's first two rules, on a night with real processes."""
    door = summary(played)["door"]

    assert (door["expelled"], door["duplicate_places"], door["overtakes"]) == (0, 0, 0)


def test_the_line_is_recounted_from_the_log_by_a_plain_loop(played: RunFolder) -> None:
    """The summary's own queries are not their own proof."""
    counts, places = recount(played)
    door = summary(played)["door"]

    assert door["joined"] == counts["joined"] == len(places)
    assert door["admitted"] == counts["passed"]
    assert len({(lane, place) for lane, place, _ in places}) == len(places)


def test_the_viewers_counted_the_same(played: RunFolder) -> None:
    """Two independent books of one night: the crowd's and the door's."""
    found, truth = summary(played), crowd(played)

    assert found["door"]["joined"] == truth["joined"]
    assert found["door"]["admitted"] == truth["passed"]
    assert found["with_door"]["expelled"] == truth["thrown_out"] == 0
    assert abs(found["with_door"]["pictures_10s"] - truth["pictures_10s"]) <= max(3, 0.02 * truth["pictures_10s"])
    assert abs(found["audience"]["peak"] - max(truth["per_second_watching"])) <= max(
        3, 0.02 * found["audience"]["peak"]
    )


@pytest.mark.parametrize("way", ["with", "without"])
def test_both_books_tell_the_same_evening_second_by_second(played: RunFolder, way: str) -> None:
    """A report that sets two nights side by side must not miscount one of them."""
    folder = played if way == "with" else RunFolder(played.door_open, played.night)
    view = JournalView(folder.journals, folder.night)
    counted, truth = findings(view).audience.seconds, crowd(folder)
    seen = truth["per_second_watching"]
    off = sum(abs(ours - theirs) for ours, theirs in zip(counted, seen, strict=False))

    assert off <= 0.04 * sum(seen)
    assert summary(played)[f"{way}_door"]["without_picture"] <= truth["came"] - truth["got_picture"]


def test_who_was_let_in_and_wanted_a_picture_had_one(played: RunFolder) -> None:
    """What the door is for; the fault of one delivery network is met by the other."""
    truth = crowd(played)

    assert truth["got_picture"] >= truth["passed"] - truth["walked_off"] - 0.05 * truth["came"]
    assert truth["black_screens"] <= 0.01 * truth["wanted_picture"]


def test_gestures_are_granted_once_however_often_it_is_run(played: RunFolder) -> None:
    """Answering a night twice must not pay twice."""
    before = summary(played)["gestures"]
    done = subprocess.run(
        [sys.executable, "-m", "kickoff", "report", str(played.root), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["gestures"] == before == summary(played)["gestures"]


def test_ctrl_c_in_mid_rush_leaves_a_journal_that_answers(tmp_path: Path) -> None:
    """Nobody loses the record of a night by ending it early."""
    out = RunFolder(tmp_path / "out", "psg-juventus")
    log = tmp_path / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "kickoff",
                "run",
                str(short_night(tmp_path)),
                "--door",
                "line",
                "--out",
                str(out.root),
            ],
            env={**os.environ, **free_ports()},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        wait_for_joins(out, process)
        process.send_signal(signal.SIGINT)
        status = process.wait(60)

    assert status == 130, log.read_text()
    asked = subprocess.run(
        [sys.executable, "-m", "kickoff", "audience", str(out.journals), "--night", out.night, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(asked.stdout)["unit"] == "accounts"
    assert sum(recount(out)[0].values()) > 0


def wait_for_joins(out: RunFolder, process: subprocess.Popen[bytes]) -> None:
    """Return once the door has recorded something."""
    while not any(log.stat().st_size > 50_000 for log in (out.journal / "log").glob("*.log")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the night ended with {process.wait(0.2)} before anybody joined")
