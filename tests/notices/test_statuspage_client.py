"""A client that knows nothing of us: the npm package `statuspage.io`, unchanged, on the files as they are served."""

import functools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kickoff.findings import Cause
from kickoff.notices.html import pages
from tests.architecture.source import ROOT
from tests.notices.nights import NIGHT
from tests.notices.test_statuspage import evening

CLIENT = """
const { Statuspage } = require("statuspage.io");
const page = new Statuspage("ours");
page.setApiUrl(process.argv[1]);
const { api } = page;
Promise.all([
  api.getSummary(), api.getStatus(), api.getComponents(), api.incidents.getAll(), api.incidents.getUnresolved(),
  api.scheduledMaintenances.getAll(), api.scheduledMaintenances.getActive(), api.scheduledMaintenances.getUpcoming(),
]).then(([summary, status, components, all, unresolved, maintenances]) =>
  console.log(JSON.stringify({ summary, status, components, all, unresolved, maintenances })));
"""


class Quiet(SimpleHTTPRequestHandler):
    """Any server of files; the plainest that there is."""

    def log_message(self, *_: object) -> None:
        """Tests read nothing of it."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of the public page's files, with neither door nor console behind it."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(address: str) -> dict[str, Any]:
    """What the client reads of everything that it knows to ask for."""
    search = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=search)
    assert node, "set-up brings node with the locked Python packages"
    done = subprocess.run(
        [node, "-e", CLIENT, address], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_client_of_statuspage_reads_our_night_unchanged(served: str, tmp_path: Path) -> None:
    """Whoever watches a hundred services' pages watches ours with the same program."""
    history, now = evening((Cause.TOO_EARLY, 95, False), (Cause.FAULT, 130, False))
    for path, content in pages(history, now, NIGHT).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    found = ask(served)
    assert found["status"]["status"]["indicator"] == found["summary"]["status"]["indicator"] == "major"
    assert [one["status"] for one in found["components"]["components"]] == [
        "operational",
        "operational",
        "partial_outage",
    ]
    (incident,) = found["unresolved"]["incidents"]
    assert incident == found["all"]["incidents"][0] == found["summary"]["incidents"][0]
    assert [update["status"] for update in incident["incident_updates"]] == ["identified", "investigating"]
    assert incident["incident_updates"][0]["body"] == now.texts["en"].status_page
    assert found["maintenances"]["scheduled_maintenances"] == []
    assert found["summary"]["page"]["time_zone"] == NIGHT.time_zone
