import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from kickoff.clock import WallClock
from tests.backend.small_night import lay_out


def backend(folder: Path, *options: str, port: int = 0) -> "subprocess.Popen[str]":
    """The command as people and the runner start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "kickoff", "backend", str(folder), *options],
        env={**os.environ, "KICKOFF_BACKEND_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_says_when_it_is_ready_serves_and_ends_quietly(tmp_path: Path) -> None:
    """Encoded beforehand by `--prepare`, it is up at once; being told to stop is no failure."""
    lay_out(tmp_path / "run", starts_at=WallClock().now())
    words, errors = backend(tmp_path / "run", "--prepare").communicate(timeout=60)
    assert errors == ""
    assert words.splitlines()[-1] == "backend encodes Canal+ Foot: 100 %"

    process = backend(tmp_path / "run")
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready.startswith("backend ready on http://127.0.0.1:")
    with urllib.request.urlopen(f"{ready.split()[-1]}/health") as answer:
        assert json.load(answer)["dependencies"]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    """Exit status 2, before anything is encoded."""
    lay_out(tmp_path / "run")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = backend(tmp_path / "run", port=taken.getsockname()[1])
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert "KICKOFF_BACKEND_PORT" in errors


def test_a_folder_without_a_night_is_said_so(tmp_path: Path) -> None:
    """The usual slip: another folder than the run's."""
    _, errors = backend(tmp_path).communicate(timeout=30)
    assert "holds no journal/NIGHT/night.toml" in errors


def test_the_cache_is_shared_by_both_nights(tmp_path: Path) -> None:
    """The night with the door open to all lies inside the other night's folder and encodes nothing anew."""
    lay_out(tmp_path / "run")
    lay_out(tmp_path / "run" / "door-open")
    first, _ = backend(tmp_path / "run", "--prepare").communicate(timeout=60)
    second, _ = backend(tmp_path / "run" / "door-open", "--prepare").communicate(timeout=60)
    assert first
    assert second == ""
